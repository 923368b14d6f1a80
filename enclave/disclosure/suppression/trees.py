"""The cheapest pattern of a small table, gone through without a program where no hidden cells stand in a ring of lines.

Most parts of a large table are like that: a school's cells, in its own line and in one for each year group. Where lines
and hidden cells make a tree, the parts that meet in a cell or a line do not hang together otherwise. So what a cell can
be is handed from line to line until nothing moves, and those are the attacker's bounds.

Patterns are gone through from the cheapest on. Where a primary is too tight, every safe pattern hides another cell of
the lines that what is hidden beside it stands in: as long as none is, nothing there changes. So each pattern is
followed by those with one such cell more, and the first that is safe costs least.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from heapq import heappop, heappush
from itertools import permutations
from math import inf

from enclave.disclosure.suppression.system import Equation, Floats, Interval, Primary, System, reaches

MOST = 200
"""Patterns that are looked at."""
MOVED = 1e-9
"""A bound that would move by less stands."""
Cells = frozenset[int]
NONE: Cells = frozenset()
Row = tuple[Cells, float]
"""The hidden cells of a line, `~` of its total, and what the parts come to less the total."""


@dataclass(order=True, slots=True)
class _Way:
    """Patterns with all of `hidden` and none of `never`: none that is safe costs less than `least`."""

    least: float
    number: int
    cost: float = field(compare=False)
    hidden: Cells = field(compare=False)
    never: Cells = field(compare=False)


def cheapest(system: System, primaries: Sequence[Primary], keep: Cells) -> Cells | None:
    """The cheapest safe pattern; None where there is none, or it is not found like this.

    Insiders are not asked. `keep`: the primaries, and what else is hidden in any case.
    """
    search, waiting, made = _Search(system, primaries, keep), list[_Way](), 0
    way = search.way(made, 0.0, keep, NONE)
    for _ in range(MOST):
        if way is None:
            return None
        choices = search.lone(way)
        if not choices:
            bounds = bounds_on_trees(system, way.hidden)
            if bounds is None:
                return None
            tight = [one.cell for one in primaries if not reaches(bounds[one.cell], one)]
            if not tight:
                return way.hidden
            choices = search.beside(tight, way)
        never = way.never
        for cell in sorted(choices):
            made += 1
            new = search.way(made, way.cost + search.costs[cell], way.hidden | {cell}, never)
            never |= {cell}
            if new is not None:
                heappush(waiting, new)
        way = heappop(waiting) if waiting else None
    return None


class _Search:
    """What all ways have in common: the lines, of their cells those that may be hidden."""

    def __init__(self, system: System, primaries: Sequence[Primary], keep: Cells) -> None:
        self.costs: list[float] = system.costs.tolist()
        movable = keep | {cell for cell, cost in enumerate(self.costs) if cost < inf}
        self._lines = [movable.intersection(one.cells) for one in system.equations]
        self._idle = keep - {one.cell for one in primaries}  # nobody minds that these are known

    def way(self, number: int, cost: float, hidden: Cells, never: Cells) -> _Way | None:
        """The way on which these are hidden, and what has to be with them; None where it ends."""
        while True:
            choices = [line - hidden - never for line in self._lines if self._is_lone(line & hidden)]
            if not all(choices):
                return None
            forced = next((some for some in choices if len(some) == 1), None)
            if forced is None:
                least = max((self._least(some) for some in choices), default=0.0)
                return _Way(cost + least, number, cost, hidden, never)
            hidden, cost = hidden | forced, cost + self._least(forced)

    def lone(self, way: _Way) -> Cells:
        """What may go with a cell that is hidden alone in a line, which hides nothing; empty where none is."""
        lines = (line - way.hidden - way.never for line in self._lines if self._is_lone(line & way.hidden))
        return min(lines, key=_few, default=NONE)

    def beside(self, tight: Iterable[int], way: _Way) -> Cells:
        """One of these has to be hidden for a primary that is too tight: that which leaves the fewest choices."""
        return min((self._around(cell, way.hidden) - way.never for cell in tight), key=_few)

    def _around(self, cell: int, hidden: Cells) -> Cells:
        """What is shown of the lines that a cell stands in, and of those of hidden cells that it meets there."""
        seen, around, before = frozenset({cell}), NONE, NONE
        while seen != before:
            before = seen
            around = NONE.union(*(line for line in self._lines if not seen.isdisjoint(line)))
            seen |= around & hidden
        return around - hidden

    def _is_lone(self, there: Cells) -> bool:
        return len(there) == 1 and there.isdisjoint(self._idle)

    def _least(self, some: Cells) -> float:
        return min(self.costs[cell] for cell in some)


def _few(some: Cells) -> tuple[int, list[int]]:
    return len(some), sorted(some)


def bounds_on_trees(system: System, hidden: Cells) -> dict[int, Interval] | None:
    """What an attacker must hold possible of each hidden cell, exactly; None where they stand in a ring of lines."""
    rows = _apart([_row(one, system.values, hidden) for one in system.equations])
    if _have_ring(rows):
        return None
    low, high = dict.fromkeys(hidden, 0.0), dict.fromkeys(hidden, system.ceiling)
    for _ in rows:  # no path goes through more of them
        moved = [_hand_on(row, low, high) for row in rows]
        if not any(moved):
            break
    return {cell: Interval(low[cell], high[cell], exact=True) for cell in hidden}


def _row(one: Equation, values: Floats, hidden: Cells) -> Row:
    parts = hidden.intersection(one.parts)
    come_to = sum(float(values[cell]) for cell in parts)
    if one.total not in hidden:
        return parts, come_to
    return parts | {~one.total}, come_to - float(values[one.total])


def _apart(rows: Iterable[Row]) -> list[Row]:
    """The same, of rows that hold another one's cells without these."""
    left = [row for row in rows if row[0]]
    while True:
        inside = next(
            ((of, some) for some, of in permutations(range(len(left)), 2) if left[some][0] <= left[of][0]),
            None,
        )
        if inside is None:
            return left
        (all_, sum_), (some, less) = left[inside[0]], left[inside[1]]
        left[inside[0] : inside[0] + 1] = [(all_ - some, sum_ - less)] if all_ != some else []


def _have_ring(rows: Iterable[Row]) -> bool:
    """Whether two ways lead from a cell to another."""
    together: dict[int, set[int]] = {}
    for row, _ in rows:
        met: set[int] = set()
        for cell in (one if one >= 0 else ~one for one in row):
            some = together.get(cell, {cell})
            if not met.isdisjoint(some):
                return True
            met |= some
        together.update(dict.fromkeys(met, met))
    return False


def _hand_on(row: Row, low: dict[int, float], high: dict[int, float]) -> bool:
    """Each cell of a row is what the others leave to it; whether that says more of any."""
    signed, come_to = row
    least = sum(low[one] if one >= 0 else -high[~one] for one in signed)
    most = sum(high[one] if one >= 0 else -low[~one] for one in signed)
    moved = False
    for one in signed:
        cell = one if one >= 0 else ~one
        if one >= 0:
            down, up = come_to - (most - high[cell]), come_to - (least - low[cell])
        else:
            down, up = (least + high[cell]) - come_to, (most + low[cell]) - come_to
        if down > low[cell] + MOVED:
            low[cell], moved = down, True
        if up < high[cell] - MOVED:
            high[cell], moved = up, True
    return moved
