"""The numbers that everybody knows before the first question: headcounts and the standard margins of each census.

A two-row table that splits off one person would otherwise be shown with the large row in it. Of each census are entered

- the table's own population, and over several censuses by every subset of year and term;
- headcounts of each area and each cluster;
- for each set of fields that the house names: nationally; and where no zeros in it are hidden, or at the main census of
  a year, per area and per cluster too. More censuses of a changing field would hide one another.

They are known *as they are published*: a margin of fewer than `min_units` units is not, and enough beside it is not
either (see `published`). What is not published is not known to anybody, and asking for it is a question like others.

Populations are made from the rows of the census when they are asked for; kept are sizes and histograms.
"""

from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from enclave.disclosure.ledger.counted import CensusRows, Counted, Level, counted, lines, places_of
from enclave.disclosure.ledger.known import SEVERAL, Ints, KnownNumbers, Rows, histogram, joined
from enclave.disclosure.ledger.numbers import CENSUS_BITS, Labels, Likeness, Population, distinct, units_of
from enclave.disclosure.ledger.published import published

Heads: TypeAlias = tuple[str, ...]
"""A table and the names of one or several of its censuses, sorted: what a headcount of it is of."""


class Margins:
    """Everything entered, under handles that fall from -1, or from `first`."""

    def __init__(
        self,
        censuses: Sequence[CensusRows],
        by: Sequence[tuple[str, ...]],
        *,
        min_units: int,
        first: int = -1,
        without: Container[Heads] = frozenset(),
    ) -> None:
        """Count the margins of censuses, of one or several tables.

        Args:
            by: the sets of fields to count by; for each census those that it has all fields of.
            without: what was counted before.
        """
        groups = [[census] for census in censuses] + list(_unions(censuses))
        groups = [group for group in groups if heads_of(group) not in without]
        self.heads = frozenset(heads_of(group) for group in groups)
        self._first = first
        self._parts: list[_CensusMargins | _Union] = [
            _CensusMargins(group[0], by, min_units) for group in groups if len(group) == 1
        ]
        unions = (_Union(group) for group in groups if len(group) > 1)
        self._parts += [union for union in unions if union.units >= min_units]
        self._ends = np.cumsum([len(part) for part in self._parts])

    def __len__(self) -> int:
        return int(self._ends[-1]) if len(self._ends) else 0

    def enter(self, known: KnownNumbers) -> None:
        """Make them known."""
        rows = [part.rows(known) for part in self._parts]
        for found, end, part in zip(rows, self._ends, self._parts, strict=True):
            handles = self._first - (end - len(part) + found.handles)
            known.add_heads(Rows(found.groups, found.sizes, found.bins, handles), part.table)

    def has(self, handle: int) -> bool:
        return self._first - len(self) < handle <= self._first

    def population_of(self, handle: int) -> Population:
        """The population of a margin, by its handle."""
        place = self._first - handle
        part = int(np.searchsorted(self._ends, place, "right"))
        return self._parts[part].population(place - int(self._ends[part]) + len(self._parts[part]))


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


class _Union:
    """The population of a table over several censuses."""

    def __init__(self, censuses: Sequence[CensusRows]) -> None:
        self._censuses = censuses
        self.table = censuses[0].table
        self.units = len(units_of(self.population(0).labels))

    def __len__(self) -> int:
        return 1

    def rows(self, known: KnownNumbers) -> Rows:
        likeness = Likeness("count", "; ".join(sorted(census.name for census in self._censuses)))
        units = units_of(self.population(0).labels)
        group = known.group(likeness, SEVERAL)
        return Rows(np.array([group]), np.array([len(units)]), histogram(units)[None], np.array([0]))

    def population(self, _place: int) -> Population:
        parts = [census.units << CENSUS_BITS | census.code for census in self._censuses]
        labels = distinct(np.concatenate(parts))
        return Population(labels, labels, frozenset())


class _CensusMargins:
    """The margins of one census, numbered from 0 in the order of its tables."""

    def __init__(self, census: CensusRows, by: Sequence[tuple[str, ...]], min_units: int) -> None:
        self._census = census
        self.table = census.table
        self._places = {level: _Sorted.by(places_of(census, level)) for level in Level}
        tables = {one.key: one for one in counted(census, by)}
        sizes = {key: one.sizes for key, one in tables.items()}
        kept = published(sizes, list(lines(census, tables)), min_units)
        self._tables = [tables[key].taken(places) for key, places in kept.items()]
        self._ends = np.cumsum([len(table.sizes) for table in self._tables])

    def __len__(self) -> int:
        return int(self._ends[-1])

    def rows(self, known: KnownNumbers) -> Rows:
        """Rows of the index, with places for handles."""
        return joined([rows for number in range(len(self._tables)) for rows in self._rows(number, known)])

    def _rows(self, number: int, known: KnownNumbers) -> Iterator[Rows]:
        table = self._tables[number]
        handles = np.arange(len(table.sizes)) + (int(self._ends[number]) - len(table.sizes))
        shelves = [Likeness("count", self._census.name)]
        if self._is_fixed(table):
            shelves.append(Likeness("count", ""))
        for shelf in shelves:
            present, places = np.unique(table.clusters, return_inverse=True)
            alone = [one >= 0 and bool(shelf.censuses) for one in present]
            names = [
                self._census.cluster_names[int(one)] if inside else SEVERAL
                for one, inside in zip(present, alone, strict=True)
            ]
            groups = np.array([known.group(shelf, name) for name in names], dtype=np.int64)[places]
            yield Rows(groups, table.sizes, table.bins, handles)

    def population(self, place: int) -> Population:
        number = int(np.searchsorted(self._ends, place, "right"))
        table = self._tables[number]
        level, fields = table.key
        where, *codes = table.codes[place - int(self._ends[number]) + len(table.sizes)].tolist()
        asked = [(self._census.fields[name], code) for name, code in zip(fields, codes, strict=True)]
        seen = self._places[level].rows(where)
        for field, code in asked:
            if field.hidden is None:
                seen = seen[field.codes[seen] == code]
        rows = seen
        for field, code in asked:
            if field.hidden is not None:
                rows = rows[field.codes[rows] == code]
        texts = frozenset(field.hidden[code] for field, code in asked if field.hidden is not None)
        fixed = self._is_fixed(table)
        return Population(self._labels(rows, fixed=fixed), self._labels(seen, fixed=fixed), texts)

    def _is_fixed(self, table: Counted) -> bool:
        """Whether it has hidden fields, and none of them changes."""
        hidden = [one for name in table.key[1] if (one := self._census.fields[name]).hidden is not None]
        return bool(hidden) and all(one.fixed for one in hidden)

    def _labels(self, rows: Ints, *, fixed: bool) -> Labels:
        return distinct(self._census.units[rows] << CENSUS_BITS | (0 if fixed else self._census.code))


@dataclass(frozen=True, slots=True, eq=False)
class _Sorted:
    """The rows of a census by place: areas, clusters, or one place for all."""

    order: Ints
    starts: Ints

    @classmethod
    def by(cls, places: Ints) -> "_Sorted":
        order = np.argsort(places, kind="stable")
        return cls(order, np.searchsorted(places[order], np.arange(int(places.max(initial=0)) + 2)))

    def rows(self, place: int) -> Ints:
        found: Ints = self.order[self.starts[place] : self.starts[place + 1]]
        return found
