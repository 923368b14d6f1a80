"""Numbers as the ledger sees them: whom they are about, what they are about, and when.

A *number* is one statistic of one cell. Whom it is about is its population, a set of labels. A label is one unit at
one census: `unit << 20 | census`, with census 0 where the number is about things that never change. What is
decided does not depend on values; they are carried along to be repeated over newer data.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

CENSUS_BITS = 20
CENSUS_MASK = (1 << CENSUS_BITS) - 1
NO_CENSUS = "-"
"""In place of a census, where there is none: of people by a summary of all their rows."""

Labels: TypeAlias = npt.NDArray[np.int64]
"""Sorted, without repeats."""


def labels_of(units: npt.ArrayLike, census: npt.ArrayLike = 0) -> Labels:
    """Labels of units at a census, sorted, without repeats."""
    made = (np.asarray(units, dtype=np.int64) << CENSUS_BITS) | np.asarray(census, dtype=np.int64)
    return distinct(np.ravel(made))


def all_true(flags: npt.NDArray[np.bool_]) -> bool:
    """Whether all are. numpy's own takes ten times as long over a few, and thousands of cells are of a few."""
    return not len(flags) or flags.item(flags.argmin())


def are_equal(one: Labels, other: Labels) -> bool:
    """Whether both are the same labels."""
    return one is other or (len(one) == len(other) and all_true(one == other))


def distinct(labels: Labels) -> Labels:
    """The labels sorted, without repeats. By sorting: np.unique hashes, which is slow where low bits are alike."""
    if len(labels) < 2:
        return labels
    new = labels[1:] > labels[:-1]
    if all_true(new):
        return labels
    if not all_true(labels[1:] >= labels[:-1]):
        labels = np.sort(labels)
        new = labels[1:] != labels[:-1]
    return labels[np.concatenate(([True], new))]


def are_in(some: Labels, others: Labels) -> npt.NDArray[np.bool_]:
    """Which labels stand in others, that are sorted."""
    if not len(others):
        return np.zeros(len(some), dtype=np.bool_)
    found: npt.NDArray[np.bool_] = others.take(others.searchsorted(some), mode="clip") == some
    return found


def shared_with(labels: Labels, others: Sequence[Labels]) -> npt.NDArray[np.int64]:
    """How many of each of the others stand in labels."""
    ends = np.cumsum([len(one) for one in others])
    if not len(others) or not ends[-1]:
        return np.zeros(len(others), dtype=np.int64)
    inside = np.concatenate(([0], np.cumsum(are_in(np.concatenate(others), labels))))
    counts: npt.NDArray[np.int64] = np.diff(inside[ends], prepend=0)
    return counts


def units_of(labels: Labels) -> Labels:
    """The distinct units of labels, sorted."""
    units = labels >> CENSUS_BITS
    first = units[1:] != units[:-1]
    return units if all_true(first) else units[np.concatenate(([True], first))]


def count_of_units(labels: Labels) -> int:
    """How many distinct units labels are of."""
    units = labels >> CENSUS_BITS
    return int(np.count_nonzero(units[1:] != units[:-1])) + (len(units) > 0)


@dataclass(frozen=True, slots=True)
class Kind:
    """What is learnt about a unit: a family of measures, or a field whose zeros are hidden.

    `fixed`: it does not change over a unit's life, so all censuses are one.
    """

    name: str  # "measure:<table>.<family or field>" or "code:<table>.<field>"
    fixed: bool


@dataclass(frozen=True, slots=True)
class Likeness:
    """Like is compared with like: counts with counts, sums and means of a family with their like.

    `censuses` are the years and terms that a number touches, as one text (empty where all its kinds are fixed: these
    are compared over all years, and only nested).
    """

    statistic: str  # "count", or the families of the measures, sorted and joined with "+"
    censuses: str


@dataclass(frozen=True, slots=True, eq=False)
class Population:
    """Whom a number is about.

    `visible` is the same without the conditions on fields whose zeros are hidden (`hidden` names those, canonically):
    what everybody may know of it. Where `hidden` is empty, `visible` and `labels` are the same. `rows_only`: it is
    known as a sum of rows alone, and nobody can tell how many different units it is of.
    """

    labels: Labels
    visible: Labels
    hidden: frozenset[str]
    rows_only: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class ClusterPart:
    """The part of a population that stands in one cluster, and which parts of the cluster it touches."""

    labels: Labels
    visible: Labels
    parts: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, eq=False)
class LedgerNumber:
    """One number for the ledger to judge or to remember.

    `identity` is equal for equal statistics of equal definitions, over one data version: the same number, which is
    simply repeated. `clusters` are those its units stand in, where they are ten or fewer; else empty. `years` are those
    its censuses lie in, `tables` the tables of people it is computed from, the one that says where a unit stands first.
    `flagged` names the rule that left it to checkers instead of hiding it; empty for all others.
    `lasting` is the identity without the data version; `value` what was shown, as `shown_values` writes it. Nothing is
    decided by a value. `shares`: of those who add to a sum, how much, as `shares` writes it.
    """

    identity: bytes
    likeness: Likeness
    kinds: tuple[Kind, ...]
    population: Population
    clusters: Mapping[str, ClusterPart] = field(default_factory=dict)
    years: tuple[str, ...] = ()
    tables: tuple[str, ...] = ()
    flagged: str = ""
    lasting: bytes = b""
    value: str = ""
    shares: str = field(default="", repr=False)
