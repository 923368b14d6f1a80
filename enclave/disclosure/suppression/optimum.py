"""The cheapest pattern, or how far from it a pattern is at most: a search over patterns with cuts from the attacker.

A pattern is a choice of what to hide. A program over cells that may be hidden by shares, under the cuts that were found
so far, costs no more than any safe pattern. Where the attacker finds cuts that its solution breaks, they are added;
where there are none and cells are still shared, the search branches: one such cell is hidden on one way, and shown on
the other. A way ends where it costs as much as the best pattern, or where every cell is hidden or shown and the
attacker finds nothing.

Source:
    M. Fischetti, J. J. Salazar-González, Solving the cell suppression problem on tabular data with linear constraints,
    Management Science 47 (2001): the model and branch and cut. T. Achterberg, T. Koch, A. Martin, Branching rules
    revisited, Operations Research Letters 33 (2005): which cell to branch on.
"""

import heapq
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from math import ceil, inf

import numpy as np

from enclave.disclosure.suppression.attack import Attacker
from enclave.disclosure.suppression.cuts import Asked, Cuts
from enclave.disclosure.suppression.halves import Pool
from enclave.disclosure.suppression.insiders import Insider, known_to_insiders
from enclave.disclosure.suppression.programs import Impossible, NoAnswer
from enclave.disclosure.suppression.repair import Repairer, trimmed_below
from enclave.disclosure.suppression.ringed import exchanged, ringed
from enclave.disclosure.suppression.shares import Shares
from enclave.disclosure.suppression.system import TOLERANCE, Budget, Flags, Floats, Primary, System, cost_of

