"""What a person is given: every value that is held about them, with what it means, and every use of their record.

The one thing to know before changing this: a copy holds rows of one subject alone, and leaves out nothing silently.
What is withheld (it is about somebody else too) stands there by name with its reason.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from enclave.catalogue import Catalogue
from enclave.catalogue.model import CodeSet, Field, Table
from enclave.rights.cases import OutputOfUse
from enclave.rights.door import HeldRow

NOTHING_HELD: Final = "nothing held"


@dataclass(frozen=True, slots=True, repr=False)
class Value:
    """One value. `ascribed` is None where the catalogue does not say who supplied it, or nobody recorded it."""

    field: str
    what: str
    value: str | None
    meaning: str
    ascribed: bool | None
    withheld: str = ""


@dataclass(frozen=True, slots=True, repr=False)
class Row:
    """One row; `versions` are the deliveries of the data that hold it just so."""

    versions: tuple[str, ...]
    year: str
    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True, repr=False)
class TableCopy:
    name: str
    what: str
    source: str
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class RecordOfUse:
    """One project whose questions reached the record."""

    project: str
    title: str
    organisation: str
    why: str
    fields: tuple[str, ...]
    years: tuple[str, ...]
    first: date
    last: date
    questions: int
    released: int
    outputs: tuple[OutputOfUse, ...] = ()


@dataclass(frozen=True, slots=True, repr=False)
class Copy:
    """All of it. `uses` is None where they could not be told, which the copy says."""

    case: str
    made_on: date
    house: str
    synthetic: bool
    tables: tuple[TableCopy, ...]
    uses: tuple[RecordOfUse, ...] | None


def make_copy(
    rows: Iterable[HeldRow],
    uses: Iterable[RecordOfUse] | None,
    *,
    catalogue: Catalogue,
    withheld: Mapping[str, str],
    case: str,
    made_on: date,
    house: str,
    synthetic: bool,
) -> Copy:
    """A copy from the rows about one subject.

    Args:
        rows: newest version first.
        withheld: `table.field` -> why it is not given.
    """
    by_table: dict[str, dict[tuple[tuple[str, str | None], ...], list[str]]] = {}
    for row in rows:
        same = by_table.setdefault(row.table, {})
        same.setdefault(tuple(row.values.items()), []).append(row.version)
    tables = tuple(
        _table(catalogue.tables.get(name), name, found, catalogue, withheld)
        for name, found in sorted(by_table.items())
    )
    return Copy(case, made_on, house, synthetic, tables, None if uses is None else tuple(uses))


def fields_of(copy: Copy) -> Iterator[str]:
    """Every `table.field` that a copy has, each once."""
    for table in copy.tables:
        names = dict.fromkeys(value.field for row in table.rows for value in row.values)
        yield from (f"{table.name}.{name}" for name in names)


def _table(
    table: Table | None,
    name: str,
    found: Mapping[tuple[tuple[str, str | None], ...], list[str]],
    catalogue: Catalogue,
    withheld: Mapping[str, str],
) -> TableCopy:
    made = [
        _row(table, name, dict(values), versions, catalogue, withheld) for values, versions in found.items()
    ]
    made.sort(key=lambda row: row.year)
    what, source = ("", "") if table is None else (table.description, table.source)
    return TableCopy(name, what, source, tuple(made))


def _row(
    table: Table | None,
    name: str,
    values: Mapping[str, str | None],
    versions: list[str],
    catalogue: Catalogue,
    withheld: Mapping[str, str],
) -> Row:
    year = "" if table is None or table.year is None else values.get(table.year.field) or ""
    made = []
    for field, value in values.items():
        known = None if table is None else table.fields.get(field)
        why = withheld.get(f"{name}.{field}", "")
        told = None if why else value
        meaning = "" if told is None or known is None else meaning_of(known, told, catalogue)
        ascribed = None if known is None or told is None else _ascribed(known, values)
        made.append(Value(field, "" if known is None else known.description, told, meaning, ascribed, why))
    return Row(tuple(dict.fromkeys(versions)), year, tuple(made))


def meaning_of(field: Field, value: str, catalogue: Catalogue) -> str:
    """The label of a code, and yes or no; nothing where the value is no code or speaks for itself."""
    if field.type == "BOOLEAN":
        return {"True": "yes", "False": "no"}.get(value, "")
    codes = catalogue.code_sets.get(field.code_set or "")
    label = "" if codes is None else _labels(codes).get(value, "")
    return "" if label == value else label


def _labels(codes: CodeSet) -> dict[str, str]:
    """By what the data hold: codes, or labels."""
    return {value: code.label for value, code in zip(codes.values, codes.codes, strict=False)} | {
        code.code: code.label for code in codes.codes
    }


def _ascribed(field: Field, values: Mapping[str, str | None]) -> bool | None:
    """Whether somebody else than the person or their parents supplied it."""
    if field.ascribed is None:
        return None
    supplier = values.get(field.ascribed.by)
    return None if supplier is None else supplier in field.ascribed.codes
