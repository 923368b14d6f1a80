"""Who stands where: the clusters of a table and their parts, at each census. Known to everybody as counts.

It says how many units a base has, which the lifetime cap rests on, and gives the numbers that everybody knows: how many
units each cluster and each part of it has.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa

from enclave.disclosure.columns import plain
from enclave.disclosure.ledger.censuses import Censuses, read_censuses
from enclave.disclosure.ledger.codes import Codes, Flags, coded
from enclave.disclosure.ledger.numbers import CENSUS_BITS, CENSUS_MASK, Labels, are_in, distinct, units_of
from enclave.disclosure.ledger.reading import units_in
from enclave.disclosure.raw import Raw

_NO_ROWS = np.zeros(0, dtype=np.int64)


@dataclass(slots=True)
class Structure:
    """The rows of one table at some censuses, sorted by cluster. Slices of it are made when asked for.

    `is_register`: it has everybody who is in a cluster at a census, once, so that its headcounts are known to all. To
    be in a table of events is a secret.
    """

    table: str
    is_register: bool
    labels: Labels
    clusters: Codes
    parts: Codes
    main: Flags
    censuses: Censuses
    cluster_places: Mapping[str, int]
    part_names: Sequence[str]
    starts: Codes
    ends: Codes
    kept: dict[object, Labels] = field(default_factory=dict)
    sizes: dict[str, int] = field(default_factory=dict)
    everywhere: dict[int, int] = field(default_factory=dict)  # units in the table at a census
    touched: dict[tuple[str, str | None], frozenset[str]] = field(default_factory=dict)

    def units_at(self, clusters: Sequence[str], parts: frozenset[str] | None, census: int) -> int:
        """How many units stand in clusters (or some parts of one) at a census; without clusters, in the table."""
        if not clusters:
            if census not in self.everywhere:
                self.everywhere[census] = len(units_of(next(self.heads((), None, census, main=False))))
            return self.everywhere[census]
        return len(units_of(self._heads(clusters, parts, census, main=False)))

    def codes_of(self, year: str | None) -> list[int]:
        """The censuses of a year, or all."""
        return [code for code, name in sorted(self.censuses.years.items()) if year in (None, name)]

    def parts_of(self, cluster: str, year: str | None) -> frozenset[str]:
        key = (cluster, year)
        if key not in self.touched:
            touched = distinct(self.parts[self._rows(cluster, None, year)])
            self.touched[key] = frozenset(self.part_names[int(part)] for part in touched if part >= 0)
        return self.touched[key]

    def are_main(self, labels: Labels, clusters: Sequence[str], census: int) -> bool:
        """Whether all these labels are of main rows, as far as they are of the census."""
        here = labels[(labels & CENSUS_MASK) == census] if (labels & CENSUS_MASK).any() else labels
        main = self._heads(clusters, None, census, main=True)
        if len(here) and not (here & CENSUS_MASK).any():
            main = (main >> CENSUS_BITS) << CENSUS_BITS
        return bool(are_in(here, main).all())

    def heads(
        self, clusters: Sequence[str], parts: frozenset[str] | None, census: int, *, main: bool
    ) -> Iterator[Labels]:
        """What everybody knows of clusters at a census, as headcounts: who is in each, and in each part of it.

        Without clusters: who is in the table. `main`: by main rows, of which a unit has one.
        """
        if not clusters:
            rows = self.main if main else np.ones(len(self.labels), dtype=np.bool_)
            yield distinct(self.labels[rows & (self.censuses.codes == census)])
        for cluster in clusters:
            yield self._heads((cluster,), parts, census, main=main)
            for place in distinct(self.parts[self._rows(cluster, parts, None)]):
                if place >= 0:
                    one = frozenset((self.part_names[int(place)],))
                    found = self._heads((cluster,), one, census, main=main)
                    if len(found):
                        yield found

    def _heads(
        self, clusters: Sequence[str], parts: frozenset[str] | None, census: int, *, main: bool
    ) -> Labels:
        key = (tuple(clusters), parts, census, main)
        if key not in self.kept:
            found = np.concatenate([self._rows(cluster, parts, None) for cluster in clusters] or [_NO_ROWS])
            found = found[self.censuses.codes[found] == census]
            self.kept[key] = distinct(self.labels[found[self.main[found]] if main else found])
        return self.kept[key]

    def largest(self, cluster: str) -> int:
        """The units of a cluster at the census at which it has most."""
        if cluster not in self.sizes:
            codes = self.codes_of(None)
            self.sizes[cluster] = max((self.units_at((cluster,), None, code) for code in codes), default=0)
        return self.sizes[cluster]

    def code_of(self, census: str) -> int | None:
        """The census by its name; that of joined tables begins with it."""
        for code, name in self.censuses.names.items():
            if census == name or census.startswith(f"{name} "):
                return code
        return None

    def _rows(self, cluster: str, parts: frozenset[str] | None, year: str | None) -> Codes:
        place = self.cluster_places.get(cluster)
        if place is None:
            return _NO_ROWS
        rows = np.arange(self.starts[place], self.ends[place])
        if year is not None:
            rows = rows[are_in(self.censuses.codes[rows], np.array(self.codes_of(year), dtype=np.int64))]
        if parts is not None:
            wanted = [place for place, name in enumerate(self.part_names) if name in parts]
            rows = rows[are_in(self.parts[rows], np.array(wanted, dtype=np.int64))]
        return rows


def read_structure(
    table: Raw,
    *,
    name: str,
    is_register: bool,
    cluster: str,
    part: str | None,
    main: str | None,
    censuses: Sequence[str],
    persons: Labels | None,
) -> Structure:
    """The structure in a table of units (`u`), clusters, parts, censuses and whether a row is the unit's main one.

    Raises:
        BrokenPromise: a column is missing or of a wrong type.
    """
    found: pa.Table = table.reveal()
    units = units_in(found, persons)
    clusters, names = coded(found, cluster)
    parts, part_names = coded(found, part)
    read = read_censuses(found, censuses)
    labels = (units << CENSUS_BITS) | read.codes
    is_main = np.ones(len(units), dtype=np.bool_)
    if main is not None:
        is_main = plain(found, main).fill_null(False).to_numpy(zero_copy_only=False).astype(np.bool_)
    order = np.lexsort((labels, clusters))
    places = np.arange(len(names))
    return Structure(
        table=name,
        is_register=is_register,
        labels=labels[order],
        clusters=clusters[order],
        parts=parts[order],
        main=is_main[order],
        censuses=Censuses(read.codes[order], read.names, read.years, read.table),
        cluster_places={name: place for place, name in enumerate(names)},
        part_names=part_names,
        starts=np.searchsorted(clusters[order], places, "left"),
        ends=np.searchsorted(clusters[order], places, "right"),
    )
