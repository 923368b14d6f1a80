"""The bases on which numbers of one kind add up to a linear system, and the systems themselves.

A number counts in each cluster that it touches (where these are ten or fewer), by its part there; in the parts of the
cluster that it touches, taken together; and, where it is wide, in its tables as a whole. What changes over a unit's
life has a system for each year; a number over several years is judged in one over all years.

Limit: a base of more units than `audited_units` has no system: what many wide numbers tell together is not audited.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Protocol, TypeAlias

import numpy as np

from enclave.disclosure.ledger.linear import Finding, System
from enclave.disclosure.ledger.numbers import CENSUS_BITS, Kind, Labels, LedgerNumber, units_of
from enclave.disclosure.ledger.reading import distinct
from enclave.disclosure.ledger.structure import Structure

EVERY_YEAR = "every year"
SUMS = "measure:"
"""Kinds of sums of measures. In a system of these, how many units there are is no equation."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Of the audit: the threshold, units of a base per independent number, and the largest base with a system."""

    min_units: int
    units_per_number: int
    audited_units: int


@dataclass(frozen=True, slots=True)
class Base:
    """Where a system stands: a cluster or tables, parts of the cluster (None: all), the year (None: for ever)."""

    cluster: str | None
    tables: tuple[str, ...]
    parts: frozenset[str] | None
    year: str | None

    @property
    def structure_year(self) -> str | None:
        return None if self.year == EVERY_YEAR else self.year


@dataclass(frozen=True, slots=True, eq=False)
class Entry:
    """What one number is in one place."""

    kinds: tuple[Kind, ...]
    years: tuple[str, ...]
    parts: frozenset[str]
    labels: Labels
    visible: Labels

    def is_in(self, base: Base) -> bool:
        if base.parts is not None and not (self.parts and self.parts <= base.parts):
            return False
        return base.year in (None, EVERY_YEAR) or self.years == (base.year,)


class History(Protocol):
    """The numbers known before, by place."""

    def in_cluster(self, cluster: str) -> Iterable[Entry]: ...
    def wide(self, tables: tuple[str, ...]) -> Iterable[Entry]: ...


Place: TypeAlias = str | tuple[str, ...]
"""A cluster, or the tables of wide numbers."""


