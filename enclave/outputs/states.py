"""The way of an output as one table: where it may go from each state. Pure; who may move it is in `permissions`."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class State(StrEnum):
    """Where an output is on its way. The first five are of answers that nobody asked to be released yet."""

    COMPUTED = "computed"
    CLEAN = "clean"
    SUPPRESSED = "suppressed"
    FLAGGED = "flagged"
    BLOCKED = "blocked"
    QUEUED = "queued"
    IN_REVIEW = "in review"  # a checker has taken it, or a vote is in
    DISPUTED = "disputed"  # the votes differ: a senior checker decides
    APPROVED = "approved"
    ON_HOLD = "on hold"  # something that allowed it is not in force
    RELEASED = "released"
    RETURNED = "returned"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    REVOCATION_ASKED = "revocation asked"  # by one person; it is given out until a second agrees
    SUSPENDED = "suspended"  # taken back by one person in an emergency; a second is waited for
    SUPERSEDED = "superseded"  # a newer release stands in its place
    REVOKED = "revoked"


class Verdict(StrEnum):
    APPROVE = "approve"
    RETURN = "return"
    REJECT = "reject"


class Command(StrEnum):
    """What can be done to an output. `tally` says which of `VOTE` to `DISPUTE` a vote is."""

    FIND_CLEAN = "find clean"
    FIND_SUPPRESSED = "find suppressed"
    FIND_FLAGGED = "find flagged"
    FIND_BLOCKED = "find blocked"
    PASS = "pass"  # on the automatic route
    ASK = "ask"
    CLAIM = "claim"
    VOTE = "vote"  # and more are awaited
    APPROVE = "approve"
    RETURN = "return"
    REJECT = "reject"
    DISPUTE = "dispute"
    RELEASE = "release"
    HOLD = "hold"
    RESUME = "resume"
    VOID = "void"  # what was voted on has changed
    ASK_AGAIN = "ask again"
    WITHDRAW = "withdraw"
    EXPIRE = "expire"
    ASK_REVOCATION = "ask revocation"
    SUSPEND = "suspend"
    REVOKE = "revoke"  # by a second person
    KEEP = "keep"  # a second person does not agree that it is taken back
    OVERDUE = "overdue"  # nobody agreed in time to what one did in an emergency: that is put on record
    SUPERSEDE = "supersede"


FOUND: Final = frozenset({State.CLEAN, State.SUPPRESSED, State.FLAGGED, State.BLOCKED})
KEPT: Final = frozenset(State) - FOUND - {State.COMPUTED}
"""States of outputs that were asked for: the others are known from the answer, and are nobody's to move by hand."""
UNDECIDED: Final = frozenset({State.QUEUED, State.IN_REVIEW, State.DISPUTED})
UNRELEASED: Final = UNDECIDED | {State.APPROVED, State.ON_HOLD, State.RETURNED}
"""Where an output may still be withdrawn, and is over when its project is."""
GIVEN_OUT: Final = frozenset({State.RELEASED, State.REVOCATION_ASKED, State.SUPERSEDED})
"""Where the table is given out."""
TAKEN_BACK: Final = frozenset({State.SUSPENDED, State.REVOKED})
EVER_RELEASED: Final = GIVEN_OUT | TAKEN_BACK


@dataclass(frozen=True, slots=True)
class Event:
    """A move that is allowed. A new round voids the votes before it: they are kept and count for nothing."""

    to: State
    new_round: bool = False


@dataclass(frozen=True, slots=True)
class Refusal:
    """A move that there is not, and why in plain words."""

    reason: str


def _rows() -> Iterable[tuple[Command, frozenset[State], Event]]:
    """Every move there is: a command, the states it may come in, and what it makes of them."""
    voting = frozenset({State.QUEUED, State.IN_REVIEW})
    yield from _found()
    yield Command.CLAIM, voting, Event(State.IN_REVIEW)
    yield Command.VOTE, voting, Event(State.IN_REVIEW)
    yield Command.APPROVE, UNDECIDED, Event(State.APPROVED)
    yield Command.RETURN, UNDECIDED, Event(State.RETURNED)
    yield Command.REJECT, UNDECIDED, Event(State.REJECTED)
    yield Command.DISPUTE, voting, Event(State.DISPUTED)
    yield Command.RELEASE, frozenset({State.APPROVED}), Event(State.RELEASED)
    yield Command.HOLD, UNDECIDED | {State.APPROVED}, Event(State.ON_HOLD)
    yield Command.RESUME, frozenset({State.ON_HOLD}), Event(State.QUEUED, new_round=True)
    yield Command.VOID, UNDECIDED | {State.APPROVED}, Event(State.QUEUED, new_round=True)
    yield Command.ASK_AGAIN, frozenset({State.RETURNED, State.WITHDRAWN}), Event(State.QUEUED, new_round=True)
    yield Command.WITHDRAW, UNRELEASED, Event(State.WITHDRAWN)
    yield Command.EXPIRE, UNRELEASED, Event(State.EXPIRED)
    yield from _revoking()


def _found() -> Iterable[tuple[Command, frozenset[State], Event]]:
    computed = frozenset({State.COMPUTED})
    yield Command.FIND_CLEAN, computed, Event(State.CLEAN)
    yield Command.FIND_SUPPRESSED, computed, Event(State.SUPPRESSED)
    yield Command.FIND_FLAGGED, computed, Event(State.FLAGGED)
    yield Command.FIND_BLOCKED, computed, Event(State.BLOCKED)
    yield Command.PASS, frozenset({State.CLEAN, State.SUPPRESSED}), Event(State.APPROVED)
    yield Command.ASK, FOUND, Event(State.QUEUED)


def _revoking() -> Iterable[tuple[Command, frozenset[State], Event]]:
    asked_or_done = frozenset({State.REVOCATION_ASKED, State.SUSPENDED})
    yield Command.ASK_REVOCATION, frozenset({State.RELEASED, State.SUPERSEDED}), Event(State.REVOCATION_ASKED)
    yield Command.SUSPEND, GIVEN_OUT, Event(State.SUSPENDED)
    yield Command.REVOKE, asked_or_done, Event(State.REVOKED)
    yield Command.KEEP, asked_or_done, Event(State.RELEASED)
    yield Command.OVERDUE, frozenset({State.SUSPENDED}), Event(State.SUSPENDED)
    yield Command.SUPERSEDE, frozenset({State.RELEASED}), Event(State.SUPERSEDED)


MOVES: Final[Mapping[tuple[State, Command], Event]] = {
    (state, command): event for command, states, event in _rows() for state in states
}


def move(state: State, command: Command) -> Event | Refusal:
    """Where a command takes an output, or why it may not be given now. What is not in the table is refused."""
    event = MOVES.get((state, command))
    return event if event is not None else Refusal(f"it is {state}, so there is nothing to {command}")
