"""What the two tables of children looked after share: who is in which year, and how a period of care ended."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from synthetic_data.arrays import NOBODY, Floats, Ints, weighted
from synthetic_data.columns import Columns, numbers, taken
from synthetic_data.identifiers import prefixed
from synthetic_data.world import World
from synthetic_data.years import REPORTING_YEARS, WARM_UP, YEARS, years_before

ENDINGS = ("E11", "E12", "E13", "E3", "E41", "E45", "E47", "E4A", "E4B", "E5", "E7", "E8", "E9", "X1")
ENDING_SHARES = (0.05, 0.05, 0.03, 0.02, 0.05, 0.08, 0.03, 0.2, 0.08, 0.22, 0.03, 0.14, 0.02)
ADOPTIONS = (0, 1)
OLDEST_ADOPTED = 9
LEAVES_TO_OWN_HOME = ENDINGS.index("E5")
NEXT_EPISODE = ENDINGS.index("X1")
OLD_ENOUGH_FOR_OWN_HOME = 16
ANY_OTHER = ENDINGS.index("E8")


def panel_year(year: int) -> int:
    """The place in YEARS of the academic year in which a reporting year ends."""
    return WARM_UP + REPORTING_YEARS.index(year)


def who(world: World, child: Ints, year: int) -> Columns:
    """The anonymous reference where the child has one, and the child's own number."""
    person = world.care.person[child]
    identity = np.where(person == NOBODY, NOBODY, world.identities.of[person, panel_year(year)])
    return {
        "pmr_anon": taken(world.identities.pmr_anon, identity),
        "cla_child_id": prefixed("99", world.block.first_serial + child, 10),
        "reporting_year": numbers(np.full(len(child), year), pa.int16()),
    }


def endings(world: World) -> Ints:
    """How each period of care ended, in ENDINGS; NOBODY where it has not."""
    care, rng = world.care, world.streams.of("looked after", "endings")
    ended = weighted(rng, ENDING_SHARES, len(care))
    age = ages_at_end(world)
    too_old = np.isin(ended, ADOPTIONS) & (age > OLDEST_ADOPTED)
    too_young = (ended == LEAVES_TO_OWN_HOME) & (age < OLD_ENOUGH_FOR_OWN_HOME)
    ended = np.where(too_old | too_young, ANY_OTHER, ended)
    return np.where(np.isnat(care.end), NOBODY, ended)


def ages_at_end(world: World) -> Floats:
    """Age in years when the period ended, or when the panel did."""
    end = np.where(np.isnat(world.care.end), np.datetime64("2025-03-31", "D"), world.care.end)
    return years_before(world.care.born, end).astype(np.float64)


def reporting_rows(world: World, year: int) -> Ints:
    """The children looked after at some time in the reporting year."""
    return np.flatnonzero(world.care.open_in(year))


def path(table: str, year: int) -> str:
    return f"{table}/{year}.parquet"


def years_of(year: int) -> tuple[str, ...]:
    return (YEARS[panel_year(year)],)
