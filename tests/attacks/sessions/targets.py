"""What attacks on one known patient, or on a few, have in common: whose secret it is, and formulas over answers."""

from collections.abc import Callable

import numpy as np

from tests.attacks.sessions.asking import Notes, number
from tests.attacks.sessions.enclave import Session
from tests.attacks.sessions.scoring import Claims, Form
from tests.attacks.sessions.world import REGIONS, SMALL_WARD, TARGET_DECILE, TARGET_WARD, Numbers, Site

WARD = f"ward = {TARGET_WARD}"
HER = f"ward = {TARGET_WARD} AND decile = {TARGET_DECILE}"
OTHERS = f"{WARD} AND decile < {TARGET_DECILE}"
DENNING = "Denning, Denning and Schwartz, The tracker (1979)"
DIFFERENCING = "Griffiths and others, Handbook on SDC for Outputs (SDAP, 2019), differencing"

Formula = Callable[[Notes], Numbers]


def by(formula: Formula) -> Form:
    """An attack whose questions are fixed, and whose answer is a formula over theirs."""

    def form(session: Session, site: Site) -> Claims:
        del site
        notes = Notes(session)
        return notes.claims(formula(notes))

    return form


def of_target(field: str) -> Callable[[Site], Numbers]:
    """The target's own code or score."""

    def secret(site: Site) -> Numbers:
        region, value = site.people["region"], site.people[field]
        targets = {int(region[place]): float(value[place]) for place in np.flatnonzero(site.target)}
        return np.array([[targets[seed]] for seed in range(REGIONS)])

    return secret


def few_smokers(site: Site) -> Numbers:
    """Of ward 7."""
    smoker = site.people["smoker"]
    return np.array([[float(np.sum(smoker[site.members(seed, SMALL_WARD)]))] for seed in range(REGIONS)])


def less(whole: str, part: str) -> Form:
    return by(lambda notes: notes.count(whole) - notes.count(part))


def sums_less(whole: str, part: str) -> Form:
    return by(lambda notes: notes.ask(number("sum(score)", whole)) - notes.ask(number("sum(score)", part)))
