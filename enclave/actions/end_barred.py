"""End what waits or runs for people who may ask no longer: taken off a project, out of date, or on one that is over.

Access ends at its instant, also for a query that is under way: it is ended here within moments, and whatever it
computed meanwhile is refused its way out by `run_jobs`, whose last look is inside the transaction that would show it.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from enclave.actions.answer_json import problems_json
from enclave.actions.check_policy import Policies
from enclave.actions.plan_query import access_of
from enclave.actions.releases import committed
from enclave.actions.service_desk import ServiceDesk
from enclave.audit import Entry, Kind
from enclave.outputs.keeping import Change, Reading
from enclave.outputs.records import QueryRecord, QueryStatus
from enclave.problems import Cancelled, Problem, Refusals
from enclave.query.authorise import barred

UNDER_WAY = (QueryStatus.QUEUED, QueryStatus.RUNNING)


class _Ended(Exception):
    """It ended by itself in the meantime."""


def barred_now(query: QueryRecord, policies: Policies, now: datetime) -> tuple[Problem, ...]:
    """Why the asker of a query may ask nothing on its project any more; nothing when they may."""
    try:
        return tuple(barred(access_of(query.project, query.person, policies, now)))
    except Refusals as refusals:
        return refusals.problems


def end_barred(desk: ServiceDesk) -> int:
    """End every query that is under way for somebody who may ask no longer. Returns how many were ended."""
    policies, now = desk.policies(), desk.clock.now()
    with desk.records.read() as reading:
        under_way = tuple(_under_way(reading))
    ended = 0
    for query in under_way:
        problems = barred_now(query, policies, now)
        if problems and _end(query, problems, policies, desk):
            ended += 1
    return ended


def _under_way(reading: Reading) -> Iterator[QueryRecord]:
    """All of them: a page is as long as a list may be, and a queue may be longer."""
    for status in UNDER_WAY:
        before: int | None = None
        while page := reading.queries(status=status, before=before):
            yield from page
            before = min(int(str(query.id).rpartition("-")[2]) for query in page)


def _end(query: QueryRecord, problems: tuple[Problem, ...], policies: Policies, desk: ServiceDesk) -> bool:
    why = " ".join(problem.title for problem in problems)
    told = Cancelled(detail=f"Access ended before the query did: {why}. Nothing of it was kept.")

    def change(opened: Change) -> None:
        found, job = opened.query(query.id), opened.job_of(query.id)
        if found is None or job is None or found.status not in UNDER_WAY:
            raise _Ended
        opened.end_job(job.id)
        opened.free_numbers(query.id)
        problem = problems_json([told, *problems])
        opened.save_query(
            replace(found, status=QueryStatus.CANCELLED, problem=problem, finished_at=opened.at)
        )

    codes = [problem.code for problem in problems]
    objects = committed(query, policy_hash=policies.content_hash)
    try:
        desk.write(Entry(Kind.QUERY_CANCELLED, None, query.project, objects, {"codes": codes}), change)
    except _Ended:
        return False
    desk.running.stop(query.id)
    desk.ended(query.id)
    return True
