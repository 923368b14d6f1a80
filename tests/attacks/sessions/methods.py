"""Every attack against every method: `python -m tests.attacks.sessions.methods` prints the table of docs/explanation.

Changed numbers answer an attacker with something near the truth, not with nothing. So here she is stronger than in
`scoring`: what she worked out is part of what she has practised on. In half of the regions she learns which truth goes
with a difference of 5, or with one that noise blurs, and claims that in the other half.
"""

import sys
from collections.abc import Iterable
from dataclasses import replace
from functools import cache

import numpy as np

from tests.attacks.sessions.all_attacks import ATTACKS, BY_NAME
from tests.attacks.sessions.enclave import Attacked, Defence
from tests.attacks.sessions.scoring import Attack, Claims, Form, Outcome, carry_out

METHODS = ("suppress", "round", "round 10", "cell_key")
DEFENCES = (Defence.NO_LEDGER, Defence.LEDGER)


def practising(form: Form) -> Form:
    """The same attack by somebody who claims nothing of which she has not seen what it means elsewhere."""

    def practised(session: object, site: object) -> Claims:
        claims = form(session, site)  # type: ignore[arg-type]
        worked_out = [
            tuple(None if np.isnan(value) else round(float(value), 6) for value in row)
            for row in claims.values
        ]
        patterns = tuple(zip(claims.patterns, worked_out, strict=True))
        return Claims(np.full_like(claims.values, np.nan), patterns)

    return practised


@cache
def learnt(name: str, method: str, defence: Defence) -> Outcome:
    """What an attack learns in its best form, claiming what it works out or what it has practised."""
    attack = BY_NAME[name]
    with Attacked(attack.site(), defence, method=method) as attacked:
        found = [one for kind in _kinds(attack) for one in carry_out(kind, attacked)]
    return max(found, key=lambda outcome: outcome.gain)


def _kinds(attack: Attack) -> Iterable[Attack]:
    """The attack, and where it is after codes or counts the same with practice."""
    yield attack
    if attack.near == 0:
        forms = {f"{name}, practised": practising(form) for name, form in attack.forms.items()}
        yield replace(attack, forms=forms)


def row(name: str, methods: Iterable[str] = METHODS) -> str:
    found = [[learnt(name, method, defence) for defence in DEFENCES] for method in methods]
    shares = [f"{one.share:.2f}{' !' if one.beats_guessing else ''}" for pair in found for one in pair]
    return f"| {' | '.join([name, *shares, f'{found[0][0].by_guessing:.2f}'])} |"


if __name__ == "__main__":
    for name in sys.argv[1:] or [attack.name for attack in ATTACKS]:
        print(row(name), flush=True)
