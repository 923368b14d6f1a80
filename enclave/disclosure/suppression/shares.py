"""The program over shares of cells, under those of the cuts found so far that matter where the search is.

It is solved at every node, so it is kept small: a cut that the latest shares more than met leaves it, and comes back as
soon as shares break it, which costs no attacker's program.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import inf

import numpy as np

from enclave.disclosure.suppression.cuts import Cut, rows_of
from enclave.disclosure.suppression.halves import Pool
from enclave.disclosure.suppression.programs import Program
from enclave.disclosure.suppression.system import Flags, Floats, Places

MET = 1e-6
BROKEN = 1e-3
IDLE = 3
"""A cut leaves that was more than met so many times one after the other."""
OFTEN = 20
"""Cuts leave when so many have come since the last left."""
BACK = 20
"""Cuts that come back at once, the most broken first."""


@dataclass(slots=True)
class Shares:
    """The cheapest shares of the free cells, at `costs`."""

    costs: Floats
    pool: Pool
    cost: float = field(
        init=False, default=-inf
    )  # of the last, or less; and what one more of each would cost
    reduced: Floats = field(init=False)
    _program: Program = field(init=False)
    _rows: Places = field(init=False)  # places in the pool
    _idle: Places = field(init=False)  # how many times each was more than met
    _over: Floats = field(init=False)  # of each cut of the pool, by the last shares
    _new: int = field(init=False, default=0)  # rows since the last were left out

    def __post_init__(self) -> None:
        """No cut yet."""
        count = len(self.costs)
        self._rows = self._idle = np.zeros(0, dtype=np.int64)
        self._program = Program(self.costs, np.zeros(count), np.ones(count), rows_of((), {}))
        self._program.option("dual_simplex_cost_perturbation_multiplier", 0.0)  # fewer iterations

    def solved(self, lower: Floats, upper: Floats) -> Floats:
        """The cheapest shares between these.

        Raises:
            Impossible: there are none.
        """
        self._program.bounds(np.arange(len(lower)), lower, upper)
        shares = self._program.solved()
        self.cost, self.reduced = self._least(), self._program.reduced
        self._over = self.pool.over(shares)
        self._idle = np.where(self._over[self._rows] > MET, self._idle + 1, 0)
        return shares

    def tried(self, place: int, share: float) -> float:
        """What it costs at least with this cell so; its bounds have to be set again."""
        self._program.bounds([place], [share], [share])
        self._program.solved()
        return self._least()

    def bounds(self, place: int, lower: float, upper: float) -> None:
        self._program.bounds([place], [lower], [upper])

    def add(self, cuts: Sequence[Cut]) -> None:
        self._take(self.pool.add(cuts))

    def back(self) -> bool:
        """Take back cuts that the last shares break; whether there are any."""
        over = self._over
        over[self._rows] = 0.0
        order = np.argsort(over, kind="stable")[:BACK]
        broken = order[over[order] < -BROKEN]
        if len(broken):
            self._take(broken)
        return len(broken) > 0

    def tidy(self) -> None:
        """Leave out what was more than met for long, once enough has come; right after a solution, which stays one."""
        if self._new >= OFTEN:
            self._leave(self._idle >= IDLE)

    def forget(self) -> None:
        """Leave out what the last shares more than met."""
        self._leave(self._idle > 0)

    def _least(self) -> float:
        return self._program.cost if self._program.is_cheapest else -inf

    def _take(self, places: Places) -> None:
        self._program.add(self.pool.rows(places))
        self._rows = np.concatenate([self._rows, places])
        self._idle = np.concatenate([self._idle, np.zeros(len(places), dtype=np.int64)])
        self._new += len(places)

    def _leave(self, which: Flags) -> None:
        self._program.without(which)
        self._rows, self._idle, self._new = self._rows[~which], self._idle[~which], 0
