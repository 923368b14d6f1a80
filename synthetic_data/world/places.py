"""Where people live: authorities on the map, and small areas with their deprivation.

Authority codes and names are the public ones; everything below them is invented. Each primary school is the
middle of a neighbourhood of one to three areas, as many to a school as in England; a run with more primary schools
than England has fewer areas to each, for a rank of deprivation is one of the 32,844 of England and belongs to one area.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from synthetic_data.arrays import Floats, Ints, rank_within, standardised, weighted
from synthetic_data.calibration import calibration
from synthetic_data.scale import Scale
from synthetic_data.shape import Codes
from synthetic_data.streams import Streams
from synthetic_data.years import FIRST_SCALED_YEAR, YEARS

AREAS_OF_ENGLAND = 32_844
# Authorities with a single school, in which a whole town of schools would look absurd.
TOO_SMALL = ("201", "420")
# The order in which the regions take turns, so that the smallest run has contrast; the populous come twice.
REGION_TURNS = (
    "London",
    "North East",
    "West Midlands",
    "South East",
    "North West",
    "East of England",
    "Yorkshire and The Humber",
    "South West",
    "East Midlands",
    "London",
    "North West",
    "South East",
)
TYPICAL_SCORE, SCORE_BOUNDS = 0.13, (0.005, 0.85)
URBAN_CODES = ("A1", "C1", "D1", "E1")


@dataclass(frozen=True, slots=True)
class Authorities:
    """The authorities of this run. `code` counts in the catalogue's list of authorities."""

    code: Ints
    region: tuple[str, ...]
    side_km: Floats

    def __len__(self) -> int:
        return len(self.code)


@dataclass(frozen=True, slots=True)
class Areas:
    """Small areas (LSOA), by neighbourhood: `neighbourhood` counts the primary schools of the run."""

    authority: Ints
    neighbourhood: Ints
    x: Floats
    y: Floats
    score: Floats  # IDACI: share of children in income-deprived families
    rank: Ints  # 1 is the most deprived
    urban: Ints  # in URBAN_CODES

    def __len__(self) -> int:
        return len(self.authority)

    @property
    def decile(self) -> Ints:
        return (self.rank - 1) * 10 // AREAS_OF_ENGLAND + 1

    @property
    def middle_area(self) -> Ints:
        """MSOA: five neighbouring areas of one authority share one."""
        return (
            self.authority * (AREAS_OF_ENGLAND // 5) + rank_within(self.authority, np.arange(len(self))) // 5
        )


def authorities(codes: Codes, scale: Scale, streams: Streams) -> Authorities:
    """Pick authorities, region by region, among those which stood from the first results to the end of the panel."""
    rng = streams.of("authorities")
    pools = {
        region: [place for place in rng.permutation(_standing(codes, region)) if _is_old(codes, place)]
        for region in REGION_TURNS
    }
    chosen: list[int] = []
    while len(chosen) < scale.authorities:
        for region in REGION_TURNS:
            if pools[region] and len(chosen) < scale.authorities:
                chosen.append(int(pools[region].pop()))
    regions = tuple(str(codes.parents[place]) for place in chosen)
    side = np.where([region == "London" for region in regions], 5.0, rng.uniform(7, 15, len(chosen)))
    return Authorities(np.array(chosen), regions, side)


def _standing(codes: Codes, region: str) -> list[int]:
    return [
        place
        for place, code in enumerate(codes.values)
        if codes.parents[place] == region
        and not codes.valid_to[place]
        and (codes.valid_from[place] or "") <= YEARS[0][:4]
        and code not in TOO_SMALL
    ]


def _is_old(codes: Codes, place: int) -> bool:
    """Whether results from before the panel can name it. Asked after all are drawn, so that the others stay drawn."""
    return (codes.valid_from[place] or "") <= str(FIRST_SCALED_YEAR)


def areas(
    found: Authorities, *, authority: Ints, x: Floats, y: Floats, rural: Floats, streams: Streams
) -> Areas:
    """Areas around neighbourhood middles (one entry per neighbourhood), most deprived where the region is."""
    rng = streams.of("areas")
    middles = np.repeat(np.arange(len(authority)), _areas_each(rng, len(authority)))
    spread = 0.35 + 1.2 * rural[middles]
    score = _deprivation(rng, found, authority, middles)
    order = np.argsort(np.argsort(-score, kind="stable"), kind="stable")
    return Areas(
        authority=authority[middles],
        neighbourhood=middles,
        x=x[middles] + rng.normal(0, 1, len(middles)) * spread,
        y=y[middles] + rng.normal(0, 1, len(middles)) * spread,
        score=score,
        rank=1 + ((order + 0.5) * AREAS_OF_ENGLAND / len(middles)).astype(np.int64),
        urban=np.where(
            rural[middles] > 0,
            2 + (rng.random(len(middles)) < 0.5),
            weighted(rng, (0.45, 0.55), len(middles)),
        ),
    )


def _areas_each(rng: np.random.Generator, neighbourhoods: int) -> Ints:
    """How many areas each neighbourhood has: fewer where England has no more, at least one."""
    each = weighted(rng, (0.25, 0.55, 0.20), neighbourhoods) + 1
    spare = int(each.sum()) - AREAS_OF_ENGLAND
    if spare > 0:
        lost = rng.choice(np.repeat(np.arange(neighbourhoods), each - 1), spare, replace=False)
        each -= np.bincount(lost, minlength=neighbourhoods)
    return each


def _deprivation(rng: np.random.Generator, found: Authorities, authority: Ints, middles: Ints) -> Floats:
    by_region = calibration().shares("fsm_eligible_pct", "region")
    national = calibration().value("fsm_eligible_pct")
    regional = np.array([np.log(by_region[region] / national) for region in found.region])
    levels = (
        1.1 * regional[authority][middles]
        + rng.normal(0, 0.25, len(found))[authority][middles]
        + rng.normal(0, 0.9, len(authority))[middles]
        + rng.normal(0, 0.35, len(middles))
    )
    least, most = SCORE_BOUNDS
    return np.clip(TYPICAL_SCORE * np.exp(levels), least, most).round(3)


def deprivation_z(found: Areas) -> Floats:
    return standardised(np.log(found.score))
