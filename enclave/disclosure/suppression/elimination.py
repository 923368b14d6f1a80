"""The Gaussian cover: show the dearest cells first, as long as no primary follows from what is shown.

Every cell is a sum of *free* ones (those of the inside of the table). What is shown spans a space, and a primary
follows exactly if it lies in that space. Arithmetic is in whole numbers modulo a prime, so there is nothing to round.
Limit: a cover of this sort leaves nothing exactly known; bounds may be tight all the same, so an audit has to follow.

Source:
    Ø. Langsrud, Secondary cell suppression by Gaussian elimination: an algorithm suitable for handling issues with
    zeros and singletons, Privacy in Statistical Databases (2024).
"""

import heapq
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from math import inf

from enclave.disclosure.suppression.insiders import Insider
from enclave.disclosure.suppression.system import Primary, System

PRIME = (1 << 31) - 1
Vector = dict[int, int]
"""Coefficients by cell, those of 0 left out."""


def gaussian_cover(
    system: System, primaries: Sequence[Primary], insiders: Sequence[Insider] = ()
) -> tuple[int, ...]:
    """The partners, rising, with which no primary is exactly known; nor is one to an insider."""
    of_cell = vectors(system)
    wanted = {one.cell for one in primaries}
    spaces = _spaces(of_cell, primaries, insiders)
    hidden = []
    order = sorted(
        (cell for cell in range(len(system)) if cell not in wanted),
        key=lambda cell: (-system.costs[cell], cell),
    )
    for cell in order:
        must = system.costs[cell] == inf
        rests = _rests(spaces, of_cell[cell], must=must) if system.costs[cell] else None
        if rests is None:
            hidden.append(cell)
            continue
        for space, rest in zip(spaces, rests, strict=True):
            if rest:
                space.add(rest)
    return tuple(sorted(hidden))


def _rests(spaces: Sequence["_Space"], vector: Vector, *, must: bool) -> list[Vector] | None:
    """What showing a cell adds to what each sees; None where a primary would follow, and it need not be shown."""
    rests = []
    for space in spaces:
        rest = space.reduced(vector)
        if not must and not space.allows(rest):
            return None
        rests.append(rest)
    return rests


def vectors(system: System) -> list[Vector]:
    """Each cell as a sum of free cells."""
    known: dict[int, Vector] = {}
    totals = {one.total for one in system.equations}
    free = [cell for cell in range(len(system)) if cell not in totals]
    known.update({cell: {cell: 1} for cell in free})
    relations: list[Vector] = []
    waiting = list(system.equations)
    while waiting:
        later = []
        for one in waiting:
            if any(part not in known for part in one.parts):
                later.append(one)
                continue
            found = _sum(known[part] for part in one.parts)
            if one.total in known:
                relations.append(_less(found, known[one.total], 1))
            else:
                known[one.total] = found
        if len(later) == len(waiting):  # totals of one another: take one as free
            cell = min(part for one in later for part in one.parts if part not in known)
            known[cell] = {cell: 1}
        waiting = later
    return _related([known.get(cell, {cell: 1}) for cell in range(len(system))], relations)


def _related(found: list[Vector], relations: Iterable[Vector]) -> list[Vector]:
    """The same where free cells are tied to one another: as many of them are no longer free."""
    tied = _Space({})
    for relation in relations:
        rest = tied.reduced(relation)
        if rest:
            tied.add(rest)
    return [tied.reduced(one) for one in found] if tied.rows else found


def _sum(some: Iterable[Vector]) -> Vector:
    total: Vector = {}
    for one in some:
        for cell, times in one.items():
            total[cell] = (total.get(cell, 0) + times) % PRIME
    return {cell: times for cell, times in total.items() if times}


def _less(one: Vector, other: Vector, times: int) -> Vector:
    """One less another so many times."""
    found = dict(one)
    for cell, often in other.items():
        rest = (found.get(cell, 0) - times * often) % PRIME
        if rest:
            found[cell] = rest
        else:
            found.pop(cell, None)
    return found


def _spaces(
    of_cell: Sequence[Vector], primaries: Sequence[Primary], insiders: Sequence[Insider]
) -> "list[_Space]":
    """What is shown, as everybody sees it, and as each insider does."""
    found = [_Space({one.cell: of_cell[one.cell] for one in primaries})]
    for one in insiders:
        inside = _Space({target.cell: of_cell[target.cell] for target in one.targets})
        for cell in sorted(one.known):
            if inside.may_show(of_cell[cell]):  # else it tells whatever else is hidden
                inside.show(of_cell[cell])
        found.append(inside)
    return found


@dataclass(slots=True)
class _Space:
    """What is shown, in echelon form, and the primaries less what is shown of them."""

    primaries: dict[int, Vector]
    rows: dict[int, tuple[int, Vector]] = field(default_factory=dict)  # pivot -> when it came, and its row
    _with: dict[int, set[int]] = field(default_factory=dict)  # free cell -> primaries that have it
    _forms: dict[tuple[tuple[int, int], ...], int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Index the primaries by their free cells and by their forms."""
        for name, vector in self.primaries.items():
            self._index(name, vector)

    def may_show(self, vector: Vector) -> bool:
        """Whether no primary would follow."""
        return self.allows(self.reduced(vector))

    def allows(self, rest: Vector) -> bool:
        """The same for what is left of a vector without what is shown."""
        return not rest or _form(rest) not in self._forms

    def show(self, vector: Vector) -> None:
        rest = self.reduced(vector)
        if rest:
            self.add(rest)

    def reduced(self, vector: Vector) -> Vector:
        """What is left of a vector without what is shown."""
        rows = self.rows
        steps = [(rows[cell][0], cell) for cell in vector if cell in rows]
        if not steps:
            return vector
        rest = dict(vector)
        heapq.heapify(steps)
        while steps:
            _, pivot = heapq.heappop(steps)
            times = rest.get(pivot)
            if not times:
                continue
            for cell, often in rows[pivot][1].items():
                left = (rest.get(cell, 0) - times * often) % PRIME
                if cell in rows and cell not in rest and left:
                    heapq.heappush(steps, (rows[cell][0], cell))
                if left:
                    rest[cell] = left
                else:
                    rest.pop(cell, None)
        return rest

    def add(self, rest: Vector) -> None:
        """Add a reduced vector. Its pivot is the cell that the fewest primaries have."""
        pivot = min(rest, key=lambda cell: (len(self._with.get(cell, ())), cell))
        inverse = pow(rest[pivot], -1, PRIME)
        row = {cell: times * inverse % PRIME for cell, times in rest.items()}
        self.rows[pivot] = len(self.rows), row
        for name in sorted(self._with.get(pivot, ())):
            self._replace(name, _less(self.primaries[name], row, self.primaries[name][pivot]))

    def _replace(self, name: int, vector: Vector) -> None:
        old = self.primaries[name]
        for cell in old:
            self._with[cell].discard(name)
        form = _form(old)
        self._forms[form] -= 1
        if not self._forms[form]:
            del self._forms[form]
        self._index(name, vector)

    def _index(self, name: int, vector: Vector) -> None:
        self.primaries[name] = vector
        for cell in vector:
            self._with.setdefault(cell, set()).add(name)
        form = _form(vector)
        self._forms[form] = self._forms.get(form, 0) + 1


def _form(vector: Vector) -> tuple[tuple[int, int], ...]:
    """The same for all multiples of a vector."""
    if not vector:
        return ()
    ordered = sorted(vector.items())
    inverse = pow(ordered[0][1], -1, PRIME)
    return tuple((cell, times * inverse % PRIME) for cell, times in ordered)
