"""Which school a family takes at each stage, before anything happens to the plan.

Mostly the nearest; single-sex, selective and special schools take only whom they take. A tiny school stays
tiny because families go where schools are large.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from synthetic_data.arrays import NOBODY, Flags, Floats, Ints, weighted
from synthetic_data.streams import Streams
from synthetic_data.world.circumstances import Circumstances
from synthetic_data.world.people import Households, People
from synthetic_data.world.places import Areas
from synthetic_data.world.sites import BOYS, GIRLS, MIXED, NURSERY, PRIMARY, SECONDARY, SPECIAL, UNIT, Sites

OWN_PRIMARY_SHARE = 0.86
RANK_SHARES = (0.72, 0.20, 0.08)  # of secondary schools, by nearness
SELECTED_ABOVE, SELECTED_SHARE = 1.0, 0.5  # ability, and the share of the able who take a selective school
NURSERY_SHARE, NURSERY_SCHOOL_SHARE, EARLY_SHARE = 0.5, 0.12, 0.09


@dataclass(frozen=True, slots=True)
class Choices:
    """A site a person for each stage, NOBODY where there is none."""

    nursery: Ints
    early: Flags  # at the nursery for two years, not one
    primary: Ints
    secondary: Ints
    sixth: Ints
    special: Ints
    unit: Ints  # where the permanently excluded of the authority go


def choices(
    people: People, homes: Households, found: Areas, schools: Sites, lives: Circumstances, streams: Streams
) -> Choices:
    rng = streams.of("choices")
    area = homes.area[people.household]
    authority = found.authority[area]
    primary = _primary(rng, schools, found.neighbourhood[area], authority)
    secondary = secondary_near(rng, schools, primary, people, authority)
    return Choices(
        nursery=_nursery(rng, schools, primary, authority),
        early=rng.random(len(people)) < EARLY_SHARE / NURSERY_SHARE,
        primary=primary,
        secondary=secondary,
        sixth=np.where(
            schools.sixth_form[secondary], secondary, _one_of(rng, schools, schools.sixth_form, authority)
        ),
        special=np.where(lives.special, _one_of(rng, schools, schools.kind == SPECIAL, authority), NOBODY),
        unit=_one_of(rng, schools, schools.kind == UNIT, authority),
    )


def _primary(rng: np.random.Generator, schools: Sites, neighbourhood: Ints, authority: Ints) -> Ints:
    own = schools.of_kind(PRIMARY)[neighbourhood]
    away = rng.random(len(own)) >= OWN_PRIMARY_SHARE
    return np.where(away, another(rng, schools, PRIMARY, authority), own)


def another(rng: np.random.Generator, schools: Sites, kind: int, authority: Ints) -> Ints:
    """A school of the kind in the authority, the large ones more often; those for all comers only."""
    open_to_all = (schools.kind == kind) & (schools.gender == MIXED) & ~schools.selective
    found = np.full(len(authority), NOBODY)
    for owner in np.unique(authority):
        options = np.flatnonzero(open_to_all & (schools.authority == owner))
        members = np.flatnonzero(authority == owner)
        found[members] = options[weighted(rng, schools.size[options], len(members))]
    return found


def secondary_near(
    rng: np.random.Generator, schools: Sites, primary: Ints, people: People, authority: Ints
) -> Ints:
    """A secondary school near the primary school which takes the person."""
    near = _nearest(schools)[primary]
    rank = weighted(rng, RANK_SHARES[: near.shape[1]], len(primary))
    chosen = near[np.arange(len(primary)), rank]
    able = people.ability > SELECTED_ABOVE
    selective = _one_of(rng, schools, schools.selective, authority)
    invited = able & (selective != NOBODY) & (rng.random(len(primary)) < SELECTED_SHARE)
    chosen = np.where(invited, selective, chosen)
    wrong_sex = schools.gender[chosen] == np.where(people.girl, BOYS, GIRLS)
    refused = wrong_sex | (schools.selective[chosen] & ~able)
    return np.where(refused, another(rng, schools, SECONDARY, authority), chosen)


def _nearest(schools: Sites) -> Ints:
    """For each site, the secondary schools of its authority, nearest first; the last repeats where few are."""
    near = np.zeros((len(schools), len(RANK_SHARES)), dtype=np.int64)
    for owner in range(int(schools.authority.max()) + 1):
        ours = np.flatnonzero(schools.authority == owner)
        options = ours[schools.kind[ours] == SECONDARY]
        away = distance(schools.x[ours, None], schools.y[ours, None], schools.x[options], schools.y[options])
        order = options[np.argsort(away, axis=1, kind="stable")]
        for rank in range(len(RANK_SHARES)):
            near[ours, rank] = order[:, min(rank, len(options) - 1)]
    return near


def distance(x: Floats, y: Floats, other_x: Floats, other_y: Floats) -> Floats:
    return np.sqrt((x - other_x) ** 2 + (y - other_y) ** 2)


def _nursery(rng: np.random.Generator, schools: Sites, primary: Ints, authority: Ints) -> Ints:
    school = _one_of(rng, schools, schools.kind == NURSERY, authority)
    at_school = (school != NOBODY) & (rng.random(len(primary)) < NURSERY_SCHOOL_SHARE / NURSERY_SHARE)
    place = np.where(at_school, school, np.where(schools.nursery_class[primary], primary, NOBODY))
    goes = rng.random(len(primary)) < np.minimum(1.0, NURSERY_SHARE / 0.6)
    return np.where(goes, place, NOBODY)


def _one_of(rng: np.random.Generator, schools: Sites, wanted: Flags, authority: Ints) -> Ints:
    """One of the wanted sites of the person's authority at random, NOBODY where it has none."""
    found = np.full(len(authority), NOBODY)
    for owner in np.intersect1d(schools.authority[wanted], authority):
        options = np.flatnonzero(wanted & (schools.authority == owner))
        members = np.flatnonzero(authority == owner)
        found[members] = options[rng.integers(0, len(options), len(members))]
    return found
