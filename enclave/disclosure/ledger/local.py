"""The lifetime cap without a base: independent numbers inside any group of units are few for ever.

The bases of the linear audit are clusters, their parts and whole tables. A group that is none of them (the units of one
month and decile over many clusters) would have no cap of its own. So for each new number a group is grown around it,
greedily, from known numbers that add the fewest units; whenever the independent ones inside the group pass its units
over `units_per_number`, the new number is refused. The growing ends at a number that adds as many units as each
number needs. What is visible of populations decides, so that a refusal follows from the queries.

A number that adds more can bring others inside, so at the end the number is looked at together with each known one.

Limit: greedy growing can miss a group. Wide numbers of more than `MOST_UNITS` visible units are not looked at.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from enclave.disclosure.ledger.crowd import Crowd
from enclave.disclosure.ledger.linear import System
from enclave.disclosure.ledger.numbers import CENSUS_BITS, Labels

MOST_UNITS = 500
"""Visible units of a number that a group is grown around."""
MOST_IN_A_GROUP = 2_000
MOST_KNOWN = 400
"""Known numbers around a new one that are looked at: those that add the fewest units."""

Flags = npt.NDArray[np.bool_]


def passes_local_cap(new: Labels, known: Sequence[Crowd], *, units_per_number: int) -> bool:
    """Whether the new number would be one too many inside some group around it.

    Args:
        new: visible units of a number, sorted, without repeats.
        known: those of like numbers of its kind, of `MOST_IN_A_GROUP` units or fewer.
    """
    least = max(1, len(new) // units_per_number)
    if sum(len(one) for one in known) < least:
        return False
    others = _distinct(new, known)
    if len(others) < least:
        return False
    units, inside = _matrix([new, *others])
    group = inside[0].copy()
    taken = np.zeros(len(inside), dtype=np.bool_)
    taken[0] = True
    while True:
        more = (inside & ~group).sum(axis=1)
        more[taken] = len(units) + 1
        taken |= more == 0
        if _too_many([new, *others], taken, int(group.sum()), units_per_number):
            return True
        nearest = int(np.argmin(np.where(taken, len(units) + 1, more)))
        if taken[nearest] or more[nearest] >= units_per_number:
            return _with_any_other([new, *others], inside, units_per_number)
        group |= inside[nearest]
        taken[nearest] = True
        if group.sum() > MOST_IN_A_GROUP:
            return False


def _with_any_other(populations: Sequence[Labels], inside: Flags, units_per_number: int) -> bool:
    """The same for the number together with each known one: a large population can bring others inside it."""
    for other in range(1, len(populations)):
        group = inside[0] | inside[other]
        taken = ~(inside & ~group).any(axis=1)
        if _too_many(populations, taken, int(group.sum()), units_per_number):
            return True
    return False


def _distinct(new: Labels, known: Sequence[Crowd]) -> list[Labels]:
    """The different known populations that share units with the new one, nearest first; not those equal to it."""
    found: dict[bytes, tuple[int, Labels]] = {}
    for crowd in known:
        for _, one, shared in crowd.sharing(new):
            if not shared == len(one) == len(new):
                found.setdefault(one.tobytes(), (len(one) - shared, one))
    nearest = sorted(found.values(), key=lambda other: other[0])
    return [one for _, one in nearest[:MOST_KNOWN]]


def _matrix(populations: Sequence[Labels]) -> tuple[Labels, Flags]:
    units = np.concatenate(populations)
    units = np.sort(units)
    units = units[np.concatenate(([True], units[1:] != units[:-1]))]
    inside = np.zeros((len(populations), len(units)), dtype=np.bool_)
    for row, one in enumerate(populations):
        inside[row, np.searchsorted(units, one)] = True
    return units, inside


def _too_many(populations: Sequence[Labels], taken: Flags, size: int, units_per_number: int) -> bool:
    """Whether more of the populations in the group are independent than it has room for."""
    most = max(1, size // units_per_number)
    if taken.sum() <= most:
        return False
    system = System(min_units=1, most_rank=None)
    for place in np.flatnonzero(taken):
        labels = populations[int(place)] << CENSUS_BITS
        system.add(labels, labels)
    return system.rank > most
