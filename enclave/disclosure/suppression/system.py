"""The additive relations of an output as one system of equations, and what must stay uncertain in it.

Every total less its parts is an equation. All margins, hierarchies and linked tables stand in one system, and a cell
that several of them have in common is one variable. The attacker knows the equations, everything shown, and that
nothing is negative.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import chain
from math import ceil, inf, log10

import numpy as np

from enclave.disclosure.suppression.arrays import Flags as Flags
from enclave.disclosure.suppression.arrays import Floats as Floats
from enclave.disclosure.suppression.arrays import Places as Places
from enclave.disclosure.suppression.implied import without_implied
from enclave.disclosure.suppression.rings import Rings

TOLERANCE = 1e-6
"""Relative, of a solver's answer: what it calls reached may lack this much."""


LEAST_CEILING = 1_000.0


@dataclass(frozen=True, slots=True)
class Equation:
    """A total is the sum of its parts. All are places of cells."""

    total: int
    parts: tuple[int, ...]

    @property
    def cells(self) -> tuple[int, ...]:
        return (self.total, *self.parts)

    def moved(self, by: int) -> "Equation":
        """The same of cells that stand so many places further on."""
        return Equation(self.total + by, tuple(part + by for part in self.parts))


@dataclass(frozen=True, slots=True)
class Primary:
    """A cell that the primary rules hide, and what an attacker must hold possible of it.

    That it is `low` or less, and that it is `high` or more. `alone`: a single contributor stands behind it, who knows
    its value and attacks the others with it.
    """

    cell: int
    low: float
    high: float
    alone: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Flat:
    """All cells of all equations, one after the other: the line of each, and its sign, which is less for a total."""

    cells: Places
    line: Places
    signs: Floats
    count: int

    @classmethod
    def of(cls, equations: Sequence[Equation]) -> "Flat":
        sizes = [1 + len(one.parts) for one in equations]
        cells = np.fromiter(chain.from_iterable(one.cells for one in equations), np.int64, sum(sizes))
        signs = np.ones(len(cells))
        signs[np.cumsum([0, *sizes])[:-1]] = -1.0
        return cls(cells, np.repeat(np.arange(len(sizes)), sizes), signs, len(sizes))

    def sums(self, values: Floats, chosen: Flags) -> Floats:
        """Of each line the parts less the total, as far as they are chosen."""
        some = self.signs[chosen] * values[self.cells[chosen]]
        found: Floats = np.bincount(self.line[chosen], some, minlength=self.count).astype(np.float64)
        return found


