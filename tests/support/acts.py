"""Short ways to put things on record."""

from dataclasses import replace
from datetime import datetime

from enclave.audit import Entry, Kind
from enclave.outputs.keeping import Change, Records
from enclave.outputs.records import (
    JobRecord,
    OutputRecord,
    Party,
    QueryRecord,
    QueryStatus,
    ResultRecord,
    ReviewRecord,
)
from enclave.terms import OrganisationId, PersonId, ProjectId

ANN, BOB, CAT = PersonId("ann"), PersonId("bob"), PersonId("cat")
PROJECT, OTHER_PROJECT = ProjectId("P-1"), ProjectId("P-2")
NORTH, CHECKING = OrganisationId("northbridge"), OrganisationId("checking")
SQL = "SELECT la_code, count(*) AS n FROM pupils GROUP BY 1"


def entry(kind: Kind = Kind.QUERY_ASKED, *, actor: PersonId | None = ANN, sql: str = SQL) -> Entry:
    needs = 0 if kind is Kind.OUTPUT_RELEASED else None
    return Entry(kind, actor, PROJECT, {"sql": sql.encode()}, {"why": "a test"}, needs=needs)


def asked(change: Change, **fields: object) -> QueryRecord:
    """A queued query."""
    query = QueryRecord(
        id=change.new_query_id(),
        project=PROJECT,
        person=ANN,
        sql=SQL,
        name="pupils by authority",
        status=QueryStatus.QUEUED,
        created_at=change.at,
        policy_hash="p1",
        data_version="demo-1",
    )
    return change.add_query(replace(query, **fields))  # type: ignore[arg-type]


def ask(records: Records, **fields: object) -> QueryRecord:
    return records.write(entry(), lambda change: asked(change, **fields))


def ran(change: Change, query: QueryRecord, *, table: bytes = b"the protected table") -> QueryRecord:
    """The query finished, with its result."""
    change.add_result(ResultRecord(query.id, table, b"{}", b"[]", "t1", "r1"))
    return change.save_query(replace(query, status=QueryStatus.FINISHED, finished_at=change.at, progress=100))


def output_of(change: Change, query: QueryRecord, *, state: str = "queued") -> OutputRecord:
    """An output of the query, in which Ann of Northbridge has an interest."""
    output = OutputRecord(
        id=change.new_output_id(),
        query_id=query.id,
        project=query.project,
        organisation=NORTH,
        state=state,
        k=2,
        asked_by=query.person,
        why="table 2",
        asked_at=change.at,
        sql_hash="s1",
        table_hash="t1",
        report_hash="r1",
        policy_hash="p1",
        data_version="demo-1",
        name=query.name,
    )
    return change.add_output(output, parties=[Party(ANN, NORTH)])


def ask_for_release(records: Records) -> OutputRecord:
    """A query that ran, and its output waiting for checkers."""
    return records.write(
        entry(Kind.RELEASE_ASKED), lambda change: output_of(change, ran(change, asked(change)))
    )


def vote(
    output: OutputRecord,
    at: datetime,
    *,
    by: PersonId = BOB,
    of: OrganisationId = CHECKING,
    verdict: str = "approve",
) -> ReviewRecord:
    return ReviewRecord(output.id, output.round, by, of, verdict, "", at, {"table": "t1"})


def start_job(records: Records, query: QueryRecord, *, worker: str = "w1") -> JobRecord:
    """The query runs on a worker."""

    def start(change: Change) -> JobRecord:
        job = change.add_job(query.id)
        change.save_query(replace(query, status=QueryStatus.RUNNING, started_at=change.at))
        return change.take_job(job.id, by=worker)

    return records.write(entry(Kind.QUERY_STARTED, actor=None), start)
