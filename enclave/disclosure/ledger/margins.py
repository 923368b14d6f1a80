"""The numbers that everybody knows before the first question: headcounts and the standard margins of each census.

A two-row table that splits off one person would otherwise be shown with the large row in it. Of each census are entered

- the table's own population, and over several censuses by every subset of year and term;
- headcounts of each area and each cluster;
- for each set of fields that the house names: nationally; and where no zeros in it are hidden, or at the main census of
  a year, per area and per cluster too. More censuses of a changing field would hide one another.

They are known *as they are published*: a margin of fewer than `min_units` units is not, and enough beside it is not
either (see `published`). What is not published is not known to anybody, and asking for it is a question like others.
"""

from collections.abc import Container, Iterator, Mapping, Sequence
from typing import TypeAlias

import numpy as np

from enclave.disclosure.ledger.census_margins import CensusMargins
from enclave.disclosure.ledger.counted import CensusRows
from enclave.disclosure.ledger.known import SEVERAL, KnownNumbers
from enclave.disclosure.ledger.numbers import CENSUS_BITS, Likeness, Population, distinct, units_of
from enclave.disclosure.ledger.runs import Ints, Rows, histogram

Heads: TypeAlias = tuple[str, ...]
"""A table and the names of one or several of its censuses, sorted: what a headcount of it is of."""


class Margins:
    """Margins that are entered together, under handles that fall from `first`."""

    def __init__(self, parts: Sequence["CensusMargins | Union"], *, first: int = -1) -> None:
        self._first = first
        self._parts = parts
        self._ends = np.cumsum([len(part) for part in parts])

    def __len__(self) -> int:
        return int(self._ends[-1]) if len(self._ends) else 0

    def enter(self, known: KnownNumbers) -> None:
        """Make them known."""
        rows = [part.rows(known) for part in self._parts]
        for found, end, part in zip(rows, self._ends, self._parts, strict=True):
            handles = self._first - (end - len(part) + found.handles)
            known.add_heads(Rows(found.groups, found.sizes, found.bins, handles), part)

    def has(self, handle: int) -> bool:
        return self._first - len(self) < handle <= self._first

    def population_of(self, handle: int) -> Population:
        """The population of a margin, by its handle."""
        place = self._first - handle
        part = int(np.searchsorted(self._ends, place, "right"))
        return self._parts[part].population(place - int(self._ends[part]) + len(self._parts[part]))


def margins_of(
    censuses: Sequence[CensusRows],
    by: Sequence[tuple[str, ...]],
    *,
    min_units: int,
    without: Container[Heads] = frozenset(),
) -> Mapping[Heads, "CensusMargins | Union | None"]:
    """The margins of censuses, of one or several tables, and who is in each table over several; None if too few are.

    Args:
        by: the sets of fields to count by; for each census those that it has all fields of.
        without: what was counted before.
    """
    groups = [*([one] for one in censuses), *_unions(censuses)]
    return {
        heads: _counted(group, by, min_units) for group in groups if (heads := heads_of(group)) not in without
    }


def _counted(
    group: Sequence[CensusRows], by: Sequence[tuple[str, ...]], min_units: int
) -> "CensusMargins | Union | None":
    if len(group) == 1:
        return CensusMargins(group[0], by, min_units)
    union = Union(group)
    return union if union.units >= min_units else None


def _unions(censuses: Sequence[CensusRows]) -> Iterator[list[CensusRows]]:
    """The censuses of each table in each year, in each term, and all of them, where they are several."""
    groups: dict[tuple[str, ...], list[CensusRows]] = {}
    for census in censuses:
        for subset in (("all",), ("year", census.year), ("term", census.term)):
            groups.setdefault((census.table, *subset), []).append(census)
    several = {heads_of(group): group for group in groups.values() if len(group) > 1}
    yield from several.values()


def heads_of(group: Sequence[CensusRows]) -> Heads:
    return group[0].table, *sorted(census.name for census in group)


class Union:
    """The population of a table over several censuses."""

    def __init__(self, censuses: Sequence[CensusRows]) -> None:
        self._censuses = censuses
        self.table = censuses[0].table
        self.name = "; ".join(sorted(census.name for census in censuses))
        self.units = len(units_of(self.population(0).labels))

    def __len__(self) -> int:
        return 1

    def rows(self, known: KnownNumbers) -> Rows:
        units = units_of(self.population(0).labels)
        group = known.group(Likeness("count", self.name), SEVERAL)
        return Rows(np.array([group]), np.array([len(units)]), histogram(units)[None], np.array([0]))

    def holding(self, samples: Ints, within: int) -> tuple[Ints, Ints]:
        """It may hold any number of its censuses."""
        del within
        return np.arange(len(samples)), np.zeros(len(samples), dtype=np.int64)

    def population(self, _place: int) -> Population:
        parts = [census.units << CENSUS_BITS | census.code for census in self._censuses]
        labels = distinct(np.concatenate(parts))
        return Population(labels, labels, frozenset())
