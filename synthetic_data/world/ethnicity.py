"""Ethnic groups and languages: segregated by neighbourhood, shared by most of a household.

Codes count in the catalogue's lists throughout, so that the roll-ups of a row agree by construction.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from synthetic_data.arrays import Flags, Floats, Ints, weighted, weighted_rows
from synthetic_data.calibration import calibration
from synthetic_data.shape import Codes
from synthetic_data.streams import Streams
from synthetic_data.world.places import Areas, Authorities

MAJORITY = "WBRI"
UNKNOWN = "UNCL"  # the minor group under which "refused" and "not yet obtained" stand
RARE_GROUPS = ("WIRT", "WROM", "CHNE")  # each has households in every authority, however small the run
RARE_HOUSEHOLDS = 2
MIXED_CHILD_SHARE = 0.03  # of children: another group than the household's
SMALL_CODE_SHARE = 0.04  # of a group: each extended code beside the commonest
# Share of each group whose first language is other than English; the level is fitted to the national one.
OTHER_LANGUAGE: Mapping[str, float] = {
    "WBRI": 0.003, "WIRI": 0.02, "WIRT": 0.02, "WROM": 0.65, "WOTH": 0.78, "MWBC": 0.02, "MWBA": 0.2, "MWAS": 0.2,
    "MOTH": 0.3, "AIND": 0.62, "APKN": 0.7, "ABAN": 0.8, "AOTH": 0.7, "BCRB": 0.04, "BAFR": 0.6, "BOTH": 0.45,
    "CHNE": 0.7, "OOTH": 0.75, "UNCL": 0.25,
}  # fmt: skip
# The languages of each group, the commonest first; those of the census as a whole fill what is left.
LANGUAGES: Mapping[str, tuple[str, ...]] = {
    "WOTH": ("POL", "RMN", "POR", "LIT", "TUR", "ALB", "SPA"), "WROM": ("RMN",), "AIND": ("PNJ", "GUJ", "TAM"),
    "APKN": ("URD", "PNJ"), "ABAN": ("BNG",), "AOTH": ("TAM", "URD"), "BAFR": ("SOM", "YOR", "FRN"),
    "BOTH": ("SOM", "FRN"), "OOTH": ("ARA",), "CHNE": ("CHI",),
}  # fmt: skip
OWN_LANGUAGE_SHARE = 0.8
ANY_LANGUAGE_SHARE = 0.05  # of speakers: one of the other three hundred


@dataclass(frozen=True, slots=True)
class Ethnicities:
    """The two lists and how they hang together: `parent[extended]` is a minor group."""

    minor: Codes
    extended_codes: Codes
    parent: Ints

    def group(self, code: str) -> int:
        return self.minor.index(code)

    def of_child(self, rng: np.random.Generator, household: Ints) -> Ints:
        """The household's group, but for a few children of mixed families."""
        other = np.array([self.group(code) for code in ("MWBC", "MWBA", "MWAS", "MOTH")])
        mixed = rng.random(len(household)) < MIXED_CHILD_SHARE
        return np.where(mixed, other[rng.integers(0, len(other), len(household))], household)

    def extended(self, rng: np.random.Generator, minor: Ints) -> Ints:
        """An extended code under each minor group: mostly its commonest."""
        found = np.zeros(len(minor), dtype=np.int64)
        for group in range(len(self.minor.values)):
            members = np.flatnonzero(minor == group)
            options = np.flatnonzero(self.parent == group)
            if len(options):
                weights = np.full(len(options), SMALL_CODE_SHARE)
                weights[self._commonest(group, options)] = 1 - SMALL_CODE_SHARE * (len(options) - 1) / 2
                found[members] = options[weighted(rng, weights, len(members))]
        return found

    def _commonest(self, group: int, options: Ints) -> int:
        named = [
            place
            for place, at in enumerate(options)
            if self.extended_codes.values[at] == self.minor.values[group]
        ]
        return named[0] if named else 0


def ethnicities(codes: Mapping[str, Codes]) -> Ethnicities:
    minor, extended = codes["ethnic_group_minor"], codes["ethnicity_extended"]
    parents = [minor.index(str(parent)) for parent in extended.parents]
    return Ethnicities(minor, extended, np.array(parents))