@dataclass(frozen=True, slots=True, eq=False)
class System:
    """Cells with their values, what it costs to hide each, and all equations between them.

    `costs` are 0 where a cell is hidden in any case (it was hidden before), and infinite where it must stay shown. A
    primary's value enters through its equations alone: nothing that is decided depends on it otherwise.
    """

    values: Floats
    costs: Floats
    equations: tuple[Equation, ...]
    lines: tuple[tuple[int, ...], ...] = field(init=False)  # the equations of each cell
    flat: "Flat" = field(init=False)
    _rings: "list[Rings | None]" = field(
        init=False, repr=False, default_factory=list
    )  # once it was asked for

    def __post_init__(self) -> None:
        """Refuse what is no table.

        Raises:
            ValueError: a value is negative or no number, a cost is negative, or an equation does not hold.
        """
        if not np.isfinite(self.values).all() or (self.values < 0).any():
            raise ValueError("the values of a table are numbers from 0 up")
        if len(self.costs) != len(self.values) or not (self.costs >= 0).all():
            raise ValueError("each cell has a cost from 0 up")
        flat = Flat.of(self.equations)
        totals = self.values[[one.total for one in self.equations]]
        apart = np.abs(flat.sums(self.values, np.ones(len(flat.cells), dtype=np.bool_)))
        if (apart > TOLERANCE * np.maximum(1.0, totals)).any():
            raise ValueError("a total is not the sum of its parts")
        lines: list[list[int]] = [[] for _ in self.values]
        for cell, line in zip(flat.cells.tolist(), flat.line.tolist(), strict=True):
            lines[cell].append(line)
        object.__setattr__(self, "flat", flat)
        object.__setattr__(self, "lines", tuple(tuple(some) for some in lines))

    def __len__(self) -> int:
        return len(self.values)

    @property
    def rings(self) -> Rings | None:
        """The rings of a table of two ways, of which one may have levels; None for others. Looked for once."""
        if not self._rings:
            self._rings.append(self._made_rings())
        return self._rings[0]

    def _made_rings(self) -> Rings | None:
        left = without_implied([(one.total, one.parts) for one in self.equations], len(self))
        if left is None:
            return None
        flat = self.flat if len(left) == self.flat.count else Flat.of([self.equations[line] for line in left])
        return Rings.of(flat.cells, flat.line, flat.signs, cells_at_all=len(self), lines_at_all=flat.count)

    def lets(self, moves: Floats, cells: Places) -> Flags:
        """Of tables in which these cells move so, a row each, and no others do: whether each is a table."""
        place = np.full(len(self), -1)
        place[cells] = np.arange(len(cells))
        some = np.flatnonzero(place[self.flat.cells] >= 0)
        line = self.flat.line[some]
        starts = np.flatnonzero(np.diff(line, prepend=-1))
        apart = np.add.reduceat(
            moves[:, place[self.flat.cells[some]]] * self.flat.signs[some], starts, axis=1
        )
        held = (np.abs(apart) <= TOLERANCE).all(axis=1) & (moves >= -self.values[cells] - TOLERANCE).all(
            axis=1
        )
        return np.asarray(held, dtype=np.bool_)

    @property
    def ceiling(self) -> float:
        """Past which nobody looks: a power of ten far above everything, so that no program is without an end."""
        return 100.0 * 10.0 ** ceil(log10(max(LEAST_CEILING, float(self.values.max(initial=0.0)))))


@dataclass(frozen=True, slots=True)
class Interval:
    """What an attacker must hold possible of a hidden cell, at least. `exact`: and no more than that."""

    low: float
    high: float
    exact: bool = False


@dataclass(frozen=True, slots=True)
class Budget:
    """How much work may go into a better pattern: never seconds, so that an answer can be replayed.

    `exact_cells`: up to so many cells a proven optimum is looked for. `rounds` are of cuts before the search branches,
    `nodes` are of the whole search. `audits`: programs that may be solved to find what need not be hidden.
    `intervals`: hidden cells whose intervals are worked out exactly. `insiders`: so many are asked what they can work
    out.
    """

    exact_cells: int = 600
    rounds: int = 40
    nodes: int = 500
    audits: int = 4_000
    intervals: int = 2_000
    insiders: int = 200


@dataclass(frozen=True, slots=True, eq=False)
class Cover:
    """What to hide, and how well it hides.

    `hidden` are all places, primaries among them; `secondary` those hidden as partners. `cost` is that of the partners,
    and no pattern costs less than `bound`. `intervals` are of hidden cells. `open` are primaries that no pattern
    protects, since what would have to be hidden with them must stay shown.
    """

    hidden: frozenset[int]
    secondary: tuple[int, ...]
    cost: float
    bound: float
    intervals: dict[int, Interval]
    open: tuple[int, ...] = ()

    @property
    def gap(self) -> float:
        """By how much a better pattern could at most be cheaper, as a share of the cost."""
        return 0.0 if self.cost <= 0 else max(0.0, (self.cost - self.bound) / self.cost)


def reaches(interval: Interval, one: Primary) -> bool:
    """Whether an interval is as wide as it has to be."""
    return is_low(interval.low, one) and is_high(interval.high, one)


def is_low(value: float, one: Primary) -> bool:
    return value <= one.low + TOLERANCE * max(1.0, abs(one.low))


def is_high(value: float, one: Primary) -> bool:
    return value >= one.high - TOLERANCE * max(1.0, abs(one.high))


def cost_of(system: System, cells: Sequence[int]) -> float:
    """What hiding these costs."""
    return float(sum(cost for cost in system.costs[list(cells)].tolist() if cost < inf))
