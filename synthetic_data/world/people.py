"""Households and their children: who lives where, with which lasting traits.

Siblings share an address, an area, mostly an ethnic group, a language and the family's means. Everything here
holds for life; what changes from year to year is in `circumstances`, what changes from term to term in `panel`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from synthetic_data.arrays import Days, Flags, Floats, Ints, rank_within, weighted
from synthetic_data.blocks import Block
from synthetic_data.shape import Codes
from synthetic_data.streams import Streams
from synthetic_data.world.ethnicity import Ethnicities, household_groups, languages
from synthetic_data.world.places import Areas, Authorities
from synthetic_data.world.sites import PRIMARY, Sites
from synthetic_data.years import OLDEST_GROUP, WARM_UP, YEARS, YOUNGEST_GROUP, first_september

YEARS_OF_BIRTHS = (
    30  # first children are drawn over so many years, so that every cohort has elder siblings too
)
CHILDREN_SHARES = (0.44, 0.38, 0.14, 0.04)  # of one to four
TWIN_SHARE = 0.014
SIBLING_GAP_DAYS = (300, 2100)
PRIMARY_YEARS = 7
BOY_SHARE = 0.511
# Births fell from their peak in 2011 and 2012: the share of the peak, by year group in 2022/23, nursery first.
COHORT_SIZES = (
    0.86,
    0.88,
    0.90,
    0.91,
    0.93,
    0.95,
    0.96,
    0.97,
    0.98,
    0.99,
    1.0,
    1.0,
    0.97,
    0.95,
    0.93,
    0.91,
    0.9,
)
RECEPTION_AGE = 4
CONDUCT_SHAPE = 0.16  # of a gamma: few people have nearly all the trouble


@dataclass(frozen=True, slots=True)
class Households:
    area: Ints
    group: Ints  # minor ethnic group, in the catalogue's list
    language: Ints
    means: Floats  # 0 is the poorest: the draw that decides about free school meals
    services: Flags  # a parent in the armed forces


@dataclass(frozen=True, slots=True)
class People:
    household: Ints
    born: Days
    girl: Flags
    group: Ints  # year group in the first written year, Reception 0
    minor: Ints  # minor ethnic group, in the catalogue's list
    ethnicity: Ints  # extended code, in the catalogue's list
    language: Ints
    ability: Floats  # private part of attainment, standard normal
    attendance: Floats  # the person's part of absence, standard normal, high is often away
    conduct: Floats  # mean 1, very skewed: the person's part of exclusions
    need: Floats  # uniform: the lowest have plans, then support
    chance: Floats  # uniform, for lasting choices that nothing else decides

    def __len__(self) -> int:
        return len(self.household)

    def groups(self) -> Ints:
        """Year group of each person in each panel year, the warm-up first."""
        return self.group[:, None] + np.arange(len(YEARS))[None, :] - WARM_UP


def households(
    found: Areas,
    owners: Authorities,
    schools: Sites,
    block: Block,
    known: Ethnicities,
    languages_known: Codes,
    streams: Streams,
) -> Households:
    """The households of the block, each in the neighbourhood of a primary school."""
    rng = streams.of("households")
    primaries = schools.of_kind(PRIMARY)
    sizes = schools.size[primaries]
    mean_children = float(np.dot(CHILDREN_SHARES, np.arange(1, 5)))
    wanted = np.ceil(sizes / PRIMARY_YEARS * YEARS_OF_BIRTHS / mean_children).astype(np.int64)
    wanted[~block.has(schools.authority[primaries])] = 0
    neighbourhood = np.repeat(np.arange(len(sizes)), wanted)
    area = _area_in(rng, found, neighbourhood)
    group = household_groups(known, owners, found, area, streams)
    barracks = rng.random(len(sizes)) < 0.04
    services = rng.random(len(area)) < np.where(barracks[neighbourhood], 0.18, 0.002)
    return Households(
        area=area,
        group=group,
        language=languages(known, languages_known, group, streams),
        means=rng.random(len(area)),
        services=services,
    )


def _area_in(rng: np.random.Generator, found: Areas, neighbourhood: Ints) -> Ints:
    """A random area of each neighbourhood; the areas of one stand together."""
    starts = np.searchsorted(found.neighbourhood, neighbourhood, side="left")
    ends = np.searchsorted(found.neighbourhood, neighbourhood, side="right")
    return starts + (rng.random(len(neighbourhood)) * (ends - starts)).astype(np.int64)


def people(homes: Households, known: Ethnicities, streams: Streams) -> People:
    rng = streams.of("people")
    household, born = _children(rng, len(homes.area))
    group = _group_of(born)
    kept = _in_cohorts(rng, group)
    household, born, group = household[kept], born[kept], group[kept]
    count = len(household)
    minor = known.of_child(rng, homes.group[household])
    shared = rng.standard_normal(len(homes.area))[household]
    return People(
        household=household,
        born=born,
        girl=rng.random(count) >= BOY_SHARE,
        group=group,
        minor=minor,
        ethnicity=known.extended(rng, minor),
        language=homes.language[household],
        ability=0.55 * shared + np.sqrt(1 - 0.55**2) * rng.standard_normal(count),
        attendance=0.5 * shared_trait(rng, household) + np.sqrt(0.75) * rng.standard_normal(count),
        conduct=rng.gamma(CONDUCT_SHAPE, 1 / CONDUCT_SHAPE, count),
        need=rng.random(count),
        chance=rng.random(count),
    )


def shared_trait(rng: np.random.Generator, household: Ints) -> Floats:
    """A standard normal number which the children of a household share."""
    return rng.standard_normal(int(household.max(initial=0)) + 1)[household]


def _children(rng: np.random.Generator, homes: int) -> tuple[Ints, Days]:
    """The household and birthday of every child, in order of household and birth."""
    counts = weighted(rng, CHILDREN_SHARES, homes) + 1
    household = np.repeat(np.arange(homes), counts)
    first = first_september(len(YEARS) - 1) - (rng.random(homes) * YEARS_OF_BIRTHS * 365.25).astype(
        "timedelta64[D]"
    )
    gaps = rng.uniform(*SIBLING_GAP_DAYS, len(household)).astype(np.int64)
    gaps[rng.random(len(household)) < TWIN_SHARE] = 0
    eldest = rank_within(household, np.arange(len(household))) == 0
    gaps[eldest] = 0
    run = np.cumsum(gaps)
    since_first = run - np.repeat(run[eldest], counts)
    return household, first[household] + since_first.astype("timedelta64[D]")


def _group_of(born: Days) -> Ints:
    """Year group in the first written year: Reception for those aged four on 31 August before it."""
    month = born.astype("datetime64[M]").astype(np.int64)
    school_year = (month - 8) // 12 + 1970  # the September before, or of, the birthday
    return int(YEARS[WARM_UP][:4]) - 1 - RECEPTION_AGE - school_year


def _in_cohorts(rng: np.random.Generator, group: Ints) -> Flags:
    """Thin the cohorts to their sizes; drop those who are too old or too young for the whole panel."""
    youngest = YOUNGEST_GROUP - (len(YEARS) - 1 - WARM_UP)
    oldest = OLDEST_GROUP + WARM_UP
    place = np.clip(group - YOUNGEST_GROUP, 0, len(COHORT_SIZES) - 1)
    kept = rng.random(len(group)) < np.array(COHORT_SIZES)[place]
    return kept & (group >= youngest) & (group <= oldest)


def eldest_first(found: People) -> Ints:
    """Birth order at the address, 1 for the eldest of those whom the data know."""
    return rank_within(found.household, found.born) + 1
