"""What is remembered of numbers, indexed: for pairs by likeness and size, for linear systems by place.

Populations are read when they are needed. The index grows with the record and may be kept between questions.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from enclave.disclosure.ledger.bases import Entry, Systems
from enclave.disclosure.ledger.known import SEVERAL, KnownNumbers, Sketch, histogram
from enclave.disclosure.ledger.numbers import Kind, Labels, Likeness, Population, units_of


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


LabelsOf = Callable[[Iterable[Any]], Mapping[Any, Labels]]


@dataclass(slots=True)
class Memory:
    """All numbers that are known in one scope over one data version. `handles` count up from 0."""

    labels_of: LabelsOf
    known: KnownNumbers = field(default_factory=KnownNumbers)
    numbers: list[Remembered] = field(default_factory=list)
    systems: Systems | None = None
    """Systems over all that is remembered, kept between questions; they follow what is added."""
    _by_cluster: dict[str, list[int]] = field(default_factory=dict)
    _wide: dict[tuple[str, ...], list[int]] = field(default_factory=dict)

    def add(self, numbers: Sequence[Remembered]) -> None:
        """Remember further numbers, in the order in which they were shown."""
        start = len(self.numbers)
        labels = self.labels_of([number.labels for number in numbers])
        sketches = [_sketch(number, labels[number.labels]) for number in numbers]
        self.known.add_sketches(
            sketches, range(start, start + len(numbers)), [number.identity for number in numbers]
        )
        if self.systems is not None:
            self._follow(self.systems, numbers)
        self.numbers.extend(numbers)
        for handle, number in enumerate(numbers, start=start):
            for cluster in number.clusters:
                self._by_cluster.setdefault(cluster, []).append(handle)
            if not number.clusters:
                self._wide.setdefault(number.tables, []).append(handle)

    def population_of(self, handle: int) -> Population:
        number = self.numbers[handle]
        found = self.labels_of([number.labels, number.visible])
        return Population(found[number.labels], found[number.visible], number.hidden)

    def in_cluster(self, cluster: str) -> Iterator[Entry]:
        """The parts of all known numbers in a cluster, in order."""
        mine = [self.numbers[handle] for handle in self._by_cluster.get(cluster, ())]
        parts = [number.clusters[cluster] for number in mine]
        found = self.labels_of(key for part in parts for key in (part.labels, part.visible))
        for number, part in zip(mine, parts, strict=True):
            yield _entry(number, part.parts, found[part.labels], found[part.visible])

    def wide(self, tables: tuple[str, ...]) -> Iterator[Entry]:
        """All known numbers of these tables that are over many clusters, in order."""
        for handle in self._wide.get(tables, ()):
            yield self._whole_entry(self.numbers[handle])

    def _follow(self, systems: Systems, numbers: Sequence[Remembered]) -> None:
        made = {place for place, _ in systems.made}
        for number in numbers:
            for cluster, part in number.clusters.items():
                if cluster in made:
                    found = self.labels_of([part.labels, part.visible])
                    systems.follow(
                        cluster, _entry(number, part.parts, found[part.labels], found[part.visible])
                    )
            if not number.clusters and number.tables in made:
                systems.follow(number.tables, self._whole_entry(number))

    def _whole_entry(self, number: Remembered) -> Entry:
        found = self.labels_of([number.labels, number.visible])
        return _entry(number, frozenset(), found[number.labels], found[number.visible])


def _entry(number: Remembered, parts: frozenset[str], labels: Labels, visible: Labels) -> Entry:
    censuses = tuple(number.likeness.censuses.split("; "))
    return Entry(number.kinds, number.years, parts, labels, visible, censuses, number.hidden)


def _sketch(number: Remembered, labels: Labels) -> Sketch:
    cluster = next(iter(number.clusters)) if len(number.clusters) == 1 else SEVERAL
    fixed = bool(number.kinds) and all(kind.fixed for kind in number.kinds)
    return Sketch(number.likeness, fixed, cluster, number.units, histogram(units_of(labels)))
