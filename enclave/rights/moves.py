"""Which act moves a case where, and who may do it. The one place that knows; the store holds the rule of two again.

The one thing to know before changing this: whatever opens the vault, decides a case or says who somebody is takes a
second person, in another role than the first. A person who has both roles is still one person.
"""

from collections.abc import Container, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Final

from enclave.outputs.duties import MAY, Duty
from enclave.people import Role
from enclave.rights.cases import (
    OVER,
    CaseId,
    CaseKind,
    CaseRecord,
    CaseState,
    Command,
    Outcome,
    Step,
)
from enclave.rights.clock import MONTHS, MONTHS_EXTENDED, due_on
from enclave.terms import PersonId

OFFICERS: Final = MAY[Duty.ASK_FOR_A_UNIT]
ANSWER: Final = MAY[Duty.ANSWER_CASES]
SECOND: Final = MAY[Duty.CONFIRM_VAULT]
KEEPERS: Final = MAY[Duty.READ_PAPERS]
FRESH: Final = frozenset({Command.VERIFY, Command.ALLOW_LOOKUP, Command.CONFIRM})
"""Acts that need a sign-in of a few minutes ago."""
BY: Final = {
    Command.OPEN: ANSWER | OFFICERS,
    Command.VERIFY: SECOND,
    Command.ASK_LOOKUP: MAY[Duty.OPEN_VAULT] | OFFICERS,
    Command.ALLOW_LOOKUP: SECOND,
    Command.PROPOSE: ANSWER,
    Command.CONFIRM: SECOND,
    Command.DECLINE: KEEPERS,
    Command.EXTEND: ANSWER,
    Command.CLOSE: ANSWER | OFFICERS,
}
SECOND_TO: Final = {
    Command.VERIFY: Command.OPEN,
    Command.ALLOW_LOOKUP: Command.ASK_LOOKUP,
    Command.CONFIRM: Command.PROPOSE,
}
"""Acts that take another person, in another role, than the act before them."""
FROM: Final = {
    Command.VERIFY: {CaseState.RECEIVED},
    Command.ASK_LOOKUP: {CaseState.VERIFIED, CaseState.NOT_FOUND},
    Command.ALLOW_LOOKUP: {CaseState.LOOKUP_ASKED},
    Command.CONFIRM: {CaseState.PROPOSED},
    Command.DECLINE: {CaseState.LOOKUP_ASKED, CaseState.PROPOSED},
    Command.EXTEND: set(CaseState) - OVER,
    Command.CLOSE: {CaseState.DECIDED},
}
DEMAND_SAYS: Final = {"authority", "basis"}
"""What everybody reads of a demand."""
GIVING: Final = frozenset({Outcome.GRANTED, Outcome.PARTLY})
BEFORE_A_DECISION: Final = frozenset(
    {CaseState.RECEIVED, CaseState.VERIFIED, CaseState.FOUND, CaseState.NOT_FOUND}
)


@dataclass(frozen=True, slots=True)
class Actor:
    """Somebody who acts.

    Attributes:
        clusters: those (schools) for which they are a data officer.
        lacks: what is wrong with their standing now.
        fresh: they signed in a few minutes ago.
    """

    person: PersonId
    roles: frozenset[Role]
    clusters: frozenset[str]
    lacks: tuple[str, ...]
    fresh: bool


