"""The release workflow as one pure function: what an order makes of an output, or why it is refused.

`act(case, order, who, world, now)` holds everything that decides: who may, in which state, bound to what, and when
enough have agreed. The actions gather facts, call it inside their transaction, and write what it gave. It is checked by
walking every state that a few people can bring a few items into: no way leads to a release without k different,
independent people who approved of just what is released.

The one thing to know before changing this: whoever counts votes counts people (`agreed`), of this round, bound to what
there is now. Everything else (claims, tallies, states) only says when to count.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import assert_never

from enclave.outputs.due import Facts, due
from enclave.outputs.permissions import Act, Decision, Thing, Who, may
from enclave.outputs.states import KEPT, Command, Event, State, Verdict, move
from enclave.outputs.votes import claim_holds, decided, tally
from enclave.terms import OrganisationId, PersonId


@dataclass(frozen=True, slots=True)
class Ballot:
    """One vote of the present round. `seal` names all that it was given on; `carried`: it is from an earlier round."""

    person: PersonId
    organisation: OrganisationId
    verdict: Verdict
    seal: str
    adjudicates: bool = False
    carried: bool = False


@dataclass(frozen=True, slots=True)
class Claim:
    """Somebody has taken the item in the present round, and is waited for until it lapses."""

    person: PersonId
    at: datetime


@dataclass(frozen=True, slots=True)
class Case:
    """An output, as far as decisions on it go.

    Attributes:
        seal: of the table, the SQL, the policy, the data version and the risk report that there are now.
        thing: whose it is: members, parties and their organisations.
        moved_at: when anything last happened to it.
        revoking: who wants it taken back, and since when.
        blocked: its report says that it cannot be approved as it is.
        seeded: known to be bad, and put in to test checkers.
        replaced: a newer release stands in its place.
        overdue: it is on record that nobody agreed in time to its suspension.
    """

    state: State
    k: int
    seal: str
    thing: Thing
    moved_at: datetime
    round: int = 1
    ballots: tuple[Ballot, ...] = ()
    claims: tuple[Claim, ...] = ()
    revoking: Claim | None = None
    blocked: bool = False
    seeded: bool = False
    replaced: bool = False
    overdue: bool = False


@dataclass(frozen=True, slots=True)
class Rules:
    """What the house sets."""

    claim_lapses_after_hours: int = 24
    cosign_within_hours: int = 24
    expires_after_idle_days: int = 60


@dataclass(frozen=True, slots=True)
class World:
    """What is around an output now: whether its project is over, why it may not leave, how many checkers it needs.

    `gone`: a field that it was asked by means of is there no more.
    """

    rules: Rules = Rules()
    over: bool = False
    lapses: tuple[str, ...] = ()
    checkers_now: int = 0
    gone: bool = False


@dataclass(frozen=True, slots=True)
class Order:
    """What somebody wants done. With a verdict where it is a vote, on what `seal` names."""

    act: Act
    verdict: Verdict | None = None
    seal: str = ""


class Ground(StrEnum):
    """The kind of a refusal."""

    PERSON = "person"  # they may not
    STATE = "state"  # not now
    STALE = "stale"  # not on what is there now
    VOTED = "voted"
    BLOCKED = "blocked"
    TOO_FEW = "too few"  # not even with this decision
    SAME_PERSON = "same person"


@dataclass(frozen=True, slots=True)
class Refused:
    """Why an order is not followed. `decision` says more where it is for who gives it."""

    ground: Ground
    reason: str
    decision: Decision | None = None


def act(
    case: Case, order: Order | Command, who: Who | None, world: World, *, now: datetime
) -> Case | Refused:
    """What the order makes of the case. People give orders; the system (None) makes the moves that are due."""
    if isinstance(order, Command):
        assert who is None, "people give orders"
        return _by_itself(case, order, world, now=now)
    assert who is not None, "an order is given by somebody"
    allowed = may(who, order.act, replace(case.thing, voters=voters(case)))
    if not allowed.allowed:
        return Refused(Ground.PERSON, allowed.reason, allowed)
    return _by_person(case, order, who, world, now=now)


def voters(case: Case) -> frozenset[PersonId]:
    """Who voted in this round, or whose vote still stands from an earlier one."""
    return frozenset(ballot.person for ballot in case.ballots if not ballot.adjudicates)


def agreed(case: Case) -> frozenset[PersonId]:
    """Who approved of just what there is now, and has no interest in it. A senior's decision is one more person's."""
    return frozenset(
        ballot.person
        for ballot in case.ballots
        if ballot.verdict is Verdict.APPROVE and ballot.seal == case.seal and _is_free(ballot, case.thing)
    )


def facts_of(case: Case, world: World, *, now: datetime) -> Facts:
    """What decides which move is due."""
    votes = tuple(ballot for ballot in case.ballots if not ballot.adjudicates)
    rules = world.rules
    revoked_at = None if case.revoking is None else case.revoking.at
    return Facts(
        state=case.state,
        votes=tuple(ballot.verdict for ballot in votes),
        needed=case.k,
        awaited=len(awaited(case, world, now=now)),
        over=world.over,
        lapses=world.lapses,
        checkers_now=max(world.checkers_now, case.k),
        bound=all(ballot.seal == case.seal for ballot in case.ballots),
        upheld=any(ballot.adjudicates and ballot.verdict is Verdict.APPROVE for ballot in case.ballots),
        agreed=len(agreed(case)),
        overtaken=world.gone and bool(case.ballots),
        fresh=any(not ballot.carried for ballot in votes),
        idle=now >= case.moved_at + timedelta(days=rules.expires_after_idle_days),
        replaced=case.replaced,
        cosign_due=revoked_at is not None and now >= revoked_at + timedelta(hours=rules.cosign_within_hours),
        noted=case.overdue,
        seeded=case.seeded,
    )


def awaited(case: Case, world: World, *, now: datetime) -> frozenset[PersonId]:
    """Who has taken the item, has not voted afresh, and is still waited for."""
    spoken = {ballot.person for ballot in case.ballots if not ballot.adjudicates}
    hours = world.rules.claim_lapses_after_hours
    return frozenset(
        claim.person
        for claim in case.claims
        if claim.person not in spoken and claim_holds(claim.at, now=now, lapses_after_hours=hours)
    )


def _by_itself(case: Case, command: Command, world: World, *, now: datetime) -> Case | Refused:
    """A move is made by itself only when it is the one that is due."""
    if due(facts_of(case, world, now=now)) is not command:
        return Refused(Ground.STATE, f"{command} is not due")
    moved = _moved(case, command, now=now)
    if isinstance(moved, Refused):
        return moved
    return replace(
        moved, k=max(case.k, world.checkers_now), overdue=case.overdue or command is Command.OVERDUE
    )


def _by_person(case: Case, order: Order, who: Who, world: World, *, now: datetime) -> Case | Refused:
    match order.act:
        case Act.CLAIM:
            return _claim(case, who, now=now)
        case Act.VOTE:
            return _vote(case, order, who, world, now=now)
        case Act.ADJUDICATE:
            return _adjudicate(case, order, who, now=now)
        case Act.ASK_RELEASE:
            return _ask(case, now=now)
        case Act.WITHDRAW:
            return _moved(case, Command.WITHDRAW, now=now)
        case Act.SUPERSEDE:
            moved = _moved(case, Command.SUPERSEDE, now=now)
            return moved if isinstance(moved, Refused) else replace(moved, replaced=True)
        case Act.REVOKE | Act.SUSPEND:
            return _take_back(case, order.act, who, now=now)
        case Act.CONFIRM_REVOCATION | Act.KEEP:
            return _answer(case, order.act, who, now=now)
        case Act.ASK | Act.READ | Act.DOWNLOAD | Act.CANCEL | Act.LOOK | Act.COMMENT:
            return Refused(Ground.STATE, f"to {order.act} moves nothing")
        case Act.READ_QUEUE | Act.READ_FIGURES | Act.READ_REVIEW:
            return Refused(Ground.STATE, f"to {order.act} moves nothing")
    assert_never(order.act)


def _claim(case: Case, who: Who, *, now: datetime) -> Case | Refused:
    if who.person in voters(case):
        return Refused(Ground.VOTED, "you have voted on it in this round; a vote is not changed")
    others = tuple(claim for claim in case.claims if claim.person != who.person)
    moved = _moved(case, Command.CLAIM, now=now)
    return moved if isinstance(moved, Refused) else replace(moved, claims=(*others, Claim(who.person, now)))


def _vote(case: Case, order: Order, who: Who, world: World, *, now: datetime) -> Case | Refused:
    if who.person in voters(case):
        return Refused(Ground.VOTED, "you have voted on it in this round; a vote is not changed")
    if isinstance(wrong := _wrong_vote(case, order), Refused):
        return wrong
    assert order.verdict is not None, "a vote says what it is"
    own = Ballot(who.person, who.organisation, order.verdict, order.seal)
    with_it = replace(case, ballots=(*case.ballots, own))
    facts = facts_of(with_it, world, now=now)
    return _moved(with_it, tally(facts.votes, needed=case.k, awaited=facts.awaited), now=now)


def _adjudicate(case: Case, order: Order, who: Who, *, now: datetime) -> Case | Refused:
    if case.state is not State.DISPUTED:
        return Refused(Ground.STATE, "it is not disputed, so there is nothing to decide")
    if isinstance(wrong := _wrong_vote(case, order), Refused):
        return wrong
    assert order.verdict is not None, "a decision says what it is"
    own = Ballot(who.person, who.organisation, order.verdict, order.seal, adjudicates=True)
    with_it = replace(case, ballots=(*case.ballots, own))
    if order.verdict is Verdict.APPROVE and len(agreed(with_it)) < case.k:
        words = f"{case.k} people have to approve, and with you it were {len(agreed(with_it))}"
        return Refused(Ground.TOO_FEW, f"{words}: return it, or reject it")
    return _moved(with_it, decided(order.verdict), now=now)


def _wrong_vote(case: Case, order: Order) -> Refused | None:
    if order.seal != case.seal:
        return Refused(Ground.STALE, "it is not what you have seen")
    if case.blocked and order.verdict is Verdict.APPROVE:
        return Refused(
            Ground.BLOCKED, "it is blocked, so it cannot be approved as it is: return it, or reject it"
        )
    return None


def _ask(case: Case, *, now: datetime) -> Case | Refused:
    """To checkers, the first time or again. What was approved and is untouched stays approved; whoever objected is
    waited for, as if they had taken the item, and somebody has to look at it anew in any case."""
    if case.state not in KEPT:
        return _moved(case, Command.ASK, now=now)
    asked = _moved(case, Command.ASK_AGAIN, now=now)
    if isinstance(asked, Refused):
        return asked
    return replace(asked, ballots=tuple(carried(case)), claims=tuple(objectors(case, now=now)))


def carried(case: Case) -> Iterable[Ballot]:
    """The approvals that stand when the item is asked for again: each is bound to just what is there."""
    for ballot in case.ballots:
        if not ballot.adjudicates and ballot.person in agreed(case):
            yield replace(ballot, carried=True)


def objectors(case: Case, *, now: datetime) -> Iterable[Claim]:
    """Who wanted it back, voters and whoever decided between them."""
    for ballot in case.ballots:
        if ballot.verdict is not Verdict.APPROVE and _is_free(ballot, case.thing):
            yield Claim(ballot.person, now)


def _take_back(case: Case, act: Act, who: Who, *, now: datetime) -> Case | Refused:
    command = Command.SUSPEND if act is Act.SUSPEND else Command.ASK_REVOCATION
    moved = _moved(case, command, now=now)
    return (
        moved
        if isinstance(moved, Refused)
        else replace(moved, revoking=Claim(who.person, now), overdue=False)
    )


def _answer(case: Case, act: Act, who: Who, *, now: datetime) -> Case | Refused:
    """A second person agrees that it is taken back, or not. Whoever asked may change their mind before it happened."""
    own = case.revoking is not None and case.revoking.person == who.person
    if own and (act is Act.CONFIRM_REVOCATION or case.state is State.SUSPENDED):
        return Refused(Ground.SAME_PERSON, "it takes a second person: you are the first")
    if act is Act.KEEP:
        kept = _moved(case, Command.KEEP, now=now)
        return kept if isinstance(kept, Refused) else replace(kept, revoking=None)
    return _moved(case, Command.REVOKE, now=now)


def _moved(case: Case, command: Command, *, now: datetime) -> Case | Refused:
    event = move(case.state, command)
    if not isinstance(event, Event):
        return Refused(Ground.STATE, event.reason)
    moved = replace(case, state=event.to, moved_at=now)
    return replace(moved, round=case.round + 1, ballots=(), claims=()) if event.new_round else moved


def _is_free(ballot: Ballot, thing: Thing) -> bool:
    """Whether whoever voted still has no interest: by person and by organisation."""
    interested = thing.members | thing.parties | (frozenset() if thing.asked_by is None else {thing.asked_by})
    return ballot.person not in interested and ballot.organisation not in thing.organisations
