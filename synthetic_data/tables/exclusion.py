"""Suspensions and permanent exclusions, one row per event.

Grain: pmr_anon, academic_year, exclusion_number, which counts from 1 in order of date over all schools of the
year. Counts per person are over-dispersed: a few people have most of the events. `sessions` is null exactly for
permanent exclusions; the totals repeat in every row of a person and year.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial

import numpy as np
import pyarrow as pa

from synthetic_data.arrays import NOBODY, Days, Flags, Floats, Ints, day, rank_within, weighted
from synthetic_data.calibration import calibration
from synthetic_data.columns import Columns, coded, constant, dates, flags, numbers
from synthetic_data.tables.about import (
    Rows,
    ethnic_groups,
    gender,
    home,
    named,
    need_type,
    provision,
    reference,
    school,
    year_group,
)
from synthetic_data.tables.parts import Part
from synthetic_data.world import World
from synthetic_data.world.circumstances import NONE
from synthetic_data.world.sites import UNIT
from synthetic_data.years import TERMS, TERMS_A_YEAR, WARM_UP, YEARS, YOUNGEST_GROUP

CATEGORIES = ("SUSP", "LNCH", "PERM")
SUSPENDED, LUNCHTIME, PERMANENT = range(3)
LUNCHTIME_SHARE = 0.003
PERSON_POWER = 1.5  # sharpens conduct: how few people have how many of the events
NEED = 1.6  # times the rate, beside what conduct already carries
POOR = 1.9
TEACHING_UNIT = 2.0
MOST_EVENTS, MOST_SESSIONS = 40, 90  # a year
SECOND_REASON_SHARE, THIRD_REASON_SHARE = 0.28, 0.07
DISRUPTION, DISRUPTION_SHARE = "DB", 0.48
# First day and length of the days of school in each term, counted from 1 September.
TERM_DAYS = ((4, 104), (125, 84), (228, 92))
REPORTED_IN = (2, 0, 1)  # two terms later
WEEK, SATURDAY = 7, 5


@dataclass(frozen=True, slots=True)
class Events:
    """The events of one year, in order of person and date."""

    person: Ints
    term: Ints  # place in the year
    start: Days
    category: Ints
    sessions: Ints
    number: Ints

    def __len__(self) -> int:
        return len(self.person)

    def per_person(self, values: Ints) -> Ints:
        """The sum of `values` over the events of each row's person."""
        size = int(self.person.max(initial=0)) + 1
        return np.bincount(self.person, values, minlength=size).astype(np.int64)[self.person]


def parts(world: World) -> Iterable[Part]:
    for year in range(WARM_UP, len(YEARS)):
        path = f"exclusion/{YEARS[year].replace('/', '-')}.parquet"
        yield Part(path, (YEARS[year],), partial(_columns, world, year))


def _columns(world: World, year: int) -> Columns:
    rng = world.streams.of("exclusion", year)
    found = _events(world, year, rng)
    rows = Rows(found.person, year)
    site = world.panel.site[found.person, year * TERMS_A_YEAR + found.term]
    place = home(world, rows, missing=rng.random(len(rows)) < world.quirks.home_missing)
    return {
        **reference(world, rows),
        **named(world, rows),
        "academic_year": constant(YEARS[year], len(rows), pa.string()),
        **_event(found),
        **_reasons(len(rows), rng),
        **_totals(found),
        **provision(world, rows),
        "sen_type_primary": need_type(world, rows),
        "fsm_eligible": flags(world.lives.meals[rows.person, year]),
        "ethnicity": ethnic_groups(world, rows)["ethnicity"],
        **gender(world, rows),
        **year_group(world.panel.group[rows.person, year]),
        "lsoa11": place["lsoa11"],
        "output_area": place["output_area"],
        **{name: column for name, column in school(world, site, year).items() if name != "estab"},
    }


def _rates(world: World, year: int, here: Flags) -> Floats:
    """Expected suspensions of each person in the year; the national rate on the whole."""
    people, lives, figures = world.people, world.lives, calibration()
    by_group = figures.shares("suspension_rate_pct", "nc_year", "2016/17")
    usual = ("N", "N", "R", *(str(group) for group in range(1, 12)), "12", "12", "12", "12")
    groups = np.array([by_group[code] for code in usual])
    by_minor = figures.shares("suspension_rate_pct", "ethnic_minor", "2016/17")
    minors = np.array([by_minor.get(code, by_minor["WBRI"]) for code in world.ethnicities.minor.values])
    sexes = figures.shares("suspension_rate_pct", "sex", "2016/17")
    rate = groups[np.clip(world.panel.group[:, year] - YOUNGEST_GROUP, 0, len(groups) - 1)]
    rate = rate * np.sqrt(minors)[people.minor] * np.where(people.girl, sexes["F"], sexes["M"])
    rate *= people.conduct**PERSON_POWER
    rate *= np.where(lives.provision[:, year] != NONE, NEED, 1.0)
    rate *= np.where(lives.meals[:, year], POOR, 1.0)
    rate *= np.where(world.sites.kind[world.panel.last_site(year)] == UNIT, TEACHING_UNIT, 1.0)
    rate[~here] = 0
    wanted = figures.value("suspension_rate_pct", year=YEARS[year]) / 100 * here.sum()
    expected: Floats = rate * wanted / max(rate.sum(), 1e-9)
    return expected


