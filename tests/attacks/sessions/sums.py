"""Attacks on values: the scores of the fifty patients of a ward, from ordinary sums and means."""

from collections.abc import Callable, Sequence
from itertools import cycle, islice

import numpy as np

from tests.attacks.sessions import reconstruction as by
from tests.attacks.sessions.asking import DEVIATION, MEAN, SPRING, Notes, Subset, number, subsets
from tests.attacks.sessions.enclave import Session
from tests.attacks.sessions.policies import SCORES
from tests.attacks.sessions.reconstruction import ENOUGH, SOME, WARD, Plan
from tests.attacks.sessions.scoring import NEAR, Attack, Claims, Form, Guess
from tests.attacks.sessions.world import (
    COHORT,
    NINE_TERMS,
    REGIONS,
    TARGET_WARD,
    Numbers,
    Site,
    four_hospitals,
    large,
    nine_terms,
    one_term,
)

RECONSTRUCTION = "Dinur and Nissim, Revealing information while preserving privacy (2003)"


def scores(site: Site) -> Numbers:
    return _values(site, "score", (COHORT,))


def _values(site: Site, field: str, wards: Sequence[int]) -> Numbers:
    found = [
        np.concatenate([site.people[field][site.members(seed, ward)] for ward in wards])
        for seed in range(REGIONS)
    ]
    return np.array(found, dtype=np.float64)


def _two_wards() -> Form:
    """Each subset lies across two wards of 50 in a hospital of 1,400."""
    wards = (COHORT, TARGET_WARD)
    questions = [
        (number("sum(score)", f"ward IN {wards} AND {one.sql}"), one.picks) for one in subsets(120, seed=4)
    ]
    return Plan(questions, members=by.of_wards(*wards)).carry_out


def _over_nine_terms() -> Form:
    """Seven subsets in each of nine terms; the scores stay."""
    chosen = subsets(63, seed=5)
    terms = islice(cycle(NINE_TERMS), len(chosen))
    questions = [
        (number("sum(score)", f"{WARD} AND {one.sql}", term=f"year = {year} AND wave = '{wave}'"), one.picks)
        for one, (year, wave) in zip(chosen, terms, strict=True)
    ]
    return Plan(questions).carry_out


def _correlated(session: Session, site: Site) -> Claims:
    """Eight subsets for each of ten scores that go together: all equations at once, with what is known of how."""
    chosen = [subsets(8, seed=60 + place) for place in range(len(SCORES))]
    notes = Notes(session)
    sums = notes.ask_all(
        [
            number(f"sum({field})", f"{WARD} AND {one.sql}")
            for field, each in zip(SCORES, chosen, strict=True)
            for one in each
        ]
    )
    solutions = []
    for seed in range(REGIONS):
        members = site.members(seed, COHORT)
        rows = [(place, one.picks(site, members)) for place, each in enumerate(chosen) for one in each]
        solutions.append(_likeliest_first(rows, sums[:, seed]))
    return notes.claims(np.array(solutions))


def _likeliest_first(rows: Sequence[tuple[int, Numbers]], sums: Numbers) -> Numbers:
    """The first score of each patient, given sums of any of the ten. Normal, and correlated 0.95."""
    known = [place for place, value in enumerate(sums) if not np.isnan(value)]
    size = len(rows[0][1])
    if not known:
        return np.full(size, np.nan)
    weights = np.array([rows[place][1] for place in known])
    which = np.array([rows[place][0] for place in known])
    together = DEVIATION**2 * (1 + np.equal.outer(which, which) * (1 / 0.95 - 1))
    spread = (weights @ weights.T) * together + 1e-6 * np.eye(len(known))
    rest = np.array([sums[place] for place in known]) - weights.sum(axis=1) * MEAN
    first = DEVIATION**2 * (1 + (which == 0) * (1 / 0.95 - 1))
    found: Numbers = MEAN + (weights.T * first) @ np.linalg.solve(spread, rest)
    return found


def _padded(
    wider: str, write: Callable[[str, Subset], str], *, how_many: int = SOME, beside: int = 280
) -> Form:
    """Others beside each subset, so that no number is about the ward alone. Their own sum is one unknown more."""
    questions = [(write(wider, one), one.picks) for one in subsets(how_many, seed=7)]
    return Plan(questions, beside=beside).carry_out


def _by_region(wider: str, one: Subset) -> str:
    table = "patient p JOIN hospital h ON h.hospital_id = p.hospital_id"
    condition = f"({wider} OR (h.place = 1 AND {WARD} AND {one.sql}))"
    return f"SELECT h.region, sum(p.score) AS n FROM {table} WHERE {SPRING} AND {condition} GROUP BY h.region"


