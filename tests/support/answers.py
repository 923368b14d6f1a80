"""One line of `enclave batch`, read as a researcher's own program would read it."""

import json
from collections.abc import Callable
from dataclasses import dataclass

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
    """The answer in a line."""
    found = json.loads(line)
    columns = tuple((column["name"], column["type"]) for column in found["columns"])
    rows = tuple(tuple(row) for row in found["rows"])
    shown = tuple(tuple(mark == "ok" for mark in row) for row in found["cells"])
    code = found["problem"]["code"] if found["problem"] else None
    return Answered(found["status"], code, columns, rows, shown, line)
