"""Children looked after: one period of care each, for a few of the people and for some whom no school knows.

A child here is a row of `Care`; `person` is NOBODY for those without a record in the school data.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from synthetic_data.arrays import NOBODY, Days, Flags, Floats, Ints, day, weighted
from synthetic_data.calibration import calibration
from synthetic_data.quirks import Quirks
from synthetic_data.streams import Streams
from synthetic_data.world.circumstances import NONE, Circumstances
from synthetic_data.world.ethnicity import Ethnicities, national_shares
from synthetic_data.world.panel import Panel
from synthetic_data.world.people import BOY_SHARE, People
from synthetic_data.world.places import Areas
from synthetic_data.years import WARM_UP

LOOKED_AFTER_SHARE = 0.0085  # of people, at some time in the reporting years
PANEL_START, PANEL_END = day("2022-04-01"), day("2025-03-31")
MEAN_DAYS = 850
SHORTEST_DAYS = 5
ADULT_YEARS = 18
DAYS_A_YEAR = 365.25
UNMATCHED_AGES = ((0, 1), (1, 5), (16, 18))  # before school, and after
ASYLUM_SHARE = 0.25  # of the unmatched who are nearly adult
NEAR_ADULT = 15.5
BOYS_SHARE_ASYLUM = 0.95


@dataclass(frozen=True, slots=True)
class Care:
    """Periods of care. `end` is not-a-time for those still open when the panel ends."""

    person: Ints
    authority: Ints  # in the authorities of the run
    start: Days
    end: Days
    born: Days
    girl: Flags
    minor: Ints
    asylum: Flags
    ever: Flags  # one value a person, not a child: looked after at some time

    def __len__(self) -> int:
        return len(self.person)

    def open_in(self, year: int) -> Flags:
        """Looked after at any time in the reporting year."""
        first, last = reporting_days(year)
        return (self.start <= last) & (np.isnat(self.end) | (self.end >= first))

    def days_by(self, child: Ints, when: np.datetime64) -> Floats:
        """Days in care up to a day, 0 before."""
        end = np.where(np.isnat(self.end[child]), when, np.minimum(self.end[child], when))
        return np.maximum((end - self.start[child]).astype(np.int64), 0).astype(np.float64)


def reporting_days(year: int) -> tuple[np.datetime64, np.datetime64]:
    return day(f"{year - 1}-04-01"), day(f"{year}-03-31")


def care(
    people: People,
    lives: Circumstances,
    at: Panel,
    found: Areas,
    known: Ethnicities,
    quirks: Quirks,
    streams: Streams,
) -> Care:
    rng = streams.of("care")
    person = _matched(rng, people, lives, at)
    second = person[rng.random(len(person)) < quirks.cla_second_authority]
    share = quirks.cla_unmatched
    strangers = round(len(person) * share / (1 - share)) if share < 1 else 0
    known_child = np.r_[person, second, np.full(strangers, NOBODY)]
    count, matched = len(known_child), known_child != NOBODY
    touch = PANEL_START + _part_of(rng, count, PANEL_END - PANEL_START)
    born = _birthdays(rng, people, known_child, touch)
    age = (touch - born).astype(np.int64) / DAYS_A_YEAR
    asylum = ~matched & (age > NEAR_ADULT) & (rng.random(count) < ASYLUM_SHARE)
    other = rng.integers(0, int(found.authority.max()) + 1, count)
    authority = np.where(matched, found.authority[lives.home[known_child, WARM_UP]], other)
    authority[len(person) : len(person) + len(second)] = other[len(person) : len(person) + len(second)]
    start, end = _periods(rng, born, touch)
    boys = np.where(asylum, BOYS_SHARE_ASYLUM, BOY_SHARE)
    minor = weighted(rng, national_shares(known), count)
    ever = np.zeros(len(people), dtype=np.bool_)
    ever[person] = True
    return Care(
        person=known_child,
        authority=authority,
        start=start,
        end=end,
        born=born,
        girl=np.where(matched, people.girl[known_child], rng.random(count) >= boys),
        minor=np.where(matched, people.minor[known_child], np.where(asylum, known.group("OOTH"), minor)),
        asylum=asylum,
        ever=ever,
    )


def _matched(rng: np.random.Generator, people: People, lives: Circumstances, at: Panel) -> Ints:
    """People in care: the poor, the troubled and those with needs far more often."""
    weight = 1.0 + 3.0 * lives.ever_6[:, WARM_UP] + 1.2 * np.minimum(people.conduct, 5)
    weight += 3.0 * (lives.provision[:, WARM_UP] != NONE)
    written = at.site[:, 3 * WARM_UP :] != NOBODY
    weight *= written.any(axis=1)
    chance = weight * LOOKED_AFTER_SHARE * np.count_nonzero(weight) / max(weight.sum(), 1.0)
    return np.flatnonzero(rng.random(len(people)) < chance)


def _part_of(rng: np.random.Generator, count: int, span: np.timedelta64) -> npt.NDArray[np.timedelta64]:
    return (rng.random(count) * span.astype(np.int64)).astype("timedelta64[D]")


def _birthdays(rng: np.random.Generator, people: People, child: Ints, touch: Days) -> Days:
    """Those of people, and for the others one that fits their age on the day `touch`."""
    shares = [calibration().value("cla_age_share_pct", band, "2023") for band in ("under 1", "1-4", "16+")]
    youngest, oldest = np.array(UNMATCHED_AGES, dtype=np.float64).T
    band = weighted(rng, shares, len(child))
    age = youngest[band] + rng.random(len(child)) * (oldest - youngest)[band]
    stranger = touch - (age * DAYS_A_YEAR).astype("timedelta64[D]")
    return np.where(child != NOBODY, people.born[child], stranger)


def _periods(rng: np.random.Generator, born: Days, touch: Days) -> tuple[Days, Days]:
    """A start and an end that touch the panel, lie within childhood and are at least a few days apart."""
    adult = born + np.timedelta64(round(ADULT_YEARS * DAYS_A_YEAR), "D")
    latest = np.minimum(PANEL_END, adult) - np.timedelta64(SHORTEST_DAYS, "D")
    touch = np.maximum(np.minimum(touch, latest), born)
    start = np.maximum(touch - rng.exponential(MEAN_DAYS / 2, len(born)).astype("timedelta64[D]"), born)
    length = np.maximum(rng.exponential(MEAN_DAYS / 2, len(born)), SHORTEST_DAYS).astype("timedelta64[D]")
    end = np.minimum(touch + length, adult)
    return start, np.where(end > PANEL_END, np.datetime64("NaT", "D"), end)
