"""A cover beside what was hidden or shown before, and what is no table."""

import numpy as np
import pytest

from enclave.disclosure.suppression.attack import Attacker
from enclave.disclosure.suppression.cover import cover
from enclave.disclosure.suppression.insiders import Insider
from enclave.disclosure.suppression.levels import below_threshold
from enclave.disclosure.suppression.margins import full_table
from enclave.disclosure.suppression.optimum import begun, improved
from enclave.disclosure.suppression.repair import Repairer
from enclave.disclosure.suppression.system import Budget, Equation, Primary, System


def test_a_pattern_that_must_stay_shown_leaves_a_primary_open() -> None:
    costs = np.array([4.0, np.inf, np.inf, np.inf])
    found = cover(full_table(np.array([4.0, 30.0, 41.0]), costs=costs), [Primary(0, 1, 10)])
    assert found.open == (0,)
    assert found.secondary == ()


def test_cells_hidden_before_are_the_partners_that_are_chosen() -> None:
    costs = np.array([4.0, 12.0, 0.0, 75.0])
    found = cover(full_table(np.array([4.0, 12.0, 41.0]), costs=costs), [Primary(0, 1, 10)])
    assert found.hidden == {0, 2}
    assert found.cost == 0


def test_a_total_that_is_not_the_sum_of_its_parts_is_no_table() -> None:
    with pytest.raises(ValueError, match="sum of its parts"):
        System(np.array([5.0, 2.0, 2.0]), np.ones(3), (Equation(0, (1, 2)),))


def test_a_primary_named_twice_is_refused() -> None:
    with pytest.raises(ValueError, match="named once"):
        cover(full_table(np.array([4.0, 12.0])), [Primary(0, 1, 10), Primary(0, 1, 10)])


def test_primaries_that_move_together_are_as_safe_and_those_that_nothing_protects_are_named() -> None:
    inner = np.array([[4.0, 30.0, 41.0, 7.0], [12.0, 20.0, 33.0, 15.0], [3.0, 25.0, 16.0, 22.0]])
    system = full_table(inner)
    wanted = [below_threshold(cell, 10, nobody=False) for cell in (0, 3, 10)]
    for together in (1, 2, 16):
        repairer = Repairer(system, {0, 3, 10})
        assert repairer.protect_all(wanted, together=together) == []
        assert not Attacker(system, frozenset(repairer.hidden), wanted).too_tight()
    alone = np.full(4, np.inf)
    alone[0] = 4.0
    stuck = Repairer(full_table(np.array([4.0, 30.0, 41.0]), costs=alone), {0})
    assert stuck.protect_all(wanted[:1], together=16) == wanted[:1]


def test_an_attacker_believes_others_only_in_tables_that_could_be_behind_what_is_shown() -> None:
    system = full_table(np.array([[4.0, 30.0, 7.0], [12.0, 20.0, 6.0]]))
    hidden, inner = frozenset({0, 1, 4, 5}), np.array([4.0, 30.0, 12.0, 20.0])
    assert sorted(system.values[list(hidden)]) == sorted(inner), "the cells of a cycle"
    attacker = Attacker(system, hidden, [Primary(0, 1, 10)])
    moved, cycle = system.values.copy(), [0, 1, 4, 5]
    moved[cycle] += [6, -6, -6, 6]
    wrong = [moved + 1.0, moved.copy(), moved.copy()]
    wrong[1][cycle[0]] += 9  # does not add up
    wrong[2][cycle] += [-12, 12, 12, -12]  # a cell below nobody
    attacker.told(wrong)
    assert attacker.seen(0).high < 0
    attacker.told([moved])
    assert attacker.seen(0).high == 10
    assert attacker.too_tight() == []


def _drawn(seed: int, shape: tuple[int, ...] = (6, 5)) -> tuple[System, list[Primary]]:
    system = full_table(np.floor(np.random.default_rng(seed).lognormal(3.2, 1.0, size=shape)))
    small = np.flatnonzero((system.values > 0) & (system.values < 10)).tolist()
    return system, [below_threshold(cell, 10, nobody=False) for cell in small]


def test_an_attacker_who_goes_on_where_more_is_hidden_finds_what_a_new_one_finds() -> None:
    went_on = 0
    for seed in range(12):
        system, wanted = _drawn(seed, (4, 3, 3))
        less = frozenset(one.cell for one in wanted) | set(range(0, len(system), 5))
        before = Attacker(system, less, wanted)
        tight = before.too_tight()
        more = less | set(range(0, len(system), 4))
        after, anew = Attacker(system, more, wanted, before=before), Attacker(system, more, wanted)
        assert after.too_tight() == anew.too_tight()
        went_on += after.programs < anew.programs and len(tight) > 0
        with pytest.raises(AssertionError):
            Attacker(system, less - {min(less)}, wanted, before=before)
    assert went_on


def test_what_shares_find_at_once_is_what_a_search_finds_and_it_is_not_taken_where_an_insider_knows_too_much() -> (
    None
):
    budget, at_once, left = Budget(exact_cells=200), 0, 0
    for seed in range(4):
        system, wanted = _drawn(seed)
        keep = frozenset(one.cell for one in wanted)
        search = begun(system, wanted, keep, budget)
        found = None if search is None else search.at_once()
        if found is None or found.hidden == keep:
            continue
        at_once += 1
        start = frozenset(cell for cell in range(len(system)))
        best, bound = improved(system, wanted, start, keep, budget)
        assert best == found.hidden
        assert bound == float(system.costs[sorted(best - keep)].sum())
        partner = Insider(frozenset([min(best - keep)]), tuple(wanted))
        if Attacker(system, best, wanted, known=partner.known).too_tight():
            left += 1
            other = begun(system, wanted, keep, budget, insiders=[partner])
            found = None if other is None else other.at_once()
            assert (
                found is None or not Attacker(system, found.hidden, wanted, known=partner.known).too_tight()
            )
    assert at_once
    assert left
