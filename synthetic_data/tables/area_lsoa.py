"""Small areas with their deprivation, under synthetic codes.

Grain: lsoa_code; idaci_rank_2019 is unique too.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pyarrow as pa

from synthetic_data.columns import Columns, coded, constant, numbers
from synthetic_data.identifiers import area_codes, middle_area_codes
from synthetic_data.tables.parts import Part, whole
from synthetic_data.world import World
from synthetic_data.world.places import URBAN_CODES
from synthetic_data.years import WRITTEN

BOUNDARIES_OF = 2011
DECILES = 10


def parts(world: World) -> Iterable[Part]:
    return whole("area_lsoa", WRITTEN, lambda: _columns(world))


def _columns(world: World) -> Columns:
    areas, rng = world.areas, world.streams.of("area_lsoa")
    nearby = np.clip(areas.decile + rng.integers(-1, 2, len(areas)), 1, DECILES)
    return {
        "lsoa_code": area_codes(np.arange(len(areas))),
        "boundary_year": constant(BOUNDARIES_OF, len(areas), pa.int16()),
        "msoa_code": middle_area_codes(areas.middle_area),
        "la_code": coded(world.codes["la"].values, world.authorities.code[areas.authority]),
        "region": coded(world.authorities.region, areas.authority),
        "idaci_score_2019": numbers(areas.score, pa.float64()),
        "idaci_rank_2019": numbers(areas.rank, pa.int32()),
        "idaci_decile_2019": numbers(areas.decile, pa.int16()),
        "imd_decile_2019": numbers(nearby, pa.int16()),
        "urban_rural": coded(URBAN_CODES, areas.urban),
    }
