"""Results per school and group at the end of key stages 2 and 4, from the same rows as the tables of pupils have.

Grain: urn, academic_year, key_stage, pupil_group. A group that a school does not have stands with 0, so that no row is
missing; a mean of nobody is null. Absence and A levels are not made.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from synthetic_data.arrays import Flags, Floats, Ints
from synthetic_data.columns import Cells, Columns, coded, constant, numbers
from synthetic_data.tables import ks2_pupil, ks4_pupil
from synthetic_data.tables.parts import Part
from synthetic_data.world import World
from synthetic_data.years import WARM_UP, YEARS

GROUPS = ("all", "boys", "girls", "FSM6", "EAL", "SEN")
STAGES = ("KS2", "KS4")
COUNTS = {
    "KS2": {"n_rwm_expected": "rwm_expected"},
    "KS4": {"n_basics_95": "basics_95", "n_ebacc_entry": "ebacc_entry"},
}
MEANS = {
    "KS2": {"avg_read_score": "read_score", "avg_maths_score": "maths_score"},
    "KS4": {"avg_att8": "att8", "avg_p8": "p8"},
}
NOT_MADE = ("aps_alevel", "overall_absence_pct", "persistent_absence_pct")
SPREAD_OF_PROGRESS, CONFIDENCE = 1.2, 1.96
PLACES = {"avg_p8": 2}
LEAST_LIMIT, GREATEST_LIMIT = -9.0, 9.0


def parts(world: World) -> Iterable[Part]:
    for year in range(WARM_UP, len(YEARS)):
        for stage in STAGES:
            path = f"school_performance/{YEARS[year].replace('/', '-')}/{stage}.parquet"
            yield Part(path, (YEARS[year],), partial(_columns, world, year, stage))


def _columns(world: World, year: int, stage: str) -> Columns:
    made = (
        ks4_pupil.columns(world, year) if stage == "KS4" else ks2_pupil.columns(world, int(YEARS[year][:4]))
    )
    counted = _values(made["in_school"]) == 1
    pupils = {name: _values(made[name])[counted] for name in _needed(stage)}
    urns, school = np.unique(_values(made["urn"])[counted], return_inverse=True)
    groups = _groups(made, counted)
    where = [(school[members], place) for place, members in enumerate(groups)]
    rows = len(urns) * len(GROUPS)
    cell = np.concatenate([of * len(GROUPS) + place for of, place in where])
    which = np.concatenate([np.flatnonzero(members) for members in groups])
    here = np.bincount(cell, minlength=rows)
    return {
        "urn": numbers(np.repeat(urns, len(GROUPS)).astype(np.int64), pa.int32()),
        "academic_year": constant(YEARS[year], rows, pa.string()),
        "key_stage": constant(stage, rows, pa.string()),
        "pupil_group": coded(GROUPS, np.tile(np.arange(len(GROUPS)), len(urns))),
        "n_pupils": numbers(here, pa.int32()),
        **_results(stage, {name: values[which] for name, values in pupils.items()}, cell, rows),
        **{name: pa.nulls(rows, pa.float64()) for name in NOT_MADE},
    }


def _results(stage: str, pupils: Mapping[str, Floats], cell: Ints, rows: int) -> Columns:
    """The stage's own counts and means by cell; those of the other stage are null."""
    columns: Columns = {}
    for of in STAGES:
        for name, source in COUNTS[of].items():
            columns[name] = _null(rows) if of != stage else _count(pupils[source], cell, rows)
        for name, source in MEANS[of].items():
            columns[name] = (
                _null(rows) if of != stage else _mean(pupils[source], cell, rows, PLACES.get(name, 1))
            )
    return columns | _limits(stage, pupils, cell, rows)


def _limits(stage: str, pupils: Mapping[str, Floats], cell: Ints, rows: int) -> Columns:
    if stage != "KS4":
        return {"p8_ci_low": _null(rows), "p8_ci_high": _null(rows)}
    mean, known = _means(pupils["p8"], cell, rows)
    width = CONFIDENCE * SPREAD_OF_PROGRESS / np.sqrt(np.maximum(known, 1))
    low, high = np.maximum(mean - width, LEAST_LIMIT), np.minimum(mean + width, GREATEST_LIMIT)
    return {
        "p8_ci_low": numbers(np.round(low, 2), pa.float64(), missing=known == 0),
        "p8_ci_high": numbers(np.round(high, 2), pa.float64(), missing=known == 0),
    }


def _count(values: Floats, cell: Ints, rows: int) -> Cells:
    return numbers(np.bincount(cell[values == 1], minlength=rows), pa.int32())


def _mean(values: Floats, cell: Ints, rows: int, places: int) -> Cells:
    mean, known = _means(values, cell, rows)
    return numbers(np.round(mean, places), pa.float64(), missing=known == 0)


def _means(values: Floats, cell: Ints, rows: int) -> tuple[Floats, Ints]:
    there = ~np.isnan(values)
    known = np.bincount(cell[there], minlength=rows)
    total = np.bincount(cell[there], weights=values[there], minlength=rows)
    return total / np.maximum(known, 1), known


def _groups(made: Columns, counted: Flags) -> tuple[Flags, ...]:
    girl = np.asarray(made["gender"].to_pylist()) == "F"
    needs = np.asarray(made["sen_stage"].to_pylist()) != "N"
    fsm6, eal = _values(made["fsm6"]) == 1, _values(made["eal_group"]) == 1
    everybody = np.ones(len(counted), dtype=np.bool_)
    return tuple(group[counted] for group in (everybody, ~girl, girl, fsm6, eal, needs))


def _needed(stage: str) -> list[str]:
    return [*COUNTS[stage].values(), *MEANS[stage].values()]


def _values(column: Cells) -> Floats:
    """The column as numbers, true as 1, null as not a number."""
    found: npt.NDArray[Any] = column.cast(pa.float64()).to_numpy(zero_copy_only=False)
    return found.astype(np.float64)


def _null(rows: int) -> Cells:
    return pa.nulls(rows, pa.float64())
