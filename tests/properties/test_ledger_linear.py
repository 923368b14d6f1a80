"""The linear audit against a slow, obvious judge in exact fractions, which tries every small set of units."""

from collections.abc import Iterable, Sequence
from fractions import Fraction
from itertools import chain, combinations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from enclave.disclosure.ledger.echelon import PRIME, residues
from enclave.disclosure.ledger.linear import Finding, System
from enclave.disclosure.ledger.numbers import Labels, labels_of

MIN_UNITS = 3
either = st.booleans()
"""Few numbers are judged from bits, many from matrices: whether a system is made to go the second way."""
Unit = tuple[int, int]  # a unit at a census
Group = frozenset[Unit]
TOLD = {Finding.FEW, Finding.SMALL_ATOMS}


def groups(units: int, censuses: int = 1) -> st.SearchStrategy[Group]:
    everybody = [(unit, census) for unit in range(units) for census in range(censuses)]
    return st.frozensets(st.sampled_from(everybody), min_size=1)


def sessions(units: int, censuses: int = 1, most: int = 5) -> st.SearchStrategy[list[Group]]:
    return st.lists(groups(units, censuses), min_size=1, max_size=most)


def labels(group: Group) -> Labels:
    return labels_of([unit for unit, _ in group], [census for _, census in group])


def system(shown: Iterable[Group], *, matrices: bool = False, most_rank: int | None = None) -> System:
    made = System(min_units=MIN_UNITS, most_rank=most_rank)
    for group in shown:
        made.add(labels(group), labels(group))
    if matrices:
        assert made.rank == made.visible_rank
    return made


def rank(rows: Sequence[Sequence[int]]) -> int:
    """By hand, in fractions."""
    left = [[Fraction(value) for value in row] for row in rows]
    found = 0
    for column in range(len(rows[0]) if rows else 0):
        at = next((i for i in range(found, len(left)) if left[i][column]), None)
        if at is None:
            continue
        left[found], left[at] = left[at], left[found]
        for i in range(found + 1, len(left)):
            factor = left[i][column] / left[found][column]
            left[i] = [one - factor * other for one, other in zip(left[i], left[found], strict=True)]
        found += 1
    return found


def incidence(shown: Sequence[Group], columns: Sequence[Unit]) -> list[list[int]]:
    return [[int(column in group) for column in columns] for group in shown]


def within(shown: Sequence[Group], few: frozenset[Unit], everybody: Sequence[Unit]) -> int:
    """How many independent combinations of the numbers are about nobody but these."""
    others = [one for one in everybody if one not in few]
    return rank(incidence(shown, everybody)) - rank(incidence(shown, others))


def told(shown: Sequence[Group], new: Group, sets: Iterable[frozenset[int]]) -> bool:
    """Whether the new number makes known something about one of these sets of units that was not known before."""
    everybody = sorted(frozenset(chain(new, *shown)))
    for units in sets:
        few = frozenset(one for one in everybody if one[0] in units)
        if within([*shown, new], few, everybody) > within(shown, few, everybody):
            return True
    return False


def atoms(shown: Sequence[Group]) -> list[frozenset[Unit]]:
    """Those who stand in the same numbers."""
    history: dict[tuple[bool, ...], set[Unit]] = {}
    for one in frozenset(chain(*shown)):
        history.setdefault(tuple(one in group for group in shown), set()).add(one)
    return [frozenset(atom) for atom in history.values()]


def small_sets(shown: Sequence[Group]) -> list[frozenset[int]]:
    units = sorted({unit for unit, _ in chain(*shown)})
    return [frozenset(few) for size in range(1, MIN_UNITS) for few in combinations(units, size)]


@given(sessions(7), groups(7), either)
def test_a_refusal_is_never_without_a_reason(shown: list[Group], new: Group, matrices: bool) -> None:
    if system(shown, matrices=matrices).judge(labels(new), labels(new)) in TOLD:
        assert told(shown, new, small_sets([*shown, new]))


@given(sessions(4, censuses=2), groups(4, censuses=2), either)
def test_a_refusal_over_several_censuses_is_never_without_a_reason(
    shown: list[Group], new: Group, matrices: bool
) -> None:
    if system(shown, matrices=matrices).judge(labels(new), labels(new)) in TOLD:
        assert told(shown, new, small_sets([*shown, new]))


def pairs_told(shown: list[Group], new: Group) -> bool:
    """Whether one or two atoms of together fewer than `MIN_UNITS` units become known, judged by hand."""
    split = atoms([*shown, new])
    everybody = sorted(frozenset(chain(new, *shown)))
    for few in chain(combinations(split, 1), combinations(split, 2)):
        joined = frozenset(chain(*few))
        small = len({unit for unit, _ in joined}) < MIN_UNITS
        if small and within([*shown, new], joined, everybody) > within(shown, joined, everybody):
            return True
    return False


