"""A released table as a page draws it: in full where its frame is known, each hidden cell as `c`, codes with labels."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from enclave.actions.answer_json import SHOWN
from enclave.actions.kept_answers import KeptTable
from enclave.web.drawing import drawn_rows

ROWS_A_PAGE: Final = 500
NUMBERS: Final = (int, float)


@dataclass(frozen=True, slots=True)
class Cell:
    """What stands in a cell. `symbol` is None for a value that is shown; `code` is what a label stands for."""

    text: str
    symbol: str | None
    is_number: bool
    code: str = ""


@dataclass(frozen=True, slots=True)
class Grid:
    """Some rows of a table. `labels` are the columns that say what a row is about."""

    columns: tuple[str, ...]
    labels: frozenset[int]
    rows: tuple[tuple[Cell, ...], ...]
    first: int
    total: int
    incomplete: tuple[str, ...]
    symbols: tuple[str, ...]
    perturbed: str = ""

    @property
    def last(self) -> int:
        return self.first + len(self.rows) - 1

    @property
    def width(self) -> int:
        return len(self.columns)


def grid_of(kept: KeptTable, *, first: int = 1, most: int | None = ROWS_A_PAGE) -> Grid:
    """The rows from number `first` on, so many of them, or all."""
    found = kept.as_json()
    rows = [list(zip(row, cells, strict=True)) for row, cells in drawn_rows(found)]
    shown = rows[first - 1 :] if most is None else rows[first - 1 : first - 1 + most]
    safe = [column.safe for column in kept.columns]
    labels = _labels(kept)
    cells = tuple(tuple(_cells(row, safe, labels)) for row in shown)
    return Grid(
        columns=tuple(column.name for column in kept.columns),
        labels=frozenset(place for place, is_safe in enumerate(safe) if not is_safe),
        rows=cells,
        first=first,
        total=len(rows),
        incomplete=tuple(found["incomplete"]),
        symbols=tuple(sorted({cell.symbol for row in cells for cell in row if cell.symbol})),
        perturbed=kept.perturbed,
    )


def in_words(kept: KeptTable) -> Callable[[int, Any], str]:
    """What a value of the column at a place is called where there is room for one word: its label, or itself."""
    labels = _labels(kept)
    return lambda place, value: labels[place].get(_text(value)) or text_of(value, grouped=False)


def _labels(kept: KeptTable) -> list[Mapping[str, str]]:
    """For each column the labels of its codes."""
    return [kept.code_lists.get(column.code_set or "", {}) for column in kept.columns]


def _cells(
    row: Sequence[tuple[Any, str]], safe: Sequence[bool], labels: Sequence[Mapping[str, str]]
) -> Iterator[Cell]:
    for (value, status), is_safe, known in zip(row, safe, labels, strict=True):
        label = known.get(_text(value)) if known else None
        if status != SHOWN:
            yield Cell(status, status, is_number=True)
        elif label is not None:
            yield Cell(label, None, is_number=False, code=_text(value))
        else:
            yield Cell(text_of(value, grouped=is_safe), None, is_number=is_number(value))


def _text(value: Any) -> str:
    return "" if value is None else str(value)


def is_number(value: object) -> bool:
    return isinstance(value, NUMBERS) and not isinstance(value, bool)


def text_of(value: Any, *, grouped: bool) -> str:
    """A value as people read it; a number in a label (a year, a code) is left as it is."""
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case float():
            return f"{value:,.10g}" if grouped else f"{value:.10g}"
        case int():
            return f"{value:,}" if grouped else str(value)
        case _:
            return str(value)
