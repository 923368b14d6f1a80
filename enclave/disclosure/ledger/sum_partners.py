"""Partners of sums and means: what goes with a hidden one so that what it is made of stays uncertain.

Partners of people come first (`partners`): they keep open how many stand behind a number. This keeps open how much they
add up to, by p % of it: a cell with many people and next to no amount is no partner of one that a single person holds.

Limit: who adds much to a hidden partner knows that it is no less. Limit: totals that were shown before are not looked
up; the ledger compares those, by who adds to them and by how much (`shares`).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from enclave.disclosure.amounts import Amounts
from enclave.disclosure.ledger.additive import Relations
from enclave.disclosure.report import CODE_OF, Codes, Rule
from enclave.disclosure.suppression.cover import cover
from enclave.disclosure.suppression.insiders import Insider
from enclave.disclosure.suppression.levels import around
from enclave.disclosure.suppression.system import TOLERANCE, Budget, Cover, Equation, Floats, Primary, System

SCALE = 1e6
"""What the largest amount of a table becomes in its system: programs are exact to some digits."""
Cost = Callable[[int], float]


@dataclass(frozen=True, slots=True, eq=False)
class Partnership:
    """Cells of the raw table to hide besides, and the cover of the system, one of whose units is so much (`unit`)."""

    partners: Sequence[int]
    cover: Cover
    unit: float
    ceiling: float


@dataclass(frozen=True, slots=True)
class SumPartners:
    """The relations of a leaf, with amounts in its cells."""

    relations: Relations
    amounts: Amounts
    min_units: int
    own: Sequence[Sequence[int]]  # of each cluster, the cells that it alone makes up
    budget: Budget

    def found(self, hidden: Codes, cost: Cost) -> Partnership | None:
        """What has to go besides; None where nothing is hidden, or nothing adds up.

        Args:
            hidden: codes by the rows of the raw table; partners of before are hidden, and no longer to be guarded.
            cost: of a cell of the system.
        """
        raw = self.relations.raw
        unit = float(self.amounts.sizes.max(initial=0.0)) / SCALE
        if not unit > 0:
            return None
        sizes = self._by_place(self.amounts.sizes / unit, of_nobody=0.0)
        widths = self._by_place(self.amounts.widths / unit, of_nobody=float(self.amounts.widths.min()) / unit)
        equations = tuple(one for one in self.relations.equations if self._holds(one, sizes))
        primaries, costs = list[Primary](), np.zeros(len(raw))
        for place, cell in enumerate(raw):
            code = hidden[cell] if cell >= 0 else 0
            if place in self.relations.known:
                costs[place] = np.inf
            elif cell >= 0 and code == CODE_OF[Rule.SECONDARY]:
                continue
            elif cell < 0 or code:
                primaries.append(around(place, float(sizes[place]), 2 * float(widths[place])))
            costs[place] = cost(place)
        shown = any(cell >= 0 and not hidden[cell] for cell in raw)
        if not primaries or not equations or not shown:
            return None
        system = System(sizes, costs, equations)
        insiders = self._insiders(tuple(primaries))
        found = cover(system, primaries, insiders=insiders, budget=self.budget)
        worth = unit * self.amounts.unit
        return Partnership([raw[place] for place in found.secondary], found, worth, system.ceiling)

    def _insiders(self, primaries: tuple[Primary, ...]) -> list[Insider]:
        """Each cluster, and whoever may be alone in a cell of few."""
        contributors, raw = self.amounts.contributors, self.relations.raw
        few = [
            one.cell for one in primaries if raw[one.cell] < 0 or contributors[raw[one.cell]] < self.min_units
        ]
        return [
            *(Insider(frozenset(cells), primaries) for cells in sorted(map(sorted, self.own))),
            *(Insider(frozenset([cell]), primaries) for cell in few),
        ]

    def _by_place(self, values: Floats, *, of_nobody: float) -> Floats:
        return np.array([float(values[cell]) if cell >= 0 else of_nobody for cell in self.relations.raw])

    def _holds(self, one: Equation, sizes: Floats) -> bool:
        if any(cell in self.relations.known for cell in one.cells):
            return False
        apart = float(sizes[one.total] - sizes[list(one.parts)].sum())
        return abs(apart) <= TOLERANCE * max(1.0, float(sizes[one.total])) / 2


def with_codes(
    measures: Mapping[str, Codes], columns: Sequence[str], cells: Codes, partners: Sequence[int]
) -> dict[str, Codes]:
    """The codes with those of partners, in all numbers that follow from one another."""
    found = dict(measures)
    for column in columns:
        if column not in found:
            continue
        codes = found[column].copy()
        for cell in partners:
            if not codes[cell] and not cells[cell]:
                codes[cell] = CODE_OF[Rule.SECONDARY]
        found[column] = codes
    return found
