"""One line of `enclave batch`, read as a researcher's own program would read it."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from tests.oracle.tree import Query
from tests.oracle.values import Value


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer. `shown[r][c]` is false where the cell is hidden; `line` is all that left, byte for byte."""

    status: str
    code: str | None
    columns: tuple[tuple[str, str], ...]
    rows: tuple[tuple[Value, ...], ...]
    shown: tuple[tuple[bool, ...], ...]
    line: str

    @property
    def released(self) -> bool:
        return self.status == "released"


Ask = Callable[[Query], Answered]


def read_line(line: str) -> Answered:
    """The answer in a line. Numbers that travel as text, so as not to lose digits, become numbers again."""
    found = json.loads(line)
    columns = tuple((column["name"], column["type"]) for column in found.get("columns") or ())
    rows = tuple(
        tuple(_value(value, kind) for value, (_, kind) in zip(row, columns, strict=True))
        for row in found.get("rows") or ()
    )
    shown = tuple(tuple(mark == "ok" for mark in row) for row in found.get("cells") or ())
    problem = found.get("problem") or {}
    return Answered(found["status"], problem.get("code"), columns, rows, shown, line)


def _value(value: Value, kind: str) -> Value:
    if isinstance(value, str) and kind.startswith(("DECIMAL", "HUGEINT", "BIGINT", "INTEGER", "SMALLINT")):
        return Decimal(value)
    if isinstance(value, str) and kind in ("DOUBLE", "FLOAT"):
        return float(value)
    return value
