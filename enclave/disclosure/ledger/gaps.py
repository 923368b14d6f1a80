"""What a whole and one part of it leave between them, worked out once for all numbers that may fill it.

A table with a cell per cluster has thousands of small cells, and each is held against the same few large numbers.
"""

from dataclasses import dataclass

import numpy as np

from enclave.disclosure.ledger.numbers import CENSUS_MASK, Labels, Population, are_in, distinct, units_of


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


@dataclass(frozen=True, slots=True, eq=False)
class Gaps:
    """The gap in units, and in labels where both are of times."""

    units: Gap
    labels: Gap | None

    def rests(self, other: Population) -> list[int]:
        """How many units are left, in each reading that there is, when another part is taken away too."""
        found = [len(self.units.rest(units_of(other.labels)))]
        if self.labels is not None and not timeless(other):
            found.append(len(units_of(self.labels.rest(other.labels))))
        return found


def gaps_between(whole: Population, part: Population) -> Gaps:
    """What is between a whole and a part of it, or nearly so."""
    units = gap_between(units_of(whole.labels), units_of(part.labels))
    are_of_times = not timeless(whole) and not timeless(part)
    return Gaps(units, gap_between(whole.labels, part.labels) if are_of_times else None)


def timeless(population: Population) -> bool:
    """Whether it is about things that never change: its labels are units without a census."""
    return not len(population.labels) or not int(population.labels[0]) & CENSUS_MASK


def in_one(one: Labels, other: Labels) -> Labels:
    """What stands in just one of two sorted arrays without repeats, sorted."""
    if np.array_equal(one, other):
        return one[:0]
    both = np.concatenate((one, other))
    both.sort(kind="stable")  # two runs: a merge
    repeats = both[1:] == both[:-1]
    single = np.ones(len(both), dtype=bool)
    single[1:] &= ~repeats
    single[:-1] &= ~repeats
    return both[single]


def gap_between(whole: Labels, part: Labels) -> Gap:
    """The same of units alone, or of labels."""
    apart = in_one(whole, part)
    is_open = are_in(apart, whole)
    return Gap(apart[is_open], apart[~is_open])
