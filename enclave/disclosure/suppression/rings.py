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

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from enclave.disclosure.suppression.arrays import Flags, Floats, Places
from enclave.disclosure.suppression.ways import NOTHING, Flow, bits_of, flags_of, way

WIDEST = 200
"""Lines of a table whose rings are looked for."""
STEP = 1e-6
"""What each cell of a ring costs besides, so that of two as cheap the shorter is found."""
LEVELS = 16
"""Of more needs than so many, some are taken for a higher one."""


_Step = tuple[int, int, int, float]
"""Of an end from where to where, and how much."""


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
    _nodes: int
    _flows: Sequence[Flow]

    def sides(self) -> tuple[Flags, ...]:
        """Of each end that is not moved the lines that can be come to; and all but those from which its own can be."""
        if not self._flows:
            return ()
        to, back = zip(*(one.sides() for one in self._flows), strict=True)
        return flags_of(to, self._nodes), ~flags_of(back, self._nodes)


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
        levels, group = levels_of(ends.need)
        leads, backs = (bits_of(some >= levels[:, None, None]) for some in (wide, wide.T))
        pairs = self.between(ends)
        moved, left, steps = np.ones(len(ends), dtype=np.bool_), list[int](), list[_Step]()
        for end, ((start, goal), level, need) in enumerate(
            zip(pairs, group.tolist(), ends.need.tolist(), strict=True)
        ):
            first = level * self.nodes
            nodes = way(leads[first : first + self.nodes], backs[first + goal], start, goal)
            steps += [(end, at, to, need) for at, to in pairwise(nodes)]
            if not nodes:
                left.append(end)
        flows = list[Flow]()
        if left:
            some, open_, back = wide.tolist(), bits_of(wide > NOTHING), bits_of(wide.T > NOTHING)
            for end in left:
                flow = Flow(some, open_, back, *pairs[end])
                if flow.brings(float(ends.need[end])):
                    steps += [(end, *arc) for arc in flow.carried()]
                else:
                    moved[end] = False
                    flows.append(flow)
        return Found(moved, self._moves(ends, cells, steps)[moved], self.nodes, flows)

    def _moves(self, ends: Ends, cells: Places, steps: "Sequence[_Step]") -> Floats:
        """Of each end how far it moves each of these cells, itself among them."""
        column, moves = np.full(len(self.tail), -1), np.zeros((len(ends), len(cells)))
        column[cells] = np.arange(len(cells))
        moves[np.arange(len(ends)), column[ends.cells]] = np.where(ends.up, ends.need, -ends.need)
        if steps:
            row, at, to, much = map(np.array, zip(*steps, strict=True))
            moves[row, column[self.cell[at, to]]] += self.sign[at, to] * much
        return moves

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

    def between(self, ends: Ends) -> list[tuple[int, int]]:
        """From where and to where each end needs a way back."""
        tail, head = self.tail[ends.cells], self.head[ends.cells]
        start, goal = np.where(ends.up, head, tail), np.where(ends.up, tail, head)
        return list(zip(start.tolist(), goal.tolist(), strict=True))


def levels_of(need: Floats) -> tuple[Floats, Places]:
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

    def cheapest(self, cell: int, need: float, *, up: bool) -> list[int] | None:
        """The ring that costs least and lets a cell move so far: its cells, itself first. None where there is none."""
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
        cells, at = [cell], goal
        while at != start:
            before = (far + ways[:, at]).argmin()
            cells.append(int(rings.cell[before, at]))
            at = before
        return cells


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
