"""Ask for a finished query to be released, and take that back."""

from dataclasses import dataclass, replace

from enclave.actions.asker import Asker, Key
from enclave.actions.asking import not_found, parties_of, require, thing_of, who_asks
from enclave.actions.cases import case_of, checkers_of, followed, kept, rules_of, still_independent
from enclave.actions.check_policy import Policies
from enclave.actions.in_force import lapses, over, planned_now
from enclave.actions.kept_answers import read_report
from enclave.actions.outputs_seen import output_for, read_output_view
from enclave.actions.plan_query import Planned
from enclave.actions.releases import committed, new_output
from enclave.actions.repeats import made_before, remember
from enclave.actions.seeding import perhaps_seed
from enclave.actions.service_desk import ServiceDesk
from enclave.actions.settle_outputs import moved_to, save_moved
from enclave.actions.texts import MOST_WHY, short
from enclave.audit import Entry, Kind
from enclave.outputs.keeping import AlreadyThere, Change, Stale
from enclave.outputs.notices import Notice
from enclave.outputs.permissions import Act
from enclave.outputs.records import (
    ClaimRecord,
    OutputId,
    OutputRecord,
    QueryId,
    QueryRecord,
    QueryStatus,
    RequestId,
    ResultRecord,
)
from enclave.outputs.states import GIVEN_OUT, UNRELEASED, Command, Event, State, move
from enclave.outputs.views import OutputView
from enclave.outputs.words import WITH_CHECKERS, output_word
from enclave.outputs.workflow import Case, Order, World, act
from enclave.problems import Refusals
from enclave.problems.service import Conflict

AGAIN = frozenset({State.RETURNED, State.WITHDRAWN})
STANDS = (UNRELEASED - AGAIN) | GIVEN_OUT
"""Where asking again changes nothing: it is on its way, or released."""


def ask_release(
    asker: Asker, query_id: QueryId, why: str, desk: ServiceDesk, *, key: Key | None = None
) -> OutputView:
    """Send the answer of a query to checkers. An output that came back goes to them anew, in another round.

    Asking twice is asking once: there is one output of a query.

    Raises:
        NotFound, Forbidden.
        Conflict: there is no answer, or it may not be released any more.
    """
    before = made_before(asker, key, desk)
    if before is not None:
        return output_for(asker, OutputId(before), Act.READ, desk).view()
    try:
        return _ask(asker, query_id, short(why, most=MOST_WHY), desk, key)
    except (AlreadyThere, Stale):  # somebody asked for the same at the same moment
        return _ask(asker, query_id, short(why, most=MOST_WHY), desk, key)


def withdraw_output(asker: Asker, id: OutputId, desk: ServiceDesk) -> OutputView:
    """Take an output back before it is released. Safe to repeat.

    Raises:
        NotFound, Forbidden.
        Conflict: it is released, or has ended otherwise.
    """
    seen = output_for(asker, id, Act.WITHDRAW, desk)
    output = seen.item.output
    if output.state == State.WITHDRAWN:
        return seen.view()

    def change(opened: Change) -> None:
        now = opened.output(id)
        assert now is not None, "outputs stay"
        save_moved(opened, moved_to(now, allowed(now, Command.WITHDRAW)))

    desk.write(Entry(Kind.OUTPUT_WITHDRAWN, asker.person, output.project), change)
    return read_output_view(id, desk)