@dataclass(slots=True)
class Systems:
    """Systems as they are needed, over what is known and what was added."""

    history: History
    structures: Mapping[str, Structure]
    limits: Limits
    made: dict[tuple[Place, str], dict[Base, System | None]] = field(default_factory=dict)
    added: dict[Place, list[Entry]] = field(default_factory=dict)

    def judge(self, number: LedgerNumber) -> Finding:
        """What the number would do in each of its systems; the first that is not clear."""
        for place, entry in _entries(number):
            for kind in number.kinds:
                found = self._judge(place, entry, kind)
                if found is not Finding.CLEAR:
                    return found
        return Finding.CLEAR

    def add(self, number: LedgerNumber) -> None:
        for place, entry in _entries(number):
            for kind in number.kinds:
                for base, system in self._open(place, kind, entry).items():
                    if system is not None and entry.is_in(base):
                        system.add(*_as(kind, entry.labels, entry.visible))
            self.added.setdefault(place, []).append(entry)

    def _judge(self, place: Place, entry: Entry, kind: Kind) -> Finding:
        for base, system in self._open(place, kind, entry).items():
            if system is not None and entry.is_in(base):
                found = system.judge(*_as(kind, entry.labels, entry.visible))
                if found is not Finding.CLEAR:
                    return found
        return Finding.CLEAR

    def _open(self, place: Place, kind: Kind, entry: Entry) -> dict[Base, System | None]:
        """All systems of a kind in one place: of each base that any number there has, and of those of the new one."""
        systems = self.made.get((place, kind.name))
        if systems is None:
            systems = self.made[place, kind.name] = {}
            for known in self._known_entries(place):
                if any(one.name == kind.name for one in known.kinds):
                    self._make_all(place, kind, known, systems)
        self._make_all(place, kind, entry, systems)
        return systems

    def _make_all(self, place: Place, kind: Kind, entry: Entry, systems: dict[Base, System | None]) -> None:
        for base in self._bases(place, kind, entry):
            if base not in systems:
                systems[base] = self._make(base, kind)

    def _bases(self, place: Place, kind: Kind, entry: Entry) -> Iterator[Base]:
        year = None if kind.fixed else entry.years[0] if len(entry.years) == 1 else EVERY_YEAR
        if not isinstance(place, str):
            yield Base(None, place, None, year)
            return
        yield Base(place, (), None, year)
        if entry.parts and self._is_less(place, entry.parts, year):
            yield Base(place, (), entry.parts, year)

    def _is_less(self, cluster: str, parts: frozenset[str], year: str | None) -> bool:
        known: frozenset[str] = frozenset()
        for structure in self.structures.values():
            known |= structure.parts_of(cluster, None if year == EVERY_YEAR else year)
        return bool(known - parts)

    def _known_entries(self, place: Place) -> Iterator[Entry]:
        yield from self.history.in_cluster(place) if isinstance(place, str) else self.history.wide(place)
        yield from self.added.get(place, ())

    def _make(self, base: Base, kind: Kind) -> System | None:
        units = self._units(base)
        if units > self.limits.audited_units:
            return None
        capped = base.year != EVERY_YEAR and units > 0
        system = System(
            min_units=self.limits.min_units,
            most_rank=units // self.limits.units_per_number if capped else None,
        )
        if not kind.name.startswith(SUMS):
            for labels in self._known(base):
                system.add(*_as(kind, labels, labels))
        for entry in self._entries(base):
            if any(one.name == kind.name for one in entry.kinds) and entry.is_in(base):
                system.add(*_as(kind, entry.labels, entry.visible))
        return system

    def _entries(self, base: Base) -> Iterator[Entry]:
        yield from self._known_entries(base.tables if base.cluster is None else base.cluster)

    def _known(self, base: Base) -> Iterator[Labels]:
        for name, structure in sorted(self.structures.items()):
            if base.cluster is not None:
                yield from structure.known_in(base.cluster, base.parts, base.structure_year)
            elif name in base.tables:
                yield from (labels for _, labels in structure.whole())
            return

    def _units(self, base: Base) -> int:
        """The units of a base. For what never changes, those of the smallest year that is known."""
        counts = [self._units_of(structure, base) for structure in self.structures.values()]
        known = [count for count in counts if count]
        if known:
            return min(known)
        labels = [entry.visible for entry in self._entries(base)]
        return len(units_of(distinct(np.concatenate(labels)))) if labels else 0

    def _units_of(self, structure: Structure, base: Base) -> int:
        if base.cluster is None:
            return max((len(units_of(labels)) for _, labels in structure.whole()), default=0)
        if base.structure_year is not None:
            return structure.units_in(base.cluster, base.parts, base.structure_year)
        years = set(structure.censuses.years.values())
        counts = [structure.units_in(base.cluster, base.parts, year) for year in years]
        return min((count for count in counts if count), default=0)


def _as(kind: Kind, labels: Labels, visible: Labels) -> tuple[Labels, Labels]:
    """Labels for a system of the kind: without the census where it is fixed."""
    if not kind.fixed:
        return labels, visible
    plain = _without_census(labels)
    return plain, plain if visible is labels else _without_census(visible)


def _without_census(labels: Labels) -> Labels:
    return distinct((labels >> CENSUS_BITS) << CENSUS_BITS)


def _entries(number: LedgerNumber) -> Iterator[tuple[Place, Entry]]:
    """What the number is in each of its places."""
    for cluster, part in number.clusters.items():
        yield cluster, Entry(number.kinds, number.years, part.parts, part.labels, part.visible)
    if not number.clusters:
        population = number.population
        yield (
            number.tables,
            Entry(number.kinds, number.years, frozenset(), population.labels, population.visible),
        )
