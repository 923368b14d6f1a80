"""What people achieved at the end of key stage 4, from grades up: Attainment 8, EBacc, Progress 8."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from synthetic_data.arrays import NOBODY, Flags, Floats, Ints
from synthetic_data.calibration import calibration
from synthetic_data.columns import Columns, coded, flags, numbers
from synthetic_data.tables.about import Rows
from synthetic_data.tables.grades import BEST_GRADE, grade_points
from synthetic_data.tables.repeats import first_rows
from synthetic_data.world import World
from synthetic_data.world.attainment import SCORE_LEAST, SECONDARY_QUALITY
from synthetic_data.world.circumstances import PLAN, SUPPORT
from synthetic_data.years import YEARS

STANDARD_PASS, STRONG_PASS = 4, 5
KS4_NOISE = 0.62  # of a standard deviation of what both key stages share
GIRLS = 0.2
POOR_FURTHER = -0.22
FURTHER_BEHIND = {SUPPORT: -0.2, PLAN: -0.8}  # beside what key stage 2 shows
ENGLISH_GIRLS = 0.15
EBACC_SLOTS, OPEN_SLOTS = 3, 3
GRADE_CODES = ("U", *(str(grade) for grade in range(1, BEST_GRADE + 1)), "X")
NO_ENTRY = len(GRADE_CODES) - 1
EBACC_BY_ATTAINMENT = 1.1  # slope of the log odds of entry
LOWEST_PROGRESS, HIGHEST_PROGRESS = -4.5, 6.0  # adjusted: extreme negative scores are cut
PROGRESS_YEARS = ("2022/23", "2023/24")  # leavers with a key stage 2 result
FINE_OF_LEAST, POINTS_A_FINE = 2.0, 10.0  # a scaled score of 80 is fine grade 2, of 100 fine grade 4
FINE_BELOW_TESTS = 1.5
BAND_EDGES = (4.0, 5.0)
NO_BAND = 4
TYPICAL_ENTRIES, MOST_ENTRIES = 8.6, 14.0
MOST_POINTS = 150.0


@dataclass(frozen=True, slots=True)
class Grades:
    """Whole grades, 0 for none. The EBacc and the open slots are sorted, the best first."""

    english: Ints
    maths: Ints
    ebacc: Ints  # rows x 3
    other: Ints  # rows x 3
    attainment: Ints  # Attainment 8, 0 to 90


def columns(world: World, rows: Rows, site: Ints, counted: Flags, rng: np.random.Generator) -> Columns:
    latent = _latent(world, rows, site, rng)
    found = _grades(world, rows, latent, counted, rng)
    return {
        **_slots(found),
        **_thresholds(found, world.lives.special[rows.person]),
        **_ebacc(found, latent, rng),
        **_totals(found, rng),
        **_progress(world, rows, found, counted),
    }


def _latent(world: World, rows: Rows, site: Ints, rng: np.random.Generator) -> Floats:
    person = rows.person
    level = world.lives.provision[person, rows.year]
    latent = world.attainment.latent[person] + GIRLS * world.people.girl[person]
    latent = latent + SECONDARY_QUALITY * world.sites.quality[site]
    latent = latent + POOR_FURTHER * world.lives.ever_6[person, rows.year]
    for provision, behind in FURTHER_BEHIND.items():
        latent = latent + behind * (level == provision)
    latent = latent + rng.normal(0, KS4_NOISE, len(person))
    spread = latent.std()
    standard: Floats = (latent - latent.mean()) / spread if spread > 0 else latent
    return standard


def _grades(world: World, rows: Rows, latent: Floats, counted: Flags, rng: np.random.Generator) -> Grades:
    """Grades by slot; a second row repeats those of the person's first."""
    mean = calibration().value("att8_mean", year=YEARS[rows.year])
    girls = ENGLISH_GIRLS * world.people.girl[rows.person]
    english = grade_points(latent + girls, rng, mean=mean)
    maths = grade_points(latent - girls / 2, rng, mean=mean)
    slots = [grade_points(latent, rng, mean=mean) for _ in range(EBACC_SLOTS + OPEN_SLOTS)]
    drawn = np.stack([english, maths, *slots], axis=1)
    drawn[:, 2:5] = -np.sort(-drawn[:, 2:5], axis=1)
    drawn[:, 5:8] = -np.sort(-drawn[:, 5:8], axis=1)
    drawn = drawn[first_rows(rows.person, counted)]
    total = 2 * drawn[:, 0] + 2 * drawn[:, 1] + drawn[:, 2:].sum(axis=1)
    return Grades(drawn[:, 0], drawn[:, 1], drawn[:, 2:5], drawn[:, 5:8], total)


def _slots(found: Grades) -> Columns:
    names = [f"att8_ebac{slot}" for slot in range(1, EBACC_SLOTS + 1)]
    names += [f"att8_open{slot}" for slot in range(1, OPEN_SLOTS + 1)]
    slots = np.hstack([found.ebacc, found.other])
    return {
        "att8": numbers(found.attainment, pa.float64()),
        "att8_english": numbers(2 * found.english, pa.float64()),
        "att8_maths": numbers(2 * found.maths, pa.float64()),
        **{name: numbers(slots[:, place], pa.float64()) for place, name in enumerate(names)},
    }


