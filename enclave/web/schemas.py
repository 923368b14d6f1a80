"""What travels, as the API document describes it. Bodies are checked against these; answers are tested against them."""

from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, StringConstraints
from pydantic import Field as Setting

ProjectName = Annotated[str, StringConstraints(min_length=1, max_length=60)]
QueryName = Annotated[str, StringConstraints(min_length=1, max_length=40)]
MOST_SQL = 100_000
"""Above what any query may have, so that one that is too long is told so in the words of a query."""
Sql = Annotated[str, StringConstraints(max_length=MOST_SQL)]
Verdict = Literal["approve", "return", "reject"]
Reason = Literal[
    "small-numbers",
    "differencing",
    "dominance",
    "class-disclosure",
    "too-detailed",
    "not-needed",
    "unclear-purpose",
    "wrong-or-mislabelled",
    "not-statistical",
    "other",
]


class Body(BaseModel):
    """A body that is sent: only what is named here, of just these types."""

    model_config = ConfigDict(extra="forbid", strict=True)


class CheckBody(Body):
    project: ProjectName = Setting(examples=["P-2026-014"])
    sql: Sql = Setting(
        examples=["SELECT la_code, count(*) AS pupils FROM school_census_pupil GROUP BY la_code"]
    )
    route: Literal["ordinary", "checkers"] = Setting(
        default="ordinary",
        description="`checkers`: have people look at the answer, whatever the query's own route is. Then what would be "
        "hidden beside earlier answers of the project, or as one number too many, can be left to them.",
        examples=["ordinary"],
    )


class QueryBody(CheckBody):
    name: Annotated[str, StringConstraints(max_length=200)] = Setting(
        default="", description="Your own name for it.", examples=["Pupils by authority"]
    )


class OutputBody(Body):
    query: QueryName = Setting(examples=["Q-413"])
    why: Annotated[str, StringConstraints(min_length=1, max_length=2000)] = Setting(
        description="What it is for; checkers read it.", examples=["Table 2 of the working paper"]
    )


class VoteBody(Body):
    verdict: Verdict = Setting(examples=["approve"])
    comment: Annotated[str, StringConstraints(max_length=4000)] = Setting(
        default="", description="Whoever asked reads it when the output comes back.", examples=["Clear."]
    )
    reason: Reason | None = Setting(
        default=None, description="Needed to reject; welcome with a return.", examples=["small-numbers"]
    )
    hashes: dict[str, Annotated[str, StringConstraints(max_length=200)]] = Setting(
        description="Those of the review that was read: the vote is about exactly these.", max_length=20
    )


class ReasonBody(Body):
    reason: Annotated[str, StringConstraints(min_length=1, max_length=4000)] = Setting(
        description="It stays on record.", examples=["Published with the wrong year"]
    )


class Shown(BaseModel):
    """A body that is answered."""


class Span(Shown):
    start: int
    end: int
    line: int
    column: int
    text: str


class Edit(Shown):
    start: int
    end: int
    text: str


class Fix(Shown):
    title: str
    edits: list[Edit]


class OneProblem(Shown):
    type: str
    title: str
    detail: str
    code: str
    spans: list[Span]
    fixes: list[Fix]


class Problem(OneProblem):
    """RFC 9457. `spans` point into the SQL that was sent, `fixes` would mend it; `others` are wrong too."""

    status: int
    request_id: str
    others: list[OneProblem] | None = None
    query: str | None = Setting(default=None, description="Of a refused query: its id.")


class KeptProblem(Shown):
    """Why a query has no answer."""

    code: str
    title: str
    detail: str
    spans: list[Span]
    fixes: list[Fix]
    others: list[dict[str, Any]] | None = None


class Query(Shown):
    id: str
    project: str
    person: str
    name: str
    sql: str
    status: Literal[
        "queued",
        "running",
        "done",
        "refused",
        "failed",
        "cancelled",
        "released",
        "with checkers",
        "returned",
        "rejected",
        "withdrawn",
        "expired",
        "superseded",
        "revoked",
    ]
    progress: Annotated[int, Setting(ge=0, le=100, multiple_of=5)]
    route: str
    reasons: list[str]
    cells: int | None
    asked_at: datetime
    output: str | None
    problem: KeptProblem | None


