"""Which sums are hidden beside known ones, against a judge that holds every two and every three against one another."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from enclave.disclosure.ledger.known import sketch
from enclave.disclosure.ledger.known_sums import KnownSums, Sums
from enclave.disclosure.ledger.numbers import ClusterPart, LedgerNumber, Likeness, Population, labels_of
from enclave.disclosure.ledger.shares import HOUSE, shares_of

SIZES: Mapping[int, float] = {unit: (900.0 if unit % 13 == 0 else 1.0 + unit % 5) for unit in range(40)}
CLUSTERS = 3
Some = frozenset[int]


def summed(units: Some) -> LedgerNumber:
    """The sum of what these add, in the clusters where they are."""
    some = np.array(sorted(units), dtype=np.int64)
    labels = labels_of(some, 1)
    parts = {str(unit % CLUSTERS): ClusterPart(labels, labels) for unit in units}
    return LedgerNumber(
        identity=repr(sorted(units)).encode(),
        likeness=Likeness("adds", "2024"),
        kinds=(),
        population=Population(labels, labels, frozenset()),
        clusters=parts,
        shares=shares_of(some, np.array([SIZES[unit] for unit in some.tolist()])).text,
    )


def tells(new: Some, known: Sequence[Some]) -> bool:
    """Whether a sum that one or two are most of follows from the new one and one or two others."""
    if any(is_of_one(two, (1, -1)) for one in known for two in ((new, one), (one, new))):
        return True
    return any(
        is_of_one((whole, part, other), (sign, -sign, -sign))
        for one, two in combinations(known, 2)
        for whole, part, other in ((new, one, two), (one, new, two), (two, new, one))
        for sign in (1, -1)
    )


def is_of_one(sums: Sequence[Some], signs: Sequence[int]) -> bool:
    times = {unit: sum(sign * (unit in one) for one, sign in zip(sums, signs, strict=True)) for unit in SIZES}
    if min(times.values()) < 0:
        return False
    left = sorted(many * SIZES[unit] for unit, many in times.items())
    total = sum(left)
    return total > 0 and bool(HOUSE.holds(total, left[-1], left[-2]))


def some_units() -> st.SearchStrategy[Some]:
    """Of one cluster or of all, as conditions pick them."""
    within = st.sampled_from(
        [*(frozenset(range(one, 40, CLUSTERS)) for one in range(CLUSTERS)), frozenset(SIZES)]
    )
    low, high = st.integers(0, 20), st.integers(20, 40)
    but = st.sampled_from([frozenset[int](), frozenset(range(0, 40, 4)), frozenset(range(13, 27))])
    return st.builds(
        lambda of, first, last, less: frozenset(unit for unit in of if first <= unit < last) - less,
        within,
        low,
        high,
        but,
    ).filter(lambda units: len(units) > 2)


def may_be_shown(some: Iterable[Some]) -> list[Some]:
    """Those that are harmless by themselves, and beside those before them."""
    found = list[Some]()
    for one in some:
        if not is_of_one((one,), (1,)) and not tells(one, found):
            found.append(one)
    return found


@given(st.lists(some_units(), min_size=2, max_size=6, unique=True), st.integers(0, 4))
def test_a_sum_is_hidden_where_two_or_three_tell_what_one_or_two_add(asked: list[Some], before: int) -> None:
    """Some were known before the question, the others the answer shows."""
    known, new = may_be_shown(asked[:-1]), asked[-1]
    if is_of_one((new,), (1,)) or new in known:
        return
    numbers, kept = [summed(one) for one in known], KnownSums()
    for handle, number in enumerate(numbers[:before]):
        kept.add(number, sketch(number), handle)
    sums = Sums(kept, lambda handle: numbers[handle].population.labels)
    for number in numbers[before:]:
        sums.show(number)
    assert (sums.against(summed(new)) is not None) is tells(new, known)
