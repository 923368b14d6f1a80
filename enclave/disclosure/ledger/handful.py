"""A few numbers, as one bit for each number on every label: enough to see most answers without matrices.

Most systems are small (one cell of one table for each school), and most numbers have a large part that no other
number explains. Both are settled here, exactly, in plain integers. What is not is left to the full form.
"""

from dataclasses import dataclass
from enum import Enum
from itertools import pairwise

import numpy as np

from enclave.disclosure.ledger.atoms import Flags, Whole
from enclave.disclosure.ledger.numbers import CENSUS_BITS, CENSUS_MASK, Labels, all_true, distinct

MOST_JUDGED = 12
"""So many numbers at most are judged here: beyond, matrices are quicker."""


class Left(Enum):
    """What of a new number does not follow from those before it."""

    NOTHING = "nothing"
    LIGHT = "light"  # something on small atoms only, as far as is seen here
    HEAVY = (
        "heavy"  # something on an atom of min_units units or more, so that no row on few units joins the span
    )


@dataclass(frozen=True, slots=True, eq=False)
class Last:
    """How the last number stands to those before it, whose rank this is.

    What is left of it is the sum of all numbers, each taken so many `times`.
    """

    rank: int
    left: Left
    times: list[int]


@dataclass(frozen=True, slots=True, eq=False)
class Handful:
    """Numbers as bits: bit i of a label says whether it stands in the i-th number."""

    labels: Labels
    bits: Whole
    count: int
    most_labels: int  # no unit has more of these labels

    def and_with(self, labels: Labels) -> "Handful":
        """These numbers and one more."""
        if not len(self.labels):
            bits = np.full(len(labels), 1 << self.count)
            return Handful(labels, bits, self.count + 1, _most_labels(labels))
        at = self.labels.searchsorted(labels)
        seen = self.labels.take(at, mode="clip") == labels
        bits = self.bits.copy()
        if all_true(seen):
            bits[at] |= 1 << self.count
            return Handful(self.labels, bits, self.count + 1, self.most_labels)
        bits[at[seen]] |= 1 << self.count
        fresh = labels[~seen]
        known = np.concatenate((self.labels, fresh))
        order = known.argsort(kind="stable")
        bits = np.concatenate((bits, np.full(len(fresh), 1 << self.count)))[order]
        known = known[order]
        return Handful(known, bits, self.count + 1, _most_labels(known))

    def last(self, *, min_units: int) -> "Last":
        """What of the last number does not follow from those before it."""
        patterns, sizes = self._atoms()
        basis: list[tuple[int, list[int]]] = []
        row: list[int] = []
        for number in range(self.count):
            times = [0] * self.count
            times[number] = 1
            row = _reduced([pattern >> number & 1 for pattern in patterns] + times, basis)
            if number < self.count - 1 and any(row[: len(patterns)]):
                basis.append((_first(row), row))
        times = row[len(patterns) :]
        if not any(row[: len(patterns)]):
            return Last(len(basis), Left.NOTHING, times)
        least_units = -(-sizes[_first(row)] // self.most_labels)
        return Last(len(basis), Left.HEAVY if least_units >= min_units else Left.LIGHT, times)

    def members(self) -> Flags:
        """(numbers, patterns) who is in each number, where those with the same pattern of bits are one."""
        patterns = distinct(self.bits)
        inside: Flags = (patterns >> np.arange(self.count)[:, None] & 1).astype(np.bool_)
        return inside

    def _atoms(self) -> tuple[list[int], list[int]]:
        """The patterns of bits that occur, and how many labels have each: the most first."""
        ordered = np.sort(self.bits)
        if not len(ordered):
            return [], []
        starts = (ordered[1:] != ordered[:-1]).nonzero()[0] + 1
        patterns = ordered[[0, *starts]].tolist()
        ends = [0, *starts.tolist(), len(ordered)]
        sizes = [end - start for start, end in pairwise(ends)]
        order = sorted(range(len(sizes)), key=lambda at: -sizes[at])
        return [patterns[at] for at in order], [sizes[at] for at in order]


def no_numbers() -> Handful:
    none = np.empty(0, dtype=np.int64)
    return Handful(none, none, 0, 1)


def _most_labels(labels: Labels) -> int:
    """A bound on the labels of one unit: the censuses that there are, if any unit has two."""
    units = labels >> CENSUS_BITS
    if all_true(units[1:] != units[:-1]):
        return 1
    return len(distinct(labels & CENSUS_MASK))


def _first(row: list[int]) -> int:
    """The place of the first value that is not 0."""
    return next(column for column, value in enumerate(row) if value)


def _reduced(row: list[int], basis: list[tuple[int, list[int]]]) -> list[int]:
    """A multiple of the row, less multiples of the basis, that is 0 in the column of each row of the basis."""
    for column, other in basis:
        value = row[column]
        if value:
            factor = other[column]
            row = [factor * mine - value * theirs for mine, theirs in zip(row, other, strict=True)]
    return row
