"""School Census columns on the home: areas, distances, and who else lives there."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from synthetic_data.arrays import NOBODY, Floats, Ints
from synthetic_data.columns import Columns, numbers, taken
from synthetic_data.tables.about import Rows, home, school_texts
from synthetic_data.world import World
from synthetic_data.world.choice import distance
from synthetic_data.world.people import eldest_first
from synthetic_data.years import TERMS_A_YEAR

STREET_KM = 0.25  # how far homes lie from the middle of their area, one standard deviation
METRES = 3  # decimals of a kilometre
MOST_CHILDREN = 12


def columns(world: World, rows: Rows, site: Ints, rng: np.random.Generator) -> Columns:
    missing = rng.random(len(rows)) < world.quirks.home_missing
    return {
        **home(world, rows, missing=missing),
        **_distances(world, rows, site, np.flatnonzero(missing)),
        **_siblings(world, rows, np.flatnonzero(missing)),
    }


def _distances(world: World, rows: Rows, site: Ints, missing: Ints) -> Columns:
    """Home to the school attended, and to the nearest of its kind."""
    x, y = _position(world, rows)
    sites, area = world.sites, world.lives.home[rows.person, rows.year]
    away = distance(x, y, sites.x[site], sites.y[site])
    near = _nearest(world)[area, sites.kind[site]]
    near_away = distance(x, y, sites.x[near], sites.y[near])
    closer = away <= near_away
    near, near_away = np.where(closer, site, near), np.where(closer, away, near_away)
    unknown = np.zeros(len(rows), dtype=np.bool_)
    unknown[missing] = True
    entry = world.register.entry[near, rows.year]
    return {
        "dist_current_school": numbers(np.round(away, METRES), pa.float64(), missing=unknown),
        "dist_nearest_school": numbers(np.round(near_away, METRES), pa.float64(), missing=unknown),
        "nearest_school_laestab": taken(school_texts(world)["laestab"], entry, missing=unknown),
    }


def _position(world: World, rows: Rows) -> tuple[Floats, Floats]:
    """Where each home stands: the middle of its area and a step aside, the same for all who live there."""
    aside = world.streams.of("home positions").normal(0, STREET_KM, (2, len(world.homes.area)))
    area, household = world.lives.home[rows.person, rows.year], world.people.household[rows.person]
    return world.areas.x[area] + aside[0, household], world.areas.y[area] + aside[1, household]


def _nearest(world: World) -> Ints:
    """For each area of the block and kind of site, the nearest site of its authority; any site where it has none."""
    sites, areas = world.sites, world.areas
    kinds = int(sites.kind.max()) + 1
    found = np.zeros((len(areas), kinds), dtype=np.int64)
    for owner in world.block.authorities:
        here = np.flatnonzero(areas.authority == owner)
        ours = np.flatnonzero(sites.authority == owner)
        away = distance(areas.x[here, None], areas.y[here, None], sites.x[ours], sites.y[ours])
        for kind in range(kinds):
            other = sites.kind[ours] != kind
            found[here, kind] = ours[np.argmin(np.where(other & ~other.all(), np.inf, away), axis=1)]
    return found


def _siblings(world: World, rows: Rows, missing: Ints) -> Columns:
    """People on roll in the year at the same address, and the place among all whom the data know there."""
    household = world.people.household
    terms = world.panel.site[:, rows.year * TERMS_A_YEAR : (rows.year + 1) * TERMS_A_YEAR]
    here = (terms != NOBODY).any(axis=1)
    count = np.bincount(household[here], minlength=len(world.homes.area))
    unknown = np.zeros(len(rows), dtype=np.bool_)
    unknown[missing] = True
    others = np.clip(count[household[rows.person]], 1, MOST_CHILDREN)
    order = np.minimum(eldest_first(world.people)[rows.person], MOST_CHILDREN)
    return {
        "n_siblings_address": numbers(others, pa.int16(), missing=unknown),
        "birth_order_address": numbers(order, pa.int16(), missing=unknown),
    }