def _by_or(wider: str, one: Subset) -> str:
    return number("sum(score)", f"({wider} OR ({WARD} AND {one.sql}))")


def _by_not(wider: str, one: Subset) -> str:
    return number("sum(score)", f"NOT (NOT ({wider}) AND NOT ({WARD} AND {one.sql}))")


def _by_filter(wider: str, one: Subset) -> str:
    return number(f"sum(score) FILTER (WHERE {wider} OR ({WARD} AND {one.sql}))", "ward > 0")


def _by_case(wider: str, one: Subset) -> str:
    return number(f"sum(CASE WHEN {wider} THEN score WHEN {WARD} AND {one.sql} THEN score END)", "ward > 0")


def _by_list(wider: str, one: Subset) -> str:
    """Half the months of another ward, and some of this one: few rows, since each is a branch."""
    del wider
    pairs = [(1, month) for month in range(1, 7)]
    pairs += [(COHORT, month) for month in dict(one.lists)["month"] if month]
    table = (
        f"patient p JOIN (VALUES {', '.join(map(str, pairs))}) AS v(w, m) ON v.w = p.ward AND v.m = p.month"
    )
    rest = [f"(p.ward <> {COHORT} OR {field} IN {codes})" for field, codes in one.lists if field != "month"]
    return number("sum(score)", " AND ".join(rest or ["true"]), table=table)


_OTHER_WARDS = f"ward <> {COHORT}"
WEIGHTED = Attack(
    "weighted sums",
    RECONSTRUCTION,
    one_term,
    scores,
    {
        "arithmetic of codes": by.computed(),
        "weights looked up": by.looked_up(),
        "weights by CASE": by.by(
            by.doubled, how_many=ENOUGH, first=number("sum(score)", WARD), said=by.less_the_first
        ),
        "CASE without ELSE": by.by(by.cases),
        "CASE with 0": by.by(by.zeros),
        "FILTER": by.by(by.filtered),
        "covariance with a condition": by.by(
            by.covaried, first=number("avg(score)", WARD), said=by.out_of_covariance
        ),
        "inside each person's own summary": by.by(by.summarised),
    },
    near=NEAR,
    guess=Guess.GROUP_MEAN,
    stopped={"arithmetic of codes": "codes enter no arithmetic"},
)
SUBSETS = Attack(
    "subset sums",
    RECONSTRUCTION,
    one_term,
    scores,
    {
        "WHERE": by.by(by.where, how_many=ENOUGH),
        "means": by.by(by.mean_where),
        "a list of combinations": by.by(by.listed),
        "CASE as a group": by.by(by.grouped),
        "HAVING of each person's own summary": by.by(by.of_own_summary),
        "a join of the table with itself": by.by(by.joined_to_oneself),
    },
    near=NEAR,
    guess=Guess.GROUP_MEAN,
)
TWO_WARDS = Attack(
    "subsets across two wards of a large hospital",
    RECONSTRUCTION,
    large,
    lambda site: _values(site, "score", (COHORT, TARGET_WARD)),
    {"WHERE": _two_wards()},
    near=NEAR,
    guess=Guess.GROUP_MEAN,
)
TERMS = Attack(
    "a fixed measure over nine terms",
    RECONSTRUCTION,
    nine_terms,
    scores,
    {"WHERE": _over_nine_terms()},
    near=NEAR,
    guess=Guess.GROUP_MEAN,
)
CORRELATED = Attack(
    "ten correlated measures of one family",
    RECONSTRUCTION,
    one_term,
    lambda site: _values(site, SCORES[0], (COHORT,)),
    {"WHERE": _correlated},
    near=NEAR,
    guess=Guess.GROUP_MEAN,
)
PADDED = Attack(
    "padding with another hospital",
    RECONSTRUCTION,
    four_hospitals,
    scores,
    {"OR": _padded("h.place = 2", _by_region, how_many=ENOUGH)},
    near=NEAR,
    guess=Guess.GROUP_MEAN,
)
PADDED_WARDS = Attack(
    "padding with the other wards",
    RECONSTRUCTION,
    one_term,
    scores,
    {
        "OR": _padded(_OTHER_WARDS, _by_or, how_many=ENOUGH),
        "NOT of ANDs": _padded(_OTHER_WARDS, _by_not),
        "FILTER": _padded(_OTHER_WARDS, _by_filter),
        "CASE": _padded(_OTHER_WARDS, _by_case),
        "a list of combinations": _padded(_OTHER_WARDS, _by_list, beside=25),
    },
    near=NEAR,
    guess=Guess.GROUP_MEAN,
)
ATTACKS = (WEIGHTED, SUBSETS, TWO_WARDS, TERMS, CORRELATED, PADDED, PADDED_WARDS)
