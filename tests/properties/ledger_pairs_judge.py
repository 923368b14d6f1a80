"""A slow, obvious judge of differences: sets, every pair and every triple. Written apart from the product."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import permutations, product
from typing import TypeVar

from enclave.disclosure.ledger.numbers import CENSUS_BITS, CENSUS_MASK, LedgerNumber, Population

Label = tuple[int, int]  # unit, census
One = TypeVar("One")


@dataclass(frozen=True)
class Plain:
    """A number with sets in place of arrays."""

    identity: bytes
    statistic: str
    censuses: str
    fixed: bool
    cluster: str | None
    labels: frozenset[Label]
    visible: frozenset[Label]
    hidden: frozenset[str]

    @property
    def units(self) -> frozenset[int]:
        return frozenset(unit for unit, _ in self.labels)

    @property
    def visible_units(self) -> frozenset[int]:
        return frozenset(unit for unit, _ in self.visible)

    @property
    def timeless(self) -> bool:
        return all(census == 0 for _, census in self.labels)


def plain(number: LedgerNumber) -> Plain:
    population: Population = number.population
    return Plain(
        number.identity,
        number.likeness.statistic,
        number.likeness.censuses,
        len(number.kinds) > 0 and all(kind.fixed for kind in number.kinds),
        next(iter(number.clusters)) if len(number.clusters) == 1 else None,
        frozenset((int(one) >> CENSUS_BITS, int(one) & CENSUS_MASK) for one in population.labels),
        frozenset((int(one) >> CENSUS_BITS, int(one) & CENSUS_MASK) for one in population.visible),
        population.hidden,
    )


def refused(new: Sequence[Plain], known: Sequence[Plain], min_units: int) -> set[int]:
    """The positions that may not be shown."""
    shown = list(known)
    found = set()
    order = sorted(
        range(len(new)), key=lambda place: (-len(new[place].visible_units), len(new[place].hidden), place)
    )
    for position in order:
        if may_be_shown(new[position], shown, min_units):
            shown.append(new[position])
        else:
            found.add(position)
    return found


def may_be_shown(one: Plain, shown: Sequence[Plain], min_units: int) -> bool:
    if any(other.identity == one.identity for other in shown):
        return True
    same_time = [
        other for other in shown if (other.statistic, other.censuses) == (one.statistic, one.censuses)
    ]
    if one.censuses and any(surely_equal(one, other) and one.labels == other.labels for other in same_time):
        return True
    any_time = [other for other in shown if other.statistic == one.statistic and other.fixed and one.fixed]
    full = same_time if one.censuses else []
    nested_only = any_time if one.censuses else [*same_time, *any_time]
    return (
        not any(near(one, other, min_units) for other in full)
        and not any(
            near(one, other, min_units) and not (crossed(one, other) and in_sight(one, other, min_units))
            for other in nested_only
        )
        and not any(
            makes_up(three, min_units)
            for first in full
            for second in full
            if first is not second
            for three in permutations((one, first, second), 3)
            if is_looked_for(*three)
        )
    )


def near(one: Plain, other: Plain, min_units: int) -> bool:
    """Whether the two tell too much of those in one alone."""
    apart = one.units ^ other.units
    if apart:
        return len(apart) < min_units
    if surely_equal(one, other):
        return False
    if one.timeless or other.timeless:
        return True
    times = {unit for unit, _ in one.labels ^ other.labels}
    if times:
        return len(times) < min_units or bool(one.hidden or other.hidden)
    return True


def crossed(one: Plain, other: Plain) -> bool:
    return not one.units <= other.units and not one.units >= other.units


def in_sight(one: Plain, other: Plain, min_units: int) -> bool:
    """Whether everybody can see that many are in one alone, and many in the other."""
    mine, others = one.visible_units, other.visible_units
    return len(mine - others) >= min_units and len(others - mine) >= min_units


def surely_equal(one: Plain, other: Plain) -> bool:
    """A condition on all of somebody's rows may hold where it does not at one census."""
    if one.timeless == other.timeless:
        return one.hidden == other.hidden and one.visible == other.visible
    return not one.hidden and not other.hidden and one.visible_units == other.visible_units


def is_looked_for(whole: Plain, part: Plain, other: Plain) -> bool:
    """Inside one cluster all are; else those with a whole over several clusters and a part that is too.

    With few numbers every whole is among the largest.
    """
    if whole.cluster is not None:
        return whole.cluster == part.cluster == other.cluster
    return part.cluster is None or other.cluster is None


def makes_up(three: tuple[Plain, ...], min_units: int) -> bool:
    """Whether a whole, a part and another part tell too much of what is left over."""
    whole, part, other = three
    rests = [len(left_over(whole.units, part.units, other.units))]
    if not any(one.timeless for one in three):
        rests.append(len({unit for unit, _ in left_over(whole.labels, part.labels, other.labels)}))
    if any(0 < rest < min_units for rest in rests):
        return True
    return 0 in rests and not surely_makes_up(whole, part, other)


def surely_makes_up(whole: Plain, part: Plain, other: Plain) -> bool:
    """Whether nobody is left over whatever people's hidden fields hold."""
    three = (whole, part, other)
    if not any(one.hidden for one in three):
        return True
    if any(one.timeless for one in three):
        return never_left([one.visible_units for one in three], three)
    alone = all(len(one.visible_units) == len(one.visible) for one in three)
    if not alone and not whole.hidden == part.hidden == other.hidden:
        return False
    return never_left([one.visible_units for one in three], three) and never_left(
        [one.visible for one in three], three
    )


def never_left(visible: Sequence[frozenset[One]], three: Sequence[Plain]) -> bool:
    """Field a has the values that the conditions name, and another where they name one; b holds or not."""
    named = {text for one in three for text in one.hidden if "a" in text}
    values = [*named, *(["another"] if len(named) < 2 else [])]
    worlds = [{value, *state} for value, state in product(values, ([], ["b"]))]
    for one in visible[0] | visible[1] | visible[2]:
        for world in worlds:
            whole, part, other = (
                one in seen and number.hidden <= world for seen, number in zip(visible, three, strict=True)
            )
            if whole - part - other != 0:
                return False
    return True


def left_over(whole: frozenset[One], part: frozenset[One], other: frozenset[One]) -> set[One]:
    return {one for one in whole | part | other if (one in whole) - (one in part) - (one in other) != 0}
