"""From what is kept to what the workflow decides on, and back: the same facts for people's orders and for due moves."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, NoReturn

from enclave.actions.asker import Asker
from enclave.actions.asking import refuse, thing_of, who_asks
from enclave.actions.check_policy import Policies
from enclave.actions.in_force import lapses, names_what_is_gone, over, planned_now
from enclave.actions.kept_answers import intact, read_report
from enclave.actions.service_desk import ServiceDesk
from enclave.audit.canonical import canonical
from enclave.disclosure.verdict import Verdict as Finding
from enclave.outputs.hashes import hashes_of, sha256
from enclave.outputs.keeping import Reading
from enclave.outputs.permissions import Act, may
from enclave.outputs.records import (
    ClaimRecord,
    CommentRecord,
    MoveRecord,
    OutputId,
    OutputRecord,
    QueryRecord,
    ResultRecord,
    ReviewRecord,
)
from enclave.outputs.states import State, Verdict
from enclave.outputs.words import output_word
from enclave.outputs.workflow import Ballot, Case, Claim, Ground, Refused, Rules, World
from enclave.people import Role
from enclave.problems import Problem, Refusals
from enclave.problems.service import Conflict, PreconditionFailed
from enclave.terms import PersonId

CHANGED: Final = "What is kept of it is not what was computed"


@dataclass(frozen=True, slots=True)
class Outline:
    """An output with its query, and without its answer.

    How large an answer is depends on the data, and so does the time that it takes to read it: where nothing of it may
    be told it is not read.
    """

    output: OutputRecord
    query: QueryRecord


@dataclass(frozen=True, slots=True)
class Item:
    """An output with what it is of."""

    output: OutputRecord
    query: QueryRecord
    result: ResultRecord


def outline_of(id: OutputId, reading: Reading) -> Outline | None:
    output = reading.output(id)
    if output is None:
        return None
    query = reading.query(output.query_id)
    assert query is not None, "an output is of a query"
    return Outline(output, query)


def whole(outline: Outline, reading: Reading) -> Item:
    """The output with its answer, which never changes."""
    output = outline.output
    result = reading.seeded_result(output.id) if output.seeded else reading.result(output.query_id)
    assert result is not None, "an output is of a result"
    return Item(output, outline.query, result)


def item_of(id: OutputId, reading: Reading) -> Item | None:
    outline = outline_of(id, reading)
    return None if outline is None else whole(outline, reading)


def case_of(
    output: OutputRecord, reading: Reading, policies: Policies, *, answer: ResultRecord | None = None
) -> Case:
    """An output as the workflow sees it, in one moment of the store and under these policies.

    `answer` is needed to approve it, and for nothing else.
    """
    reviews = reading.reviews(output.id)
    this_round = [review for review in reviews if review.round == output.round]
    thing = thing_of(output.project, policies, asked_by=output.asked_by, parties=reading.parties(output.id))
    return Case(
        state=State(output.state),
        k=output.k,
        seal=hashes_of(output, policy=policies.content_hash).seal,
        thing=thing,
        moved_at=_moved_at(output, reading.moves(output.id), reading.comments(output.id)),
        round=output.round,
        ballots=tuple(map(_ballot, this_round)),
        claims=tuple(_claims(output, reading.claims(output.id))),
        revoking=_revoking(output),
        blocked=answer is None or is_blocked(answer),
        seeded=output.seeded,
        replaced=output.superseded_by is not None,
        overdue=(output.tombstone or {}).get("confirmation") == "overdue",
    )


def is_blocked(answer: ResultRecord) -> bool:
    """Whether it cannot be approved as it is."""
    return bool(read_report(answer)["verdict"] == Finding.BLOCKED)


def rules_of(policies: Policies) -> Rules:
    asked = policies.house.reviewing
    return Rules(
        asked.claim_lapses_after_hours, asked.cosign_within_hours, asked.expires_after_idle_days
    )  # fmt: skip


def world_of(item: Item, policies: Policies, desk: ServiceDesk) -> World:
    """What is around an output now. The query is planned anew, so it is not for every order."""
    output, now = item.output, desk.clock.now()
    if over(output.project, policies, now=now):
        return World(rules_of(policies), over=True)
    planned = planned_now(item.query, policies, desk)
    found = lapses(item.query, read_report(item.result)["rules"], planned)
    return World(
        rules_of(policies),
        lapses=found if intact(item.result) else (*found, CHANGED),
        checkers_now=0 if isinstance(planned, Refusals) else planned.routing.route.checkers,
        gone=names_what_is_gone(planned),
    )


def kept(output: OutputRecord, case: Case) -> OutputRecord:
    """The record, as the workflow left the case."""
    revoking = case.revoking
    return replace(
        output,
        state=case.state,
        round=case.round,
        k=case.k,
        revocation_by=None if revoking is None else revoking.person,
        revocation_at=None if revoking is None else revoking.at,
    )


def followed(outcome: Case | Refused, output: OutputRecord) -> Case:
    """The case, if the order is followed.

    Raises:
        the problem that a refusal is.
    """
    if isinstance(outcome, Refused):
        refused(outcome, output)
    return outcome


def refused(found: Refused, output: OutputRecord) -> NoReturn:
    """The problem that a refusal is, in words that do not tell a researcher what checkers do."""
    if found.decision is not None:
        refuse(found.decision, called=output.id)
    raise _problem(found, output)


def seal_of(hashes: Iterable[tuple[str, str]]) -> str:
    """One word for hashes as somebody sent them: equal to a `Hashes.seal` only if they are the same."""
    return sha256(canonical(dict(hashes)))


def still_independent(person: PersonId, case: Case, policies: Policies, desk: ServiceDesk) -> bool:
    """Whether somebody who once voted may still have a say: a checker in good standing, without an interest."""
    found = policies.people.get(person)
    if found is None:
        return False
    who = who_asks(Asker(person, found.roles, None), policies, desk)
    return may(who, Act.CLAIM, case.thing).allowed


def checkers_of(case: Case, policies: Policies, desk: ServiceDesk, *, senior: bool = False) -> list[PersonId]:
    """Everybody who may take an item up; of the seniors alone, who may decide a dispute."""
    wanted = {Role.SENIOR_CHECKER} if senior else {Role.SENIOR_CHECKER, Role.OUTPUT_CHECKER}
    people = [person.id for person in policies.people.values() if person.roles & wanted]
    return [person for person in sorted(people) if still_independent(person, case, policies, desk)]


def _problem(found: Refused, output: OutputRecord) -> Problem:
    match found.ground:
        case Ground.STALE:
            return PreconditionFailed(
                detail=f"{output.id} is not what you have seen. Open it again, and decide on what is there now."
            )
        case Ground.STATE | Ground.PERSON:
            return Conflict(detail=f"{output.id} is {output_word(output.state)}, so this cannot be done now.")
        case Ground.VOTED | Ground.BLOCKED | Ground.TOO_FEW | Ground.SAME_PERSON:
            return Conflict(detail=f"This cannot be done with {output.id}: {found.reason}.")


def _ballot(review: ReviewRecord) -> Ballot:
    return Ballot(
        person=review.reviewer,
        organisation=review.reviewer_organisation,
        verdict=Verdict(review.verdict),
        seal=seal_of(review.hashes.items()),
        adjudicates=review.adjudicates,
        carried=review.carried,
    )


def _claims(output: OutputRecord, claims: Iterable[ClaimRecord]) -> Iterable[Claim]:
    return (Claim(claim.person, claim.at) for claim in claims if claim.round == output.round)


def _revoking(output: OutputRecord) -> Claim | None:
    if output.revocation_by is None or output.revocation_at is None:
        return None
    return Claim(output.revocation_by, output.revocation_at)


def _moved_at(
    output: OutputRecord, moves: tuple[MoveRecord, ...], comments: tuple[CommentRecord, ...]
) -> datetime:
    """When anything last happened to it: a move, or a word on it."""
    times = [output.asked_at, *(move.at for move in moves), *(comment.at for comment in comments)]
    return max(times)
