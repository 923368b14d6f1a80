"""Totals and parts that hang together: what must be hidden at once so that nothing can be worked out.

If one number of a component is hidden, all its parts are, and of the component only totals that are part of nothing
stay. Then nobody can solve for a part unless the structure itself determines it, which `determined` finds: once per
catalogue, not once per row.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeAlias

from enclave.catalogue.model import Sum

Equation: TypeAlias = dict[str, Fraction]


@dataclass(frozen=True, slots=True)
class Component:
    """Sums that share a part. `members` are its parts and its totals."""

    sums: tuple[Sum, ...]

    @property
    def parts(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(part for one in self.sums for part in one.parts))

    @property
    def members(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys((*(one.total for one in self.sums), *self.parts)))


def components(sums: Iterable[Sum]) -> tuple[Component, ...]:
    """The complete sums, those together in which a part of one is a member of the other."""
    found: list[Component] = []
    for one in (one for one in sums if one.complete):
        alone = Component((one,))
        joined = [other for other in found if _hang_together(alone, other)]
        merged = Component(tuple(each for other in (*joined, alone) for each in other.sums))
        found = [*(other for other in found if other not in joined), merged]
    return tuple(found)


def determined(component: Component) -> tuple[str, ...]:
    """The parts that could be computed even if every part were hidden and every other total shown."""
    unknown = component.parts
    left = [_equation(one, unknown) for one in component.sums]
    rows: list[Equation] = []
    for part in unknown:
        row = next((row for row in left if part in row), None)
        if row is None:
            continue
        left.remove(row)
        pivot = _scaled(row, 1 / row[part])
        left = [_without(other, pivot, part) for other in left]
        rows = [*(_without(other, pivot, part) for other in rows), pivot]
    return tuple(sorted(next(iter(row)) for row in rows if len(row) == 1))


def _without(row: Equation, pivot: Equation, part: str) -> Equation:
    """The row less as much of the pivot as takes `part` out of it."""
    factor = row.get(part, Fraction(0))
    made = {name: row.get(name, Fraction(0)) - factor * pivot.get(name, Fraction(0)) for name in row | pivot}
    return {name: value for name, value in made.items() if value}


def _hang_together(one: Component, other: Component) -> bool:
    return bool({*one.parts} & {*other.members} or {*other.parts} & {*one.members})


def _equation(one: Sum, unknown: Sequence[str]) -> Equation:
    row = {part: Fraction(1) for part in one.parts}
    return row | ({one.total: Fraction(-1)} if one.total in unknown else {})


def _scaled(row: Equation, factor: Fraction) -> Equation:
    return {name: value * factor for name, value in row.items()}
