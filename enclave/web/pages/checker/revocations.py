"""Taking a release back: one person asks, or does it at once in an emergency, and a second agrees."""

from typing import Annotated

from fastapi import APIRouter, Form
from pydantic import BaseModel, ConfigDict, StringConstraints
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from enclave.actions.asker import Asker
from enclave.actions.read_outputs import read_output
from enclave.actions.revocations import list_revocations
from enclave.actions.revoke_output import confirm_revocation, keep_release, revoke_output
from enclave.outputs.records import OutputId
from enclave.problems import Problem
from enclave.problems.service import Conflict, NotFound, OwnOutput, PreconditionFailed, SignInAgain
from enclave.web.pages.rendering import page
from enclave.web.pages.visitor import Visitor
from enclave.web.routes.names import ID, OutputPath
from enclave.web.service import Service, TheService

router = APIRouter(include_in_schema=False)

TOLD = (Conflict, NotFound, OwnOutput, PreconditionFailed, SignInAgain)
"""What comes back as the same page, with what was typed."""


class RevokeForm(BaseModel):
    model_config = ConfigDict(extra="forbid")
    output: Annotated[str, StringConstraints(pattern=ID)]
    reason: Annotated[str, StringConstraints(max_length=4_000)] = ""
    emergency: Annotated[str, StringConstraints(pattern="^(yes)?$")] = ""


class AnswerForm(BaseModel):
    model_config = ConfigDict(extra="forbid")
    etag: Annotated[str, StringConstraints(max_length=100)]
    reason: Annotated[str, StringConstraints(max_length=4_000)] = ""


@router.get("/revocations")
def revocations(request: Request, visitor: Visitor, service: TheService) -> Response:
    """What waits for a second person, and a form to ask for a release to be taken back."""
    return _shown(request, visitor, service)


@router.post("/revocations")
def ask(
    request: Request, form: Annotated[RevokeForm, Form()], visitor: Visitor, service: TheService
) -> Response:
    """Ask for it, with a reason that whoever asked for the release will read."""
    if not form.reason.strip():
        return _shown(request, visitor, service, form=form, error="Write why it is taken back", status=400)
    id = OutputId(form.output)
    try:
        etag = read_output(visitor, id, service.desk).etag
        revoke_output(visitor, id, form.reason, service.desk, etag=etag, emergency=form.emergency == "yes")
    except TOLD as problem:
        return _shown(request, visitor, service, form=form, problem=problem, status=problem.status)
    return RedirectResponse("/revocations", status_code=303)


@router.post("/revocations/{output}/confirm")
def confirm(
    request: Request,
    output: OutputPath,
    form: Annotated[AnswerForm, Form()],
    visitor: Visitor,
    service: TheService,
) -> Response:
    """Agree, as the second person."""
    try:
        confirm_revocation(visitor, OutputId(output), service.desk, etag=form.etag)
    except TOLD as problem:
        return _shown(request, visitor, service, problem=problem, status=problem.status)
    return RedirectResponse("/revocations", status_code=303)


@router.post("/revocations/{output}/keep")
def keep(
    request: Request,
    output: OutputPath,
    form: Annotated[AnswerForm, Form()],
    visitor: Visitor,
    service: TheService,
) -> Response:
    """Do not agree: the release stands."""
    try:
        keep_release(visitor, OutputId(output), form.reason, service.desk, etag=form.etag)
    except TOLD as problem:
        return _shown(request, visitor, service, problem=problem, status=problem.status)
    return RedirectResponse("/revocations", status_code=303)


def _shown(
    request: Request,
    visitor: Asker,
    service: Service,
    *,
    form: RevokeForm | None = None,
    error: str | None = None,
    problem: Problem | None = None,
    status: int = 200,
) -> Response:
    return page(
        request,
        "checker/revocations.html",
        status=status,
        items=list_revocations(visitor, service.desk),
        own=visitor.person,
        form=form,
        error=error,
        problem=problem,
    )
