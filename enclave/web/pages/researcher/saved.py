"""The texts that somebody keeps with a project: opened in the editor, renamed, removed."""

from typing import Annotated

from fastapi import APIRouter, Form
from pydantic import BaseModel, ConfigDict, StringConstraints
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from enclave.actions.asker import Asker
from enclave.actions.saved_queries import list_saved, remove_saved, rename_saved
from enclave.outputs.saved import MOST_SAVED, SavedId
from enclave.problems.service import Conflict
from enclave.terms import ProjectId
from enclave.web.pages.rendering import page
from enclave.web.pages.researcher.membership import own_project
from enclave.web.pages.visitor import Visitor
from enclave.web.routes.names import ProjectPath, SavedPath
from enclave.web.service import Service, TheService

router = APIRouter(include_in_schema=False)


class NameForm(BaseModel):
    model_config = ConfigDict(extra="forbid")
    name: Annotated[str, StringConstraints(max_length=200)] = ""


@router.get("/projects/{project}/saved")
def saved_queries(request: Request, project: ProjectPath, visitor: Visitor, service: TheService) -> Response:
    """The reader's own, by name."""
    return _shown(request, project, visitor, service)


@router.post("/projects/{project}/saved/{saved}/rename")
def rename(
    request: Request,
    project: ProjectPath,
    saved: SavedPath,
    form: Annotated[NameForm, Form()],
    visitor: Visitor,
    service: TheService,
) -> Response:
    try:
        rename_saved(visitor, SavedId(saved), form.name, service.desk)
    except Conflict as refused:
        return _shown(request, project, visitor, service, error=refused.detail)
    return RedirectResponse(f"/projects/{project}/saved", status_code=303)


@router.post("/projects/{project}/saved/{saved}/remove")
def remove(project: ProjectPath, saved: SavedPath, visitor: Visitor, service: TheService) -> Response:
    remove_saved(visitor, SavedId(saved), service.desk)
    return RedirectResponse(f"/projects/{project}/saved", status_code=303)


def _shown(
    request: Request, project: str, visitor: Asker, service: Service, *, error: str | None = None
) -> Response:
    return page(
        request,
        "researcher/saved.html",
        project=own_project(visitor, project, service.desk),
        saved=list_saved(visitor, service.desk, project=ProjectId(project)),
        most=MOST_SAVED,
        error=error,
    )
