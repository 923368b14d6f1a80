"""A request of somebody about their own record, or of an authority about somebody's: what is kept of it.

What is personal in a case stands in `sealed`, which only the cabinet opens, and is emptied when the case is closed. The
rest (kind, state, days, who handled it) stays.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Final, NewType

from enclave.people import Role
from enclave.terms import PersonId

CaseId = NewType("CaseId", str)
MOST_TEXT: Final = 2_000
"""Characters of one text that a handler writes."""


class CaseKind(StrEnum):
    """What is asked for."""

    ACCESS = "access"  # a copy of all that is held, and of every use of it
    CORRECTION = "correction"
    OBJECTION = "objection"
    OPT_OUT = "opt-out"
    CONSENT = "consent"  # to uses that nobody is part of without it
    DEMAND = "demand"  # of a court or the police; answered outside, and published


class CaseState(StrEnum):
    RECEIVED = "received"
    VERIFIED = "verified"
    LOOKUP_ASKED = "look-up asked"
    FOUND = "found"
    NOT_FOUND = "not found"
    PROPOSED = "proposed"
    DECIDED = "decided"
    CLOSED = "closed"


class Command(StrEnum):
    """What a handler does with a case."""

    OPEN = "open"
    VERIFY = "verify"
    ASK_LOOKUP = "ask for the look-up"
    ALLOW_LOOKUP = "allow the look-up"
    PROPOSE = "propose"
    CONFIRM = "confirm"
    DECLINE = "decline"
    EXTEND = "extend"
    CLOSE = "close"


class Outcome(StrEnum):
    GRANTED = "granted"
    PARTLY = "granted in part"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


OVER: Final = frozenset({CaseState.DECIDED, CaseState.CLOSED})


@dataclass(frozen=True, slots=True)
class Step:
    """One act on a case: by whom, in which of their roles, and where the case was after it."""

    at: datetime
    by: PersonId
    role: Role
    command: Command
    state: CaseState


@dataclass(frozen=True, slots=True, repr=False)
class CaseRecord:
    """One case.

    Attributes:
        through: the cluster (a school) through which it came; empty when the person came directly.
        on_behalf: somebody with responsibility for a child asks, not the person themselves.
        received_on: the day from which the clock runs. It never changes.
        extended: its two more months were taken.
        sealed: what is personal, encrypted; empty once the case is closed.
        public: of a demand, whose it is and by what law; everybody reads it.
    """

    id: CaseId
    kind: CaseKind
    state: CaseState
    through: str
    on_behalf: bool
    received_on: date
    due_on: date
    extended: bool
    outcome: Outcome | None
    steps: tuple[Step, ...]
    sealed: bytes
    public: Mapping[str, str] = field(default_factory=dict)
    version: int = 1

    def last(self, command: Command) -> Step | None:
        """The newest step of this kind."""
        return next((step for step in reversed(self.steps) if step.command is command), None)

    @property
    def opened(self) -> Step:
        return self.steps[0]


@dataclass(frozen=True, slots=True)
class LookupRecord:
    """One opening of the vault: who asked, who allowed it, each in which role. The database holds them to be two."""

    id: int
    case_id: CaseId
    at: datetime
    asked_by: PersonId
    asked_role: Role
    allowed_by: PersonId
    allowed_role: Role


@dataclass(frozen=True, slots=True, repr=False)
class ExclusionRecord:
    """Somebody who objected: from the moment on, no computation that starts counts them. `sealed` says who."""

    id: int
    case_id: CaseId
    at: datetime
    sealed: bytes


@dataclass(frozen=True, slots=True)
class ConsentAsked:
    """What a request about consent is to put into the register: a consent, or the end of all of the person's."""

    purposes: tuple[str, ...]
    recipients: tuple[str, ...]
    expires_on: str | None
    withdrawn: bool = False


@dataclass(frozen=True, slots=True)
class OutputOfUse:
    """A released table for which a record was reached."""

    id: str
    title: str


@dataclass(frozen=True, slots=True, repr=False)
class Correction:
    """One value that is wrong: in which rows of the person (`where`: field -> value), and what it is to be."""

    table: str
    field: str
    where: Mapping[str, str]
    value: str | None


@dataclass(frozen=True, slots=True, repr=False)
class CorrectionRecord:
    """Corrections that were granted; the next data version has them. `sealed` says of whom, and what."""

    id: int
    case_id: CaseId
    at: datetime
    sealed: bytes
