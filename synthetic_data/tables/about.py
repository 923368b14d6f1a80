"""The columns that many tables share: who a row is about, which school, what was known of the person that year.

Each function gives columns by the names which most tables use; a maker renames what its table calls otherwise.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from synthetic_data.arrays import NOBODY, Flags, Floats, Ints, rank_within
from synthetic_data.columns import Cells, Columns, coded, dates, fixed_text, numbers, taken
from synthetic_data.identifiers import (
    FIRST_ESTABLISHMENT,
    FIRST_URN,
    area_codes,
    digits,
    middle_area_codes,
    output_area_codes,
    postcodes,
    prefixed,
)
from synthetic_data.world import World
from synthetic_data.world.circumstances import PROVISION_CODES
from synthetic_data.years import GROUP_CODES, RECEPTION, YOUNGEST_GROUP, month_of, years_before
from synthetic_data.years import first_september as september

# Institution types of the performance tables, by the register's types of establishment.
PERFORMANCE_TYPES = {
    1: 21, 2: 22, 3: 23, 5: 24, 7: 26, 12: 27, 14: 34, 15: 47, 28: 20, 33: 50, 34: 51, 35: 52, 42: 61, 44: 55
}  # fmt: skip
OUTPUT_AREAS_EACH = 5  # in one small area
STREETS = 400


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows of one part: person, and the place of the panel year in YEARS."""

    person: Ints
    year: int

    def __len__(self) -> int:
        return len(self.person)


def reference(world: World, rows: Rows) -> Columns:
    """The anonymous reference that stands for the person in this year."""
    return {"pmr_anon": taken(world.identities.pmr_anon, world.identities.of[rows.person, rows.year])}


def named(world: World, rows: Rows) -> Columns:
    """Number, names and date of birth as the latest record has them."""
    identity = world.identities.of[rows.person, rows.year]
    return {
        "upn": taken(world.identities.upn, identity),
        "surname": taken(world.identities.surname, identity),
        "forename": taken(world.identities.forename, identity),
        "date_of_birth": dates(world.people.born[rows.person]),
    }


def gender(world: World, rows: Rows) -> Columns:
    return {"gender": coded(("M", "F"), world.people.girl[rows.person].astype(np.int64))}


def ages(world: World, rows: Rows, start: np.datetime64 | None = None) -> Columns:
    """Age on 31 August before the year (or before `start`, for a year before the panel), and month of birth."""
    born = world.people.born[rows.person]
    first = september(rows.year) if start is None else start
    return {
        "age_start": numbers(years_before(born, first - np.timedelta64(1, "D")), pa.int16()),
        "month_of_birth": numbers(month_of(born), pa.int16()),
    }


def year_group(group: Ints) -> Columns:
    """The year group followed; those who have just left school at the very end stay in the last one."""
    return {"nc_year": coded(GROUP_CODES, np.minimum(group - YOUNGEST_GROUP, len(GROUP_CODES) - 1))}


def school(world: World, site: Ints, year: int) -> Columns:
    """The register entry which stands for each site in this year."""
    entry = world.register.entry[site, year]
    texts = school_texts(world)
    return {
        "la_code": taken(texts["la_code"], entry),
        "estab": taken(texts["estab"], entry),
        "laestab": taken(texts["laestab"], entry),
        "urn": numbers(entry + FIRST_URN, pa.int32()),
    }


def school_texts(world: World) -> Columns:
    """Authority and establishment codes, one row per register entry."""
    authority = world.sites.authority[world.register.site]
    number = FIRST_ESTABLISHMENT + rank_within(authority, np.arange(len(authority)))
    codes = world.codes["la"].values
    three = np.array([list(code.encode("ascii")) for code in codes], dtype=np.uint8)[world.authorities.code]
    return {
        "la_code": coded(codes, world.authorities.code[authority]),
        "estab": prefixed("", number, 4),
        "laestab": fixed_text(np.hstack([three[authority], digits(number, 4)])),
    }


def performance_type(world: World, site: Ints, year: int) -> Cells:
    types = np.array([PERFORMANCE_TYPES[int(kind)] for kind in world.register.type])
    return numbers(types[world.register.entry[site, year]], pa.int16())


def provision(world: World, rows: Rows) -> Columns:
    """Provision, and the kind of need, missing in a few where a provision stands."""
    level = world.lives.provision[rows.person, rows.year]
    return {"sen_provision": coded(PROVISION_CODES, level)}


