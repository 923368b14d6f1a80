"""A released table as bars: the same release copy as the table beside it, and nothing more.

Rows that the table draws for its frame alone have no bar: they would be a page of `c`.

The geometry is made here and drawn by the template, so that every text is escaped there.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from enclave.actions.answer_json import SHOWN
from enclave.actions.kept_answers import KeptTable
from enclave.web.pages.researcher.grid import is_number, text_of
from enclave.web.tables import drawn_rows

MOST_BARS: Final = 40
GUTTER, WIDTH, MARGIN = 250, 720, 90
ROW, BAR, TOP = 26, 18, 34
MOST_LABEL: Final = 34
TICKS: Final = 5


@dataclass(frozen=True, slots=True)
class Bar:
    """One row of the table. `text` is the value, or the symbol of a hidden cell, which has no length."""

    label: str
    short: str
    text: str
    y: int
    x: float
    width: float
    hidden: bool


@dataclass(frozen=True, slots=True)
class Tick:
    x: float
    text: str


@dataclass(frozen=True, slots=True)
class Chart:
    """`measures` are the columns that can be drawn, `measure` is the place of the one that is."""

    title: str
    description: str
    measures: tuple[tuple[int, str], ...]
    measure: int
    bars: tuple[Bar, ...]
    ticks: tuple[Tick, ...]
    zero: float
    left_out: int

    @property
    def height(self) -> int:
        return TOP + ROW * len(self.bars) + 10

    @property
    def width(self) -> int:
        return GUTTER + WIDTH + MARGIN


def chart_of(kept: KeptTable, *, title: str, measure: int | None) -> Chart | None:
    """The chart of one column of numbers, the first unless another is asked for; None where there is none to draw."""
    found = kept.as_json()
    rows = [list(zip(*pair, strict=True)) for pair in zip(found["rows"], found["cells"], strict=True)]
    measures = tuple(
        (place, column.name)
        for place, column in enumerate(kept.columns)
        if column.safe and any(is_number(row[place][0]) for row in rows)
    )
    if not measures:
        return None
    place = measure if measure in {at for at, _ in measures} else measures[0][0]
    labels = [at for at, column in enumerate(kept.columns) if not column.safe]
    drawn = rows[:MOST_BARS]
    left_out = sum(1 for _ in drawn_rows(found)) - len(drawn)
    name = dict(measures)[place]
    return _chart(f"{title}: {name}", name, measures, place, labels, drawn, left_out)


def _chart(
    title: str,
    name: str,
    measures: tuple[tuple[int, str], ...],
    place: int,
    labels: Sequence[int],
    rows: Sequence[Sequence[tuple[Any, str]]],
    left_out: int,
) -> Chart:
    values = [float(row[place][0]) for row in rows if is_number(row[place][0])]
    ticks = _ticks(min([0.0, *values]), max([0.0, *values]))
    low, high = ticks[0], ticks[-1]

    def at(value: float) -> float:
        return round(GUTTER + WIDTH * (value - low) / (high - low), 1)

    return Chart(
        title=title,
        description=_description(name, rows, place, left_out),
        measures=measures,
        measure=place,
        bars=tuple(_bar(number, row, place, labels, at(0.0), at) for number, row in enumerate(rows)),
        ticks=tuple(Tick(at(value), text_of(value, grouped=True)) for value in ticks),
        zero=at(0.0),
        left_out=left_out,
    )


def _bar(
    number: int, row: Sequence[tuple[Any, str]], place: int, labels: Sequence[int], zero: float, at: Any
) -> Bar:
    value, status = row[place]
    label = " · ".join(text_of(row[one][0], grouped=False) or "all" for one in labels) or "All"
    shown = status == SHOWN and is_number(value)
    end = at(float(value)) if shown else zero
    return Bar(
        label=label,
        short=label if len(label) <= MOST_LABEL else f"{label[: MOST_LABEL - 1]}…",
        text=text_of(value, grouped=True) if shown else status,
        y=TOP + ROW * number,
        x=min(zero, end),
        width=round(abs(end - zero), 1),
        hidden=not shown,
    )


def _description(name: str, rows: Sequence[Sequence[tuple[Any, str]]], place: int, left_out: int) -> str:
    shown = sum(is_number(row[place][0]) for row in rows)
    others = f" {left_out:,} further rows are in the table alone." if left_out else ""
    return (
        f"Bars of {name} for {shown:,} of {len(rows):,} rows.{others} c: hidden to protect people, or nobody."
    )


def _ticks(low: float, high: float) -> list[float]:
    """Round numbers from at or below `low` to at or above `high`."""
    span = (high - low) or 1.0
    power = 10.0 ** math.floor(math.log10(span / TICKS))
    step = next(step for step in (power, 2 * power, 5 * power, 10 * power) if span / step <= TICKS)
    first, last = math.floor(low / step), max(math.ceil(high / step), math.floor(low / step) + 1)
    return [round(step * number, 12) for number in range(first, last + 1)]
