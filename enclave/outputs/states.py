"""The way of an output as one table: where it may go from each state. Pure; who may move it is in `permissions`."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class State(StrEnum):
    """Where an output is on its way."""

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
    REVOKED = "revoked"


class Verdict(StrEnum):
    APPROVE = "approve"
    RETURN = "return"
    REJECT = "reject"


class Command(StrEnum):
    """What can be done to an output. `tally` says which of the first seven a vote is."""

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
    REVOKE = "revoke"


UNDECIDED: Final = frozenset({State.QUEUED, State.IN_REVIEW, State.DISPUTED})
UNRELEASED: Final = UNDECIDED | {State.APPROVED, State.ON_HOLD, State.RETURNED}
"""Where an output may still be withdrawn, and is over when its project is."""


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
    yield Command.REVOKE, frozenset({State.RELEASED}), Event(State.REVOKED)


MOVES: Final[Mapping[tuple[State, Command], Event]] = {
    (state, command): event for command, states, event in _rows() for state in states
}


def move(state: State, command: Command) -> Event | Refusal:
    """Where a command takes an output, or why it may not be given now. What is not in the table is refused."""
    event = MOVES.get((state, command))
    return event if event is not None else Refusal(f"it is {state}, so there is nothing to {command}")
