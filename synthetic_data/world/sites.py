"""The schools of this run, before anybody attends one.

A site is a place with a gate; the register of schools has a second entry for one that became an academy in
the panel (`Register`). Tiny schools are made on purpose: small cells must occur.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from synthetic_data.arrays import NOBODY, Flags, Floats, Ints, weighted
from synthetic_data.calibration import calibration
from synthetic_data.quirks import Quirks
from synthetic_data.scale import Scale
from synthetic_data.streams import Streams
from synthetic_data.world.places import Authorities
from synthetic_data.years import WARM_UP, YEARS

NURSERY, PRIMARY, SECONDARY, SPECIAL, UNIT = range(5)  # kinds of site; a unit teaches the excluded
MIXED, BOYS, GIRLS = range(3)
TINY_SIZES = (14, 22)  # planned pupils of a tiny primary school
ONE_TINY_IN = 3  # authorities: every third has one for sure, beside those that come by chance
TINY_BY_CHANCE = 0.02
RURAL_SHARE = 0.22
PRIMARY_TYPES = (1, 2, 3, 5, 34, 28, 35)  # types of establishment, as the register codes them
PRIMARY_TYPE_SHARES = (0.28, 0.16, 0.10, 0.04, 0.30, 0.09, 0.03)
SECONDARY_TYPES = (1, 2, 5, 34, 28, 35)
SECONDARY_TYPE_SHARES = (0.10, 0.06, 0.05, 0.47, 0.25, 0.07)
SPECIAL_TYPES = (7, 12, 44, 33)
SPECIAL_TYPE_SHARES = (0.5, 0.1, 0.3, 0.1)
UNIT_TYPES = (14, 42)
UNIT_TYPE_SHARES = (0.65, 0.35)
MAINTAINED_TYPES = (1, 2, 3, 5)
CONVERTER = 34


@dataclass(frozen=True, slots=True)
class Sites:
    authority: Ints
    kind: Ints
    size: Floats  # planned: the panel decides
    x: Floats
    y: Floats
    rural: Floats
    gender: Ints
    selective: Flags
    sixth_form: Flags
    nursery_class: Flags
    type: Ints
    quality: Floats  # what the school adds to attainment, in standard deviations between schools
    neighbourhood: Ints  # of a primary school: its place among them; of others NOBODY

    def __len__(self) -> int:
        return len(self.authority)

    def of_kind(self, kind: int) -> Ints:
        return np.flatnonzero(self.kind == kind)


@dataclass(frozen=True, slots=True)
class Register:
    """Entries of the school register: first one per site, then the successors of those that converted.

    `entry[site, year]` is the entry which stands for a site in a panel year.
    """

    site: Ints
    type: Ints
    opened_year: Ints  # place in YEARS, NOBODY if before them
    closed_year: Ints  # the year at whose start it closed, NOBODY if open
    entry: Ints

    def __len__(self) -> int:
        return len(self.site)


def sites(found: Authorities, scale: Scale, streams: Streams) -> Sites:
    rng = streams.of("sites")
    authority, kind = _kinds(found, scale)
    count = len(kind)
    rural = np.where((kind == PRIMARY) & (rng.random(count) < RURAL_SHARE), 1.0, 0.0)
    rural[_in_region(found, authority, "London")] = 0.0
    size = _sizes(rng, authority, kind, scale)
    rural[(kind == PRIMARY) & (size <= TINY_SIZES[1])] = 1.0
    side = found.side_km[authority]
    secondary, gender = kind == SECONDARY, _genders(authority, kind)
    return Sites(
        authority=authority,
        kind=kind,
        size=size,
        x=rng.random(count) * side,
        y=rng.random(count) * side,
        rural=rural,
        gender=gender,
        selective=_selective(authority, kind, gender),
        sixth_form=secondary & (rng.random(count) < 0.6) | _first_of(authority, kind, SECONDARY, every=1),
        nursery_class=(kind == PRIMARY) & (rng.random(count) < 0.55) & (size > TINY_SIZES[1]),
        type=_types(rng, kind),
        quality=rng.standard_normal(count),
        neighbourhood=np.where(kind == PRIMARY, np.cumsum(kind == PRIMARY) - 1, NOBODY),
    )


def _kinds(found: Authorities, scale: Scale) -> tuple[Ints, Ints]:
    """Sites in order of authority and kind; every second authority has a nursery school."""
    each = [
        [NURSERY] * (place % 2)
        + [PRIMARY] * scale.primaries
        + [SECONDARY] * scale.secondaries
        + [SPECIAL] * max(1, scale.primaries // 12)
        + [UNIT] * max(1, scale.primaries // 24)
        for place in range(len(found))
    ]
    authority = np.repeat(np.arange(len(found)), [len(kinds) for kinds in each])
    return authority, np.array([kind for kinds in each for kind in kinds])


def _in_region(found: Authorities, authority: Ints, region: str) -> Flags:
    return np.array([name == region for name in found.region])[authority]


def _sizes(rng: np.random.Generator, authority: Ints, kind: Ints, scale: Scale) -> Floats:
    mean = calibration().value("school_size_mean", "primary")
    spread = np.sqrt(np.log(1 + (calibration().value("school_size_sd", "primary") / mean) ** 2))
    drawn = np.exp(rng.normal(np.log(scale.primary_size) - spread**2 / 2, spread, len(kind)))
    tiny = rng.random(len(kind)) < TINY_BY_CHANCE
    tiny |= _first_of(authority, kind, PRIMARY, every=ONE_TINY_IN)
    return np.where(tiny, rng.uniform(*TINY_SIZES, len(kind)), np.clip(drawn, 30, 900))


def _first_of(authority: Ints, kind: Ints, wanted: int, *, every: int) -> Flags:
    """The first site of a kind, in every so many-th authority."""
    first = np.zeros(len(kind), dtype=np.bool_)
    places = np.flatnonzero(kind == wanted)
    _, starts = np.unique(authority[places], return_index=True)
    first[places[starts][::every]] = True
    return first


def _genders(authority: Ints, kind: Ints) -> Ints:
    """In every fourth authority the second and third secondary school are for boys and for girls."""
    gender = np.full(len(kind), MIXED)
    for owner in np.unique(authority)[::4]:
        places = np.flatnonzero((authority == owner) & (kind == SECONDARY))
        if len(places) > BOYS + 1:
            gender[places[1]], gender[places[2]] = BOYS, GIRLS
    return gender


def _selective(authority: Ints, kind: Ints, gender: Ints) -> Flags:
    """One in every sixth authority, beside others that take everybody."""
    chosen = np.zeros(len(kind), dtype=np.bool_)
    for owner in np.unique(authority)[1::6]:
        places = np.flatnonzero((authority == owner) & (kind == SECONDARY) & (gender == MIXED))
        if len(places) > 1:
            chosen[places[0]] = True
    return chosen


def _types(rng: np.random.Generator, kind: Ints) -> Ints:
    choices = {
        PRIMARY: (PRIMARY_TYPES, PRIMARY_TYPE_SHARES),
        SECONDARY: (SECONDARY_TYPES, SECONDARY_TYPE_SHARES),
        SPECIAL: (SPECIAL_TYPES, SPECIAL_TYPE_SHARES),
        UNIT: (UNIT_TYPES, UNIT_TYPE_SHARES),
        NURSERY: ((15,), (1.0,)),
    }
    types = np.zeros(len(kind), dtype=np.int64)
    for wanted, (options, shares) in choices.items():
        drawn = np.array(options)[weighted(rng, shares, len(kind))]
        types[kind == wanted] = drawn[kind == wanted]
    return types


def register(found: Sites, quirks: Quirks, streams: Streams) -> Register:
    """Close some maintained schools at the start of a written year after the first, and open academies there."""
    rng = streams.of("register")
    may_convert = np.isin(found.type, MAINTAINED_TYPES)
    converts = np.flatnonzero(may_convert & (rng.random(len(found)) < quirks.conversion))
    when = rng.integers(WARM_UP + 1, len(YEARS), len(converts))
    entry = np.repeat(np.arange(len(found))[:, None], len(YEARS), axis=1)
    for successor, (site, year) in enumerate(zip(converts, when, strict=True)):
        entry[site, year:] = len(found) + successor
    never, later = np.full(len(found), NOBODY), np.full(len(converts), NOBODY)
    closed = never.copy()
    closed[converts] = when
    return Register(
        site=np.r_[np.arange(len(found)), converts],
        type=np.r_[found.type, np.full(len(converts), CONVERTER)],
        opened_year=np.r_[never, when],
        closed_year=np.r_[closed, later],
        entry=entry,
    )
