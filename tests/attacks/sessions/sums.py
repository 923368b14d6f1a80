"""Attacks on values: many sums over one ward, solved as linear equations for the score of each patient."""

from collections.abc import Callable, Sequence
from itertools import chain, cycle, islice

import numpy as np

from tests.attacks.sessions.asking import DEVIATION, MEAN, SPRING, Notes, Subset, number, solved, subsets
from tests.attacks.sessions.enclave import Session
from tests.attacks.sessions.policies import SCORES
from tests.attacks.sessions.scoring import NEAR, Attack, Claims, Form, Guess
from tests.attacks.sessions.world import (
    COHORT,
    NINE_TERMS,
    REGIONS,
    TARGET_WARD,
    Numbers,
    Site,
    Whole,
    four_hospitals,
    large,
    nine_terms,
    one_term,
)

ENOUGH = 60
"""Sums over fifty people: a few more than are needed."""
WARD = f"ward = {COHORT}"
RECONSTRUCTION = "Dinur and Nissim, Revealing information while preserving privacy (2003)"


def scores(site: Site) -> Numbers:
    return _values(site, "score", (COHORT,))


def _values(site: Site, field: str, wards: Sequence[int]) -> Numbers:
    found = [
        np.concatenate([site.people[field][site.members(seed, ward)] for ward in wards])
        for seed in range(REGIONS)
    ]
    return np.array(found, dtype=np.float64)


Asked = Callable[[Subset], str]
"""SQL which shows the sum of a subset's scores, or what it is plus the ward's own sum."""


def reconstruct(
    queries: Sequence[str], chosen: Sequence[Subset], *, extra: float = 0.0, wards: Sequence[int] = (COHORT,)
) -> Form:
    """Ask every query, and solve for the scores of the wards. `extra`: how often everybody counts besides."""

    def form(session: Session, site: Site) -> Claims:
        notes = Notes(session)
        sums = np.array([notes.ask(sql) for sql in queries])
        solutions = []
        for seed in range(REGIONS):
            members = np.concatenate([site.members(seed, ward) for ward in wards])
            solutions.append(solved([extra + one.picks(site, members) for one in chosen], sums[:, seed]))
        return notes.claims(np.array(solutions))

    return form


def one_form(write: Asked, *, extra: float = 0.0) -> Form:
    chosen = subsets(ENOUGH, seed=2)
    return reconstruct([write(one) for one in chosen], chosen, extra=extra)


def where(one: Subset) -> str:
    return number("sum(score)", f"{WARD} AND {one.sql}")


def mean_where(one: Subset) -> str:
    return number("avg(score) * count(score)", f"{WARD} AND {one.sql}")


def filtered(one: Subset) -> str:
    return number(f"sum(score) FILTER (WHERE {one.sql})", WARD)


def cases(one: Subset) -> str:
    return number(f"sum(CASE WHEN {one.sql} THEN score END)", WARD)


def doubled(one: Subset) -> str:
    return number(f"sum(CASE WHEN {one.sql} THEN 2 * score ELSE score END)", WARD)


def listed(one: Subset) -> str:
    """A VALUES table joined on several keys picks any combination of codes."""
    (_, months), (_, deciles), rest = one.lists
    pairs = ", ".join(f"({month}, {decile})" for month in months for decile in deciles)
    table = f"patient p JOIN (VALUES {pairs}) AS v(m, d) ON v.m = p.month AND v.d = p.decile"
    return number("sum(score)", f"{WARD} AND {Subset((rest,)).sql}", table=table)


def looked_up(one: Subset) -> str:
    """Weights 2 and 1 by month, in the deciles of the subset: each class of the weight is large."""
    (_, months), deciles, _ = one.lists
    weights = ", ".join(f"({month}, {2 if month in months[:6] else 1})" for month in range(1, 13))
    table = f"patient p JOIN (VALUES {weights}) AS v(m, w) ON v.m = p.month"
    return number("sum(v.w * score)", f"{WARD} AND {Subset((deciles,)).sql}", table=table)


def _lookup_form(session: Session, site: Site) -> Claims:
    chosen = subsets(ENOUGH, seed=2)
    notes = Notes(session)
    sums = np.array([notes.ask(looked_up(one)) for one in chosen])
    solutions = []
    for seed in range(REGIONS):
        members = site.members(seed, COHORT)
        solutions.append(solved([_weights(one, site, members) for one in chosen], sums[:, seed]))
    return notes.claims(np.array(solutions))


