"""The lifetime cap without a base: no group of units may have too many independent numbers inside it."""

from collections.abc import Sequence
from fractions import Fraction
from itertools import combinations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from enclave.disclosure.ledger.crowd import Crowd
from enclave.disclosure.ledger.local import MOST_IN_A_GROUP, passes_local_cap
from enclave.disclosure.ledger.numbers import Labels

Group = frozenset[int]


def units(group: Group | range) -> Labels:
    return np.array(sorted(group), dtype=np.int64)


def passes(new: Group | range, known: Sequence[Group | range], units_per_number: int = 10) -> bool:
    crowd = Crowd([units(one) for one in known], most=MOST_IN_A_GROUP)
    return passes_local_cap(units(new), [crowd], units_per_number=units_per_number)


def rank(groups: Sequence[Group]) -> int:
    """Of the groups as rows of ones and zeros, over the fractions."""
    columns = sorted(frozenset[int]().union(*groups))
    rows = [[Fraction(one in group) for one in columns] for group in groups]
    found = 0
    for column in range(len(columns)):
        pivot = next((row for row in rows[found:] if row[column]), None)
        if pivot is None:
            continue
        rows.remove(pivot)
        rows = [
            [a - row[column] / pivot[column] * b for a, b in zip(row, pivot, strict=True)]
            if number >= found
            else row
            for number, row in enumerate(rows)
        ]
        rows.insert(found, pivot)
        found += 1
    return found


def some_group_has_too_many(new: Group, known: Sequence[Group], units_per_number: int) -> bool:
    """Of all groups that are unions of known ones with the new one: the slow and complete judge."""
    others = [one for one in set(known) if one and one != new]
    for count in range(len(others) + 1):
        for chosen in combinations(others, count):
            group = new.union(*chosen)
            inside = [new, *(one for one in others if one <= group)]
            if rank(inside) > max(1, len(group) // units_per_number):
                return True
    return False


groups = st.frozensets(st.integers(0, 11), min_size=1, max_size=9)


@settings(max_examples=150, deadline=None)
@given(groups, st.lists(groups, max_size=5), st.integers(2, 4))
def test_whatever_is_refused_would_be_one_too_many_in_some_group(
    new: Group, known: list[Group], units_per_number: int
) -> None:
    if passes(new, known, units_per_number):
        assert some_group_has_too_many(new, known, units_per_number)


@settings(max_examples=100, deadline=None)
@given(groups, st.lists(groups, max_size=5), st.integers(2, 4))
def test_more_known_numbers_inside_the_new_one_never_help(
    new: Group, known: list[Group], units_per_number: int
) -> None:
    inside = [one & new for one in known if one & new]
    too_many = rank([new, *inside]) > max(1, len(new) // units_per_number)
    assert not too_many or passes(new, known + inside, units_per_number)


@settings(max_examples=60, deadline=None)
@given(groups, st.lists(groups, max_size=5), st.integers(2, 4))
def test_names_of_units_do_not_matter(new: Group, known: list[Group], units_per_number: int) -> None:
    first, *others = (frozenset(one * 7 + 100 for one in group) for group in (new, *known))
    assert passes(new, known, units_per_number) == passes(first, others, units_per_number)


def test_the_first_number_of_a_group_is_never_too_many() -> None:
    assert not passes(range(3), [])
    assert not passes(range(100), [])


def test_an_equal_population_is_no_further_number() -> None:
    assert not passes(range(15), [range(15), range(15)])


def test_fifty_units_have_five_independent_numbers_inside() -> None:
    parts = [range(start, start + 12) for start in (0, 12, 24, 36)]
    assert not passes(range(50), parts)
    assert passes(range(50), [*parts, range(6, 18)])


def test_a_group_is_grown_over_what_adds_few_units() -> None:
    """Windows of twelve that move by three: within any of them is no other, within two of them together more."""
    windows = [range(start, start + 12) for start in range(0, 30, 3)]
    assert not passes(windows[0], windows[3:])
    assert passes(windows[0], windows[1:])


def test_what_does_not_overlap_is_no_neighbour() -> None:
    far = [range(start, start + 12) for start in range(100, 400, 4)]
    assert not passes(range(20), far)


def test_a_crowd_around_a_number_is_no_group() -> None:
    assert not passes(range(20), [range(MOST_IN_A_GROUP + 1)] * 3)
