"""The cheapest pattern, or how far from it a pattern is at most: a search over patterns with cuts from the attacker.

A pattern is a choice of what to hide. Whenever the attacker bounds a primary too tightly under some choice, the
multipliers of that program say which cells would widen it, and by how much at most: a cut that each safe pattern
meets. A whole program over the cuts gives a pattern that costs no more than any safe one; if the attacker finds nothing
against it, it is the cheapest. Else it is repaired, and cut again.

Source:
    M. Fischetti, J. J. Salazar-González, Solving the cell suppression problem on tabular data with linear constraints,
    Management Science 47 (2001): the model, its cuts strengthened by the level, and bridgeless inequalities.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from math import inf

import numpy as np

from enclave.disclosure.suppression.attack import Attacker
from enclave.disclosure.suppression.insiders import Insider, known_to_insiders
from enclave.disclosure.suppression.programs import NoAnswer, Program, Rows
from enclave.disclosure.suppression.repair import Repairer, trimmed
from enclave.disclosure.suppression.system import (
    TOLERANCE,
    Budget,
    Flags,
    Floats,
    Primary,
    System,
    cost_of,
)

SMALL = 1e-9
LEAST, SHARED = 1e-4, 0.05
"""The share that each cell has at least when cuts are looked for, so that of two cuts the one with fewer cells is
found; and the share that makes a cell a candidate."""
MORE, NEAR = 4, 0.02
"""Cuts of a primary at once against whole patterns; and how near to the cheapest these are, until nothing is found
against one."""
Cut = tuple[dict[int, float], float]
"""Each safe pattern has at least so much of these cells."""
CHOSEN = 0.5
GROWN, IDLE = 1.001, 2
"""Cuts for shares go on while the bound grows by a thousandth, and so many rounds more."""


def improved(
    system: System,
    primaries: Sequence[Primary],
    hidden: frozenset[int],
    keep: frozenset[int],
    budget: Budget,
    *,
    insiders: Sequence[Insider] = (),
    search: "Search | None" = None,
) -> tuple[frozenset[int], float]:
    """A safe pattern that costs no more than this one, and a cost below which there is none.

    A search that comes to no end leaves the pattern as it is. `search`: one that was begun for the same primaries.
    """
    if len(system) > budget.exact_cells or not hidden - keep:
        return hidden, 0.0
    try:
        return (search or Search(system, primaries, keep, budget, insiders)).done(hidden)
    except NoAnswer:
        return hidden, 0.0


def begun(
    system: System,
    primaries: Sequence[Primary],
    keep: frozenset[int],
    budget: Budget,
    *,
    insiders: Sequence[Insider] = (),
) -> "Search | None":
    """A search, with the cuts for shares found; None for a table that is too large, or has primaries left open."""
    if len(system) > budget.exact_cells:
        return None
    try:
        return Search(system, primaries, keep, budget, insiders)
    except NoAnswer:
        return None


@dataclass(slots=True)
class Search:
    """A search for the cheapest pattern.

    Raises:
        NoAnswer: nothing protects some primary.
    """

    system: System
    primaries: Sequence[Primary]
    keep: frozenset[int]
    budget: Budget
    insiders: Sequence[Insider]
    best: frozenset[int] = field(init=False)
    _free: list[int] = field(init=False)
    _place: dict[int, int] = field(init=False)
    _bound: float = field(init=False)  # what shares cost at least
    _cutter: "_Cutter" = field(init=False)
    _cuts: list[Cut] = field(init=False, default_factory=list)
    _least: float = field(init=False, default=0.0)  # what shares cost at least, and what a cell adds to that
    _reduced: Floats = field(init=False)
    _shares: Floats = field(init=False)

    def __post_init__(self) -> None:
        """What may be chosen, all that is neither hidden nor shown in any case; and the cuts for shares of it."""
        self.best = self.keep
        self._free = [
            cell
            for cell in range(len(self.system))
            if cell not in self.keep and self.system.costs[cell] < inf
        ]
        self._place = {cell: place for place, cell in enumerate(self._free)}
        reach = max(one.high - one.low for one in self.primaries)
        self._cutter = _Cutter(self.system, self.keep, self._free, reach)
        self._reduced = np.zeros(len(self._free))
        self._bound = self._relaxed()

    def at_once(self) -> Attacker | None:
        """The attack on the cheapest safe pattern, where the shares are that already; None where it takes a search."""
        pattern = self.keep | {self._free[place] for place in np.flatnonzero(self._shares > CHOSEN).tolist()}
        if self._bound < self._cost(pattern) - self._step():
            return None
        attacker = Attacker(self.system, pattern, self.primaries)
        return attacker if self._finds_nothing(attacker) else None

    def done(self, pattern: frozenset[int]) -> tuple[frozenset[int], float]:
        """The search from a safe pattern: as safe a one, and a cost below which there is none."""
        self.best, bound = pattern, self._bound
        costs = self.system.costs[self._free]
        self._start()
        gap = NEAR
        for _ in range(self.budget.rounds):
            cost = self._cost(self.best)
            if bound >= cost - self._step():
                return self.best, cost
            program = self._program(whole=True)
            program.option("mip_max_nodes", self.budget.nodes)
            program.option("mip_rel_gap", gap)
            chosen = program.solved()
            bound = max(bound, min(program.bound, cost - self._step()))
            pattern = self.keep | {self._free[place] for place in np.flatnonzero(chosen > CHOSEN).tolist()}
            new = self._against((chosen > CHOSEN).astype(np.float64), more=MORE)
            if new:
                self._cuts += new
                self._try(pattern)
                continue
            if self._cost(pattern) < cost and self._is_safe(pattern):
                self.best = pattern
            if gap == 0.0 and bound < float(costs @ (chosen > CHOSEN)) - self._step():
                return self.best, bound  # the nodes ran out before the search was over
            gap = 0.0
        return self.best, bound

    def _step(self) -> float:
        """Patterns whose costs are nearer than this are as cheap: costs of counts are whole."""
        whole = np.equal(np.mod(self.system.costs[self._free], 1), 0).all()
        return 1 - TOLERANCE if whole else TOLERANCE * max(1.0, float(self.system.costs[self._free].max()))

    def _relaxed(self) -> float:
        """Cuts for shares of cells, which are cheap to find, until they add little; and the bound that they give."""
        bound, idle = 0.0, 0
        program = self._program(whole=False)
        for _ in range(self.budget.rounds):
            chosen = program.solved()
            new = self._against(chosen)
            grown = program.cost
            self._shares = chosen
            self._least, self._reduced = grown, program.reduced
            idle = 0 if grown > bound * GROWN else idle + 1
            bound = max(bound, grown)
            if not new or idle > IDLE:
                break
            self._cuts += new
            program.add(self._rows(new))
        return bound

    def _against(self, chosen: Floats, *, more: int = 1) -> list[Cut]:
        """Cuts that these shares break: with as few cells as can be, or any if there are none of that sort."""
        for least in (LEAST, 0.0):
            self._cutter.choose(chosen, least=least)
            found: dict[tuple[tuple[int, float], ...], Cut] = {}
            for one, known in self._attacked(chosen):
                for up in (True, False):
                    for cut in self._cuts_of(one, chosen, more, least=least, up=up, known=known):
                        found[tuple(sorted(cut[0].items()))] = cut
            if found:
                break
        return list(found.values())

    def _cuts_of(
        self, one: Primary, chosen: Floats, more: int, *, least: float, up: bool, known: frozenset[int]
    ) -> Iterator[Cut]:
        """So many cuts of a primary. After each its cheapest cell is hidden, so that the next is another."""
        shares = chosen.copy()
        for _ in range(more):
            cut = self._cutter.cut(one, up=up, known=known)
            if cut is None or not self._breaks(shares, cut):
                break
            if not cut[0]:
                raise NoAnswer("a primary that nothing protects")
            yield cut
            cell = min(cut[0], key=lambda cell: (float(self.system.costs[cell]), cell))
            shares[self._place[cell]] = 1.0
            self._cutter.choose_one(self._place[cell])
        if (shares != chosen).any():
            self._cutter.choose(chosen, least=least)

    def _breaks(self, shares: Floats, cut: Cut) -> bool:
        there = sum(times * float(shares[self._place[cell]]) for cell, times in cut[0].items())
        return there < cut[1] * (1 - 1e-6)

    def _attacked(self, chosen: Floats) -> Iterator[tuple[Primary, frozenset[int]]]:
        """The primaries as everybody sees them, and of whole patterns those that insiders know too well."""
        yield from ((one, frozenset()) for one in self.primaries)
        if self.insiders and np.isin(chosen, (0.0, 1.0)).all():
            pattern = self.keep | {self._free[place] for place in np.flatnonzero(chosen).tolist()}
            yield from known_to_insiders(self.system, pattern, self.insiders)

    def _is_safe(self, pattern: frozenset[int]) -> bool:
        return self._finds_nothing(Attacker(self.system, pattern, self.primaries))

    def _finds_nothing(self, attacker: Attacker) -> bool:
        """Whether neither everybody nor an insider knows anything too well."""
        if attacker.too_tight():
            return False
        return next(known_to_insiders(self.system, attacker.hidden, self.insiders), None) is None

    def _try(self, pattern: frozenset[int]) -> None:
        """Mend a pattern that is too cheap; keep it if it is then cheaper than the best."""
        repairer = Repairer(self.system, set(pattern))
        if repairer.protect_all(self.primaries):
            return
        for one, known in known_to_insiders(self.system, frozenset(repairer.hidden), self.insiders):
            if not repairer.protect(one, known=known):
                return
        self._keep_if_cheaper(frozenset(repairer.hidden), self.system.costs)

    def _start(self) -> None:
        """What the best pattern or the shares of cells hide, without what is not needed; small shares go first."""
        some = {self._free[place] for place in np.flatnonzero(self._shares > SHARED).tolist()}
        costs = self.system.costs.copy()
        costs[self._free] *= 1 + SHARED - np.minimum(1.0, self._shares)
        self._keep_if_cheaper(self.best | some, costs)

    def _keep_if_cheaper(self, pattern: frozenset[int], order: Floats) -> None:
        """Take a pattern without what is not needed, the first by this order tried first, if it is safe and cheaper."""
        if not self._is_safe(pattern):
            return
        found = trimmed(
            replace(self.system, costs=order),
            self.primaries,
            pattern,
            self.keep,
            audits=self.budget.audits,
            insiders=self.insiders,
        )
        if self._cost(found) < self._cost(self.best):
            self.best = found

    def _cost(self, pattern: frozenset[int]) -> float:
        return cost_of(self.system, tuple(pattern - self.keep))

    def _program(self, *, whole: bool) -> Program:
        count = len(self._free)
        return Program(
            self.system.costs[self._free],
            np.zeros(count),
            np.where(self._is_useless(), 0.0, 1.0) if whole else np.ones(count),
            self._rows([*self._bridgeless(), *self._cuts]),
            integers=np.arange(count) if whole else None,
        )

    def _is_useless(self) -> Flags:
        """Of each free cell, whether every pattern with it costs as much as the best one, or more."""
        found: Flags = self._least + self._reduced > self._cost(self.best)
        found[[self._place[cell] for cell in self.best - self.keep]] = False  # so that there is a pattern
        return found

    def _rows(self, cuts: Sequence[Cut]) -> Rows:
        starts, columns, values = [], list[int](), list[float]()
        for times, _ in cuts:
            starts.append(len(columns))
            columns += [self._place[cell] for cell in times]
            values += list(times.values())
        return Rows(starts, columns, values, [least for _, least in cuts], [inf] * len(cuts))

    def _bridgeless(self) -> list[Cut]:
        """A cell hidden alone in its line hides nothing: with each cell another one of its line is hidden."""
        found = []
        for one in self.system.equations:
            hidden = sum(cell in self.keep for cell in one.cells)
            free = [cell for cell in one.cells if cell in self._place]
            if hidden == 0:
                found += [({**dict.fromkeys(free, 1.0), cell: -1.0}, 0.0) for cell in free]
        return found


class _Cutter:
    """The attacker's program over all cells, each free one as far from its value as its share allows."""

    def __init__(self, system: System, keep: frozenset[int], free: Sequence[int], reach: float) -> None:
        self._system, self._keep, self._free, self._reach = system, keep, free, reach
        starts, columns, values = [], list[int](), list[float]()
        for one in system.equations:
            starts.append(len(columns))
            columns += one.cells
            values += [-1.0, *(1.0 for _ in one.parts)]
        zeros = [0.0] * len(system.equations)
        lower, upper = system.values.copy(), system.values.copy()
        lower[sorted(keep)], upper[sorted(keep)] = 0.0, system.ceiling
        self._program = Program(
            np.zeros(len(system)), lower, upper, Rows(starts, columns, values, zeros, zeros), primal=True
        )
        self._asked: int | None = None
        self._shown = [cell for cell in range(len(system)) if cell not in keep]
        self._low, self._high = system.values, system.values  # what was found possible with these shares

    def choose_one(self, place: int) -> None:
        """Let this free cell be anything."""
        self._shares[place] = 1.0
        self._program.bounds([self._free[place]], [0.0], [self._system.ceiling])

    def choose(self, shares: Floats, *, least: float) -> None:
        """How far each free cell may be from its value: by its share of what can be of use."""
        values = self._system.values[self._free]
        self._shares = shares = np.maximum(shares, least)
        down = np.where(shares > 1 - SMALL, values, shares * np.minimum(values, self._reach))
        up = np.where(shares > 1 - SMALL, self._system.ceiling, shares * self._reach)
        self._program.bounds(self._free, (values - down).tolist(), (values + up).tolist())
        self._low, self._high = np.full(len(self._system), inf), np.full(len(self._system), -inf)

    def cut(self, one: Primary, *, up: bool, known: frozenset[int]) -> Cut | None:
        """What each pattern must have that lets this primary be there; None where these shares do."""
        program, cell, held = self._program, one.cell, sorted(known)
        if not held and self._is_there(one, self._low, self._high, up=up):
            return None
        if held:
            values = self._system.values[held].tolist()
            program.bounds(held, values, values)
        if self._asked is not None:
            program.costs([self._asked], [0.0])
        program.costs([cell], [-1.0 if up else 1.0])
        self._asked = cell
        try:
            found = program.solved()
            self._low, self._high = np.minimum(self._low, found), np.maximum(self._high, found)
            there = self._is_there(one, found, found, up=up)
            return None if there else self._from(one, program.duals, up=up, known=known)
        except NoAnswer:
            return None
        finally:
            if held:
                self._let_go(known)

    @staticmethod
    def _is_there(one: Primary, low: Floats, high: Floats, *, up: bool) -> bool:
        return bool(high[one.cell] >= one.high - TOLERANCE if up else low[one.cell] <= one.low + TOLERANCE)

    def _let_go(self, known: frozenset[int]) -> None:
        always = sorted(known & self._keep)
        self._program.bounds(always, [0.0] * len(always), [self._system.ceiling] * len(always))
        self.choose(self._shares, least=0.0)

    def _from(self, one: Primary, duals: Floats, *, up: bool, known: frozenset[int]) -> Cut | None:
        """The primary is at most a sum of multiples of the other cells; what hidden ones add to it is at most 0."""
        sign = 1.0 if up else -1.0
        times = np.zeros(len(self._system))
        times[one.cell] = sign
        for place, dual in enumerate(duals.tolist()):
            if dual:
                line = self._system.equations[place]
                times[line.total] -= dual
                for part in line.parts:
                    times[part] += dual
        fixed = sorted({*self._shown, *known})
        certain = float(times[fixed] @ self._system.values[fixed])
        least = (one.high if up else -one.low) - certain
        hidden = times[sorted(self._keep - known)]
        if (hidden > TOLERANCE).any() or least <= TOLERANCE:
            return None
        found = {}
        for cell in self._free:
            often = 0.0 if cell in known else float(times[cell])
            if often > SMALL:
                found[cell] = least
            elif often < -SMALL and self._system.values[cell] > 0:
                found[cell] = min(least, -often * float(self._system.values[cell]))
        return found, least
