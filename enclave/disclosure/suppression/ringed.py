"""A cheap pattern of a table of two ways by rings alone, which no program is solved for.

Each primary that nothing moves gets the cheapest ring there is, and then what all can do without is shown again. What
this finds is safe, as rings are tables that could be there. That it costs least is for the search to say. Which ring a
primary gets does not depend on how many are in it, or in others: no primary is lowered, and each ring is wide enough
for all that its primary could be.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

from enclave.disclosure.suppression.arrays import Flags, Floats
from enclave.disclosure.suppression.rings import Ends, Rings, levels_of
from enclave.disclosure.suppression.system import TOLERANCE, Primary, System, cost_of
from enclave.disclosure.suppression.ways import NOTHING, Flow, way

NOBODY = frozenset[int]()


def ringed(
    system: System,
    rings: Rings,
    primaries: Sequence[Primary],
    hidden: frozenset[int],
    keep: frozenset[int],
    costs: Floats,
) -> frozenset[int] | None:
    """The pattern with rings for all that nothing moves, without what is not needed; None where a ring is missing.

    Args:
        costs: of each cell, by which rings are chosen, and what is tried to be shown first.
    """
    work = _Rings(system, rings, ends_of(system, primaries), sorted(hidden))
    if not work.mend(costs, primaries):
        return None
    work.trim(keep, costs)
    return frozenset(work.hidden)


def exchanged(
    system: System, rings: Rings, primaries: Sequence[Primary], hidden: frozenset[int], keep: frozenset[int]
) -> frozenset[int]:
    """A safe pattern that costs no more: one partner after the other goes, for the cheapest rings without it.

    What is not needed beside these goes too. Ends where no partner can go like that for less.
    """
    work = _Rings(system, rings, ends_of(system, primaries), sorted(hidden))
    best, costs = hidden, system.costs
    waiting = _dearest_first(best - keep, costs) if work.mend(costs, primaries) else []
    while waiting:
        cell, before = waiting.pop(0), work.state()
        if work.go_without(cell, costs, primaries):
            work.trim(keep, np.where(_marked(best, len(costs)), 1 + costs, costs))
            if cost_of(system, tuple(work.hidden - keep)) < cost_of(system, tuple(best - keep)) - TOLERANCE:
                best = frozenset(work.hidden)
                waiting = _dearest_first(best - keep, costs)
                continue
        work.back_to(before)
    return best


def _dearest_first(cells: Collection[int], costs: Floats) -> list[int]:
    return sorted(cells, key=lambda cell: (-costs[cell], cell))


def _marked(cells: frozenset[int], count: int) -> Flags:
    marked = np.zeros(count, dtype=np.bool_)
    marked[list(cells)] = True
    return marked


def ends_of(system: System, primaries: Sequence[Primary]) -> Ends:
    """All that has to move: up and down, as far as they have to."""
    cells = np.array([one.cell for one in primaries], dtype=np.int64)
    low, high = np.array([(one.low, one.high) for one in primaries], dtype=np.float64).reshape(-1, 2).T
    values = system.values[cells]
    up = np.repeat([True, False], len(cells))
    need = np.maximum(0.0, np.concatenate([high - values, values - low]))
    some = need > 0
    return Ends(np.tile(cells, 2)[some], up[some], need[some])


@dataclass(slots=True)
class _Rings:
    """Of each end the cells that move it. Lines lead to one another by hidden cells, on each level of need."""

    system: System
    rings: Rings
    ends: Ends
    first: Sequence[int]
    wanted: frozenset[int] = field(init=False)
    hidden: set[int] = field(init=False, default_factory=set)
    _levels: list[float] = field(init=False)
    _level: list[int] = field(init=False)  # of each end
    _leads: list[list[int]] = field(init=False)  # of each level, and last all that lead anywhere
    _backs: list[list[int]] = field(init=False)  # what leads to each line
    _wide: list[list[float]] = field(init=False)
    _ceiling: float = field(init=False)
    _between: list[tuple[int, int]] = field(init=False)
    _by: list[frozenset[int]] = field(init=False)
    _order: list[int] = field(init=False)  # ends, those first that needed something last

    def __post_init__(self) -> None:
        """Nothing is moved yet."""
        self.wanted, nodes = frozenset(self.ends.cells.tolist()), self.rings.nodes
        levels, group = levels_of(self.ends.need)
        self._levels, self._level = [*levels.tolist(), NOTHING], group.tolist()
        self._leads = [[0] * nodes for _ in self._levels]
        self._backs = [[0] * nodes for _ in self._levels]
        self._wide = [[0.0] * nodes for _ in range(nodes)]
        self._ceiling = self.system.ceiling
        self._between = self.rings.between(self.ends)
        self._by, self._order = [NOBODY] * len(self.ends), list(range(len(self.ends)))
        for cell in self.first:
            self._hide(cell)

    def mend(self, costs: Floats, primaries: Sequence[Primary]) -> bool:
        """Hide the cheapest ring of each end that none moves yet, one after the other; whether all have one."""
        found = [self._found(end) for end in range(len(self.ends))]
        self._by = [NOBODY if some is None else some for some in found]
        left = [end for end, some in enumerate(found) if some is None]
        if not left:
            return True
        return self._closed(left, costs, primaries)

    def trim(self, keep: frozenset[int], costs: Floats) -> None:
        """Show what is not needed, the dearest first."""
        for cell in _dearest_first(self.hidden - keep, costs):
            self.try_to_show(cell)

    def go_without(self, cell: int, costs: Floats, primaries: Sequence[Primary]) -> bool:
        """Show a cell, and hide the cheapest rings of the ends that need others then; whether there are some."""
        gone = [end for end, some in enumerate(self._by) if cell in some]
        self.hidden.discard(cell)
        self._set(cell, is_hidden=False)
        without = costs.copy()
        without[cell] = np.inf
        return self._closed(gone, without, primaries)

    def state(self) -> tuple[set[int], list[frozenset[int]]]:
        return self.hidden.copy(), self._by.copy()

    def back_to(self, state: tuple[set[int], list[frozenset[int]]]) -> None:
        hidden, by = state
        for cell in self.hidden - hidden:
            self._set(cell, is_hidden=False)
        for cell in hidden - self.hidden:
            self._set(cell, is_hidden=True)
        self.hidden, self._by = hidden, by

    def _closed(self, left: Sequence[int], costs: Floats, primaries: Sequence[Primary]) -> bool:
        """The cheapest ring for each of these ends, one after the other; whether all have one."""
        falls, reach = self.system.values.copy(), {one.cell: one.high - one.low for one in primaries}
        falls[list(reach)] = 0.0
        prices = self.rings.prices(np.where(_marked(frozenset(self.hidden), len(costs)), 0.0, costs), falls)
        for end in left:
            cell, up, need = int(self.ends.cells[end]), bool(self.ends.up[end]), float(self.ends.need[end])
            found = self._found(end)
            if found is not None:  # by rings of ends before it
                self._by[end] = found
                continue
            ring = prices.cheapest(cell, max(need, reach[cell]), up=up)
            if ring is None:
                return False
            prices.free(np.array(ring))
            self._by[end] = frozenset(ring[1:])
            for one in ring:
                self._hide(one)
        return True

    def try_to_show(self, cell: int) -> bool:
        """Show a cell if rings of others move all that it was needed for."""
        gone = [end for end in self._order if cell in self._by[end]]
        if gone and self._gives_away(cell):
            return False
        self._set(cell, is_hidden=False)
        new = dict[int, frozenset[int]]()
        for end in gone:
            found = self._found(end)
            if found is None:
                self._set(cell, is_hidden=True)
                self._order.remove(end)
                self._order.insert(0, end)
                return False
            new[end] = found
        for end, found in new.items():
            self._by[end] = found
        self.hidden.discard(cell)
        return True

    def _gives_away(self, cell: int) -> bool:
        """Whether a primary would be the only hidden cell of a line then."""
        for line in self.system.lines[cell]:
            rest = self.hidden.intersection(self.system.equations[line].cells) - {cell}
            if len(rest) == 1 and rest <= self.wanted:
                return True
        return False

    def _found(self, end: int) -> frozenset[int] | None:
        """The cells besides its own that move an end far enough: one ring, or the flow of many."""
        start, goal = self._between[end]
        level = self._level[end]
        nodes = way(self._leads[level], self._backs[level][goal], start, goal)
        if nodes:
            return frozenset(int(self.rings.cell[arc]) for arc in pairwise(nodes))
        need = float(self.ends.need[end])
        away, back = sum(self._wide[start]) - self._wide[start][goal], sum(row[goal] for row in self._wide)
        if min(away, back - self._wide[start][goal]) < need - NOTHING:
            return None
        flow = Flow(self._wide, self._leads[-1], self._backs[-1], start, goal)
        if not flow.brings(need):
            return None
        return frozenset(int(self.rings.cell[at, to]) for at, to, _ in flow.carried())

    def _hide(self, cell: int) -> None:
        self.hidden.add(cell)
        self._set(cell, is_hidden=True)

    def _set(self, cell: int, *, is_hidden: bool) -> None:
        """A hidden cell leads one way as far as it can rise, and the other as far as it can fall."""
        tail, head = int(self.rings.tail[cell]), int(self.rings.head[cell])
        for at, to, much in (
            (tail, head, self._ceiling),
            (head, tail, float(self.system.values[cell])),
        ):
            self._wide[at][to] = much if is_hidden else 0.0
            for level, leads, backs in zip(self._levels, self._leads, self._backs, strict=True):
                if is_hidden and much >= level:
                    leads[at] |= 1 << to
                    backs[to] |= 1 << at
                else:
                    leads[at] &= ~(1 << to)
                    backs[to] &= ~(1 << at)