@dataclass(frozen=True, slots=True)
class Order:
    """What somebody wants to do, with the names of the texts that they gave for it."""

    command: Command
    given: frozenset[str] = frozenset()
    outcome: Outcome | None = None


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why not, in a sentence.

    Attributes:
        hidden: not even that the case is there is for this person to know.
        stale: they have to sign in again.
        stands: the case stands in the way, or what was said with the act; not who acts.
    """

    reason: str
    stands: bool = False
    hidden: bool = False
    stale: bool = False


@dataclass(frozen=True, slots=True)
class NewCase:
    """A request as it came."""

    id: CaseId
    kind: CaseKind
    through: str
    on_behalf: bool
    received_on: date
    public: Mapping[str, str] = field(default_factory=dict)


def open_case(
    new: NewCase, by: Actor, *, today: date, at: datetime, bank_holidays: Container[date]
) -> CaseRecord | Refusal:
    """The clock runs from the day on which the request came, which may not lie ahead."""
    directly = ANSWER if new.kind is CaseKind.DEMAND or not new.through else OFFICERS
    role = _role(by, directly, besides=None)
    if role is None:
        return Refusal("your role does not receive such requests")
    if by.lacks:
        return Refusal("; ".join(by.lacks))
    if new.through and new.through not in by.clusters:
        return Refusal("requests are handed in through one's own only")
    if (new.kind is CaseKind.DEMAND) != (set(new.public) == DEMAND_SAYS):
        return Refusal("a demand, and nothing else, says whose it is and by what law", stands=True)
    if new.received_on > today:
        return Refusal("the day on which it was received lies ahead", stands=True)
    step = Step(at, by.person, role, Command.OPEN, CaseState.RECEIVED)
    due = due_on(new.received_on, months=MONTHS, bank_holidays=bank_holidays)
    return CaseRecord(
        id=new.id,
        kind=new.kind,
        state=CaseState.RECEIVED,
        through=new.through,
        on_behalf=new.on_behalf,
        received_on=new.received_on,
        due_on=due,
        extended=False,
        outcome=None,
        steps=(step,),
        sealed=b"",
        public=new.public,
    )


def may_read(case: CaseRecord, by: Actor) -> bool:
    """Stewards and overseers read every case; a data officer those that came through what they are an officer of."""
    return bool(by.roles & MAY[Duty.READ_CASES]) or _own(case, by)


def may_read_papers(case: CaseRecord, by: Actor) -> bool:
    """Who handles a case reads what is personal in it; who oversees does not."""
    return bool(by.roles & KEEPERS) or _own(case, by)


def _own(case: CaseRecord, by: Actor) -> bool:
    return bool(by.roles & OFFICERS) and case.through in by.clusters


def move(
    case: CaseRecord,
    order: Order,
    by: Actor,
    *,
    today: date,
    at: datetime,
    bank_holidays: Container[date],
    found: bool = False,
) -> CaseRecord | Refusal:
    """The case after the act. `found`: for a look-up, whether it found just one person."""
    if not may_read(case, by):
        return Refusal("there is no such case", hidden=True)
    refusal = _not_now(case, order, today) or _incomplete(case, order)
    if refusal is not None:
        return refusal
    role = _in_which_role(case, order.command, by)
    if isinstance(role, Refusal):
        return role
    if by.lacks:
        return Refusal("; ".join(by.lacks))
    if order.command in FRESH and not by.fresh:
        return Refusal("it needs a sign-in of a few minutes ago", stale=True)
    state = _next(case, order, found=found)
    step = Step(at, by.person, role, order.command, state)
    moved = replace(case, state=state, steps=(*case.steps, step))
    if order.command is Command.EXTEND:
        later = due_on(case.received_on, months=MONTHS_EXTENDED, bank_holidays=bank_holidays)
        return replace(moved, due_on=later, extended=True)
    if order.command is Command.PROPOSE:
        return replace(moved, outcome=order.outcome)
    if order.command is Command.DECLINE and case.state is CaseState.PROPOSED:
        return replace(moved, outcome=None)
    return replace(moved, sealed=b"") if order.command is Command.CLOSE else moved


def offered(case: CaseRecord, by: Actor, *, today: date) -> frozenset[Command]:
    """What this person may do with the case as it stands. A stale sign-in hinders nothing: it can be made anew."""
    if by.lacks or not may_read(case, by):
        return frozenset()
    return frozenset(
        command
        for command in BY
        if _not_now(case, Order(command, outcome=Outcome.REFUSED), today) is None
        and not isinstance(_in_which_role(case, command, by), Refusal)
    )


def _in_which_role(case: CaseRecord, command: Command, by: Actor) -> Role | Refusal:
    """Another person, in another role, than whoever did the act before, where it takes two."""
    second = SECOND_TO.get(command)
    first = None if second is None else case.last(second)
    if first is not None and first.by == by.person:
        return Refusal("it takes a second person")
    role = _role(by, BY[command], besides=None if first is None else first.role)
    if role is None:
        return Refusal("it takes somebody in another role" if first else "your role does not do this")
    return role


def _not_now(case: CaseRecord, order: Order, today: date) -> Refusal | None:
    """Where the case stands in the way."""
    if order.command is Command.OPEN:
        return Refusal("it is open already", stands=True)
    if order.command is Command.PROPOSE:
        return _no_proposal(case, order)
    if case.state not in FROM[order.command]:
        return Refusal(f"the case is {case.state}", stands=True)
    if case.kind is CaseKind.DEMAND and order.command in (
        Command.VERIFY,
        Command.ASK_LOOKUP,
        Command.EXTEND,
    ):
        return Refusal("a demand is decided and published; nobody is looked up for it", stands=True)
    if order.command is Command.EXTEND:
        if case.extended:
            return Refusal("it was extended before", stands=True)
        if today > case.due_on:
            return Refusal("the month is over", stands=True)
    return None


def _no_proposal(case: CaseRecord, order: Order) -> Refusal | None:
    if order.outcome is None:
        return Refusal("a proposal says what is to become of the case", stands=True)
    if case.state not in BEFORE_A_DECISION:
        return Refusal(f"the case is {case.state}", stands=True)
    looked_up = case.kind is CaseKind.DEMAND or case.state is CaseState.FOUND
    if order.outcome in GIVING and not looked_up:
        return Refusal("nothing is granted before the person was verified and found", stands=True)
    return None


def _incomplete(case: CaseRecord, order: Order) -> Refusal | None:
    """What has to be said with the act."""
    needed = {
        Command.VERIFY: ["identity", *(["responsibility", "maturity"] if case.on_behalf else [])],
        Command.ASK_LOOKUP: ["criteria"],
        Command.PROPOSE: ["reason"],
        Command.DECLINE: ["reason"],
        Command.EXTEND: ["reason"],
    }.get(order.command, [])
    missing = [name for name in needed if name not in order.given]
    return Refusal(f"it has to say: {', '.join(missing)}", stands=True) if missing else None


def _next(case: CaseRecord, order: Order, *, found: bool) -> CaseState:
    match order.command:
        case Command.VERIFY:
            return CaseState.VERIFIED
        case Command.ASK_LOOKUP:
            return CaseState.LOOKUP_ASKED
        case Command.ALLOW_LOOKUP:
            return CaseState.FOUND if found else CaseState.NOT_FOUND
        case Command.PROPOSE:
            return CaseState.PROPOSED
        case Command.CONFIRM:
            return CaseState.DECIDED
        case Command.DECLINE:
            return _before(case)
        case Command.CLOSE:
            return CaseState.CLOSED
        case _:
            return case.state


def _before(case: CaseRecord) -> CaseState:
    """Where the case was when it came to where it is."""
    return next(step.state for step in reversed(case.steps) if step.state is not case.state)


def _role(by: Actor, allowed: frozenset[Role], *, besides: Role | None) -> Role | None:
    """The role in which somebody acts. Limit: with several that would do it is the first by name."""
    return next(iter(sorted((by.roles & allowed) - {besides})), None)
