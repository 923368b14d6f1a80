"""The School Census: one row per person, registration and term, three terms a year.

Grain: pmr_anon, academic_year, term, laestab; and pmr_anon, academic_year, term among main records
(record_status below 100 or null). Every person in a census has exactly one main row, on roll or not, and at most
three rows: the main one, a subsidiary registration, and the one of a school left since the last census.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

import numpy as np
import pyarrow as pa

from synthetic_data.arrays import NOBODY, Days, Ints
from synthetic_data.columns import Columns, coded, constant, dates, either, flags, numbers, taken
from synthetic_data.tables import census_home, census_stage, census_support
from synthetic_data.tables.about import (
    Rows,
    ages,
    ethnic_groups,
    gender,
    language_groups,
    reference,
    school,
    year_group,
)
from synthetic_data.tables.parts import Part
from synthetic_data.world import World
from synthetic_data.world.identities import swapped_day
from synthetic_data.world.registrations import ENROLMENT_CODES, PREVIOUS, Registrations
from synthetic_data.years import (
    ALL_TERMS,
    CENSUS_DATES,
    TERMS,
    TERMS_A_YEAR,
    WARM_UP,
    YEARS,
    months_before,
    year_of,
)
from synthetic_data.years import first_september as september

PHASE_CODES = ("NS", "PS", "SS", "SP", "PR")  # by kind of site
USUAL_STARTS = (-2, -1, 0, 7, 12)  # year groups in which a school is joined in September as a rule
JITTERS = 10_007
# Days after 1 September within which people join in each term: between one census and the next.
JOINING_DAYS = ((0, 6), (70, 35), (150, 80))
LEAVING_IN_SUMMER = 44  # days before 1 September
BORN_LATER_DAYS = 30


def parts(world: World) -> Iterable[Part]:
    for term in range(WARM_UP * TERMS_A_YEAR, ALL_TERMS):
        year, place = YEARS[term // TERMS_A_YEAR], TERMS[term % TERMS_A_YEAR]
        path = f"school_census_pupil/{year.replace('/', '-')}/{place}.parquet"
        yield Part(path, (year,), partial(_columns, world, term))


def _columns(world: World, term: int) -> Columns:
    found = world.registrations(term)
    rows = Rows(found.person, term // TERMS_A_YEAR)
    group = world.panel.group[found.person, rows.year]
    rng = world.streams.of("school_census_pupil", term)
    when = CENSUS_DATES[term]
    return {
        **_census(found, term, when),
        **_identity(world, rows, rng),
        **_age(world, rows),
        **gender(world, rows),
        **ethnic_groups(world, rows),
        **language_groups(world, rows),
        **census_support.columns(world, rows, group, when, rng),
        **census_stage.columns(world, rows, group, found.site, when, rng),
        **census_home.columns(world, rows, found.site, rng),
        **school(world, found.site, rows.year),
        **_dates(world, found, term, group, rng),
        "phase": coded(PHASE_CODES, world.sites.kind[found.site]),
    }


def _census(found: Registrations, term: int, when: np.datetime64) -> Columns:
    year, place = divmod(term, TERMS_A_YEAR)
    return {
        "academic_year": constant(YEARS[year], len(found), pa.string()),
        "term": constant(TERMS[place], len(found), pa.string()),
        "census_date": dates(np.full(len(found), when)),
        "record_status": numbers(found.status, pa.int16(), missing=found.status == NOBODY),
        "on_roll": flags(found.on_roll),
        "enrol_status": coded(ENROLMENT_CODES, found.enrolment),
    }


def _identity(world: World, rows: Rows, rng: np.random.Generator) -> Columns:
    """References, numbers and names, with the clerks' mistakes."""
    known, quirks = world.identities, world.quirks
    identity = known.of[rows.person, rows.year]
    slip = (
        np.floor(rng.random(len(rows)) * 3 / max(quirks.name_variant, 1e-9)) if quirks.name_variant else None
    )
    slips = np.full(len(rows), NOBODY) if slip is None else np.where(slip < 3, slip, NOBODY)
    surname, forename = taken(known.surname, identity), taken(known.forename, identity)
    born = world.people.born[rows.person]
    return {
        **reference(world, rows),
        "pmr": taken(known.pmr, identity),
        **_numbers(world, rows, identity, rng),
        "surname": either(slips == 0, taken(known.spelled, identity), either(slips == 1, forename, surname)),
        "forename": either(slips == 1, surname, forename),
        "middle_names": taken(known.middle_names, identity),
        "preferred_surname": taken(known.preferred_surname, identity),
        "former_surname": taken(known.former_surname, identity),
        "date_of_birth": dates(np.where(slips == 2, swapped_day(born), born)),
    }


def _numbers(world: World, rows: Rows, identity: Ints, rng: np.random.Generator) -> Columns:
    known = world.identities
    latest, former = taken(known.upn, identity), taken(known.former_upn, identity)
    changed = known.changed[identity] <= rows.year
    kept = ~changed & np.asarray(former.is_valid())
    upn = either(kept, former, latest)
    temporary = rng.random(len(rows)) < world.quirks.upn_temporary
    old_enough = world.panel.group[rows.person, rows.year] >= 9
    return {
        "upn": either(temporary, taken(known.temporary_upn, identity), upn),
        "former_upn": either(changed, former),
        "uln": either(old_enough, taken(known.uln, identity)),
    }


def _age(world: World, rows: Rows) -> Columns:
    born = world.people.born[rows.person]
    months = months_before(born, september(rows.year) - np.timedelta64(1, "D"))
    return {
        **ages(world, rows),
        "month_part_age": numbers(months % 12, pa.int16()),
        "year_of_birth": numbers(year_of(born), pa.int16()),
    }


def _dates(world: World, found: Registrations, term: int, group: Ints, rng: np.random.Generator) -> Columns:
    """When the person joined and left, and what the year group and mobility follow from it."""
    year, place = divmod(term, TERMS_A_YEAR)
    years_ago = year - found.since // TERMS_A_YEAR
    usual = (found.since % TERMS_A_YEAR == 0) & np.isin(group - years_ago, USUAL_STARTS)
    entry = joined(world, found.person, found.since)
    odd = rng.random((2, len(found))) < world.quirks.date_implausible
    before_birth = world.people.born[found.person] - np.timedelta64(BORN_LATER_DAYS, "D")
    left = joined(world, found.person, np.full(len(found), term)) - np.timedelta64(1, "D")
    if place == 0:
        left = np.full(len(found), september(year) - np.timedelta64(LEAVING_IN_SUMMER, "D"))
    return {
        **year_group(group),
        "entry_date": dates(np.where(odd[0], before_birth, entry)),
        "leaving_date": dates(left, missing=(found.enrolment != PREVIOUS) | odd[1]),
        "mobility": flags(~usual),
    }


def joined(world: World, person: Ints, since: Ints) -> Days:
    """The day on which a person joined a school in a term; below 0 the term lies before the panel."""
    starts, spans = np.array(JOINING_DAYS).T
    place = since % TERMS_A_YEAR
    lasting = (world.people.chance[person] * JITTERS).astype(np.int64)
    offset = starts[place] + (lasting + since) % spans[place]
    first = np.array(
        [f"{int(YEARS[0][:4]) + year}-09-01" for year in range(-20, len(YEARS))], dtype="datetime64[D]"
    )
    days: Days = first[since // TERMS_A_YEAR + 20] + offset.astype("timedelta64[D]")
    return days
