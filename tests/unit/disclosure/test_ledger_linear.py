"""The linear audit on the attacks it is there for."""

from collections.abc import Iterable

import numpy as np
import pytest

from enclave.disclosure.ledger.linear import Finding, System
from enclave.disclosure.ledger.numbers import Labels, labels_of
from enclave.disclosure.ledger.worlds import FieldCodes, ListedCode, Worlds

SCHOOL = range(100)
CODES = FieldCodes((ListedCode("'yes'"), ListedCode("'no'")), nulls=False)
YES_OR_NO = Worlds({"pupils.meals": CODES, "pupils.support": CODES}.get)
TOLD = {Finding.FEW, Finding.SMALL_ATOMS}


def people(units: Iterable[int]) -> Labels:
    return labels_of(list(units))


def system(*shown: Iterable[int], most_rank: int | None = None) -> System:
    made = System(min_units=10, most_rank=most_rank, worlds=YES_OR_NO)
    for units in shown:
        made.add(people(units), people(units))
    return made


MEALS, NO_MEALS = "\"pupils.meals\" = 'yes'", "\"pupils.meals\" = 'no'"


def asked(known: System, units: Iterable[int], visible: Iterable[int] | None = None, *hidden: str) -> Finding:
    """Judge a number, and show it if it is clear."""
    labels = people(units)
    seen = labels if visible is None else people(visible)
    found = known.judge(labels, seen, frozenset(hidden))
    if found is Finding.CLEAR:
        known.add(labels, seen, frozenset(hidden))
    return found


def subsets(count: int, *, of: int) -> list[list[int]]:
    """Ordinary filters: `(7 * month + 3 * band + 5 * day) % 97 < 48`, each with at least ten inside and outside."""
    months, bands, days = (np.random.default_rng(seed).permutation(97)[:of] for seed in (1, 2, 3))
    made = []
    for key in range(1, 1_000):
        inside = np.flatnonzero((key * months + 3 * bands + 5 * days) % 97 < 48).tolist()
        if 10 <= len(inside) <= of - 10:
            made.append(inside)
    return made[:count]


def solved(shown: list[list[int]], units: int) -> int:
    """How many single units follow from the sums over these groups, by least squares."""
    matrix = np.zeros((len(shown), units))
    for row, group in enumerate(shown):
        matrix[row, group] = 1
    projection = np.linalg.pinv(matrix) @ matrix
    return int(np.isclose(np.diag(projection), 1, atol=1e-6).sum())


def test_seventy_subset_means_would_give_all_fifty_values() -> None:
    assert solved(subsets(70, of=50), 50) == 50


def test_the_audit_lets_no_single_value_of_fifty_be_solved() -> None:
    known = system(range(50))
    shown = [list(range(50))] + [one for one in subsets(70, of=50) if asked(known, one) is Finding.CLEAR]
    assert len(shown) > 20
    assert solved(shown, 50) == 0


def test_the_lifetime_cap_ends_a_session_at_one_number_for_ten_units() -> None:
    known = System(min_units=10, most_rank=5)
    found = [asked(known, one) for one in subsets(70, of=50)]
    assert found[:5] == [Finding.CLEAR] * 5
    assert set(found[5:]) == {Finding.CAP}


def test_what_follows_from_others_is_clear_beyond_the_cap() -> None:
    known = system(range(50), range(20), most_rank=2)
    assert asked(known, range(20, 50)) is Finding.CLEAR
    assert asked(known, range(10, 30)) is Finding.CAP


def test_a_base_too_small_for_one_number_has_none() -> None:
    assert asked(system(most_rank=0), range(20)) is Finding.CAP


def test_hidden_populations_of_one_visible_population_use_the_cap_once() -> None:
    known = system(most_rank=1)
    assert asked(known, range(30), SCHOOL, MEALS) is Finding.CLEAR
    assert asked(known, range(30, 60), SCHOOL, NO_MEALS) is Finding.CLEAR
    assert asked(known, range(20), range(60), MEALS) is Finding.CAP


@pytest.mark.parametrize("settled", [False, True])
def test_a_difference_of_nine_is_few_and_of_ten_is_clear(settled: bool) -> None:
    for size, finding in ((9, Finding.FEW), (10, Finding.CLEAR)):
        known = system(range(50))
        assert not settled or known.rank == 1
        assert asked(known, range(50 - size)) is finding


