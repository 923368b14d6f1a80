"""Attack: ask checkers first, and read from what is hidden afterwards what they were left to weigh.

Where checkers look, what earlier answers of the project make unsafe is flagged and not hidden, and its numbers wait.
They count against what is asked meanwhile and speak for nothing. Whether something waits, was rejected or approved, the
attacker must not tell nobody with a further code from a few who have it. See `test_a_further_code` for the world.
"""

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace

import pytest

from enclave.actions import ledger_books
from enclave.outputs.ledger import Reservation
from tests.attacks.sessions.test_a_further_code import ATTACKS, T, world
from tests.oracle.law.door import HIDDEN, Session, opened
from tests.oracle.law.questions import Asked, Fate

FATES = (Fate.WAITS, Fate.APPROVED, Fate.REJECTED)
NAMES = (
    "a table and its total",
    "one code after the other",
    "what it is not",
    "a case for the rest",
    "by region",
)
Pattern = list[tuple[object, ...]]


def asks(attack: str, fate: Fate) -> list[Asked]:
    """The first question, all others of checkers, and after a pause all of them once more, released at once."""
    plain = [Asked(text, keys, text, project) for text, keys, project in ATTACKS[attack]]
    return [plain[0], *(replace(one, fate=fate) for one in plain[1:]), plain[0], *plain]


def shown(questions: Sequence[Asked], further: int) -> tuple[list[Pattern], int]:
    """Which cells of each answer are shown, never what is in them; and how many numbers were flagged."""
    with ExitStack() as stack:
        store = stack.enter_context(opened(world(further, everywhere=False)))
        session = Session(store, T)
        told = [session.ask(one) for one in questions]
    found = [
        [
            (*key, *(number is not HIDDEN for row in one.cells[key] for number in row))
            for key in sorted(one.cells, key=str)
        ]
        for one in told
    ]
    return found, session.flags


@pytest.mark.parametrize("fate", FATES)
@pytest.mark.parametrize("attack", NAMES)
def test_what_waits_does_not_tell_nobody_from_a_few(attack: str, fate: Fate) -> None:
    none, _ = shown(asks(attack, fate), 0)
    assert all(shown(asks(attack, fate), few)[0] == none for few in (1, T - 1))


def test_some_of_what_is_approved_was_flagged() -> None:
    assert sum(shown(asks(attack, Fate.APPROVED), 1)[1] for attack in NAMES)


def test_were_what_waits_told_something_would_be_shown_that_is_hidden(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Flagged numbers that nobody has approved, taken for known: the same question is repeated to whoever asks."""
    questions = asks("one code after the other", Fate.WAITS)
    before, _ = shown(questions, 1)

    def nothing_waits(reservation: Reservation) -> bool:
        del reservation
        return False

    monkeypatch.setattr(ledger_books, "waits", nothing_waits)
    assert shown(questions, 1)[0] != before
