"""The rows of one census: main registrations, subsidiary ones, and those who have left since the last.

Every person in a census has exactly one main row. `status` is null (NOBODY) for a person's only row, below 100
for the main row of several and above 100 for the others.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from synthetic_data.arrays import NOBODY, Flags, Ints
from synthetic_data.quirks import Quirks
from synthetic_data.streams import Streams
from synthetic_data.world.panel import Panel
from synthetic_data.years import TERMS_A_YEAR, WARM_UP

MAIN_OF_LEFT, MAIN_OF_DUAL, MAIN_OF_MORE = 1, 3, 5  # rules by which a main row was chosen
DUPLICATE = 100  # added to the rule
CURRENT, MAIN, SUBSIDIARY, PREVIOUS = range(4)
ENROLMENT_CODES = ("C", "M", "S", "P")


@dataclass(frozen=True, slots=True)
class Registrations:
    """Rows of one census, ordered by site and person."""

    person: Ints
    site: Ints
    since: Ints
    enrolment: Ints  # in ENROLMENT_CODES
    status: Ints

    def __len__(self) -> int:
        return len(self.person)

    @property
    def on_roll(self) -> Flags:
        here: Flags = self.enrolment != PREVIOUS
        return here


def registrations(panel: Panel, term: int, quirks: Quirks, streams: Streams) -> Registrations:
    """The census of one written term."""
    rng = streams.of("registrations", term)
    year, place = divmod(term, TERMS_A_YEAR)
    assert year >= WARM_UP, "the warm-up year is never written"
    now, before = panel.site[:, term], panel.site[:, term - 1]
    here = now != NOBODY
    rate = quirks.off_roll_movers if place else quirks.off_roll
    left = (before != NOBODY) & (before != now) & (rng.random(len(now)) < rate)
    dual = panel.dual[:, year]
    second = here & (dual != NOBODY) & (dual != now) & ~(left & (dual == before))
    main = here | left & ~here
    rows = np.r_[np.flatnonzero(main), np.flatnonzero(second), np.flatnonzero(left & here)]
    kinds = np.repeat([CURRENT, SUBSIDIARY, PREVIOUS], [main.sum(), second.sum(), (left & here).sum()])
    is_main = kinds == CURRENT
    kinds[is_main & second[rows]] = MAIN
    kinds[is_main & ~here[rows]] = PREVIOUS
    site = np.select([kinds == SUBSIDIARY, kinds == PREVIOUS], [dual[rows], before[rows]], now[rows])
    since = np.select(
        [kinds == SUBSIDIARY, kinds == PREVIOUS],
        [np.full(len(rows), year * TERMS_A_YEAR), panel.since[rows, term - 1]],
        panel.since[rows, term],
    )
    rule = _rule(second[rows], left[rows] & here[rows])
    status = np.where((rule == NOBODY) | is_main, rule, rule + DUPLICATE)
    order = np.lexsort((rows, site))
    return Registrations(rows[order], site[order], since[order], kinds[order], status[order])


def _rule(has_second: Flags, has_left: Flags) -> Ints:
    return np.select(
        [has_second & has_left, has_second, has_left], [MAIN_OF_MORE, MAIN_OF_DUAL, MAIN_OF_LEFT], NOBODY
    )
