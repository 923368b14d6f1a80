"""What a checker sees of an item, and what they do not: how others voted, before all are in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final, TypeAlias

from enclave.outputs.hashes import Hashes
from enclave.outputs.records import ClaimRecord, OutputId, OutputRecord, ReviewRecord
from enclave.outputs.states import State
from enclave.outputs.votes import claim_holds
from enclave.outputs.working_time import is_working_day
from enclave.terms import PersonId, ProjectId

Json: TypeAlias = dict[str, Any]
VOTING: Final = frozenset({State.QUEUED, State.IN_REVIEW})


@dataclass(frozen=True, slots=True)
class VoteView:
    """A vote that may be seen: one's own, or any once all are in."""

    reviewer: PersonId
    verdict: str
    comment: str
    at: datetime
    adjudicates: bool

    def as_json(self) -> Json:
        return {
            "reviewer": self.reviewer,
            "verdict": self.verdict,
            "comment": self.comment,
            "at": self.at.isoformat(),
            "adjudicates": self.adjudicates,
        }


@dataclass(frozen=True, slots=True)
class QueueItem:
    """An item that waits for checkers, for one who may look at it."""

    output: OutputId
    project: ProjectId
    project_title: str
    name: str
    state: str  # queued, in review or disputed
    votes: int
    needed: int
    voted: bool  # by this checker
    to_look_at: int
    asked_at: datetime
    due_on: date

    def as_json(self) -> Json:
        return {
            "output": self.output,
            "project": self.project,
            "project_title": self.project_title,
            "name": self.name,
            "state": self.state,
            "votes": self.votes,
            "k": self.needed,
            "voted": self.voted,
            "to_look_at": self.to_look_at,
            "asked_at": self.asked_at.isoformat(),
            "due": self.due_on.isoformat(),
        }


@dataclass(frozen=True, slots=True, repr=False)
class ReviewView:
    """All that a checker decides on. `table` is the protected one, as it would be released."""

    output: OutputId
    etag: str
    project: ProjectId
    project_title: str
    public_summary: str
    name: str
    why: str
    asked_by: PersonId
    asked_at: datetime
    state: str
    round: int
    needed: int
    votes_in: int
    votes: tuple[VoteView, ...]
    sql: str
    table: Json
    report: Mapping[str, Any]
    to_look_at: tuple[str, ...]
    hashes: Hashes
    ends: Mapping[str, int]  # of the project's queries, by code: such ends can tell of the data
    earlier: tuple[OutputId, ...]  # released to the project before

    def as_json(self) -> Json:
        return {
            "output": self.output,
            "project": self.project,
            "project_title": self.project_title,
            "public_summary": self.public_summary,
            "name": self.name,
            "why": self.why,
            "asked_by": self.asked_by,
            "asked_at": self.asked_at.isoformat(),
            "state": self.state,
            "round": self.round,
            "k": self.needed,
            "votes_in": self.votes_in,
            "votes": [vote.as_json() for vote in self.votes],
            "sql": self.sql,
            "table": self.table,
            "report": dict(self.report),
            "to_look_at": list(self.to_look_at),
            "hashes": dict(self.hashes.as_json()),
            "seal": self.hashes.seal,
            "ends": dict(self.ends),
            "earlier_releases": list(self.earlier),
        }

    def __repr__(self) -> str:
        return f"<ReviewView of {self.output}>"


def present(output: OutputRecord, reviews: Sequence[ReviewRecord]) -> tuple[ReviewRecord, ...]:
    """The votes of the present round, decisions of disputes left out."""
    return tuple(review for review in reviews if review.round == output.round and not review.adjudicates)


def visible_votes(
    output: OutputRecord, reviews: Sequence[ReviewRecord], *, viewer: PersonId
) -> tuple[VoteView, ...]:
    """One's own votes; everybody's only when the item is decided or disputed. Blind while any vote is awaited."""
    blind = output.state in VOTING
    seen = [review for review in reviews if not blind or review.reviewer == viewer]
    return tuple(
        VoteView(review.reviewer, review.verdict, review.comment, review.at, review.adjudicates)
        for review in seen
    )


def awaited(
    output: OutputRecord,
    reviews: Sequence[ReviewRecord],
    claims: Sequence[ClaimRecord],
    *,
    now: datetime,
    lapses_after_hours: int,
) -> frozenset[PersonId]:
    """Who has taken the item in this round, has not voted, and is still waited for."""
    voted = {review.reviewer for review in present(output, reviews)}
    return frozenset(
        claim.person
        for claim in claims
        if claim.round == output.round
        and claim.person not in voted
        and claim_holds(claim.at, now=now, lapses_after_hours=lapses_after_hours)
    )


def due_on(asked: date, *, working_days: int, holidays: frozenset[date] = frozenset()) -> date:
    """The day by which a house means to answer: so many days on, Saturdays, Sundays and its bank holidays left out."""
    due = asked
    while working_days > 0:
        due += timedelta(days=1)
        working_days -= is_working_day(due, holidays)
    return due