def need_type(world: World, rows: Rows) -> Cells:
    return coded(world.codes["sen_type"].values, world.lives.need_type[rows.person, rows.year])


def in_care_days(world: World, rows: Rows, when: np.datetime64) -> Floats:
    """Days that each person had been looked after by a day in their latest period of care; 0 for most."""
    days = np.zeros(len(world.people))
    matched = np.flatnonzero(world.care.person != NOBODY)
    known = world.care.days_by(matched, when)
    np.maximum.at(days, world.care.person[matched], known)
    return days[rows.person]


def in_care(world: World, rows: Rows, when: np.datetime64) -> Flags:
    """Looked after on a day."""
    care = world.care
    here = (care.person != NOBODY) & (care.start <= when) & (np.isnat(care.end) | (care.end > when))
    found = np.zeros(len(world.people), dtype=np.bool_)
    found[care.person[here]] = True
    return found[rows.person]


def home(world: World, rows: Rows, *, missing: Flags | None = None) -> Columns:
    """Where the person lives: postcode, areas and their deprivation."""
    area = world.lives.home[rows.person, rows.year]
    where = area if missing is None else np.where(missing, NOBODY, area)
    household = world.people.household[rows.person]
    areas = world.areas
    unknown = where == NOBODY
    return {
        "postcode": taken(
            postcodes(area, household % STREETS), np.where(unknown, NOBODY, np.arange(len(rows)))
        ),
        "home_la_code": coded(
            world.codes["la"].values, world.authorities.code[areas.authority[where]], missing=unknown
        ),
        "lsoa11": taken(area_codes(np.arange(len(areas))), where),
        "msoa11": taken(middle_area_codes(areas.middle_area), where),
        "output_area": taken(
            output_area_codes(np.arange(len(areas) * OUTPUT_AREAS_EACH)), _output_area(where, household)
        ),
        "idaci_score": numbers(areas.score[where], pa.float64(), missing=unknown),
        "idaci_rank": numbers(areas.rank[where], pa.int32(), missing=unknown),
        "idaci_decile": numbers(areas.decile[where], pa.int16(), missing=unknown),
    }


def _output_area(where: Ints, household: Ints) -> Ints:
    return np.where(where == NOBODY, NOBODY, where * OUTPUT_AREAS_EACH + household % OUTPUT_AREAS_EACH)


def language_groups(world: World, rows: Rows) -> Columns:
    """First language and its two roll-ups, by the catalogue's hierarchy."""
    fine, middle = world.codes["language"], world.codes["language_group_minor"]
    spoken = world.people.language[rows.person]
    minor = np.array([middle.index(str(parent)) for parent in fine.parents])
    return {
        "language": coded(fine.values, spoken),
        "language_group_minor": coded(middle.values, minor[spoken]),
        "language_group_major": coded([str(parent) for parent in middle.parents], minor[spoken]),
    }


def ethnic_groups(world: World, rows: Rows) -> Columns:
    """The ethnic group on record that year and its two roll-ups."""
    minor = world.lives.minor[rows.person, rows.year]
    middle = world.codes["ethnic_group_minor"]
    return {
        "ethnicity": coded(
            world.codes["ethnicity_extended"].values, world.lives.ethnicity[rows.person, rows.year]
        ),
        "ethnic_group_minor": coded(middle.values, minor),
        "ethnic_group_major": coded([str(parent) for parent in middle.parents], minor),
    }


def another_language(world: World, rows: Rows) -> Cells:
    """0 English, 1 another first language, 9 not known: the group of the performance tables."""
    codes, middle = world.codes["language"], world.codes["language_group_minor"]
    by_major = {"1_ENG": 0, "2_OTH": 1, "3_UNC": 9}
    group = [by_major[str(middle.parents[middle.index(str(parent))])] for parent in codes.parents]
    return numbers(np.array(group)[world.people.language[rows.person]], pa.int16())


def disadvantaged(world: World, rows: Rows, when: np.datetime64) -> Flags:
    """Free school meals in six years, looked after for a day, or adopted from care."""
    ever = world.lives.ever_6[rows.person, rows.year]
    any_of_these: Flags = (
        ever | (in_care_days(world, rows, when) > 0) | (world.lives.post_care[rows.person] != NOBODY)
    )
    return any_of_these


def in_classes(group: Ints) -> Flags:
    """Of compulsory school age or in Reception."""
    return (group >= RECEPTION) & (group <= 11)
