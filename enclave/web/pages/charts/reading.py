"""The rows of a table as a chart needs them: what each is about, and one number or the symbol that stands for it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from enclave.actions.answer_json import SHOWN
from enclave.actions.kept_answers import KeptTable
from enclave.web.drawing import drawn_rows
from enclave.web.pages.grid import in_words, is_number, text_of

YEAR: Final = re.compile(r"(?:19|20)\d\d(?:/\d\d|-\d\d(?:-\d\d)?)?")
ALL: Final = "all"


@dataclass(frozen=True, slots=True)
class Row:
    """`about` has a word for each dimension; `value` is None where `text` is a symbol."""

    about: tuple[str, ...]
    value: float | None
    text: str
    is_row: bool

    @property
    def label(self) -> str:
        return " · ".join(self.about) or "All"

    @property
    def told(self) -> str:
        return f"{self.label}: {self.text}"


@dataclass(frozen=True, slots=True)
class Reading:
    """All rows of a table that is drawn in full, for one column of numbers. `times` are the dimensions of years."""

    name: str
    dimensions: tuple[str, ...]
    rows: tuple[Row, ...]
    times: tuple[int, ...]

    @property
    def drawn(self) -> tuple[Row, ...]:
        """Those that the answer has; the others are the frame's."""
        return tuple(row for row in self.rows if row.is_row)

    def values(self, place: int) -> list[str]:
        """The words of one dimension, in the order in which they come."""
        return list(dict.fromkeys(row.about[place] for row in self.rows))


def measures_of(kept: KeptTable) -> tuple[tuple[int, str], ...]:
    """The columns of numbers that can be drawn, with their places."""
    rows = kept.as_json()["rows"]
    return tuple(
        (place, column.name)
        for place, column in enumerate(kept.columns)
        if column.safe and any(is_number(row[place]) for row in rows)
    )


def reading_of(kept: KeptTable, place: int) -> Reading:
    found = kept.as_json()
    labels = [at for at, column in enumerate(kept.columns) if not column.safe]
    words = in_words(kept)
    known = len(found["rows"])
    rows = [
        _row([words(at, row[at]) or ALL for at in labels], row[place], cells[place], number < known)
        for number, (row, cells) in enumerate(drawn_rows(found))
    ]
    times = tuple(at for at, column in enumerate(labels) if _is_time([row[column] for row in found["rows"]]))
    names = tuple(kept.columns[at].name for at in labels)
    return Reading(kept.columns[place].name, names, tuple(rows), times)


def _row(about: Sequence[str], value: Any, cell: str, is_row: bool) -> Row:
    shown = cell == SHOWN and is_number(value)
    text = text_of(value, grouped=True) if shown or cell == SHOWN else cell
    return Row(tuple(about), float(value) if shown else None, text, is_row)


def _is_time(values: Sequence[Any]) -> bool:
    """Whether a column has years or dates, and more than one of them."""
    there = {str(value) for value in values if value is not None}
    return len(there) > 1 and all(YEAR.fullmatch(value) for value in there)
