"""Large sets of labels held against one another by a table with a place for each label that may be.

To look each of a million labels up in a sorted list costs eight times as much as to mark them in a table. Small sets,
and those spread too thinly for a table, are looked up.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from enclave.disclosure.ledger.numbers import CENSUS_BITS, CENSUS_MASK, Labels, all_true, are_equal, distinct

LARGE = 1 << 10
"""Labels from which on a table is made."""
FEWER = 16
"""Looked up are so many times fewer labels than those that they are looked up in."""
THIN = 64
"""Places of a table for each label, at most."""
MANY = 1 << 14
"""Labels from which on it is quicker to mark them in a table than to sort them."""

Flags = npt.NDArray[np.bool_]


def are_in(some: Labels, others: Labels) -> Flags:
    """Which labels stand in others. The others are sorted."""
    if not len(others):
        return np.zeros(len(some), dtype=np.bool_)
    placed = places_of([some, others]) if len(others) < FEWER * len(some) else None
    if placed is None:
        found: Flags = others.take(others.searchsorted(some), mode="clip") == some
        return found
    (mine, theirs), count = placed
    marked = np.zeros(count, dtype=np.bool_)
    marked[theirs] = True
    return marked[mine]


def in_one(one: Labels, other: Labels) -> Labels:
    """What stands in just one of two sorted arrays without repeats, sorted."""
    if are_equal(one, other):
        return one[:0]
    apart = np.concatenate((one[~are_in(one, other)], other[~are_in(other, one)]))
    apart.sort(kind="stable")  # two runs: a merge
    return apart


def merged(sets: Sequence[Labels]) -> Labels:
    """All labels of some sets, sorted, without repeats. Small sets should be sorted themselves: runs are merged."""
    placed = places_of(sets) if sum(len(one) for one in sets) >= MANY else None
    if placed is None:
        together = np.concatenate(sets)
        together.sort(kind="stable")
        return distinct(together)
    marked, labels = np.zeros(placed[1], dtype=np.bool_), np.empty(placed[1], dtype=np.int64)
    for places, one in zip(placed[0], sets, strict=True):
        marked[places] = True
        labels[places] = one
    return labels[marked]


def in_order(labels: Labels) -> Labels:
    """Labels that come in any order, sorted, without repeats."""
    return distinct(labels) if len(labels) < MANY else merged([labels])


def places_among(labels: Labels, some: Labels) -> Labels:
    """Where each of some labels stands among sorted ones that hold them all."""
    placed = places_of([labels, some])
    if placed is None:
        return labels.searchsorted(some)
    (theirs, mine), count = placed
    table = np.empty(count, dtype=np.int64)
    table[theirs] = np.arange(len(labels))
    found: Labels = table[mine]
    return found


def ways(sets: Sequence[Labels]) -> Flags:
    """A row for each set, of eight or fewer, and a column for each way to be in some of them and not in others that
    occurs.
    """
    if all(are_equal(one, sets[0]) for one in sets[1:]):  # as for those whom a hidden field alone tells apart
        return np.ones((len(sets), min(len(sets[0]), 1)), dtype=np.bool_)
    bits = [128 >> place for place in range(len(sets))]
    placed = places_of(sets)
    if placed is None:
        everybody = np.unique(np.concatenate(sets))
        placed = [everybody.searchsorted(one) for one in sets], len(everybody)
    marked = np.zeros(placed[1], dtype=np.uint8)
    for places, bit in zip(placed[0], bits, strict=True):
        marked[places] |= bit
    found = np.flatnonzero(np.bincount(marked, minlength=1)[1:]).astype(np.uint8) + np.uint8(1)
    return np.unpackbits(found[None], axis=0)[: len(sets)].astype(np.bool_)


def census_of(labels: Labels) -> int | None:
    """The one census that all are of; None where there are several, or nobody."""
    if not len(labels):
        return None
    census = int(labels[0]) & CENSUS_MASK
    return census if all_true((labels & CENSUS_MASK) == census) else None


def places_of(sets: Sequence[Labels]) -> tuple[list[Labels], int] | None:
    """A place for each label, equal for equal ones and in their order, and how many places there are.

    None where a table of these is not worth its while.
    """
    sizes = [len(one) for one in sets]
    many = max(sizes)
    if many < LARGE:
        return None
    top = max(int(one.max(initial=0)) for one in sets)
    if top < THIN * many:
        return list(sets), top + 1
    if not 0 < top >> CENSUS_BITS < THIN * many:
        return None
    codes = _censuses(sets)
    units = [one >> CENSUS_BITS for one in sets]
    if len(codes) == 1:
        return units, (top >> CENSUS_BITS) + 1
    count = ((top >> CENSUS_BITS) + 1) * len(codes)
    if count >= THIN * many:
        return None
    ranks = np.zeros(CENSUS_MASK + 1, dtype=np.int64)
    ranks[codes] = np.arange(len(codes))
    return [of * len(codes) + ranks[one & CENSUS_MASK] for of, one in zip(units, sets, strict=True)], count


def _censuses(sets: Sequence[Labels]) -> Labels:
    """The censuses of all labels, each once."""
    first = next(int(one[0]) for one in sets if len(one)) & CENSUS_MASK
    if all(census_of(one) == first for one in sets if len(one)):
        return np.array([first])
    occurs = np.zeros(CENSUS_MASK + 1, dtype=np.bool_)
    for one in sets:
        occurs[one & CENSUS_MASK] = True
    return np.flatnonzero(occurs)
