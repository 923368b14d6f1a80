"""A released table as records, CSV, Parquet and Arrow. The same values in each; a hidden cell is `c`, never a number.

In records, Parquet and Arrow a hidden cell is null and its status stands beside it. In CSV the symbol stands in the
cell, but for a protected column of texts: a text could be a symbol itself, so a hidden one is empty and its status
stands beside it too. CSV draws the table in full (`drawing`).
"""

import csv
import io
import itertools
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq

from enclave.actions.answer_json import HIDDEN, SHOWN, Json
from enclave.actions.kept_answers import KeptTable
from enclave.terms.spreadsheets import inert
from enclave.web.drawing import drawn_rows

STATUS: Final = "_status"
TOTAL: Final = ""
"""In a dimension that a row sums over."""
SYMBOL_IS_NO_VALUE: Final = re.compile(
    r"U?(?:TINY|SMALL|BIG|HUGE)?INT(?:EGER)?|DECIMAL.*|DOUBLE|FLOAT|REAL|BOOLEAN|DATE|TIME.*"
)
"""Types of which no value is written like a symbol."""
CODES_HEADER: Final = ("code", "label")
METADATA: Final = b"enclave"


class Format(StrEnum):
    """How a table can be had. All but `records` are files, which a project may take out if its policy says so."""

    RECORDS = "records"
    CSV = "csv"
    PARQUET = "parquet"
    ARROW = "arrow"


MEDIA_TYPES: Final[Mapping[Format, str]] = {
    Format.RECORDS: "application/json",
    Format.CSV: "text/csv; charset=utf-8",
    Format.PARQUET: "application/vnd.apache.parquet",
    Format.ARROW: "application/vnd.apache.arrow.stream",
}


def records(kept: KeptTable) -> Json:
    """The table by position, and each row once more by name for those who like it so."""
    found = kept.as_json()
    names = unique([column["name"] for column in found["columns"]])
    by_name = [dict(zip(names, row, strict=True)) for row in found["rows"]]
    return {**found, "records": by_name}


def csv_bytes(kept: KeptTable) -> bytes:
    """The table with symbols in its cells, drawn in full where its frame is known.

    A text that a spreadsheet would run as a formula has an apostrophe before it.
    """
    columns = csv_columns(kept)
    rows = (
        [_csv_cell(column, row[column.place], cells[column.place]) for column in columns]
        for row, cells in drawn_rows(kept.as_json())
    )
    return _csv([[inert(column.name) for column in columns], *rows])


def codes_csv(labels: Mapping[str, str]) -> bytes:
    """A code list as CSV. Codes are written as in the table."""
    return _csv([CODES_HEADER, *([inert(code), inert(label)] for code, label in labels.items())])


@dataclass(frozen=True, slots=True)
class CsvColumn:
    """A column of the CSV: the values of the table's column at `place`, or their status alone."""

    name: str
    place: int
    is_status: bool
    has_status: bool


def csv_columns(kept: KeptTable) -> tuple[CsvColumn, ...]:
    names = unique([column.name for column in kept.columns])
    taken = set(names)
    made: list[CsvColumn] = []
    for place, (name, column) in enumerate(zip(names, kept.columns, strict=True)):
        is_text = column.safe and SYMBOL_IS_NO_VALUE.match(column.type.upper()) is None
        made.append(CsvColumn(name, place, is_status=False, has_status=is_text))
        if is_text:
            made.append(CsvColumn(_free(f"{name}{STATUS}", taken), place, is_status=True, has_status=False))
    return tuple(made)


def _csv_cell(column: CsvColumn, value: Any, cell: str) -> Any:
    if column.is_status:
        return cell
    if cell == SHOWN:
        return as_text(value)
    return "" if column.has_status else cell


def _csv(rows: Iterable[Sequence[Any]]) -> bytes:
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerows(rows)
    return out.getvalue().encode("utf-8")


def arrow_table(kept: KeptTable, *, about: Mapping[str, Any]) -> pa.Table:
    """The table with the status of each protected column beside it; `about` goes with it as metadata."""
    names = unique([column.name for column in kept.columns])
    taken = set(names)
    columns: list[tuple[str, pa.ChunkedArray[Any] | pa.Array[Any]]] = []
    for name, column in zip(names, kept.columns, strict=True):
        values = kept.table.column(column.id)
        columns.append((name, values))
        if column.safe:
            columns.append((_free(f"{name}{STATUS}", taken), _status(values)))
    table = pa.table([values for _, values in columns], names=[name for name, _ in columns])
    if kept.older_versions:
        about = {**about, "older_versions": list(kept.older_versions)}
    if kept.perturbed:
        about = {**about, "perturbed": kept.perturbed}
    if kept.code_lists:
        about = {**about, "code_lists": kept.code_lists}
    return table.replace_schema_metadata({METADATA: json.dumps(about).encode()})


def parquet_bytes(kept: KeptTable, *, about: Mapping[str, Any]) -> bytes:
    sink = pa.BufferOutputStream()
    pq.write_table(arrow_table(kept, about=about), sink, compression="zstd")
    return sink.getvalue().to_pybytes()


def arrow_bytes(kept: KeptTable, *, about: Mapping[str, Any]) -> bytes:
    """An Arrow IPC stream."""
    table, sink = arrow_table(kept, about=about), pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return sink.getvalue().to_pybytes()


def unique(names: Sequence[str]) -> list[str]:
    """The names, with a number where one stands again: a file has each once."""
    taken: set[str] = set()
    return [_free(name, taken) for name in names]


def _free(name: str, taken: set[str]) -> str:
    candidates = itertools.chain([name], (f"{name}_{number}" for number in itertools.count(2)))
    found = next(candidate for candidate in candidates if candidate not in taken)
    taken.add(found)
    return found


def _status(values: "pa.ChunkedArray[Any]") -> "pa.Array[Any]":
    return pa.array([SHOWN if valid else HIDDEN for valid in values.is_valid().to_pylist()], pa.string())


def as_text(value: Any) -> Any:
    """A value as CSV has it."""
    match value:
        case None:
            return TOTAL
        case bool():
            return "true" if value else "false"
        case list() | dict():
            return inert(json.dumps(value, ensure_ascii=False))
        case str():
            return inert(value)
        case _:
            return value
