"""Partners of a number by how many people count in it, and how many of the same cell do not.

A count under a condition has a rest, whether it is asked for or not: the whole less the count. What a condition, a
share or a sum of two values tells is such a count. So the rest is a cell of the system too: the hidden count of a cell
is no more than its whole, and a rest of a few is guarded like a count of a few.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from enclave.disclosure.ledger.additive import Relations
from enclave.disclosure.suppression.cover import cover
from enclave.disclosure.suppression.insiders import Insider
from enclave.disclosure.suppression.levels import around, below_threshold
from enclave.disclosure.suppression.system import Budget, Cover, Equation, Floats, Primary, System


@dataclass(frozen=True, slots=True)
class PeoplePartners:
    """One number of a table, by the cells of the relations: how many count in it, and of how many.

    `nobody`: whether nobody is hidden like a few, of those who count and of the rest. `own`: of each cluster, the cells
    that it alone makes up.
    """

    relations: Relations
    sizes: Sequence[int]
    wholes: Sequence[int]
    nobody: tuple[Sequence[bool], bool]
    own: Sequence[Sequence[int]]
    min_units: int
    budget: Budget

    def found(
        self, hidden: Sequence[bool], whole_is_hidden: Sequence[bool], cost: Callable[[int], float]
    ) -> tuple[Cover, int, float] | None:
        """The cover, how many were primary, and past which nobody looks; None where there is nothing to do.

        Its hidden and secondary cells are those of the relations alone, or beyond them.
        """
        equations = self.relations.holding(self.sizes)
        if not any(hidden) or all(hidden) or not equations:
            return None
        primaries = [one for place, away in enumerate(hidden) if away for one in self._primaries(place)]
        costs = [cost(place) for place in range(len(self.sizes))]
        values: list[float] = [float(size) for size in self.sizes]
        if self._has_rests:
            rests = [whole - size for size, whole in zip(self.sizes, self.wholes, strict=True)]
            values += [*map(float, rests), *map(float, self.wholes)]
            costs += [0.0] * len(rests) + [0.0 if away else np.inf for away in whole_is_hidden]
            equations += self._of_rests()
        system = System(np.array(values), np.array(costs, dtype=np.float64), equations)
        insiders = self._insiders(primaries, system.values)
        budget = replace(self.budget, exact_cells=self.budget.exact_cells * (3 if self._has_rests else 1))
        some = cover(system, primaries, insiders=insiders, budget=budget)
        return some, len({one.cell % len(self.sizes) for one in primaries}), system.ceiling

    @property
    def _has_rests(self) -> bool:
        return any(size != whole for size, whole in zip(self.sizes, self.wholes, strict=True))

    def _of_rests(self) -> tuple[Equation, ...]:
        """Each whole is those who count and the rest; and wholes add up."""
        count = len(self.sizes)
        shifted = (one.moved(2 * count) for one in self.relations.holding(self.wholes))
        return (*(Equation(2 * count + at, (at, count + at)) for at in range(count)), *shifted)

    def _primaries(self, place: int) -> list[Primary]:
        """What has to stay possible of a hidden number: the same for all that lie on the same side of the threshold."""
        size, whole, least = self.sizes[place], self.wholes[place], self.min_units
        rest, (nobody, nobody_else) = whole - size, self.nobody
        if size < least or (size < whole < 2 * least):
            return [below_threshold(place, least, nobody=nobody[place] or nobody_else)]
        if 0 < rest < least or (not rest and nobody_else and self._has_rests):
            return [below_threshold(len(self.sizes) + place, least, nobody=nobody[place] or nobody_else)]
        return [around(place, size, least)]

    def _insiders(self, primaries: Sequence[Primary], values: Floats) -> list[Insider]:
        """Each cluster, which knows its own cells, and somebody in each small cell, as if nobody else were in it.

        Whether somebody is alone must not show in what is hidden. To these a cell may be one more or less than it is.
        """
        targets = tuple(around(one.cell, float(values[one.cell]), 2) for one in primaries)
        count, small = len(self.sizes), [one.cell for one in primaries if values[one.cell] < self.min_units]
        layers = (0, count, 2 * count) if self._has_rests else (0,)
        clusters = [frozenset(cell + at for cell in cells for at in layers) for cells in self.own]
        return [Insider(cells, targets) for cells in (*clusters, *(frozenset([cell]) for cell in small))]
