"""Walks every state that a few people can bring a few items into, breadth first, each state once.

The workflow under test is `enclave.outputs.workflow.act` itself, with the moves that are due by `due`. What it must
never do is written here anew, from the ballots that people cast in the walk: not from what the workflow keeps.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Final

from enclave.outputs.due import due
from enclave.outputs.permissions import Act, Thing, Who
from enclave.outputs.states import EVER_RELEASED as RELEASES
from enclave.outputs.states import State, Verdict
from enclave.outputs.workflow import Case, Order, Refused, World, act, facts_of
from enclave.people import Role
from enclave.terms import OrganisationId, PersonId, ProjectId

ACT = act
NOON: Final = datetime(2026, 11, 26, 12, tzinfo=UTC)
PROJECT, NORTH, CHECKING = ProjectId("P-1"), OrganisationId("north"), OrganisationId("checking")
ASKER = PersonId("asker")
ONE, TWO, SENIOR, SECOND_ACCOUNT = map(PersonId, ("one", "two", "senior", "second-account"))
ROLES: Final = {
    ASKER: frozenset({Role.RESEARCHER}),
    ONE: frozenset({Role.OUTPUT_CHECKER}),
    TWO: frozenset({Role.OUTPUT_CHECKER}),
    SENIOR: frozenset({Role.OUTPUT_CHECKER, Role.SENIOR_CHECKER}),
    SECOND_ACCOUNT: frozenset({Role.OUTPUT_CHECKER, Role.SENIOR_CHECKER}),  # of the asker's own organisation
}
LONG_AGO: Final = NOON - timedelta(days=1, hours=1)
THING: Final = Thing(
    PROJECT, frozenset({NORTH}), frozenset({ASKER}), frozenset({ASKER}), frozenset({ASKER}), ASKER
)


NOW_SEAL, OLD_SEAL = "as it is", "as it was"
CHECKERS: Final = frozenset({ONE, TWO, SENIOR})
VERDICTS: Final = (Verdict.APPROVE, Verdict.RETURN)
"""To reject is to return without another round: the walk leaves it out."""


@dataclass(frozen=True, slots=True)
class Thread:
    """One item, and who really approved of it as it is now, or objected in this round and was not decided against."""

    case: Case
    real: frozenset[PersonId] = frozenset()
    against: frozenset[PersonId] = frozenset()


@dataclass(frozen=True, slots=True)
class Walk:
    """One state of the world: the items, and whether the licence of their project has lapsed."""

    items: tuple[Thread, ...]
    lapsed: bool = False

    @property
    def world(self) -> World:
        return World(lapses=("the licence lapsed",) if self.lapsed else ())


@dataclass(slots=True)
class Seen:
    """What a walk saw. `wrong` is what must never be."""

    states: int = 0
    steps: int = 0
    depth: int = 0
    whole: bool = False
    """That nothing new was found at the end: there are no other states."""
    reached: set[State] = field(default_factory=set)
    wrong: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Model:
    """Who plays, with how many items, and how many approvals each needs. `act` can be broken on purpose."""

    people: tuple[PersonId, ...] = (ASKER, ONE, TWO, SENIOR)
    items: int = 1
    k: int = 2
    act: Callable[..., Case | Refused] = ACT


def first_of(model: Model) -> Thread:
    """An item that was just asked for."""
    return Thread(Case(State.QUEUED, model.k, NOW_SEAL, THING, NOON))


def walk(model: Model, *, depth: int) -> Seen:
    """Every state within so many steps of items that were just asked for."""
    seen = Seen()
    known = visited(model, depth=depth, seen=seen)
    seen.states = len(known)
    seen.reached = {thread.case.state for state in known for thread in state.items}
    return seen


def visited(model: Model, *, depth: int, seen: Seen | None = None) -> set[Walk]:
    """The states themselves; `seen` is told what was wrong on the way."""
    seen, orders = seen or Seen(), tuple(_orders(model))
    first = Walk((first_of(model),) * model.items)
    frontier, known = [first], {first}
    while frontier and seen.depth < depth:
        following = []
        for state in frontier:
            for after in _steps(state, model, orders, seen):
                seen.steps += 1
                if after not in known:
                    known.add(after)
                    following.append(after)
        frontier = following
        seen.depth += bool(following)
    seen.whole = not frontier
    return known


def _steps(state: Walk, model: Model, orders: Sequence[tuple[PersonId, Order]], seen: Seen) -> Iterator[Walk]:
    """What can happen next: an order, a move that is due, a change of what was voted on, a lapse, a day."""
    for number, thread in enumerate(state.items):
        for after in _judged(thread, state.world, model, orders, seen):
            yield _with(state, number, after)
    yield replace(state, lapsed=not state.lapsed)
    yield replace(state, items=tuple(map(after_a_day, state.items)))


def moves_of_one(thread: Thread, world: World, model: Model, seen: Seen) -> Iterator[Thread]:
    """What one item can do by itself in a world. `seen` is told what must never be."""
    yield from _judged(thread, world, model, tuple(_orders(model)), seen)


def _judged(
    thread: Thread, world: World, model: Model, orders: Sequence[tuple[PersonId, Order]], seen: Seen
) -> Iterator[Thread]:
    for after in _of_one(thread, world, model, orders):
        seen.wrong += _wrong(thread, after, world, model)
        yield after


def _of_one(
    thread: Thread, world: World, model: Model, orders: Sequence[tuple[PersonId, Order]]
) -> Iterator[Thread]:
    case = thread.case
    for person, order in orders:
        after = model.act(case, order, WHO[person], world, now=NOON)
        if isinstance(after, Refused):
            continue
        approves = order.verdict is Verdict.APPROVE and order.seal == NOW_SEAL
        real = thread.real | {person} if approves else thread.real
        yield _plain(after, real, _against(thread, person, order))
    command = due(facts_of(case, world, now=NOON))
    if command is not None:
        after = model.act(case, command, None, world, now=NOON)
        if not isinstance(after, Refused):
            yield _plain(after, thread.real, thread.against)
    if case.state not in RELEASES:
        yield _changed(thread)


def _against(thread: Thread, person: PersonId, order: Order) -> frozenset[PersonId]:
    if order.act is Act.ADJUDICATE:
        return frozenset()
    return thread.against | {person} if order.verdict is Verdict.RETURN else thread.against


def _changed(thread: Thread) -> Thread:
    """Another table, SQL, policy, data version or report: what was voted on is not what there is any more."""
    ballots = tuple(replace(ballot, seal=OLD_SEAL) for ballot in thread.case.ballots)
    return _plain(replace(thread.case, ballots=ballots), frozenset(), thread.against)


def after_a_day(thread: Thread) -> Thread:
    revoking = thread.case.revoking
    earlier = None if revoking is None else replace(revoking, at=LONG_AGO)
    return _plain(replace(thread.case, claims=(), revoking=earlier), thread.real, thread.against)


def _plain(case: Case, real: frozenset[PersonId], against: frozenset[PersonId]) -> Thread:
    """Without what makes no difference: the number of the round, the order of votes and claims, when it moved."""
    ballots = tuple(sorted(case.ballots, key=lambda ballot: (ballot.person, ballot.adjudicates)))
    claims = tuple(sorted(case.claims, key=lambda claim: claim.person))
    over = case.state in RELEASES
    plain = replace(
        case, moved_at=NOON, round=1, ballots=() if over else ballots, claims=() if over else claims
    )
    anew = over or case.state is State.QUEUED
    return Thread(plain, frozenset() if over else real, frozenset() if anew else against)


def _orders(model: Model) -> Iterator[tuple[PersonId, Order]]:
    plain = (Act.ASK_RELEASE, Act.WITHDRAW, Act.CLAIM, Act.SUPERSEDE, Act.REVOKE, Act.SUSPEND)
    for person in model.people:
        for asked in (*plain, Act.CONFIRM_REVOCATION, Act.KEEP):
            yield person, Order(asked)
        for asked in (Act.VOTE, Act.ADJUDICATE):
            for verdict in VERDICTS:
                yield person, Order(asked, verdict, NOW_SEAL)
            yield person, Order(asked, Verdict.APPROVE, OLD_SEAL)


def _with(state: Walk, number: int, thread: Thread) -> Walk:
    return replace(state, items=(*state.items[:number], thread, *state.items[number + 1 :]))


def _who(person: PersonId) -> Who:
    organisation = CHECKING if person in CHECKERS else NORTH
    return Who(person, organisation, ROLES[person], (), frozenset(), NOON, NOON)


WHO: Final = {person: _who(person) for person in ROLES}


def _wrong(before: Thread, after: Thread, world: World, model: Model) -> Iterator[str]:
    """What a step may never do, told from what people really did."""
    old, new = before.case.state, after.case.state
    if new in RELEASES and old not in RELEASES:
        if len(before.real & CHECKERS) < model.k:
            yield f"released on the approvals of {sorted(before.real)}"
        if before.against:
            yield f"released over the objection of {sorted(before.against)}"
        if world.lapses:
            yield "released without a licence"
    if new is State.REVOKED and old not in (State.REVOCATION_ASKED, State.SUSPENDED):
        yield f"revoked by one person, from {old}"
    if new in (State.RELEASED, State.SUPERSEDED) and old is State.REVOKED:
        yield "given out again"
