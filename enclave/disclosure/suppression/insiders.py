"""Who knows some cells beforehand, and attacks the others with them: a single contributor, or a whole cluster.

A line with two hidden cells, one of them somebody's own, gives the other to that somebody. Everybody else sees two.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from math import inf

from enclave.disclosure.suppression.attack import Attacker
from enclave.disclosure.suppression.system import Primary, System

Tight = tuple[Primary, frozenset[int]]
"""A primary, and the cells that tell of it to who knows them."""


@dataclass(frozen=True, slots=True)
class Insider:
    """The cells that one contributor knows, hidden or not, and what this one must hold possible of others."""

    known: frozenset[int]
    targets: tuple[Primary, ...]


def everyone_inside(primaries: Sequence[Primary], insiders: Sequence[Insider]) -> tuple[Insider, ...]:
    """The insiders, and each who stands alone in a primary."""
    alone = (
        Insider(frozenset([one.cell]), tuple(other for other in primaries if other.cell != one.cell))
        for one in primaries
        if one.alone
    )
    return tuple(one for one in (*alone, *insiders) if one.known and one.targets)


def as_asked(system: System, one: Insider) -> Insider:
    """An insider with what can be kept from her: others' cells alone, and no less of a total than is her own in it."""
    return Insider(one.known, tuple(_above(system, one)))


def _above(system: System, one: Insider) -> Iterator[Primary]:
    """What is to be kept from an insider: a total that holds cells of hers can be no less than these."""
    least: dict[int, float] = {}

    def own(cell: int) -> float:
        if cell not in least:
            lines = [system.equations[line] for line in system.lines[cell]]
            parts = [sum(map(own, line.parts)) for line in lines if line.total == cell]
            least[cell] = float(system.values[cell]) if cell in one.known else max(parts, default=0.0)
        return least[cell]

    for target in one.targets:
        if target.cell not in one.known:
            yield replace(target, low=max(target.low, own(target.cell)))


def known_to_insiders(system: System, hidden: frozenset[int], insiders: Sequence[Insider]) -> Iterator[Tight]:
    """What insiders know too well of others."""
    for one in insiders:
        if one.known & hidden:
            attacker = Attacker(system, hidden, one.targets, known=one.known)
            yield from ((target, one.known) for target in attacker.too_tight())


def without_lone_cells(system: System, hidden: frozenset[int], insiders: Sequence[Insider]) -> frozenset[int]:
    """The pattern with partners so that nobody who goes from line to line, from what is her own, comes to a target.

    What has to be hidden besides depends on what is hidden alone. Quick, so it is for any number of insiders.
    """
    pattern, grown = _Pattern.of(system, hidden), True
    lists = {id(one.targets): one.targets for one in insiders}  # many insiders have one list
    wanted = {name: frozenset(target.cell for target in targets) for name, targets in lists.items()}
    while grown:
        grown = False
        for one in insiders:
            while (line := pattern.telling(one.known, wanted[id(one.targets)])) is not None:
                partner = _cheapest(system, line, pattern.hidden | one.known)
                if partner is None:
                    break
                pattern.add(partner)
                grown = True
    return frozenset(pattern.hidden)


@dataclass(slots=True)
class _Pattern:
    """What is hidden, what of it is new, and how many hidden cells each line has; of those with new ones, which one."""

    system: System
    hidden: set[int]
    left: Counter[int]
    new: set[int] = field(default_factory=set)
    lone: set[int] = field(default_factory=set)

    @classmethod
    def of(cls, system: System, hidden: frozenset[int]) -> "_Pattern":
        return cls(system, set(hidden), Counter(line for cell in hidden for line in system.lines[cell]))

    def add(self, partner: int) -> None:
        self.hidden.add(partner)
        self.new.add(partner)
        for line in self.system.lines[partner]:
            self.left[line] += 1
            if self.left[line] == 1:
                self.lone.add(line)
            else:
                self.lone.discard(line)

    def telling(self, known: frozenset[int], targets: frozenset[int]) -> int | None:
        """The first line that tells a target, or a new cell, to who knows these and goes on from line to line."""
        lines, own = self.system.lines, known & self.hidden
        told_of = Counter(line for cell in own for line in lines[cell])
        if not self.lone and all(self.left[line] - times != 1 for line, times in told_of.items()):
            return None  # no line to begin with
        told, waiting = set(known), sorted({line for cell in own | self.new for line in lines[cell]})
        for line in waiting:  # grows
            if self.left[line] - told_of[line] != 1:
                continue
            cells = self.system.equations[line].cells
            unknown = next(cell for cell in cells if cell in self.hidden and cell not in told)
            if unknown in targets or unknown in self.new:
                return line
            told.add(unknown)
            told_of.update(lines[unknown])
            waiting += lines[unknown]
        return None


def _cheapest(system: System, line: int, but: Collection[int]) -> int | None:
    some = (cell for cell in system.equations[line].cells if cell not in but and system.costs[cell] < inf)
    return min(some, key=lambda cell: (float(system.costs[cell]), cell), default=None)
