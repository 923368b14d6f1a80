"""Children looked after at any time in a reporting year (1 April to 31 March).

Grain: cla_child_id, reporting_year. Between a quarter and a third have no pupil record: pmr_anon and upn are null
and cla_child_id stands for the child. A pupil may have two child numbers in a year, from two authorities.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial

import numpy as np
import pyarrow as pa

from synthetic_data.arrays import NOBODY, Flags, Ints, day, weighted
from synthetic_data.columns import Columns, coded, dates, flags, numbers, taken
from synthetic_data.identifiers import prefixed
from synthetic_data.tables.looked_after import (
    ADOPTIONS,
    endings,
    panel_year,
    path,
    reporting_rows,
    who,
    years_of,
)
from synthetic_data.tables.parts import Part
from synthetic_data.world import World
from synthetic_data.world.care import reporting_days
from synthetic_data.years import REPORTING_YEARS, years_before

HALF_YEAR, YEAR = 183, 365
OLDEST = 18
SCORED_AGES = (4, 16)
SCORE_MEAN, SCORE_SPREAD, SCORE_MOST = 14.0, 6.5, 40
SCORED_SHARE = 0.8
WHY_NOT_CODES = ("SDQ1", "SDQ2", "SDQ3", "SDQ4", "SDQ5")
WHY_NOT_SHARES = (0.55, 0.1, 0.15, 0.2)
TOO_YOUNG_OR_OLD = WHY_NOT_CODES.index("SDQ5")
CRIMINAL_AGE, LEAVER_AGE, MOTHER_AGE = 10, 17, 14
CONVICTED_SHARE, MISUSE_SHARE, MOTHER_SHARE = 0.03, 0.03, 0.03
HEALTH_SHARE, DENTAL_SHARE, IMMUNISED_SHARE = 0.9, 0.76, 0.82
MISSING_SHARE, MISSING_MEAN, MISSING_MOST = 0.11, 5.0, 50
ACTIVITIES, ACTIVITY_SHARES = ("F1", "F2", "P2", "F5", "P4", "G4", "G5", "G6", "0"), (
    0.06, 0.28, 0.05, 0.05, 0.08, 0.13, 0.2, 0.05, 0.1
)  # fmt: skip
HOMES, HOME_SHARES = ("B1", "C1", "D1", "E1", "K1", "R1", "S2", "U1", "U2", "X2", "Z1", "0"), (
    0.12, 0.03, 0.2, 0.05, 0.06, 0.01, 0.02, 0.28, 0.04, 0.04, 0.1, 0.05
)  # fmt: skip
TOUCH, TOUCH_SHARES = ("YES", "NO", "REFU", "RHOM", "NREQ"), (0.88, 0.05, 0.02, 0.03, 0.02)


@dataclass(frozen=True, slots=True)
class Looked:
    """The children of one reporting year with what their columns are made from."""

    child: Ints
    age: Ints  # on 31 August in the year
    days: Ints  # in care, up to the end of the year
    at_end: Flags  # still looked after on 31 March

    def __len__(self) -> int:
        return len(self.child)

    @property
    def for_a_year(self) -> Flags:
        return self.at_end & (self.days >= YEAR)


def parts(world: World) -> Iterable[Part]:
    for year in REPORTING_YEARS:
        yield Part(path("cla_child", year), years_of(year), partial(_columns, world, year))


def _columns(world: World, year: int) -> Columns:
    rng = world.streams.of("cla_child", year)
    found = _looked(world, year)
    return {
        **who(world, found.child, year),
        **_child(world, found, year),
        **_period(world, found),
        **_strengths(found, rng),
        **_health(world, found, rng),
        **_leaving(world, found, year, rng),
    }


def _looked(world: World, year: int) -> Looked:
    child, care = reporting_rows(world, year), world.care
    _, last = reporting_days(year)
    at_end = np.isnat(care.end[child]) | (care.end[child] > last)
    age = years_before(care.born[child], day(f"{year - 1}-08-31"))
    days = care.days_by(child, last).astype(np.int64)
    return Looked(child, np.clip(age, 0, OLDEST), days, at_end)


def _child(world: World, found: Looked, year: int) -> Columns:
    care, child = world.care, found.child
    person = care.person[child]
    identity = np.where(person == NOBODY, NOBODY, world.identities.of[person, panel_year(year)])
    return {
        "la_child_code": prefixed("L", (world.block.first_serial + child) * 7 % 10**8, 8),
        "upn": taken(world.identities.upn, identity),
        "la_code": coded(world.codes["la"].values, world.authorities.code[care.authority[child]]),
        "sex": numbers(1 + care.girl[child], pa.int16()),
        "date_of_birth": dates(care.born[child]),
        "age_31_august": numbers(found.age, pa.int16()),
        "ethnicity": coded(world.ethnicities.minor.values, care.minor[child]),
        "uasc": flags(care.asylum[child]),
    }


def _period(world: World, found: Looked) -> Columns:
    return {
        "period_start": dates(world.care.start[found.child]),
        "period_length": numbers(found.days, pa.int32()),
        "looked_after_31_march": flags(found.at_end),
        "cla_6_months": flags(found.days >= HALF_YEAR),
        "cla_12_months": flags(found.for_a_year),
    }


def _strengths(found: Looked, rng: np.random.Generator) -> Columns:
    """The strengths and difficulties score, or why there is none, of those in care for a year."""
    first, last = SCORED_AGES
    of_age = (found.age >= first) & (found.age <= last)
    scored = found.for_a_year & of_age & (rng.random(len(found)) < SCORED_SHARE)
    score = np.clip(np.rint(rng.normal(SCORE_MEAN, SCORE_SPREAD, len(found))), 0, SCORE_MOST).astype(np.int64)
    why = np.where(of_age, weighted(rng, WHY_NOT_SHARES, len(found)), TOO_YOUNG_OR_OLD)
    return {
        "sdq_score": numbers(score, pa.int16(), missing=~scored),
        "sdq_reason": coded(WHY_NOT_CODES, np.where(found.for_a_year & ~scored, why, NOBODY)),
    }


def _health(world: World, found: Looked, rng: np.random.Generator) -> Columns:
    """Checks and troubles, known for those in care for a year."""
    unknown, drawn = ~found.for_a_year, rng.random((6, len(found)))
    old = found.age >= CRIMINAL_AGE
    ran = np.where(old & (drawn[5] < MISSING_SHARE), rng.geometric(1 / MISSING_MEAN, len(found)), 0)
    may_be_mother = world.care.girl[found.child] & (found.age >= MOTHER_AGE)
    return {
        "convicted": flags(drawn[0] < CONVICTED_SHARE, missing=unknown | ~old),
        "substance_misuse": flags(drawn[1] < MISUSE_SHARE, missing=unknown | ~old),
        "health_assessment": flags(drawn[2] < HEALTH_SHARE, missing=unknown),
        "dental_check": flags(drawn[3] < DENTAL_SHARE, missing=unknown),
        "immunisations": flags(drawn[4] < IMMUNISED_SHARE, missing=unknown),
        "missing_episodes": numbers(np.minimum(ran, MISSING_MOST), pa.int16()),
        "mother": flags(rng.random(len(found)) < MOTHER_SHARE, missing=~may_be_mother),
    }


def _leaving(world: World, found: Looked, year: int, rng: np.random.Generator) -> Columns:
    first, last = reporting_days(year)
    end = world.care.end[found.child]
    in_year = (end >= first) & (end <= last)
    adopted = in_year & np.isin(endings(world)[found.child], ADOPTIONS)
    leaver = in_year & (years_before(world.care.born[found.child], last) >= LEAVER_AGE)
    drawn = {
        "care_leaver_activity": (ACTIVITIES, ACTIVITY_SHARES),
        "care_leaver_accommodation": (HOMES, HOME_SHARES),
        "in_touch": (TOUCH, TOUCH_SHARES),
    }
    return {
        "adopted_date": dates(end, missing=~adopted),
        **{
            name: coded(codes, np.where(leaver, weighted(rng, shares, len(found)), NOBODY))
            for name, (codes, shares) in drawn.items()
        },
    }
