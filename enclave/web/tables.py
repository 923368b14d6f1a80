"""A released table as records, CSV, Parquet and Arrow. The same values in each; a hidden cell is `c`, never a number.

In records, Parquet and Arrow a hidden cell is null and its status stands beside it. In CSV the symbol stands in the
cell, and the table is drawn in full: a combination that is not there is `c` like one that is hidden, since they are not
to be told apart.
"""

import csv
import io
import itertools
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq

from enclave.actions.answer_json import HIDDEN, SHOWN, Json
from enclave.actions.kept_answers import KeptTable

MOST_DRAWN_ROWS: Final = 100_000
STATUS: Final = "_status"
TOTAL: Final = ""
"""In a dimension that a row sums over."""
METADATA: Final = b"enclave"
FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n")
"""What a cell begins with that a spreadsheet runs."""
PLAIN_NUMBER: Final = re.compile(r"[+-]?\d+(?:\.\d+)?")


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
    found = kept.as_json()
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([inert(name) for name in unique([column["name"] for column in found["columns"]])])
    writer.writerows(_symbols(row, cells) for row, cells in drawn_rows(found))
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


def _symbols(row: Sequence[Any], cells: Sequence[str]) -> list[Any]:
    return [_text(value) if cell == SHOWN else cell for value, cell in zip(row, cells, strict=True)]


def _text(value: Any) -> Any:
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


def inert(text: str) -> str:
    """The text, as no spreadsheet runs it. A plain number stays as it is."""
    runs = text[:1] in FORMULA and PLAIN_NUMBER.fullmatch(text) is None
    return f"'{text}" if runs else text


def drawn_rows(found: Json) -> Iterator[tuple[list[Any], list[str]]]:
    """Values and cells of the rows as they are, then of the combinations of published values not among them."""
    yield from zip(found["rows"], found["cells"], strict=True)
    names = unique([column["name"] for column in found["columns"]])
    frame = found["frame"]
    sets: Sequence[Mapping[str, Sequence[Any]]] = [] if frame is None else frame["sets"]
    dimensions = [name for name in names if any(name in one for one in sets)]
    there = {tuple(str(_text(row[names.index(name)])) for name in dimensions) for row in found["rows"]}
    for one in sets:
        values = [one.get(name, [None]) for name in dimensions]
        absent = (
            combination
            for combination in itertools.product(*values)
            if tuple(str(_text(value)) for value in combination) not in there
        )
        for combination in itertools.islice(absent, MOST_DRAWN_ROWS):
            of = dict(zip(dimensions, combination, strict=True))
            yield [of.get(name) for name in names], [SHOWN if name in of else HIDDEN for name in names]