def _events(world: World, year: int, rng: np.random.Generator) -> Events:
    panel, first = world.panel, year * TERMS_A_YEAR
    on_roll = panel.site[:, first : first + TERMS_A_YEAR] != NOBODY
    counts = np.minimum(rng.poisson(_rates(world, year, on_roll.any(axis=1))), MOST_EVENTS - 1)
    suspended = np.repeat(np.arange(len(counts)), counts)
    permanent = np.flatnonzero(panel.excluded[:, year] != NOBODY)
    person = np.r_[suspended, permanent]
    category = np.where(rng.random(len(person)) < LUNCHTIME_SHARE, LUNCHTIME, SUSPENDED)
    category[len(suspended) :] = PERMANENT
    term = _terms(on_roll[suspended], rng)
    term = np.r_[term, panel.excluded[permanent, year]]
    sessions = np.where(category == SUSPENDED, _lengths(rng, len(person)), 1)
    sessions[category == PERMANENT] = 0
    start = _school_days(rng, year, term)
    order = np.lexsort((start, person))
    person, term, start = person[order], term[order], start[order]
    category, sessions = category[order], sessions[order]
    kept = _running(person, sessions) <= MOST_SESSIONS
    person = person[kept]
    number = rank_within(person, np.arange(len(person))) + 1
    return Events(person, term[kept], start[kept], category[kept], sessions[kept], number)


def _terms(on_roll: Flags, rng: np.random.Generator) -> Ints:
    """A term for each event, one of those in which the person was on roll."""
    weights = on_roll * rng.random(on_roll.shape)
    return np.argmax(weights, axis=1) if len(weights) else np.zeros(0, dtype=np.int64)


def _lengths(rng: np.random.Generator, count: int) -> Ints:
    """Sessions of a suspension: mostly one to five days of two."""
    mean_days = calibration().value("suspension_length_mean_days")
    days = np.minimum(rng.geometric(1 / mean_days, count), MOST_SESSIONS // 2)
    half = rng.random(count) < 0.08
    return np.where(half, 1, 2 * days).astype(np.int64)


def _school_days(rng: np.random.Generator, year: int, term: Ints) -> Days:
    starts, spans = np.array(TERM_DAYS).T
    first = day(f"{YEARS[year][:4]}-09-01")
    days = first + (starts[term] + (rng.random(len(term)) * spans[term]).astype(np.int64)).astype(
        "timedelta64[D]"
    )
    weekday = (days.astype(np.int64) + 3) % WEEK  # 1970 began on a Thursday
    back = np.maximum(weekday - SATURDAY + 1, 0)
    weekdays: Days = days - back.astype("timedelta64[D]")
    return weekdays


def _running(person: Ints, sessions: Ints) -> Ints:
    """Sessions so far in the year, in the order of a person's events."""
    total = np.cumsum(sessions)
    starts = (
        np.flatnonzero(np.r_[True, person[1:] != person[:-1]]) if len(person) else np.zeros(0, dtype=np.int64)
    )
    before = np.where(starts > 0, total[starts - 1], 0)
    so_far: Ints = total - np.repeat(before, np.diff(np.r_[starts, len(person)]))
    return so_far


def _event(found: Events) -> Columns:
    return {
        "exclusion_number": numbers(found.number, pa.int16()),
        "category": coded(CATEGORIES, found.category),
        "start_date": dates(found.start),
        "term": coded(TERMS, found.term),
        "reporting_term": coded(TERMS, np.array(REPORTED_IN)[found.term]),
        "sessions": numbers(found.sessions, pa.int16(), missing=found.category == PERMANENT),
    }


def _totals(found: Events) -> Columns:
    permanent = found.per_person((found.category == PERMANENT).astype(np.int64))
    fixed = found.per_person((found.category != PERMANENT).astype(np.int64))
    return {
        "permanent_indicator": flags(permanent > 0),
        "perm_count": numbers(permanent, pa.int16()),
        "total_fixed": numbers(fixed, pa.int16()),
        "total_fixed_sessions": numbers(found.per_person(found.sessions), pa.int16()),
    }


def _reasons(count: int, rng: np.random.Generator) -> Columns:
    """Up to three different reasons, the main one first."""
    shares = calibration().shares("suspensions_by_reason", "reason", "2016/17")
    rest = sum(share for reason, share in shares.items() if reason != DISRUPTION)
    shares[DISRUPTION] = rest * DISRUPTION_SHARE / (1 - DISRUPTION_SHARE)
    codes = tuple(shares)
    first, second, third = (weighted(rng, list(shares.values()), count) for _ in range(3))
    more = rng.random(count)
    second = np.where((more < SECOND_REASON_SHARE) & (second != first), second, NOBODY)
    third = np.where(
        (more < THIRD_REASON_SHARE) & (second != NOBODY) & (third != first) & (third != second), third, NOBODY
    )
    return {
        "reason": coded(codes, first),
        "reason_2": coded(codes, second),
        "reason_3": coded(codes, third),
    }
