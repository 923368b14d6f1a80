"""Local authorities: the public list, every code of it.

Grain: la_code.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import pyarrow as pa

from synthetic_data.columns import Cells, Columns, dates
from synthetic_data.tables.parts import Part, whole
from synthetic_data.world import World
from synthetic_data.years import WRITTEN


def parts(world: World) -> Iterable[Part]:
    return whole("local_authority", WRITTEN, lambda: _columns(world))


def _columns(world: World) -> Columns:
    codes = world.codes["la"]
    return {
        "la_code": pa.array(codes.values),
        "la_code_ons": pa.array(codes.notes),
        "la_name": pa.array(codes.labels),
        "region": pa.array(codes.parents),
        "valid_from": _days(codes.valid_from, "04-01", later=0),
        "valid_to": _days(codes.valid_to, "03-31", later=1),
    }


def _days(years: Sequence[str | None], of_year: str, *, later: int) -> Cells:
    """Authorities begin on 1 April of a year and end on 31 March after their last."""
    texts = [f"{int(year) + later}-{of_year}" if year else "NaT" for year in years]
    return dates(np.array(texts, dtype="datetime64[D]"))
