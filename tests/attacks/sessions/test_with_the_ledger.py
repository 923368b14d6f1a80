"""The promise: with the ledger no session of questions learns more than guessing, and a few true means, would.

Hidden codes and counts are found no better than by chance, and never for sure.
"""

import pytest

from tests.attacks.sessions.all_attacks import ATTACKS, BY_NAME, outcomes
from tests.attacks.sessions.enclave import Defence

FORMS = [(attack.name, form) for attack in ATTACKS for form in attack.forms]


@pytest.mark.parametrize(("attack", "form"), FORMS, ids=lambda name: name.replace(" ", "-"))
def test_no_attack_learns_more_than_guessing_would(attack: str, form: str) -> None:
    outcome = outcomes(attack, Defence.LEDGER)[form]
    assert len(outcome.learnt) >= 40
    assert not outcome.beats_guessing, f"{outcome}"


@pytest.mark.parametrize(
    ("attack", "form"),
    [(name, form) for name, form in FORMS if BY_NAME[name].is_certain],
    ids=lambda name: name.replace(" ", "-"),
)
def test_nothing_about_one_person_or_a_few_is_ever_told_for_sure(attack: str, form: str) -> None:
    assert outcomes(attack, Defence.LEDGER)[form].sure == 0
