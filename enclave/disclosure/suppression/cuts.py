"""Inequalities that every safe pattern meets: what the attacker's own program says that shares of cells lack.

Cells may be hidden by shares here, which is how a search over patterns sees them before it has decided. A share allows
a cell so much of the way that it could go. Whenever a primary is bounded too tightly under such shares, the multipliers
of the attacker's program say which cells would widen it, and by how much at most.

Source:
    M. Fischetti, J. J. Salazar-González, Solving the cell suppression problem on tabular data with linear constraints,
    Management Science 47 (2001): the cuts, strengthened by the level, and bridgeless inequalities.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from math import inf

import numpy as np

from enclave.disclosure.suppression.programs import NoAnswer, Program, Rows
from enclave.disclosure.suppression.rings import Ends, Rings
from enclave.disclosure.suppression.system import TOLERANCE, Equation, Flags, Floats, Primary, System

SMALL = 1e-9
LEAST = 1e-4
"""The share that each cell has at least when cuts are looked for, so that of two cuts the one with fewer cells is
found."""
BROKEN = 1e-6
ENOUGH = 12
"""Cuts that are looked for at once; as many as there are primaries, of more."""
REMEMBERED = 512
"""Tables that were found, each of which says of later shares that they let a primary be where it has to."""
Cut = tuple[dict[int, float], float]
"""Each safe pattern has at least so much of these cells; bridges have 0, and one cell counts against the others."""
Asked = tuple[Primary, frozenset[int]]
"""A primary, and the cells that this attacker knows."""
NOBODY = frozenset[int]()


@dataclass(slots=True)
class Cuts:
    """Finds cuts that shares of the free cells break. `keep` are hidden in any case."""

    system: System
    primaries: Sequence[Primary]
    keep: frozenset[int]
    free: Sequence[int]
    _place: dict[int, int] = field(init=False)
    _cutter: "_Cutter" = field(init=False)
    _bridges: "_Bridges" = field(init=False)
    _order: list[Primary] = field(init=False)  # those of which the latest cuts were come first
    _latest: dict[int, int] = field(init=False, default_factory=dict)
    _round: int = field(init=False, default=1)

    def __post_init__(self) -> None:
        """One program for all primaries."""
        self._order = list(self.primaries)
        self._place = {cell: place for place, cell in enumerate(self.free)}
        self._cutter = _Cutter(self.system, self.primaries, self.keep, self.free)
        self._bridges = _Bridges(self.system, self.keep, self._place)

    def against(
        self, shares: Floats, *, is_whole: bool, more: int = 1, insiders: Iterable[Asked] = ()
    ) -> list[Cut]:
        """Cuts that these shares break: with as few cells as can be, or any if there are none of that sort.

        Args:
            shares: of each free cell, from 0 to 1.
            is_whole: nothing is shared, so whoever finds no cut has shown that the pattern is safe.
            more: so many of each primary at once.
            insiders: what somebody knows too well who knows some cells already.
        """
        lone = self._bridges.broken(shares)
        if lone:
            return lone
        for least in (LEAST, 0.0) if is_whole else (LEAST,):
            self._cutter.choose(shares, least=least)
            found: dict[tuple[tuple[int, float], ...], Cut] = {}
            for one, known in (*((one, NOBODY) for one in self._order), *insiders):
                before = len(found)
                for up in (True, False):
                    for cut in self._of(one, shares, more, least=least, up=up, known=known):
                        found[tuple(sorted(cut[0].items()))] = cut
                if len(found) > before:
                    self._latest[one.cell] = self._round
                if len(found) >= max(ENOUGH, len(self.primaries)):
                    break
            if found:
                self._round += 1
                self._order.sort(key=lambda one: -self._latest.get(one.cell, 0))
                return list(found.values())
        return []

    def _of(
        self, one: Primary, shares: Floats, more: int, *, least: float, up: bool, known: frozenset[int]
    ) -> Iterator[Cut]:
        """So many cuts of a primary. After each its cheapest cell is hidden, so that the next is another."""
        ringed = self._cutter.ringed(one, up=up)
        if ringed and not known:
            yield from ringed
            return
        grown = shares
        for _ in range(more):
            cut = self._cutter.cut(one, up=up, known=known)
            if cut is None or not self._breaks(grown, cut):
                break
            if not cut[0]:
                raise NoAnswer("a primary that nothing protects")
            yield cut
            if more == 1:
                return
            cell = min(cut[0], key=lambda cell: (float(self.system.costs[cell]), cell))
            grown = grown.copy()
            grown[self._place[cell]] = 1.0
            self._cutter.choose_one(self._place[cell])
        if grown is not shares:
            self._cutter.choose(shares, least=least)

    def of_lines(self) -> list[Cut]:
        """Those that single lines give: in a line of a primary and no other cell that is hidden, one goes with it."""
        wanted = {one.cell: one for one in self.primaries}
        found: list[Cut] = []
        for line in self.system.equations:
            there = [cell for cell in line.cells if cell in self.keep]
            if len(there) == 1 and there[0] in wanted:
                some = list(self._of_line(line, wanted[there[0]]))
                found += [*some[:1], *(cut for cut in some[1:] if not _says_more(some[0], cut))]
        return found

    def _of_line(self, line: Equation, one: Primary) -> Iterator[Cut]:
        """Of a primary and a line: those that rise with it are as free as it is, the others fall to 0 at most."""
        values = self.system.values
        for up in (True, False):
            need = one.high - values[one.cell] if up else values[one.cell] - one.low
            if need <= TOLERANCE:
                continue
            weights = dict[int, float]()
            for cell in line.cells:
                falls = up == ((cell == line.total) == (one.cell == line.total))
                weight = min(1.0, float(values[cell]) / need) if falls else 1.0
                if cell in self._place and weight > SMALL:
                    weights[cell] = weight
            if not weights:
                raise NoAnswer("a primary that nothing protects")
            yield weights, 1.0

    def tables(self) -> Floats:
        """Tables that could be behind what is shown, for the shares that were asked about last."""
        return self._cutter.tables()

    def _breaks(self, shares: Floats, cut: Cut) -> bool:
        there = sum(times * float(shares[self._place[cell]]) for cell, times in cut[0].items())
        return there < cut[1] * (1 - BROKEN)


class _Bridges:
    """A cell hidden alone in its line hides nothing: with each cell another one of its line is hidden."""

    def __init__(self, system: System, keep: frozenset[int], place: dict[int, int]) -> None:
        lines = (one.cells for one in system.equations if not any(cell in keep for cell in one.cells))
        self._cells = [some for cells in lines if (some := [cell for cell in cells if cell in place])]
        self._places = np.array([place[cell] for some in self._cells for cell in some], dtype=np.int64)
        self._starts = np.cumsum([0, *(len(some) for some in self._cells)])[:-1]

    def broken(self, shares: Floats) -> list[Cut]:
        if not self._cells:
            return []
        there = shares[self._places]
        most, all_ = np.maximum.reduceat(there, self._starts), np.add.reduceat(there, self._starts)
        found = []
        for line in np.flatnonzero(all_ - 2 * most < -BROKEN).tolist():
            some, start = self._cells[line], int(self._starts[line])
            alone = some[int(np.argmax(there[start : start + len(some)]))]
            found.append(({**dict.fromkeys(some, 1.0), alone: -1.0}, 0.0))
        return found


class _Cutter:
    """The attacker's program over all cells, each free one as far from its value as its share allows."""

    def __init__(
        self, system: System, primaries: Sequence[Primary], keep: frozenset[int], free: Sequence[int]
    ) -> None:
        self._system, self._keep, self._free = system, keep, free
        self._reach = max(one.high - one.low for one in primaries)
        self._at = np.array([one.cell for one in primaries], dtype=np.int64)
        self._lows = np.array([one.low for one in primaries]) + TOLERANCE
        self._highs = np.array([one.high for one in primaries]) - TOLERANCE
        self._number = {one.cell: place for place, one in enumerate(primaries)}
        starts, columns, values = [], list[int](), list[float]()
        for one in system.equations:
            starts.append(len(columns))
            columns += one.cells
            values += [-1.0, *(1.0 for _ in one.parts)]
        self._lower, self._upper = system.values.copy(), system.values.copy()
        self._lower[sorted(keep)], self._upper[sorted(keep)] = 0.0, system.ceiling
        self._starts = starts
        self._made: Program | None = None
        self._asked: int | None = None
        self._shown = np.array([cell for cell in range(len(system)) if cell not in keep], dtype=np.int64)
        self._always = np.array(sorted(keep), dtype=np.int64)
        self._ringed: dict[tuple[int, bool], list[Cut]] = {}
        self._moves = np.array(free, dtype=np.int64)
        self._line = np.repeat(np.arange(len(system.equations)), np.diff([*starts, len(columns)]))
        self._column, self._sign = np.array(columns, dtype=np.int64), np.array(values)
        self._tables = np.empty((REMEMBERED, len(system)))
        self._there = np.empty((REMEMBERED, len(primaries), 2), dtype=np.bool_)
        self._found = 0
        self._done = np.zeros((len(primaries), 2), dtype=np.bool_)

    @property
    def _program(self) -> Program:
        """Of tables of two ways hardly ever asked."""
        if self._made is None:
            zeros = np.zeros(len(self._starts))
            rows = Rows(self._starts, self._column, self._sign, zeros, zeros)
            self._made = Program(np.zeros(len(self._system)), self._lower, self._upper, rows, primal=True)
            self._made.option("primal_simplex_bound_perturbation_multiplier", 0.0)  # a third quicker
        return self._made

    def choose_one(self, place: int) -> None:
        """Let this free cell be anything."""
        self._shares[place] = 1.0
        self._ringed = {}
        self._lower[self._free[place]], self._upper[self._free[place]] = 0.0, self._system.ceiling
        if self._made is not None:
            self._made.bounds([self._free[place]], [0.0], [self._system.ceiling])

    def choose(self, shares: Floats, *, least: float) -> None:
        """How far each free cell may be from its value: by its share of what can be of use."""
        values = self._system.values[self._moves]
        chosen, self._shares = shares, np.maximum(shares, least)
        shares = self._shares
        down = np.where(shares > 1 - SMALL, values, shares * np.minimum(values, self._reach))
        up = np.where(shares > 1 - SMALL, self._system.ceiling, shares * self._reach)
        self._lower[self._moves], self._upper[self._moves] = values - down, values + up
        if self._made is not None:
            self._made.bounds(self._moves, self._lower[self._moves], self._upper[self._moves])
        self._done[:] = self._there[: min(self._found, REMEMBERED)][self._allowed()].any(axis=0)
        self._by_rings(chosen)

    def _by_rings(self, shares: Floats) -> None:
        """Tables and cuts of rings, of those primaries that no table found before lets be where they have to."""
        rings, values, self._ringed = self._system.rings, self._system.values, {}
        which, way = np.nonzero(~self._done)
        if rings is None or not len(which):
            return
        at, up = self._at[which], way == 1
        need = np.where(up, self._highs[which] - values[at], values[at] - self._lows[which]) + TOLERANCE
        ends = Ends(at, up, np.maximum(0.0, need))
        rises, falls = np.full(len(values), self._system.ceiling), values.copy()
        some = shares <= 1 - SMALL
        rises[self._moves[some]] = shares[some] * self._reach
        falls[self._moves[some]] = shares[some] * np.minimum(values[self._moves[some]], self._reach)
        may = np.union1d(self._always, self._moves[shares > LEAST])
        found = rings.around(ends, may, rises[may], falls[may])
        moves = found.moves[self._system.lets(found.moves, may)]
        tables = np.repeat(values[None], len(moves), axis=0)
        tables[:, may] += moves
        self._remember(tables[-REMEMBERED:])
        for sides in found.sides():
            self._cut_off(rings, ends.some(~found.moved), sides, shares)

    def _cut_off(self, rings: Rings, ends: Ends, sides: Flags, shares: Floats) -> None:
        """What leads out of the lines that an end can come to is too little."""
        leads = rings.out_of(sides, ends, self._system.values)
        need = ends.need - leads[:, self._always].sum(axis=1)
        weights = np.minimum(1.0, leads[:, self._moves] / np.maximum(need, TOLERANCE)[:, None])
        for at in np.flatnonzero((need > TOLERANCE) & (weights @ shares < 1 - BROKEN)).tolist():
            there = np.flatnonzero(weights[at] > SMALL).tolist()
            cut = {self._free[place]: float(weights[at, place]) for place in there}
            self._ringed.setdefault((int(ends.cells[at]), bool(ends.up[at])), []).append((cut, 1.0))

    def ringed(self, one: Primary, *, up: bool) -> list[Cut]:
        """Cuts of this primary that rings gave, which the shares chosen last break."""
        return self._ringed.get((one.cell, up), [])

    def _allowed(self) -> Flags:
        """Which of the tables that were found the shares chosen last allow."""
        tables = self._tables[: min(self._found, REMEMBERED)]
        inside: Flags = (tables >= self._lower - SMALL) & (tables <= self._upper + SMALL)
        return np.asarray(inside.all(axis=1), dtype=np.bool_)

    def tables(self) -> Floats:
        """These."""
        found: Floats = self._tables[: min(self._found, REMEMBERED)][self._allowed()]
        return found

    def cut(self, one: Primary, *, up: bool, known: frozenset[int]) -> Cut | None:
        """What each pattern must have that lets this primary be there; None where these shares do."""
        if not known and self._done[self._number[one.cell], int(up)]:
            return None
        program, cell, held = self._program, one.cell, sorted(known)
        if held:
            values = self._system.values[held].tolist()
            program.bounds(held, values, values)
        if self._asked is not None:
            program.costs([self._asked], [0.0])
        program.costs([cell], [-1.0 if up else 1.0])
        self._asked = cell
        try:
            table = program.solved()
            found = table[cell]
            if found >= one.high - TOLERANCE if up else found <= one.low + TOLERANCE:
                self._remember(table[None])
                return None
            return self._from(one, program.duals, up=up, known=known)
        except NoAnswer:
            return None
        finally:
            if held:
                self._let_go(known)

    def _remember(self, tables: Floats) -> None:
        values = tables[:, self._at]
        there = np.stack((values <= self._lows, values >= self._highs), axis=2)
        at = (self._found + np.arange(len(tables))) % REMEMBERED
        self._tables[at], self._there[at] = tables, there
        self._found += len(tables)
        self._done |= there.any(axis=0)

    def _let_go(self, known: frozenset[int]) -> None:
        always = sorted(known & self._keep)
        self._program.bounds(always, [0.0] * len(always), [self._system.ceiling] * len(always))
        self.choose(self._shares, least=0.0)

    def _from(self, one: Primary, duals: Floats, *, up: bool, known: frozenset[int]) -> Cut | None:
        """The primary is at most a sum of multiples of the other cells; what hidden ones add to it is at most 0."""
        sign = 1.0 if up else -1.0
        times = np.bincount(self._column, weights=self._sign * duals[self._line], minlength=len(self._system))
        times[one.cell] += sign
        fixed = self._shown if not known else np.array(sorted({*self._shown.tolist(), *known}))
        certain = float(times[fixed] @ self._system.values[fixed])
        least = (one.high if up else -one.low) - certain
        hidden = times[self._always if not known else np.array(sorted(self._keep - known), dtype=np.int64)]
        if (hidden > TOLERANCE).any() or least <= TOLERANCE:
            return None
        often, values = times[self._moves], self._system.values[self._moves]
        weights = np.where(often > SMALL, least, np.minimum(least, np.maximum(0.0, -often) * values))
        weights[np.abs(often) <= SMALL] = 0.0
        return {
            self._free[place]: float(weights[place] / least)
            for place in np.flatnonzero(weights > 0).tolist()
            if self._free[place] not in known
        }, 1.0


def _says_more(one: Cut, other: Cut) -> bool:
    """Whether whoever meets one cut meets the other."""
    return all(times <= other[0].get(cell, 0.0) for cell, times in one[0].items())


def rows_of(cuts: Sequence[Cut], place: dict[int, int]) -> Rows:
    """Cuts as rows of a program over the free cells."""
    starts, columns, values = [], list[int](), list[float]()
    for times, _ in cuts:
        starts.append(len(columns))
        columns += [place[cell] for cell in times]
        values += list(times.values())
    return Rows(starts, columns, values, [least for _, least in cuts], [inf] * len(cuts))
