"""Make the public numbers of reach as of a fixed date. The same whenever it is done."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

import numpy as np

from enclave.projects.model import House
from enclave.terms import ProjectId
from enclave.transparency.reach import EVERY_CLUSTER, Definition, DefinitionName, Looked
from enclave.transparency.reach_counts import (
    Counted,
    Headcounts,
    LookedAt,
    begins,
    counted,
)


class UsedBefore(Protocol):
    """What is kept of uses, as far as this looks."""

    def used_before(
        self, at: datetime, *, since: datetime | None = None
    ) -> tuple[tuple[ProjectId, DefinitionName], ...]: ...
    def definition(self, name: DefinitionName) -> Definition: ...


class Places(Protocol):
    """Finds out, inside, in which clusters and years people stand. Years are written as everybody writes them."""

    def looked(self, looked: Looked, version: str) -> Iterable[tuple[str, str]]:
        """The clusters and years of a statement."""
        ...

    def heads(self, table: str, version: str) -> Mapping[tuple[str, str], int]:
        """How many units each cluster has in each year of a table."""
        ...


@dataclass(frozen=True, slots=True)
class CountDesk:
    """What reach is counted with."""

    uses: UsedBefore
    places: Places


def count_reach(desk: CountDesk, house: House, on: date, *, since: datetime | None = None) -> Counted:
    """Every project's reach by what was asked before the date, and after an instant."""
    found: dict[ProjectId, set[tuple[Looked, str]]] = {}
    for project, name in desk.uses.used_before(begins(on, house), since=since):
        definition = desk.uses.definition(name)
        for one in definition.looked:
            found.setdefault(project, set()).add((one, definition.data_version))
    tables = sorted({(looked.table, version) for every in found.values() for looked, version in every})
    known = _headcounts({key: desk.places.heads(*key) for key in tables})
    places = {clusters: place for place, clusters in enumerate(known.clusters)}
    pairs = {key: list(desk.places.looked(*key)) for every in found.values() for key in every}
    looked = [_looked(project, found[project], pairs, known, places) for project in sorted(found)]
    return counted(on, looked, known, house)


def _headcounts(heads: Mapping[tuple[str, str], Mapping[tuple[str, str], int]]) -> Headcounts:
    """Of several data versions the larger count: a table and year are the same people in all of them."""
    clusters = tuple(sorted({cluster for counts in heads.values() for cluster, _ in counts}))
    places = {cluster: place for place, cluster in enumerate(clusters)}
    found: dict[tuple[str, str], np.ndarray[tuple[int], np.dtype[np.int64]]] = {}
    for (table, _), counts in heads.items():
        for (cluster, year), units in counts.items():
            row = found.setdefault((table, year), np.zeros(len(clusters), dtype=np.int64))
            row[places[cluster]] = max(row[places[cluster]], units)
    return Headcounts(clusters, found)


def _looked(
    project: ProjectId,
    asked: Iterable[tuple[Looked, str]],
    pairs: Mapping[tuple[Looked, str], Iterable[tuple[str, str]]],
    known: Headcounts,
    places: Mapping[str, int],
) -> LookedAt:
    flags: dict[tuple[str, str], np.ndarray[tuple[int], np.dtype[np.bool_]]] = {}
    for key in asked:
        table = key[0].table
        for cluster, year in pairs[key]:
            if (table, year) not in known.heads:
                continue
            there = flags.setdefault((table, year), np.zeros(len(known.clusters), dtype=np.bool_))
            if cluster == EVERY_CLUSTER:
                there[:] = True
            elif cluster in places:
                there[places[cluster]] = True
    return LookedAt(project, flags)