def national_shares(known: Ethnicities) -> Floats:
    """Share of each minor group: the published mix, with the minority as large as it is now."""
    counts = calibration().shares("pupils_headcount", "ethnic_minor", "2016/17")
    shares = np.array([counts.get(code, 0.0) for code in known.minor.values])
    majority = known.group(MAJORITY)
    minority = calibration().value("minority_ethnic_pct") / 100
    unknown = calibration().value("ethnic_unclassified_pct") / 100
    shares[majority] = 0
    shares *= minority / shares.sum()
    shares[known.group(UNKNOWN)] = unknown
    shares[majority] = 1 - minority - unknown
    return shares


def household_groups(
    known: Ethnicities, owners: Authorities, found: Areas, area: Ints, streams: Streams
) -> Ints:
    """The group of each household, by the mix of its neighbourhood."""
    rng = streams.of("household groups")
    mix = _neighbourhood_mix(rng, known, owners, found)
    group = weighted_rows(rng, mix[found.neighbourhood[area]])
    authority = found.authority[area]
    for code in RARE_GROUPS:
        for owner in np.unique(authority):
            homes = np.flatnonzero(authority == owner)
            group[rng.choice(homes, min(RARE_HOUSEHOLDS, len(homes)), replace=False)] = known.group(code)
    return group


def _neighbourhood_mix(
    rng: np.random.Generator, known: Ethnicities, owners: Authorities, found: Areas
) -> Floats:
    factors = calibration().shares("minority_ethnic_factor", "region")
    spread = calibration().value("ethnic_segregation_sd")
    _, first = np.unique(found.neighbourhood, return_index=True)
    authority = found.authority[first]
    regional = np.array([factors[region] for region in owners.region])[authority]
    local = np.exp(rng.normal(-(spread**2) / 2, spread, (len(first), len(known.minor.values))))
    minority = np.ones(len(known.minor.values), dtype=np.bool_)
    minority[[known.group(MAJORITY), known.group(UNKNOWN)]] = False
    shares: Floats = national_shares(known)[None, :] * np.where(
        minority[None, :], local * regional[:, None], 1.0
    )
    mix: Floats = shares / shares.sum(axis=1, keepdims=True)
    return mix


def languages(known: Ethnicities, codes: Codes, group: Ints, streams: Streams) -> Ints:
    """The first language of each household."""
    rng = streams.of("languages")
    chances = np.array([OTHER_LANGUAGE.get(code, 0.2) for code in known.minor.values])[group]
    wanted = calibration().value("eal_pct") / 100
    chances = np.minimum(chances * wanted / max(chances.mean(), wanted / 2), 0.95)
    other = rng.random(len(group)) < chances
    language = np.where(other, _spoken(rng, known, codes, group), codes.index("ENG"))
    english = ~other & (rng.random(len(group)) < 0.02)
    unknown = ~other & (rng.random(len(group)) < 0.003)
    language[english] = codes.index("ENB")
    language[unknown] = codes.index("NOT")
    return language


def _spoken(rng: np.random.Generator, known: Ethnicities, codes: Codes, group: Ints) -> Ints:
    shares = calibration().shares("language_share_of_eal_pct", "language", "2016/17")
    common = np.array([codes.index(code) for code in shares])
    spoken = common[weighted(rng, list(shares.values()), len(group))]
    for code, own in LANGUAGES.items():
        weights = 1 / np.arange(1, len(own) + 1)
        drawn = np.array([codes.index(language) for language in own])[weighted(rng, weights, len(group))]
        spoken = np.where(_members(rng, group, known.group(code)), drawn, spoken)
    others = np.array([place for place, parent in enumerate(codes.parents) if parent == "OTH"])
    anything = rng.random(len(group)) < ANY_LANGUAGE_SHARE
    return np.where(anything, others[rng.integers(0, len(others), len(group))], spoken)


def _members(rng: np.random.Generator, group: Ints, wanted: int) -> Flags:
    members: Flags = (group == wanted) & (rng.random(len(group)) < OWN_LANGUAGE_SHARE)
    return members
