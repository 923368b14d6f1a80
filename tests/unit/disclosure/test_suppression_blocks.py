"""Large tables that fall apart into small ones, as of many schools."""

import numpy as np
import pytest

from enclave.disclosure.suppression import blocks as parts_of
from enclave.disclosure.suppression import cover as covers
from enclave.disclosure.suppression.attack import Attacker
from enclave.disclosure.suppression.blocks import blocks
from enclave.disclosure.suppression.cover import cover
from enclave.disclosure.suppression.levels import below_threshold
from enclave.disclosure.suppression.system import Budget, Equation, Primary, System
from tests.attacks.tables.covered import learnt, system_of
from tests.attacks.tables.made import linked

SCHOOLS, YEARS = 80, 6
ANSWER = Budget(exact_cells=150, rounds=6, nodes=50, audits=600, intervals=0)


def schools() -> tuple[System, list[Primary]]:
    """Cells by school, year group and sex, with totals shown before: by each two of them."""
    counts = np.random.default_rng(5).poisson(11, size=(SCHOOLS, YEARS, 2)).astype(np.float64)
    places = np.arange(counts.size).reshape(counts.shape)
    lines = [places[school, year] for school in range(SCHOOLS) for year in range(YEARS)]
    lines += [places[school, :, sex] for school in range(SCHOOLS) for sex in range(2)]
    lines += [places[:, year, sex] for year in range(YEARS) for sex in range(2)]
    inside = counts.ravel()
    totals = [float(inside[line].sum()) for line in lines]
    system = System(
        np.array([*inside, *totals]),
        np.array([*(1.0 + np.sqrt(inside)), *(np.inf for _ in totals)]),
        tuple(Equation(inside.size + at, tuple(line.tolist())) for at, line in enumerate(lines)),
    )
    small = np.flatnonzero((inside > 0) & (inside < 10)).tolist()
    return system, [below_threshold(cell, 10, nobody=False) for cell in small]


def test_a_table_of_many_schools_is_covered_school_by_school_and_no_worse_than_as_a_whole(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    system, primaries = schools()
    apart = cover(system, primaries, budget=ANSWER)
    assert not apart.open
    assert not Attacker(system, apart.hidden, primaries).too_tight()
    monkeypatch.setattr(covers, "blocks", lambda *_: [])
    whole = cover(system, primaries, budget=ANSWER)
    assert apart.cost <= whole.cost
    assert apart.bound <= whole.cost
    assert apart.gap < 0.02


def test_a_part_is_a_table_of_its_own_that_shows_what_the_large_one_shows() -> None:
    system, primaries = schools()
    found = blocks(system, primaries, frozenset(one.cell for one in primaries))
    assert 0 < len(found) <= SCHOOLS
    for part in found:
        assert part.system.values[: len(part.cells)].tolist() == system.values[list(part.cells)].tolist()
        assert np.isinf(part.system.costs[len(part.cells) :]).all()


def test_a_table_whose_cells_all_hang_together_is_left_whole() -> None:
    values = np.arange(20, 50).astype(np.float64)
    one = System(np.array([*values, values.sum()]), np.ones(31), (Equation(30, tuple(range(30))),))
    assert blocks(one, [Primary(0, 1, 10)], frozenset([0])) == []


@pytest.mark.parametrize("seed", range(20))
def test_parts_of_small_linked_tables_hide_what_the_whole_has_to(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With lines called wide that are not, so what parts leave open is mended over the whole."""
    monkeypatch.setattr(covers, "ELIMINATED", 0)
    monkeypatch.setattr(parts_of, "WIDE", 2)
    monkeypatch.setattr(parts_of, "LARGEST", 1)
    made = linked(seed)
    system, primaries = system_of(made)
    found = cover(system, primaries, budget=Budget(exact_cells=0))
    assert not found.open
    assert learnt(made, found.hidden) == (set(), set())
