"""Queries whose worker died while it ran them. They are ended, and it is recorded: nobody waits for ever."""

from contextlib import suppress
from dataclasses import replace
from datetime import datetime

from enclave.audit import Entry, Kind
from enclave.outputs.keeping import Change, Records, Stale
from enclave.outputs.records import JobRecord, JobState, QueryId, QueryStatus
from enclave.problems.service import Interrupted

PROBLEM = {
    "code": Interrupted.code,
    "title": Interrupted.title,
    "detail": "The service stopped while the query ran. Nothing was released; ask it again.",
    "spans": [],
    "fixes": [],
}


def fail_orphans(records: Records, *, heard_before: datetime) -> tuple[QueryId, ...]:
    """End each job which runs, and whose worker was last heard before that time. Returns the failed queries."""
    with records.read() as reading:
        silent = reading.silent_jobs(heard_before=heard_before)
        found = [(job, reading.query(job.query_id)) for job in silent]
    failed = []
    for job, query in found:
        assert query is not None, "a job is of a query"
        entry = Entry(Kind.QUERY_FAILED, None, query.project, body={"code": Interrupted.code})
        with suppress(Stale):  # its worker spoke, or ended it, meanwhile
            records.write(entry, lambda change, job=job: _fail(change, job))  # type: ignore[misc]
            failed.append(job.query_id)
    return tuple(failed)


def _fail(change: Change, job: JobRecord) -> None:
    query, now = change.query(job.query_id), change.job_of(job.query_id)
    if query is None or now is None or now.state is not JobState.RUNNING or now.heartbeat != job.heartbeat:
        raise Stale(job.query_id)
    change.end_job(job.id)
    change.free_numbers(query.id)
    if query.status is QueryStatus.RUNNING:
        change.save_query(replace(query, status=QueryStatus.FAILED, problem=PROBLEM, finished_at=change.at))
