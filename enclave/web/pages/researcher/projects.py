"""Projects: which there are, what waits where, and the fields with their codes."""

from typing import Annotated

from fastapi import APIRouter, Form, Query
from pydantic import BaseModel, ConfigDict, StringConstraints
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from enclave.actions.acknowledge_purposes import acknowledge_purposes, list_acknowledgements
from enclave.actions.list_fields import ListedField, ListedTable, list_fields
from enclave.actions.read_me import read_me
from enclave.actions.read_outputs import list_outputs, list_queries
from enclave.problems.service import NotFound
from enclave.terms import ProjectId
from enclave.web.answers import json_answer
from enclave.web.pages.rendering import page
from enclave.web.pages.researcher.completion import completion_json
from enclave.web.pages.researcher.membership import own_project
from enclave.web.pages.researcher.standing import standing
from enclave.web.pages.visitor import Visitor
from enclave.web.routes.names import ProjectPath
from enclave.web.service import TheService

router = APIRouter(include_in_schema=False)

MOST_WAITING = 20
Find = Annotated[str, Query(max_length=100)]


class Acknowledged(BaseModel):
    """The name of the very words that were read."""

    model_config = ConfigDict(extra="forbid")
    acknowledgement: Annotated[str, StringConstraints(max_length=64)]


@router.get("/projects")
def projects(request: Request, visitor: Visitor, service: TheService) -> Response:
    """The projects of whoever looks."""
    me, all_uses = read_me(visitor, service.desk), list_acknowledgements(visitor, service.desk)
    return page(request, "researcher/projects.html", me=me, due=[one for one in all_uses if one.is_due])


@router.post("/projects/{project}/acknowledge")
def acknowledge(
    project: ProjectPath, form: Annotated[Acknowledged, Form()], visitor: Visitor, service: TheService
) -> Response:
    """Say that one has read which uses are prohibited. It is recorded."""
    acknowledge_purposes(visitor, ProjectId(project), form.acknowledgement, service.desk)
    return RedirectResponse("/projects", status_code=303)


@router.get("/projects/{project}")
def project(request: Request, project: ProjectPath, visitor: Visitor, service: TheService) -> Response:
    """One project: its dates, today's allowance, and what waits where."""
    own = own_project(visitor, project, service.desk)
    id = ProjectId(own.id)
    queries = list_queries(visitor, service.desk, limit=MOST_WAITING, project=id).items
    outputs = list_outputs(visitor, service.desk, limit=MOST_WAITING, project=id).items
    days = service.desk.policies().house.reviewing.target_working_days
    items = standing(queries, outputs, usual_days=days)
    return page(request, "researcher/project.html", project=own, items=items)


@router.get("/projects/{project}/fields")
def fields(
    request: Request, project: ProjectPath, visitor: Visitor, service: TheService, find: Find = ""
) -> Response:
    """The data dictionary of a project."""
    own = own_project(visitor, project, service.desk)
    tables = list_fields(
        service.desk.policies(), project=ProjectId(project), person=visitor.person, find=find.strip() or None
    )
    return page(request, "researcher/fields.html", project=own, tables=tables, find=find)


@router.get("/projects/{project}/completion.json")
def completion(project: ProjectPath, visitor: Visitor, service: TheService) -> Response:
    """What the editor offers: granted fields and published codes, never values found in the data."""
    policies = service.desk.policies()
    own_project(visitor, project, service.desk)
    tables = list_fields(policies, project=ProjectId(project), person=visitor.person)
    return json_answer(completion_json(tables, policies.catalogue))


@router.get("/projects/{project}/fields/{table}/{field}")
def field(
    request: Request, project: ProjectPath, table: str, field: str, visitor: Visitor, service: TheService
) -> Response:
    """One field: its meaning, its codes, and what the project may do with it."""
    policies = service.desk.policies()
    own = own_project(visitor, project, service.desk)
    listed, found = _field(
        list_fields(policies, project=ProjectId(project), person=visitor.person), table, field
    )
    code_set = policies.catalogue.code_sets.get(found.field.code_set or "")
    return page(
        request,
        "researcher/field.html",
        project=own,
        table=listed.table,
        years=listed.years,
        listed=found,
        field=found.field,
        code_set=code_set,
    )


def _field(tables: tuple[ListedTable, ...], table: str, field: str) -> tuple[ListedTable, ListedField]:
    for one in tables:
        for listed in one.fields:
            if (one.table.name, listed.field.name) == (table, field):
                return one, listed
    raise NotFound(detail="The project has no such field.")
