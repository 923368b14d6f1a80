"""Attacks on a small group that is no ward: everybody of one decile in a hospital, or of one month and decile anywhere.

Every question has enough people inside and outside, and lies in no base but the whole hospital, or the whole table.
"""

import numpy as np

from tests.attacks.sessions.asking import SPRING, Subset, number, some_of
from tests.attacks.sessions.reconstruction import ENOUGH, Members, Plan, side_by_side
from tests.attacks.sessions.scoring import NEAR, Attack, Form, Guess
from tests.attacks.sessions.sums import RECONSTRUCTION
from tests.attacks.sessions.world import REGIONS, Numbers, Site, Whole, one_term

DECILE = 7
SOME_WARDS = (1, 2, 5)


def _found(site: Site, **codes: int | tuple[int, ...]) -> Whole:
    inside = np.ones(len(site.people["person"]), dtype=np.bool_)
    for field, wanted in codes.items():
        inside &= np.isin(site.people[field], wanted)
    return np.flatnonzero(inside)


def _of_a_decile(site: Site, seed: int) -> Whole:
    return _found(site, region=seed, decile=DECILE)


def _of_a_cell(site: Site, seed: int) -> Whole:
    return _found(site, month=1 + seed // 10, decile=1 + seed % 10, ward=SOME_WARDS)


def _scores_of(members: Members, site: Site) -> Numbers:
    return side_by_side([site.people["score"][members(site, seed)] for seed in range(REGIONS)])


def _in_a_hospital() -> Form:
    """Some months, weekdays and wards of those of one decile, 33 of 330."""
    chance = np.random.default_rng(9)
    wanted = (("month", 12, 10), ("weekday", 7, 6), ("ward", 7, 6))
    chosen = [
        Subset(tuple((field, some_of(chance, codes, some)) for field, codes, some in wanted))
        for _ in range(ENOUGH)
    ]
    questions = [(number("sum(score)", f"decile = {DECILE} AND {one.sql}"), one.picks) for one in chosen]
    return Plan(questions, members=_of_a_decile).carry_out


def _across_hospitals() -> Form:
    """Some hospitals and weekdays of those of a month and decile in three wards: fifty people in forty hospitals."""
    chance = np.random.default_rng(10)
    chosen = []
    for _ in range(ENOUGH - 16):
        hospitals = tuple(999 + place for place in some_of(chance, REGIONS, 24))
        chosen.append(Subset((("hospital_id", hospitals), ("weekday", some_of(chance, 7, 6)))))
    return Plan([(_by_cell(one), one.picks) for one in chosen], members=_of_a_cell).carry_out


def _by_cell(one: Subset) -> str:
    """A seed for each of the first four months and ten deciles."""
    where = f"{SPRING} AND month <= 4 AND ward IN {SOME_WARDS} AND {one.sql}"
    cells = f"SELECT month, decile, sum(score) AS n FROM patient WHERE {where} GROUP BY month, decile"
    return f"SELECT (month - 1) * 10 + decile - 1 AS seed, n FROM ({cells}) q"


IN_A_HOSPITAL = Attack(
    "subsets of a small group that is no ward",
    RECONSTRUCTION,
    one_term,
    lambda site: _scores_of(_of_a_decile, site),
    {"one decile of a hospital": _in_a_hospital()},
    near=NEAR,
    guess=Guess.GROUP_MEAN,
)
ACROSS_HOSPITALS = Attack(
    "subsets of a small group in many hospitals",
    RECONSTRUCTION,
    one_term,
    lambda site: _scores_of(_of_a_cell, site),
    {"one month and decile": _across_hospitals()},
    near=NEAR,
    guess=Guess.GROUP_MEAN,
)
ATTACKS = (IN_A_HOSPITAL, ACROSS_HOSPITALS)
