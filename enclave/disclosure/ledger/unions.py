"""Several numbers of one answer taken together, as one number: the shown cells of a level, or of a line."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

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
from enclave.disclosure.ledger.reading import MOST_CLUSTERS


def union_of(numbers: Sequence[LedgerNumber], said: Hidden | None = None, *, min_units: int) -> LedgerNumber:
    """Counts together, by whom they are about.

    Counts of different units add up only where few units are in two of them; else the rows alone do.

    Args:
        said: their hidden conditions where all of them together are plainly those in sight who meet these.
    """
    labels = distinct(np.concatenate([one.population.labels for one in numbers]))
    hidden = said
    if hidden is None:
        hidden = frozenset[str]().union(*(one.population.hidden for one in numbers))
    rows_only = in_two([units_of(one.population.labels) for one in numbers]) >= min_units
    visible = labels if not hidden else distinct(np.concatenate([one.population.visible for one in numbers]))
    kinds: dict[str, Kind] = {kind.name: kind for one in numbers for kind in one.kinds}
    censuses = {census for one in numbers for census in one.likeness.censuses.split("; ")}
    return LedgerNumber(
        identity=hashlib.sha256(b"line\x1e" + b"".join(sorted(one.identity for one in numbers))).digest(),
        likeness=Likeness("count", "; ".join(sorted(censuses))),
        kinds=tuple(kinds[name] for name in sorted(kinds)),
        population=Population(labels, visible, hidden, rows_only),
        clusters=together([one.clusters for one in numbers]),
        years=tuple(sorted({year for one in numbers for year in one.years})),
        tables=numbers[0].tables,
    )


def in_two(groups: Sequence[Labels]) -> int:
    """How many units are in two groups or more, that may have each several times."""
    units = np.sort(np.concatenate([distinct(one) for one in groups]))
    return len(distinct(units[1:][units[1:] == units[:-1]]))


def together(cells: Sequence[Mapping[str, ClusterPart]]) -> dict[str, ClusterPart]:
    """The parts of several populations together, by cluster; nothing where they lie in more than ten."""
    names = sorted({name for cell in cells for name in cell})
    if len(names) > MOST_CLUSTERS or not all(cells):
        return {}
    return {name: _one_part([cell[name] for cell in cells if name in cell]) for name in names}


def _one_part(parts: Sequence[ClusterPart]) -> ClusterPart:
    return ClusterPart(
        distinct(np.concatenate([one.labels for one in parts])),
        distinct(np.concatenate([one.visible for one in parts])),
        frozenset[str]().union(*(one.parts for one in parts)),
    )


def untied(union: LedgerNumber) -> LedgerNumber:
    """As it is remembered: the sum of numbers that are known ties no clusters together."""
    return union if len(union.clusters) == 1 else replace(union, clusters={})
