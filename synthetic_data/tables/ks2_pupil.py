"""Key stage 2 results: the end of Year 6, with those of earlier years for people who are later in the panel.

Grain: pmr_anon, academic_year, laestab; and pmr_anon, academic_year where in_national is true. About one in
two hundred has a second row from another school, which is not in the national results. No results in 2019/20 and
2020/21; scores are null for those who were absent or below the tests.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial

import numpy as np
import pyarrow as pa

from synthetic_data.arrays import NOBODY, Flags, Floats, Ints, day, weighted
from synthetic_data.columns import Columns, coded, constant, flags, numbers
from synthetic_data.tables.about import (
    Rows,
    ages,
    another_language,
    disadvantaged,
    gender,
    home,
    in_care,
    in_care_days,
    named,
    need_type,
    performance_type,
    provision,
    reference,
    school,
    year_group,
)
from synthetic_data.tables.parts import Part
from synthetic_data.tables.repeats import candidate_numbers, first_rows, with_repeats
from synthetic_data.world import World
from synthetic_data.world.attainment import EXPECTED, HIGHER, SCORE_LEAST, SCORE_MOST, YEAR_6
from synthetic_data.world.sites import SPECIAL
from synthetic_data.years import FIRST_SCALED_YEAR, TERMS_A_YEAR, WARM_UP, YEARS, year_named

NO_RESULTS = (2019, 2020)
PRIOR_UNTIL = 2022  # later cohorts have no key stage 1 results to be measured against
MARKS = {"read": 50, "maths": 110, "gps": 70}
WHY_NOT = ("A", "Z", "T", "M", "Q")  # absent first; then rare
WHY_NOT_SHARES = (0.8, 0.08, 0.06, 0.03, 0.03)
ACHIEVED, NOT_ACHIEVED, BELOW = range(3)
TESTED_CODES = ("AS", "NS", "B")
WRITING_CODES = ("BLW", "PK1", "PK2", "PK3", "PK4", "PK5", "PK6", "WTS", "EXS", "GDS")
WRITING_EDGES = (-3.4, -3.1, -2.8, -2.5, -2.2, -2.0, -1.85, -0.95, 1.12)
WORKING_AT = WRITING_CODES.index("EXS")
KS1_NOISE, KS1_MEAN, KS1_SPREAD, KS1_GROUPS = 0.7, 16.0, 3.6, 21
PROGRESS_WEIGHT = 0.8  # how far key stage 1 foretells key stage 2


@dataclass(frozen=True, slots=True)
class Sitting:
    """One year's results: rows in the panel's terms, and the calendar year in which it began."""

    rows: Rows
    site: Ints
    counted: Flags  # in the national results
    began: int

    @property
    def first(self) -> Ints:
        """For each row, the row of the same person that counts."""
        return first_rows(self.rows.person, self.counted)

    @property
    def last_march(self) -> np.datetime64:
        return day(f"{self.began + 1}-03-31")


def parts(world: World) -> Iterable[Part]:
    first = int(YEARS[WARM_UP][:4])
    for began in range(FIRST_SCALED_YEAR, first + len(YEARS) - WARM_UP):
        if began not in NO_RESULTS:
            year = year_named(began)
            path = f"ks2_pupil/{year.replace('/', '-')}.parquet"
            yield Part(path, (year,), partial(columns, world, began))


def columns(world: World, began: int) -> Columns:
    rng = world.streams.of("ks2_pupil", began)
    sat = _sitting(world, began, rng)
    rows, start = sat.rows, day(f"{began}-09-01")
    absent = (rng.random(len(rows)) < world.quirks.not_scored)[sat.first]
    return {
        **reference(world, rows),
        **named(world, rows),
        **ages(world, rows, start),
        **gender(world, rows),
        **{name: column for name, column in school(world, sat.site, rows.year).items() if name != "estab"},
        **_entry(world, sat),
        **_results(world, sat, absent, rng),
        **_progress(world, sat, absent, rng),
        **_background(world, sat, rng),
    }


def _sitting(world: World, began: int, rng: np.random.Generator) -> Sitting:
    """Who sat, and where: the last school of the year, or before the panel the one of their primary years."""
    panel = world.panel
    year = began - int(YEARS[0][:4])
    if year >= WARM_UP:
        site, group = panel.last_site(year), panel.group[:, year]
    else:
        started = panel.site[:, 0]
        special = world.lives.special & (world.sites.kind[started] == SPECIAL)
        site = np.where(started == NOBODY, NOBODY, np.where(special, started, world.primary))
        group = panel.group[:, 0] + year
        site = np.where(world.known(), site, NOBODY)
    person = np.flatnonzero((group == YEAR_6) & (site != NOBODY))
    person, site, counted = with_repeats(world, person, site[person], rng)
    return Sitting(Rows(person, max(year, 0)), site, counted, began)


def _entry(world: World, sat: Sitting) -> Columns:
    rows, since = sat.rows, world.panel.since[sat.rows.person, sat.rows.year * TERMS_A_YEAR + 2]
    here = sat.began >= int(YEARS[WARM_UP][:4])
    return {
        "academic_year": constant(year_named(sat.began), len(rows), pa.string()),
        "establishment_type": performance_type(world, sat.site, rows.year),
        "candidate_number": candidate_numbers(world, rows),
        **year_group(np.full(len(rows), YEAR_6)),
        "end_ks": flags(np.ones(len(rows), dtype=np.bool_)),
        "in_national": flags(sat.counted),
        "in_school": flags(sat.counted),
        "joined_this_year": flags((since >= rows.year * TERMS_A_YEAR) & here),
    }


def _results(world: World, sat: Sitting, absent: Flags, rng: np.random.Generator) -> Columns:
    person, found = sat.rows.person, world.attainment
    below = found.below[person]
    hidden = below | absent
    scores = {subject: found.scaled(subject)[person] for subject in MARKS}
    why = len(TESTED_CODES) + weighted(rng, WHY_NOT_SHARES, len(person))[sat.first]
    writing = np.searchsorted(np.array(WRITING_EDGES), found.scores["write"][person], side="right")
    writing = np.where(below, np.minimum(writing, WRITING_CODES.index("WTS")), writing)
    expected = {subject: ~hidden & (scores[subject] >= EXPECTED) for subject in MARKS}
    higher = {subject: ~hidden & (scores[subject] >= HIGHER) for subject in MARKS}
    columns: Columns = {}
    for subject in MARKS:
        columns[f"{subject}_score"] = numbers(scores[subject], pa.int16(), missing=hidden)
        columns[f"{subject}_mark"] = numbers(_mark(subject, scores[subject]), pa.int16(), missing=hidden)
    for subject in ("read", "maths"):
        tested = np.where(expected[subject], ACHIEVED, NOT_ACHIEVED)
        outcome = np.where(below, BELOW, np.where(absent, why, tested))
        columns[f"{subject}_outcome"] = coded((*TESTED_CODES, *WHY_NOT), outcome)
        columns[f"{subject}_expected"] = flags(expected[subject])
        columns[f"{subject}_high"] = flags(higher[subject])
    both, all_high = expected["read"] & expected["maths"], higher["read"] & higher["maths"]
    return columns | {
        "writing_ta_outcome": coded(WRITING_CODES, writing),
        "rwm_expected": flags(both & (writing >= WORKING_AT)),
        "rwm_high": flags(all_high & (writing > WORKING_AT)),
    }


def _mark(subject: str, score: Ints) -> Ints:
    """The raw mark that a scaled score stands for: the pass mark lies a little above half of all marks."""
    most = MARKS[subject]
    share = np.interp(score, (SCORE_LEAST, EXPECTED, SCORE_MOST), (0.05, 0.53, 1.0))
    return np.rint(share * most).astype(np.int64)


def _progress(world: World, sat: Sitting, absent: Flags, rng: np.random.Generator) -> Columns:
    """Key stage 1 results and progress since, for the cohorts that have any."""
    person, found = sat.rows.person, world.attainment
    before = found.latent[person] + rng.normal(0, KS1_NOISE, len(person))[sat.first]
    before /= np.sqrt(1 + KS1_NOISE**2)
    unknown = np.full(len(person), sat.began > PRIOR_UNTIL)
    points = np.clip(KS1_MEAN + KS1_SPREAD * before, 0.5, 27)
    columns: Columns = {
        "ks1_aps": numbers(np.round(points, 1), pa.float64(), missing=unknown),
        "ks1_group": numbers(
            np.clip(np.rint(points), 1, KS1_GROUPS).astype(np.int64), pa.int16(), missing=unknown
        ),
    }
    hidden = unknown | found.below[person] | absent
    for subject, name in (("read", "read"), ("maths", "maths"), ("write", "writing")):
        progress = _gain(found.scores[subject][person], before)
        columns[f"{name}_progress"] = numbers(progress, pa.float64(), missing=hidden)
    return columns


def _gain(score: Floats, before: Floats) -> Floats:
    gain = 8 * (score - PROGRESS_WEIGHT * before)
    return np.round(np.clip(gain - gain.mean() if len(gain) else gain, -40, 40), 2)


def _background(world: World, sat: Sitting, rng: np.random.Generator) -> Columns:
    rows, lives, when = sat.rows, world.lives, sat.last_march
    at = rows.person, rows.year
    place = home(world, rows, missing=rng.random(len(rows)) < world.quirks.home_missing)
    year_long = in_care(world, rows, when) & (in_care_days(world, rows, when) >= 365)
    return {
        "fsm": flags(lives.meals[at]),
        "fsm6": flags(lives.ever_6[at]),
        "disadvantaged": flags(disadvantaged(world, rows, when)),
        "eal_group": another_language(world, rows),
        "sen_stage": provision(world, rows)["sen_provision"],
        "sen_type": need_type(world, rows),
        "cla_12_months": flags(year_long),
        "idaci": place["idaci_score"],
        "postcode": place["postcode"],
    }
