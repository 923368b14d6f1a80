"""Threads on outputs, looks at releases afterwards, and how the workflow does."""

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from enclave.actions.asker import Key
from enclave.actions.comment_output import Cell, CommentView, add_comment, list_comments
from enclave.actions.figures import read_figures
from enclave.actions.looks import Finding, LookView, list_looks, look_at
from enclave.outputs.records import OutputId
from enclave.problems.service import Conflict, Forbidden, IdempotencyMismatch, NotFound, OwnOutput
from enclave.web import examples, workflow_schemas
from enclave.web.answers import json_answer, whole_list
from enclave.web.documented import SIGNED_IN, WITH_BODY, gives
from enclave.web.headers import IdempotencyHeader
from enclave.web.repeats import answer_once
from enclave.web.routes.names import OutputPath
from enclave.web.service import Caller, TheService

router = APIRouter(tags=["checkers"])


@router.get(
    "/outputs/{output}/comments",
    responses=gives(
        200,
        workflow_schemas.Comments,
        examples.items(examples.COMMENT),
        NotFound,
        Forbidden,
        OwnOutput,
        *SIGNED_IN,
    ),
)
def comments(output: OutputPath, asker: Caller, service: TheService) -> Response:
    """What was said on an output, oldest first. Of others' words nothing before all votes of the round are in."""
    return whole_list(map(CommentView.as_json, list_comments(asker, OutputId(output), service.desk)))


@router.post(
    "/outputs/{output}/comments",
    status_code=201,
    responses=gives(
        201,
        workflow_schemas.Comment,
        examples.COMMENT,
        NotFound,
        Forbidden,
        OwnOutput,
        Conflict,
        IdempotencyMismatch,
        *SIGNED_IN,
        *WITH_BODY,
    ),
)
async def comment(
    request: Request,
    output: OutputPath,
    body: workflow_schemas.CommentBody,
    asker: Caller,
    service: TheService,
    idempotency: IdempotencyHeader = None,
) -> Response:
    """Ask about a cell, as a checker; answer, as the people of the project."""
    del idempotency
    cell = None if body.cell is None else Cell(body.cell.row, body.cell.column)

    async def make(key: Key | None) -> Response:
        made = await run_in_threadpool(
            add_comment,
            asker,
            OutputId(output),
            body.text,
            service.desk,
            cell=cell,
            reply_to=body.reply_to,
            key=key,
        )
        return json_answer(made.as_json(), status=201)

    return await answer_once(request, asker, service, make)


@router.get(
    "/looks",
    responses=gives(200, workflow_schemas.Looks, examples.items(examples.LOOK), Forbidden, *SIGNED_IN),
)
def looks(asker: Caller, service: TheService) -> Response:
    """Automatic releases that were drawn to be looked at, and that nobody has looked at yet. For checkers."""
    return whole_list(map(LookView.as_json, list_looks(asker, service.desk)))


@router.post(
    "/outputs/{output}/look",
    status_code=201,
    responses=gives(
        201,
        workflow_schemas.Look,
        {**examples.LOOK, "finding": "fine"},
        NotFound,
        Forbidden,
        OwnOutput,
        Conflict,
        *SIGNED_IN,
        *WITH_BODY,
    ),
)
def look(output: OutputPath, body: workflow_schemas.LookBody, asker: Caller, service: TheService) -> Response:
    """Say what was found in a release that was drawn. It moves nothing."""
    found = look_at(asker, OutputId(output), Finding(body.finding), body.comment, service.desk)
    return json_answer(found.as_json(), status=201)


@router.get(
    "/figures", responses=gives(200, workflow_schemas.Figures, examples.FIGURES, Forbidden, *SIGNED_IN)
)
def figures(asker: Caller, service: TheService) -> Response:
    """How long checkers take, why things come back, which pairs decide together. For checkers, admins, auditors."""
    return json_answer(read_figures(asker, service.desk).as_json())
