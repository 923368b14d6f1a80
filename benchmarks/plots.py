"""A plot as plain SVG: one line for each thing measured, one mark for each way, on a logarithmic scale."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

LEFT, RIGHT, TOP, LINE = 250, 40, 58, 20
WIDTH = 860
COLOURS = ("#1d70b8", "#d4351c", "#00703c", "#f47738", "#4c2c92")
SHAPES = ("circle", "square", "diamond", "circle", "square")


@dataclass(frozen=True, slots=True)
class Mark:
    """`ratio`: how many times as much; above 0."""

    name: str
    way: str
    ratio: float


def strip_plot(marks: Sequence[Mark], *, series: Mapping[str, str], title: str) -> str:
    """The picture. `series` says each way in words, in the order of its colours; the line of 1 is drawn."""
    names = list(dict.fromkeys(mark.name for mark in marks))
    ticks = _ticks([mark.ratio for mark in marks])
    height = TOP + LINE * len(names) + 56
    body = [
        *_grid(ticks, TOP + LINE * len(names)),
        *(_text(LEFT - 10, TOP + LINE * place + 14, name, "end") for place, name in enumerate(names)),
        *(_mark(mark, names, list(series), ticks) for mark in marks),
        *_key(series, height - 18),
    ]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img" '
        f'font-family="sans-serif" font-size="12">\n<title>{escape(title)}</title>\n'
        f'<rect width="{WIDTH}" height="{height}" fill="#fff"/>\n'
        f"{_text(12, 24, title, 'start', size=15)}\n" + "\n".join(body) + "\n</svg>\n"
    )


def _ticks(ratios: Sequence[float]) -> list[float]:
    """Powers of ten from the one below the least, and below 1, to the one above the most."""
    first = min(math.floor(math.log10(min([1.0, *ratios]))), 0)
    last = max(math.ceil(math.log10(max([1.0, *ratios]))), 1)
    return [10.0**power for power in range(first, last + 1)]


def _x(ratio: float, ticks: Sequence[float]) -> float:
    first, last = math.log10(ticks[0]), math.log10(ticks[-1])
    return LEFT + (WIDTH - LEFT - RIGHT) * (math.log10(ratio) - first) / (last - first)


def _grid(ticks: Sequence[float], bottom: int) -> Iterator[str]:
    for tick in ticks:
        x, one = _x(tick, ticks), tick == 1
        yield (
            f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{TOP - 6}" y2="{bottom}" '
            f'stroke="{"#0b0c0c" if one else "#b1b4b6"}"/>'
        )
        yield _text(x, bottom + 16, f"{tick:g}×", "middle")


def _mark(mark: Mark, names: Sequence[str], ways: Sequence[str], ticks: Sequence[float]) -> str:
    series = ways.index(mark.way)
    about = f"{mark.name}, {mark.way}: {mark.ratio:.2f}"
    return _sign(_x(mark.ratio, ticks), TOP + LINE * names.index(mark.name) + 10, series, about)


def _sign(x: float, y: float, series: int, about: str) -> str:
    """Told apart by shape as well as by colour."""
    fill, title = f'fill="{COLOURS[series]}"', f"<title>{escape(about)}</title>"
    match SHAPES[series]:
        case "circle":
            return f'<circle cx="{x:.1f}" cy="{y}" r="5" {fill}>{title}</circle>'
        case "square":
            return f'<rect x="{x - 4.5:.1f}" y="{y - 4.5}" width="9" height="9" {fill}>{title}</rect>'
        case _:
            return f'<path d="M{x:.1f} {y - 6.5}l6.5 6.5-6.5 6.5-6.5-6.5z" {fill}>{title}</path>'


def _key(series: Mapping[str, str], y: int) -> Iterator[str]:
    x = 20.0
    for place, said in enumerate(series.values()):
        yield _sign(x, y - 4, place, said)
        yield _text(x + 12, y, said, "start")
        x += 40 + 6.6 * len(said)


def _text(x: float, y: float, text: str, anchor: str, *, size: int = 12) -> str:
    return f'<text x="{x:.1f}" y="{y}" text-anchor="{anchor}" font-size="{size}" fill="#0b0c0c">{escape(text)}</text>'
