"""Small tables that are gone through without a program: the same bounds and the same cost as with one."""

from itertools import combinations

import numpy as np
import pytest

from enclave.disclosure.suppression.attack import Attacker
from enclave.disclosure.suppression.levels import below_threshold
from enclave.disclosure.suppression.system import Equation, Primary, System, cost_of
from enclave.disclosure.suppression.trees import bounds_on_trees, cheapest

YEARS, SEXES = 4, 2


def school(seed: int) -> tuple[System, list[Primary], frozenset[int]]:
    """Cells by year group and sex of one school, with its total and those of some year groups; some may be hidden."""
    random = np.random.default_rng(seed)
    counts = random.poisson(8, size=(YEARS, SEXES)).astype(np.float64)
    places = np.arange(counts.size).reshape(counts.shape)
    lines = [places.ravel(), *(places[year] for year in range(YEARS) if random.random() < 0.6)]
    totals = [float(counts.ravel()[line].sum()) for line in lines]
    values = np.array([*counts.ravel(), *totals])
    costs = 1000 * (1 + np.sqrt(values)) + random.integers(0, 1000, len(values))
    costs[len(counts.ravel()) :] *= np.where(random.random(len(lines)) < 0.3, 2, np.inf)
    system = System(
        values,
        costs,
        tuple(Equation(counts.size + at, tuple(line.tolist())) for at, line in enumerate(lines)),
    )
    primaries = [
        below_threshold(cell, 10, nobody=False) for cell in np.flatnonzero(counts.ravel() < 6).tolist()
    ]
    return system, primaries, frozenset(one.cell for one in primaries)


@pytest.mark.parametrize("seed", range(12))
def test_bounds_handed_from_line_to_line_are_those_of_the_attackers_program(seed: int) -> None:
    system, _, keep = school(seed)
    hidden = keep | frozenset(np.random.default_rng(seed).choice(len(system), 3).tolist())
    found = bounds_on_trees(system, hidden)
    assert found is not None
    attacker = Attacker(system, hidden, ())
    for cell in hidden:
        exact = attacker.interval(cell)
        assert (found[cell].low, found[cell].high) == pytest.approx((exact.low, exact.high))


@pytest.mark.parametrize("seed", range(12))
def test_what_is_found_is_safe_and_nothing_cheaper_is(seed: int) -> None:
    system, primaries, keep = school(seed)
    found = cheapest(system, primaries, keep)
    best = _cheapest_of_all(system, primaries, keep)
    if found is None:
        assert best is None
    else:
        assert not Attacker(system, found, primaries).too_tight()
        assert cost_of(system, tuple(found - keep)) == pytest.approx(best)


def _cheapest_of_all(system: System, primaries: list[Primary], keep: frozenset[int]) -> float | None:
    """What the cheapest costs of all patterns, each attacked."""
    free = [cell for cell, cost in enumerate(system.costs) if cost < np.inf and cell not in keep]
    patterns = [more for count in range(len(free) + 1) for more in combinations(free, count)]
    for more in sorted(patterns, key=lambda some: cost_of(system, some)):
        if not Attacker(system, keep | set(more), primaries).too_tight():
            return cost_of(system, more)
    return None


def test_cells_in_a_ring_of_lines_are_left_to_a_program() -> None:
    """Two rows and two columns meet in four cells, which hang together both ways."""
    lines = [(0, 1), (2, 3), (0, 2), (1, 3)]
    values = np.array([3.0, 20.0, 20.0, 20.0, *(0.0 for _ in lines)])
    values[4:] = [values[list(line)].sum() for line in lines]
    costs = np.array([*(1.0 for _ in range(4)), *(np.inf for _ in lines)])
    system = System(values, costs, tuple(Equation(4 + at, line) for at, line in enumerate(lines)))
    assert bounds_on_trees(system, frozenset(range(4))) is None
    assert bounds_on_trees(system, frozenset({0, 1})) is not None
    assert cheapest(system, [below_threshold(0, 10, nobody=False)], frozenset({0})) is None


def test_cells_of_nobody_that_are_hidden_in_any_case_want_no_partner() -> None:
    system = System(np.array([0.0, 30.0, 30.0]), np.array([0.0, 5.0, np.inf]), (Equation(2, (0, 1)),))
    assert cheapest(system, [], frozenset({0})) == frozenset({0})
