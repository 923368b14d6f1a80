"""Some of the attacks against changed numbers, beside a ledger: none learns more than guessing, practised or not.

All of them against every method, with and without a ledger: `python -m tests.attacks.sessions.methods`.
"""

import pytest

from tests.attacks.sessions.enclave import Defence
from tests.attacks.sessions.methods import learnt

QUICK = (
    "two projects with one member",
    "general tracker",
    "subset counts of a hidden field",
)


@pytest.mark.parametrize("method", ["round", "cell_key"])
@pytest.mark.parametrize("attack", QUICK, ids=lambda name: name.replace(" ", "-"))
def test_beside_a_ledger_no_attack_on_changed_numbers_learns_more_than_guessing(
    attack: str, method: str
) -> None:
    outcome = learnt(attack, method, Defence.LEDGER)
    assert not outcome.beats_guessing, f"{outcome}"


def test_noise_alone_does_not_hide_whether_two_groups_are_the_same() -> None:
    """The control: equal groups have equal noise, so a difference of 0 tells that she is in neither or in both."""
    outcome = learnt("two projects with one member", "cell_key", Defence.NO_LEDGER)
    assert outcome.beats_guessing, f"{outcome}"
