"""When a project is over, its answers that were never released are destroyed, and that is on record with their hashes.

Somebody looks each minute, so it is done long before a day has gone by. A project whose file is gone is not over by
that: a slip in the files destroys nothing.
"""

from collections.abc import Sequence
from typing import Final

from enclave.actions.check_policy import Policies
from enclave.actions.service_desk import ServiceDesk
from enclave.audit import Entry, Kind
from enclave.outputs.records import QueryId
from enclave.projects import Status, day_there
from enclave.rights.desk import RightsDesk
from enclave.rights.keeping import RightsChange
from enclave.terms import ProjectId

AT_ONCE: Final = 100


def destroy_drafts(desk: ServiceDesk, rights: RightsDesk) -> int:
    """Destroy what is due. Returns how many answers were."""
    policies, destroyed = desk.policies(), 0
    for project in _over(policies, rights):
        while queries := _due(project, rights):
            _destroy(project, queries, rights)
            destroyed += len(queries)
    return destroyed


def _over(policies: Policies, rights: RightsDesk) -> list[ProjectId]:
    today = day_there(rights.now(), policies.house.time_zone)
    return [
        id
        for id, project in policies.projects.items()
        if project.status is Status.CLOSED or project.dates.ends < today
    ]


def _due(project: ProjectId, rights: RightsDesk) -> Sequence[QueryId]:
    with rights.records.read() as reading:
        return reading.drafts(project, limit=AT_ONCE)


def _destroy(project: ProjectId, queries: Sequence[QueryId], rights: RightsDesk) -> None:
    def change(opened: RightsChange) -> None:
        opened.note(tables=opened.destroy_drafts(queries))

    rights.records.write(Entry(Kind.DRAFTS_DESTROYED, None, project), change)
