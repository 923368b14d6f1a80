"""Building the world, step by step: the map of the whole run, then the people of one block of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from synthetic_data.arrays import NOBODY, Flags, Ints
from synthetic_data.blocks import Block
from synthetic_data.quirks import Quirks
from synthetic_data.scale import Scale
from synthetic_data.shape import Codes
from synthetic_data.streams import Streams
from synthetic_data.world.attainment import Attainment, attainment
from synthetic_data.world.care import Care, care
from synthetic_data.world.choice import choices
from synthetic_data.world.circumstances import Circumstances, circumstances
from synthetic_data.world.ethnicity import Ethnicities, ethnicities
from synthetic_data.world.identities import Identities, identities
from synthetic_data.world.panel import Panel, panel
from synthetic_data.world.people import Households, People, households, people
from synthetic_data.world.places import Areas, Authorities, areas, authorities
from synthetic_data.world.registrations import Registrations, registrations
from synthetic_data.world.sites import PRIMARY, Register, Sites, register, sites
from synthetic_data.years import TERMS_A_YEAR, WARM_UP


@dataclass(frozen=True, slots=True)
class Map:
    """What the whole run has, whoever lives there."""

    authorities: Authorities
    areas: Areas
    sites: Sites
    register: Register


@dataclass(frozen=True, slots=True)
class World:
    """The whole map and the people of one block. Places are counted in the run, people and households in the block."""

    codes: Mapping[str, Codes]
    quirks: Quirks
    streams: Streams  # of the block
    block: Block
    authorities: Authorities
    areas: Areas
    sites: Sites
    register: Register
    homes: Households
    people: People
    lives: Circumstances
    panel: Panel
    primary: Ints  # where a person was, or will be, in the primary years
    care: Care
    attainment: Attainment
    ethnicities: Ethnicities
    identities: Identities

    def registrations(self, term: int) -> Registrations:
        return registrations(self.panel, term, self.quirks, self.streams)

    def known(self) -> Flags:
        """The people whom some source has seen since the last term of the warm-up."""
        seen: Flags = (self.panel.site[:, TERMS_A_YEAR * WARM_UP - 1 :] != NOBODY).any(axis=1)
        return seen


def chart(scale: Scale, codes: Mapping[str, Codes], quirks: Quirks, streams: Streams) -> Map:
    where = authorities(codes["la"], scale, streams)
    schools = sites(where, scale, streams)
    primaries = schools.of_kind(PRIMARY)
    small = areas(
        where,
        authority=schools.authority[primaries],
        x=schools.x[primaries],
        y=schools.y[primaries],
        rural=schools.rural[primaries],
        streams=streams,
    )
    return Map(where, small, schools, register(schools, quirks, streams))


def build(found: Map, block: Block, codes: Mapping[str, Codes], quirks: Quirks, run: Streams) -> World:
    """The block's people on the map. `run` are the streams of the whole run."""
    where, small, schools = found.authorities, found.areas, found.sites
    streams, known = Streams(run.seed, block.number), ethnicities(codes)
    homes = households(small, where, schools, block, known, codes["language"], streams)
    persons = people(homes, known, streams)
    lives = circumstances(persons, homes, small, known, codes, quirks, streams)
    wanted = choices(persons, homes, small, schools, lives, streams)
    at = panel(persons, schools, wanted, quirks, streams)
    looked_after = care(persons, lives, at, small, known, quirks, streams)
    return World(
        codes=codes,
        quirks=quirks,
        streams=streams,
        block=block,
        authorities=where,
        areas=small,
        sites=schools,
        register=found.register,
        homes=homes,
        people=persons,
        lives=lives,
        panel=at,
        primary=wanted.primary,
        care=looked_after,
        attainment=attainment(persons, lives, small, known, schools, wanted.primary, looked_after, streams),
        ethnicities=known,
        identities=identities(persons, homes, block, quirks, streams),
    )


def frozen(world: World) -> World:
    """The same world with every array set read-only: a table that writes to it is a bug that stops at once."""
    for part in (
        world.areas,
        world.sites,
        world.people,
        world.lives,
        world.panel,
        world.care,
        world.identities,
    ):
        for name in part.__slots__:
            held = getattr(part, name)
            if isinstance(held, np.ndarray):
                held.flags.writeable = False
    return world