class Queries(Shown):
    items: list[Query]
    next: str | None


class Output(Shown):
    id: str
    query: str
    project: str
    name: str
    status: str
    request: str | None = None
    supersedes: str | None = None
    superseded_by: str | None = None
    route: str
    why: str
    asked_by: str
    asked_at: datetime
    released_at: datetime | None
    formats: list[str]
    reasons: list[str]
    manifest: dict[str, Any] | None
    tombstone: dict[str, Any] | None


class Outputs(Shown):
    items: list[Output]
    next: str | None


class Column(Shown):
    name: str
    type: str
    code_set: str | None = Setting(
        default=None, description="Of `code_sets`, the list that its values are codes of; or not there."
    )


class LabelledCode(Shown):
    code: str
    label: str


class Records(Shown):
    """A released table. `rows` in the order of `columns`; a hidden cell is null, and its place in `cells` is `c`."""

    columns: list[Column]
    rows: list[list[Any]]
    cells: list[list[Literal["ok", "c", "z", "x", "low"]]]
    records: list[dict[str, Any]]
    frame: dict[str, Any] | None = Setting(
        description="`sets`: published codes by column, whose combinations are drawn in full. `not_applicable`, or not "
        "there: codes of which the catalogue rules every combination out, drawn as `z`."
    )
    incomplete: list[str]
    code_sets: dict[str, list[LabelledCode]] = Setting(
        default={},
        description="The labels of codes in the table, as they were when it was made; or not there.",
    )
    older_versions: list[str] = Setting(
        default=[],
        description="Versions of the data that some numbers are of, shown again as they were; or not there.",
    )
    perturbed: str = Setting(
        default="", description="How the numbers were changed before they were shown, in words; or not there."
    )


class Checked(Shown):
    status: Literal["ok"]
    problem: None
    route: Any
    reasons: list[str]
    cells: int | None
    columns: list[Column]
    incomplete: list[str]


class Project(Shown):
    id: str
    title: str
    role: str
    status: str
    open: bool
    starts: date
    ends: date
    data_version: str
    formats: list[str]


class Projects(Shown):
    items: list[Project]
    next: None


class Field(Shown):
    name: str
    type: str
    uses: list[str]
    tier: int | None
    zeros: str
    code_set: str | None
    description: str


class FieldTable(Shown):
    table: str
    description: str
    years: list[str] | None
    fields: list[Field]


class Fields(Shown):
    items: list[FieldTable]
    next: None


class QueueItem(Shown):
    output: str
    project: str
    project_title: str
    name: str
    state: str
    votes: int
    k: int
    voted: bool
    to_look_at: int
    asked_at: datetime
    due: date


class Queue(Shown):
    items: list[QueueItem]
    next: str | None


class Review(Shown):
    """All that a checker decides on. Other checkers' votes are not here before all are in."""

    model_config = ConfigDict(extra="allow")
    output: str
    project: str
    sql: str
    table: dict[str, Any]
    report: dict[str, Any]
    hashes: dict[str, str]
    votes_in: int
    k: int


class ReportListed(Shown):
    of: Literal["clusters", "areas"]
    code: str
    name: str
    area: str
    pages: dict[str, str]


class ReportList(Shown):
    year: int
    counted_on: date
    found: int
    items: list[ReportListed]


class Anything(Shown):
    model_config = ConfigDict(extra="allow")


class Health(Shown):
    status: Literal["ok"]


class PolicyVersion(Shown):
    version: int
    commit: str
    author: str
    reason: str
    content_hash: str
    widens: list[str]
    proposed_by: str
    proposed_at: datetime
    waits: bool = Setting(description="For a second administrator.")
    confirmed_by: str | None
    in_force_from: datetime | None


class PolicyVersions(Shown):
    items: list[PolicyVersion]
    next: str | None
