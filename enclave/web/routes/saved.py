"""Texts that you keep with a project, for yourself."""

from fastapi import APIRouter
from starlette.responses import Response

from enclave.actions.saved_queries import list_saved, own_saved, remove_saved, rename_saved, save_query
from enclave.outputs.saved import SavedId, SavedQuery
from enclave.problems import NotOnProject
from enclave.problems.service import Conflict, NotFound
from enclave.terms import ProjectId
from enclave.web import examples, own_schemas
from enclave.web.answers import json_answer, whole_list
from enclave.web.documented import SIGNED_IN, WITH_BODY, ends, gives
from enclave.web.routes.names import OfProject, SavedPath
from enclave.web.service import Caller, TheService

router = APIRouter(tags=["saved queries"])

RENAMING = (NotFound, Conflict, *SIGNED_IN, *WITH_BODY)


@router.post(
    "/saved-queries",
    status_code=201,
    responses=gives(
        201,
        own_schemas.SavedQuery,
        examples.SAVED,
        NotOnProject,
        Conflict,
        *SIGNED_IN,
        *WITH_BODY,
        headers=("Location",),
    ),
)
def save(body: own_schemas.SaveBody, asker: Caller, service: TheService) -> Response:
    """Keep a text under a name. Nobody else reads it; it goes with the project's data."""
    kept = save_query(asker, ProjectId(body.project), body.name, body.sql, service.desk)
    return json_answer(kept.as_json(), status=201, headers={"Location": f"/api/v1/saved-queries/{kept.id}"})


@router.get(
    "/saved-queries",
    responses=gives(200, own_schemas.SavedQueries, examples.items(examples.SAVED), *SIGNED_IN),
)
def all_saved(asker: Caller, service: TheService, project: OfProject = None) -> Response:
    """Your own, by name."""
    wanted = None if project is None else ProjectId(project)
    return whole_list(map(SavedQuery.as_json, list_saved(asker, service.desk, project=wanted)))


@router.get(
    "/saved-queries/{saved}",
    responses=gives(200, own_schemas.SavedQuery, examples.SAVED, NotFound, *SIGNED_IN),
)
def one_saved(saved: SavedPath, asker: Caller, service: TheService) -> Response:
    """One of your own."""
    return json_answer(own_saved(asker, SavedId(saved), service.desk).as_json())


@router.post(
    "/saved-queries/{saved}/rename", responses=gives(200, own_schemas.SavedQuery, examples.SAVED, *RENAMING)
)
def rename(saved: SavedPath, body: own_schemas.RenameBody, asker: Caller, service: TheService) -> Response:
    """Keep it under another name."""
    return json_answer(rename_saved(asker, SavedId(saved), body.name, service.desk).as_json())


@router.delete(
    "/saved-queries/{saved}",
    status_code=204,
    response_class=Response,
    responses={204: {"description": "Removed", "content": {}}, **ends(NotFound, *SIGNED_IN)},
)
def remove(saved: SavedPath, asker: Caller, service: TheService) -> Response:
    """It is not kept any more."""
    remove_saved(asker, SavedId(saved), service.desk)
    return Response(status_code=204)
