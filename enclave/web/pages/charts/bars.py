"""Bars: one for each row; or, for two dimensions, in groups of one with a bar for each value of the other."""

from collections.abc import Iterator, Sequence
from typing import Final

from enclave.web.pages.charts.reading import Reading, Row
from enclave.web.pages.charts.scene import Bar, Rule, Scale, Scene, Text, scale, short
from enclave.web.pages.grid import text_of

MOST_BARS: Final = 40
MOST_GROUPS, MOST_IN_GROUP = 20, 6
GUTTER, WIDTH, MARGIN = 250, 720, 90
ROW, BAR, TOP = 26, 18, 34
THIN, THIN_ROW, APART = 14, 17, 12
MOST_LABEL: Final = 34


def bars(reading: Reading) -> Scene:
    """A bar for each of the first rows. Rows that the table draws for its frame alone would be a page of `c`."""
    rows = reading.drawn[:MOST_BARS]
    along = _along(rows)
    height = TOP + ROW * len(rows) + 10
    marks = [_one(row, TOP + ROW * number, BAR, 0, along) for number, row in enumerate(rows)]
    labels = [
        Text(GUTTER - 10, TOP + ROW * at + 14, short(row.label, MOST_LABEL), "end")
        for at, row in enumerate(rows)
    ]
    shown = sum(row.value is not None for row in rows)
    left_out = len(reading.rows) - len(rows)
    others = f" {left_out:,} further rows are in the table alone." if left_out else ""
    return Scene(
        width=GUTTER + WIDTH + MARGIN,
        height=height,
        words=f"Bars of {reading.name} for {shown:,} of {len(rows):,} rows.{others}",
        rules=tuple(_grid(along, height)),
        bars=tuple(bar for bar, _ in marks if bar is not None),
        texts=(*_scale_texts(along), *labels, *(text for _, text in marks)),
    )


def can_group(reading: Reading) -> bool:
    """Whether there are two dimensions of which one has few values."""
    if len(reading.dimensions) != 2:
        return False
    few = min(len({row.about[place] for row in reading.drawn}) for place in (0, 1))
    return 2 <= few <= MOST_IN_GROUP


def grouped(reading: Reading) -> Scene:
    """Groups of the dimension with more values, in each a bar for every value of the other, or a gap."""
    sizes = [len({row.about[place] for row in reading.drawn}) for place in (0, 1)]
    outer, inner = (0, 1) if sizes[0] >= sizes[1] else (1, 0)
    there = {(row.about[outer], row.about[inner]): row for row in reading.rows}
    series = list(dict.fromkeys(row.about[inner] for row in reading.drawn))
    every = list(dict.fromkeys(row.about[outer] for row in reading.drawn))
    groups = every[:MOST_GROUPS]
    wanted = [(group, one) for group in groups for one in series]
    along = _along([there[pair] for pair in wanted if pair in there])
    top = TOP + 20 * len(series)
    tall = THIN_ROW * len(series) + APART
    height = top + tall * len(groups) + 10
    found: list[tuple[Bar | None, Text]] = []
    labels: list[Text] = list(_legend(series, reading.dimensions[inner]))
    for number, group in enumerate(groups):
        y = top + tall * number
        labels.append(Text(GUTTER - 10, y + THIN_ROW * len(series) / 2 + 4, short(group, MOST_LABEL), "end"))
        found += [
            _one(there[group, one], y + THIN_ROW * at, THIN, at, along)
            for at, one in enumerate(series)
            if (group, one) in there
        ]
    left_out = (
        f" {len(every) - len(groups):,} further groups are in the table alone."
        if len(every) > len(groups)
        else ""
    )
    return Scene(
        width=GUTTER + WIDTH + MARGIN,
        height=height,
        words=f"Bars of {reading.name} by {reading.dimensions[outer]} and {reading.dimensions[inner]}.{left_out}",
        rules=tuple(_grid(along, height, top=top - 10)),
        bars=(*_keys(series), *(bar for bar, _ in found if bar is not None)),
        texts=(*_scale_texts(along, top=top - 18), *labels, *(text for _, text in found)),
    )


def _along(rows: Sequence[Row]) -> Scale:
    values = [row.value for row in rows if row.value is not None]
    return scale(values, start=GUTTER, length=WIDTH, from_zero=True)


def _one(row: Row, y: float, height: float, series: int, along: Scale) -> tuple[Bar | None, Text]:
    """The bar of a row with its number, or the symbol where the bar would start."""
    zero = along.zero
    if row.value is None:
        return None, Text(zero + 6, y + height - 4, row.text)
    end = along.at(row.value)
    bar = Bar(min(zero, end), y, round(abs(end - zero), 1), height, row.told, series)
    return bar, Text(bar.x + bar.width + 6, y + height - 4, row.text)


def _grid(along: Scale, height: float, *, top: float = 24) -> Iterator[Rule]:
    for value in along.ticks:
        yield Rule(along.at(value), top, along.at(value), height - 6)
    yield Rule(along.zero, top, along.zero, height - 6, axis=True)


def _scale_texts(along: Scale, *, top: float = 16) -> Iterator[Text]:
    for value in along.ticks:
        yield Text(along.at(value), top, text_of(value, grouped=True), "middle")


def _keys(series: Sequence[str]) -> Iterator[Bar]:
    for at, one in enumerate(series):
        yield Bar(GUTTER, 8 + 20 * at, 26, THIN, one, at)


def _legend(series: Sequence[str], name: str) -> Iterator[Text]:
    for at, one in enumerate(series):
        yield Text(GUTTER + 34, 20 + 20 * at, f"{name}: {short(one, 2 * MOST_LABEL)}")