def _thresholds(found: Grades, special: Flags) -> Columns:
    both = np.minimum(found.english, found.maths)
    passes = (np.hstack([found.ebacc, found.other]) >= STANDARD_PASS).sum(axis=1)
    passes = passes + (found.english >= STANDARD_PASS) + (found.maths >= STANDARD_PASS)
    five = passes >= 5
    return {
        "level2": flags(five),
        "level2_em": flags(five & (both >= STANDARD_PASS)),
        "basics_94": flags(both >= STANDARD_PASS),
        "basics_95": flags(both >= STRONG_PASS),
        "english_grade": coded(
            GRADE_CODES, np.where(special & (found.english == 0), NO_ENTRY, found.english)
        ),
        "maths_grade": coded(GRADE_CODES, np.where(special & (found.maths == 0), NO_ENTRY, found.maths)),
    }


def _ebacc(found: Grades, latent: Floats, rng: np.random.Generator) -> Columns:
    share = calibration().value("ebacc_entry_pct") / 100
    odds = np.log(share / (1 - share)) * 1.2 + EBACC_BY_ATTAINMENT * latent
    least = np.minimum(np.minimum(found.english, found.maths), found.ebacc.min(axis=1))
    entered = (rng.random(len(latent)) < 1 / (1 + np.exp(-odds))) & (least > 0)
    points = (found.english + found.maths + found.ebacc.sum(axis=1)) / (2 + EBACC_SLOTS)
    return {
        "ebacc_entry": flags(entered),
        "ebacc_94": flags(entered & (least >= STANDARD_PASS)),
        "ebacc_95": flags(entered & (least >= STRONG_PASS)),
        "ebacc_aps": numbers(points, pa.float64()),
    }


def _totals(found: Grades, rng: np.random.Generator) -> Columns:
    slots = np.hstack([found.ebacc, found.other])
    entered = (slots > 0).sum(axis=1) + (found.english > 0) + (found.maths > 0)
    extra = np.clip(rng.normal(TYPICAL_ENTRIES - 8, 1.0, len(entered)), 0, MOST_ENTRIES - 8)
    extra = np.where(entered == 8, np.round(extra * 2) / 2, 0.0)
    points = found.english + found.maths + slots.sum(axis=1) + extra * slots.mean(axis=1)
    return {
        "n_entries": numbers(entered + extra, pa.float64()),
        "total_points": numbers(np.minimum(np.round(points, 2), MOST_POINTS), pa.float64()),
    }


def _progress(world: World, rows: Rows, found: Grades, counted: Flags) -> Columns:
    """Each score against the mean of those with the same prior attainment."""
    fine = _fine_grade(world, rows)
    known = (fine != NOBODY) & (YEARS[rows.year] in PROGRESS_YEARS)
    measured = known & counted
    fine = np.where(known, fine, NOBODY)
    predicted = _mean_by(fine, found.attainment, measured)
    gain = (found.attainment - predicted) / 10
    english = found.english - _mean_by(fine, found.english, measured)
    maths = found.maths - _mean_by(fine, found.maths, measured)
    unknown = ~known | np.isnan(predicted)
    band = np.searchsorted(np.array(BAND_EDGES), fine / 10, side="right") + 1
    return {
        "ks2_prior": numbers(fine / 10, pa.float64(), missing=~known),
        "prior_band": numbers(np.where(known, band, NO_BAND), pa.int16()),
        "att8_predicted": numbers(predicted, pa.float64(), missing=unknown),
        "p8_unadjusted": numbers(gain, pa.float64(), missing=unknown),
        "p8": numbers(np.clip(gain, LOWEST_PROGRESS, HIGHEST_PROGRESS), pa.float64(), missing=unknown),
        "p8_english": numbers(english, pa.float64(), missing=unknown),
        "p8_maths": numbers(maths, pa.float64(), missing=unknown),
        "in_p8": flags(measured & ~unknown),
    }


def _fine_grade(world: World, rows: Rows) -> Ints:
    """Key stage 2 fine grade in tenths; NOBODY for those who came to the panel's schools later."""
    found, person = world.attainment, rows.person
    score = (found.scaled("read")[person] + found.scaled("maths")[person]) / 2
    fine = FINE_OF_LEAST + (score - SCORE_LEAST) / POINTS_A_FINE
    tenths = np.rint(10 * np.where(found.below[person], FINE_BELOW_TESTS, fine)).astype(np.int64)
    return np.where(world.panel.site[person, 0] == NOBODY, NOBODY, tenths)


def _mean_by(group: Ints, values: Ints, measured: Flags) -> Floats:
    """Mean of the measured values of each group, at every row; not a number where nobody was measured."""
    size = int(group.max(initial=0)) + 1
    count = np.bincount(group[measured], minlength=size)
    total = np.bincount(group[measured], values[measured], minlength=size)
    mean = np.where(count > 0, total / np.maximum(count, 1), np.nan)
    return np.where(group == NOBODY, np.nan, mean[group])
