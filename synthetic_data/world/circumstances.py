"""What changes from year to year: means, needs, home, and the ethnic group on record.

Every array has one row a person and one column a panel year, the warm-up first.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from synthetic_data.arrays import NOBODY, Flags, Floats, Ints, weighted
from synthetic_data.calibration import calibration
from synthetic_data.quirks import Quirks
from synthetic_data.shape import Codes
from synthetic_data.streams import Streams
from synthetic_data.world.ethnicity import Ethnicities
from synthetic_data.world.people import Households, People
from synthetic_data.world.places import Areas
from synthetic_data.years import WARM_UP, YEARS

NONE, SUPPORT, PLAN = range(3)  # provision; the codes are PROVISION_CODES
PROVISION_CODES = ("N", "K", "E")
MOST_LIKELY = 0.95
MOVES_A_YEAR = 0.04  # of households: to another area of the same authority
LOSES_MEALS_A_YEAR = 0.02  # of those eligible, in spite of transitional protection
# Eligibility was rarer in the past: so much further up the scale of means were those who once had it.
EVER_REACH = {"ever_3": 1.05, "ever_6": 1.15, "ever_all": 1.24}
TROUBLED = 2.0  # times the mean conduct: those whose need is mostly social, emotional or mental health
TROUBLED_TYPE, TROUBLED_TYPE_SHARE = "SEMH", 0.5
RARE_TYPES = ("MSI", "PMLD")
RARE_TYPE_PEOPLE = 3
DOWN_SYNDROME, DOWN_SYNDROME_FROM, DOWN_SYNDROME_SHARE = "DS", YEARS.index("2024/25"), 0.05
SECOND_TYPE_SHARE = 0.16
SPECIAL_SHARE = 0.42  # of people with a plan: in a special school
PLAN_BY_GROUP = np.interp(np.arange(-4, 18), (-2, 0, 6, 11, 14), (0.10, 0.55, 1.15, 1.2, 0.7))
SUPPORT_BY_GROUP = np.interp(np.arange(-4, 18), (-2, 0, 4, 6, 11, 14), (0.25, 0.62, 1.2, 1.2, 1.0, 0.5))
SEX_ODDS = {PLAN: (1.44, 0.54), SUPPORT: (1.25, 0.74)}  # boys, girls
MEANS_ODDS = {PLAN: 2.2, SUPPORT: 1.9}
CONDUCT_ODDS = {PLAN: 2.0, SUPPORT: 1.8}
POST_CARE_SHARE = 0.006
POST_CARE_CODES, POST_CARE_SHARES = ("A", "G", "R", "C"), (0.5, 0.33, 0.04, 0.13)


@dataclass(frozen=True, slots=True)
class Circumstances:
    meals: Flags  # eligible for free school meals
    ever_3: Flags
    ever_6: Flags
    ever_all: Flags
    provision: Ints
    need_type: Ints  # in the catalogue's list, NOBODY without provision
    second_type: Ints
    special: Flags  # a special school is right for the person; one value a person
    home: Ints  # area
    ethnicity: Ints  # extended code on record
    minor: Ints
    post_care: Ints  # in POST_CARE_CODES, NOBODY for most; one value a person


def circumstances(
    people: People,
    homes: Households,
    found: Areas,
    known: Ethnicities,
    codes: Mapping[str, Codes],
    quirks: Quirks,
    streams: Streams,
) -> Circumstances:
    rng = streams.of("circumstances")
    likely = _meals_chance(people, homes, found, known)
    means = homes.means[people.household][:, None]
    meals = (means < likely) & (rng.random(likely.shape) >= LOSES_MEALS_A_YEAR)
    ever_3, ever_6, ever_all = _ever(meals, means, likely)
    plan, support = _need_chances(people, ever_6)
    special = people.need < SPECIAL_SHARE * plan.max(axis=1)
    need = people.need[:, None]
    provision = np.where(need < plan + support, SUPPORT, NONE)
    provision = np.where((need < plan) | special[:, None], PLAN, provision)
    need_type = _need_types(rng, people, provision, codes["sen_type"])
    second = need_type[rng.permutation(len(people))]
    second = np.where(
        (rng.random(len(people)) < SECOND_TYPE_SHARE)[:, None] & (second != need_type), second, NOBODY
    )
    ethnicity = _recorded(rng, people, known, quirks)
    post_care = weighted(rng, POST_CARE_SHARES, len(people))
    return Circumstances(
        meals=meals,
        ever_3=ever_3,
        ever_6=ever_6,
        ever_all=ever_all,
        provision=provision,
        need_type=need_type,
        second_type=np.where(need_type == NOBODY, NOBODY, second),
        special=special,
        home=_addresses(rng, homes, found)[people.household],
        ethnicity=ethnicity,
        minor=known.parent[ethnicity],
        post_care=np.where(rng.random(len(people)) < POST_CARE_SHARE, post_care, NOBODY),
    )


def _meals_chance(people: People, homes: Households, found: Areas, known: Ethnicities) -> Floats:
    """The chance of free school meals by group and area, one column a year; each group meets its national share."""
    shares = calibration().shares("fsm_eligible_pct", "ethnic_minor")
    targets = np.array([shares.get(code, shares["UNCL"]) for code in known.minor.values]) / 100
    score, group = found.score[homes.area[people.household]], people.minor
    members = np.maximum(np.bincount(group, minlength=len(targets)), 1)
    group_score = np.bincount(group, score, minlength=len(targets)) / members
    base = targets[group] * score / group_score[group]
    by_year = np.array([calibration().value("fsm_eligible_pct", year=year) for year in YEARS])
    level = by_year / 100 / base.mean()
    chance: Floats = np.minimum(base[:, None] * level[None, :], MOST_LIKELY)
    return chance


def _ever(meals: Flags, means: Floats, likely: Floats) -> tuple[Flags, Flags, Flags]:
    """Ever eligible in three years, in six, at all: each within the next."""
    so_far = np.logical_or.accumulate(meals, axis=1)
    recent = meals.copy()
    for back in (1, 2):
        recent[:, back:] |= meals[:, :-back]
    first = likely[:, :1]
    ever_3 = recent | (means < EVER_REACH["ever_3"] * first)
    ever_6 = ever_3 | so_far | (means < EVER_REACH["ever_6"] * first)
    return ever_3, ever_6, ever_6 | (means < EVER_REACH["ever_all"] * first)


def _need_chances(people: People, poor: Flags) -> tuple[Floats, Floats]:
    """Chances of a plan and of support, one column a year, by age, sex, means and conduct."""
    return (
        _need_chance(people, poor, PLAN, PLAN_BY_GROUP, "ehcp_pct"),
        _need_chance(people, poor, SUPPORT, SUPPORT_BY_GROUP, "sen_support_pct"),
    )


def _need_chance(people: People, poor: Flags, provision: int, by_group: Floats, measure: str) -> Floats:
    groups = people.groups()
    odds = by_group[groups + 4] * np.where(poor, MEANS_ODDS[provision], 1.0)
    odds *= np.where(people.girl, SEX_ODDS[provision][1], SEX_ODDS[provision][0])[:, None]
    odds *= np.where(people.conduct > TROUBLED, CONDUCT_ODDS[provision], 1.0)[:, None]
    schooled = (groups >= 0) & (groups <= 11)
    mean = (odds * schooled).sum(axis=0) / np.maximum(schooled.sum(axis=0), 1)
    wanted = np.array([calibration().value(measure, year=year) for year in YEARS]) / 100
    chance: Floats = np.minimum(odds * (wanted / mean)[None, :], MOST_LIKELY)
    return chance


def _need_types(rng: np.random.Generator, people: People, provision: Ints, codes: Codes) -> Ints:
    by_plan = _drawn_types(rng, "sen_type_share_of_ehcp_pct", codes, len(people))
    by_support = _drawn_types(rng, "sen_type_share_of_sen_support_pct", codes, len(people))
    troubled = (people.conduct > TROUBLED) & (rng.random(len(people)) < TROUBLED_TYPE_SHARE)
    by_plan[troubled] = by_support[troubled] = codes.index(TROUBLED_TYPE)
    for code in RARE_TYPES:
        lasting = np.flatnonzero(
            (provision[:, WARM_UP:] != NONE).all(axis=1) & (people.group >= 1) & (people.group <= 8)
        )
        few = lasting[rng.permutation(len(lasting))[:RARE_TYPE_PEOPLE]]
        by_plan[few] = by_support[few] = codes.index(code)
    types = np.where(provision == PLAN, by_plan[:, None], by_support[:, None])
    severe = np.isin(by_plan, [codes.index("SLD"), codes.index("MLD")]) & (
        rng.random(len(people)) < DOWN_SYNDROME_SHARE
    )
    types[severe, DOWN_SYNDROME_FROM:] = codes.index(DOWN_SYNDROME)
    return np.where(provision == NONE, NOBODY, types)


def _drawn_types(rng: np.random.Generator, measure: str, codes: Codes, count: int) -> Ints:
    shares = calibration().shares(measure, "type")
    places = np.array([codes.index(code) for code in shares])
    return places[weighted(rng, list(shares.values()), count)]


def _addresses(rng: np.random.Generator, homes: Households, found: Areas) -> Ints:
    """Area of each household in each year: now and then it moves within its authority."""
    starts = np.searchsorted(found.authority, found.authority[homes.area], side="left")
    ends = np.searchsorted(found.authority, found.authority[homes.area], side="right")
    area = np.repeat(homes.area[:, None], len(YEARS), axis=1)
    for year in range(1, len(YEARS)):
        moves = rng.random(len(homes.area)) < MOVES_A_YEAR
        anywhere = starts + (rng.random(len(homes.area)) * (ends - starts)).astype(np.int64)
        area[:, year] = np.where(moves, anywhere, area[:, year - 1])
    return area


def _recorded(rng: np.random.Generator, people: People, known: Ethnicities, quirks: Quirks) -> Ints:
    """The ethnic group on record: changes to "refused", or to another code, are a quirk and last."""
    refused, unknown = (known.extended_codes.index(code) for code in ("REFU", "NOBT"))
    recorded = np.repeat(people.ethnicity[:, None], len(YEARS), axis=1)
    for year in range(1, len(YEARS)):
        recorded[:, year] = recorded[:, year - 1]
        changed = np.flatnonzero(rng.random(len(people)) < quirks.ethnicity_changed)
        other = people.ethnicity[rng.integers(0, len(people), len(changed))]
        how = rng.random(len(changed))
        recorded[changed, year] = np.select([how < 0.45, how < 0.6], [refused, unknown], other)
    return recorded
