"""Who knows cells beforehand: one contributor, a cluster with several cells, and what no pattern keeps from them."""

import numpy as np

from enclave.disclosure.suppression.attack import Attacker
from enclave.disclosure.suppression.cover import cover
from enclave.disclosure.suppression.insiders import Insider, without_lone_cells
from enclave.disclosure.suppression.levels import below_threshold
from enclave.disclosure.suppression.margins import full_table
from enclave.disclosure.suppression.system import Budget, Primary

QUICK = Budget(exact_cells=0)
PROVEN = Budget(exact_cells=200, rounds=60, nodes=5_000)
TABLE = np.array([[4.0, 30.0, 41.0], [12.0, 20.0, 33.0], [14.0, 25.0, 16.0]])
SMALL = below_threshold(0, 10, nobody=False)


def left_to(insider: Insider, hidden: frozenset[int]) -> list[Primary]:
    return Attacker(full_table(TABLE), hidden, insider.targets, known=insider.known).too_tight()


def test_a_cluster_that_knows_a_whole_row_does_not_work_out_the_cell_of_another() -> None:
    """By clusters and groups: everybody is content with a rectangle, of which two cells are a neighbour's own."""
    neighbour = Insider(frozenset({4, 5, 6, 7}), (SMALL,))
    for budget in (QUICK, PROVEN):
        alone = cover(full_table(TABLE), [SMALL], budget=budget)
        together = cover(full_table(TABLE), [SMALL], insiders=[neighbour], budget=budget)
        assert left_to(neighbour, alone.hidden)
        assert not left_to(neighbour, together.hidden)
        assert not together.open
        assert together.bound <= together.cost


def test_each_of_two_clusters_is_kept_from_the_others_cell() -> None:
    first = Insider(frozenset({0, 1, 2, 3}), (below_threshold(4, 13, nobody=False),))
    second = Insider(frozenset({4, 5, 6, 7}), (SMALL,))
    primaries = [SMALL, below_threshold(4, 13, nobody=False)]
    found = cover(full_table(TABLE), primaries, insiders=[first, second], budget=PROVEN)
    assert found.gap == 0
    assert not left_to(first, found.hidden)
    assert not left_to(second, found.hidden)


def test_what_nothing_protects_from_an_insider_is_protected_from_everybody_else() -> None:
    costs = np.array([4.0, 30.0, np.inf, np.inf])
    neighbour = Insider(frozenset({1}), (SMALL,))
    found = cover(full_table(np.array([4.0, 30.0, 41.0]), costs=costs), [SMALL], insiders=[neighbour])
    assert found.open == (0,)
    assert found.hidden == {0, 1}


def test_of_more_insiders_than_are_asked_no_line_is_left_with_one_cell_that_they_do_not_know() -> None:
    system, neighbour = full_table(TABLE), Insider(frozenset({4, 5, 6, 7}), (SMALL,))
    found = cover(system, [SMALL], insiders=[neighbour], budget=Budget(exact_cells=0, insiders=0))
    assert not left_to(neighbour, found.hidden)
    assert without_lone_cells(system, found.hidden, [neighbour]) == found.hidden


def test_two_people_who_stand_alone_in_one_line_do_not_know_one_another() -> None:
    system = full_table(np.array([15.0, 30.0, 40.0, 50.0]))
    primaries = [Primary(0, 12, 18, alone=True), Primary(1, 27, 33, alone=True)]
    found = cover(system, primaries, budget=PROVEN)
    assert found.secondary == (2,)
