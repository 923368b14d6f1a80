"""Who is calling, their projects, and what those have."""

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from enclave.actions.acknowledge_purposes import acknowledge_purposes, list_acknowledgements
from enclave.actions.fields_json import table_json
from enclave.actions.list_fields import list_fields
from enclave.actions.read_me import list_projects, read_me
from enclave.actions.record_sign_in import end_token
from enclave.problems import NotOnProject
from enclave.problems.service import Conflict
from enclave.terms import ProjectId
from enclave.web import examples, people_schemas, schemas
from enclave.web.answers import json_answer, whole_list
from enclave.web.documented import SIGNED_IN, WITH_BODY, ends, gives
from enclave.web.routes.names import ProjectPath, Word
from enclave.web.service import Caller, TheService, shown_token

router = APIRouter(tags=["people"])

OneTable = Annotated[str | None, Query(max_length=100, description="Only this table.")]


@router.get("/me", responses=gives(200, people_schemas.Me, examples.ME, *SIGNED_IN))
def me(asker: Caller, service: TheService) -> Response:
    """Who you are here, and which projects you are on."""
    return json_answer(read_me(asker, service.desk).as_json())


@router.get(
    "/me/acknowledgements",
    responses=gives(
        200, people_schemas.Acknowledgements, examples.items(examples.ACKNOWLEDGEMENT), *SIGNED_IN
    ),
)
def acknowledgements(asker: Caller, service: TheService) -> Response:
    """What must not be done with the data of your projects, and whether you have to say so now."""
    return whole_list(each.as_json() for each in list_acknowledgements(asker, service.desk))


@router.post(
    "/me/acknowledgements",
    responses=gives(
        200,
        people_schemas.Acknowledgement,
        examples.ACKNOWLEDGEMENT | {"due": False},
        NotOnProject,
        Conflict,
        *SIGNED_IN,
        *WITH_BODY,
    ),
)
def acknowledge(body: people_schemas.AcknowledgementBody, asker: Caller, service: TheService) -> Response:
    """Say that you have read the prohibited uses of a project and will not make them. It is recorded."""
    project = ProjectId(body.project)
    done = acknowledge_purposes(asker, project, body.acknowledgement, service.desk)
    return json_answer(done.as_json())


@router.post(
    "/sign-out",
    status_code=204,
    response_class=Response,
    responses={204: {"description": "Signed out", "content": {}}, **ends(*SIGNED_IN)},
)
def sign_out(request: Request, asker: Caller, service: TheService) -> Response:
    """The access token of this call is good for nothing any more."""
    end_token(asker, shown_token(request.state.verified), service.desk)
    return Response(status_code=204)


@router.get("/projects", responses=gives(200, schemas.Projects, examples.items(examples.PROJECT), *SIGNED_IN))
def projects(asker: Caller, service: TheService) -> Response:
    """Your projects."""
    return whole_list(project.as_json() for project in list_projects(asker, service.desk))


@router.get(
    "/projects/{project}/fields",
    responses=gives(200, schemas.Fields, examples.FIELDS, NotOnProject, *SIGNED_IN),
)
def fields(
    project: ProjectPath, asker: Caller, service: TheService, table: OneTable = None, find: Word = None
) -> Response:
    """The tables and fields of a project, and the uses that each may be put to."""
    policies = service.desk.policies()
    listed = list_fields(policies, project=ProjectId(project), person=asker.person, table=table, find=find)
    return whole_list(table_json(each) for each in listed)
