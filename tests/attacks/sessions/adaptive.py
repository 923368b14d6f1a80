"""Attacks that choose each question by the answer before it, and grids that ask all of them."""

from collections.abc import Callable

import numpy as np

from tests.attacks.sessions.asking import Notes, number, solved, subsets
from tests.attacks.sessions.enclave import Session
from tests.attacks.sessions.scoring import NEAR, Attack, Claims, Form, Guess
from tests.attacks.sessions.sums import RECONSTRUCTION
from tests.attacks.sessions.targets import WARD, of_target
from tests.attacks.sessions.world import COHORT, REGIONS, TARGET_DECILE, Mask, Numbers, Site, Whole, one_term

LOW, HIGH = 1, 100
EDGES = tuple(range(20, 85, 5))


def _search(session: Session, site: Site) -> Claims:
    """Is the target's score below c? Her ward without "her, if it is" tells; c halves what is left, everywhere."""
    del site
    notes = Notes(session)
    low, high = np.full(REGIONS, LOW), np.full(REGIONS, HIGH)
    told = np.zeros(REGIONS, dtype=np.bool_)
    everybody = notes.count(WARD)
    while np.any(open_ := high - low > 1):
        middle = (low + high) // 2
        without = _asked_below(notes, middle, open_)
        answered = open_ & ~np.isnan(without)
        below = answered & (everybody - without > 0.5)
        told |= answered
        high = np.where(below, middle, high)
        low = np.where(open_ & ~below, middle, low)
    return notes.claims(np.where(told, (low + high) / 2, np.nan))


def _asked_below(notes: Notes, middle: Whole, open_: Mask) -> Numbers:
    """One question for each c: hospitals at the same point of their search are asked together."""
    found = np.full(REGIONS, np.nan)
    for cut in np.unique(middle[open_]):
        mine = open_ & (middle == cut)
        places = ", ".join(str(1000 + place) for place in np.flatnonzero(mine))
        condition = (
            f"{WARD} AND NOT (decile = {TARGET_DECILE} AND score < {cut}) AND hospital_id IN ({places})"
        )
        found = np.where(mine, notes.count(condition), found)
    return found


def _bands(site: Site) -> Numbers:
    """How many of ward 3 score in each band of five points, where that is 1 to 9: here, nobody is no secret."""
    rows = []
    for seed in range(REGIONS):
        score = site.people["score"][site.members(seed, COHORT)]
        counts = np.array(
            [np.sum((score >= low) & (score < low + 5)) for low in EDGES[:-1]], dtype=np.float64
        )
        rows.append(np.where((counts > 0) & (counts < 10), counts, np.nan))
    return np.array(rows)


def _cuts(below: Callable[[int], str]) -> Form:
    """How many score below each cut: the difference of two neighbours is a band."""

    def form(session: Session, site: Site) -> Claims:
        del site
        notes = Notes(session)
        counts = np.array([notes.ask(below(edge)) for edge in EDGES])
        return notes.claims(np.asarray(np.round(np.diff(counts, axis=0)).T, dtype=np.float64))

    return form


def _clipped(session: Session, site: Site) -> Claims:
    """The sum of what is at most c grows, from c to c + 1, by one for each who is above both: a count, nearly."""
    del site
    notes = Notes(session)
    sums = [
        [notes.ask(number(f"sum(least(score, {edge + more}))", f"ward = {COHORT}")) for more in (0, 1)]
        for edge in EDGES
    ]
    above = np.array([high - low for low, high in sums])
    return notes.claims(np.asarray(np.round(-np.diff(above, axis=0)).T, dtype=np.float64))


def _habits(site: Site) -> Numbers:
    smoker = site.people["smoker"]
    return np.array([smoker[site.members(seed, COHORT)] for seed in range(REGIONS)], dtype=np.float64)


def _reconstructed_habits(session: Session, site: Site) -> Claims:
    """How many smoke in each of many subsets: who does."""
    chosen = subsets(80, seed=8)
    notes = Notes(session)
    sums = notes.ask_all([number("count(*)", f"ward = {COHORT} AND smoker AND {one.sql}") for one in chosen])
    answers = []
    for seed in range(REGIONS):
        members = site.members(seed, COHORT)
        likely = solved([one.picks(site, members) for one in chosen], sums[:, seed], mean=0.65)
        answers.append(np.where(np.isnan(likely), np.nan, likely > 0.5))
    return notes.claims(np.array(answers))


SEARCH = Attack(
    "adaptive search",
    "binary search by denials: our own",
    one_term,
    of_target("score"),
    {"one person's score": _search},
    near=NEAR,
    guess=Guess.OTHERS_MEAN,
)
BANDS = Attack(
    "a grid of cut points",
    "Griffiths and others, Handbook on SDC for Outputs (SDAP, 2019), differencing",
    one_term,
    _bands,
    {
        "WHERE": _cuts(lambda edge: number("count(*)", f"ward = {COHORT} AND score < {edge}")),
        "FILTER": _cuts(lambda edge: number(f"count(*) FILTER (WHERE score < {edge})", f"ward = {COHORT}")),
        "CASE": _cuts(
            lambda edge: number(f"sum(CASE WHEN score < {edge} THEN 1 ELSE 0 END)", f"ward = {COHORT}")
        ),
        "behind means": _cuts(
            lambda edge: number("sum(score) / avg(score)", f"ward = {COHORT} AND score < {edge}")
        ),
        "sums of clipped scores": _clipped,
    },
)
HABITS = Attack(
    "subset counts of a hidden field",
    RECONSTRUCTION,
    one_term,
    _habits,
    {"WHERE": _reconstructed_habits},
    guess=Guess.COMMONEST_OF_ALL,
)
ATTACKS = (SEARCH, BANDS, HABITS)
