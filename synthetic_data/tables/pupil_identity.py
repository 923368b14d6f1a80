"""The identity spine: one row per person ever seen, and a second for the very few who were taken for two.

Grain: pmr; pmr_anon and upn are unique too. Every pmr_anon of every other table is found here.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pyarrow as pa

from synthetic_data.arrays import NOBODY, Ints
from synthetic_data.columns import Columns, coded, dates, numbers, taken
from synthetic_data.tables.about import Rows, gender
from synthetic_data.tables.parts import Part, whole
from synthetic_data.world import World
from synthetic_data.world.identities import MATCHES
from synthetic_data.years import RECEPTION, TERMS_A_YEAR, WARM_UP, WRITTEN, YEARS, year_named

DEATH_SHARE = 0.0002
LONG_AGO = 20  # years before the panel that a name list reaches back


def parts(world: World) -> Iterable[Part]:
    return whole("pupil_identity", WRITTEN, lambda: _columns(world))


def _columns(world: World) -> Columns:
    known, first, last = _seen(world)
    ids = world.identities
    person = ids.person[known]
    rows = Rows(person, WARM_UP)
    rng = world.streams.of("pupil_identity")
    died = rng.random(len(known)) < DEATH_SHARE
    names = [year_named(int(YEARS[0][:4]) + back) for back in range(-LONG_AGO, len(YEARS))]
    texts = {
        name: taken(getattr(ids, name), known)
        for name in ("pmr", "pmr_anon", "upn", "former_upn", "uln", "surname", "forename", "middle_names")
    }
    return {
        **texts,
        "preferred_surname": taken(ids.preferred_surname, known),
        "former_surname": taken(ids.former_surname, known),
        "date_of_birth": dates(world.people.born[person]),
        "date_of_death": dates(np.full(len(known), np.datetime64("2025-06-30", "D")), missing=~died),
        **gender(world, rows),
        "household_id": numbers(world.block.first_serial + world.people.household[person], pa.int64()),
        "first_academic_year": coded(names, first + LONG_AGO),
        "last_academic_year": coded(names, last + LONG_AGO),
        "match_status": coded(MATCHES, ids.match[known]),
    }


def _seen(world: World) -> tuple[Ints, Ints, Ints]:
    """Identities that some source has seen, with the first and the last year: places in YEARS, below 0 before."""
    ids, panel = world.identities, world.panel
    here = panel.site != NOBODY
    terms = np.arange(here.shape[1])
    first_term = np.where(here.any(axis=1), np.argmax(here, axis=1), NOBODY)
    last_term = np.where(here, terms, NOBODY).max(axis=1)
    began = np.where(first_term == 0, -np.maximum(panel.group[:, 0], RECEPTION), first_term // TERMS_A_YEAR)
    person = ids.person
    # Those who leave in summer are still returned in autumn.
    ended = np.minimum((last_term + 1) // TERMS_A_YEAR, len(YEARS) - 1)[person]
    first = np.where(ids.first_year > 0, ids.first_year, began[person])
    last = np.minimum(ended, ids.last_year)
    known = np.flatnonzero(world.known()[person] & (last >= first) & (last >= ids.first_year))
    return known, first[known], last[known]