def _weights(one: Subset, site: Site, members: Whole) -> Numbers:
    (month, months), deciles, _ = one.lists
    half = Subset(((month, months[:6]), deciles))
    return half.picks(site, members) + Subset((deciles,)).picks(site, members)


def _arithmetic_form(session: Session, site: Site) -> Claims:
    """One population, and weights computed from codes."""
    chance = np.random.default_rng(3)
    factors = [tuple(int(each) for each in chance.integers(1, 97, 3)) for _ in range(ENOUGH)]
    notes = Notes(session)
    sums = np.array(
        [
            notes.ask(number(f"sum((({m} * month + {d} * decile + {w} * weekday) % 97) * score)", WARD))
            for m, d, w in factors
        ]
    )
    solutions = []
    for seed in range(REGIONS):
        members = site.members(seed, COHORT)
        month, decile, weekday = (
            site.people[name][members].astype(np.float64) for name in ("month", "decile", "weekday")
        )
        solutions.append(
            solved([(m * month + d * decile + w * weekday) % 97 for m, d, w in factors], sums[:, seed])
        )
    return notes.claims(np.array(solutions))


def _two_wards() -> Form:
    """Each subset lies across two wards of 50 in a hospital of 1,400."""
    chosen = subsets(120, seed=4)
    queries = [number("sum(score)", f"ward IN ({COHORT}, {TARGET_WARD}) AND {one.sql}") for one in chosen]
    return reconstruct(queries, chosen, wards=(COHORT, TARGET_WARD))


def _over_nine_terms() -> Form:
    """Seven subsets in each of nine terms; the scores stay."""
    chosen = subsets(63, seed=5)
    terms = islice(cycle(NINE_TERMS), len(chosen))
    queries = [
        number("sum(score)", f"{WARD} AND {one.sql}", term=f"year = {year} AND wave = '{wave}'")
        for one, (year, wave) in zip(chosen, terms, strict=True)
    ]
    return reconstruct(queries, chosen)


def _correlated(session: Session, site: Site) -> Claims:
    """Eight subsets for each of ten scores that go together: all equations at once, with what is known of how."""
    chosen = [subsets(8, seed=60 + place) for place in range(len(SCORES))]
    notes = Notes(session)
    sums = [
        [notes.ask(number(f"sum({field})", f"{WARD} AND {one.sql}")) for one in each]
        for field, each in zip(SCORES, chosen, strict=True)
    ]
    solutions = []
    for seed in range(REGIONS):
        members = site.members(seed, COHORT)
        rows = [(place, one.picks(site, members)) for place, each in enumerate(chosen) for one in each]
        solutions.append(_likeliest_first(rows, [float(total[seed]) for total in chain(*sums)]))
    return notes.claims(np.array(solutions))


def _likeliest_first(rows: Sequence[tuple[int, Numbers]], sums: Sequence[float]) -> Numbers:
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


def _padded(session: Session, site: Site) -> Claims:
    """Another hospital by OR, so that no number is about one hospital alone. Its own sum is asked first."""
    chosen = subsets(ENOUGH, seed=7)
    notes = Notes(session)
    base = notes.ask(_by_region("h.place = 2"))
    sums = np.array(
        [notes.ask(_by_region(f"(h.place = 2 OR (h.place = 1 AND {WARD} AND {one.sql}))")) for one in chosen]
    )
    solutions = []
    for seed in range(REGIONS):
        members = site.members(seed, COHORT)
        solutions.append(solved([one.picks(site, members) for one in chosen], sums[:, seed] - base[seed]))
    return notes.claims(np.array(solutions))


def _by_region(condition: str) -> str:
    table = "patient p JOIN hospital h ON h.hospital_id = p.hospital_id"
    return f"SELECT h.region, sum(p.score) AS n FROM {table} WHERE {SPRING} AND {condition} GROUP BY h.region"


WEIGHTED = Attack(
    "weighted sums",
    RECONSTRUCTION,
    one_term,
    scores,
    {
        "arithmetic of codes": _arithmetic_form,
        "weights looked up": _lookup_form,
        "weights by CASE": one_form(doubled, extra=1.0),
        "CASE without ELSE": one_form(cases),
        "FILTER": one_form(filtered),
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
    {"WHERE": one_form(where), "means": one_form(mean_where), "a list of combinations": one_form(listed)},
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
    "padding with another hospital by OR",
    RECONSTRUCTION,
    four_hospitals,
    scores,
    {"OR": _padded},
    near=NEAR,
    guess=Guess.GROUP_MEAN,
)
ATTACKS = (WEIGHTED, SUBSETS, TWO_WARDS, TERMS, CORRELATED, PADDED)
