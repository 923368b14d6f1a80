"""Lines over years, one for each combination of the other dimensions. A line breaks at a gap."""

from collections.abc import Iterator, Sequence
from typing import Final

from enclave.web.pages.charts.reading import Reading, Row
from enclave.web.pages.charts.scene import Dot, Line, Rule, Scale, Scene, Text, scale, short
from enclave.web.pages.grid import text_of

MOST_LINES: Final = 6
LEFT, WIDTH, RIGHT = 90, 700, 270
TOP, HEIGHT, BOTTOM = 24, 340, 46
MOST_LABEL: Final = 34
APART: Final = 18
MOST_TIMES: Final = 12


def can_draw_lines(reading: Reading) -> bool:
    return len(reading.times) == 1


def lines(reading: Reading) -> Scene:
    """A line for each of the first combinations with a number; it has a point for each, and no bridge over a gap."""
    place = reading.times[0]
    times = sorted({row.about[place] for row in reading.drawn})
    by_series: dict[str, dict[str, Row]] = {}
    for row in reading.drawn:
        by_series.setdefault(_others(row, place), {})[row.about[place]] = row
    every = {
        name: rows for name, rows in by_series.items() if any(row.value is not None for row in rows.values())
    }
    shown = dict(list(every.items())[:MOST_LINES])
    values = [row.value for rows in shown.values() for row in rows.values() if row.value is not None]
    up = scale(values, start=TOP + HEIGHT, length=-HEIGHT, from_zero=True)
    across = {time: round(LEFT + WIDTH * (at + 0.5) / len(times), 1) for at, time in enumerate(times)}
    runs = [(at, run) for at, rows in enumerate(shown.values()) for run in _runs(rows, times)]
    left_out = (
        f" {len(every) - len(shown):,} further lines are in the table alone."
        if len(every) > len(shown)
        else ""
    )
    return Scene(
        width=LEFT + WIDTH + RIGHT,
        height=TOP + HEIGHT + BOTTOM,
        words=f"Lines of {reading.name} by {reading.dimensions[place]}, broken where no number is shown.{left_out}",
        rules=tuple(_grid(up)),
        lines=tuple(Line(_path(run, place, across, up), at) for at, run in runs if len(run) > 1),
        dots=tuple(_dot(row, place, across, up, at) for at, run in runs for row in run),
        texts=(*_scale_texts(up), *_time_texts(across), *_ends(shown, place, across, up)),
    )


def _others(row: Row, place: int) -> str:
    return " · ".join(word for at, word in enumerate(row.about) if at != place) or "All"


def _runs(rows: dict[str, Row], times: Sequence[str]) -> Iterator[list[Row]]:
    """Rows of one line with a number, as far as they follow one another."""
    run: list[Row] = []
    for time in times:
        row = rows.get(time)
        if row is not None and row.value is not None:
            run.append(row)
        elif run:
            yield run
            run = []
    if run:
        yield run


def _path(run: Sequence[Row], place: int, across: dict[str, float], up: Scale) -> str:
    return " ".join(f"{across[row.about[place]]},{up.at(row.value or 0.0)}" for row in run)


def _dot(row: Row, place: int, across: dict[str, float], up: Scale, series: int) -> Dot:
    return Dot(across[row.about[place]], up.at(row.value or 0.0), row.told, series)


def _grid(up: Scale) -> Iterator[Rule]:
    for value in up.ticks:
        yield Rule(LEFT, up.at(value), LEFT + WIDTH, up.at(value))
    yield Rule(LEFT, up.zero, LEFT + WIDTH, up.zero, axis=True)


def _scale_texts(up: Scale) -> Iterator[Text]:
    for value in up.ticks:
        yield Text(LEFT - 10, up.at(value) + 4, text_of(value, grouped=True), "end")


def _time_texts(across: dict[str, float]) -> Iterator[Text]:
    step = -(-len(across) // MOST_TIMES)
    for time in list(across)[::step]:
        yield Text(across[time], TOP + HEIGHT + 22, time, "middle")


def _ends(
    shown: dict[str, dict[str, Row]], place: int, across: dict[str, float], up: Scale
) -> Iterator[Text]:
    """The name of each line beside its last point, moved apart where two would touch."""
    if list(shown) == ["All"]:
        return
    last = {
        name: max((row for row in rows.values() if row.value is not None), key=lambda row: row.about[place])
        for name, rows in shown.items()
    }
    lowest = float(-APART)
    for name in sorted(last, key=lambda one: up.at(last[one].value or 0.0)):
        lowest = max(lowest + APART, up.at(last[name].value or 0.0) + 4)
        number = list(shown).index(name) + 1
        yield Text(LEFT + WIDTH + 8, lowest, f"{number} {short(name, MOST_LABEL)}")
        yield Text(across[last[name].about[place]] + 9, up.at(last[name].value or 0.0) - 6, str(number))
