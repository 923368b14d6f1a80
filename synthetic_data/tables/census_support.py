"""School Census columns on means, needs and support."""

from __future__ import annotations

import numpy as np

from synthetic_data.arrays import NOBODY, Floats, Ints
from synthetic_data.calibration import calibration
from synthetic_data.columns import Columns, coded, flags
from synthetic_data.tables.about import Rows, in_care, in_classes
from synthetic_data.world import World
from synthetic_data.world.circumstances import NONE, PLAN, POST_CARE_CODES, PROVISION_CODES, SUPPORT
from synthetic_data.world.sites import PRIMARY, SECONDARY

EVER_PERIOD = (0.5, 0.503)  # of lasting chance: eligible between two censuses, on no census day
CARER_CODES = ("P", "S", "U", "N")
UNKNOWN_CARER_SHARE = 0.03
SERVICE_CODES = ("Y", "R", "U", "N")
SERVICE_EDGES = (0.004, 0.012)  # refused, unknown
UNIT_SHARE, RESOURCED_SHARE = 0.06, 0.05
TOP_UP_SHARE = 0.06
KINSHIP_SHARE = 0.004


def columns(world: World, rows: Rows, group: Ints, when: np.datetime64, rng: np.random.Generator) -> Columns:
    return {
        **_means(world, rows, group, when),
        **_needs(world, rows, rng),
        **_family(world, rows),
    }


def _means(world: World, rows: Rows, group: Ints, when: np.datetime64) -> Columns:
    lives, chance = world.lives, world.people.chance[rows.person]
    at = rows.person, rows.year
    ever_6, after_care = lives.ever_6[at], lives.post_care[rows.person] != NOBODY
    period = ever_6 | (EVER_PERIOD[0] <= chance) & (chance < EVER_PERIOD[1])
    return {
        "fsm_eligible": flags(lives.meals[at]),
        "ever_fsm_3": flags(lives.ever_3[at]),
        "ever_fsm_6": flags(ever_6),
        "ever_fsm_6_period": flags(period),
        "ever_fsm_all": flags(lives.ever_all[at] | period),
        "pupil_premium": flags((ever_6 | after_care | in_care(world, rows, when)) & in_classes(group)),
        "post_looked_after": coded(
            (*POST_CARE_CODES, "N"), np.where(after_care, lives.post_care[rows.person], len(POST_CARE_CODES))
        ),
    }


def _needs(world: World, rows: Rows, rng: np.random.Generator) -> Columns:
    lives, kind = world.lives, world.sites.kind[world.panel.last_site(rows.year)[rows.person]]
    at = rows.person, rows.year
    level, types = lives.provision[at], world.codes["sen_type"].values
    forgotten = rng.random(len(rows)) < world.quirks.sen_type_missing
    need = np.where(forgotten, NOBODY, lives.need_type[at])
    codes = world.codes["sen_provision"]
    by_level = [str(codes.parents[codes.index(code)]) for code in PROVISION_CODES]
    lasting = _lasting(world, rows, 1)
    ordinary = (level != NONE) & np.isin(kind, (PRIMARY, SECONDARY))
    return {
        "sen_provision": coded(PROVISION_CODES, level),
        "sen_provision_major": coded(by_level, level),
        "sen_type_primary": coded(types, need),
        "sen_type_secondary": coded(types, np.where(forgotten, NOBODY, lives.second_type[at])),
        "sen_unit": flags(ordinary & (lasting < UNIT_SHARE)),
        "resourced_provision": flags(ordinary & (lasting > 1 - RESOURCED_SHARE)),
        "top_up_funding": flags((level == PLAN) | (level == SUPPORT) & (lasting < TOP_UP_SHARE)),
    }


def _family(world: World, rows: Rows) -> Columns:
    lasting, other = _lasting(world, rows, 2), _lasting(world, rows, 3)
    carer = calibration().value("young_carer_pct") / 100
    edges = np.array([carer * 0.4, carer, carer + UNKNOWN_CARER_SHARE])
    services = world.homes.services[world.people.household[rows.person]]
    unclear = np.searchsorted(np.array(SERVICE_EDGES), other, side="right") + 1
    return {
        "young_carer": coded(CARER_CODES, np.searchsorted(edges, lasting, side="right")),
        "service_child": coded(SERVICE_CODES, np.where(services, 0, unclear)),
        "kinship_care": flags(_lasting(world, rows, 4) < KINSHIP_SHARE),
    }


def _lasting(world: World, rows: Rows, which: int) -> Floats:
    """A uniform number that a person keeps for life, a different one for each `which`."""
    return world.people.chance[rows.person] * (10.0**which) % 1.0
