"""Attack: work out a hidden cell of linked tables from all that is shown of them, or bound it below the threshold.

The reader (`reader`) takes nothing from the product but what is hidden.
"""

import numpy as np

from enclave.disclosure.suppression.cover import cover
from enclave.disclosure.suppression.elimination import gaussian_cover
from enclave.disclosure.suppression.levels import below_threshold
from enclave.disclosure.suppression.system import Budget, Equation, Primary, System
from tests.attacks.tables.made import Linked, T, linked
from tests.attacks.tables.reader import bounds, solved

SETS = 1_000
QUICK = Budget(exact_cells=0)
SEARCHED = Budget(exact_cells=60, rounds=6, nodes=20)


def system_of(made: Linked) -> tuple[System, list[Primary]]:
    values = np.array([made.values[cell] for cell in range(len(made.values))], dtype=np.float64)
    equations = tuple(Equation(total, tuple(parts)) for total, parts in made.lines)
    primaries = [below_threshold(cell, T, nobody=False) for cell in made.primaries]
    return System(values, np.maximum(values, 1), equations), primaries


def learnt(made: Linked, hidden: frozenset[int]) -> tuple[set[int], set[int]]:
    """The primaries that the reader knows exactly, and those that she bounds below the threshold or to somebody."""
    shown = {cell: value for cell, value in made.values.items() if cell not in hidden}
    order = sorted(hidden)
    exact = {cell for cell in solved(made.lines, shown, order) if cell in made.primaries}
    found = bounds(made.lines, shown, order, made.primaries, low=1, high=T)
    return exact, {cell for cell, (low, high) in found.items() if low > 1 + 1e-6 or high < T - 1e-6}


def test_the_reader_solves_tables_with_primary_suppression_alone() -> None:
    known = sum(len(learnt(made, frozenset(made.primaries))[0]) for made in map(linked, range(20)))
    assert known > 20


def test_the_reader_bounds_cells_that_elimination_alone_hides() -> None:
    exact, tight = 0, 0
    for made in map(linked, range(40)):
        system, primaries = system_of(made)
        hidden = frozenset(made.primaries) | set(gaussian_cover(system, primaries))
        one, other = learnt(made, hidden)
        exact, tight = exact + len(one), tight + len(other)
    assert exact == 0
    assert tight > 20


def test_no_cell_of_a_thousand_sets_of_linked_tables_is_solved_or_bounded_below_the_threshold() -> None:
    for seed in range(SETS):
        made = linked(seed)
        system, primaries = system_of(made)
        found = cover(system, primaries, budget=QUICK if seed % 20 else SEARCHED)
        assert not found.open
        assert learnt(made, found.hidden) == (set(), set()), f"linked({seed})"
