"""Controlled rounding: parts that add up to their total still do when all are rounded.

Each count goes to one of the two multiples around it, and a multiple stays as it is (zero-restricted). Among the tables
that add up, the one nearest to the true counts is taken, by the sum of squared changes. Where there is none, since a
three-way table may have none or numbers shown before leave none, the fewest lines are given up.

The one thing to know before changing this: a count depends on its table here. Numbers that were shown before are
`pinned`, so that whoever sees both sees one number. Whoever saw both multiples, in two scopes, would know that the
count lies between them: as much as the nearest multiple tells by itself.

Source:
    Cox, A constructive procedure for unbiased controlled rounding (JASA, 1987); Hundepool and others, Handbook on
    Statistical Disclosure Control (ESSnet, 2010), section 5.4.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import highspy
import numpy as np

from enclave.disclosure.perturbation.rounding import to_multiple

MOST_NODES: Final = 2_000
MOST_STEPS: Final = 200_000
"""Of the search and of its linear programs: a budget of work and not of time, so that an answer can be made again."""
_GIVEN_UP: Final = 10_000.0


@dataclass(frozen=True, slots=True)
class Line:
    """Places of parts, and of their total."""

    total: int
    parts: tuple[int, ...]


def controlled(
    counts: Sequence[int], lines: Sequence[Line], base: int, *, pinned: Mapping[int, int] | None = None
) -> list[int]:
    """The counts as multiples that add up along as many lines as can be. A place in no line is rounded by itself.

    Args:
        pinned: places that were shown before, with their multiples: they stay.
    """
    found = [to_multiple(count, base) for count in counts]
    for place, value in (pinned or {}).items():
        found[place] = value
    for group in _together(lines):
        for place, value in _rounded(counts, group, base, pinned or {}).items():
            found[place] = value
    return found


def broken(values: Sequence[int], lines: Sequence[Line]) -> list[Line]:
    """The lines whose parts do not add up to their total."""
    return [line for line in lines if sum(values[part] for part in line.parts) != values[line.total]]


def _together(lines: Sequence[Line]) -> Iterator[list[Line]]:
    """Lines that share places, directly or by others."""
    leader: dict[int, int] = {}

    def first(place: int) -> int:
        while leader.setdefault(place, place) != place:
            leader[place] = leader[leader[place]]
            place = leader[place]
        return place

    for line in lines:
        for part in line.parts:
            leader[first(part)] = first(line.total)
    groups: dict[int, list[Line]] = {}
    for line in lines:
        groups.setdefault(first(line.total), []).append(line)
    yield from groups.values()


def _rounded(
    counts: Sequence[int], lines: Sequence[Line], base: int, pinned: Mapping[int, int]
) -> dict[int, int]:
    """The places of these lines. Columns: whether each goes up; then, for each line, how far it is out either way."""
    places = sorted({place for line in lines for place in (line.total, *line.parts)})
    column = {place: at for at, place in enumerate(places)}
    floors = {place: pinned.get(place, base * (counts[place] // base)) for place in places}
    free = [counts[place] % base > 0 and place not in pinned for place in places]
    costs = [base - 2 * (counts[place] % base) for place in places]
    rows, sides = [], []
    for at, line in enumerate(lines):
        out = len(places) + 2 * at
        parts = {column[part]: 1.0 for part in line.parts}
        rows.append({**parts, column[line.total]: -1.0, out: 1.0, out + 1: -1.0})
        sides.append((floors[line.total] - sum(floors[part] for part in line.parts)) // base)
    ups = _solved([*costs, *[_GIVEN_UP] * (2 * len(lines))], free, rows, sides)
    if ups is None:
        return {}
    return {place: floors[place] + base * ups[at] for at, place in enumerate(places)}


class _Quiet(highspy.Highs):
    """Without callbacks, which greet on standard output."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]

    def enableCallbacks(self) -> None:  # noqa: N802
        pass


def _solved(
    costs: Sequence[float], free: Sequence[bool], rows: Sequence[Mapping[int, float]], sides: Sequence[int]
) -> list[int] | None:
    """The first columns, 0 or 1, of a solution that costs least; None where none was found within the budget."""
    highs = _Quiet()
    for name, value in (
        ("output_flag", False),
        ("threads", 1),
        ("parallel", "off"),
        ("random_seed", 1),
        ("mip_max_nodes", MOST_NODES),
        ("simplex_iteration_limit", MOST_STEPS),
        ("mip_rel_gap", 0.0),
    ):
        highs.setOptionValue(name, value)
    highs.passModel(_model(costs, free, rows, sides))
    highs.run()
    if highs.getInfo().primal_solution_status != highspy.SolutionStatus.kSolutionStatusFeasible:
        return None
    return [round(value) for value in highs.getSolution().col_value[: len(free)]]


def _model(
    costs: Sequence[float], free: Sequence[bool], rows: Sequence[Mapping[int, float]], sides: Sequence[int]
) -> highspy.HighsLp:
    model = highspy.HighsLp()
    model.num_col_, model.num_row_ = len(costs), len(rows)
    outs = len(costs) - len(free)
    model.col_cost_ = np.array(costs, dtype=np.float64)
    model.col_lower_ = np.zeros(len(costs))
    model.col_upper_ = np.array([*map(float, free), *[np.inf] * outs], dtype=np.float64)
    model.row_lower_ = model.row_upper_ = np.array(sides, dtype=np.float64)
    model.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    model.a_matrix_.start_ = np.cumsum([0, *map(len, rows)], dtype=np.int32)
    model.a_matrix_.index_ = np.array([place for row in rows for place in row], dtype=np.int32)
    model.a_matrix_.value_ = np.array([value for row in rows for value in row.values()], dtype=np.float64)
    model.integrality_ = [highspy.HighsVarType.kInteger] * len(costs)
    return model
