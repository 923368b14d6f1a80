"""Refusals and failures of a project's questions: past a number they slow the next ones down, and checkers see a burst.

A refusal says why, and a run that fails may have failed for what the data are: each is a little that its asker learns
without a release. What a project's questions end in is counted for all its people together, whatever they asked.
"""

from datetime import timedelta
from typing import Final

from enclave.actions.service_desk import ServiceDesk
from enclave.audit import Kind
from enclave.outputs.keeping import Reading
from enclave.outputs.records import QueryRecord
from enclave.problems.http import RateLimited
from enclave.terms import ProjectId

WINDOW: Final = timedelta(minutes=10)
FREE: Final = 120
"""Refusals and failures of one project within the window, as fast as they come."""
REFUSALS_A_SECOND: Final = 10
"""For so many beyond them, a second more between the last one and the next question."""
MOST_SECONDS: Final = 30
LOOKED_BACK: Final = timedelta(hours=1)
MANY: Final = 30
"""Of which a checker is told."""
_ENDS: Final = (Kind.QUERY_REFUSED, Kind.QUERY_FAILED)


def not_after_too_many_refusals(project: ProjectId, desk: ServiceDesk) -> None:
    """Past a number of refusals a project's next question waits a little longer after the last one.

    Raises:
        RateLimited: nothing was asked, and nothing is on record.
    """
    now = desk.clock.now()
    with desk.records.read() as reading:
        made = reading.entry_count(kinds=_ENDS, project=project, since=now - WINDOW)
        if made < FREE:
            return
        last = reading.entries(kinds=_ENDS, project=project, limit=1)
    wait = min(1 + (made - FREE) // REFUSALS_A_SECOND, MOST_SECONDS)
    left = timedelta(seconds=wait) - (now - last[0].at) if last else timedelta()
    if left > timedelta():
        seconds = max(1, -(-left // timedelta(seconds=1)))
        raise RateLimited(
            detail=f"{made} questions of this project were refused or failed in the last {WINDOW.seconds // 60} "
            f"minutes. Try again in {seconds} s.",
            retry_after_seconds=seconds,
        )


def refusals_before(query: QueryRecord, reading: Reading) -> tuple[str, ...]:
    """What a checker is told of the refusals and failures of a project in the hour before a query."""
    since = query.created_at - LOOKED_BACK
    until_now = reading.entry_count(kinds=_ENDS, project=query.project, since=since)
    later = reading.entry_count(kinds=_ENDS, project=query.project, since=query.created_at)
    made = until_now - later
    if made < MANY:
        return ()
    return (f"{made} questions of the project were refused or failed in the hour before it was asked.",)
