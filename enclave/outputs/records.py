"""What is kept of queries, outputs and reviews: one frozen dataclass per kind of row. They decide nothing."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import NewType

from enclave.audit.entries import Json
from enclave.terms import OrganisationId, PersonId, ProjectId

QueryId = NewType("QueryId", str)
OutputId = NewType("OutputId", str)
RequestId = NewType("RequestId", str)


class QueryStatus(StrEnum):
    """Where a query is. `finished` says that it ran, and nothing about what it found."""

    QUEUED = "queued"
    RUNNING = "running"
    FINISHED = "finished"
    REFUSED = "refused"
    FAILED = "failed"
    CANCELLED = "cancelled"


class JobState(StrEnum):
    WAITING = "waiting"
    RUNNING = "running"
    ENDED = "ended"


class Wanted(StrEnum):
    """The route that an asker wants. Anybody may choose checkers: then some of what is hidden else is left to them."""

    ORDINARY = "ordinary"
    CHECKERS = "checkers"


@dataclass(frozen=True, slots=True)
class QueryRecord:
    """A query that was asked, refused ones too.

    `route_checkers` is 0 for the automatic route; `cells` is the size that the code lists allow, None where they do not
    say.
    """

    id: QueryId
    project: ProjectId
    person: PersonId
    sql: str
    name: str
    status: QueryStatus
    created_at: datetime
    policy_hash: str
    data_version: str
    route_checkers: int = 0
    route_reasons: tuple[str, ...] = ()
    cells: int | None = None
    problem: Mapping[str, Json] | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None
    progress: int = 0
    output_id: OutputId | None = None
    version: int = 1
    wanted: Wanted = Wanted.ORDINARY


@dataclass(frozen=True, slots=True, repr=False)
class ResultRecord:
    """The protected table of a finished query, and what was found about it. Never changed once written.

    `table` is Arrow IPC; `answer` JSON of columns, cells, frame and incomplete; `report` JSON, for checkers alone.
    """

    query_id: QueryId
    table: bytes
    answer: bytes
    report: bytes
    table_hash: str
    report_hash: str


@dataclass(frozen=True, slots=True)
class OutputRecord:
    """One item of the release workflow. Its state is a word of `enclave.outputs.states`."""

    id: OutputId
    query_id: QueryId
    project: ProjectId
    organisation: OrganisationId
    state: str
    k: int
    asked_by: PersonId
    why: str
    asked_at: datetime
    sql_hash: str
    table_hash: str
    report_hash: str
    policy_hash: str
    data_version: str
    name: str = ""
    round: int = 1
    released_at: datetime | None = None
    manifest: Mapping[str, Json] | None = None
    tombstone: Mapping[str, Json] | None = None
    version: int = 1
    request_id: RequestId | None = None
    supersedes: OutputId | None = None
    superseded_by: OutputId | None = None
    revocation_by: PersonId | None = None
    revocation_at: datetime | None = None
    revocation_confirmed_by: PersonId | None = None
    seeded: bool = False


@dataclass(frozen=True, slots=True)
class RequestRecord:
    """A basket: outputs that were asked for together, for one reason. They move alone. Never changed."""

    id: RequestId
    project: ProjectId
    person: PersonId
    why: str
    at: datetime


@dataclass(frozen=True, slots=True)
class MoveRecord:
    """An output came into a state. Never changed."""

    output_id: OutputId
    version: int
    at: datetime
    state: str
    round: int


@dataclass(frozen=True, slots=True)
class CommentRecord:
    """A line of a thread on an output, or on a cell of it. Never changed.

    `by_checker`: it is from the side of the checkers. `cell_row` counts from 0 in the table that checkers see.
    """

    id: int
    output_id: OutputId
    round: int
    person: PersonId
    by_checker: bool
    text: str
    at: datetime
    reply_to: int | None = None
    cell_row: int | None = None
    cell_column: str | None = None


@dataclass(frozen=True, slots=True)
class LookRecord:
    """What somebody found who looked at an automatic release afterwards. Never changed."""

    output_id: OutputId
    person: PersonId
    organisation: OrganisationId
    finding: str
    comment: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Party:
    """Somebody who has an interest in an output, and their organisation: neither may review it."""

    person: PersonId
    organisation: OrganisationId


@dataclass(frozen=True, slots=True)
class ReviewRecord:
    """One vote, bound to the hashes of what was looked at. Never changed, never deleted.

    `reason` is a word of `reasons`; `carried`: it was given in an earlier round, on what is still there untouched.
    """

    output_id: OutputId
    round: int
    reviewer: PersonId
    reviewer_organisation: OrganisationId
    verdict: str
    comment: str
    at: datetime
    hashes: Mapping[str, str] = field(default_factory=dict)
    adjudicates: bool = False
    reason: str = ""
    carried: bool = False


@dataclass(frozen=True, slots=True)
class ClaimRecord:
    """A checker has taken up an output. When they do so again, `at` is the later time."""

    output_id: OutputId
    round: int
    person: PersonId
    organisation: OrganisationId
    at: datetime


@dataclass(frozen=True, slots=True)
class WaitingRecord:
    """An output that waits for checkers, with all that its line in a queue is made of. Of all rounds."""

    output: OutputRecord
    query: QueryRecord
    parties: frozenset[Party]
    reviews: tuple[ReviewRecord, ...]
    claims: tuple[ClaimRecord, ...]


@dataclass(frozen=True, slots=True)
class OutputTotals:
    """How many outputs a project has: in each state, ever released, and sent to checkers."""

    by_state: Mapping[str, int] = field(default_factory=dict)
    released: int = 0
    with_checkers: int = 0


@dataclass(frozen=True, slots=True)
class JobRecord:
    """A query's turn on an engine."""

    id: int
    query_id: QueryId
    state: JobState
    taken_by: str | None = None
    heartbeat: datetime | None = None
    cancel_asked: bool = False


@dataclass(frozen=True, slots=True, repr=False)
class RememberedAnswer:
    """What a POST with this key made, and what it was answered first, so that a repeat gets the same.

    `response` is written with what was made, `answer` afterwards: whoever dies between the two leaves None.
    """

    person: PersonId
    key: str
    body_hash: str
    response: Mapping[str, Json]
    at: datetime
    answer: bytes | None = None


@dataclass(frozen=True, slots=True)
class EntryRecord:
    """An entry of the log as insiders read it. `actor` and `body` are None where they were erased, or never were."""

    seq: int
    at: datetime
    kind: str
    actor: PersonId | None
    project: ProjectId | None
    body: Mapping[str, Json] | None
