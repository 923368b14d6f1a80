"""What is remembered of numbers, indexed: for pairs by likeness and size, for linear systems by place.

Populations are read when they are needed. The index grows with the record and may be kept between questions.
"""

from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

import numpy as np

from enclave.disclosure.ledger.added import spots_of
from enclave.disclosure.ledger.bases import Entry, Joint, Place, are_heads, divides, entry_of
from enclave.disclosure.ledger.headcounts import Headcounts
from enclave.disclosure.ledger.hidden_conditions import in_version
from enclave.disclosure.ledger.known import SEVERAL, KnownNumbers, Sketch
from enclave.disclosure.ledger.known_sums import KnownSums
from enclave.disclosure.ledger.numbers import (
    ClusterPart,
    Kind,
    Labels,
    LedgerNumber,
    Likeness,
    Population,
    units_of,
)
from enclave.disclosure.ledger.runs import histogram
from enclave.disclosure.ledger.shown_counts import ShownCounts
from enclave.disclosure.ledger.systems import Systems, kind_names
from enclave.disclosure.ledger.withheld import Withheld
from enclave.terms.versions import method_in


class RememberedPart(Protocol):
    """The part of a population in one cluster, by the keys of its labels."""

    @property
    def labels(self) -> bytes: ...
    @property
    def visible(self) -> bytes: ...
    @property
    def parts(self) -> frozenset[str]: ...


class Remembered(Protocol):
    """A number as it is kept: its populations by their keys."""

    @property
    def identity(self) -> bytes: ...
    @property
    def likeness(self) -> Likeness: ...
    @property
    def kinds(self) -> tuple[Kind, ...]: ...
    @property
    def units(self) -> int: ...
    @property
    def clusters(self) -> Mapping[str, RememberedPart]: ...
    @property
    def years(self) -> tuple[str, ...]: ...
    @property
    def tables(self) -> tuple[str, ...]: ...
    @property
    def hidden(self) -> frozenset[str]: ...
    @property
    def labels(self) -> bytes: ...
    @property
    def visible(self) -> bytes: ...
    @property
    def lasting(self) -> bytes: ...
    @property
    def value(self) -> str: ...
    @property
    def rows_only(self) -> bool: ...
    @property
    def shares(self) -> str: ...
    @property
    def bins(self) -> bytes | None:
        """The histogram of its units, where that was kept too."""
        ...


MOST_KEPT: Final = 1 << 24
"""Labels of numbers that are kept as they were read; past that, what was used least lately is read again."""
_HEADS: Final = ""
"""In place of a kind: counts of heads, which stand in the systems of every code."""
LabelsOf = Callable[[Iterable[Any]], Mapping[Any, Labels]]


@dataclass(frozen=True, slots=True)
class Older:
    """A number that was shown over another data version, with its value as it was written down."""

    handle: int
    version: str
    value: str


