"""Key stage 4 results: the end of Year 11.

Grain: pmr_anon, academic_year, laestab; and pmr_anon, academic_year where in_national is true. About one in
two hundred has a second row from another school, which is not in the national results and not in Progress 8.
Leavers of 2024/25 have no key stage 2 results, hence no Progress 8.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial

import numpy as np
import pyarrow as pa

from synthetic_data.arrays import NOBODY, Flags, Ints, day, weighted
from synthetic_data.columns import Columns, coded, constant, dates, flags
from synthetic_data.tables import ks4_results
from synthetic_data.tables.about import (
    Rows,
    ages,
    another_language,
    disadvantaged,
    ethnic_groups,
    gender,
    home,
    in_care,
    in_care_days,
    language_groups,
    named,
    need_type,
    performance_type,
    provision,
    reference,
    school,
    year_group,
)
from synthetic_data.tables.parts import Part
from synthetic_data.tables.repeats import candidate_numbers, with_repeats
from synthetic_data.tables.school_census_pupil import joined
from synthetic_data.world import World
from synthetic_data.world.circumstances import POST_CARE_CODES
from synthetic_data.world.sites import SECONDARY
from synthetic_data.years import TERMS, TERMS_A_YEAR, WARM_UP, YEARS

YEAR_11 = 11
SPRING = TERMS.index("SPR")
AMENDMENTS, AMENDMENT_SHARES = ("A", "R", "F", "NR", "TI"), (0.018, 0.006, 0.004, 0.001, 0.001)
TWICE = "TX"
POLICIES = ("NA", "COMP", "SEL")


@dataclass(frozen=True, slots=True)
class Leavers:
    """One year's rows. `first` counts the people, whose second rows stand behind them."""

    rows: Rows
    site: Ints
    counted: Flags


def parts(world: World) -> Iterable[Part]:
    for year in range(WARM_UP, len(YEARS)):
        path = f"ks4_pupil/{YEARS[year].replace('/', '-')}.parquet"
        yield Part(path, (YEARS[year],), partial(columns, world, year))


def columns(world: World, year: int) -> Columns:
    rng = world.streams.of("ks4_pupil", year)
    found = _leavers(world, year, rng)
    rows = found.rows
    return {
        **reference(world, rows),
        **named(world, rows),
        **ages(world, rows),
        **gender(world, rows),
        **{name: column for name, column in school(world, found.site, year).items() if name != "estab"},
        **_entry(world, found, rng),
        **ks4_results.columns(world, rows, found.site, found.counted, rng),
        **_background(world, rows, rng),
        **_care(world, rows),
    }


def _leavers(world: World, year: int, rng: np.random.Generator) -> Leavers:
    """The people in Year 11 on roll in January."""
    site = world.panel.site[:, year * TERMS_A_YEAR + SPRING]
    person = np.flatnonzero((world.panel.group[:, year] == YEAR_11) & (site != NOBODY))
    person, at, counted = with_repeats(world, person, site[person], rng)
    return Leavers(Rows(person, year), at, counted)


def _entry(world: World, found: Leavers, rng: np.random.Generator) -> Columns:
    rows, sites = found.rows, world.sites
    since = world.panel.since[rows.person, rows.year * TERMS_A_YEAR + SPRING]
    rest = 1 - sum(AMENDMENT_SHARES)
    amended = weighted(rng, (*AMENDMENT_SHARES, rest), len(rows))
    amended = np.where(amended == len(AMENDMENTS), NOBODY, amended)
    policy = np.where(sites.kind[found.site] == SECONDARY, 1 + sites.selective[found.site], 0)
    return {
        "academic_year": constant(YEARS[rows.year], len(rows), pa.string()),
        "establishment_type": performance_type(world, found.site, rows.year),
        "candidate_number": candidate_numbers(world, rows),
        **year_group(np.full(len(rows), YEAR_11)),
        "end_ks": flags(np.ones(len(rows), dtype=np.bool_)),
        "in_national": flags(found.counted),
        "in_school": flags(found.counted),
        "entry_date": dates(joined(world, rows.person, since)),
        "admission_policy": coded(POLICIES, policy),
        "amend_flag": coded((*AMENDMENTS, TWICE), np.where(found.counted, amended, len(AMENDMENTS))),
    }


def _background(world: World, rows: Rows, rng: np.random.Generator) -> Columns:
    lives, when = world.lives, _last_march(rows)
    at = rows.person, rows.year
    place = home(world, rows, missing=rng.random(len(rows)) < world.quirks.home_missing)
    spoken = language_groups(world, rows)
    return {
        "fsm": flags(lives.meals[at]),
        "fsm6": flags(lives.ever_6[at]),
        "disadvantaged": flags(disadvantaged(world, rows, when)),
        "ethnicity": ethnic_groups(world, rows)["ethnicity"],
        "language": spoken["language"],
        "first_language": spoken["language_group_minor"],
        "eal_group": another_language(world, rows),
        "sen_stage": provision(world, rows)["sen_provision"],
        "sen_type": need_type(world, rows),
        "idaci": place["idaci_score"],
        "postcode": place["postcode"],
    }


def _care(world: World, rows: Rows) -> Columns:
    when = _last_march(rows)
    days = in_care_days(world, rows, when)
    adopted = world.lives.post_care[rows.person] == POST_CARE_CODES.index("A")
    return {
        "cla_12_months": flags(in_care(world, rows, when) & (days >= 365)),
        "cla_1_day": flags(days > 0),
        "adopted_from_care": flags(adopted),
    }


def _last_march(rows: Rows) -> np.datetime64:
    return day(f"{int(YEARS[rows.year][:4]) + 1}-03-31")
