"""What everybody knows, in one scope: of each register that a question touches, its headcounts and standard margins.

They are known before anybody asks. Main rows alone are counted, of which a unit has one: counts of all rows differ from
these by the few who are registered twice, and only one of the two can be known. So it is the count of all rows that is
hidden where the difference is small.

Limit: what is known of a census is entered when a question first touches it. Where a register has no standard margins,
headcounts of areas are not known.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence

import numpy as np

from enclave.disclosure.ledger.bases import Entry, Joint
from enclave.disclosure.ledger.census_margins import CensusMargins
from enclave.disclosure.ledger.counted import CensusRows, MarginField
from enclave.disclosure.ledger.known import KnownNumbers
from enclave.disclosure.ledger.margins import Heads, Margins, Union, margins_of
from enclave.disclosure.ledger.numbers import CENSUS_BITS, Population
from enclave.disclosure.ledger.structure import Structure

_BY = [("part",)]


class Headcounts:
    """Those of one scope, under handles below 0."""

    def __init__(self) -> None:
        self._margins: list[Margins] = []
        self._next = -1
        self._heads: set[Heads] = set()
        self._read: set[tuple[str, ...]] = set()
        self._published: dict[tuple[str, str], list[CensusMargins]] = {}
        self._keys: set[object] = set()
        self._areas: dict[str, dict[str, str]] = {}
        self._listed: dict[str, Mapping[str, str]] = {}

    def enter(self, structures: Iterable[Structure], known: KnownNumbers, *, min_units: int) -> None:
        """Make known what these structures have and was not known before."""
        for structure in structures:
            read = (structure.table, *sorted(structure.censuses.names.values()))
            if structure.is_register and read not in self._read:
                self._read.add(read)
                self._enter(structure, known, min_units)

    def _enter(self, structure: Structure, known: KnownNumbers, min_units: int) -> None:
        found = margins_of(list(_censuses(structure)), _BY, min_units=min_units, without=self._heads)
        self._add([part for part in found.values() if part is not None], known)
        self._heads |= found.keys()

    def publish(self, margins: Iterable[CensusMargins], known: KnownNumbers) -> None:
        """Make standard margins known, those that were not before."""
        new = [one for one in margins if one.key not in self._keys]
        for one in new:
            self._keys.add(one.key)
            self._published.setdefault((one.table, one.name), []).append(one)
            self._areas.setdefault(one.table, {}).update(one.area_names())
        self._add(new, known)

    @property
    def censuses_published(self) -> int:
        """How many standard margins of a census are known: when there are more, there may be more of all else."""
        return len(self._keys)

    def areas(self, table: str) -> Mapping[str, str]:
        """In which area each cluster of a table stands, as far as margins of areas are published, or it is listed."""
        return self._areas.get(table) or self._listed.get(table, {})

    def has_listed(self, table: str) -> bool:
        return table in self._listed

    def list_areas(self, table: str, areas: Mapping[str, str]) -> None:
        """Make known where the clusters of a table stand: it is in a public list."""
        self._listed[table] = areas

    def _add(self, parts: Sequence[CensusMargins | Union], known: KnownNumbers) -> None:
        if parts:
            margins = Margins(parts, first=self._next)
            margins.enter(known)
            self._margins.append(margins)
            self._next -= len(margins)

    def published(self, table: str, clusters: Sequence[str], census: str) -> Iterator[Entry]:
        """The standard margins of a census that lie in these clusters; without clusters, the wide ones."""
        for margins in self._published.get((table, census), ()):
            yield from margins.entries(clusters)

    def margins(self, table: str, census: str) -> tuple[object, ...]:
        """By what names the standard margins of a census are published."""
        return tuple(one.key for one in self._published.get((table, census), ()))

    def joints(self, cluster: str) -> Iterator[tuple[Joint, frozenset[str]]]:
        """The few clusters of an area by which something hidden is published, and of what kinds it is."""
        for several in self._published.values():
            for margins in several:
                yield from margins.joints(cluster)

    def population_of(self, handle: int) -> Population:
        """Who a headcount is of, by its handle."""
        for margins in self._margins:
            if margins.has(handle):
                return margins.population_of(handle)
        raise KeyError(handle)


def _censuses(structure: Structure) -> Iterator[CensusRows]:
    names = structure.censuses.names
    for code, name in sorted(names.items(), key=lambda one: one[1]):
        rows = np.flatnonzero(structure.main & (structure.censuses.codes == code))
        if not len(rows):
            continue
        year = structure.censuses.years[code]
        yield CensusRows(
            table=structure.table,
            name=name,
            code=code,
            year=year,
            term=name.removeprefix(year),
            units=structure.labels[rows] >> CENSUS_BITS,
            clusters=structure.clusters[rows],
            cluster_names=list(structure.cluster_places),
            areas=np.full(len(rows), -1, dtype=np.int64),
            fields={"part": MarginField(structure.parts[rows] + 1, len(structure.part_names) + 1, None)},
            is_main=False,
        )
