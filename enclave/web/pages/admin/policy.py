"""The policy in force: all projects, and each as a file and in plain words."""

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from enclave.actions.oversee import oversee_projects, require_overseer
from enclave.problems.service import NotFound
from enclave.terms import ProjectId
from enclave.transparency import register_words as words
from enclave.web.pages.rendering import page
from enclave.web.pages.visitor import Visitor
from enclave.web.routes.names import ProjectPath
from enclave.web.routes.public import the_register
from enclave.web.service import TheService
from enclave.wiring.oversight import project_file

router = APIRouter(include_in_schema=False)

Find = Annotated[str, Query(max_length=100)]


@router.get("/oversight/projects")
def projects(request: Request, visitor: Visitor, service: TheService, find: Find = "") -> Response:
    """Every project, or those whose reference or title mention a word."""
    found = oversee_projects(visitor, service.desk)
    word = find.casefold().strip()
    shown = [one for one in found if word in f"{one.project.id} {one.project.title}".casefold()]
    return page(request, "admin/projects.html", projects=shown, find=find)


@router.get("/oversight/projects/{project}")
def project(request: Request, project: ProjectPath, visitor: Visitor, service: TheService) -> Response:
    """One project: its file, and what that lets it do."""
    policies = require_overseer(visitor, service.desk)
    policy = policies.policy(ProjectId(project))
    if policy is None:
        raise NotFound(detail="There is no such project.")
    entry = the_register(service, only=policy.project.id, listed=0).entry(project)
    text = project_file(service.gateway.home, policy.project.id, service.desk.clock.now())
    return page(
        request,
        "admin/project.html",
        policy=policy,
        entry=entry,
        lines=() if text is None else text.splitlines(),
        warnings=[one for one in policies.warnings if project in str(one.place.file)],
        words=words,
    )
