"""The shape of the data, taken from the catalogue: which columns, of which types, with which codes.

The only module that knows the catalogue. Field lists, types, collection years and code sets live there and
nowhere in this package, so that what is made is what the loader expects.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import pyarrow as pa

from enclave.catalogue.model import Catalogue, CodeSet, Field, Table

ARROW_TYPES: Mapping[str, pa.DataType] = {
    "SMALLINT": pa.int16(),
    "INTEGER": pa.int32(),
    "BIGINT": pa.int64(),
    "BOOLEAN": pa.bool_(),
    "DATE": pa.date32(),
    "DOUBLE": pa.float64(),
    "VARCHAR": pa.string(),
}
TEXT = re.compile(r"(?:VAR)?CHAR\(\d+\)")
DECIMAL = re.compile(r"DECIMAL\((\d+),\s*(\d+)\)")


@dataclass(frozen=True)
class Codes:
    """One code list: the values as the data hold them, in the catalogue's order."""

    values: tuple[str, ...]
    labels: tuple[str, ...]
    parents: tuple[str | None, ...]
    valid_from: tuple[str | None, ...]
    valid_to: tuple[str | None, ...]
    notes: tuple[str | None, ...]

    @cached_property
    def places(self) -> Mapping[str, int]:
        return {value: place for place, value in enumerate(self.values)}

    def index(self, value: str) -> int:
        return self.places[value]


@dataclass(frozen=True, slots=True)
class Column:
    """One field to fill. A year outside `collected` holds nulls only."""

    name: str
    type: pa.DataType
    collected: tuple[str | None, str | None]

    def holds(self, year: str) -> bool:
        start, end = self.collected
        return (start is None or start <= year) and (end is None or year <= end)


@dataclass(frozen=True, slots=True)
class Shape:
    """Every table's columns in catalogue order, and every code list."""

    tables: Mapping[str, tuple[Column, ...]]
    codes: Mapping[str, Codes]


def shape_of(catalogue: Catalogue) -> Shape:
    return Shape(
        tables={name: _columns(table) for name, table in catalogue.tables.items()},
        codes={name: _codes(code_set) for name, code_set in catalogue.code_sets.items()},
    )


def arrow_type(sql: str) -> pa.DataType:
    """The Arrow type in which a catalogue type is written.

    Raises:
        ValueError: the catalogue names a type which this package has never written.
    """
    if sql in ARROW_TYPES:
        return ARROW_TYPES[sql]
    if TEXT.fullmatch(sql):
        return pa.string()
    if found := DECIMAL.fullmatch(sql):
        return pa.decimal128(int(found[1]), int(found[2]))
    raise ValueError(f"no Arrow type for {sql}")


def _columns(table: Table) -> tuple[Column, ...]:
    return tuple(_column(field) for field in table.fields.values())


def _column(field: Field) -> Column:
    return Column(field.name, arrow_type(field.type), (field.collected_from, field.collected_to))


def _codes(code_set: CodeSet) -> Codes:
    return Codes(
        values=code_set.values,
        labels=tuple(code.label for code in code_set.codes),
        parents=tuple(code.parent for code in code_set.codes),
        valid_from=tuple(code.valid_from for code in code_set.codes),
        valid_to=tuple(code.valid_to for code in code_set.codes),
        notes=tuple(code.note for code in code_set.codes),
    )
