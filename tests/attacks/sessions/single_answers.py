"""Attacks on one answer, which the primary rules stop: they stay, since sessions are made of answers.

The control is a plain gate, which judges a group by its rows.
"""

from statistics import NormalDist

import numpy as np

from tests.attacks.sessions.asking import DEVIATION, MEAN, SPRING, Notes, number, solved
from tests.attacks.sessions.enclave import Session
from tests.attacks.sessions.policies import DIAGNOSES
from tests.attacks.sessions.scoring import Attack, Claims, Guess
from tests.attacks.sessions.targets import few_smokers
from tests.attacks.sessions.world import COHORT, REGIONS, SMALL_WARD, Numbers, Site, one_term

FEW = f"ward = {SMALL_WARD} AND smoker"
SELECTORS = "every class of a selector needs ten people"
ROWS = "people are counted, not rows"
WEIGHTS = (1, 1_000, 1_000_000, 1_000_000_000)


def rare_diagnoses(site: Site) -> Numbers:
    """How many of ward 3 have each of the three rare ones."""
    found = site.people["diagnosis"]
    return np.array(
        [
            [float(np.sum(found[site.members(seed, COHORT)] == rare)) for rare in DIAGNOSES[1:]]
            for seed in range(REGIONS)
        ]
    )


def _digits(notes: Notes, sql: str) -> Numbers:
    """Three counts out of one number."""
    packed = np.round(notes.ask(sql))
    return np.array([packed // weight % 1000 for weight in WEIGHTS[1:]]).T


def _weights() -> str:
    return ", ".join(f"('{code}', {weight})" for code, weight in zip(DIAGNOSES, WEIGHTS, strict=True))


def _looked_up(session: Session, site: Site) -> Claims:
    del site
    notes = Notes(session)
    table = f"patient p JOIN (VALUES {_weights()}) AS v(d, w) ON v.d = p.diagnosis"
    return notes.claims(_digits(notes, number("sum(v.w)", f"ward = {COHORT}", table=table)))


def _by_case(session: Session, site: Site) -> Claims:
    del site
    notes = Notes(session)
    whens = " ".join(f"WHEN '{code}' THEN {weight}" for code, weight in zip(DIAGNOSES, WEIGHTS, strict=True))
    return notes.claims(_digits(notes, number(f"avg(CASE diagnosis {whens} END) * 50", f"ward = {COHORT}")))


def _copied(session: Session, site: Site) -> Claims:
    """Groups of the three rare codes copied 1, 10 and 100 times; their counts are at most nine."""
    del site
    notes = Notes(session)
    copies = ", ".join(
        f"('{code}', {copy})"
        for code, many in zip(DIAGNOSES[1:], (1, 10, 100), strict=True)
        for copy in range(many)
    )
    table = f"patient p JOIN (VALUES {copies}) AS v(d, c) ON v.d = p.diagnosis"
    packed = notes.ask(number("count(*)", f"ward = {COHORT}", table=table))
    return notes.claims(np.array([packed // weight % 10 for weight in (1, 10, 100)]).T)


def _asked_quantile(notes: Notes, point: float) -> Numbers:
    return notes.ask(number(f"quantile_cont(score, {point:.6f})", f"ward = {COHORT}"))


def _grid(session: Session, site: Site) -> Claims:
    """Every twenty-fifth of the scores of a ward: every second one's score, in order."""
    del site
    notes = Notes(session)
    claims = np.full((REGIONS, 50), np.nan)
    for place in range(0, 50, 2):
        claims[:, place] = _asked_quantile(notes, (place + 0.5) / 50)
    return notes.claims(claims)


def _windows(session: Session, site: Site) -> Claims:
    """A quantile is the mean of ten neighbours in order: so many equations, as many as there are places to start."""
    del site
    notes = Notes(session)
    starts = range(6, 36)
    answers = np.array([_asked_quantile(notes, (start + 3.9) / 49) for start in starts])
    rows = [
        np.array([start <= place < start + 10 for place in range(1, 51)], dtype=np.float64)
        for start in starts
    ]
    usual = np.array([NormalDist(MEAN, DEVIATION).inv_cdf((place + 0.5) / 50) for place in range(50)])
    return notes.claims(
        np.array([usual + solved(rows, 10 * answer - np.array(rows) @ usual, mean=0) for answer in answers.T])
    )


def _in_order(site: Site) -> Numbers:
    return np.array(
        [np.sort(site.people["score"][site.members(seed, COHORT)]) for seed in range(REGIONS)],
        dtype=np.float64,
    )


def _picked(keys: str, before: str, after: str) -> str:
    """One group, picked out of a table of groups."""
    groups = f"SELECT {keys}, count(*) AS n FROM patient WHERE {SPRING} AND {before} GROUP BY {keys}"
    return f"SELECT hospital_id, n FROM ({groups}) q WHERE {after}"


_COPY = "(VALUES (1), (2), (3), (4), (5), (6), (7), (8), (9), (10)) AS v(c)"
REWRITES = (
    number("count(*)", FEW),
    number("count(person)", FEW),
    number("count(DISTINCT person)", FEW),
    number("sum(1)", FEW),
    number("count(*) FILTER (WHERE smoker)", f"ward = {SMALL_WARD}"),
    number("sum(CASE WHEN smoker THEN 1 ELSE 0 END)", f"ward = {SMALL_WARD}"),
    number("count(CASE WHEN smoker THEN 1 END)", f"ward = {SMALL_WARD}"),
    number("avg(CASE WHEN smoker THEN 1.0 ELSE 0 END) * 30", f"ward = {SMALL_WARD}"),
    number("count(*) - count(*) FILTER (WHERE NOT smoker)", f"ward = {SMALL_WARD}"),
    number("count(*)", f"smoker = true AND ward BETWEEN {SMALL_WARD} AND {SMALL_WARD}"),
    number("count(*)", f"NOT (NOT smoker OR ward <> {SMALL_WARD})"),
    number("count(*)", f"person IN (SELECT person FROM patient WHERE {SPRING} AND {FEW})"),
    number("count(*) / 10", FEW, table=f"patient, {_COPY}"),
    number("sum(score * 0 + 1)", FEW),
    number("sum(CASE WHEN smoker THEN score END) / avg(CASE WHEN smoker THEN score END)", f"ward = {SMALL_WARD}"),
    _picked("hospital_id, ward", "smoker", f"ward = {SMALL_WARD}"),
    _picked("hospital_id, ward, smoker", "true", f"ward = {SMALL_WARD} AND smoker"),
)  # fmt: skip


def _rewritten(session: Session, site: Site) -> Claims:
    """The mean of what any of the rewrites shows: with noise, an average; without, the number itself."""
    del site
    notes = Notes(session)
    found = np.array([notes.ask(sql) for sql in REWRITES])
    shown = ~np.isnan(found)
    many = shown.sum(axis=0)
    total = np.where(shown, found, 0).sum(axis=0)
    return notes.claims(np.where(many > 0, np.round(total / np.maximum(many, 1)), np.nan))


PACKING = Attack(
    "packing",
    "counts in the digits of one number: our measurement",
    one_term,
    rare_diagnoses,
    {"weights looked up": _looked_up, "weights by CASE": _by_case, "copies": _copied},
    stopped={"weights looked up": SELECTORS, "weights by CASE": SELECTORS, "copies": SELECTORS},
)
QUANTILES = Attack(
    "quantile grid",
    "Griffiths and others, Handbook on SDC for Outputs (SDAP, 2019), percentiles",
    one_term,
    _in_order,
    {"a point for each person": _grid, "overlapping means": _windows},
    near=0.1,
    guess=Guess.IN_ORDER,
    stopped={"a point for each person": "a quantile is the mean of the ten nearest"},
)
AVERAGING = Attack(
    "averaging over equivalent rewrites",
    "Gadotti and others, When the signal is in the noise (2019)",
    one_term,
    few_smokers,
    {f"{len(REWRITES)} rewrites": _rewritten},
    stopped={f"{len(REWRITES)} rewrites": ROWS},
)
ATTACKS = (PACKING, QUANTILES, AVERAGING)
