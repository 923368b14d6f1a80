"""Repair of large tables: each primary moves within a window of a few hundred cells, and the rest stands still.

It starts from a table that could be behind what is shown: the middle of those that the attacker found, so nothing that
is decided depends on what is hidden. What moves is hidden. A program of this size takes a thousandth of one over the
whole table. Limit: partners far away are not seen, so several times as many may go as a repair of the whole would hide.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import inf

import numpy as np

from enclave.disclosure.suppression.programs import NoAnswer, Program, Rows
from enclave.disclosure.suppression.system import Floats, Primary, System, is_high, is_low

MOVED = 1e-7
SIZES = ((3, 4), (6, 8))
"""Of each line of a primary: so many of the cheapest cells, and so many hidden ones; more where these are too few."""


@dataclass(slots=True)
class Windows:
    """Repairs a pattern. `table`: a value for each cell that could be behind what is shown."""

    system: System
    hidden: set[int]
    table: Floats
    _low: Floats = field(init=False)  # what was found possible of each cell so far
    _high: Floats = field(init=False)

    def __post_init__(self) -> None:
        """The table itself is possible."""
        self._low, self._high = self.table.copy(), self.table.copy()

    def protect_all(self, wanted: Sequence[Primary]) -> list[Primary]:
        """Hide what lets each of these be low and high; returns those whose windows were too small."""
        return [one for one in wanted if not any(self._protect(one, *size) for size in SIZES)]

    def _protect(self, one: Primary, cheap: int, hidden: int) -> bool:
        done = [self._is_seen(one, up=up) for up in (True, False)]
        if all(done):
            return True
        window = _Window(self.system, self.hidden, self.table, self._around(one, cheap, hidden))
        found = [
            window.moved(one, up=up) for up, is_done in zip((True, False), done, strict=True) if not is_done
        ]
        if None in found:
            return False
        self.hidden |= window.new
        for table in found:
            self._note(table or {})
        return True

    def _is_seen(self, one: Primary, *, up: bool) -> bool:
        return is_high(float(self._high[one.cell]), one) if up else is_low(float(self._low[one.cell]), one)

    def _note(self, found: Mapping[int, float]) -> None:
        for cell, value in found.items():
            self._low[cell], self._high[cell] = min(self._low[cell], value), max(self._high[cell], value)

    def _around(self, one: Primary, cheap: int, hidden: int) -> list[int]:
        """Some cells of each line of a primary, and those that tie these together."""
        lines, equations = self.system.lines, self.system.equations
        found = {one.cell}
        for line in lines[one.cell]:
            others = [cell for cell in equations[line].cells if cell != one.cell]
            found.update([cell for cell in others if cell in self.hidden][:hidden])
            shown = [cell for cell in others if cell not in self.hidden and self.system.costs[cell] < inf]
            found.update(sorted(shown, key=lambda cell: (self.system.costs[cell], cell))[:cheap])
        for away in range(2, max(len(lines[cell]) for cell in found) + 1):
            touched: dict[int, int] = {}
            for line in sorted({line for cell in found for line in lines[cell]}):
                for cell in equations[line].cells:
                    touched[cell] = touched.get(cell, 0) + 1
            found |= {cell for cell, times in touched.items() if times >= min(away, max(2, len(lines[cell])))}
        return sorted(found)


class _Window:
    """Columns: how far each hidden cell moves from the table, then how far up and how far down each shown one."""

    def __init__(self, system: System, hidden: set[int], table: Floats, cells: Sequence[int]) -> None:
        self.new: set[int] = set()
        self._system, self._table = system, table
        self._hidden = [cell for cell in cells if cell in hidden]
        self._shown = [cell for cell in cells if cell not in hidden and system.costs[cell] < inf]
        self._cells = [*self._hidden, *self._shown, *self._shown]
        here, costs = table[self._hidden], system.costs[self._shown]
        many = len(self._hidden) + len(self._shown)
        self._lower = np.concatenate([-here, np.zeros(2 * len(self._shown))])
        self._program = Program(
            np.concatenate([np.zeros(len(here)), costs, costs]),
            self._lower,
            np.concatenate([np.full(many, system.ceiling), table[self._shown]]),
            self._rows(),
        )

    def moved(self, one: Primary, *, up: bool) -> dict[int, float] | None:
        """The cheapest table in which the primary is where it has to be, by hidden cell; None if there is none."""
        place, here = self._hidden.index(one.cell), float(self._table[one.cell])
        low, high = (one.high - here, self._system.ceiling) if up else (-here, one.low - here)
        self._program.bounds([place], [low], [high])
        try:
            found = self._program.solved()
        except NoAnswer:
            return None
        self._program.bounds([place], [float(self._lower[place])], [self._system.ceiling])
        shown, first = len(self._shown), len(self._hidden)
        apart = np.flatnonzero(np.abs(found[first:]) > MOVED) % max(1, shown)
        new = sorted(set(apart.tolist()))
        self.new |= {self._shown[at] for at in new}
        self._program.costs(
            [*(first + at for at in new), *(first + shown + at for at in new)], [0.0] * (2 * len(new))
        )
        return {cell: float(self._table[cell] + found[at]) for at, cell in enumerate(self._hidden)}

    def _rows(self) -> Rows:
        """What moves makes up for itself on each line."""
        on: dict[int, list[tuple[int, float]]] = {}
        turn = len(self._hidden) + len(self._shown)
        for place, cell in enumerate(self._cells):
            for line in self._system.lines[cell]:
                sign = -1.0 if self._system.equations[line].total == cell else 1.0
                on.setdefault(line, []).append((place, sign if place < turn else -sign))
        starts, columns, values = [], list[int](), list[float]()
        for some in on.values():
            starts.append(len(columns))
            columns += [place for place, _ in some]
            values += [sign for _, sign in some]
        return Rows(starts, columns, values, [0.0] * len(on), [0.0] * len(on))
