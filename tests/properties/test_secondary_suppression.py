"""Laws of secondary suppression, on small tables with all their margins."""

from dataclasses import replace

import numpy as np
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from enclave.disclosure.suppression.cover import cover
from enclave.disclosure.suppression.levels import below_threshold
from enclave.disclosure.suppression.margins import full_table
from enclave.disclosure.suppression.system import (
    Budget,
    Cover,
    Equation,
    Floats,
    Primary,
    System,
    cost_of,
    reaches,
)

T = 10
QUICK = Budget(exact_cells=0)
SEARCHED = Budget(exact_cells=100, rounds=60, nodes=5_000)
FEW = settings(max_examples=25, deadline=None)

counts = st.one_of(st.integers(1, 9), st.integers(10, 60), st.integers(10, 60))
inner = arrays.arrays(np.float64, st.tuples(st.integers(2, 4), st.integers(2, 4)), elements=counts.map(float))


def primaries(system: System, threshold: int = T) -> list[Primary]:
    found = np.flatnonzero((system.values > 0) & (system.values < threshold)).tolist()
    return [below_threshold(cell, threshold, nobody=False) for cell in found]


def covered(table: Floats, *, threshold: int = T, budget: Budget = QUICK) -> tuple[System, Cover]:
    system = full_table(table)
    return system, cover(system, primaries(system, threshold), budget=budget)


@FEW
@given(inner)
def test_every_primary_is_hidden_and_wide_enough(table: Floats) -> None:
    system, found = covered(table)
    assert not found.open
    for one in primaries(system):
        assert one.cell in found.hidden
        assert reaches(found.intervals[one.cell], one)


@FEW
@given(inner, st.integers(11, 20))
def test_a_higher_threshold_never_shows_more(table: Floats, higher: int) -> None:
    """By the least that has to be hidden at all; and cell by cell, where the first pattern was released."""
    system, low = covered(table, budget=SEARCHED)
    _, high = covered(table, threshold=higher, budget=SEARCHED)
    assume(low.gap == high.gap == 0)
    assert cost_of(system, tuple(low.hidden)) <= cost_of(system, tuple(high.hidden))
    bound = replace_costs(system, low.hidden)
    assert low.hidden <= cover(bound, primaries(system, higher), budget=QUICK).hidden


@FEW
@given(inner, st.data())
def test_a_further_primary_is_hidden_and_shows_nothing_of_what_was_released_hidden(
    table: Floats, data: st.DataObject
) -> None:
    system, first = covered(table)
    more = data.draw(st.integers(0, len(system) - 1))
    assume(more not in first.hidden)
    wanted = [
        *primaries(system),
        Primary(more, 0.9 * float(system.values[more]), float(system.values[more]) + 1),
    ]
    second = cover(replace_costs(system, first.hidden), wanted, budget=QUICK)
    assert first.hidden | {more} <= second.hidden


@FEW
@given(inner)
def test_what_is_covered_needs_no_more(table: Floats) -> None:
    system, first = covered(table)
    again = cover(replace_costs(system, first.hidden), primaries(system), budget=QUICK)
    assert again.hidden == first.hidden
    assert not again.secondary


@FEW
@given(inner, st.randoms(use_true_random=False))
def test_names_and_order_of_cells_make_no_difference_to_what_has_to_be_hidden(
    table: Floats, chance: object
) -> None:
    system, first = covered(table, budget=SEARCHED)
    order = list(range(len(system)))
    chance.shuffle(order)  # type: ignore[attr-defined]
    place = {cell: at for at, cell in enumerate(order)}
    moved = System(
        system.values[order],
        system.costs[order],
        tuple(
            Equation(place[one.total], tuple(place[part] for part in one.parts))
            for one in reversed(system.equations)
        ),
    )
    second = cover(moved, primaries(moved), budget=SEARCHED)
    assume(first.gap == second.gap == 0)
    assert first.cost == second.cost


@FEW
@given(inner, st.integers(1, 8), st.integers(1, 8))
def test_what_is_hidden_does_not_depend_on_how_many_are_in_small_cells(
    table: Floats, one: int, other: int
) -> None:
    """Four small cells at the corners of a rectangle, and the same with one person moved around."""
    first = table.copy()
    first[:2, :2] = [[one, other], [other, one]]
    second = first.copy()
    second[:2, :2] += [[1, -1], [-1, 1]]
    sizes = full_table(second).values
    assume(
        all(
            (0 < before < T) == (0 < after < T)
            for before, after in zip(full_table(first).values, sizes, strict=True)
        )
    )
    assert covered(first)[1].hidden == covered(second)[1].hidden


def replace_costs(system: System, hidden: frozenset[int]) -> System:
    """The same table, of which this pattern was released."""
    costs = system.costs.copy()
    costs[sorted(hidden)] = 0
    return replace(system, costs=costs)
