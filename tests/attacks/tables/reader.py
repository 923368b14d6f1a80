"""A reader who attacks a published table: arithmetic in exact fractions, and linear programs.

It knows the equations, what is shown, and that nothing is negative; of the product it uses nothing. Equations are
(total, parts) by the names of cells.
"""

from collections.abc import Mapping, Sequence
from fractions import Fraction

import numpy as np
from scipy.optimize import linprog  # type: ignore[import-untyped]

Lines = Sequence[tuple[int, Sequence[int]]]
Shown = Mapping[int, float]
Level = tuple[float, float]
"""What a cell may be at least, and at most."""


def solved(lines: Lines, shown: Shown, hidden: Sequence[int]) -> dict[int, Fraction]:
    """The hidden cells whose values follow from what is shown, by Gauss and Jordan in fractions."""
    place = {cell: at for at, cell in enumerate(hidden)}
    rows = [row for total, parts in lines if any((row := _row(total, parts, shown, place))[:-1])]
    reduced = _reduced(rows, len(hidden))
    found = {}
    for row in reduced:
        there = [at for at, times in enumerate(row[:-1]) if times]
        if len(there) == 1:
            found[hidden[there[0]]] = row[-1] / row[there[0]]
    return found


def _row(total: int, parts: Sequence[int], shown: Shown, place: Mapping[int, int]) -> list[Fraction]:
    row = [Fraction(0)] * (len(place) + 1)
    for cell, sign in ((total, -1), *((part, 1) for part in parts)):
        if cell in place:
            row[place[cell]] += sign
        else:
            row[-1] -= sign * Fraction(shown[cell])
    return row


def _reduced(rows: list[list[Fraction]], columns: int) -> list[list[Fraction]]:
    """Reduced echelon form."""
    done = 0
    for column in range(columns):
        pivot = next((at for at in range(done, len(rows)) if rows[at][column]), None)
        if pivot is None:
            continue
        rows[done], rows[pivot] = rows[pivot], rows[done]
        factor = rows[done][column]
        rows[done] = [value / factor if value else value for value in rows[done]]
        for at, row in enumerate(rows):
            if at != done and row[column]:
                times = row[column]
                rows[at] = [
                    one - times * other if other else one for one, other in zip(row, rows[done], strict=True)
                ]
        done += 1
    return rows[:done]


def bounds(
    lines: Lines, shown: Shown, hidden: Sequence[int], levels: Mapping[int, Level]
) -> dict[int, tuple[float, float]]:
    """The least and the most that each of these hidden cells can be, unless it can be as low and as high as it may.

    `levels`: cells with what they may be. Whatever solves one program is a table that could be there, and says of the
    other cells what they can be.
    """
    place = {one: at for at, one in enumerate(hidden)}
    rows = [[float(value) for value in _row(total, parts, shown, place)] for total, parts in lines]
    rows = [row for row in rows if any(row[:-1])]
    if not rows:
        return {cell: (0.0, float("inf")) for cell in levels}
    matrix, right = np.array([row[:-1] for row in rows]), np.array([row[-1] for row in rows])
    least, most = np.full(len(hidden), np.inf), np.full(len(hidden), -np.inf)
    for cell, (low, high) in ((place[one], level) for one, level in levels.items()):
        for sign in (1.0, -1.0):
            if least[cell] <= low if sign > 0 else most[cell] >= high:
                continue
            wanted = np.zeros(len(hidden))
            wanted[cell] = sign
            answer = linprog(wanted, A_eq=matrix, b_eq=right, bounds=(0, None), method="highs")
            if answer.status:
                most[cell] = np.inf  # without an end
                continue
            least, most = np.minimum(least, answer.x), np.maximum(most, answer.x)
    return {cell: (float(least[place[cell]]), float(most[place[cell]])) for cell in levels}