@pytest.mark.parametrize("few", [1, 3, 9])
def test_a_tracker_of_three_numbers_does_not_give_a_few_away(few: int) -> None:
    """`q(C or T) + q(C or not T) - q(all) = q(C)`: no two of the three are near one another."""
    first, second = set(range(50)), set(range(50, 100))
    some = {*range(few)}
    known = system(SCHOOL, first | some)
    assert asked(known, second | some) in TOLD


@pytest.mark.parametrize("few", [1, 3, 9])
def test_a_tracker_of_four_numbers_does_not_give_a_few_away(few: int) -> None:
    some = {*range(few)}
    known = system(SCHOOL, some | {*range(30)}, some | {*range(30, 60)})
    assert asked(known, some | {*range(60, 100)}) in TOLD


@pytest.mark.parametrize("few", [0, 1, 3, 9])
@pytest.mark.parametrize("lists", [2, 3, 5])
@pytest.mark.parametrize("settled", [False, True])
def test_a_tracker_whose_few_are_nobody_looks_like_one_whose_few_are_some(
    few: int, lists: int, settled: bool
) -> None:
    """Pupils on meals by lists of schools, then in all schools: what is over is one school, where `few` are.

    The headcounts are known, and those without meals were counted everywhere.
    """
    school, everybody = range(200, 220), range(220)
    meals = {*range(0, 200, 2), *range(200, 200 + few)}
    known = system(everybody)
    size = 200 // lists
    for start in range(0, size * lists, size):
        assert (
            asked(known, meals & {*range(start, start + size)}, range(start, start + size), MEALS)
            is Finding.CLEAR
        )
    rest = {*range(size * lists, 200)}
    assert not settled or known.rank
    assert asked(
        known, (meals & {*school}) | (meals & {*range(size * lists)}), {*everybody} - rest, MEALS
    ) not in {
        Finding.CLEAR,
        Finding.CAP,
    }


def test_a_rest_of_nobody_is_refused_behind_the_same_people_counted_otherwise() -> None:
    """Those without meals are counted first, so that every visible population follows from others."""
    meals = {*range(0, 100, 2)}
    known = system(range(120))
    assert asked(known, {*range(120)} - meals, range(120), NO_MEALS) is Finding.CLEAR
    assert asked(known, meals & {*range(60)}, range(60), MEALS) is Finding.CLEAR
    assert asked(known, meals & {*range(60, 100)}, range(60, 100), MEALS) is not Finding.CLEAR


@pytest.mark.parametrize("settled", [False, True])
def test_the_last_group_of_a_table_follows_from_its_total_and_is_clear(settled: bool) -> None:
    known = system(SCHOOL)
    assert asked(known, range(30), SCHOOL, MEALS) is Finding.CLEAR
    assert not settled or known.rank == 2
    assert asked(known, range(30, 100), SCHOOL, NO_MEALS) is Finding.CLEAR


@pytest.mark.parametrize("settled", [False, True])
def test_the_last_group_of_a_table_of_two_hidden_fields_is_clear(settled: bool) -> None:
    known = system(SCHOOL)
    support, none = "\"pupils.support\" = 'yes'", "\"pupils.support\" = 'no'"
    assert asked(known, range(40), SCHOOL, MEALS) is Finding.CLEAR
    assert asked(known, range(20), SCHOOL, MEALS, support) is Finding.CLEAR
    assert asked(known, range(40, 70), SCHOOL, NO_MEALS, support) is Finding.CLEAR
    assert asked(known, range(70, 100), SCHOOL, NO_MEALS, none) is Finding.CLEAR
    assert not settled or known.rank == 4
    assert asked(known, range(20, 40), SCHOOL, MEALS, none) is Finding.CLEAR


def test_everybody_in_a_group_is_a_rest_of_nobody() -> None:
    assert asked(system(SCHOOL, range(40)), range(40), range(40), MEALS) is Finding.ZERO_REST


@pytest.mark.parametrize("settled", [False, True])
def test_a_number_that_everybody_knows_already_is_clear_though_it_tells_of_nobody(settled: bool) -> None:
    known = system(SCHOOL)
    known.add(people(range(100)), people(SCHOOL), frozenset([MEALS]))
    assert not settled or known.rank == 1
    assert asked(known, range(100), SCHOOL, MEALS) is Finding.CLEAR
    assert asked(known, range(100), SCHOOL, NO_MEALS) is Finding.ZERO_REST


