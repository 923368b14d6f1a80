"""Several numbers of one answer taken together, as one number: the shown cells of a level, or of a line."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from enclave.disclosure.ledger.dense import LARGE, census_of, merged
from enclave.disclosure.ledger.hidden_conditions import Hidden
from enclave.disclosure.ledger.numbers import (
    ClusterPart,
    Kind,
    Labels,
    LedgerNumber,
    Likeness,
    Population,
    distinct,
    units_of,
)
from enclave.disclosure.ledger.populations import MOST_CLUSTERS
from enclave.disclosure.ledger.shares import shares_in
from enclave.disclosure.ledger.shares import together as together_in_sum

FEW_MARKS = 16
"""Marks for each unit that is looked at, at most: else to sort them is quicker."""


def union_of(numbers: Sequence[LedgerNumber], said: Hidden | None = None, *, min_units: int) -> LedgerNumber:
    """Counts together, or what the sums of one product add up from, by whom they are about.

    Counts of different units add up only where few units are in two of them; else the rows alone do.

    Args:
        said: their hidden conditions where all of them together are plainly those in sight who meet these.
    """
    all_labels = [one.population.labels for one in numbers]
    labels = merged(all_labels)
    hidden = said
    if hidden is None:
        hidden = frozenset[str]().union(*(one.population.hidden for one in numbers))
    apart = len(labels) == sum(len(one) for one in all_labels) and census_of(labels) is not None
    rows_only = not apart and in_two([units_of(one) for one in all_labels]) >= min_units
    visible = labels
    if hidden:  # many have the same in sight
        in_sight = {id(one.population.visible): one.population.visible for one in numbers}
        visible = merged(list(in_sight.values()))
    kinds: dict[str, Kind] = {kind.name: kind for one in numbers for kind in one.kinds}
    censuses = {census for one in numbers for census in one.likeness.censuses.split("; ")}
    return LedgerNumber(
        identity=hashlib.sha256(b"line\x1e" + b"".join(sorted(one.identity for one in numbers))).digest(),
        likeness=Likeness(numbers[0].likeness.statistic, "; ".join(sorted(censuses))),
        kinds=tuple(kinds[name] for name in sorted(kinds)),
        population=Population(labels, visible, hidden, rows_only),
        clusters=together([one.clusters for one in numbers]),
        years=tuple(sorted({year for one in numbers for year in one.years})),
        tables=numbers[0].tables,
        shares=_shares_together(numbers),
    )


def _shares_together(numbers: Sequence[LedgerNumber]) -> str:
    """How much those add who add to one of these sums; nothing where that is not told of each."""
    found = [shares_in(one.shares) for one in numbers]
    told = [one for one in found if one is not None]
    if len(told) < len(found):
        return ""
    units = [units_of(one.population.labels) for one in numbers]
    apart = len(merged(units)) == sum(map(len, units))
    return together_in_sum(told, apart=apart).text


def in_two(groups: Sequence[Labels]) -> int:
    """How many units are in two groups or more, that may have each several times."""
    many = sum(len(one) for one in groups)
    top = max((int(one.max(initial=-1)) for one in groups), default=-1)
    if LARGE < many and top < FEW_MARKS * many and all(one.min(initial=0) >= 0 for one in groups):
        return _in_two_marked(groups, top)
    units = np.sort(np.concatenate([distinct(one) for one in groups]))
    return len(distinct(units[1:][units[1:] == units[:-1]]))


def _in_two_marked(groups: Sequence[Labels], top: int) -> int:
    """The same by a mark for each unit that may be."""
    once, twice = np.zeros(top + 1, dtype=np.bool_), np.zeros(top + 1, dtype=np.bool_)
    for one in groups:
        twice[one[once[one]]] = True
        once[one] = True
    return int(np.count_nonzero(twice))


def together(cells: Sequence[Mapping[str, ClusterPart]]) -> dict[str, ClusterPart]:
    """The parts of several populations together, by cluster; nothing where they lie in more than ten."""
    names = sorted({name for cell in cells for name in cell})
    if len(names) > MOST_CLUSTERS or not all(cells):
        return {}
    return {name: _one_part([cell[name] for cell in cells if name in cell]) for name in names}


def _one_part(parts: Sequence[ClusterPart]) -> ClusterPart:
    return ClusterPart(
        merged([one.labels for one in parts]),
        merged([one.visible for one in parts]),
        frozenset[str]().union(*(one.parts for one in parts)),
    )


def untied(union: LedgerNumber) -> LedgerNumber:
    """As it is remembered: the sum of numbers that are known ties no clusters together."""
    return union if len(union.clusters) == 1 else replace(union, clusters={})
