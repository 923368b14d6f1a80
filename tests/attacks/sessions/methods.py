"""Every attack against every method: `python -m tests.attacks.sessions.methods` prints the table of docs/explanation.

Changed numbers answer an attacker with something near the truth, not with nothing. So here she is stronger than in
`scoring`: what she worked out is part of what she has practised on. In half of the regions she learns which truth goes
with a difference of 5, or with one that noise blurs, and claims that in the other half.
"""

import sys
from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import cache, partial

import numpy as np

from tests.attacks.sessions.all_attacks import ATTACKS, BY_NAME
from tests.attacks.sessions.enclave import Attacked, Defence, Session
from tests.attacks.sessions.scoring import Claims, Form, Outcome, carry_out
from tests.attacks.sessions.world import Site

METHODS = ("suppress", "round", "round 10", "cell_key")
DEFENCES = (Defence.NO_LEDGER, Defence.LEDGER)


@cache
def learnt(name: str, method: str, defence: Defence) -> Outcome:
    """What an attack learns in its best form, claiming what it works out or what it has practised."""
    attack = BY_NAME[name]
    with Attacked(attack.site(), defence, method=method) as attacked:
        said = {form: ask(attacked.session(), attacked.site) for form, ask in attack.forms.items()}
        kinds = [said] if attack.near else [said, {form: practised(one) for form, one in said.items()}]
        found = [
            outcome
            for claims in kinds
            for outcome in carry_out(replace(attack, forms=_saying(claims)), attacked)
        ]
    return max(found, key=lambda outcome: outcome.gain)


def practised(claims: Claims) -> Claims:
    """Nothing is claimed of which she has not seen elsewhere what it means: all that she worked out is a pattern."""
    worked_out = [
        tuple(None if np.isnan(value) else round(float(value), 6) for value in row) for row in claims.values
    ]
    patterns = tuple(zip(claims.patterns, worked_out, strict=True))
    return Claims(np.full_like(claims.values, np.nan), patterns)


def _saying(claims: Mapping[str, Claims]) -> dict[str, Form]:
    return {form: partial(_said, one) for form, one in claims.items()}


def _said(claims: Claims, _session: Session, _site: Site) -> Claims:
    return claims


def row(name: str, methods: Iterable[str] = METHODS) -> str:
    found = [[learnt(name, method, defence) for defence in DEFENCES] for method in methods]
    shares = [f"{one.share:.2f}{' !' if one.beats_guessing else ''}" for pair in found for one in pair]
    return f"| {' | '.join([name, *shares, f'{found[0][0].by_guessing:.2f}'])} |"


if __name__ == "__main__":
    for attack in sys.argv[1:] or [one.name for one in ATTACKS]:
        print(row(attack), flush=True)
