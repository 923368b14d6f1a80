"""A cheap pattern of a table of two ways by rings alone, which no program is solved for.

Each primary that nothing moves gets the cheapest ring there is, and then what all can do without is shown again. What
this finds is safe, as rings are tables that could be there. That it costs least is for the search to say. Which ring a
primary gets does not depend on how many are in it, or in others: no primary is lowered, and each ring is wide enough
for all that its primary could be.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from enclave.disclosure.suppression.arrays import Flags, Floats, Places
from enclave.disclosure.suppression.rings import Ends, Rings
from enclave.disclosure.suppression.system import Primary, System


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
    for cell in sorted(work.hidden - keep, key=lambda cell: (-costs[cell], cell)):
        work.try_to_show(cell)
    return frozenset(work.hidden)


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
    system: System
    rings: Rings
    ends: Ends
    first: Sequence[int]
    wanted: frozenset[int] = field(init=False)
    hidden: set[int] = field(init=False)
    _may: Flags = field(init=False)
    _moves: Floats = field(init=False)  # (ends, cells): of each a ring

    def __post_init__(self) -> None:
        """Nothing is moved yet."""
        self.hidden, self.wanted = set(self.first), frozenset(self.ends.cells.tolist())
        self._may = np.zeros(len(self.system), dtype=np.bool_)
        self._may[list(self.first)] = True
        self._moves = np.zeros((len(self.ends), len(self.system)))

    def mend(self, costs: Floats, primaries: Sequence[Primary]) -> bool:
        """Hide the cheapest ring of each end that none moves yet, one after the other; whether all have one."""
        moved = self._around(np.arange(len(self.ends)))
        if moved.all():
            return True
        falls, reach = self.system.values.copy(), {one.cell: one.high - one.low for one in primaries}
        falls[list(reach)] = 0.0
        prices = self.rings.prices(np.where(self._may, 0.0, costs), falls)
        for end in np.flatnonzero(~moved).tolist():
            cell, up, need = int(self.ends.cells[end]), bool(self.ends.up[end]), float(self.ends.need[end])
            found = prices.cheapest(cell, max(need, reach[cell]), up=up)
            if found is None:
                return False
            cells, signs = found
            prices.free(cells)
            self._moves[end, cells] = signs * need
            self._may[cells] = True
        self.hidden = set(np.flatnonzero(self._may).tolist())
        return True

    def try_to_show(self, cell: int) -> bool:
        """Show a cell if rings of others move all that it was needed for."""
        gone = np.flatnonzero(self._moves[:, cell])
        if len(gone) and self._gives_away(cell):
            return False
        self._may[cell] = False
        before = self._moves[gone]
        if len(gone) and not self._around(gone).all():
            self._may[cell] = True
            self._moves[gone] = before
            return False
        self.hidden.discard(cell)
        return True

    def _gives_away(self, cell: int) -> bool:
        """Whether a primary would be the only hidden cell of a line then."""
        for line in self.system.lines[cell]:
            rest = [one for one in self.system.equations[line].cells if self._may[one] and one != cell]
            if len(rest) == 1 and rest[0] in self.wanted:
                return True
        return False

    def _around(self, which: Places) -> Flags:
        cells, values = np.flatnonzero(self._may), self.system.values
        rises = np.full(len(cells), self.system.ceiling)
        found = self.rings.around(self.ends.some(which), cells, rises, values[cells])
        at = which[found.moved]
        self._moves[at] = 0.0
        self._moves[np.ix_(at, cells)] = found.moves
        return found.moved
