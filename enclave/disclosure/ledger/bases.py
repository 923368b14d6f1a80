"""The bases on which numbers of one kind add up to a linear system, and the systems themselves.

A number counts in each cluster that it touches (where these are ten or fewer), by its part there; in the parts of the
cluster that it touches, taken together; and, where it is wide, in its tables as a whole. What changes over a unit's
life has a system for each year; a number over several years is judged in one over all years.

Limit: a base of more units than `audited_units` has no system: what many wide numbers tell together is not audited.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
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
    censuses: tuple[str, ...]
    hidden: frozenset[str] = frozenset()

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
class Seeded:
    """A system with the censuses whose headcounts are in it. `system` is None where the base is too large."""

    system: System | None
    censuses: set[str] = field(default_factory=set)

    def copy(self) -> "Seeded":
        return Seeded(None if self.system is None else self.system.copy(), set(self.censuses))


@dataclass(slots=True)
class Systems:
    """Systems as they are needed, over what is known and what was added.

    With `before` these are copies of its systems, made when they are first asked for, so that what one answer shows can
    be tried and given up.
    """

    history: History
    structures: Mapping[str, Structure]
    limits: Limits
    before: "Systems | None" = None
    made: dict[tuple[Place, str], dict[Base, Seeded]] = field(default_factory=dict)
    added: dict[Place, list[Entry]] = field(default_factory=dict)

    def judge(self, number: LedgerNumber) -> Finding:
        """What the number would do in each of its systems; the first that is not clear."""
        for place, entry in entries_of(number):
            for kind in number.kinds:
                for system in self._systems(place, kind, entry):
                    found = system.judge(*_as(kind, entry.labels, entry.visible, entry.hidden))
                    if found is not Finding.CLEAR:
                        return found
        return Finding.CLEAR

    def add(self, number: LedgerNumber) -> None:
        for place, entry in entries_of(number):
            for kind in number.kinds:
                for system in self._systems(place, kind, entry):
                    system.add(*_as(kind, entry.labels, entry.visible, entry.hidden))
            self.added.setdefault(place, []).append(entry)

    def follow(self, place: Place, entry: Entry) -> None:
        """A number came into the history: take it into the systems that were made."""
        for kind in entry.kinds:
            if (place, kind.name) in self.made:
                for system in self._systems(place, kind, entry):
                    system.add(*_as(kind, entry.labels, entry.visible, entry.hidden))

    def _systems(self, place: Place, kind: Kind, entry: Entry) -> Iterator[System]:
        """The systems of a kind that an entry counts in, with the headcounts of its censuses."""
        opened = self.opened(place, kind)
        self._make_all(place, kind, entry, opened)
        for base, seeded in opened.items():
            if seeded.system is not None and entry.is_in(base):
                self._seed(base, kind, seeded, entry.censuses)
                yield seeded.system

    def opened(self, place: Place, kind: Kind) -> dict[Base, Seeded]:
        """All systems of a kind in one place: one for each base that any known number there has."""
        key = (place, kind.name)
        if key in self.made:
            return self.made[key]
        if self.before is not None:
            self.made[key] = {base: one.copy() for base, one in self.before.opened(place, kind).items()}
            return self.made[key]
        opened = self.made[key] = {}
        for known in self._known_entries(place):
            if any(one.name == kind.name for one in known.kinds):
                self._make_all(place, kind, known, opened)
        return opened

    def _make_all(self, place: Place, kind: Kind, entry: Entry, opened: dict[Base, Seeded]) -> None:
        for base in self._bases(place, kind, entry):
            if base not in opened:
                opened[base] = self._make(base, kind)

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

    def _make(self, base: Base, kind: Kind) -> Seeded:
        units = self._units(base)
        if units > self.limits.audited_units:
            return Seeded(None)
        capped = base.year != EVERY_YEAR and units > 0
        most_rank = units // self.limits.units_per_number if capped else None
        seeded = Seeded(System(min_units=self.limits.min_units, most_rank=most_rank))
        assert seeded.system is not None, "it was just made"
        for entry in self._entries(base):
            if any(one.name == kind.name for one in entry.kinds) and entry.is_in(base):
                self._seed(base, kind, seeded, entry.censuses)
                seeded.system.add(*_as(kind, entry.labels, entry.visible, entry.hidden))
        return seeded

    def _seed(self, base: Base, kind: Kind, seeded: Seeded, censuses: Sequence[str]) -> None:
        """Take in how many units stand where at these censuses; in a system of sums that is no equation."""
        if kind.name.startswith(SUMS) or seeded.system is None:
            return
        for census in censuses:
            if census not in seeded.censuses:
                seeded.censuses.add(census)
                for labels in self._known(base, census):
                    seeded.system.add(*_as(kind, labels, labels))

    def _entries(self, base: Base) -> Iterator[Entry]:
        yield from self._known_entries(base.tables if base.cluster is None else base.cluster)

    def _known(self, base: Base, census: str) -> Iterator[Labels]:
        for structure in self.structures.values():
            code = structure.code_of(census)
            if code is None:
                continue
            if base.cluster is not None:
                yield from structure.known_in(base.cluster, base.parts, code)
            else:
                yield from structure.whole(code)

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
            return structure.units_in_all()
        if base.structure_year is not None:
            return structure.units_in(base.cluster, base.parts, base.structure_year)
        years = set(structure.censuses.years.values())
        counts = [structure.units_in(base.cluster, base.parts, year) for year in years]
        return min((count for count in counts if count), default=0)


def _as(
    kind: Kind, labels: Labels, visible: Labels, hidden: frozenset[str] = frozenset()
) -> tuple[Labels, Labels, frozenset[str]]:
    """A number for a system of the kind: labels without the census where it is fixed."""
    if not kind.fixed:
        return labels, visible, hidden
    plain = _without_census(labels)
    return plain, plain if visible is labels else _without_census(visible), hidden


def _without_census(labels: Labels) -> Labels:
    return distinct((labels >> CENSUS_BITS) << CENSUS_BITS)


def entries_of(number: LedgerNumber) -> Iterator[tuple[Place, Entry]]:
    """What the number is in each of its places."""
    censuses, hidden = tuple(number.likeness.censuses.split("; ")), number.population.hidden
    for cluster, part in number.clusters.items():
        entry = Entry(number.kinds, number.years, part.parts, part.labels, part.visible, censuses, hidden)
        yield cluster, entry
    if not number.clusters:
        whole = number.population
        yield (
            number.tables,
            Entry(number.kinds, number.years, frozenset(), whole.labels, whole.visible, censuses, hidden),
        )
