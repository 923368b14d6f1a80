"""A few numbers, as one bit for each number on every label: enough to see most answers without matrices.

Most systems are small (one cell of one table for each school), and most numbers have a large part that no other
number explains. Both are settled here, exactly, in plain integers. What is not is left to the full form.
"""

from dataclasses import dataclass
from enum import Enum

import numpy as np

from enclave.disclosure.ledger.atoms import Whole
from enclave.disclosure.ledger.numbers import CENSUS_BITS, CENSUS_MASK, Labels

MOST = 12
"""So many numbers at most: beyond, the form in numpy is quicker. (A bit for each has to fit an int64.)"""


class Left(Enum):
    """What of a new number does not follow from those before it."""

    NOTHING = "nothing"
    LIGHT = "light"  # something on small atoms only, as far as is seen here
    HEAVY = (
        "heavy"  # something on an atom of min_units units or more, so that no row on few units joins the span
    )


@dataclass(frozen=True, slots=True, eq=False)
class Handful:
    """Numbers as bits: bit i of a label says whether it stands in the i-th number."""

    labels: Labels
    bits: Whole
    count: int

    def and_with(self, labels: Labels) -> "Handful":
        """These numbers and one more."""
        if not self.count:
            return Handful(labels, np.ones(len(labels), dtype=np.int64), 1)
        at = np.searchsorted(self.labels, labels)
        seen = self.labels[np.minimum(at, len(self.labels) - 1)] == labels
        bits = self.bits.copy()
        if seen.all():
            bits[at] |= 1 << self.count
            return Handful(self.labels, bits, self.count + 1)
        bits[at[seen]] |= 1 << self.count
        fresh = labels[~seen]
        known = np.concatenate((self.labels, fresh))
        bits = np.concatenate((bits, np.full(len(fresh), 1 << self.count)))
        order = np.argsort(known, kind="stable")
        return Handful(known[order], bits[order], self.count + 1)

    def last(self, *, min_units: int) -> tuple[int, Left]:
        """The rank of the numbers before the last, and what of the last does not follow from them."""
        patterns, sizes = self._atoms()
        least_units = -(-sizes // self._most_labels())
        order = np.argsort(-sizes, kind="stable")
        basis: list[tuple[int, list[int]]] = []
        heaviest = None
        held = patterns[order].tolist()
        for number in range(self.count):
            row = _reduced([pattern >> number & 1 for pattern in held], basis)
            heaviest = next((column for column, value in enumerate(row) if value), None)
            if heaviest is not None and number < self.count - 1:
                basis.append((heaviest, row))
        if heaviest is None:
            return len(basis), Left.NOTHING
        heavy = least_units[order[heaviest]] >= min_units
        return len(basis), Left.HEAVY if heavy else Left.LIGHT

    def _atoms(self) -> tuple[Whole, Whole]:
        """The patterns of bits that occur, and how many labels have each."""
        ordered = np.sort(self.bits)
        starts = np.flatnonzero(np.concatenate(([True], ordered[1:] != ordered[:-1])))
        return ordered[starts], np.diff(starts, append=len(ordered))

    def _most_labels(self) -> int:
        """No unit has more labels than this."""
        units = self.labels >> CENSUS_BITS
        if (units[1:] != units[:-1]).all():
            return 1
        return len(np.unique(self.labels & CENSUS_MASK))


def no_numbers() -> Handful:
    none = np.empty(0, dtype=np.int64)
    return Handful(none, none, 0)


def _reduced(row: list[int], basis: list[tuple[int, list[int]]]) -> list[int]:
    """A multiple of the row, less multiples of the basis, that is 0 in the column of each row of the basis."""
    for column, other in basis:
        value = row[column]
        if value:
            factor = other[column]
            row = [factor * mine - value * theirs for mine, theirs in zip(row, other, strict=True)]
    return row
