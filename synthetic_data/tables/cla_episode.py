"""Episodes of care: a stretch with the same legal status and placement.

Grain: cla_child_id, reporting_year, episode_number, which counts from 1 within child and reporting year in order
of date. Every child and year is found in cla_child. An episode that spans 31 March stands in both years.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial

import numpy as np
import pyarrow as pa

from synthetic_data.arrays import NOBODY, Days, Flags, Ints, rank_within, weighted
from synthetic_data.columns import Columns, coded, dates, either, fixed_text, numbers
from synthetic_data.identifiers import digits, postcodes, text
from synthetic_data.tables.looked_after import ENDINGS, NEXT_EPISODE, endings, path, who, years_of
from synthetic_data.tables.parts import Part
from synthetic_data.world import World
from synthetic_data.world.care import PANEL_END, reporting_days
from synthetic_data.years import REPORTING_YEARS

DAYS_AN_EPISODE = 280
MOST_EPISODES = 15
STARTED = 0
NEW_CODES, NEW_SHARES = ("S", "P", "L", "T", "B", "U"), (0.0, 0.45, 0.25, 0.15, 0.1, 0.05)
MOVED = (1, 3, 4)  # new episodes with a change of placement
STATUSES, STATUS_SHARES = (
    ("C2", "C1", "V2", "E1", "J1", "L1", "L2"),
    (0.6, 0.17, 0.17, 0.04, 0.01, 0.005, 0.005),
)
NEEDS, NEED_SHARES = ("N1", "N2", "N3", "N4", "N5", "N6", "N7", "N8"), (
    0.65, 0.03, 0.03, 0.08, 0.13, 0.01, 0.005, 0.065
)  # fmt: skip
ASYLUM_NEED = NEEDS.index("N8")
PLACES, PLACE_SHARES = ("U1", "U3", "U4", "U6", "K2", "H5", "P1", "A4", "A6", "P2", "R1", "K1", "R5", "S1", "T4"), (
    0.06, 0.1, 0.26, 0.26, 0.09, 0.07, 0.07, 0.01, 0.02, 0.02, 0.01, 0.005, 0.005, 0.01, 0.01
)  # fmt: skip
WITH_PARENTS = PLACES.index("P1")
PROVIDERS, PROVIDER_SHARES = ("PR1", "PR2", "PR3", "PR4", "PR5", "PR0"), (0.5, 0.02, 0.02, 0.4, 0.06, 0.0)
PARENTS_PROVIDE = PROVIDERS.index("PR0")
REGISTERED = ("K2", "K1", "H5", "R1", "S1")  # settings with an Ofsted number
CHANGES, CHANGE_SHARES = (
    ("CARPL", "CREQB", "CREQO", "LAREQ", "CHILD", "STAND", "ALLEG", "OTHER"),
    (0.35, 0.18, 0.1, 0.07, 0.08, 0.02, 0.02, 0.18),
)
OUTSIDE_SHARE = 0.32
DISTANCE_MEDIAN, DISTANCE_SPREAD, DISTANCE_MOST = 8.0, 1.3, 400.0
STREETS = 400


@dataclass(frozen=True, slots=True)
class Episodes:
    """All episodes of all children, in order of child and date."""

    child: Ints
    start: Days
    end: Days
    first: Flags
    last: Flags

    def __len__(self) -> int:
        return len(self.child)


def parts(world: World) -> Iterable[Part]:
    for year in REPORTING_YEARS:
        yield Part(path("cla_episode", year), years_of(year), partial(_columns, world, year))


def _columns(world: World, year: int) -> Columns:
    every = _episodes(world)
    first, last = reporting_days(year)
    in_year = (every.start <= last) & (np.isnat(every.end) | (every.end >= first))
    in_year &= world.care.open_in(year)[every.child]
    made = {**_spell(world, every, last), **_placement(world, every)}
    kept = pa.array(in_year)
    child = every.child[in_year]
    return {
        **who(world, child, year),
        "episode_number": numbers(rank_within(child, every.start[in_year]) + 1, pa.int16()),
        **{name: column.filter(kept) for name, column in made.items()},
    }


def _episodes(world: World) -> Episodes:
    """Each period of care, cut where something changed. The same in every year: one stream draws them all."""
    care, rng = world.care, world.streams.of("cla_episode")
    close = np.where(np.isnat(care.end), PANEL_END, care.end)
    length = (close - care.start).astype(np.int64)
    counts = np.minimum(1 + rng.poisson(length / DAYS_AN_EPISODE), np.clip(length, 1, MOST_EPISODES))
    child = np.repeat(np.arange(len(care)), counts)
    share = rng.random(len(child))
    order = np.lexsort((share, child))
    place = rank_within(child, np.arange(len(child)))
    first, last = place == 0, place == counts[child] - 1
    share = np.where(first, 0.0, share[order])
    start = care.start[child] + (share * length[child]).astype("timedelta64[D]")
    end = np.r_[start[1:], start[:1]]
    return Episodes(child, start, np.where(last, care.end[child], end), first, last)


def _spell(world: World, every: Episodes, last_day: np.datetime64) -> Columns:
    rng, child = world.streams.of("cla_episode", "spell"), every.child
    new = np.where(every.first, STARTED, weighted(rng, NEW_SHARES, len(every)))
    ended = np.where(every.last, endings(world)[child], NEXT_EPISODE)
    unfinished = np.isnat(every.end) | (every.end > last_day)
    need = weighted(rng, NEED_SHARES, len(world.care))
    need = np.where(world.care.asylum, ASYLUM_NEED, need)[child]
    change = weighted(rng, CHANGE_SHARES, len(every))
    return {
        "episode_start": dates(every.start),
        "episode_end": dates(every.end, missing=unfinished),
        "reason_new_episode": coded(NEW_CODES, new),
        "legal_status": coded(STATUSES, weighted(rng, STATUS_SHARES, len(every))),
        "category_of_need": coded(NEEDS, need),
        "reason_episode_ceased": coded(ENDINGS, ended, missing=unfinished),
        "reason_place_change": coded(CHANGES, np.where(np.isin(new, MOVED), change, NOBODY)),
    }


def _placement(world: World, every: Episodes) -> Columns:
    rng, care, child = world.streams.of("cla_episode", "placement"), world.care, every.child
    place = weighted(rng, PLACE_SHARES, len(every))
    provider = np.where(place == WITH_PARENTS, PARENTS_PROVIDE, weighted(rng, PROVIDER_SHARES, len(every)))
    outside = rng.random(len(every)) < OUTSIDE_SHARE
    elsewhere = rng.integers(0, len(world.authorities), len(every))
    authority = np.where(outside, elsewhere, care.authority[child])
    miles = np.exp(rng.normal(np.log(DISTANCE_MEDIAN), DISTANCE_SPREAD, len(every)))
    settings = rng.integers(0, 100_000, len(every))
    registered = np.isin(np.array(PLACES)[place], REGISTERED)
    number = fixed_text(np.hstack([text("SC9", len(every)), digits(settings, 5)]))
    homes, places = rng.integers(0, len(world.areas), (2, len(every)))
    return {
        "placement": coded(PLACES, place),
        "placement_provider": coded(PROVIDERS, provider),
        "placement_location": coded(("IN", "OUT"), (authority != care.authority[child]).astype(np.int64)),
        "placement_distance": numbers(np.round(np.minimum(miles, DISTANCE_MOST), 1), pa.float64()),
        "home_postcode": postcodes(homes, child % STREETS),
        "placement_postcode": postcodes(places, settings % STREETS),
        "placement_la_code": coded(world.codes["la"].values, world.authorities.code[authority]),
        "placement_urn": either(registered, number),
    }
