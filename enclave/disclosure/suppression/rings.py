"""Tables of two ways: a cell moves by a ring of others, up and down in turn, so that each line stays as it is.

Where each cell stands in two lines at most, lines are nodes and a cell is an arc between its two: to raise it carries
something one way, and to lower it the other way. What lets a primary move is then a way back round it, and what keeps
it is a set of lines that too little leads out of. Both are found for all primaries at once, in a tenth of the time that
their programs take: one ring for most, and the largest flow, of many rings, for the others.

Limit: tables in which a cell stands in three lines, and those with two cells in the same two lines, have none here.

Source:
    L. R. Ford, D. R. Fulkerson, Maximal flow through a network, Canadian Journal of Mathematics 8 (1956): that the
    largest flow is what leads out of the narrowest set. J. Edmonds, R. M. Karp, Theoretical improvements in algorithmic
    efficiency for network flow problems, Journal of the ACM 19 (1972): the shortest way first.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from enclave.disclosure.suppression.arrays import Flags, Floats, Places

WIDEST = 200
"""Lines of a table whose rings are looked for."""
STEP = 1e-6
"""What each cell of a ring costs besides, so that of two as cheap the shorter is found."""
ROUNDS = 64
"""Ways that are looked for at most, one after the other, where one is too narrow."""
NOTHING = 1e-9
ROOM = 2_000_000
"""Numbers that the flows of some ends may take at once; more ends come one lot after the other."""
LEVELS = 16
"""Of more needs than so many, some are taken for a higher one."""


@dataclass(frozen=True, slots=True, eq=False)
class Ends:
    """What is asked: cells, whether each is to rise, and by how much it has to move."""

    cells: Places
    up: Flags
    need: Floats

    def __len__(self) -> int:
        return len(self.cells)

    def some(self, which: Flags | Places) -> "Ends":
        return Ends(self.cells[which], self.up[which], self.need[which])


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """Of each end whether a ring moves it, the moves of those, and of the others which lines can be come to."""

    moved: Flags
    moves: Floats  # (ends that a ring moves, cells)
    _flows: "list[_Flows]"

    def sides(self) -> tuple[Flags, ...]:
        """Of each end that is not moved the lines that can be come to; and all but those from which its own can be."""
        if self.moved.all():
            return ()
        return tuple(np.concatenate(both) for both in zip(*(one.sides() for one in self._flows), strict=True))


@dataclass(frozen=True, slots=True, eq=False)
class Rings:
    """Cells as arcs. Raising a cell carries from `tail` to `head`; `cell` and `sign` are by both ends of an arc."""

    tail: Places
    head: Places
    nodes: int
    cell: Places  # (nodes, nodes): -1 where there is none
    sign: Floats  # 1 where going this way raises the cell, -1 where it lowers it

    @classmethod
    def of(
        cls, cells: Places, lines: Places, signs: Floats, *, cells_at_all: int, lines_at_all: int
    ) -> "Rings | None":
        """From each cell of each line, with its sign there.

        None where a cell stands in more lines than two, or in none, or the lines of a table have not two sides.
        """
        times = np.bincount(cells, minlength=cells_at_all)
        if lines_at_all >= WIDEST or not cells_at_all or times.max() > 2 or times.min() < 1:
            return None
        order = np.argsort(cells, kind="stable")
        starts = np.cumsum(times) - times
        lines, signs = lines[order], signs[order]
        first, last, alone = lines[starts], lines[starts + times - 1], times == 1
        sides = _sides(lines_at_all, first, last, signs[starts] * signs[starts + times - 1], ~alone)
        if sides is None:
            return None
        last = np.where(alone, lines_at_all, last)  # who stands in one line alone comes from outside
        raises = sides[first] * signs[starts] > 0
        tail, head = np.where(raises, last, first), np.where(raises, first, last)
        nodes = lines_at_all + 1
        if len(np.unique(np.minimum(tail, head) * nodes + np.maximum(tail, head))) < cells_at_all:
            return None
        cell, sign = np.full((nodes, nodes), -1), np.zeros((nodes, nodes))
        cell[tail, head] = cell[head, tail] = np.arange(cells_at_all)
        sign[tail, head], sign[head, tail] = 1.0, -1.0
        return cls(tail, head, nodes, cell, sign)

    def around(self, ends: Ends, cells: Places, rises: Floats, falls: Floats) -> Found:
        """Moves for these ends, of these cells, each of which rises and falls by so much at most.

        One ring each, of those that one moves far enough, all at once; of the others as many as it takes.
        """
        wide = np.zeros((self.nodes, self.nodes))
        tail, head = self.tail[cells], self.head[cells]
        wide[tail, head], wide[head, tail] = rises, falls
        column = np.full(len(self.tail), -1)
        column[cells] = np.arange(len(cells))
        start, goal = self._between(ends)
        levels, group = _levels(ends.need)
        ways = _Ways(wide >= levels[:, None, None], group)
        steps = ways.steps(start, goal)
        moved, moves = ways.come_to(steps, goal), np.zeros((len(ends), len(cells)))
        rows = np.arange(len(ends))
        moves[rows, column[ends.cells]] = np.where(ends.up, ends.need, -ends.need)
        some = np.flatnonzero(moved)
        for row, at, to in ways.back(steps, start, goal, some):
            moves[row, column[self.cell[at, to]]] += self.sign[at, to] * ends.need[row]
        flows, most = list[_Flows](), max(1, ROOM // self.nodes**2)
        left = np.flatnonzero(~moved)
        for some in (left[first : first + most] for first in range(0, len(left), most)):
            flow = _Flows(wide, start[some], goal[some], ends.need[some])
            moved[some] = flow.run()
            more, at, to = np.nonzero(flow.carried > NOTHING)
            carried = self.sign[at, to] * flow.carried[more, at, to]
            np.add.at(moves, (some[more], column[self.cell[at, to]]), carried)
            if not moved[some].all():
                flows.append(flow.left_over(~moved[some]))
        return Found(moved, moves[moved], flows)

    def prices(self, costs: Floats, falls: Floats) -> "Prices":
        """What each arc costs, inf where it must not be used, and how much it leads on at most."""
        ways = np.full((self.nodes, self.nodes), np.inf)
        ways[self.tail, self.head] = ways[self.head, self.tail] = costs + STEP
        room = np.full((self.nodes, self.nodes), np.inf)
        room[self.head, self.tail] = falls
        return Prices(self, ways, room)

    def out_of(self, sides: Flags, ends: Ends, values: Floats) -> Floats:
        """What leads out of a side for each end: of each cell inf where it has to rise, its value where to fall."""
        tail, head = sides[:, self.tail], sides[:, self.head]
        leads: Floats = np.where(tail & ~head, np.inf, np.where(head & ~tail, values, 0.0))
        leads[np.arange(len(ends)), ends.cells] = 0.0
        return leads

    def _between(self, ends: Ends) -> tuple[Places, Places]:
        """From where and to where each end needs a way back."""
        tail, head = self.tail[ends.cells], self.head[ends.cells]
        return np.where(ends.up, head, tail), np.where(ends.up, tail, head)


def _levels(need: Floats) -> tuple[Floats, Places]:
    """So many levels at most, of each need the next that is as high."""
    levels = np.unique(need)
    if len(levels) > LEVELS:
        levels = levels[np.unique(np.linspace(len(levels) - 1, 0, LEVELS).astype(np.int64))]
    return levels, np.searchsorted(levels, need)


@dataclass(frozen=True, slots=True, eq=False)
class Prices:
    """The cheapest ways."""

    rings: Rings
    ways: Floats
    room: Floats

    def free(self, cells: Places) -> None:
        """These cost nothing from now on."""
        tail, head = self.rings.tail[cells], self.rings.head[cells]
        self.ways[tail, head] = self.ways[head, tail] = STEP

    def cheapest(self, cell: int, need: float, *, up: bool) -> tuple[Places, Floats] | None:
        """The ring that costs least and lets a cell move so far: its cells, and 1 for those that rise, -1 for others.

        None where there is none.
        """
        rings, ways = self.rings, np.where(self.room >= need, self.ways, np.inf)
        start, goal = (rings.head[cell], rings.tail[cell]) if up else (rings.tail[cell], rings.head[cell])
        ways[start, goal] = np.inf
        far = np.full(rings.nodes, np.inf)
        far[start] = 0.0
        while True:
            nearer = np.minimum(far, (far[:, None] + ways).min(axis=0))
            if (nearer == far).all():
                break
            far = nearer
        if far[goal] == np.inf:
            return None
        cells, signs, at = [cell], [1.0 if up else -1.0], goal
        while at != start:
            before = (far + ways[:, at]).argmin()
            cells.append(int(rings.cell[before, at]))
            signs.append(float(rings.sign[before, at]))
            at = before
        return np.array(cells), np.array(signs)


def _sides(count: int, first: Places, last: Places, same: Floats, both: Flags) -> Floats | None:
    """A sign for each line, so that each cell counts once each way; None where there are none."""
    neighbours: list[list[tuple[int, float]]] = [[] for _ in range(count)]
    for one, other, sign in zip(first[both].tolist(), last[both].tolist(), same[both].tolist(), strict=True):
        neighbours[one].append((other, -sign))
        neighbours[other].append((one, -sign))
    sides = [0.0] * count
    for line in range(count):
        if sides[line]:
            continue
        sides[line], waiting = 1.0, [line]
        for one in waiting:  # grows
            for other, sign in neighbours[one]:
                if not sides[other]:
                    sides[other] = sides[one] * sign
                    waiting.append(other)
                elif sides[other] != sides[one] * sign:
                    return None
    return np.array(sides)


@dataclass(frozen=True, slots=True, eq=False)
class _Ways:
    """Which nodes lead to which, in some groups of ends."""

    open: Flags  # (groups, nodes, nodes)
    group: Places

    def steps(self, start: Places, goal: Places) -> Places:
        """How many steps it is to each node, for each end; -1 where there is no way. None goes by way of the goal."""
        order = np.argsort(self.group, kind="stable")
        sizes = np.bincount(self.group, minlength=len(self.open))
        rows, within = np.arange(len(self.group)), np.empty_like(self.group)
        within[order] = rows - np.repeat(np.cumsum(sizes) - sizes, sizes)
        new = np.zeros((len(self.open), int(sizes.max()), self.open.shape[1]), dtype=np.float32)
        new[self.group, within, start] = 1.0
        left = np.ones(new.shape, dtype=np.bool_)
        left[self.group, within, goal] = left[self.group, within, start] = False
        ways, steps, far = self.open.astype(np.float32), np.where(new > 0, 0, -1), 0
        while True:
            far += 1
            grown = (new @ ways > 0) & left
            if not grown.any():
                break
            steps[grown] = far
            left &= ~grown
            new = grown.astype(np.float32)
        found: Places = steps[self.group, within]
        return found

    def come_to(self, steps: Places, goal: Places) -> Flags:
        """Whether there is a way to the goal, other than from the start at once."""
        last = (steps > 0) & self.open[self.group, :, goal]
        return np.asarray(last.any(axis=1), dtype=np.bool_)

    def back(
        self, steps: Places, start: Places, goal: Places, rows: Places
    ) -> Iterator[tuple[Places, Places, Places]]:
        """The steps of the shortest ways of these ends, from the goal back: which ends, from where and to where."""
        to = goal[rows]
        far = np.where(
            (steps[rows] > 0) & self.open[self.group[rows], :, to], steps[rows], self.open.shape[1]
        )
        at = far.argmin(axis=1)
        while len(rows):
            yield rows, at, to
            going = at != start[rows]
            rows, at = rows[going], at[going]
            before = (steps[rows] == steps[rows, at][:, None] - 1) & self.open[self.group[rows], :, at]
            at, to = before.argmax(axis=1), at


@dataclass(slots=True)
class _Flows:
    """As many rings as it takes: the largest flows from start to goal, one way more for all ends at a time."""

    wide: Floats
    start: Places
    goal: Places
    need: Floats
    carried: Floats = field(init=False)  # (ends, nodes, nodes): less what goes the other way
    _room: Floats = field(init=False)
    _left: Floats = field(init=False)

    def __post_init__(self) -> None:
        """Nothing is carried yet; and nothing ever by the cell itself."""
        self._room = np.repeat(self.wide[None], len(self.need), axis=0)
        self._room[np.arange(len(self.need)), self.start, self.goal] = 0.0
        self._left = self.need.copy()

    def run(self) -> Flags:
        """Whether each end is moved as far as it has to be."""
        first, rows = self._room.copy(), np.arange(len(self.need))
        for _ in range(ROUNDS):
            ways = _Ways(self._room[rows] > NOTHING, np.arange(len(rows)))
            start, goal = self.start[rows], self.goal[rows]
            steps = ways.steps(start, goal)
            there = np.flatnonzero(ways.come_to(steps, goal))
            if not len(there):
                break
            self._carry(rows, list(ways.back(steps, start, goal, there)))
            rows = rows[there]
            rows = rows[self._left[rows] > NOTHING]
            if not len(rows):
                break
        self.carried = first - self._room
        return self._left <= NOTHING

    def _carry(self, rows: Places, steps: Sequence[tuple[Places, Places, Places]]) -> None:
        most = self._left.copy()
        for some, at, to in steps:
            most[rows[some]] = np.minimum(most[rows[some]], self._room[rows[some], at, to])
        for some, at, to in steps:
            much = most[rows[some]]
            self._room[rows[some], at, to] -= much
            self._room[rows[some], to, at] += much
        self._left[rows[steps[0][0]]] -= most[rows[steps[0][0]]]

    def sides(self) -> tuple[Flags, Flags]:
        """Of each end the nodes that can be come to still; and all but those from which the goal can be come to."""
        open_, group = self._room > NOTHING, np.arange(len(self.start))
        to = _Ways(open_, group).steps(self.start, self.goal)
        back = _Ways(np.swapaxes(open_, 1, 2), group).steps(self.goal, self.start)
        return to >= 0, back < 0

    def left_over(self, which: Flags) -> "_Flows":
        """These alone, for their sides."""
        self.start, self.goal, self._room = self.start[which], self.goal[which], self._room[which]
        self.carried = self.carried[:0]
        return self
