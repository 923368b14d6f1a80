"""Walks every state that a few people can bring a few items into, breadth first, each state once.

The workflow under test is `enclave.outputs.workflow.act` itself, with the moves that are due by `due`. What it must
never do is written here anew, from the ballots that people cast in the walk: not from what the workflow keeps.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Final

from enclave.outputs.due import due
from enclave.outputs.permissions import Act, Thing, Who
from enclave.outputs.states import Command, State, Verdict
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
DAY: Final = timedelta(days=1)
THING: Final = Thing(
    PROJECT, frozenset({NORTH}), frozenset({ASKER}), frozenset({ASKER}), frozenset({ASKER}), ASKER
)


@dataclass(frozen=True, slots=True)
class Cast:
    """Somebody's approval as it really happened: on what, and for which item."""

    item: int
    person: PersonId
    seal: str


@dataclass(frozen=True, slots=True)
class Walk:
    """One state of the world: the items, what is around them, and what people really did to come here.

    Attributes:
        cases: the items.
        hours: how late it is.
        seals: what each item really is: the number rises whenever its table, SQL or policy changes.
        casts: every approval that was ever given.
        lapsed: the licence of the project is not in force.
    """

    cases: tuple[Case, ...]
    hours: int = 0
    seals: tuple[int, ...] = ()
    casts: frozenset[Cast] = frozenset()
    lapsed: bool = False

    @property
    def now(self) -> datetime:
        return NOON + timedelta(hours=self.hours)

    @property
    def world(self) -> World:
        return World(lapses=("the licence lapsed",) if self.lapsed else ())


Step = Callable[[Walk], Walk | None]


@dataclass(slots=True)
class Seen:
    """What a walk saw. `wrong` is what must never be."""

    states: int = 0
    steps: int = 0
    reached: set[State] = field(default_factory=set)
    wrong: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Model:
    """Who plays, with how many items, and how many approvals each needs. `act` can be broken on purpose."""

    people: tuple[PersonId, ...] = (ASKER, ONE, TWO, SENIOR)
    items: int = 1
    k: int = 2
    act: Callable[..., Case | Refused] = ACT
    times: int = 2
    """How often a day passes, a table changes or a licence lapses, each, at most."""


def walk(model: Model, *, depth: int) -> Seen:
    """Every state within so many steps of an item that was just asked for."""
    seen, steps = Seen(), tuple(_steps(model))
    first = Walk(tuple(_asked(model) for _ in range(model.items)), seals=(0,) * model.items)
    frontier, known = [first], {_canonical(first)}
    for _ in range(depth):
        following = []
        for state in frontier:
            for step in steps:
                after = step(state)
                seen.steps += 1
                if after is None:
                    continue
                seen.wrong += _wrong(state, after, model)
                form = _canonical(after)
                if form not in known:
                    known.add(form)
                    following.append(after)
        frontier = following
    seen.states = len(known)
    seen.reached = {case.state for state in known for case in state.cases}
    return seen


def _asked(model: Model) -> Case:
    return Case(State.QUEUED, model.k, "0", THING, NOON)


def _steps(model: Model) -> Iterator[Step]:
    for item in range(model.items):
        for person in model.people:
            yield from _orders(model, item, person)
        for command in Command:
            yield lambda state, item=item, command=command: _due(model, state, item, command)  # type: ignore[misc]
        yield lambda state, item=item: _changed(state, item, model)  # type: ignore[misc]
    yield lambda state: replace(state, hours=state.hours + 25) if state.hours < 25 * model.times else None
    yield lambda state: replace(state, lapsed=not state.lapsed)


