"""The attacker: the tightest bounds on a hidden cell that everything shown allows.

A linear program over the hidden cells: nothing is negative, and the hidden cells of a line make up its total less what
is shown of it. The whole numbers of counts are left aside, so bounds are at most too wide by a fraction; where every
line meets no more than two ways they are exact. Each solution is a table that could be behind what is shown: whatever
value a cell has in it, the attacker must hold possible. So one program speaks for many cells.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import InitVar, dataclass, field
from math import inf

import numpy as np
import numpy.typing as npt

from enclave.disclosure.suppression.programs import Program, Rows
from enclave.disclosure.suppression.rings import Ends
from enclave.disclosure.suppression.system import (
    TOLERANCE,
    Floats,
    Interval,
    Places,
    Primary,
    System,
    is_high,
    is_low,
)

Mask = npt.NDArray[np.bool_]

FEW = 6
"""Primaries that are asked about one by one; of more, many at once first."""
MANY_AT_ONCE = 12
DUAL = 3
"""Rounds of these that the dual method solves, which comes from nothing to many quicker."""
GOLDEN = 0.6180339887498949
"""Multiples of it, without what is whole, lie apart: no two primaries count quite the same."""
FIXED = 1e-7


@dataclass(slots=True)
class Attacker:
    """One attack on one pattern. `known`: cells whose values this attacker has from elsewhere.

    `before`: the same attacker where less was hidden. What was possible then is so still, and is not asked about again.
    """

    system: System
    hidden: frozenset[int]
    primaries: Sequence[Primary]
    known: frozenset[int] = frozenset()
    keeps: bool = False  # the tables that were found, so that cells can be shown again one by one
    before: InitVar["Attacker | None"] = None
    programs: int = 0
    _place: dict[int, int] = field(init=False)
    _cells: list[int] = field(init=False)
    _asking: Program | None = field(init=False, default=None)
    _held: dict[int, float] = field(init=False, default_factory=dict)  # cells that are shown again, by place
    _low: Floats = field(init=False)
    _high: Floats = field(init=False)
    _at: Places = field(init=False)
    _levels: Floats = field(init=False)  # (primaries, low and high)
    _lows: Floats = field(init=False)
    _highs: Floats = field(init=False)
    _proved: Mask = field(init=False)  # (primaries, low and high): what stands in `_proofs`, and in `_tried`
    _found: Mask = field(init=False)
    _summed: int = field(init=False, default=0)
    _sum: Floats = field(init=False)
    _exact_low: set[int] = field(init=False, default_factory=set)
    _exact_high: set[int] = field(init=False, default_factory=set)
    _asked: list[int] = field(init=False, default_factory=list)
    _tables: list[Floats] = field(init=False, default_factory=list)
    _proofs: dict[tuple[int, bool], int] = field(init=False, default_factory=dict)
    _tried: dict[tuple[int, bool], int] = field(init=False, default_factory=dict)

    def __post_init__(self, before: "Attacker | None") -> None:
        """Nothing is solved yet."""
        self._cells = sorted(self.hidden - self.known)
        self._place = {cell: place for place, cell in enumerate(self._cells)}
        self._low = np.full(len(self._cells), inf)
        self._high = np.full(len(self._cells), -inf)
        self._sum = np.zeros(len(self._cells))
        self.primaries = [one for one in self.primaries if one.cell in self._place]
        self._mark()
        if before is not None:
            self._go_on_from(before)

    def _go_on_from(self, before: "Attacker") -> None:
        assert before.hidden <= self.hidden, "more was hidden"
        assert before.known == self.known, "it is another attacker"
        for cell in before.hidden - self.known:
            seen, place = before.seen(cell), self._place[cell]
            self._low[place], self._high[place] = seen.low, seen.high

    @property
    def _program(self) -> Program:
        """Over the hidden cells, to ask about one of them."""
        if self._asking is None:
            self._asking = self._made(0)
            held = list(self._held.values())
            self._asking.bounds(list(self._held), held, held)
        return self._asking

    def _mark(self) -> None:
        """Where each primary stands, and what it has to reach: `is_low` and `is_high` of all of them at once."""
        ends = [(float(one.low), float(one.high)) for one in self.primaries]
        self._levels = np.array(ends, dtype=np.float64).reshape(-1, 2)
        low, high = self._levels.T
        self._at = np.array([self._place[one.cell] for one in self.primaries], dtype=np.int64)
        self._lows = low + TOLERANCE * np.maximum(1.0, np.abs(low))
        self._highs = high - TOLERANCE * np.maximum(1.0, np.abs(high))
        self._proved = np.zeros((len(self.primaries), 2), dtype=np.bool_)
        self._found = np.zeros_like(self._proved)

    def _there(self, found: Floats) -> Mask:
        """Of each primary, whether a table has it as low as it may have to be, and as high."""
        values = found[self._at]
        return np.stack((values <= self._lows, values >= self._highs), axis=1)

    def told(self, tables: Iterable[Floats]) -> None:
        """Tables that somebody else has found, all cells of each; those that could be behind what is shown are."""
        shown = np.ones(len(self.system), dtype=np.bool_)
        shown[self._cells] = False
        values, flat = self.system.values, self.system.flat
        totals = np.maximum(1.0, values[[one.total for one in self.system.equations]])
        everything = np.ones(len(flat.cells), dtype=np.bool_)
        for table in tables:
            adds_up = np.abs(flat.sums(table, everything)) <= TOLERANCE * totals
            stays = np.abs(table - values)[shown] <= TOLERANCE
            if adds_up.all() and stays.all() and (table >= -TOLERANCE).all():
                self._saw(table[self._cells])

    def too_tight(self) -> list[Primary]:
        """The primaries that this attacker knows too well."""
        self._by_rings(self._left_ends())
        if len(self.primaries) > FEW:
            self._many_at_once()
        return [one for one in self.primaries if not (self.may_be_low(one) and self.may_be_high(one))]

    def unproven(self) -> list[Primary]:
        """The primaries that no table lets be low and high of those that move many at once: some may be safe."""
        self._many_at_once()
        return [self.primaries[place] for place in self._left()]

    def interval(self, cell: int) -> Interval:
        """The tightest bounds on a hidden cell."""
        self._bound(cell, up=False)
        self._bound(cell, up=True)
        return self.seen(cell)

    def seen(self, cell: int) -> Interval:
        """What was found possible of a hidden cell so far."""
        place = self._place[cell]
        exact = place in self._exact_low and place in self._exact_high
        return Interval(float(self._low[place]), float(self._high[place]), exact)

    def middle(self) -> Floats:
        """A value for each cell of the table: the middle of the tables that were found, which is one too."""
        table = self.system.values.copy()
        if self._summed:
            table[self._cells] = np.maximum(0.0, self._sum / self._summed)
        return table

    def may_be_low(self, one: Primary) -> bool:
        place = self._place[one.cell]
        if not is_low(float(self._low[place]), one):
            self._bound(one.cell, up=False)
        return is_low(float(self._low[place]), one)

    def may_be_high(self, one: Primary) -> bool:
        place = self._place[one.cell]
        if not is_high(float(self._high[place]), one):
            self._bound(one.cell, up=True)
        return is_high(float(self._high[place]), one)

    def _bound(self, cell: int, *, up: bool) -> None:
        place = self._place[cell]
        exact = self._exact_high if up else self._exact_low
        if place in exact:
            return
        self._solve([place], [-1.0 if up else 1.0])
        exact.add(place)

    def _solve(self, places: Sequence[int], costs: Sequence[float]) -> None:
        self._ask(self._program, self._asked, places, costs)
        self._asked = list(places)

    def _ask(
        self, program: Program, before: Sequence[int], places: Sequence[int], costs: Sequence[float]
    ) -> None:
        program.costs([*before, *places], [*(0.0 for _ in before), *costs])
        found = self._table(program.solved())
        self.programs += 1
        if self.keeps:
            self._tables.append(found)
            self._prove(found)
        self._saw(found)

    def _saw(self, found: Floats) -> None:
        self._sum, self._summed = self._sum + found, self._summed + 1
        np.minimum(self._low, found, out=self._low)
        np.maximum(self._high, found, out=self._high)

    def _table(self, solved: Floats) -> Floats:
        """The hidden cells of a solution, put together where they are in parts."""
        count, many = len(self._cells), len(self.primaries)
        found = solved[:count]
        if len(solved) > count:
            found[self._at] += solved[count : count + many] + solved[count + many :]
        return found

    # One cell shown again

    def holds_without(self, cell: int, value: float) -> bool:
        """Whether all primaries that were safe are so still with this cell shown; then `settle` or `give_back`."""
        place = self._place.get(cell)
        if place is None:
            return True
        self._fix(place, value)
        self._forget()
        apart = FIXED * max(1.0, value)
        gone = [end for end, proof in self._proofs.items() if abs(self._tables[proof][place] - value) > apart]
        for table in self._ringed(gone):
            self._try(table)
        if self.system.rings is not None:  # whose rings are all there are
            return all(end in self._tried for end in gone)
        return all(self._again(which, up=up) for which, up in gone)

    def settle(self) -> None:
        self._proofs.update(self._tried)
        self._forget()

    def give_back(self, cell: int) -> None:
        self._forget()
        if cell in self._place:
            self._fix(self._place[cell], None)

    def _forget(self) -> None:
        self._tried = {}
        self._found[:] = False

    def _fix(self, place: int, value: float | None) -> None:
        """Hold a cell at a value, or let it go."""
        if value is None:
            del self._held[place]
        else:
            self._held[place] = value
        if self._asking is not None:
            low, high = (0.0, self.system.ceiling) if value is None else (value, value)
            self._asking.bounds([place], [low], [high])

    def _again(self, which: int, *, up: bool) -> bool:
        """Look for another table that lets a primary be there."""
        one = self.primaries[which]
        place = self._place[one.cell]
        if (which, up) in self._tried:
            return True
        self._program.costs([*self._asked, place], [*(0.0 for _ in self._asked), -1.0 if up else 1.0])
        self._asked = [place]
        self.programs += 1
        self._try(self._program.solved()[: len(self._cells)])
        return (which, up) in self._tried

    def _try(self, found: Floats) -> None:
        """A table for the ends that are looked for again."""
        self._tables.append(found)
        more = self._there(found) & self._proved & ~self._found
        self._found |= more
        self._tried.update(dict.fromkeys(_which(more), len(self._tables) - 1))

    # Rings

    def _by_rings(self, ends: Sequence[tuple[int, bool]]) -> None:
        """What rings let primaries be."""
        for table in self._ringed(ends):
            if self.keeps:
                self._tables.append(table)
                self._prove(table)
            self._saw(table)

    def _ringed(self, ends: Sequence[tuple[int, bool]]) -> Floats:
        """Tables in which rings move these primaries up or down, as far as there are any; checked line by line."""
        rings, cells = self.system.rings, np.array(self._cells, dtype=np.int64)
        values = self.system.values[cells]
        if rings is None or not ends:
            return np.zeros((0, len(cells)))
        which, up = np.array([one for one, _ in ends]), np.array([way for _, way in ends])
        at = self._at[which]
        need = np.where(up, self._levels[which, 1] - values[at], values[at] - self._levels[which, 0])
        rises, falls = np.full(len(cells), self.system.ceiling) - values, values.copy()
        held = list(self._held)
        rises[held] = falls[held] = 0.0
        found = rings.around(Ends(cells[at], up, np.maximum(need, 0.0)), cells, rises, falls)
        tables: Floats = values + found.moves[self.system.lets(found.moves, cells)]
        return tables

    def _left_ends(self) -> list[tuple[int, bool]]:
        """The primaries that no table has low, and high, as yet."""
        left = np.stack((self._low[self._at] > self._lows, self._high[self._at] < self._highs), axis=1)
        return list(_which(left))

    def _prove(self, found: Floats) -> None:
        new = self._there(found) & ~self._proved
        self._proved |= new
        self._proofs.update(dict.fromkeys(_which(new), len(self._tables) - 1))

    def _many_at_once(self) -> None:
        """As many primaries as may be high together, then those that may be low, and again with what is left."""
        if not self._left():
            return
        program = self._made(len(self.primaries))
        asked: list[int] = []
        for turn in range(MANY_AT_ONCE):
            program.option("simplex_strategy", 1 if turn < DUAL else 4)
            before = self._left()
            for up in (True, False):
                steps = self._steps(before, up=up)
                if steps:
                    self._ask(program, asked, list(steps), list(steps.values()))
                    asked = list(steps)
            if self._left() == before:
                return

    def _left(self) -> list[int]:
        reached = (self._low[self._at] <= self._lows) & (self._high[self._at] >= self._highs)
        left: list[int] = np.flatnonzero(~reached).tolist()
        return left

    def _steps(self, left: Iterable[int], *, up: bool) -> dict[int, float]:
        """The columns that count how far these primaries are on their way, to what is high or to what is low.

        And what a step of each costs: of two that cannot both be there the one that counts more gets there, and the
        other in a later round, where otherwise both might be left half way.
        """
        count, many = len(self._cells), len(self.primaries)
        found: dict[int, float] = {}
        for which in left:
            one, place, counts = (
                self.primaries[which],
                self._place[self.primaries[which].cell],
                1 + which * GOLDEN % 1,
            )
            if up and not is_high(float(self._high[place]), one):
                found |= {count + which: -counts, count + many + which: -counts}
            if not up and not is_low(float(self._low[place]), one):
                found |= {count + many + which: counts, place: counts}
        return found

    def _made(self, many: int) -> Program:
        """Columns: the hidden cells, but of so many primaries only what is above what is high; then of these what is
        below what is low, and what is in between. Together they are the cell, so no line more is needed.
        """
        count, some = len(self._cells), self.primaries[:many]
        low, high = np.array([(one.low, one.high) for one in some], dtype=np.float64).reshape(-1, 2).T
        above = np.full(count, self.system.ceiling)
        above[self._at[:many]] -= high
        upper = np.concatenate([above, low, high - low])
        columns = np.full((count, 3 if many else 1), -1)
        columns[:, 0] = np.arange(count)
        if many:
            columns[self._at, 1:] = np.arange(2 * many).reshape(2, many).T + count
        rows = _lines(self.system, self._cells, columns)
        return Program(np.zeros(len(upper)), np.zeros(len(upper)), upper, rows, primal=True)


def _which(some: Mask) -> Iterator[tuple[int, bool]]:
    """Of (primaries, low and high) those that are marked, in order."""
    for place, up in np.argwhere(some).tolist():
        yield place, bool(up)


def _lines(system: System, cells: Sequence[int], columns_of: Places) -> Rows:
    """Each line with something hidden: its hidden parts less its hidden total are what is shown of it.

    `columns_of`: of each of the hidden cells the columns that make it up, -1 for none.
    """
    flat, place = system.flat, np.full(len(system), -1)
    place[cells] = np.arange(len(cells))
    hidden = place[flat.cells] >= 0
    counts = np.bincount(flat.line[hidden], minlength=flat.count)
    columns = columns_of[place[flat.cells[hidden]]]
    there = columns >= 0
    signs = np.repeat(flat.signs[hidden], there.sum(axis=1))
    sizes = np.bincount(flat.line[hidden], there.sum(axis=1), minlength=flat.count).astype(np.int64)
    touched = counts > 0
    starts = np.cumsum(sizes[touched]) - sizes[touched]
    rest = (-flat.sums(system.values, ~hidden)[touched]).tolist()
    return Rows(starts.tolist(), columns[there].tolist(), signs.tolist(), rest, rest)
