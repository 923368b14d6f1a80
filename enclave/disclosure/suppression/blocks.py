"""Parts of a large table that hardly tell of one another: a school's cells, say, in a table of all schools.

What ties such parts together are lines with a great many primaries in them, which tell little of each. Without those
lines the table falls apart into small tables, and each is covered by itself, as well as can be. The attacker of the
whole table has the last word: what such a line tells after all is mended there. Without some lines an attacker knows
less, so no pattern of the whole costs less than the parts together at least do.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from enclave.disclosure.suppression.system import Equation, Primary, System

WIDE = 20
"""Primaries of a line that ties parts together."""
LARGEST = 4
"""No part has more than this share of the table, one in so many cells: else nothing is gained."""


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """A small table. `cells` are the places in the large one of its first cells; what else it has must stay shown."""

    cells: tuple[int, ...]
    system: System
    primaries: tuple[Primary, ...]

    @property
    def keep(self) -> frozenset[int]:
        """What is hidden in any case."""
        free = np.flatnonzero(self.system.costs == 0).tolist()
        return frozenset([*(one.cell for one in self.primaries), *free])


def blocks(system: System, primaries: Sequence[Primary], keep: frozenset[int]) -> list[Block]:
    """The parts that have a primary, by their first cells; none where the table does not fall apart."""
    movable = np.isfinite(system.costs)
    movable[sorted(keep)] = True
    wanted = {one.cell: one for one in primaries}
    narrow = [one for one in system.equations if sum(cell in wanted for cell in one.cells) < WIDE]
    parts = _parts(movable.tolist(), narrow)
    if len(narrow) == len(system.equations) or max(map(len, parts)) * LARGEST > len(system):
        return []
    lines: dict[int, list[Equation]] = {}
    first = {cell: some[0] for some in parts for cell in some}
    for one in narrow:
        there = next((cell for cell in one.cells if movable[cell]), None)
        if there is not None:
            lines.setdefault(first[there], []).append(one)
    return [
        _block(system, some, lines.get(some[0], ()), [wanted[cell] for cell in some if cell in wanted])
        for some in parts
        if any(cell in wanted for cell in some)
    ]


def _parts(movable: Sequence[bool], lines: Sequence[Equation]) -> list[list[int]]:
    """The movable cells, those that lines tie together in one list, each rising."""
    above = list(range(len(movable)))

    def top(cell: int) -> int:
        while above[cell] != cell:
            above[cell] = above[above[cell]]
            cell = above[cell]
        return cell

    for one in lines:
        some = [top(cell) for cell in one.cells if movable[cell]]
        for cell in some:
            above[max(top(cell), top(some[0]))] = min(top(cell), top(some[0]))
    found: dict[int, list[int]] = {}
    for cell, moves in enumerate(movable):
        if moves:
            found.setdefault(top(cell), []).append(cell)
    return list(found.values())


def _block(
    system: System, cells: Sequence[int], lines: Sequence[Equation], wanted: Sequence[Primary]
) -> Block:
    """A table of its own: of each line what is shown is one cell, which must stay so."""
    place = {cell: at for at, cell in enumerate(cells)}
    values, costs = system.values[list(cells)].tolist(), system.costs[list(cells)].tolist()
    equations = []
    for total, parts, shown in _shown(system, lines, place):
        values.append(shown)
        costs.append(np.inf)
        at = len(values) - 1
        equations.append(Equation(at, parts) if total is None else Equation(total, (*parts, at)))
    primaries = tuple(Primary(place[one.cell], one.low, one.high, one.alone) for one in wanted)
    return Block(tuple(cells), System(np.array(values), np.array(costs), tuple(equations)), primaries)


def _shown(
    system: System, lines: Sequence[Equation], place: dict[int, int]
) -> Iterator[tuple[int | None, tuple[int, ...], float]]:
    """Of each line the total if it may be hidden, the parts that may, and what is shown of it."""
    for one in lines:
        parts = tuple(place[cell] for cell in one.parts if cell in place)
        hidden = float(sum(system.values[cell] for cell in one.parts if cell in place))
        if one.total in place:
            yield place[one.total], parts, float(system.values[one.total]) - hidden
        else:
            yield None, parts, hidden
