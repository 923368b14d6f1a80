"""Whom the numbers of a leaf are about: populations, their parts in clusters, and what they are compared with."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from enclave.disclosure.ledger.censuses import Censuses
from enclave.disclosure.ledger.codes import Codes
from enclave.disclosure.ledger.dense import in_order
from enclave.disclosure.ledger.finer import in_finer_words
from enclave.disclosure.ledger.members import Counting, Members
from enclave.disclosure.ledger.numbers import (
    CENSUS_BITS,
    ClusterPart,
    Kind,
    Labels,
    Likeness,
    Population,
    all_true,
    distinct,
)
from enclave.disclosure.ledger.reading import MembersTable

LASTING_BYTES = 16
MOST_CLUSTERS = 10
_LOOKED_AT = 4_096
"""Rows of a large cell that are looked at first, about: most over many clusters show it there."""


@dataclass(frozen=True, slots=True, eq=False)
class Who:
    """Whom a cell is about under one counting; its numbers share it."""

    population: Population
    clusters: Mapping[str, ClusterPart]
    censuses: str
    here: str  # the censuses at which its units stand
    years: tuple[str, ...]

    def likeness(self, families: Sequence[str]) -> Likeness:
        """What a number about them is compared with: its like, of the censuses that it touches.

        Counts are compared with those of all who stand there at that time, whatever else they are joined with; sums of
        what another table says at another time are not.
        """
        return Likeness("+".join(families) or "count", self.censuses if families else self.here)


@dataclass(frozen=True, slots=True, eq=False)
class Reader:
    """Populations, likeness and bases of the cells of one leaf."""

    table: MembersTable
    data_version: str

    _found: dict[object, Who] = field(default_factory=dict)
    _visible: dict[object, Labels] = field(default_factory=dict)
    _worded: dict[tuple[frozenset[str], tuple[str, ...]], frozenset[str]] = field(default_factory=dict)
    _touched: dict[bytes | int, frozenset[str]] = field(default_factory=dict)

    def labels(self, cell: int, counting: Counting, *, fixed: bool) -> Labels:
        """Those of the population alone, where nothing else of it may ever be asked for."""
        found = self._found.get(self._key(cell, counting, fixed=fixed))
        if found is not None:
            return found.population.labels
        return _labels(self._times(counting)[1], self.table.rows(cell, counting), fixed=fixed)

    def population(self, cell: int, counting: Counting, *, fixed: bool) -> Population:
        return self.who(cell, counting, fixed=fixed).population

    def inside(self, cell: int, counting: Counting, *, fixed: bool) -> Mapping[str, ClusterPart]:
        """The population by cluster, where what is visible of it lies in ten clusters or fewer; else nothing."""
        return self.who(cell, counting, fixed=fixed).clusters

    def likeness(self, cell: int, counting: Counting, families: Sequence[str], *, fixed: bool) -> Likeness:
        return self.who(cell, counting, fixed=fixed).likeness(families)

    def years(self, cell: int, counting: Counting, *, fixed: bool) -> tuple[str, ...]:
        return self.who(cell, counting, fixed=fixed).years

    def who(self, cell: int, counting: Counting, *, fixed: bool) -> Who:
        """Whom numbers of a cell are about, worked out once for all that count alike."""
        key = self._key(cell, counting, fixed=fixed)
        if key not in self._found:
            self._found[key] = self._read(cell, counting, fixed=fixed)
        return self._found[key]

    def _key(self, cell: int, counting: Counting, *, fixed: bool) -> object:
        flags = self.table.without_needless(counting.inside), self.table.without_needless(counting.seen)
        return (cell, *flags, counting.hidden, counting.elsewhere, fixed)

    def _read(self, cell: int, counting: Counting, *, fixed: bool) -> Who:
        rows = self.table.rows(cell, counting)
        hidden = counting.hidden | self.table.hidden_keys(cell)
        seen = self.table.visible_rows(cell, counting) if hidden else rows
        visible = self._seen(cell, counting, seen, fixed=fixed) if hidden else None
        return self.who_in(rows, seen, hidden, counting, fixed=fixed, visible=visible, cell=cell)

    def who_in(
        self,
        rows: Codes,
        seen: Codes,
        hidden: frozenset[str],
        counting: Counting,
        *,
        fixed: bool,
        visible: Labels | None = None,
        cell: int | None = None,
    ) -> Who:
        """Whom a number of some rows is about, under some hidden conditions.

        Args:
            seen: the rows without these: the very `rows` where there are none.
            visible: their labels, where these are at hand.
            cell: the one that the rows are of, if they are those of a cell.
        """
        of, all_labels = self._times(counting)
        there = of.of(rows)
        hidden = self._in_finer_words(hidden, years := _years(of, there))
        labels = _labels(all_labels, rows, fixed=fixed)
        if not hidden:
            visible = labels
        elif visible is None:
            visible = _labels(all_labels, seen, fixed=fixed)
        population = Population(labels, visible, hidden)
        clusters = None if cell is None else self._in_one(population, cell, counting, rows, seen)
        if clusters is None:
            clusters = self._by_cluster(population, all_labels, rows, seen, fixed=fixed)
        here = there if of is self.table.here else self.table.here.of(rows)
        return Who(population, clusters, _names(of, there), _names(self.table.here, here), years)

    def _times(self, counting: Counting) -> tuple[Censuses, Labels]:
        """The censuses that matter to who counts, and the units of all rows at these."""
        if counting.elsewhere:
            return self.table.censuses, self.table.labels
        return self.table.here, self.table.labels_here

    def _seen(self, cell: int, counting: Counting, rows: Codes, *, fixed: bool) -> Labels:
        """Whom everybody can see in a cell: once for all cells that differ by hidden keys alone."""
        key = (self.table.visible_place(cell, counting), counting.elsewhere, fixed)
        if key not in self._visible:
            self._visible[key] = _labels(self._times(counting)[1], rows, fixed=fixed)
        return self._visible[key]

    def _in_finer_words(self, hidden: frozenset[str], years: tuple[str, ...]) -> frozenset[str]:
        """Worked out once for all cells under the same conditions."""
        if hidden and (hidden, years) not in self._worded:
            self._worded[hidden, years] = in_finer_words(hidden, self.table.members.finer, years)
        return self._worded[hidden, years] if hidden else hidden

    def _in_one(
        self, population: Population, cell: int, counting: Counting, rows: Codes, seen: Codes
    ) -> dict[str, ClusterPart] | None:
        """The same as `_by_cluster` for a cell in one cluster, as most are: told for all at once."""
        cluster, part = self.table.cluster_and_part(cell, counting)
        alike = rows is seen or self.table.cluster_in_sight(cell, counting) == cluster
        if cluster < 0 or not alike:
            return None
        if part >= 0 and part not in self._touched:
            self._touched[part] = frozenset([self.table.parts.names[part]])
        parts = self._touched[part] if part >= 0 else self._parts(rows)
        return {self.table.clusters.names[cluster]: ClusterPart(population.labels, population.visible, parts)}

    def _by_cluster(
        self, population: Population, all_labels: Labels, rows: Codes, seen: Codes, *, fixed: bool
    ) -> dict[str, ClusterPart]:
        some = seen[:: max(1, len(seen) // _LOOKED_AT)]
        found = distinct(self.table.clusters[some])
        if len(found) > MOST_CLUSTERS:
            return {}
        if len(some) < len(seen):
            found = distinct(self.table.clusters[seen])
        if len(found) > MOST_CLUSTERS or (len(found) and found[0] < 0):
            return {}
        names = self.table.clusters.names
        if len(found) == 1 and (rows is seen or all_true(self.table.clusters[rows] == found[0])):
            return {
                names[int(found[0])]: ClusterPart(population.labels, population.visible, self._parts(rows))
            }
        return {
            names[int(cluster)]: self._inside(all_labels, rows, seen, int(cluster), fixed=fixed)
            for cluster in found
        }

    def _inside(
        self, all_labels: Labels, rows: Codes, seen: Codes, cluster: int, *, fixed: bool
    ) -> ClusterPart:
        clusters = self.table.clusters
        here = rows[clusters[rows] == cluster]
        labels = _labels(all_labels, here, fixed=fixed)
        visible = labels
        if seen is not rows:
            visible = _labels(all_labels, seen[clusters[seen] == cluster], fixed=fixed)
        return ClusterPart(labels, visible, self._parts(here))

    def _parts(self, rows: Codes) -> frozenset[str]:
        """The names of the parts that some rows are in: thousands of cells are in the same few."""
        touched = distinct(self.table.parts[rows])
        key = touched.tobytes()
        if key not in self._touched:
            self._touched[key] = frozenset(self.table.parts.names[part] for part in touched if part >= 0)
        return self._touched[key]

    def identity(self, cell: int, what: str) -> bytes:
        parts = (self.data_version, self.table.members.definition, self.table.name(cell), what)
        return hashlib.sha256("\x1e".join(parts).encode()).digest()

    def lasting(self, cell: int, what: str) -> bytes:
        """The same over all data versions."""
        parts = (self.table.members.definition, self.table.name(cell), what)
        return hashlib.sha256("\x1e".join(parts).encode()).digest()[:LASTING_BYTES]


def _labels(labels: Labels, rows: Codes, *, fixed: bool) -> Labels:
    found = labels[rows]
    if fixed:
        found = (found >> CENSUS_BITS) << CENSUS_BITS
    return in_order(found)


def _names(censuses: Censuses, codes: Sequence[int]) -> str:
    return "; ".join(sorted(censuses.names[code] for code in codes))


def _years(censuses: Censuses, codes: Sequence[int]) -> tuple[str, ...]:
    return tuple(sorted({censuses.years[code] for code in codes}))


def is_fixed(kinds: Sequence[Kind]) -> bool:
    """Whether there are kinds, and none of them changes."""
    return bool(kinds) and all(kind.fixed for kind in kinds)


def every_counting(members: Members) -> Iterator[Counting]:
    """All flags that say who counts, for checks."""
    yield members.counting
    for number in members.numbers:
        yield number.counting
        yield from number.parts
        yield from (adding.counting for adding in number.adding)
    yield from (branch.counting for branch in members.branches)
