"""Reach: whose records each query reached. What is kept, and what one record's owner is told.

The one thing to know before changing this: the exact units stay inside. What leaves is made by `reach_counts`, in
rounded numbers at fixed dates; only the owner of a record, over the subject-access path, is told of their own.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NewType, Protocol, TypeAlias

import numpy as np
import numpy.typing as npt

from enclave.catalogue.model import YearForm
from enclave.outputs.records import QueryId
from enclave.terms import FieldRef, ProjectId

DefinitionName = NewType("DefinitionName", str)
"""The hash of a definition: equal populations have equal names."""
EVERY_CLUSTER = ""
NO_YEAR = ""
"""Of rows that are of no year."""
Bits: TypeAlias = npt.NDArray[np.uint8]
"""A set of dense keys: key n is bit n mod 8 of byte n // 8."""
Plane: TypeAlias = tuple[DefinitionName, str]
"""One definition in one year of the data."""


@dataclass(frozen=True, slots=True)
class Looked:
    """The clusters (`s`) and years (`y`) of one table through which a leaf looks: what the public count stands on.

    Without `s` it looks through all clusters of those years. `table` is the one whose headcounts count.
    """

    table: str
    sql: str
    reads: tuple[tuple[str, str], ...]

    @property
    def of(self) -> str:
        """The table that the statement reads; a tier-1 field of it is in a relation of its own."""
        return self.reads[0][0].partition("__")[0]

    @property
    def relations(self) -> tuple[str, ...]:
        return tuple(sorted({relation for relation, _ in self.reads}))


@dataclass(frozen=True, slots=True)
class Definition:
    """Whose records a leaf reaches, so that it can be found out at any time: a data version never changes.

    `sql` gives a row per unit and its years, over the tables that it `reads`; `years` are its columns of years.
    `inputs` are tables it reads beside them, as Arrow IPC: what an earlier, protected step of the query gave. `shape`
    names the statement whatever its columns are called.
    """

    data_version: str
    unit: str
    sql: str
    shape: str
    reads: tuple[tuple[str, str], ...]
    years: tuple[tuple[str, YearForm], ...]
    inputs: tuple[tuple[str, bytes], ...] = ()
    looked: tuple[Looked, ...] = ()

    @property
    def name(self) -> DefinitionName:
        given = [(name, hashlib.sha256(content).hexdigest()) for name, content in self.inputs]
        text = json.dumps([self.data_version, self.unit, self.shape, given])
        return DefinitionName(hashlib.sha256(text.encode()).hexdigest())


@dataclass(frozen=True, slots=True)
class NewUse:
    """A leaf is about to be run. `query` is None where there is no server; `fields` are what it reads of people."""

    query: QueryId | None
    project: ProjectId
    at: datetime
    definition: Definition
    fields: tuple[FieldRef, ...]


@dataclass(frozen=True, slots=True)
class RecordUse:
    """One query that reached one record. `released`: its result left; else it ran, and what came of it did not."""

    query: QueryId | None
    project: ProjectId
    at: datetime
    fields: tuple[FieldRef, ...]
    years: tuple[str, ...]
    released: bool


@dataclass(frozen=True, slots=True)
class KeptUse:
    """A use as it is kept: which definition, by which query of which project, with which fields."""

    id: int
    definition: DefinitionName
    query: QueryId | None
    project: ProjectId
    at: datetime
    fields: tuple[FieldRef, ...]
    released: bool


class ReachLog(Protocol):
    """Where uses are kept. Durable before the leaf is run; an error stops the query."""

    def reads(self, use: NewUse) -> int:
        """Keep a use; its number."""
        ...


class ShelfDamaged(Exception):
    """A file is not as it was written, and was removed. Its definitions are to be computed again."""


class Shelved(Protocol):
    """Where it is kept whom each definition reaches, by data version, once it was found out."""

    def known(self, version: str) -> frozenset[DefinitionName]: ...

    def put(self, version: str, definition: DefinitionName, planes: Mapping[str, Bits]) -> None: ...

    def put_together(self, version: str) -> int: ...

    def holding(self, version: str, unit: int) -> Mapping[DefinitionName, tuple[str, ...]]:
        """Raises: ShelfDamaged."""
        ...

    def unions(self, version: str, groups: Mapping[Plane, Iterable[int]], most: int) -> Sequence[Bits]:
        """Raises: ShelfDamaged."""
        ...


def bits_of(units: npt.NDArray[np.integer]) -> Bits:
    """The set of these dense keys, a bit each."""
    if not len(units):
        return np.zeros(0, dtype=np.uint8)
    there = np.zeros(int(units.max()) + 1, dtype=np.bool_)
    there[units] = True
    return np.packbits(there, bitorder="little")


def units_of(bits: Bits) -> npt.NDArray[np.int64]:
    """The dense keys in a set, ascending."""
    return np.flatnonzero(np.unpackbits(bits, bitorder="little"))


def record_uses(
    uses: Iterable[KeptUse], reached: Mapping[DefinitionName, Iterable[str]]
) -> tuple[RecordUse, ...]:
    """What reached one record, oldest first: the leaves of one query are one use of it.

    Args:
        uses: those of the definitions in `reached`, in the order in which they were kept.
        reached: by definition that holds the record, the years of the rows by which it does.
    """
    found: dict[object, RecordUse] = {}
    for use in uses:
        key = use.query if use.query is not None else (use.project, use.at)
        years = frozenset(reached[use.definition]) - {NO_YEAR}
        before = found.get(key)
        found[key] = RecordUse(
            query=use.query,
            project=use.project,
            at=use.at if before is None else min(use.at, before.at),
            fields=_joined(use.fields, () if before is None else before.fields),
            years=tuple(sorted(years.union(() if before is None else before.years))),
            released=use.released or (before is not None and before.released),
        )
    return tuple(sorted(found.values(), key=lambda use: (use.at, str(use.query))))


def _joined(one: tuple[FieldRef, ...], other: tuple[FieldRef, ...]) -> tuple[FieldRef, ...]:
    if not other or one == other:
        return one
    return tuple(sorted({*one, *other}, key=lambda ref: (ref.table, ref.field)))


def year_name(value: object, form: YearForm) -> str:
    """A year of the data as everybody writes it: 2022/23, whether the table has that or the year it ends in."""
    if value is None:
        return NO_YEAR
    if form is YearForm.ENDING and str(value).isdigit():
        ending = int(str(value))
        return f"{ending - 1}/{ending % 100:02d}"
    return str(value)
