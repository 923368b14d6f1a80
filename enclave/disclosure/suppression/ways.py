"""Shortest ways and largest flows through a few nodes, each with a number of bits for the nodes that it leads to.

Nodes are lines of a table, fewer than a hundred mostly. What a node leads to that was not seen yet is one operation on
two numbers, so a way takes some microseconds.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

from enclave.disclosure.suppression.arrays import Flags

NOTHING = 1e-9
ROUNDS = 64
"""Ways that are looked for at most, one after the other, where one is too narrow."""


def bits_of(flags: Flags) -> list[int]:
    """A number for each row, whatever the shape: bit after bit the places of the last side."""
    rows = np.packbits(flags.reshape(-1, flags.shape[-1]), axis=1, bitorder="little")
    wide, told = rows.shape[1], rows.tobytes()
    return [int.from_bytes(told[at : at + wide], "little") for at in range(0, len(told), wide)]


def flags_of(numbers: Sequence[int], count: int) -> Flags:
    """A row for each number, and in it the first bits."""
    wide = (count + 7) // 8
    told = np.frombuffer(b"".join(one.to_bytes(wide, "little") for one in numbers), dtype=np.uint8)
    return np.unpackbits(told.reshape(len(numbers), wide), axis=1, count=count, bitorder="little").astype(
        np.bool_
    )


def way(leads: Sequence[int], into: int, start: int, goal: int) -> list[int]:
    """The nodes of a shortest way by others, from start to goal; none where there is none.

    `into`: the nodes that lead to the goal.
    """
    seen, into, layer, before = 1 << start | 1 << goal, into & ~(1 << start), [start], dict[int, int]()
    while layer:
        grown = list[int]()
        for at in layer:
            new = leads[at] & ~seen
            last = new & into
            if last:
                nodes = [goal, (last & -last).bit_length() - 1, at]
                while at != start:
                    at = before[at]
                    nodes.append(at)
                return nodes[::-1]
            seen |= new
            while new:
                to = (new & -new).bit_length() - 1
                new &= new - 1
                before[to] = at
                grown.append(to)
        layer = grown
    return []


def reached(leads: Sequence[int], start: int, but: int) -> int:
    """The nodes that can be come to from this one, itself among them, without another one."""
    seen, new = 1 << start | 1 << but, 1 << start
    while new:
        at = (new & -new).bit_length() - 1
        more = leads[at] & ~seen
        seen |= more
        new = (new & (new - 1)) | more
    return seen & ~(1 << but)


@dataclass(slots=True)
class Flow:
    """As much as can be brought from start to goal, by others, one way after the other, the shortest first.

    `wide`: what each arc carries at most; `leads` and `backs`: of each node those it leads to, and that lead to it.
    """

    wide: Sequence[Sequence[float]]
    leads: list[int]
    backs: list[int]
    start: int
    goal: int
    room: dict[tuple[int, int], float] = field(init=False, default_factory=dict)  # of arcs on ways

    def __post_init__(self) -> None:
        """Nothing goes straight from start to goal."""
        self.leads, self.backs = self.leads.copy(), self.backs.copy()
        self._set(self.start, self.goal, is_open=False)

    def brings(self, need: float) -> bool:
        """Whether it brings so much; then no more."""
        for _ in range(ROUNDS):
            nodes = way(self.leads, self.backs[self.goal], self.start, self.goal)
            if not nodes:
                return False
            need -= self._carry(list(pairwise(nodes)), need)
            if need <= NOTHING:
                return True
        return False

    def carried(self) -> list[tuple[int, int, float]]:
        """Each arc that carries something, less what goes the other way."""
        much = ((at, to, self.wide[at][to] - left) for (at, to), left in self.room.items())
        return [one for one in much if one[2] > NOTHING]

    def sides(self) -> tuple[int, int]:
        """The nodes that can be come to still; and those from which the goal can be come to."""
        return reached(self.leads, self.start, self.goal), reached(self.backs, self.goal, self.start)

    def _carry(self, arcs: Sequence[tuple[int, int]], need: float) -> float:
        much = min(need, *(self.room.get((at, to), self.wide[at][to]) for at, to in arcs))
        for at, to in arcs:
            for one, other, less in ((at, to, much), (to, at, -much)):
                left = self.room.get((one, other), self.wide[one][other]) - less
                self.room[one, other] = left
                self._set(one, other, is_open=left > NOTHING)
        return much

    def _set(self, at: int, to: int, *, is_open: bool) -> None:
        if is_open:
            self.leads[at] |= 1 << to
            self.backs[to] |= 1 << at
        else:
            self.leads[at] &= ~(1 << to)
            self.backs[to] &= ~(1 << at)
