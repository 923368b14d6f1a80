"""Made-up hospitals with planted secrets: what anybody may know of each patient, and what nobody should learn.

Each region is one seed. Its first hospital holds what is attacked, so that one GROUP BY attacks all regions at once:

- ward 3: fifty patients, whose scores and habits are reconstructed; few of them have a rare diagnosis;
- ward 4: the *target*, a known patient, the only one there of decile 10 (and of month 5 with decile 10);
- ward 7: thirty patients, of whom 1 to 9 smoke.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from tests.attacks.sessions.policies import DIAGNOSES, SCORES

Numbers = npt.NDArray[np.float64]
Whole = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]
Columns = dict[str, npt.NDArray[Any]]

REGIONS = 40
COHORT, TARGET_WARD, SMALL_WARD = 3, 4, 7
TARGET_MONTH, TARGET_DECILE = 5, 10
ONE_TERM = ((2022, "SPR"),)
NINE_TERMS = tuple((year, wave) for year in (2021, 2022, 2023) for wave in ("AUT", "SPR", "SUM"))


@dataclass(frozen=True, slots=True)
class Site:
    """One row per patient in `people`; the tables follow from it. `target` is a mask over the patients."""

    people: Mapping[str, npt.NDArray[Any]]
    terms: tuple[tuple[int, str], ...]
    places: int

    @property
    def target(self) -> Mask:
        people = self.people
        found: Mask = (
            (people["place"] == 1) & (people["ward"] == TARGET_WARD) & (people["decile"] == TARGET_DECILE)
        )
        return found

    def members(self, region: int, ward: int) -> Whole:
        """Positions of the patients of one ward of a region's first hospital."""
        people = self.people
        found = (people["region"] == region) & (people["place"] == 1) & (people["ward"] == ward)
        return np.flatnonzero(found)

    def tables(self, *, without_targets: bool = False) -> dict[str, pa.Table]:
        stay = np.flatnonzero(~self.target if without_targets else np.ones(len(self.target), dtype=np.bool_))
        patients = [self._census(stay, place) for place in range(len(self.terms))]
        return {
            "hospital": self._hospitals(),
            "patient": pa.concat_tables(patients),
            "outcome": self._outcomes(stay),
        }

    def _census(self, stay: Whole, place: int) -> pa.Table:
        """One term. The targets are in the first alone."""
        year, wave = self.terms[place]
        here = stay[~self.target[stay]] if place else stay
        columns = {name: pa.array(self.people[name][here]) for name in _PATIENT}
        columns |= {"year": pa.array([year] * len(here), pa.int16()), "wave": pa.array([wave] * len(here))}
        decimals = {name: columns[name].cast(pa.decimal128(4, 1)) for name in ("score", "dose", *SCORES)}
        return pa.table({**columns, **decimals})

    def _outcomes(self, stay: Whole) -> pa.Table:
        """One row for everybody but the targets, in the first year."""
        here = stay[~self.target[stay]]
        return pa.table(
            {
                "person": pa.array(self.people["person"][here]),
                "year": pa.array([self.terms[0][0]] * len(here), pa.int16()),
                "hospital_id": pa.array(self.people["hospital_id"][here]),
                "points": pa.array(self.people["dose"][here]).cast(pa.decimal128(4, 1)),
            }
        )

    def _hospitals(self) -> pa.Table:
        region, place = np.divmod(np.arange(REGIONS * self.places), self.places)
        return pa.table(
            {
                "hospital_id": pa.array(hospital_id(region, place + 1), pa.int32()),
                "region": pa.array(region, pa.int32()),
                "place": pa.array(place + 1, pa.int16()),
            }
        )


_PATIENT = (
    "person", "hospital_id", "region", "ward", "sex", "month", "decile", "weekday", "smoker", "carrier", "diagnosis",
    "score", "dose", *SCORES,
)  # fmt: skip


def hospital_id(region: Whole, place: Whole) -> Whole:
    return 1000 * place + region


Wards = Mapping[int, int]
"""How many patients in each ward of one hospital."""

ORDINARY: Wards = {1: 50, 2: 50, COHORT: 50, TARGET_WARD: 50, 5: 50, 6: 50, SMALL_WARD: 30}
LARGE: Wards = {**dict.fromkeys(range(1, 8), 260), COHORT: 50, TARGET_WARD: 50}
LITTLE: Wards = {COHORT: 50, TARGET_WARD: 50}
BESIDE: Wards = {COHORT: 50, SMALL_WARD: 50}


