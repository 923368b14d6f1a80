"""The queries of a project, and what changed from one to another."""

import difflib
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from enclave.actions.read_outputs import list_queries, read_query
from enclave.outputs.records import QueryId
from enclave.problems.http import MalformedRequest
from enclave.terms import ProjectId
from enclave.web.cursors import Cursor, cursor_to, place_of
from enclave.web.pages.rendering import page
from enclave.web.pages.researcher.membership import own_project
from enclave.web.pages.visitor import Visitor
from enclave.web.routes.names import ID, ProjectPath
from enclave.web.service import TheService

router = APIRouter(include_in_schema=False)

A_PAGE = 25
KIND = "history"
One = Annotated[str, Query(pattern=ID)]


@dataclass(frozen=True, slots=True)
class Changed:
    """A line of two texts laid over each other: `+` is in the later alone, `-` in the earlier alone."""

    sign: str
    text: str


@router.get("/projects/{project}/history")
def history(
    request: Request, project: ProjectPath, visitor: Visitor, service: TheService, cursor: Cursor = None
) -> Response:
    """The queries of the project, newest first, refused ones too."""
    own = own_project(visitor, project, service.desk)
    found = list_queries(
        visitor, service.desk, limit=A_PAGE, after=place_of(cursor, KIND), project=ProjectId(project)
    )
    following = None if found.next is None else cursor_to(found.next, KIND)
    return page(request, "researcher/history.html", project=own, queries=found.items, following=following)


@router.get("/projects/{project}/changes")
def changes(
    request: Request,
    project: ProjectPath,
    visitor: Visitor,
    service: TheService,
    before: One,
    after: One,
) -> Response:
    """What changed between two queries."""
    own = own_project(visitor, project, service.desk)
    earlier, later = (read_query(visitor, QueryId(one), service.desk) for one in (before, after))
    if {earlier.project, later.project} != {own.id}:
        raise MalformedRequest(detail="Both queries are of this project.")
    return page(
        request,
        "researcher/changes.html",
        project=own,
        before=earlier,
        after=later,
        lines=changed_lines(earlier.sql, later.sql),
    )


def changed_lines(before: str, after: str) -> tuple[Changed, ...]:
    """All lines of both, in order."""
    found = difflib.ndiff(before.splitlines(), after.splitlines())
    return tuple(Changed(line[0], line[2:]) for line in found if not line.startswith("?"))
