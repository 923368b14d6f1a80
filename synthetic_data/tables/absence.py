"""Absence: sessions possible and missed, one row per person, school and year, Reception to Year 11.

Grain: pmr_anon, academic_year, laestab; and pmr_anon, academic_year where main_record is true, which holds for
exactly one row of each person and year. In every row authorised and unauthorised absence add up to overall, the
terms to the year, and the reasons to overall_year.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial

import numpy as np
import pyarrow as pa

from synthetic_data.arrays import NOBODY, Flags, Floats, Ints
from synthetic_data.columns import Columns, constant, flags, numbers
from synthetic_data.tables.about import (
    Rows,
    ethnic_groups,
    gender,
    in_classes,
    named,
    provision,
    reference,
    school,
    year_group,
)
from synthetic_data.tables.parts import Part
from synthetic_data.world import World
from synthetic_data.world.circumstances import NONE, PLAN
from synthetic_data.world.sites import SPECIAL, UNIT
from synthetic_data.years import TERMS_A_YEAR, WARM_UP, YEARS

SPELLS = ("autumn", "spring", "summer", "summer6")
SESSIONS = (140, 114, 52, 66)  # possible in each
TERM_OF_SPELL = (0, 1, 2, 2)
SESSIONS_VARY = 3  # by school
MOST_SCHOOLS = 3  # rows of one person in a year, which the catalogue states as a bound
SUBSIDIARY_SHARE = 0.3  # of sessions, at a second school
MEDIAN_RATE = 0.051
SPREAD = 0.76  # of the log rate: the right tail is long
POOR, SUPPORTED, PLANNED, OLDER, TROUBLED = 0.42, 0.24, 0.30, 0.045, 0.14
SPECIAL_SCHOOL, TEACHING_UNIT = 0.25, 1.6
BY_GROUP = {
    "WIRT": 1.25,
    "WROM": 1.05,
    "BAFR": -0.35,
    "CHNE": -0.45,
    "AIND": -0.25,
    "ABAN": -0.1,
    "APKN": 0.05,
}
LASTING = 0.85  # how far absence is the person's own from year to year
# A few of the older people are hardly ever there: this share of those who are often away.
AWAY_ABOVE, AWAY_SHARE, AWAY_FROM_GROUP, AWAY_RATES = 1.2, 0.30, 7, (0.45, 0.95)
HIGHEST_RATE = 0.98
NEVER_AWAY_SHARE = 0.04
UNAUTHORISED = (0.19, 0.55)  # share of absence for little of it, for nearly all
AUTHORISED_REASONS = {
    "i": 0.76,
    "m": 0.12,
    "r": 0.02,
    "s": 0.01,
    "t": 0.01,
    "h": 0.012,
    "f": 0.002,
    "e": 0.016,
    "c": 0.05,
}
UNAUTHORISED_REASONS = {"g": 0.22, "u": 0.08, "o": 0.66, "n": 0.04}
TRAVELLERS = ("WIRT", "WROM")
STUDY_LEAVE_GROUP = 11
PERSISTENT, SEVERE = 0.1, 0.5


@dataclass(frozen=True, slots=True)
class Attended:
    """Rows of one year: at which terms each person was at the site, and whether the row is the main one."""

    rows: Rows
    site: Ints
    terms: Flags  # rows x terms
    main: Flags
    share: Floats  # of the sessions


def parts(world: World) -> Iterable[Part]:
    for year in range(WARM_UP, len(YEARS)):
        path = f"absence/{YEARS[year].replace('/', '-')}.parquet"
        yield Part(path, (YEARS[year],), partial(_columns, world, year))


def _columns(world: World, year: int) -> Columns:
    rng = world.streams.of("absence", year)
    found = _attended(world, year)
    rows = found.rows
    return {
        **reference(world, rows),
        "upn": named(world, rows)["upn"],
        "academic_year": constant(YEARS[year], len(rows), pa.string()),
        "main_record": flags(found.main),
        **{
            name: column
            for name, column in school(world, found.site, year).items()
            if name in ("laestab", "urn")
        },
        **gender(world, rows),
        **year_group(world.panel.group[rows.person, year]),
        "fsm_eligible": flags(world.lives.meals[rows.person, year]),
        "ethnic_group_minor": ethnic_groups(world, rows)["ethnic_group_minor"],
        **provision(world, rows),
        **_sessions(world, found, rng),
    }


def _attended(world: World, year: int) -> Attended:
    """One row for each school that a person was at; the last one of the year is the main one."""
    panel, first = world.panel, year * TERMS_A_YEAR
    by_term = panel.site[:, first : first + TERMS_A_YEAR]
    people = np.flatnonzero(in_classes(panel.group[:, year]) & (by_term != NOBODY).any(axis=1))
    by_term, last = by_term[people], panel.last_site(year)[people]
    dual = np.where(by_term[:, 0] == NOBODY, NOBODY, panel.dual[people, year])
    fresh = _first_seen(np.column_stack([by_term, dual]))
    fresh[:, -1] &= fresh[:, :-1].sum(axis=1) < MOST_SCHOOLS
    places, which = np.nonzero(fresh.T)
    second = places == TERMS_A_YEAR
    site = np.where(second, dual[which], by_term[which, np.minimum(places, TERMS_A_YEAR - 1)])
    here = by_term[which] == site[:, None]
    terms = np.where(second[:, None], by_term[which] != NOBODY, here)
    share = np.where(second, SUBSIDIARY_SHARE, 1.0)
    return Attended(Rows(people[which], year), site, terms, ~second & (site == last[which]), share)


def _first_seen(sites: Ints) -> Flags:
    """Where each row names a site for the first time, from left to right."""
    fresh: Flags = sites != NOBODY
    for place in range(1, sites.shape[1]):
        fresh[:, place] &= ~(sites[:, :place] == sites[:, place, None]).any(axis=1)
    return fresh


def _rates(world: World, found: Attended, rng: np.random.Generator) -> Floats:
    """The chance that a person misses a session."""
    rows, people = found.rows, world.people
    trait, group = people.attendance[rows.person], world.panel.group[rows.person, rows.year]
    effects = _effects(world, found, group)
    this_year = rng.standard_normal(len(people))[rows.person]
    own = LASTING * trait + np.sqrt(1 - LASTING**2) * this_year
    rate = MEDIAN_RATE * np.exp(SPREAD * own + effects - effects.mean())
    away = (trait > AWAY_ABOVE) & (rng.random(len(people))[rows.person] < AWAY_SHARE)
    away &= group >= AWAY_FROM_GROUP
    rate = np.where(away, rng.uniform(*AWAY_RATES, len(rows)), rate)
    never = rng.random(len(rows)) < NEVER_AWAY_SHARE
    return np.where(never & ~away, 0.0, np.minimum(rate, HIGHEST_RATE))


def _effects(world: World, found: Attended, group: Ints) -> Floats:
    """What means, needs, age, conduct, group and kind of school add to the log of the rate."""
    person, year = found.rows.person, found.rows.year
    level, kind = world.lives.provision[person, year], world.sites.kind[found.site]
    by_group = np.array([BY_GROUP.get(code, 0.0) for code in world.ethnicities.minor.values])
    effects: Floats = by_group[world.people.minor[person]] + POOR * world.lives.ever_6[person, year]
    effects += np.select([level == PLAN, level != NONE], [PLANNED, SUPPORTED], 0.0)
    effects += OLDER * (group - 5) + TROUBLED * np.log(world.people.conduct[person] + 0.1)
    effects += np.select([kind == SPECIAL, kind == UNIT], [SPECIAL_SCHOOL, TEACHING_UNIT], 0.0)
    return effects


def _sessions(world: World, found: Attended, rng: np.random.Generator) -> Columns:
    rate = _rates(world, found, rng)
    low, high = UNAUTHORISED
    unjust = np.clip(low + (high - low) * rate + rng.normal(0, 0.08, len(rate)), 0, 1)
    varies = rng.integers(-SESSIONS_VARY, SESSIONS_VARY + 1, (len(world.sites), len(SPELLS)))
    columns: Columns = {}
    year = {
        name: np.zeros(len(rate), dtype=np.int64)
        for name in ("sessions_possible", "authorised", "unauthorised", "overall")
    }
    for spell, usual, term in zip(SPELLS, SESSIONS, TERM_OF_SPELL, strict=True):
        at = np.rint((usual + varies[found.site, SPELLS.index(spell)]) * found.share)
        possible = np.where(found.terms[:, term], at, 0).astype(np.int64)
        overall = rng.binomial(possible, rate)
        unauthorised = rng.binomial(overall, unjust)
        counts = {
            "sessions_possible": possible,
            "authorised": overall - unauthorised,
            "unauthorised": unauthorised,
            "overall": overall,
        }
        for name, count in counts.items():
            columns[f"{name}_{spell}"] = numbers(count, pa.int16())
            year[name] += count
    columns |= {f"{name}_year": numbers(count, pa.int16()) for name, count in year.items()}
    missed = year["overall"] / year["sessions_possible"]
    return (
        columns
        | _reasons(world, found, year, rng)
        | {
            "persistent_absentee": flags(missed >= PERSISTENT),
            "severe_absentee": flags(missed >= SEVERE),
        }
    )


def _reasons(world: World, found: Attended, year: dict[str, Ints], rng: np.random.Generator) -> Columns:
    """Why sessions were missed: a split of the year's authorised and unauthorised absence."""
    person = found.rows.person
    travels = np.isin(world.people.minor[person], [world.ethnicities.group(code) for code in TRAVELLERS])
    leaves = world.panel.group[person, found.rows.year] == STUDY_LEAVE_GROUP
    authorised = _weights(AUTHORISED_REASONS, len(person))
    authorised["t"] = np.where(travels, 0.35, 0.0)
    authorised["s"] = np.where(leaves, 0.08, 0.0)
    split = _split(year["authorised"], authorised, rng)
    split |= _split(year["unauthorised"], _weights(UNAUTHORISED_REASONS, len(person)), rng)
    return {f"reason_{reason}_year": numbers(count, pa.int16()) for reason, count in split.items()}


def _weights(shares: dict[str, float], rows: int) -> dict[str, Floats]:
    return {reason: np.full(rows, share) for reason, share in shares.items()}


def _split(total: Ints, weights: dict[str, Floats], rng: np.random.Generator) -> dict[str, Ints]:
    """Counts by reason that add up to `total`, drawn one reason after the other."""
    left, weight_left = total.copy(), np.sum(list(weights.values()), axis=0)
    counts: dict[str, Ints] = {}
    for place, (reason, weight) in enumerate(weights.items()):
        last = place == len(weights) - 1
        chance = np.clip(weight / np.maximum(weight_left, 1e-9), 0, 1)
        counts[reason] = left.copy() if last else rng.binomial(left, chance)
        left -= counts[reason]
        weight_left = weight_left - weight
    return counts