def allowed(output: OutputRecord, command: Command) -> Event:
    """The move that a command is.

    Raises:
        Conflict: there is none from where the output is, in words that do not tell what checkers do.
    """
    event = move(State(output.state), command)
    if isinstance(event, Event):
        return event
    raise Conflict(detail=f"{output.id} is {output_word(output.state)}, so it cannot be done: {command}.")


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked to leave, by whom, why, and under what; `output` is the one that there was before."""

    asker: Asker
    query: QueryRecord
    result: ResultRecord
    why: str
    policies: Policies
    output: OutputRecord | None = None

    @property
    def entry(self) -> Entry:
        objects = {
            **committed(self.query, policy_hash=self.policies.content_hash),
            "table": self.result.table,
            "report": self.result.report,
        }
        return Entry(Kind.RELEASE_ASKED, self.asker.person, self.query.project, objects)


def asked_for(asker: Asker, query_id: QueryId, why: str, desk: ServiceDesk) -> Asked:
    """What somebody asks for, if they may and there is an answer.

    Raises:
        NotFound, Forbidden, Conflict.
    """
    policies = desk.policies()
    who = who_asks(asker, policies, desk)
    with desk.records.read() as reading:
        query, output = reading.query(query_id), reading.output_of(query_id)
        result = reading.result(query_id)
    if query is None:
        raise not_found(query_id)
    require(who, Act.ASK_RELEASE, thing_of(query.project, policies, asked_by=query.person), called=query_id)
    if query.status is not QueryStatus.FINISHED or result is None:
        raise Conflict(detail=f"{query_id} is {query.status}, so there is no answer to release.")
    return Asked(asker, query, result, why, policies, output)


def checkers_for(asked: Asked, desk: ServiceDesk) -> int:
    """How many have to approve. Raises: Conflict: it may not leave any more."""
    ran_under = dict(read_report(asked.result)["rules"])
    planned = _may_leave(asked.query, ran_under, asked.policies, desk)
    return max(asked.query.route_checkers, planned.routing.route.checkers, 1)


def put_new(
    asked: Asked, checkers: int, desk: ServiceDesk, opened: Change, *, request: RequestId | None = None
) -> OutputRecord:
    """The output of a query for which there was none, on its way to checkers, who are told."""
    policies, query = asked.policies, asked.query
    new = replace(_new(asked, checkers, opened), request_id=request)
    made = opened.add_output(new, parties=parties_of(query.project, policies))
    opened.save_query(replace(query, output_id=made.id))
    case = case_of(made, opened, policies)
    seeded = perhaps_seed(query.project, policies, desk, opened)
    for id in (made.id, *([] if seeded is None else [seeded])):
        for person in checkers_of(case, policies, desk):
            opened.notify(Notice("queue.arrived", person, id, WITH_CHECKERS))
    return made


def _ask(asker: Asker, query_id: QueryId, why: str, desk: ServiceDesk, key: Key | None) -> OutputView:
    asked = asked_for(asker, query_id, why, desk)
    output = asked.output
    if output is not None and output.state in STANDS:
        return read_output_view(output.id, desk)
    checkers = checkers_for(asked, desk)

    def change(opened: Change) -> OutputRecord:
        if output is None:
            made = put_new(asked, checkers, desk, opened)
        else:
            made = _again(asked, output, checkers, desk, opened)
            opened.reserve_again(asked.query.id)
        remember(opened, asker, key, made.id)
        return made

    return read_output_view(desk.write(asked.entry, change).id, desk)


def _again(
    asked: Asked, output: OutputRecord, checkers: int, desk: ServiceDesk, opened: Change
) -> OutputRecord:
    """The output in a new round. Approvals of what is still there untouched stand; whoever objected is waited for."""
    policies = asked.policies
    opened.add_parties(output.id, parties_of(output.project, policies))
    case = case_of(output, opened, policies)
    who = who_asks(asked.asker, policies, desk)
    after = followed(act(case, Order(Act.ASK_RELEASE), who, World(rules_of(policies)), now=opened.at), output)
    made = opened.save_output(replace(kept(output, after), why=asked.why, k=max(after.k, checkers)))
    _carry(output, after, policies, desk, opened)
    return made


def _carry(before: OutputRecord, after: Case, policies: Policies, desk: ServiceDesk, opened: Change) -> None:
    """Write down which votes stand, and who is waited for: of those who may still have a say."""
    given = {review.reviewer: review for review in opened.reviews(before.id) if review.round == before.round}
    for ballot in after.ballots:
        if still_independent(ballot.person, after, policies, desk):
            opened.add_review(replace(given[ballot.person], round=after.round, carried=True))
    for claim in after.claims:
        if still_independent(claim.person, after, policies, desk):
            organisation = given[claim.person].reviewer_organisation
            opened.add_claim(ClaimRecord(before.id, after.round, claim.person, organisation, opened.at))


def _new(asked: Asked, checkers: int, opened: Change) -> OutputRecord:
    return new_output(
        opened.new_output_id(),
        asked.query,
        asked.result,
        asked.policies.in_force[asked.query.project],
        asked_by=asked.asker.person,
        why=asked.why,
        checkers=checkers,
        at=opened.at,
    )


def _may_leave(
    query: QueryRecord, ran_under: dict[str, object], policies: Policies, desk: ServiceDesk
) -> Planned:
    """The query under the policy in force now.

    Raises:
        Conflict: what it found may not leave any more.
    """
    planned = planned_now(query, policies, desk)
    reasons = lapses(query, ran_under, planned)
    if over(query.project, policies, now=desk.clock.now()):
        reasons = ("The project is at its end", *reasons)
    if reasons or isinstance(planned, Refusals):
        raise Conflict(detail=f"The answer of {query.id} may not leave now: {'; '.join(reasons)}. Ask anew.")
    return planned
