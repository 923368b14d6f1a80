"""Cancel a query that waits or runs. Safe to repeat; one that has ended stays as it ended."""

from dataclasses import replace

from enclave.actions.answer_json import problems_json
from enclave.actions.asker import Asker
from enclave.actions.outputs_seen import query_for, read_query_view
from enclave.actions.releases import committed
from enclave.actions.service_desk import ServiceDesk
from enclave.audit import Entry, Kind
from enclave.outputs.keeping import Change
from enclave.outputs.permissions import Act
from enclave.outputs.records import QueryId, QueryStatus
from enclave.outputs.views import QueryView
from enclave.problems import Cancelled

UNDER_WAY = (QueryStatus.QUEUED, QueryStatus.RUNNING)


class _Ended(Exception):
    """It ended by itself in the meantime."""


def cancel_query(asker: Asker, id: QueryId, desk: ServiceDesk) -> QueryView:
    """End a query at once. Whatever it computed meanwhile is dropped, wherever it runs.

    Raises:
        NotFound, Forbidden.
    """
    query, view = query_for(asker, id, Act.CANCEL, desk)
    if query.status not in UNDER_WAY:
        return view
    problem = problems_json([Cancelled(detail="The query was cancelled; nothing of it was kept.")])

    def change(opened: Change) -> None:
        now, job = opened.query(id), opened.job_of(id)
        if now is None or job is None or now.status not in UNDER_WAY:
            raise _Ended
        opened.end_job(job.id)
        opened.keep_numbers(id)  # whoever cancels has seen how long it ran
        opened.save_query(replace(now, status=QueryStatus.CANCELLED, problem=problem, finished_at=opened.at))

    entry = Entry(
        Kind.QUERY_CANCELLED, asker.person, query.project, committed(query, policy_hash=query.policy_hash)
    )
    try:
        desk.write(entry, change)
    except _Ended:
        return read_query_view(id, desk)
    desk.running.stop(id)
    desk.ended(id)
    return read_query_view(id, desk)
