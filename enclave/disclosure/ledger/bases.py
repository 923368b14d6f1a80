"""Where numbers of one kind add up to a linear system: clusters, parts of them, a few clusters together, whole tables.

A number inside one cluster stands there, and in the parts of the cluster that it touches, taken together. One over ten
clusters or fewer stands in all of these together. A wider one stands in its tables as a whole. What changes over a
unit's life has a base for each year.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from enclave.disclosure.ledger.numbers import (
    CENSUS_BITS,
    Kind,
    Labels,
    LedgerNumber,
    Likeness,
    Population,
    distinct,
)

EVERY_YEAR = "every year"
Joint: TypeAlias = frozenset[str]
"""A few clusters together."""
Place: TypeAlias = str | Joint | tuple[str, ...]
"""A cluster, a few of them together, or the tables of wide numbers."""


@dataclass(frozen=True, slots=True)
class Base:
    """Where a system stands: the place, parts of a cluster (None: all of it), and the year (None: for ever)."""

    place: Place
    parts: frozenset[str] | None
    year: str | None

    @property
    def structure_year(self) -> str | None:
        return None if self.year == EVERY_YEAR else self.year

    @property
    def clusters(self) -> tuple[str, ...]:
        """The clusters of the place; none for whole tables."""
        if isinstance(self.place, str):
            return (self.place,)
        return () if isinstance(self.place, tuple) else tuple(sorted(self.place))


@dataclass(frozen=True, slots=True, eq=False)
class Entry:
    """What one number is, for systems.

    `heads`: it counts people by what is no secret. In the system of any code it is a whole which the code divides.
    """

    kinds: tuple[Kind, ...]
    years: tuple[str, ...]
    censuses: tuple[str, ...]
    tables: tuple[str, ...]
    parts: frozenset[str]
    labels: Labels
    visible: Labels
    hidden: frozenset[str]
    heads: bool

    def is_in(self, base: Base) -> bool:
        if base.parts is not None and not (self.parts and self.parts <= base.parts):
            return False
        return base.year in (None, EVERY_YEAR) or self.years == (base.year,)

    def has(self, kind: Kind) -> bool:
        """Whether it stands in systems of the kind."""
        return any(one.name == kind.name for one in self.kinds) or (self.heads and divides(kind))

    def of_kind(self, kind: Kind) -> tuple[Labels, Labels, frozenset[str]]:
        """The number for a system of the kind: labels without the census where it is fixed."""
        if not kind.fixed:
            return self.labels, self.visible, self.hidden
        plain = without_census(self.labels)
        return plain, plain if self.visible is self.labels else without_census(self.visible), self.hidden


SUMS = "measure:"
"""Kinds of sums of measures. In a system of these, how many units there are is no equation."""


def divides(kind: Kind) -> bool:
    """Whether the kind is of a code or of bands, which divide people: how many there are is an equation then."""
    return not kind.name.startswith(SUMS)


class _HasParts(Protocol):
    @property
    def parts(self) -> frozenset[str]: ...


class Told(Protocol):
    """What is told of a number beside whom it is about."""

    @property
    def likeness(self) -> Likeness: ...
    @property
    def kinds(self) -> tuple[Kind, ...]: ...
    @property
    def clusters(self) -> Mapping[str, _HasParts]: ...
    @property
    def years(self) -> tuple[str, ...]: ...
    @property
    def tables(self) -> tuple[str, ...]: ...


def are_heads(number: Told) -> bool:
    return not number.kinds and number.likeness.statistic == "count"


def stands_in(number: Told, kind: Kind) -> bool:
    """Whether a number stands in systems of the kind: the same as `Entry.has`, before its populations are read."""
    return any(one.name == kind.name for one in number.kinds) or (divides(kind) and are_heads(number))


def without_census(labels: Labels) -> Labels:
    return distinct((labels >> CENSUS_BITS) << CENSUS_BITS)


class _HasYears(Protocol):
    @property
    def years(self) -> tuple[str, ...]: ...


def year_of(kind: Kind, entry: _HasYears) -> str | None:
    """The year of a base; None for what never changes."""
    if kind.fixed:
        return None
    return entry.years[0] if len(entry.years) == 1 else EVERY_YEAR


def censuses_of(number: Told) -> tuple[str, ...]:
    return tuple(number.likeness.censuses.split("; "))


def whole_entry(number: LedgerNumber) -> Entry:
    """The number, with all of its population."""
    return entry_of(number, number.population)


def entry_of(number: Told, population: Population) -> Entry:
    """What is told of a number, with whom it is about."""
    parts = next(iter(number.clusters.values())).parts if len(number.clusters) == 1 else frozenset()
    return Entry(
        kinds=number.kinds,
        years=number.years,
        censuses=censuses_of(number),
        tables=number.tables,
        parts=parts,
        labels=population.labels,
        visible=population.visible,
        hidden=population.hidden,
        heads=are_heads(number),
    )


def place_of(number: LedgerNumber) -> Place:
    """The smallest place that holds the whole number."""
    if not number.clusters:
        return number.tables
    return next(iter(number.clusters)) if len(number.clusters) == 1 else frozenset(number.clusters)
