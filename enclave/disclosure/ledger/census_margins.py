"""The margins of one census: counted once for all who ask, and known by sketches, populations and entries of systems.

Kept are sizes and histograms of what is published, and the rows of the census; populations are made from these when
they are asked for.

Limit: the rows of a census stay in memory, some 30 bytes for each unit and four for each field.
"""

from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from enclave.disclosure.ledger.bases import Entry, Joint
from enclave.disclosure.ledger.counted import (
    CensusRows,
    Counted,
    Key,
    Level,
    MarginField,
    counted,
    lines,
    places_of,
    widths_of,
)
from enclave.disclosure.ledger.known import SEVERAL, KnownNumbers
from enclave.disclosure.ledger.numbers import CENSUS_BITS, Kind, Labels, Likeness, Population, distinct
from enclave.disclosure.ledger.populations import MOST_CLUSTERS
from enclave.disclosure.ledger.published import published
from enclave.disclosure.ledger.runs import Ints, Rows, joined, no_rows

MOST_KEPT = 1 << 23
"""Labels of margins that are kept as they were made; past that they are made again."""
_NONE = np.zeros(0, dtype=np.int64)


class CensusMargins:
    """Those published of one census, numbered from 0 in the order of its tables."""

    def __init__(
        self,
        census: CensusRows,
        by: Sequence[tuple[str, ...]],
        min_units: int,
        *,
        without: Container[Key] = frozenset(),
    ) -> None:
        """`without`: tables that are known from elsewhere. They are counted, and not among these."""
        census = _by_unit(census)
        self._census = census
        self.table, self.name = census.table, census.name
        self.key = (census.table, census.name, tuple(by), min_units)
        self._places = {level: _Sorted.by(places_of(census, level)) for level in Level}
        tables = {one.key: one for one in counted(census, by)}
        sizes = {key: one.sizes for key, one in tables.items()}
        kept = published(sizes, list(lines(census, tables)), min_units)
        self._tables = [tables[key].taken(places) for key, places in kept.items() if key not in without]
        self._ends = np.cumsum([len(table.sizes) for table in self._tables])
        self._widths = {table.key: widths_of(census, table.key) for table in self._tables}
        self._kinds_of = {table.key: self._kinds(table) for table in self._tables}
        self._area_kinds = frozenset(
            kind.name for key, kinds in self._kinds_of.items() if key[0] is Level.AREA for kind in kinds
        )
        self._entries: dict[int, Entry] = {}
        self._seen: dict[object, tuple[Ints | None, Labels]] = {}  # of what has hidden fields besides
        self._labels_kept, self._seen_kept = 0, 0
        self._found: _Places | None = None

    def __len__(self) -> int:
        return int(self._ends[-1]) if len(self._ends) else 0

    # In the index of pairs

    def rows(self, known: KnownNumbers) -> Rows:
        """Rows of the index, with places for handles."""
        found = [rows for number in range(len(self._tables)) for rows in self._rows(number, known)]
        return joined(found) if found else no_rows()

    def _rows(self, number: int, known: KnownNumbers) -> Iterator[Rows]:
        table = self._tables[number]
        handles = np.arange(len(table.sizes)) + (int(self._ends[number]) - len(table.sizes))
        shelves = [Likeness("count", self.name)]
        if self._is_fixed(table):
            shelves.append(Likeness("count", ""))
        for shelf in shelves:
            present, places = np.unique(table.clusters, return_inverse=True)
            names = [
                self._census.cluster_names[int(one)] if one >= 0 and shelf.censuses else SEVERAL
                for one in present
            ]
            groups = np.array([known.group(shelf, name) for name in names], dtype=np.int64)[places]
            yield Rows(groups, table.sizes, table.bins, handles)

    def holding(self, samples: Ints, within: int) -> tuple[Ints, Ints]:
        """See `Heads`. What holds most of a sample is the cell that stands in its middle, if cells are sorted."""
        rows = self._rows_of(samples)
        found = [
            (numbers, cells + end - len(table.sizes))
            for end, table in zip(self._ends.tolist(), self._tables, strict=True)
            if table.key[0] is not Level.CLUSTER
            for numbers, cells in [self._held(table, rows, within)]
        ]
        numbers, places = zip(*found, strict=True) if found else ((), ())
        return np.concatenate([_NONE, *numbers]), np.concatenate([_NONE, *places])

    def _held(self, table: Counted, rows: Ints, within: int) -> tuple[Ints, Ints]:
        level, fields = table.key
        there = np.maximum(rows, 0)
        codes = [self._census.fields[name].codes[there].astype(np.int64) for name in fields]
        places = [places_of(self._census, level, there), *codes]
        cells = np.where(rows < 0, -1, np.ravel_multi_index(places, self._widths[table.key]))
        middle = np.sort(cells, axis=1)[:, cells.shape[1] // 2]
        most = (cells == middle[:, None]).sum(axis=1) >= cells.shape[1] - within
        found = np.searchsorted(table.numbers, middle)
        found = np.minimum(found, max(len(table.numbers) - 1, 0))
        held = most & (middle >= 0) & (table.numbers[found] == middle if len(table.numbers) else False)
        return np.flatnonzero(held), found[held]

    def _rows_of(self, units: Ints) -> Ints:
        """A row of each unit; -1 where it has none."""
        known = self._census.units
        places = np.minimum(np.searchsorted(known, units), max(len(known) - 1, 0))
        return np.where(known[places] == units, places, -1)

    # In linear systems

    def entries(self, clusters: Sequence[str]) -> Iterator[Entry]:
        """The margins that lie in these clusters, as linear systems know them; without clusters, the wide ones."""
        for place in self._index.within(clusters):
            yield self._kept(place)

    def joints(self, cluster: str) -> Iterator[tuple[Joint, frozenset[str]]]:
        """The few clusters of an area, this one among them, of which something hidden is published, and its kinds."""
        joint = self._index.joint(cluster)
        if joint is not None and self._area_kinds:
            yield joint, self._area_kinds

    def area_names(self) -> dict[str, str]:
        """The area that each cluster stands in."""
        census = self._census
        if not census.area_names:
            return {}
        pairs = np.unique(np.stack((census.clusters, census.areas), axis=1), axis=0)
        pairs = pairs[(pairs >= 0).all(axis=1)]
        return {census.cluster_names[cluster]: census.area_names[area] for cluster, area in pairs.tolist()}

    @property
    def _index(self) -> "_Places":
        if self._found is None:
            self._found = _places(self._census, self._tables)
        return self._found

    def _kept(self, place: int) -> Entry:
        """An entry is the same for all who ask, and stands in systems of several kinds and bases."""
        found = self._entries.get(place)
        if found is None:
            found = self._entry(*self._at(place))
            labels = len(found.labels)  # whom everybody can see are the same for many
            if self._labels_kept + labels > MOST_KEPT:
                self._entries, self._labels_kept = {}, 0
            self._labels_kept += labels
            self._entries[place] = found
        return found

    def _entry(self, table: Counted, codes: Sequence[int]) -> Entry:
        population, kinds = self._population(table, codes), self._kinds_of[table.key]
        parts = [
            self._census.fields[name].names[code]
            for name, code in zip(table.key[1], codes[1:], strict=True)
            if name == self._census.part
        ]
        return Entry(
            kinds=kinds,
            years=(self._census.year,),
            censuses=(self.name,),
            tables=(self.table,),
            parts=frozenset(parts),
            labels=population.labels,
            visible=population.visible,
            hidden=population.hidden,
            heads=not kinds,
        )

    def _kinds(self, table: Counted) -> tuple[Kind, ...]:
        kinds = [self._census.fields[name].kind for name in table.key[1]]
        found = {kind.name: kind for kind in kinds if kind is not None}
        return tuple(found[name] for name in sorted(found))

    # Populations

    def population(self, place: int) -> Population:
        return self._population(*self._at(place))

    def _at(self, place: int) -> tuple[Counted, list[int]]:
        """The table and the codes of a margin."""
        number = int(np.searchsorted(self._ends, place, "right"))
        table = self._tables[number]
        codes: list[int] = table.codes[place - int(self._ends[number]) + len(table.sizes)].tolist()
        return table, codes

    def _population(self, table: Counted, codes: Sequence[int]) -> Population:
        asked = [
            (self._census.fields[name], code) for name, code in zip(table.key[1], codes[1:], strict=True)
        ]
        fixed = self._is_fixed(table)
        rows, visible = self._in_sight(table.key, codes, fixed=fixed)
        for column, code in asked:
            if column.hidden is not None:
                rows = _with_code(rows, column, code)
        texts = frozenset(column.hidden[code] for column, code in asked if column.hidden is not None)
        return Population(self._labels(rows, fixed=fixed) if texts else visible, visible, texts)

    def _in_sight(self, key: Key, codes: Sequence[int], *, fixed: bool) -> tuple[Ints | None, Labels]:
        """Whom everybody can see in a margin: the same for all codes of fields with hidden zeros."""
        level, names = key
        asked = [(name, code) for name, code in zip(names, codes[1:], strict=True) if self._is_open(name)]
        which = (level, codes[0], tuple(asked), fixed)
        found = self._seen.get(which)
        if found is None:
            rows = None if level is Level.WHOLE else self._places[level].rows(codes[0])
            for name, code in asked:
                rows = _with_code(rows, self._census.fields[name], code)
            found = rows, self._labels(rows, fixed=fixed)
            self._seen_kept += len(found[1])
            if self._seen_kept > MOST_KEPT:
                self._seen, self._seen_kept = {}, len(found[1])
            self._seen[which] = found
        return found

    def _is_open(self, name: str) -> bool:
        return self._census.fields[name].hidden is None

    def _is_fixed(self, table: Counted) -> bool:
        """Whether it has hidden fields, and none of them changes."""
        hidden = [one for name in table.key[1] if (one := self._census.fields[name]).hidden is not None]
        return bool(hidden) and all(one.fixed for one in hidden)

    def _labels(self, rows: Ints | None, *, fixed: bool) -> Labels:
        """`rows`: None for all."""
        units = self._census.units if rows is None else self._census.units[rows]
        return distinct(units << CENSUS_BITS | (0 if fixed else self._census.code))


def _by_unit(census: CensusRows) -> CensusRows:
    """Its rows in the order of their units, so that what is taken of them in order has its labels in order."""
    if not (census.units[1:] < census.units[:-1]).any():
        return census
    order = np.argsort(census.units, kind="stable")
    return replace(
        census,
        units=census.units[order],
        clusters=census.clusters[order],
        areas=census.areas[order],
        fields={name: one.taken(order) for name, one in census.fields.items()},
    )


def _with_code(rows: Ints | None, field: MarginField, code: int) -> Ints:
    """Those of the rows, or of all, that have a code of a field."""
    return np.flatnonzero(field.codes == code) if rows is None else rows[field.codes[rows] == code]


@dataclass(frozen=True, slots=True, eq=False)
class _Sorted:
    """The rows of a census by place: areas, clusters, or one place for all."""

    order: Ints
    starts: Ints

    @classmethod
    def by(cls, places: Ints) -> "_Sorted":
        order = np.argsort(places, kind="stable")
        starts = np.searchsorted(places[order], np.arange(int(places.max(initial=0)) + 2))
        return cls(order.astype(np.int32), starts)

    def rows(self, place: int) -> Ints:
        found: Ints = self.order[self.starts[place] : self.starts[place + 1]]
        return found


@dataclass(frozen=True, slots=True, eq=False)
class _Places:
    """Which margins lie in which cluster, in areas of few clusters, and in anything wider."""

    inside: Mapping[str, list[int]]
    of_areas: Mapping[Joint, list[int]]
    wide: list[int]
    area_of: Mapping[str, Joint] = field(default_factory=dict)

    def within(self, clusters: Sequence[str]) -> list[int]:
        if not clusters:
            return self.wide
        whole = {
            joint for one in clusters if (joint := self.area_of.get(one)) is not None and joint <= {*clusters}
        }
        found = [place for joint in sorted(whole, key=sorted) for place in self.of_areas.get(joint, ())]
        return found + [place for one in clusters for place in self.inside.get(one, ())]

    def joint(self, cluster: str) -> Joint | None:
        """The clusters of its area, where these are several and few."""
        found = self.area_of.get(cluster)
        return found if found is not None and 1 < len(found) <= MOST_CLUSTERS else None


def _places(census: CensusRows, tables: Sequence[Counted]) -> _Places:
    names = census.cluster_names
    areas: dict[int, set[str]] = {}
    for area, cluster in np.unique(np.stack((census.areas, census.clusters), axis=1), axis=0).tolist():
        if area >= 0 and cluster >= 0:
            areas.setdefault(area, set()).add(names[cluster])
    joints = {area: frozenset(clusters) for area, clusters in areas.items()}
    inside: dict[str, list[int]] = {}
    of_areas: dict[Joint, list[int]] = {}
    wide: list[int] = []
    place = 0
    for table in tables:
        for cluster, where in zip(table.clusters.tolist(), table.codes[:, 0].tolist(), strict=True):
            if cluster >= 0:
                inside.setdefault(names[cluster], []).append(place)
            elif table.key[0] is Level.AREA and where > 0:
                of_areas.setdefault(joints[where - 1], []).append(place)
            if cluster < 0 or table.key[0] is not Level.CLUSTER:
                wide.append(place)
            place += 1
    return _Places(inside, of_areas, wide, {one: joint for joint in joints.values() for one in joint})