@given(sessions(7), groups(7), either)
def test_one_or_two_small_atoms_are_never_missed(shown: list[Group], new: Group, matrices: bool) -> None:
    found = system(shown, matrices=matrices).judge(labels(new), labels(new)) in TOLD
    assert found or not pairs_told(shown, new)


@given(sessions(4, censuses=2), groups(4, censuses=2), either)
def test_one_or_two_small_atoms_are_never_missed_over_censuses(
    shown: list[Group], new: Group, matrices: bool
) -> None:
    found = system(shown, matrices=matrices).judge(labels(new), labels(new)) in TOLD
    assert found or not pairs_told(shown, new)


BLOCKS = [frozenset((unit, 0) for unit in units) for units in ([0], [1], [2, 3], [4, 5, 6], [7, 8, 9, 10])]
blocks = st.sets(st.sampled_from(BLOCKS), min_size=1).map(lambda some: frozenset(chain(*some)))


@given(st.lists(blocks, min_size=1, max_size=4), blocks, either)
def test_nothing_at_all_is_missed_while_no_row_rests_on_small_atoms_alone(
    shown: list[Group], new: Group, matrices: bool
) -> None:
    split = atoms([*shown, new])
    light = frozenset(chain(*(atom for atom in split if len(atom) < MIN_UNITS)))
    if within(shown, light, sorted(frozenset(chain(new, *shown)))) == 0:
        found = system(shown, matrices=matrices).judge(labels(new), labels(new)) in TOLD
        assert found == told(shown, new, small_sets([*shown, new]))


@given(sessions(7), st.randoms(use_true_random=False))
def test_the_rank_is_exact_and_does_not_depend_on_the_order(shown: list[Group], random: object) -> None:
    everybody = sorted(frozenset(chain(*shown)))
    shuffled = list(shown)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert system(shown).rank == system(shuffled).rank == rank(incidence(shown, everybody))


@given(sessions(7, most=7), st.integers(0, 5), either)
def test_the_numbers_that_pass_never_have_more_than_the_highest_rank(
    shown: list[Group], most: int, matrices: bool
) -> None:
    known = system([], matrices=matrices, most_rank=most)
    for group in shown:
        if known.judge(labels(group), labels(group)) is Finding.CLEAR:
            known.add(labels(group), labels(group))
    assert known.visible_rank <= most


@given(sessions(6), sessions(6), groups(6), groups(6), either)
def test_a_number_passes_the_stripped_system_only_if_it_is_independent_or_follows_there_too(
    shown: list[Group], seen: list[Group], new: Group, new_seen: Group, matrices: bool
) -> None:
    both = [(one, one | other) for one, other in zip(shown, seen, strict=False)]
    known = System(min_units=MIN_UNITS, most_rank=None)
    for one, other in both:
        known.add(labels(one), labels(other))
    if matrices:
        assert known.rank >= 0
    everybody = [(unit, 0) for unit in range(6)]

    def dependent(before: list[Group], after: Group) -> bool:
        return rank(incidence([*before, after], everybody)) == rank(incidence(before, everybody))

    real = dependent([one for one, _ in both], new)
    visible = dependent([other for _, other in both], new | new_seen)
    found = known.judge(labels(new), labels(new | new_seen))
    assert (found is Finding.ZERO_REST) == (real and not visible)


@given(sessions(7, most=6))
def test_a_judgement_changes_nothing_and_a_replayed_session_ends_alike(shown: list[Group]) -> None:
    def replay(judged_twice: bool) -> list[Finding]:
        known, findings = system([]), []
        for group in shown:
            for other in shown if judged_twice else ():
                known.judge(labels(other), labels(other))
            findings.append(known.judge(labels(group), labels(group)))
            if findings[-1] is Finding.CLEAR:
                known.add(labels(group), labels(group))
        return findings

    assert replay(judged_twice=False) == replay(judged_twice=True)


@given(sessions(7, most=4), sessions(7, most=3))
def test_a_copy_goes_its_own_way(shown: list[Group], more: list[Group]) -> None:
    known = system(shown)
    copy = known.copy()
    for group in more:
        copy.judge(labels(group), labels(group))
        copy.add(labels(group), labels(group))
    assert known.rank == system(shown).rank
    assert copy.rank == system([*shown, *more]).rank


@given(st.lists(st.integers(0, 2**62), min_size=1, max_size=20))
def test_residues_are_remainders(values: list[int]) -> None:
    most = PRIME * PRIME
    numbers = np.array([min(value, most) for value in [*values, most, PRIME, 0]], dtype=np.int64)
    assert (residues(numbers) == numbers % PRIME).all()
