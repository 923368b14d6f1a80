"""Who stands where: the clusters of a table and their parts, at each census. Known to everybody as counts.

It says how many units a base has, which the lifetime cap rests on, and gives the numbers that everybody knows: how many
units each cluster and each part of it has.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa

from enclave.disclosure.columns import plain
from enclave.disclosure.ledger.numbers import CENSUS_BITS, Labels, units_of
from enclave.disclosure.ledger.reading import Censuses, Codes, coded, distinct, read_censuses
from enclave.disclosure.raw import Raw


@dataclass(slots=True)
class Structure:
    """The rows of one table at some censuses, sorted by cluster. Slices of it are made when asked for."""

    labels: Labels
    clusters: Codes
    parts: Codes
    censuses: Censuses
    cluster_places: Mapping[str, int]
    part_names: Sequence[str]
    starts: Codes
    ends: Codes
    kept: dict[tuple[str, frozenset[str] | None, str | None], Labels] = field(default_factory=dict)

    def labels_in(self, cluster: str, parts: frozenset[str] | None, year: str | None) -> Labels:
        """Labels of the units in a cluster (or some parts of it), in one year or all."""
        key = (cluster, parts, year)
        if key not in self.kept:
            self.kept[key] = distinct(self.labels[self._rows(cluster, parts, year)])
        return self.kept[key]

    def units_in(self, cluster: str, parts: frozenset[str] | None, year: str | None) -> int:
        """How many units stand there; 0 where nothing is known."""
        return len(units_of(self.labels_in(cluster, parts, year)))

    def parts_of(self, cluster: str, year: str | None) -> frozenset[str]:
        rows = self._rows(cluster, None, year)
        return frozenset(self.part_names[int(part)] for part in np.unique(self.parts[rows]) if part >= 0)

    def known_in(self, cluster: str, parts: frozenset[str] | None, census: int) -> Iterator[Labels]:
        """What everybody knows of a cluster at a census: who is in it, and in each part of it, as headcounts."""
        rows = self._rows(cluster, parts, None)
        here = rows[self.censuses.codes[rows] == census]
        yield distinct(self.labels[here])
        for part in np.unique(self.parts[here]):
            if part >= 0:
                yield distinct(self.labels[here[self.parts[here] == part]])

    def whole(self, census: int) -> Iterator[Labels]:
        """Everybody in the table at a census."""
        yield distinct(self.labels[self.censuses.codes == census])

    def units_in_all(self) -> int:
        """The units of the largest census."""
        counts = [len(units_of(*self.whole(int(census)))) for census in np.unique(self.censuses.codes)]
        return max(counts, default=0)

    def code_of(self, census: str) -> int | None:
        """The census by its name; that of joined tables begins with it."""
        for code, name in self.censuses.names.items():
            if census == name or census.startswith(f"{name} "):
                return code
        return None

    def _rows(self, cluster: str, parts: frozenset[str] | None, year: str | None) -> Codes:
        place = self.cluster_places.get(cluster)
        if place is None:
            return np.zeros(0, dtype=np.int64)
        rows = np.arange(self.starts[place], self.ends[place])
        if year is not None:
            codes = [code for code, name in self.censuses.years.items() if name == year]
            rows = rows[np.isin(self.censuses.codes[rows], codes)]
        if parts is not None:
            wanted = [place for place, name in enumerate(self.part_names) if name in parts]
            rows = rows[np.isin(self.parts[rows], wanted)]
        return rows


def read_structure(table: Raw, *, cluster: str, part: str | None, censuses: Sequence[str]) -> Structure:
    """The structure in a table of units (`u`), clusters, parts and censuses.

    Raises:
        BrokenPromise: a column is missing or of a wrong type.
    """
    found: pa.Table = table.reveal()
    units = plain(found, "u").to_numpy(zero_copy_only=False).astype(np.int64)
    clusters, names = coded(found, cluster)
    parts, part_names = coded(found, part)
    read = read_censuses(found, censuses)
    labels = (units << CENSUS_BITS) | read.codes
    order = np.lexsort((labels, clusters))
    clusters = clusters[order]
    places = np.arange(len(names))
    return Structure(
        labels=labels[order],
        clusters=clusters,
        parts=parts[order],
        censuses=Censuses(read.codes[order], read.names, read.years),
        cluster_places={name: place for place, name in enumerate(names)},
        part_names=part_names,
        starts=np.searchsorted(clusters, places, "left"),
        ends=np.searchsorted(clusters, places, "right"),
    )