def _orders(model: Model, item: int, person: PersonId) -> Iterator[Step]:
    plain = [Act.ASK_RELEASE, Act.WITHDRAW, Act.CLAIM, Act.SUPERSEDE, Act.REVOKE, Act.SUSPEND]
    orders: list[tuple[Act, Verdict | None]] = [(one, None) for one in plain]
    orders += [(Act.CONFIRM_REVOCATION, None), (Act.KEEP, None)]
    orders += [(one, verdict) for one in (Act.VOTE, Act.ADJUDICATE) for verdict in VERDICTS]
    for asked, verdict in orders:
        yield lambda state, asked=asked, verdict=verdict: _order(  # type: ignore[misc]
            model, state, item, person, asked, verdict, stale=False
        )
    for asked in (Act.VOTE, Act.ADJUDICATE):
        yield lambda state, asked=asked: _order(  # type: ignore[misc]
            model, state, item, person, asked, Verdict.APPROVE, stale=True
        )


VERDICTS: Final = (Verdict.APPROVE, Verdict.RETURN)
"""To reject is to return without another round: the walk leaves it out."""


def _order(
    model: Model,
    state: Walk,
    item: int,
    person: PersonId,
    asked: Act,
    verdict: Verdict | None,
    *,
    stale: bool,
) -> Walk | None:
    case, seal = state.cases[item], state.seals[item] - stale
    if seal < 0:
        return None
    after = model.act(case, Order(asked, verdict, str(seal)), _who(person, state), state.world, now=state.now)
    if isinstance(after, Refused):
        return None
    casts = state.casts
    if verdict is Verdict.APPROVE:
        casts |= {Cast(item, person, str(seal))}
    return replace(_with(state, item, after), casts=casts)


def _due(model: Model, state: Walk, item: int, command: Command) -> Walk | None:
    case = state.cases[item]
    if due(facts_of(case, state.world, now=state.now)) is not command:
        return None
    after = model.act(case, command, None, state.world, now=state.now)
    return None if isinstance(after, Refused) else _with(state, item, after)


def _changed(state: Walk, item: int, model: Model) -> Walk | None:
    """Another table, SQL, policy, data version or report: what was voted on is not what there is any more."""
    number = state.seals[item] + 1
    if number >= model.times or state.cases[item].state in RELEASES:
        return None
    seals = (*state.seals[:item], number, *state.seals[item + 1 :])
    return replace(_with(state, item, replace(state.cases[item], seal=str(number))), seals=seals)


RELEASES: Final = frozenset(
    {State.RELEASED, State.REVOCATION_ASKED, State.SUSPENDED, State.SUPERSEDED, State.REVOKED}
)


def _with(state: Walk, item: int, case: Case) -> Walk:
    return replace(state, cases=(*state.cases[:item], case, *state.cases[item + 1 :]))


def _who(person: PersonId, state: Walk) -> Who:
    organisation = CHECKING if person in (ONE, TWO, SENIOR) else NORTH
    return Who(person, organisation, ROLES[person], (), frozenset(), state.now, state.now)


def _wrong(before: Walk, after: Walk, model: Model) -> Iterator[str]:
    """What a step may never do, told from what people really did."""
    for item, (old, new) in enumerate(zip(before.cases, after.cases, strict=True)):
        if new.state in RELEASES and old.state not in RELEASES:
            real = {
                cast.person
                for cast in after.casts
                if cast.item == item
                and cast.seal == str(after.seals[item])
                and cast.person in (ONE, TWO, SENIOR)
            }
            if len(real) < model.k:
                yield f"item {item} was released on the approvals of {sorted(real)}"
            if after.lapsed:
                yield f"item {item} was released without a licence"
        if new.state is State.REVOKED and old.state is not State.REVOKED and old.revoking is None:
            yield f"item {item} was revoked, and nobody had asked for it"


def _canonical(state: Walk) -> Walk:
    """The state without what makes no difference: when something happened, but for what time still decides."""
    day = 25
    cases = tuple(
        replace(
            case,
            moved_at=NOON,
            round=1,
            ballots=tuple(sorted(case.ballots, key=lambda ballot: (ballot.person, ballot.adjudicates))),
            claims=tuple(
                sorted(
                    (claim for claim in case.claims if state.now - claim.at < DAY), key=lambda one: one.person
                )
            ),
        )
        for case in state.cases
    )
    del day
    live = frozenset(cast for cast in state.casts if cast.seal == str(state.seals[cast.item]))
    return replace(state, cases=cases, casts=live)
