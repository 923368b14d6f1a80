"""Second rows in the key-stage tables: a few people were returned by another school as well."""

from __future__ import annotations

import numpy as np

from synthetic_data.arrays import Flags, Ints
from synthetic_data.columns import Cells
from synthetic_data.identifiers import prefixed
from synthetic_data.tables.about import Rows
from synthetic_data.world import World
from synthetic_data.world.choice import another
from synthetic_data.world.sites import PRIMARY, SECONDARY

CANDIDATES = 10_000


def with_repeats(
    world: World, person: Ints, site: Ints, rng: np.random.Generator
) -> tuple[Ints, Ints, Flags]:
    """People and sites with the second rows behind them, and which rows count in the national results."""
    kind = SECONDARY if (world.sites.kind[site] == SECONDARY).any() else PRIMARY
    again = np.flatnonzero(rng.random(len(person)) < world.quirks.repeated_results)
    elsewhere = another(rng, world.sites, kind, world.sites.authority[site[again]])
    again, elsewhere = again[elsewhere != site[again]], elsewhere[elsewhere != site[again]]
    counted = np.r_[np.ones(len(person), dtype=np.bool_), np.zeros(len(again), dtype=np.bool_)]
    return np.r_[person, person[again]], np.r_[site, elsewhere], counted


def first_rows(person: Ints, counted: Flags) -> Ints:
    """For each row, the row of the same person that counts: a second row repeats its results."""
    place = np.zeros(int(person.max(initial=0)) + 1, dtype=np.int64)
    place[person[counted]] = np.flatnonzero(counted)
    return place[person]


def candidate_numbers(world: World, rows: Rows) -> Cells:
    return prefixed("", world.identities.of[rows.person, rows.year] % CANDIDATES, 4)
