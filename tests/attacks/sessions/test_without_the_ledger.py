"""The positive control, which stays for ever: without a ledger every attack on a session learns what it is after.

An attack that could not succeed here would prove nothing where it fails.
"""

import pytest

from tests.attacks.sessions.all_attacks import ATTACKS, BY_NAME, outcomes
from tests.attacks.sessions.enclave import Defence

OPEN = [(attack.name, form) for attack in ATTACKS for form in attack.forms if form not in attack.stopped]
STOPPED = [(attack.name, form) for attack in ATTACKS for form in attack.stopped]


@pytest.mark.parametrize(("attack", "form"), OPEN, ids=lambda name: name.replace(" ", "-"))
def test_an_attack_learns_what_it_is_after_where_nothing_is_remembered(attack: str, form: str) -> None:
    outcome = outcomes(attack, Defence.NO_LEDGER)[form]
    assert outcome.beats_guessing, f"{outcome}"


@pytest.mark.parametrize(("attack", "form"), STOPPED, ids=lambda name: name.replace(" ", "-"))
def test_what_the_rules_for_one_answer_stop_learns_from_a_plain_gate_alone(attack: str, form: str) -> None:
    assert outcomes(attack, Defence.PLAIN_GATE)[form].beats_guessing
    stopped = outcomes(attack, Defence.NO_LEDGER)[form]
    assert not stopped.beats_guessing
    assert stopped.sure == 0 or not BY_NAME[attack].is_certain