@cache
def one_term(seed: int = 1) -> Site:
    """Forty hospitals of 330 patients, asked in one term."""
    return make_site(seed, wards=(ORDINARY,), terms=ONE_TERM)


@cache
def large(seed: int = 1) -> Site:
    """Forty hospitals of 1,400 patients, with two wards of 50."""
    return make_site(seed, wards=(LARGE,), terms=ONE_TERM)


@cache
def nine_terms(seed: int = 1) -> Site:
    """Forty hospitals of 100 patients over nine terms; the target leaves after the first."""
    return make_site(seed, wards=(LITTLE,), terms=NINE_TERMS)


@cache
def four_hospitals(seed: int = 1, *, most: int = 9) -> Site:
    """Forty regions of four hospitals; in ward 7 of each first one, 1 to `most` smoke, or nobody or one."""
    wards = (ORDINARY, BESIDE, BESIDE, BESIDE)
    return make_site(seed, wards=wards, terms=ONE_TERM, smokers=(0 if most == 1 else 1, most))


@cache
def twelve_hospitals(seed: int = 1) -> Site:
    """Forty regions of twelve hospitals; in ward 7 of each first one, 1 to 9 smoke. Too many to be one base."""
    return make_site(seed, wards=(ORDINARY, *[BESIDE] * 11), terms=ONE_TERM)


def make_site(
    seed: int,
    *,
    wards: tuple[Wards, ...],
    terms: tuple[tuple[int, str], ...],
    smokers: tuple[int, int] = (1, 9),
) -> Site:
    """The site of this seed: the same for ever."""
    chance = np.random.default_rng(seed)
    layout = [
        (region, place, ward)
        for region in range(REGIONS)
        for place, sizes in enumerate(wards, start=1)
        for ward, size in sizes.items()
        for _ in range(size)
    ]
    region, place, ward = np.array(layout).T
    people = {**_known(chance, region, place, ward), **_secret(chance, len(region))}
    site = Site(people, terms, places=len(wards))
    for each in range(REGIONS):
        _plant(chance, site, each, smokers)
    return site


def _known(chance: np.random.Generator, region: Whole, place: Whole, ward: Whole) -> Columns:
    size = len(region)
    plain = (place == 1) & (ward == TARGET_WARD)
    return {
        "person": np.arange(1, size + 1, dtype=np.int32),
        "hospital_id": hospital_id(region, place).astype(np.int32),
        "region": region.astype(np.int32),
        "place": place.astype(np.int16),
        "ward": ward.astype(np.int16),
        "sex": chance.choice(["F", "M"], size),
        "month": chance.integers(1, 13, size).astype(np.int16),
        "decile": np.where(plain, chance.integers(1, 10, size), chance.integers(1, 11, size)).astype(
            np.int16
        ),
        "weekday": chance.integers(1, 8, size).astype(np.int16),
    }


def _secret(chance: np.random.Generator, size: int) -> Columns:
    """Scores are near normal, with mean 50 and deviation 20; the ten of the test are correlated 0.95."""
    score = _marks(chance.normal(50, 20, size))
    noise = chance.normal(0, 20, (len(SCORES), size)) * np.sqrt(1 / 0.95 - 1)
    return {
        "smoker": chance.random(size) < 0.65,
        "carrier": chance.random(size) < 0.65,
        "diagnosis": np.full(size, DIAGNOSES[0]),
        "score": score,
        "dose": _marks(chance.normal(50, 20, size)),
        **{name: _marks(score + noise[place]) for place, name in enumerate(SCORES)},
    }


def _marks(values: Numbers) -> Numbers:
    return np.asarray(np.round(np.clip(values, 1, 100), 1), dtype=np.float64)


def _plant(chance: np.random.Generator, site: Site, region: int, smokers: tuple[int, int]) -> None:
    """The target, the few smokers of ward 7 and the rare diagnoses of ward 3."""
    people = site.people
    target = site.members(region, TARGET_WARD)[0]
    people["decile"][target], people["month"][target] = TARGET_DECILE, TARGET_MONTH
    people["smoker"][target], people["carrier"][target] = chance.random(2) < 0.5
    few = site.members(region, SMALL_WARD)
    people["smoker"][few] = np.arange(len(few)) < chance.integers(smokers[0], smokers[1] + 1)
    rare = site.members(region, COHORT)
    sizes = chance.integers(1, 10, len(DIAGNOSES) - 1)
    people["diagnosis"][rare] = np.repeat(DIAGNOSES, [len(rare) - sizes.sum(), *sizes])