@dataclass(slots=True)
class Memory:
    """All numbers that are known in one scope, to those who ask over one data version. `handles` count up from 0."""

    labels_of: LabelsOf
    known: KnownNumbers = field(default_factory=KnownNumbers)
    headcounts: Headcounts = field(default_factory=Headcounts)
    numbers: list[Remembered] = field(default_factory=list)
    systems: Systems | None = None
    """Systems over all that is remembered, kept between questions; they follow what is added."""
    data_version: str = ""
    told_systems: Systems | None = None
    """The same without what waits, while something does."""
    _older: dict[bytes, list[Older]] = field(default_factory=dict)
    _versions: dict[int, str] = field(default_factory=dict)  # of what is not of this version, by handle
    _alike: dict[tuple[Likeness, int], list[int]] = field(default_factory=dict)
    _dividing: dict[str | tuple[str, ...], set[Kind]] = field(default_factory=dict)
    _by_cluster: dict[str, list[int]] = field(default_factory=dict)
    _joints: dict[str, dict[Joint, set[str]]] = field(default_factory=dict)
    _joined: tuple[int, dict[tuple[str, str], Sequence[Joint]]] = field(default_factory=lambda: (0, {}))
    _of_kind: dict[tuple[str | tuple[str, ...], str], list[int]] = field(default_factory=dict)
    _labels: OrderedDict[bytes, Labels] = field(default_factory=OrderedDict)
    _kept: int = 0
    _counts: ShownCounts | None = None
    _withheld: Withheld | None = None
    sums: KnownSums = field(default_factory=KnownSums)
    _wide: dict[tuple[str, ...], list[int]] = field(default_factory=dict)

    def add(self, numbers: Sequence[Remembered], *, wait: bool = False, data_version: str = "") -> range:
        """Remember further numbers, in the order in which they were shown; returns their handles.

        `wait`: checkers have not approved them yet, and some would be hidden if nobody looked. So nothing is told by
        them: they count against others, and speak for none.
        """
        start = len(self.numbers)
        handles = range(start, start + len(numbers))
        labels = self.labels_of([number.labels for number in numbers if number.bins is None])
        version = None if data_version == self.data_version else data_version
        sketches = [_sketch(number, labels.get(number.labels), version) for number in numbers]
        identities = [] if wait else [number.identity for number in numbers]
        self.known.add_sketches(sketches, handles, identities)
        if wait:
            self.known.waiting.append(handles)
        if version is not None:
            self._versions.update(dict.fromkeys(handles, version))
        for handle, number, one in zip(handles, numbers, sketches, strict=True):
            self.numbers.append(number)
            for systems in (self.systems, None if wait else self.told_systems):
                if systems is not None and systems.is_used:
                    systems.learn(self._number(handle))
            self._keep(handle, number, one)
        return handles

    def released(self, handles: range) -> None:
        """These numbers were shown to somebody. What is of another version may be repeated."""
        for handle in handles:
            number = self.numbers[handle]
            if handle in self._versions and number.lasting:
                older = Older(handle, self._versions[handle], number.value)
                self._older.setdefault(number.lasting, []).append(older)

    @property
    def has_older(self) -> bool:
        """Whether anything of another data version was shown."""
        return bool(self._older)

    def older_of(self, lasting: bytes) -> Iterator[Older]:
        """The same number over other versions, as it was shown, the last first."""
        yield from sorted(self._older.get(lasting, ()), key=lambda one: -one.handle)

    def approved(self, handles: range) -> None:
        """What waited was released: it is told from now on."""
        self.known.waiting.remove(handles)
        self.known.tell(self.numbers[handle].identity for handle in handles)
        self.told_systems = None

    def _keep(self, handle: int, number: Remembered, as_seen: Sketch) -> None:
        self._alike.setdefault((number.likeness, number.units), []).append(handle)
        self.sums.add(number, as_seen, handle)
        for cluster in number.clusters:
            self._by_cluster.setdefault(cluster, []).append(handle)
        if len(number.clusters) > 1:
            joint = frozenset(number.clusters)
            for cluster in joint:
                self._joints.setdefault(cluster, {}).setdefault(joint, set()).update(kind_names(number.kinds))
            self._joined[1].clear()
        if not number.clusters:
            self._wide.setdefault(number.tables, []).append(handle)
        names = kind_names(number.kinds) or ({_HEADS} if are_heads(number) else ())
        for spot in tuple(number.clusters) or (number.tables,):
            for name in names:
                self._of_kind.setdefault((spot, name), []).append(handle)
            self._dividing.setdefault(spot, set()).update(kind for kind in number.kinds if divides(kind))

    def population_of(self, handle: int) -> Population:
        """Whom a known number is about; handles below 0 are headcounts."""
        if handle < 0:
            return self.headcounts.population_of(handle)
        number = self.numbers[handle]
        found = self.labels_of([number.labels, number.visible])
        return Population(found[number.labels], found[number.visible], self._hidden(handle), number.rows_only)

    def _hidden(self, handle: int) -> frozenset[str]:
        """The hidden conditions of a number. Fields of another version are others: they may be corrected."""
        hidden, version = self.numbers[handle].hidden, self._versions.get(handle)
        return hidden if version is None else frozenset(in_version(text, version) for text in hidden)

    def equals(self, number: LedgerNumber) -> Iterator[bytes]:
        """The identities of known numbers of the same likeness over the very same population."""
        labels = number.population.labels
        for handle in self._alike.get((number.likeness, len(units_of(labels))), ()):
            if np.array_equal(self.population_of(handle).labels, labels):
                yield self.numbers[handle].identity

    def counts(self) -> ShownCounts:
        """What was shown as a count by the method of this version, for the same people to be shown it again."""
        if self._counts is None:
            self._counts = ShownCounts(self.population_of)
        self._counts.follow(self.numbers, self._statistic)
        return self._counts

    def withheld(self) -> Withheld:
        """What went as a partner of something hidden, over this version or another."""
        if self._withheld is None:
            self._withheld = Withheld(self.population_of)
        self._withheld.follow(self.numbers, lambda handle: self.numbers[handle].likeness.statistic)
        return self._withheld

    def _statistic(self, handle: int) -> str:
        """Of the likeness; nothing for what another method changed."""
        version = self._versions.get(handle)
        alike = version is None or method_in(version) == method_in(self.data_version)
        return self.numbers[handle].likeness.statistic if alike else ""

    def within(
        self, place: Place, kind: Kind | None = None, has: Callable[[int], bool] | None = None
    ) -> Iterator[Entry]:
        """Numbers that lie in the place as a whole, in order; for tables, the wide ones of these tables.

        `kind`: only those that stand in systems of it, `has`: only those of these handles.
        """
        for handle in self._inside(place, kind, has):
            yield self._entry(handle)

    def seen(self, place: Place, has: Callable[[int], bool] | None = None) -> Iterator[Labels]:
        """Whom everybody can see in numbers that lie in the place as a whole: the same come once."""
        keys = {self.numbers[handle].visible: None for handle in self._inside(place, None, has)}
        for key in keys:
            yield self._read(key)

    def _inside(self, place: Place, kind: Kind | None, has: Callable[[int], bool] | None) -> Iterator[int]:
        """Handles of numbers that lie in the place as a whole, rising."""
        clusters = None if isinstance(place, tuple) else _clusters(place)
        for handle in self._in(place, kind):
            if has is not None and not has(handle):
                continue
            if clusters is None or clusters >= self.numbers[handle].clusters.keys():
                yield handle

    def touching(
        self, cluster: str, most: int, has: Callable[[int], bool] | None = None
    ) -> Iterator[tuple[Remembered, Labels]]:
        """Numbers of some kind that have units in the cluster, with the units that everybody can see in each.

        Those of more than `most` units are left out. Of many numbers the same people are seen: they are read once.
        """
        some = [self.numbers[handle] for handle in self._small(self._by_cluster.get(cluster, ()), most, has)]
        read = self.labels_of({number.visible for number in some})
        seen = {key: units_of(labels) for key, labels in read.items()}
        for number in some:
            yield number, seen[number.visible]

    def wide(
        self, tables: tuple[str, ...], most: int, has: Callable[[int], bool] | None = None
    ) -> Iterator[Entry]:
        """Numbers of some kind over many clusters of these tables, without those of more than `most` units."""
        for handle in self._small(self._wide.get(tables, ()), most, has):
            yield self._entry(handle)

    def _small(self, handles: Iterable[int], most: int, has: Callable[[int], bool] | None) -> Iterator[int]:
        """Those of some kind and of no more than `most` units: what is visible of the others is of more, too."""
        for handle in handles:
            number = self.numbers[handle]
            if number.kinds and number.units <= most and (has is None or has(handle)):
                yield handle

    def dividing(self, spot: str | tuple[str, ...]) -> Iterable[Kind]:
        """The kinds of codes and bands of numbers that touch a cluster, or are wide over tables."""
        return self._dividing.get(spot, ())

    def joints(self, cluster: str, kind: Kind) -> Sequence[Joint]:
        """The sets of clusters, this one among them, over which there are numbers of the kind, in order of names."""
        published = self.headcounts.censuses_published
        if self._joined[0] != published:
            self._joined = published, {}
        key = cluster, kind.name
        if key not in self._joined[1]:
            told = (*self._joints.get(cluster, {}).items(), *self.headcounts.joints(cluster))
            found = {joint for joint, kinds in told if kind.name in kinds}
            self._joined[1][key] = sorted(found, key=sorted)
        return self._joined[1][key]

    def published(self, table: str, clusters: Sequence[str], census: str) -> Iterator[Entry]:
        """The standard margins of a table at a census that lie in these clusters; without clusters, the wide ones."""
        yield from self.headcounts.published(table, clusters, census)

    def margins(self, table: str, census: str) -> Hashable:
        """Which standard margins are published of a table at a census."""
        return self.headcounts.margins(table, census)

    def alike_in_place(self, number: LedgerNumber) -> list[int]:
        """Handles of what is known of a kind of the number, in a cluster of it, or over its tables where it is wide."""
        kinds = kind_names(number.kinds)
        found: set[int] = set()
        for spot in spots_of(number):
            found.update(
                self._by_cluster.get(spot, ()) if isinstance(spot, str) else self._wide.get(spot, ())
            )
        return sorted(handle for handle in found if kinds & kind_names(self.numbers[handle].kinds))

    def _in(self, place: Place, kind: Kind | None) -> list[int]:
        """Handles of what touches a place: of all there, or of what may stand in systems of the kind."""
        spots: Iterable[str | tuple[str, ...]] = (place,) if isinstance(place, tuple) else _clusters(place)
        if kind is None:
            lists = [
                self._wide.get(one, []) if isinstance(one, tuple) else self._by_cluster.get(one, [])
                for one in spots
            ]
        else:
            names = (kind.name, _HEADS) if divides(kind) else (kind.name,)
            lists = [self._of_kind.get((one, name), []) for one in spots for name in names]
        return sorted({handle for some in lists for handle in some})

    def _entry(self, handle: int) -> Entry:
        """The number as systems know it. Its labels are kept: it stands in systems of several kinds and bases."""
        number = self.numbers[handle]
        labels, visible = self._read(number.labels), self._read(number.visible)
        return entry_of(number, Population(labels, visible, self._hidden(handle), number.rows_only))

    def _read(self, key: bytes) -> Labels:
        """Labels by their key: many numbers have the same."""
        if key not in self._labels:
            self._labels[key] = self.labels_of([key])[key]
            self._kept += len(self._labels[key])
            while self._kept > MOST_KEPT and len(self._labels) > 1:
                self._kept -= len(self._labels.popitem(last=False)[1])
        self._labels.move_to_end(key)
        return self._labels[key]

    def _number(self, handle: int) -> LedgerNumber:
        """The number with its populations read."""
        number = self.numbers[handle]
        keys = [number.labels, number.visible]
        keys += [key for part in number.clusters.values() for key in (part.labels, part.visible)]
        found = self.labels_of(keys)
        clusters = {
            cluster: ClusterPart(found[part.labels], found[part.visible], part.parts)
            for cluster, part in number.clusters.items()
        }
        population = Population(
            found[number.labels], found[number.visible], self._hidden(handle), number.rows_only
        )
        return LedgerNumber(
            number.identity, number.likeness, number.kinds, population, clusters, number.years, number.tables
        )


def _clusters(place: str | Joint) -> frozenset[str]:
    return frozenset((place,)) if isinstance(place, str) else place


def _sketch(number: Remembered, labels: Labels | None, version: str | None) -> Sketch:
    """`labels` are given where the histogram was not kept."""
    if number.bins is not None:
        bins = np.frombuffer(number.bins, dtype=np.uint8)
    else:
        assert labels is not None, "one of the two is there"
        bins = histogram(units_of(labels))
    cluster = next(iter(number.clusters)) if len(number.clusters) == 1 else SEVERAL
    fixed = bool(number.kinds) and all(kind.fixed for kind in number.kinds)
    who = (number.labels, number.visible, number.hidden, number.rows_only, version)
    return Sketch(number.likeness, fixed, cluster, number.units, bins, who)
