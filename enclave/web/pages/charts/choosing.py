"""Which chart a table has: of which column, and drawn how, unless somebody asks for another."""

from dataclasses import dataclass
from typing import Final

from enclave.actions.kept_answers import KeptTable
from enclave.web.pages.charts.bars import MOST_BARS, bars, can_group, grouped
from enclave.web.pages.charts.lines import can_draw_lines, lines
from enclave.web.pages.charts.points import points
from enclave.web.pages.charts.reading import Reading, measures_of, reading_of
from enclave.web.pages.charts.scene import Kind, Scene

GAPS: Final = "c: hidden to protect people, or nobody. z: not applicable. Both are gaps."


@dataclass(frozen=True, slots=True)
class Chart:
    """`measures` are the columns that can be drawn, `measure` is the place of the one that is; `kinds` likewise."""

    title: str
    description: str
    measures: tuple[tuple[int, str], ...]
    measure: int
    kinds: tuple[Kind, ...]
    kind: Kind
    scene: Scene


def chart_of(kept: KeptTable, *, title: str, measure: int | None, kind: str | None = None) -> Chart | None:
    """The chart of one column of numbers, the first unless another is asked for; None where there is none to draw."""
    measures = measures_of(kept)
    if not measures:
        return None
    place = measure if measure in dict(measures) else measures[0][0]
    reading = reading_of(kept, place)
    kinds = _kinds(reading)
    drawn = next((one for one in kinds if one == kind), kinds[0])
    scene = _scene(drawn, reading)
    return Chart(
        title=f"{title}: {reading.name}",
        description=f"{scene.words} {GAPS}",
        measures=measures,
        measure=place,
        kinds=kinds,
        kind=drawn,
        scene=scene,
    )


def _kinds(reading: Reading) -> tuple[Kind, ...]:
    """How it can be drawn, what suits it best first."""
    found = [Kind.LINES] if can_draw_lines(reading) else []
    found += [Kind.GROUPS] if can_group(reading) else []
    many = len(reading.drawn) > MOST_BARS
    return (*found, Kind.POINTS, Kind.BARS) if many else (*found, Kind.BARS, Kind.POINTS)


def _scene(kind: Kind, reading: Reading) -> Scene:
    match kind:
        case Kind.LINES:
            return lines(reading)
        case Kind.GROUPS:
            return grouped(reading)
        case Kind.POINTS:
            return points(reading)
        case Kind.BARS:
            return bars(reading)
