"""School Census columns that belong to a stage: nursery, infants, boarding, and the years after Year 11."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from synthetic_data.arrays import NOBODY, Floats, Ints
from synthetic_data.calibration import calibration
from synthetic_data.columns import Columns, coded, either, flags, numbers
from synthetic_data.identifiers import prefixed
from synthetic_data.tables.about import Rows, in_care
from synthetic_data.tables.grades import grade_points
from synthetic_data.world import World
from synthetic_data.world.circumstances import NONE
from synthetic_data.world.sites import SECONDARY
from synthetic_data.years import RECEPTION

PART_TIME_SHARE = 0.55  # in the nursery
FUNDED_HOURS, LONGEST_HOURS = 15.0, 30.0
EXTENDED_SHARE = 0.45
LUNCH_SHARE = 0.86
INFANTS = (0, 1, 2)
BASIS_CODES = ("EE", "EO", "EB")
ACCESS_FUND_SHARE = 0.4  # of nursery children with a provision
BOARDER_CODES = ("B", "6", "7", "N")
SIXTH = 12
PLANNED_HOURS, ENRICHMENT_HOURS = (520, 660), (10, 90)
PRIOR_GRADES = ("U", *(str(grade) for grade in range(1, 10)))
EXEMPTION_CODES, EXEMPTION_SHARES = ("N", "L", "O", "U"), (0.97, 0.01, 0.015, 0.005)
HOUR_CODE_DIGITS = 9


def columns(
    world: World, rows: Rows, group: Ints, site: Ints, when: np.datetime64, rng: np.random.Generator
) -> Columns:
    chance = world.people.chance[rows.person]
    return {
        **_nursery(world, rows, group, when, chance),
        **_sixth_form(world, rows, group, rng),
        "part_time": flags((group < RECEPTION) & (chance < PART_TIME_SHARE)),
        "class_type": coded(("N", "O"), (group >= RECEPTION).astype(np.int64)),
        "school_lunch_taken": flags(rng.random(len(rows)) < LUNCH_SHARE, missing=~np.isin(group, INFANTS)),
        "boarder": coded(BOARDER_CODES, _boards(world, site, chance)),
    }


def _boards(world: World, site: Ints, chance: Floats) -> Ints:
    """Boarders in a few secondary schools, as rare as in England."""
    share = calibration().value("boarder_pct") / 100
    kind = np.floor(chance / share * 1.5).astype(np.int64)
    return np.where((kind < len(BOARDER_CODES) - 1) & (world.sites.kind[site] == SECONDARY), kind, 3)


def _nursery(world: World, rows: Rows, group: Ints, when: np.datetime64, chance: Floats) -> Columns:
    older = group >= RECEPTION
    extended = (group == RECEPTION - 1) & (chance > 1 - EXTENDED_SHARE)
    poor = world.lives.meals[rows.person, rows.year]
    otherwise = in_care(world, rows, when) | (world.lives.post_care[rows.person] != NOBODY)
    basis = np.select([poor & otherwise, poor, otherwise], [2, 0, 1], NOBODY)
    code = (chance * 10**HOUR_CODE_DIGITS).astype(np.int64)
    needs = world.lives.provision[rows.person, rows.year] != NONE
    return {
        "funded_hours": numbers(np.full(len(rows), FUNDED_HOURS), pa.float64(), missing=older),
        "hours_at_setting": numbers(
            np.where(extended, LONGEST_HOURS, FUNDED_HOURS + np.floor(chance * 10)),
            pa.float64(),
            missing=older,
        ),
        "extended_hours": numbers(np.where(extended, FUNDED_HOURS, 0.0), pa.float64(), missing=older),
        "thirty_hour_code": either(extended, prefixed("99", code, HOUR_CODE_DIGITS)),
        "ey_pupil_premium": flags(basis != NOBODY, missing=older),
        "ey_pupil_premium_basis": coded(BASIS_CODES, np.where(older, NOBODY, basis)),
        "daf": flags(needs & (chance < ACCESS_FUND_SHARE), missing=older),
    }


def _sixth_form(world: World, rows: Rows, group: Ints, rng: np.random.Generator) -> Columns:
    younger = group < SIXTH
    latent = world.attainment.latent[rows.person]
    grades = {name: grade_points(latent, rng) for name in ("maths", "english")}
    exempt = np.searchsorted(np.cumsum(EXEMPTION_SHARES[:-1]), rng.random(len(rows)), side="right")
    planned, enrichment = rng.integers(*PLANNED_HOURS, len(rows)), rng.integers(*ENRICHMENT_HOURS, len(rows))
    return {
        "planned_learning_hours": numbers(planned, pa.int16(), missing=younger),
        "planned_eep_hours": numbers(enrichment, pa.int16(), missing=younger),
        "maths_prior_attainment": coded(PRIOR_GRADES, np.where(younger, NOBODY, grades["maths"])),
        "english_prior_attainment": coded(PRIOR_GRADES, np.where(younger, NOBODY, grades["english"])),
        "maths_exemption": coded(EXEMPTION_CODES, np.where(younger, NOBODY, exempt)),
    }
