"""Notices: what a person is told, once, by whatever way the house has. They name things and states, never content.

A notice is written in the transaction of what it tells of, so that nothing is told which did not happen and nothing is
lost. One way (`Channel`) is one letter in the outbox: it is tried until it is taken, or set aside as dead.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final

from enclave.audit.entries import Json
from enclave.terms import PersonId

KIND: Final = re.compile(r"[a-z][a-z-]*(\.[a-z][a-z-]*)*")
ABOUT: Final = re.compile(r"[A-Za-z0-9@._+-]{1,254}")
STATE: Final = re.compile(r"[a-z][a-z0-9 -]{0,59}|")
MOST_KEY: Final = 200
LEASE: Final = timedelta(minutes=2)
"""How long a letter is in the hands of whoever sends it; after it, another may."""
WAITS: Final = tuple(timedelta(seconds=seconds) for seconds in (10, 60, 300, 900, 3_600, 3 * 3_600))
"""Between two tries, the last one again and again."""
GIVES_UP_AFTER: Final = timedelta(days=3)
"""Since the notice. After it a letter is dead: it stays, and somebody may have it tried again."""


class Channel(StrEnum):
    """A way by which notices leave. Webhooks are told by their own rows of the same transaction."""

    FILE = "file"
    SMTP = "smtp"


class LetterState(StrEnum):
    WAITING = "waiting"
    SENT = "sent"
    DEAD = "dead"  # tried for days
    DROPPED = "dropped"  # the house has no such channel, or the person may not be told any more


@dataclass(frozen=True, slots=True)
class Notice:
    """What somebody is to know.

    Attributes:
        kind: such as `output.returned` or `accreditation.expires`.
        about: the id of what it is about.
        state: the word that the API has for where that is; or nothing.
        due: by when, where there is such a day.
        key: a second notice to the same person with the same key is none; empty: every one counts.
    """

    kind: str
    to: PersonId
    about: str
    state: str = ""
    due: date | None = None
    key: str = ""

    def __post_init__(self) -> None:
        """A place for words of people or of data is not there: what does not look like an id or a state is a fault."""
        assert KIND.fullmatch(self.kind), "a notice has a kind"
        assert ABOUT.fullmatch(self.about), "a notice is about an id"
        assert STATE.fullmatch(self.state), "a notice tells a state in a word or two"
        assert len(self.key) <= MOST_KEY, "a key is short"

    def as_json(self, *, at: datetime) -> dict[str, Json]:
        return {
            "type": self.kind,
            "about": self.about,
            "state": self.state,
            "due": None if self.due is None else self.due.isoformat(),
            "at": at.isoformat(timespec="seconds"),
        }


@dataclass(frozen=True, slots=True)
class LetterRecord:
    """A notice on its way to a person by one channel. `key` is None where every notice counts."""

    id: int
    channel: Channel
    person: PersonId
    kind: str
    key: str | None
    body: Mapping[str, Json]
    at: datetime
    state: LetterState
    failures: int
    next_at: datetime

    def as_json(self) -> dict[str, Json]:
        """For admins: that it is there and where it is."""
        return {
            "id": f"L-{self.id}",
            "channel": self.channel.value,
            "person": self.person,
            "type": self.kind,
            "state": self.state.value,
            "tries": self.failures + (self.state is LetterState.SENT),
            "at": self.at.isoformat(timespec="seconds"),
        }


def wait_after(failures: int) -> timedelta:
    """How long to wait after so many tries that failed."""
    return WAITS[min(failures, len(WAITS)) - 1]


def after_failure(letter: LetterRecord, *, now: datetime) -> tuple[LetterState, datetime]:
    """Whether a letter that was not taken waits or is dead, and when it is tried next."""
    next_at = now + wait_after(letter.failures + 1)
    return (LetterState.DEAD if next_at > letter.at + GIVES_UP_AFTER else LetterState.WAITING), next_at
