"""The public numbers of reach: per project, cluster and year of the data, rounded down, at fixed dates.

They stand on what was asked and on headcounts that everybody knows (see `query.looked`), so that no query can make one
of them tell something of a person. Between two dates they do not change.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from enclave.projects.model import House
from enclave.terms import ProjectId

Heads: TypeAlias = npt.NDArray[np.int64]
"""How many units each cluster has, in the order of a list of clusters."""


@dataclass(frozen=True, slots=True, eq=False)
class Headcounts:
    """What everybody knows: units by cluster, of each table of people and year. All rows are over `clusters`."""

    clusters: tuple[str, ...]
    heads: Mapping[tuple[str, str], Heads]  # by table and year


@dataclass(frozen=True, slots=True, eq=False)
class LookedAt:
    """Which clusters a project looked at: a flag for each of `Headcounts.clusters`, by table and year."""

    project: ProjectId
    flags: Mapping[tuple[str, str], npt.NDArray[np.bool_]]


@dataclass(frozen=True, slots=True, eq=False)
class ProjectReach:
    """One project: by year of the data, units in all and by cluster. A negative number is one that is not shown."""

    project: ProjectId
    totals: Mapping[str, int]
    by_cluster: Mapping[str, Heads]


@dataclass(frozen=True, slots=True, eq=False)
class Counted:
    """Every project at one date."""

    on: date
    clusters: tuple[str, ...]
    projects: tuple[ProjectReach, ...]

    def of(self, project: ProjectId) -> ProjectReach | None:
        return next((one for one in self.projects if one.project == project), None)


HIDDEN = -1


def last_date(house: House, now: datetime) -> date:
    """The last of the fixed dates, there and then; the first of them a year ago at the earliest."""
    today = now.astimezone(house.time_zone).date()
    dates = [
        date(year, *(int(part) for part in when.split("-")))
        for year in (today.year - 1, today.year)
        for when in house.reach.published_on
    ]
    return max((one for one in dates if one <= today), default=date(today.year - 1, 1, 1))


def begins(on: date, house: House) -> datetime:
    """The instant at which a date begins: uses before it are counted on it."""
    return datetime.combine(on, time(), house.time_zone)


def counted(on: date, looked: Iterable[LookedAt], known: Headcounts, house: House) -> Counted:
    """The public numbers of all projects."""
    return Counted(on, known.clusters, tuple(_project(one, known, house) for one in looked))


def _project(looked: LookedAt, known: Headcounts, house: House) -> ProjectReach:
    """Through two tables of a year, a cluster's units are those of the larger: they are the same people."""
    years: dict[str, Heads] = {}
    for (table, year), flags in looked.flags.items():
        heads = np.where(flags, known.heads[table, year], 0)
        years[year] = np.maximum(years[year], heads) if year in years else heads
    least = house.rules.min_units
    return ProjectReach(
        project=looked.project,
        totals={
            year: _rounded(int(heads.sum()), house.reach.round_down_to, least)
            for year, heads in years.items()
        },
        by_cluster={
            year: np.where(
                heads == 0,
                0,
                np.where(
                    heads < least,
                    HIDDEN,
                    heads // house.reach.cluster_round_down_to * house.reach.cluster_round_down_to,
                ),
            )
            for year, heads in years.items()
        },
    )


def _rounded(units: int, to: int, least: int) -> int:
    return 0 if units == 0 else HIDDEN if units < max(to, least) else units // to * to


def counted_json(found: Counted, project: ProjectId) -> dict[str, object] | None:
    """What the register says of one project: units by year; `c` for a number that is not shown."""
    one = found.of(project)
    if one is None:
        return None
    return {
        "counted_on": found.on.isoformat(),
        "years": [{"year": year, "units": shown(units)} for year, units in sorted(one.totals.items())],
    }


def shown(units: int) -> int | str:
    return "c" if units == HIDDEN else int(units)


def clusters_json(found: Counted, project: ProjectId) -> dict[str, dict[str, int | str]]:
    """What the register says of one project by year and cluster; clusters without anybody are left out."""
    one = found.of(project)
    return {
        year: {code: shown(int(units)) for code, units in zip(found.clusters, row, strict=True) if units != 0}
        for year, row in sorted(() if one is None else one.by_cluster.items())
    }