@pytest.mark.parametrize("seed", [0, 1, 2, 21, 22, 30, 45, 53, 58, 60])
def test_five_people_in_a_school_that_was_cut_into_single_people_are_found(seed: int) -> None:
    """Sixteen halves of 200 pupils come first, so that the five stand alone. From the fourth seed on two are pivots."""
    chance = np.random.default_rng(seed)
    known = system(range(200))
    for _ in range(16):
        assert asked(known, np.flatnonzero(chance.random(200) < 0.5).tolist()) is Finding.CLEAR
    five = {*chance.choice(200, 5, replace=False).tolist()}
    parts = chance.integers(0, 3, 200)
    found = [asked(known, five | {*np.flatnonzero(parts == part).tolist()}) for part in range(3)]
    assert found[:2] == [Finding.CLEAR] * 2
    assert found[2] in TOLD


def test_two_small_groups_that_only_their_difference_gives_are_found() -> None:
    """Neither group follows, and every row of the form rests on many; the difference of two rows is on seven."""
    one, other = {*range(4)}, {*range(4, 7)}
    rest = {*range(7, 40)}
    known = system(one | rest)
    assert asked(known, other | rest) in TOLD


def test_what_margins_tell_by_themselves_is_not_held_against_a_new_number() -> None:
    known = system(SCHOOL, range(97))
    assert asked(known, range(40)) is Finding.CLEAR
    assert asked(known, range(95)) in TOLD


def test_units_count_once_over_their_censuses() -> None:
    """Six units are left out of the first term, five of them out of the second too: eleven labels, six units."""
    terms = labels_of([*range(20), *range(15, 20)], [1] * 20 + [2] * 5)
    known = System(min_units=10, most_rank=None)
    known.add(terms, terms)
    fewer = labels_of(range(14), 1)
    assert known.judge(fewer, fewer) is Finding.FEW


def test_the_same_number_again_is_clear() -> None:
    known = system(range(50), range(20), most_rank=2)
    assert asked(known, range(20)) is Finding.CLEAR
    assert known.rank == 2


def test_a_session_that_is_replayed_gives_the_same_findings() -> None:
    sessions = [[asked(known, one) for one in subsets(60, of=60)] for known in (system(), system())]
    assert sessions[0] == sessions[1]
    assert len(set(sessions[0])) > 1


@pytest.mark.parametrize("settled", [False, True])
def test_a_number_of_nobody_is_a_rest_of_nobody_and_may_be_known(settled: bool) -> None:
    known = System(min_units=10, most_rank=None)
    assert known.judge(people([]), people(SCHOOL), frozenset([MEALS])) is Finding.ZERO_REST
    known.add(people([]), people(SCHOOL), frozenset([MEALS]))
    assert not settled or known.rank == 0
    assert asked(known, SCHOOL) is Finding.CLEAR
    assert asked(known, range(95)) is Finding.FEW


def test_counts_of_heads_that_leave_a_few_say_nothing_of_a_code() -> None:
    """How many pupils are at one count and not at another is no answer about their meals."""
    pupils, most = people(range(100)), people(range(95))
    known = System(min_units=10, most_rank=None)
    known.add(most, most, heads=True)
    assert known.judge(pupils, pupils, heads=True) is Finding.CLEAR
    assert known.judge(pupils, pupils) is Finding.FEW


def test_a_count_of_heads_is_held_against_what_it_tells_together_with_one_of_the_code() -> None:
    """Those on meals are all of the first ten but five: how many these five are tells of their meals."""
    meals, most = people(range(60)), people(range(55))
    known = System(min_units=10, most_rank=None)
    known.add(meals, meals)
    assert known.judge(most, most, heads=True) is Finding.FEW


def test_what_was_judged_and_shown_right_after_cuts_what_comes_next_like_all_that_is_known() -> None:
    """Three groups, then nine, five and five of them; then the same with three more of the first group.

    The three are the new number less the one before. Beside the groups alone the new one cuts the first into heavy
    parts, ten and twelve: that clears a number only where these are parts of people who are alike to all that is known.
    """
    groups = [range(start, start + 22) for start in (0, 100, 200)]
    some = [*range(9), *range(100, 105), *range(200, 205)]
    new = [*some, 9, 10, 11]
    known = system(*groups)
    assert known.rank == len(groups)  # worked out, as they are by then
    assert asked(known, some) is Finding.CLEAR
    assert asked(known, new) is Finding.FEW