SHARED = 0.05
"""The share that makes a cell a candidate."""
WHOLE = 1e-6
NEAR = 1e-4
"""So far from the next whole number may a bound be that is as much as it."""
GROWN, IDLE = 1.001, 3
"""At first cuts for shares are looked for while the bound grows by a thousandth, and so many rounds more."""
FEW = 4
"""Where the attacker gives no more cuts than so many, halves of sums of cuts are looked for."""
LOOKED, TURNS = 3, 3
"""Further down the attacker is asked at one node of so many, in so many rounds; halves are looked for once at each."""
MUCH = 1.2
"""A mended pattern that costs so many times the best is not looked at further."""
ALMOST = 1.6
"""Of a pattern that costs so many steps more than the bound partners are exchanged: one step may be what it lacks."""
AGAIN = 10
"""At one node of so many its shares lead to a pattern."""
NARROW, NARROWER, SHARED_MUCH, APART = 40, 3, 0.3, 0.05
"""At this node, and at so many times as many, a search begins among cells with such a share and those of the latest
patterns, where the best pattern is that much dearer than the bound; its nodes are one fewer."""
LATEST = 3
"""Patterns that such a search goes by."""
MORE = 4
"""Cuts of a primary at once against whole patterns, once the search branches."""
SMALL = 150
"""Cells of a table that begins with the cuts of its lines; of larger ones only those of two ways are quicker so."""
TRIED, RELIABLE = 8, 2
"""So many cells are candidates to branch on; what each adds to the bound is tried out so often, and then guessed."""


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
class _Node:
    """What is decided: free cells that must be hidden have 1 in `lower`, those that must be shown 0 in `upper`."""

    bound: float
    number: int
    lower: Floats
    upper: Floats

    def turn(self, *, alike: bool) -> tuple[float, int]:
        """When its turn comes: the one that may cost least is first.

        Where all cells cost the same many may, and of these the latest is first: so a way is followed down to a pattern
        before the next is begun.
        """
        return (ceil(self.bound - NEAR), -self.number) if alike else (self.bound, self.number)

    def child(self, number: int, bound: float, place: int, share: float) -> "_Node":
        lower, upper = self.lower.copy(), self.upper.copy()
        lower[place] = upper[place] = share
        return _Node(max(self.bound, bound), number, lower, upper)


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
    attack: Attacker | None = field(init=False, default=None)  # on it, where there was one that found nothing
    _free: list[int] = field(init=False)
    _place: dict[int, int] = field(init=False)
    _costs: Floats = field(init=False)
    _alike: bool = field(init=False)  # all cells cost the same, a whole number
    _step: float = field(init=False)
    _cuts: Cuts = field(init=False)
    _pool: Pool = field(init=False)
    _program: Shares = field(init=False)
    _dearest: float = field(init=False, default=inf)  # what the best pattern costs
    _root: _Node = field(init=False)
    _shares: Floats = field(init=False)  # those that cost least before the search branches
    _latest: Floats = field(init=False)  # shares
    _unexplained: float = field(
        init=False, default=inf
    )  # bound of a pattern that is unsafe, and no cut says why
    _tried: set[frozenset[int]] = field(init=False, default_factory=set)  # patterns that were mended
    _mended: set[int] = field(init=False, default_factory=set)  # nodes of which a pattern was mended
    _kept: list[frozenset[int]] = field(
        init=False, default_factory=list
    )  # the best so far, one after another
    _made: int = field(init=False, default=0)  # nodes
    _gains: Floats = field(init=False)  # (cells, shown and hidden): what whole shares added to the bound
    _times: Floats = field(init=False)

    def __post_init__(self) -> None:
        """What may be chosen, all that is neither hidden nor shown in any case; and the cuts for shares of it."""
        self.best = self.keep
        self._free = [
            cell
            for cell in range(len(self.system))
            if cell not in self.keep and self.system.costs[cell] < inf
        ]
        self._place = {cell: place for place, cell in enumerate(self._free)}
        self._costs, count = self.system.costs[self._free], len(self._free)
        whole = bool(np.equal(np.mod(self._costs, 1), 0).all())  # costs of counts are
        self._alike = whole and bool((self._costs == self._costs[:1]).all())
        self._step = 1 - NEAR if whole else TOLERANCE * max(1.0, float(self._costs.max()))
        self._cuts = Cuts(self.system, self.primaries, self.keep, self._free)
        self._pool = Pool(self._free)
        self._program = Shares(self._costs, self._pool)
        self._gains, self._times = np.zeros((count, 2)), np.zeros((count, 2))
        self._root = _Node(0.0, 0, np.zeros(count), np.ones(count))
        self._shares = self._relaxed()

    def at_once(self) -> Attacker | None:
        """The attack on the cheapest safe pattern, where one was found already; None where it takes a search."""
        if self._root.bound < self._limit:
            return None
        attacker = self.attack or Attacker(self.system, self.best, self.primaries)
        return attacker if attacker is self.attack or self._finds_nothing(attacker) else None

    def begin(self) -> frozenset[int]:
        """A safe pattern that the shares lead to; nothing where none is found."""
        self._try(self._pattern(self._shares > 0.5))
        return self.best if self._dearest < inf else frozenset()

    def done(self, pattern: frozenset[int]) -> tuple[frozenset[int], float]:
        """The search from a safe pattern, until nothing is left, or the nodes of the budget are used up."""
        if self._cost(pattern) < self._dearest:
            self._keep(pattern)
        if self.insiders or self.system.rings is None:  # with rings it was tried while the bound stood
            for more in (self._start, self._guided):
                if self._root.bound < self._limit:
                    more(self._shares)
        bound = self._branched(self._root)
        return self.best, min(bound, self._dearest, self._unexplained)

    @property
    def _limit(self) -> float:
        """Patterns whose costs are nearer to the best one's than a step are as cheap."""
        return self._dearest - self._step

    def _relaxed(self) -> Floats:
        """The shares that cost least under all cuts that are cheap to find: a safe pattern, if that is all."""
        shares, idle, before = np.zeros(len(self._free)), 0, 0.0
        if self.system.rings is not None or len(self.system) <= SMALL:
            self._program.add(self._cuts.of_lines())
        for _ in range(self.budget.rounds):
            found = self._solved(self._root)
            if found is None and self._root.bound < self._limit:
                raise NoAnswer("nothing protects some primary")
            if found is None:
                break
            shares = found
            if _is_whole(shares):
                if self._against_whole(self._root, shares):
                    continue
                break
            self._program.tidy()
            if self._program.back():
                continue
            new = self._cuts.against(shares, is_whole=False)
            if len(new) <= FEW:
                idle = 0 if self._root.bound > before * GROWN else idle + 1
                before = self._root.bound
                if idle == 1 or (idle and self.system.rings is not None):
                    self._try(self._pattern(shares > 0.5))
                    if self._root.bound >= self._limit:
                        break
                new += self._pool.halves(shares)
            if idle > IDLE or not new:
                break
            self._program.add(new)
        self._program.forget()
        return shares

    def _branched(self, root: _Node) -> float:
        """The cost below which there is no pattern. The way that costs least so far is gone on first."""
        waiting, node, seen, narrow = list[tuple[tuple[float, int], _Node]](), root, 0, NARROW
        while node.bound < self._limit:
            if seen >= self.budget.nodes:
                return min([node.bound, *(one.bound for _, one in waiting)])
            seen, bound = seen + 1, node.bound
            shares = self._cut(node, turns=0 if seen % LOOKED else TURNS)
            if shares is not None and not seen % AGAIN and self.system.rings is None:
                self._guided(shares)
            if shares is not None and seen == narrow and self.system.rings is None:
                narrow *= NARROWER
                self._narrowed(bound, shares)
            children = [] if shares is None else self._children(node, shares)
            for child in children:
                heapq.heappush(waiting, (child.turn(alike=self._alike), child))
            if not waiting:
                break
            _, node = heapq.heappop(waiting)
        return self._dearest

    def _cut(self, node: _Node, *, turns: int) -> Floats | None:
        """The shares that cost least, with what the attacker has against them; None where the way ends."""
        turn = 0
        while True:
            shares = self._solved(node)
            if shares is None:
                return None
            if _is_whole(shares):
                if not self._against_whole(node, shares):
                    return None
                continue
            if self._program.back():
                continue
            new = self._cuts.against(shares, is_whole=False) if turn < turns else []
            if len(new) <= FEW and not turn:
                new += self._pool.halves(shares)
            if not new:
                self._program.tidy()
                return shares
            self._program.add(new)
            turn += 1

    def _solved(self, node: _Node) -> Floats | None:
        """The shares that cost least; None if they cost as much as the best pattern, or there are none."""
        try:
            shares = self._program.solved(node.lower, node.upper)
        except Impossible:
            return None
        node.bound = max(node.bound, self._program.cost)
        if node.bound >= self._limit:
            return None
        self._decide(node, shares)
        self._latest = shares
        return shares

    def _against_whole(self, node: _Node, shares: Floats) -> bool:
        """Whether the attacker has something against a pattern, which is then added, and the pattern mended."""
        whole = np.round(shares)
        pattern = self._pattern(whole > 0.5)
        known = tuple(self._known(pattern)) if self.insiders else ()
        more = 1 if node is self._root else MORE
        new = self._cuts.against(whole, is_whole=True, more=more, insiders=known)
        if not new:
            self._take(pattern, node)
            return False
        self._program.add(new)
        if self._dearest < inf and node.number not in self._mended:
            self._mended.add(node.number)
            self._try(pattern)
        return True

    def _take(self, pattern: frozenset[int], node: _Node) -> None:
        """Keep a pattern against which no cut was found, if it is cheaper, and safe.

        Where it is not safe, though no cut says why (a program that was not solved), its way ends without a proof.
        """
        if self._cost(pattern) >= self._dearest:
            return
        attacker = Attacker(self.system, pattern, self.primaries)
        attacker.told(self._cuts.tables())
        if self._finds_nothing(attacker):
            self._keep(pattern, attacker)
        else:
            self._unexplained = min(self._unexplained, node.bound)

    def _decide(self, node: _Node, shares: Floats) -> None:
        """What would cost as much as the best pattern if it were otherwise is as it is, from here down."""
        room, reduced = self._limit - self._program.cost, self._program.reduced
        node.upper[(shares < WHOLE) & (reduced > room) & (node.lower == 0)] = 0.0
        node.lower[(shares > 1 - WHOLE) & (-reduced > room) & (node.upper == 1)] = 1.0

    def _known(self, pattern: frozenset[int]) -> Iterator[Asked]:
        return known_to_insiders(self.system, pattern, self.insiders)

    # Where to branch

    def _children(self, node: _Node, shares: Floats) -> list[_Node]:
        """Both ways of the cell that is thought to add most to the bound on each; fewer where one ends at once."""
        value, apart = self._program.cost, np.minimum(shares, 1 - shares)
        order = np.lexsort((np.arange(len(shares)), -apart * self._costs))
        best, chosen, gains = -1.0, -1, np.zeros(2)
        for place in [place for place in order[:TRIED].tolist() if apart[place] > WHOLE]:
            found, proven = self._gain(node, place, float(shares[place]), value)
            score = float(np.prod(np.maximum(found, TOLERANCE)))
            if score > best:
                best, chosen, gains = score, place, proven
        if chosen < 0:
            return []
        made = []
        for share in (0, 1):
            if value + gains[share] < self._limit:
                self._made += 1
                made.append(node.child(self._made, value + float(gains[share]), chosen, float(share)))
        return made

    def _gain(self, node: _Node, place: int, share: float, value: float) -> tuple[Floats, Floats]:
        """What showing this cell adds to the bound, and hiding it: tried out, or guessed; and what of it is proven."""
        ways = np.array([share, 1 - share])
        if (self._times[place] >= RELIABLE).all():
            return self._gains[place] / self._times[place] * ways, np.zeros(2)
        found = np.zeros(2)
        for way in (0, 1):
            try:
                found[way] = max(0.0, self._program.tried(place, float(way)) - value)
                self._gains[place, way] += found[way] / max(WHOLE, ways[way])
                self._times[place, way] += 1
            except Impossible:
                found[way] = inf
        self._program.bounds(place, float(node.lower[place]), float(node.upper[place]))
        return found, found

    # Patterns

    def _pattern(self, chosen: Flags) -> frozenset[int]:
        return self.keep | {self._free[place] for place in np.flatnonzero(chosen).tolist()}

    def _finds_nothing(self, attacker: Attacker) -> bool:
        """Whether neither everybody nor an insider knows anything too well."""
        if attacker.too_tight():
            return False
        return next(self._known(attacker.hidden), None) is None

    def _try(self, pattern: frozenset[int]) -> None:
        """Mend a pattern that is too cheap; keep it if it is then cheaper than the best."""
        if self.insiders or not self._try_rings(pattern):
            self._mend(pattern)

    def _mend(self, pattern: frozenset[int]) -> None:
        """The same by programs."""
        if pattern in self._tried:
            return
        self._tried.add(pattern)
        self._repaired(Repairer(self.system, set(pattern)), self.system.costs)

    def _guided(self, shares: Floats) -> None:
        """A pattern from nothing, by programs: a cell is the cheaper the larger its share is."""
        costs = self._by_shares(shares)
        guided = System(self.system.values, costs, self.system.equations)
        self._repaired(Repairer(guided, set(self.keep)), costs)

    def _narrowed(self, bound: float, shares: Floats) -> None:
        """The cheapest pattern of few cells that is found soon: all others must stay shown."""
        if bound > (1 - APART) * self._dearest:
            return
        much = self._pattern(np.maximum(shares, self._shares) > SHARED_MUCH)
        among = much.union(*self._kept[-LATEST:])
        costs = self.system.costs.copy()
        costs[[cell for cell in self._free if cell not in among]] = inf
        narrow = System(self.system.values, costs, self.system.equations)
        budget = replace(self.budget, nodes=NARROW - 1)
        found, _ = improved(narrow, self.primaries, self.best, self.keep, budget, insiders=self.insiders)
        if self._cost(found) < self._limit:
            self._keep(found)

    def _repaired(self, repairer: Repairer, order: Floats) -> None:
        if repairer.protect_all(self.primaries):
            return
        for one, known in self._known(frozenset(repairer.hidden)):
            if not repairer.protect(one, known=known):
                return
        if self._cost(frozenset(repairer.hidden)) > MUCH * self._dearest:
            return
        self._keep_if_cheaper(frozenset(repairer.hidden), order)

    def _by_shares(self, shares: Floats) -> Floats:
        costs = self.system.costs.copy()
        costs[self._free] *= 1 + SHARED - np.minimum(1.0, shares)
        return costs

    def _try_rings(self, pattern: frozenset[int]) -> bool:
        """The same by rings, with what has a share; False where a primary has no ring."""
        rings, costs = self.system.rings, self._by_shares(self._latest)
        if rings is None:
            return False
        wide = pattern | self._pattern(self._latest > SHARED)
        if wide in self._tried:
            return True
        self._tried.add(wide)
        found = ringed(self.system, rings, self.primaries, wide, self.keep, costs)
        if found is None:
            return False
        apart = (self._cost(found) - self._root.bound) / self._step
        if 1 < apart < ALMOST and self._cost(found) < self._dearest:
            found = exchanged(self.system, rings, self.primaries, found, self.keep)
        if self._cost(found) < self._limit:
            attacker = Attacker(self.system, found, self.primaries)
            if self._finds_nothing(attacker):
                self._keep(found, attacker)
        return True

    def _start(self, shares: Floats) -> None:
        """What the best pattern or the shares of cells hide, without what is not needed; small shares go first."""
        self._keep_if_cheaper(self.best | self._pattern(shares > SHARED), self._by_shares(shares))

    def _keep_if_cheaper(self, pattern: frozenset[int], order: Floats) -> None:
        """Take a pattern without what is not needed, the first by this order tried first, if it is safe and cheaper."""
        found = trimmed_below(
            self.system,
            self.primaries,
            pattern,
            self.keep,
            below=self._limit,
            order=order,
            audits=self.budget.audits,
            insiders=self.insiders,
        )
        if found is not None:
            self._keep(found)

    def _keep(self, pattern: frozenset[int], attacker: Attacker | None = None) -> None:
        self.best, self._dearest, self.attack = pattern, self._cost(pattern), attacker
        self._kept.append(pattern)

    def _cost(self, pattern: frozenset[int]) -> float:
        return cost_of(self.system, tuple(pattern - self.keep))


def _is_whole(shares: Floats) -> bool:
    return bool((np.minimum(shares, 1 - shares) < WHOLE).all())
