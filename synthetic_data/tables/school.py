"""The register of schools, synthetic names only: open ones, and those that closed when they became academies.

Grain: urn; laestab and ukprn are unique too, since a conversion opens a new establishment.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pyarrow as pa

from synthetic_data.arrays import NOBODY, Days, Ints, day, weighted
from synthetic_data.columns import Cells, Columns, coded, dates, flags, numbers, taken
from synthetic_data.identifiers import (
    FIRST_TRUST,
    FIRST_UKPRN,
    FIRST_URN,
    area_codes,
    constituency_codes,
    middle_area_codes,
    postcodes,
)
from synthetic_data.names import school_name, trust_name
from synthetic_data.tables.about import PERFORMANCE_TYPES, school_texts
from synthetic_data.tables.parts import Part, whole
from synthetic_data.world import World
from synthetic_data.world.choice import distance
from synthetic_data.world.places import URBAN_CODES
from synthetic_data.world.sites import MIXED, NURSERY, PRIMARY, SECONDARY, SPECIAL, UNIT
from synthetic_data.years import WRITTEN
from synthetic_data.years import first_september as september

PHASES = {NURSERY: 1, PRIMARY: 2, SECONDARY: 4, SPECIAL: 0, UNIT: 0}
LOW_AGES = {NURSERY: 2, PRIMARY: 4, SECONDARY: 11, SPECIAL: 4, UNIT: 7}
HIGH_AGES = {NURSERY: 4, PRIMARY: 11, SECONDARY: 16, SPECIAL: 19, UNIT: 16}
ACADEMIES = (28, 33, 34, 35, 42, 44)
RELIGIONS, RELIGION_SHARES = (2, 3, 4, 5, 7, 8), (0.62, 0.28, 0.02, 0.02, 0.04, 0.02)
AIDED = (2, 3)
RATINGS, RATING_SHARES = (1, 2, 3, 4, NOBODY), (0.15, 0.68, 0.11, 0.02, 0.04)
UNIT_PLACES_SHARE = 0.08
CONVERTER_REASON, NO_REASON = 10, 0
SCHOOLS_A_TRUST = 6


def parts(world: World) -> Iterable[Part]:
    return whole("school", WRITTEN, lambda: _columns(world))


def _columns(world: World) -> Columns:
    site = world.register.site
    return {
        **school_texts(world),
        **_numbers(world),
        **_life(world),
        **_character(world, site),
        **_trusts(world),
        **_place(world, site),
    }


def _numbers(world: World) -> Columns:
    register, count = world.register, len(world.register)
    kind = world.sites.kind[register.site]
    academy = np.isin(register.type, ACADEMIES)
    return {
        "urn": numbers(np.arange(count) + FIRST_URN, pa.int32()),
        "ukprn": numbers(np.arange(count) + FIRST_UKPRN, pa.int32()),
        "school_name": pa.array(
            [school_name(n, int(kind[n]), academy=bool(academy[n])) for n in range(count)], pa.string()
        ),
        "toe_code": numbers(register.type, pa.int16()),
        "nftype": numbers(np.array([PERFORMANCE_TYPES[int(kind)] for kind in register.type]), pa.int16()),
        "phase": _by_kind(kind, PHASES),
    }


def _by_kind(kind: Ints, values: dict[int, int]) -> Cells:
    return numbers(np.array([values[place] for place in range(len(values))])[kind], pa.int16())


def _life(world: World) -> Columns:
    """When the entry opened and closed."""
    register, rng = world.register, world.streams.of("school", "life")
    long_ago = day("1950-09-01") + (rng.integers(0, 65, len(register)) * 365.25).astype("timedelta64[D]")
    opened, closed = _september_of(register.opened_year), _september_of(register.closed_year)
    converted = register.opened_year != NOBODY
    return {
        "open_date": dates(np.where(converted, opened, long_ago)),
        "close_date": dates(closed - np.timedelta64(1, "D")),
        "status": numbers(np.where(register.closed_year == NOBODY, 1, 2), pa.int16()),
        "reason_opened": numbers(np.where(converted, CONVERTER_REASON, NO_REASON), pa.int16()),
    }


def _september_of(years: Ints) -> Days:
    days = np.full(len(years), np.datetime64("NaT", "D"))
    for year in np.unique(years[years != NOBODY]):
        days[years == year] = september(int(year))
    return days


def _character(world: World, site: Ints) -> Columns:
    sites, rng = world.sites, world.streams.of("school", "character")
    kind, count = sites.kind[site], len(site)
    sixth, secondary = sites.sixth_form[site], kind == SECONDARY
    religion = np.array(RELIGIONS)[weighted(rng, RELIGION_SHARES, count)]
    rating = np.array(RATINGS)[weighted(rng, RATING_SHARES, count)]
    places, has_unit = rng.integers(5, 30, (2, count)), rng.random((2, count)) < UNIT_PLACES_SHARE
    ordinary = (kind == PRIMARY) | secondary
    high = np.array([HIGH_AGES[place] for place in range(len(HIGH_AGES))])[kind] + 2 * sixth
    planned = np.where(secondary, 600 + 90 * np.arange(count) % 900, sites.size[site] * 1.1)
    return {
        "low_age": _by_kind(kind, LOW_AGES),
        "high_age": numbers(np.where(secondary, high, np.minimum(high, 19)), pa.int16()),
        "gender": numbers(np.where(sites.gender[site] == MIXED, 3, sites.gender[site]), pa.int16()),
        "religious_character": numbers(np.where(np.isin(sites.type[site], AIDED), religion, 0), pa.int16()),
        "admission_policy": numbers(
            np.where(secondary, np.where(sites.selective[site], 2, 1), 0), pa.int16()
        ),
        "boarders": numbers(np.where(secondary & (rng.random(count) < 0.03), 2, 1), pa.int16()),
        "sixth_form": numbers(np.where(secondary, np.where(sixth, 1, 2), 0), pa.int16()),
        "nursery": flags(sites.nursery_class[site] | (kind == NURSERY)),
        "capacity": numbers(np.rint(planned).astype(np.int64), pa.int32()),
        "ofsted_rating": numbers(rating, pa.int16(), missing=rating == NOBODY),
        "sen_unit": numbers(places[0], pa.int16(), missing=~(has_unit[0] & ordinary)),
        "resourced_places": numbers(places[1], pa.int16(), missing=~(has_unit[1] & ordinary)),
    }


def _trusts(world: World) -> Columns:
    authority = world.sites.authority[world.register.site]
    trust = authority * SCHOOLS_A_TRUST + np.arange(len(authority)) % SCHOOLS_A_TRUST
    trust = np.where(np.isin(world.register.type, ACADEMIES), trust, NOBODY)
    names = [trust_name(number) for number in range(int(trust.max(initial=0)) + 1)]
    return {
        "trust_uid": numbers(trust + FIRST_TRUST, pa.int32(), missing=trust == NOBODY),
        "trust_name": coded(names, trust),
    }


def _place(world: World, site: Ints) -> Columns:
    authority, area = world.sites.authority[site], _area_of_sites(world)[site]
    return {
        "region": coded(world.authorities.region, authority),
        "postcode": postcodes(area, site % 400),
        "lsoa11": taken(area_codes(np.arange(len(world.areas))), area),
        "msoa11": taken(middle_area_codes(world.areas.middle_area), area),
        "urban_rural": coded(URBAN_CODES, world.areas.urban[area]),
        "constituency": constituency_codes(authority * 4 + area % 4),
    }


def _area_of_sites(world: World) -> Ints:
    """The nearest small area of the same authority."""
    sites, areas = world.sites, world.areas
    found = np.zeros(len(sites), dtype=np.int64)
    for owner in range(len(world.authorities)):
        ours, here = np.flatnonzero(sites.authority == owner), np.flatnonzero(areas.authority == owner)
        away = distance(sites.x[ours, None], sites.y[ours, None], areas.x[here], areas.y[here])
        found[ours] = here[np.argmin(away, axis=1)]
    return found
