"""What a whole and one part of it leave between them, worked out once for all numbers that may fill it.

A table with a cell per cluster has thousands of small cells, and each is held against the same few large numbers.
"""

from dataclasses import dataclass

import numpy as np

from enclave.disclosure.ledger.dense import are_in, census_of
from enclave.disclosure.ledger.numbers import (
    CENSUS_BITS,
    CENSUS_MASK,
    Labels,
    Population,
    are_equal,
    distinct,
    units_of,
)


@dataclass(frozen=True, slots=True, eq=False)
class Gap:
    """Who is in the whole and not in the part (`open`), and in the part and not in the whole (`over`)."""

    open: Labels
    over: Labels

    def rest(self, other: Labels) -> Labels:
        """Where `whole - part - other` is not 0, sorted."""
        unfilled = self.open[~are_in(self.open, other)]
        surplus = other[~are_in(other, self.open)]
        return distinct(np.concatenate((unfilled, self.over, surplus)))

    def size_of_rest(self, other: Labels) -> int:
        """How many these are."""
        filled = int(np.count_nonzero(are_in(self.open, other)))
        twice = int(np.count_nonzero(are_in(self.over, other)))
        return len(self.open) + len(self.over) + len(other) - 2 * filled - twice


@dataclass(frozen=True, slots=True, eq=False)
class Gaps:
    """The gap in units; in labels too where both are of times. `census`: the one that all of both are of.

    `rows_only`: of one of the two nobody knows more than rows.
    """

    units: Gap
    census: int | None
    labels: Gap | None
    rows_only: bool = False

    def rests(self, other: Population) -> list[int]:
        """How many units are left, in each reading that there is, when another part is taken away too.

        Of people at one census units say all that labels do.
        """
        found = [self.units.size_of_rest(units_of(other.labels))]
        if self.census is not None and not timeless(other):
            if census_of(other.labels) == self.census:
                return found * 2
            found.append(len(units_of(_at(self.units, self.census).rest(other.labels))))
        elif self.labels is not None and not timeless(other):
            found.append(len(units_of(self.labels.rest(other.labels))))
        return found[-1:] if self.rows_only or other.rows_only else found


def gaps_between(whole: Population, part: Population) -> Gaps:
    """What is between a whole and a part of it, or nearly so."""
    units = gap_between(units_of(whole.labels), units_of(part.labels))
    if timeless(whole) or timeless(part):
        return Gaps(units, None, None)
    rows_only, census = whole.rows_only or part.rows_only, census_of(whole.labels)
    if census is not None and census_of(part.labels) == census:
        return Gaps(units, census, None, rows_only)
    return Gaps(units, None, gap_between(whole.labels, part.labels), rows_only)


def _at(gap: Gap, census: int) -> Gap:
    """A gap in units as one in labels of a census."""
    return Gap(gap.open << CENSUS_BITS | census, gap.over << CENSUS_BITS | census)


def timeless(population: Population) -> bool:
    """Whether it is about things that never change: its labels are units without a census."""
    return not len(population.labels) or not int(population.labels[0]) & CENSUS_MASK


def gap_between(whole: Labels, part: Labels) -> Gap:
    """The same of units alone, or of labels."""
    if are_equal(whole, part):
        return Gap(whole[:0], whole[:0])
    return Gap(whole[~are_in(whole, part)], part[~are_in(part, whole)])
