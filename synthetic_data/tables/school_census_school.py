"""Counts per school in each spring census, by the same people as the census of pupils has.

Grain: urn, academic_year, term. Small schools and rare groups give counts of 1 and 2: the table is for nobody's eyes
before suppression has been over it.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

import numpy as np
import pyarrow as pa

from synthetic_data.arrays import Flags, Floats, Ints
from synthetic_data.columns import Cells, Columns, constant, numbers
from synthetic_data.identifiers import FIRST_URN
from synthetic_data.tables.about import Rows, another_language
from synthetic_data.tables.census_stage import PART_TIME_SHARE
from synthetic_data.tables.parts import Part
from synthetic_data.world import World
from synthetic_data.world.circumstances import PLAN, SUPPORT
from synthetic_data.world.registrations import SUBSIDIARY
from synthetic_data.years import RECEPTION, TERMS, TERMS_A_YEAR, WARM_UP, YEARS

SPRING = TERMS.index("SPR")
A_CLASS, A_TEACHER = 27, 20.5  # pupils
BRITISH = "WBRI"


def parts(world: World) -> Iterable[Part]:
    for year in range(WARM_UP, len(YEARS)):
        path = f"school_census_school/{YEARS[year].replace('/', '-')}.parquet"
        yield Part(path, (YEARS[year],), partial(_columns, world, year))


def _columns(world: World, year: int) -> Columns:
    found = world.registrations(year * TERMS_A_YEAR + SPRING)
    second = found.enrolment == SUBSIDIARY
    here = found.on_roll & ~second
    rows = Rows(found.person[here], year)
    entry = world.register.entry[found.site, year]
    urns, of = np.unique(entry[here], return_inverse=True)
    counts = {name: np.bincount(of[flag], minlength=len(urns)) for name, flag in _flags(world, rows).items()}
    everybody = np.bincount(of, minlength=len(urns))
    classes = -(-everybody // A_CLASS)
    return {
        "urn": numbers(urns + FIRST_URN, pa.int32()),
        "academic_year": constant(YEARS[year], len(urns), pa.string()),
        "term": constant(TERMS[SPRING], len(urns), pa.string()),
        "headcount": numbers(everybody, pa.int32()),
        **{name: numbers(count, pa.int32()) for name, count in counts.items()},
        "n_classes": numbers(classes, pa.int32()),
        "avg_class_size": _tenths(everybody / classes),
        "pupil_teacher_ratio": _tenths(everybody / np.maximum(1, np.rint(everybody / A_TEACHER))),
        "n_dual_subsidiary": numbers(_at(urns, entry[second]), pa.int32()),
    }


def _flags(world: World, rows: Rows) -> dict[str, Flags]:
    lives, at = world.lives, (rows.person, rows.year)
    level, minor = lives.provision[at], lives.minor[at]
    young = world.panel.group[at] < RECEPTION
    return {
        "n_fsm": lives.meals[at],
        "n_fsm6": lives.meals[at] | lives.ever_6[at],
        "n_eal": np.asarray(another_language(world, rows)) == 1,
        "n_sen_support": level == SUPPORT,
        "n_ehcp": level == PLAN,
        "n_minority_ethnic": minor != world.ethnicities.group(BRITISH),
        "n_part_time": young & (world.people.chance[rows.person] < PART_TIME_SHARE),
    }


def _at(urns: Ints, entries: Ints) -> Ints:
    """How many of the entries are each of the sorted urns."""
    last, first = np.searchsorted(np.sort(entries), urns, "right"), np.searchsorted(np.sort(entries), urns)
    return last - first


def _tenths(values: Floats) -> Cells:
    return numbers(np.round(values, 1), pa.float64())
