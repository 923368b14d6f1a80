"""The house at a glance, its people, its jobs and its log."""

from typing import Annotated, Final

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from enclave.actions.oversee import SOON_DAYS, oversee_house, oversee_log, oversee_people
from enclave.audit import Kind
from enclave.problems.http import MalformedRequest
from enclave.terms import PersonId, ProjectId
from enclave.web.pages.rendering import page
from enclave.web.pages.visitor import Visitor
from enclave.web.routes.names import OfProject
from enclave.web.service import TheService
from enclave.wiring.oversight import checkpoint

router = APIRouter(include_in_schema=False)

LEVELS: Final = (
    "limits of time and memory only",
    "a filter of system calls, too",
    "rules for files, too",
    "no network, too",
)
OfKind = Annotated[str, Query(alias="kind", max_length=40)]
OfActor = Annotated[str, Query(alias="actor", max_length=200)]
Before = Annotated[int | None, Query(ge=0, le=10**12)]


@router.get("/oversight")
def house(request: Request, visitor: Visitor, service: TheService) -> Response:
    """What is in force, what runs, and what is due."""
    found = oversee_house(visitor, service.desk)
    level = service.gateway.sandbox_level
    return page(
        request,
        "admin/house.html",
        seen=found,
        policies=found.policies,
        level=level,
        level_words=LEVELS[min(level, len(LEVELS) - 1)],
        checkpoint=checkpoint(service.gateway.home),
    )


@router.get("/oversight/people")
def people(request: Request, visitor: Visitor, service: TheService) -> Response:
    """Everybody, with what their access rests on and when it ends."""
    found, today = oversee_people(visitor, service.desk)
    return page(request, "admin/people.html", people=found, today=today, soon=SOON_DAYS)


@router.get("/oversight/jobs")
def jobs(request: Request, visitor: Visitor, service: TheService) -> Response:
    """What runs on an engine and what waits for one."""
    return page(request, "admin/jobs.html", seen=oversee_house(visitor, service.desk))


@router.get("/oversight/record")
def record(
    request: Request,
    visitor: Visitor,
    service: TheService,
    kind: OfKind = "",
    project: OfProject = None,
    actor: OfActor = "",
    before: Before = None,
) -> Response:
    """Who did what and when."""
    found = oversee_log(
        visitor,
        service.desk,
        kind=_kind(kind),
        project=ProjectId(project) if project else None,
        actor=PersonId(actor) if actor else None,
        before=before,
    )
    return page(
        request,
        "admin/record.html",
        log=found,
        kinds=[one.value for one in Kind],
        kind=kind,
        project=project or "",
        actor=actor,
        checkpoint=checkpoint(service.gateway.home),
    )


def _kind(name: str) -> Kind | None:
    try:
        return Kind(name) if name else None
    except ValueError:
        raise MalformedRequest(detail="There is no such kind of entry.") from None
