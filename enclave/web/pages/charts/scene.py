"""What a chart is drawn from: rules, bars, lines, points and texts, with the place of each."""

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

TICKS: Final = 5
LEAST: Final = 1e-300
MOST: Final = 1e300
"""What is nearer to nothing, or further from it, has its place at the end: there are no round numbers there."""


class Kind(StrEnum):
    """How a table can be drawn."""

    BARS = "bars"
    GROUPS = "grouped bars"
    LINES = "lines"
    POINTS = "points"


@dataclass(frozen=True, slots=True)
class Rule:
    """A line of the grid, or an axis."""

    x1: float
    y1: float
    x2: float
    y2: float
    axis: bool = False


@dataclass(frozen=True, slots=True)
class Bar:
    """`about` says what it is and how much. `series` tells it from its neighbours, from 0."""

    x: float
    y: float
    width: float
    height: float
    about: str
    series: int = 0


@dataclass(frozen=True, slots=True)
class Line:
    """A run of points without a gap: `points` as SVG has them."""

    points: str
    series: int


@dataclass(frozen=True, slots=True)
class Dot:
    x: float
    y: float
    about: str
    series: int = 0


@dataclass(frozen=True, slots=True)
class Text:
    """`anchor`: which end of the text stands at x."""

    x: float
    y: float
    text: str
    anchor: str = "start"


@dataclass(frozen=True, slots=True)
class Scene:
    """One picture. `words` say how it is drawn and what is left out."""

    width: float
    height: float
    words: str
    rules: tuple[Rule, ...] = ()
    bars: tuple[Bar, ...] = ()
    lines: tuple[Line, ...] = ()
    dots: tuple[Dot, ...] = ()
    texts: tuple[Text, ...] = ()


@dataclass(frozen=True, slots=True)
class Scale:
    """Values to places along an axis: from `start` on, `length` long (negative: upwards)."""

    ticks: tuple[float, ...]
    start: float
    length: float

    def at(self, value: float) -> float:
        low, high = self.ticks[0], self.ticks[-1]
        share = (min(max(value, low), high) - low) / (high - low)
        return round(self.start + self.length * share, 1)

    @property
    def zero(self) -> float:
        return self.at(min(max(0.0, self.ticks[0]), self.ticks[-1]))


def scale(values: list[float], *, start: float, length: float, from_zero: bool) -> Scale:
    """A scale with round numbers at its ends."""
    values = [min(max(value, -MOST), MOST) for value in values] or [0.0]
    low, high = (min([0.0, *values]), max([0.0, *values])) if from_zero else (min(values), max(values))
    return Scale(tuple(_ticks(low, high)), start, length)


def _ticks(low: float, high: float) -> list[float]:
    """Round numbers from at or below `low` to at or above `high`."""
    span = high - low if high - low >= LEAST else max(abs(high), 1.0)
    power = 10.0 ** math.floor(math.log10(span / TICKS))
    step = next(step for step in (power, 2 * power, 5 * power, 10 * power) if span / step <= TICKS)
    first, last = math.floor(low / step), max(math.ceil(high / step), math.floor(low / step) + 1)
    return [float(f"{step * number:.12g}") for number in range(first, last + 1)]


def short(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"
