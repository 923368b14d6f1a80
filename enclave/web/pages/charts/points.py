"""A point for each of many rows, from the least to the greatest: areas, schools."""

from collections.abc import Iterator, Sequence
from typing import Final

from enclave.web.pages.charts.reading import Reading, Row
from enclave.web.pages.charts.scene import Dot, Rule, Scale, Scene, Text, scale, short
from enclave.web.pages.grid import text_of

MOST_POINTS: Final = 500
LEFT, WIDTH, RIGHT = 90, 860, 110
TOP, HEIGHT, BOTTOM = 30, 340, 30
MOST_LABEL: Final = 30
BELOW: Final = 22
ABOVE: Final = -10


def points(reading: Reading) -> Scene:
    """Rows with a number, in order of it; the least, the middle and the greatest are named."""
    there = [row for row in reading.drawn if row.value is not None]
    rows = sorted(there[:MOST_POINTS], key=lambda row: (row.value or 0.0, row.label))
    values = [row.value for row in rows if row.value is not None]
    up = scale(values, start=TOP + HEIGHT, length=-HEIGHT, from_zero=False)
    across = [round(LEFT + WIDTH * (at + 0.5) / max(len(rows), 1), 1) for at in range(len(rows))]
    hidden = len(reading.rows) - len(there)
    without = f" {hidden:,} rows without a number have no point." if hidden else ""
    left_out = (
        f" {len(there) - len(rows):,} further rows are in the table alone." if len(there) > len(rows) else ""
    )
    return Scene(
        width=LEFT + WIDTH + RIGHT,
        height=TOP + HEIGHT + BOTTOM,
        words=f"Points of {reading.name} for {len(rows):,} rows, from the least to the greatest.{without}{left_out}",
        rules=tuple(_grid(up)),
        dots=tuple(Dot(x, up.at(row.value or 0.0), row.told) for x, row in zip(across, rows, strict=True)),
        texts=(*_scale_texts(up), *_named(rows, across, up)),
    )


def _grid(up: Scale) -> Iterator[Rule]:
    for value in up.ticks:
        yield Rule(LEFT, up.at(value), LEFT + WIDTH, up.at(value))
    yield Rule(LEFT, TOP + HEIGHT, LEFT + WIDTH, TOP + HEIGHT, axis=True)


def _scale_texts(up: Scale) -> Iterator[Text]:
    for value in up.ticks:
        yield Text(LEFT - 10, up.at(value) + 4, text_of(value, grouped=True), "end")


def _named(rows: Sequence[Row], across: Sequence[float], up: Scale) -> Iterator[Text]:
    named = {0: BELOW, len(rows) // 2: BELOW, len(rows) - 1: ABOVE}  # points rise to the right
    for at, beside in named.items():
        if at < len(rows):
            row = rows[at]
            anchor = "start" if beside is BELOW else "end"
            yield Text(across[at], up.at(row.value or 0.0) + beside, short(row.told, MOST_LABEL), anchor)
