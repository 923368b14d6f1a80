"""The tables this package makes: one module each, registered here by its name in the catalogue.

A table joins by a module with `parts(world)` and a line below. It draws its chance from streams under its own
name, so that it changes no other table's bytes.
"""

from __future__ import annotations

from collections.abc import Mapping

from synthetic_data.tables import (
    absence,
    area_lsoa,
    cla_child,
    cla_episode,
    exclusion,
    ks2_pupil,
    ks4_pupil,
    local_authority,
    pupil_identity,
    school,
    school_census_pupil,
    school_census_school,
    school_performance,
)
from synthetic_data.tables.parts import Maker, Part

MAKERS: Mapping[str, Maker] = {
    "local_authority": local_authority.parts,
    "area_lsoa": area_lsoa.parts,
    "school": school.parts,
    "school_census_pupil": school_census_pupil.parts,
    "ks2_pupil": ks2_pupil.parts,
    "ks4_pupil": ks4_pupil.parts,
    "absence": absence.parts,
    "exclusion": exclusion.parts,
    "cla_child": cla_child.parts,
    "cla_episode": cla_episode.parts,
    "pupil_identity": pupil_identity.parts,
    "school_census_school": school_census_school.parts,
    "school_performance": school_performance.parts,
}

OF_THE_MAP = frozenset({"local_authority", "area_lsoa", "school"})  # made once, whatever the number of blocks

__all__ = ["MAKERS", "OF_THE_MAP", "Maker", "Part"]
