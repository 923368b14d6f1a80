"""What to hide besides so that one primary may be as low, and as high, as it has to: the cheapest way to move it.

A linear program moves the primary to where it has to reach and lets every other cell give way, each at its price for
every unit; hidden cells move for nothing. What moves is hidden. So each repair is cheap by itself and all of them
together may hide too much: `trimmed` takes back what is not needed.

Source:
    J. P. Kelly, B. L. Golden, A. A. Assad, Cell suppression: disclosure protection for sensitive tabular data, Networks
    22 (1992); M. Fischetti, J. J. Salazar-González, Solving the cell suppression problem on tabular data with linear
    constraints, Management Science 47 (2001), section 5.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from heapq import nsmallest
from math import inf

import numpy as np

from enclave.disclosure.suppression.attack import Attacker
from enclave.disclosure.suppression.insiders import Insider
from enclave.disclosure.suppression.programs import NoAnswer, Program, Rows
from enclave.disclosure.suppression.system import Floats, Primary, System, cost_of, is_high, is_low

MOVED = 1e-7


@dataclass(slots=True)
class Repairer:
    """One program for a table. A cell that is shown moves up or down from its value, a hidden one from 0.

    `choices`: of each line only so many of the cheapest cells may move, besides the hidden ones; 0 is all. Far fewer
    columns, and next to nothing lost: but that nothing protects a primary is known only with all. `among`: only these
    may move, and no choice is made.
    """

    system: System
    hidden: set[int]
    choices: int = 0
    among: frozenset[int] | None = None
    programs: int = 0
    _cells: list[int] = field(init=False)  # those that may move
    _place: dict[int, int] = field(init=False)
    _asked: Program | None = field(init=False, default=None)
    _base: Floats = field(init=False)
    _low: Floats = field(init=False)  # what was found possible of each of them so far
    _high: Floats = field(init=False)

    def __post_init__(self) -> None:
        """Columns: how far up each cell moves, then how far down."""
        base = self.system.values.copy()
        base[sorted(self.hidden)] = 0.0  # of a hidden cell only what the equations say of it is used
        may = _choices(self.system, self.hidden, self.choices) if self.among is None else self.among
        self._cells = sorted(self.hidden | may)
        self._place = {cell: place for place, cell in enumerate(self._cells)}
        self._base, count = base[self._cells], len(self._cells)
        self._low, self._high = np.full(count, inf), np.full(count, -inf)

    @property
    def _program(self) -> Program:
        if self._asked is None:
            self._asked = self._made()
        return self._asked

    def _made(self) -> Program:
        count = len(self._cells)
        upper = np.concatenate([np.full(count, self.system.ceiling), self._base])
        costs = self.system.costs[self._cells]
        free = np.isinf(costs)
        upper[np.concatenate([free, free])] = 0.0
        costs[free | np.array([cell in self.hidden for cell in self._cells])] = 0.0
        base = self.system.values.copy()
        base[self._cells] = self._base
        program = Program(np.concatenate([costs, costs]), np.zeros(2 * count), upper, self._equations(base))
        program.option("dual_simplex_cost_perturbation_multiplier", 0.0)  # half the iterations
        return program

    def protect_all(self, wanted: Sequence[Primary], *, together: int = 1) -> list[Primary]:
        """Hide what lets each of these be low and high; returns those that nothing protects.

        Each solution is a table that could be there, so it speaks for every primary that it moves: of those none is
        asked about again. `together` so many move at once: far fewer programs, and somewhat more that is hidden.
        """
        unsafe: dict[int, Primary] = {}
        for up in (True, False):
            waiting = [one for one in wanted if one.cell not in unsafe]
            while waiting := [one for one in waiting if not self._is_seen(one, up=up)]:
                some, waiting = waiting[:together], waiting[together:]
                if not self._move(some, up=up):
                    unsafe |= {one.cell: one for one in some if not self._move([one], up=up)}
        return list(unsafe.values())

    def protect(self, one: Primary, *, known: Iterable[int] = ()) -> bool:
        """Hide what lets this primary be low and high, for an attacker who knows these cells; False if nothing does."""
        known = [cell for cell in known if cell in self.hidden or self.system.costs[cell] < inf]
        self._hold(known)
        done = self._move([one], up=True) and self._move([one], up=False)
        self._let_go(known)
        return done

    def _is_seen(self, one: Primary, *, up: bool) -> bool:
        place = self._place[one.cell]
        return is_high(float(self._high[place]), one) if up else is_low(float(self._low[place]), one)

    def _move(self, some: Sequence[Primary], *, up: bool) -> bool:
        count, places = len(self._cells), [self._place[one.cell] for one in some]
        self._program.bounds(
            places,
            [one.high if up else 0.0 for one in some],
            [self.system.ceiling if up else one.low for one in some],
        )
        self.programs += 1
        try:
            found = self._program.solved()
        except NoAnswer:
            return False
        finally:
            self._program.bounds(places, [0.0] * len(places), [self.system.ceiling] * len(places))
        moved = np.flatnonzero((found[:count] > MOVED) | (found[count:] > MOVED)).tolist()
        new = [place for place in moved if self._cells[place] not in self.hidden]
        self.hidden.update(self._cells[place] for place in new)
        if new:
            self._program.costs([*new, *(count + place for place in new)], [0.0] * (2 * len(new)))
        table = self._base + found[:count] - found[count:]
        np.minimum(self._low, table, out=self._low)
        np.maximum(self._high, table, out=self._high)
        return True

    def _hold(self, known: Sequence[int]) -> None:
        count, places = len(self._cells), [self._place[cell] for cell in known]
        apart = [float(self.system.values[self._cells[place]] - self._base[place]) for place in places]
        self._program.bounds(places, apart, apart)
        self._program.bounds([count + place for place in places], [0.0] * len(known), [0.0] * len(known))

    def _let_go(self, known: Sequence[int]) -> None:
        count, places = len(self._cells), [self._place[cell] for cell in known]
        self._program.bounds(places, [0.0] * len(known), [self.system.ceiling] * len(known))
        self._program.bounds(
            [count + place for place in places],
            [0.0] * len(known),
            [float(self._base[place]) for place in places],
        )

    def _equations(self, base: Floats) -> Rows:
        """Of each line with a cell that may move: its cells up, less its cells down, and what the others leave."""
        flat, place = self.system.flat, np.full(len(self.system), -1)
        place[self._cells] = np.arange(len(self._cells))
        moves = place[flat.cells] >= 0
        sizes = 2 * np.bincount(flat.line[moves], minlength=flat.count)
        up, signs = place[flat.cells[moves]], flat.signs[moves]
        columns = np.stack((up, up + len(self._cells)), axis=1).ravel()
        values = np.stack((signs, -signs), axis=1).ravel()
        touched = sizes > 0
        starts = (np.cumsum(sizes) - sizes)[touched]
        rest = -flat.sums(base, np.ones(len(flat.cells), dtype=np.bool_))[touched]
        return Rows(starts, columns, values, rest, rest)


def _choices(system: System, hidden: set[int], count: int) -> set[int]:
    """Of each line so many of the cheapest cells that are not hidden; all cells where none are asked for."""
    if not count:
        return set(range(len(system)))
    found: set[int] = set()
    for one in system.equations:
        shown = ((float(system.costs[cell]), cell) for cell in one.cells if cell not in hidden)
        found.update(cell for _, cell in nsmallest(count, shown))
    return found


def rechosen(
    system: System,
    primaries: Sequence[Primary],
    hidden: frozenset[int],
    keep: frozenset[int],
    *,
    together: int,
) -> frozenset[int]:
    """The same with partners chosen anew, over the whole table and among these alone: those that nobody needs go.

    So many primaries move at once. A pattern of everybody's: who knows more is not looked at.
    """
    repairer = Repairer(system, set(keep), among=hidden)
    return hidden if repairer.protect_all(primaries, together=together) else frozenset(repairer.hidden)


def trimmed(
    system: System,
    primaries: Sequence[Primary],
    hidden: frozenset[int],
    keep: frozenset[int],
    *,
    audits: int,
    insiders: Sequence[Insider] = (),
) -> frozenset[int]:
    """The same without partners that are not needed, the dearest tried first, in so many programs at most.

    `keep` are hidden in any case.
    """
    return _trimmed(_Trimmer(system, primaries, hidden, insiders), system.costs, keep, audits)


def trimmed_below(
    system: System,
    primaries: Sequence[Primary],
    hidden: frozenset[int],
    keep: frozenset[int],
    *,
    below: float,
    order: Floats,
    audits: int,
    insiders: Sequence[Insider] = (),
) -> frozenset[int] | None:
    """The same of a pattern that may not be safe; None where it is not, or where it costs no less than `below` so.

    `order`: what each cell costs for the order they are tried in.
    """
    trimmer = _Trimmer(system, primaries, hidden, insiders)
    if not trimmer.is_safe:
        return None
    found = _trimmed(trimmer, order, keep, audits, below=below)
    return found if cost_of(system, tuple(found - keep)) < below else None


def _trimmed(
    trimmer: "_Trimmer", order: Floats, keep: frozenset[int], audits: int, *, below: float = inf
) -> frozenset[int]:
    """Ends as soon as what is needed costs so much."""
    needed = 0.0
    for cell in sorted(trimmer.hidden - keep, key=lambda cell: (-order[cell], cell)):
        if trimmer.programs >= audits or needed >= below:
            break
        if not trimmer.try_to_show(cell):
            needed += float(trimmer.system.costs[cell])
    return trimmer.hidden


class _Trimmer:
    """Keeps a table for each primary and either way that shows it may be there: only who needs a cell is asked anew."""

    def __init__(
        self,
        system: System,
        primaries: Sequence[Primary],
        hidden: frozenset[int],
        insiders: Sequence[Insider],
    ) -> None:
        self.system, self._primaries = system, primaries
        self.hidden = hidden
        self._attackers = [Attacker(system, hidden, primaries, keeps=True)]
        self._attackers += [
            Attacker(system, hidden, one.targets, known=one.known, keeps=True)
            for one in insiders
            if one.known & hidden
        ]
        tight = [attacker.too_tight() for attacker in self._attackers]  # each is asked: what it finds is kept
        self.is_safe = not any(tight)
        self._wanted = {one.cell for one in primaries if one.high > one.low}
        self._lines = [hidden.intersection(one.cells) for one in system.equations]

    @property
    def programs(self) -> int:
        return sum(attacker.programs for attacker in self._attackers)

    def try_to_show(self, cell: int) -> bool:
        """Show a cell if all can do without it; whether it is shown."""
        if self._gives_away(cell):
            return False
        value = float(self.system.values[cell])
        tried = []
        for attacker in self._attackers:
            tried.append(attacker)
            if not attacker.holds_without(cell, value):
                for one in tried:
                    one.give_back(cell)
                return False
        for attacker in self._attackers:
            attacker.settle()
        self.hidden -= {cell}
        for line in self.system.lines[cell]:
            self._lines[line] -= {cell}
        return True

    def _gives_away(self, cell: int) -> bool:
        """Whether a primary would be the only hidden cell of a line then, at once or line by line: asks no program."""
        told, waiting = {cell}, [cell]
        for known in waiting:  # grows
            for line in self.system.lines[known]:
                rest = self._lines[line] - told
                if len(rest) == 1:
                    if rest & self._wanted:
                        return True
                    told |= rest
                    waiting += rest
        return False
