"""Ask for release, look at outputs, and get the table of a release: the only address that gives one."""

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from enclave.actions.ask_release import ask_release, withdraw_output
from enclave.actions.asker import Key
from enclave.actions.read_outputs import list_outputs, read_output
from enclave.actions.release_proof import release_proof
from enclave.outputs.records import OutputId, QueryId
from enclave.outputs.views import OutputView
from enclave.problems.http import NotAcceptable
from enclave.problems.service import (
    Conflict,
    Forbidden,
    IdempotencyMismatch,
    NotFound,
    NotReleased,
    Revoked,
)
from enclave.terms import ProjectId
from enclave.web import examples, schemas
from enclave.web.answers import json_answer, list_answer
from enclave.web.bundle import bundle_answer
from enclave.web.conditions import entity_tag
from enclave.web.cursors import DEFAULT_LIMIT, Cursor, Limit, place_of
from enclave.web.documented import SIGNED_IN, WITH_BODY, Responses, ends, gives
from enclave.web.headers import AcceptHeader, IdempotencyHeader
from enclave.web.release_files import file_answer
from enclave.web.repeats import answer_once
from enclave.web.routes.names import OfProject, OutputPath
from enclave.web.service import Caller, TheService
from enclave.web.tables import MEDIA_TYPES, Format

router = APIRouter(tags=["outputs"])

KIND = "outputs"
WantedFormat = Annotated[Format | None, Query(alias="format", description="Instead of `Accept`.")]


@router.post(
    "/outputs",
    status_code=201,
    responses=gives(
        201,
        schemas.Output,
        examples.WAITING_OUTPUT,
        NotFound,
        Forbidden,
        Conflict,
        IdempotencyMismatch,
        *SIGNED_IN,
        *WITH_BODY,
        headers=("Location", "ETag"),
    ),
)
async def ask(
    request: Request,
    body: schemas.OutputBody,
    asker: Caller,
    service: TheService,
    idempotency: IdempotencyHeader = None,
) -> Response:
    """Ask for the answer of a query to be released: checkers look at it first."""
    del idempotency

    async def make(key: Key | None) -> Response:
        view = await run_in_threadpool(
            ask_release, asker, QueryId(body.query), body.why, service.desk, key=key
        )
        return _answer(view, status=201, location=f"/api/v1/outputs/{view.id}")

    return await answer_once(request, asker, service, make)


@router.get(
    "/outputs",
    responses=gives(200, schemas.Outputs, examples.items(examples.OUTPUT), *SIGNED_IN, headers=("Link",)),
)
def outputs(
    request: Request,
    asker: Caller,
    service: TheService,
    project: OfProject = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Response:
    """Outputs of your projects, newest first."""
    page = list_outputs(
        asker,
        service.desk,
        limit=limit,
        after=place_of(cursor, KIND),
        project=None if project is None else ProjectId(project),
    )
    return list_answer(request, page, OutputView.as_json, kind=KIND)


@router.get(
    "/outputs/{output}",
    responses=gives(200, schemas.Output, examples.OUTPUT, NotFound, *SIGNED_IN, headers=("ETag",)),
)
def output(output: OutputPath, asker: Caller, service: TheService) -> Response:
    """Where an output is. Before it is released, nothing of what it holds."""
    return _answer(read_output(asker, OutputId(output), service.desk))


def _table_responses() -> Responses:
    files = {
        media.split(";")[0]: {"schema": {"type": "string", "format": "binary"}}
        for form, media in MEDIA_TYPES.items()
        if form is not Format.RECORDS
    }
    good = gives(200, schemas.Records, examples.RECORDS)[200]
    good["content"] |= files
    return {200: good, **ends(NotFound, Forbidden, NotReleased, Revoked, NotAcceptable, *SIGNED_IN)}


@router.get("/outputs/{output}/table", responses=_table_responses())
def table(
    request: Request,
    output: OutputPath,
    asker: Caller,
    service: TheService,
    form: WantedFormat = None,
    accept: AcceptHeader = None,
) -> Response:
    """The table of a release. A hidden cell is null with `c` beside it; in CSV `c` stands in the cell."""
    del accept
    wanted = form or accepted(request.headers.get("accept", "*/*"))
    if wanted is None:
        raise NotAcceptable(detail=f"A table can be had as {', '.join(MEDIA_TYPES.values())}.")
    return file_answer(asker, OutputId(output), wanted, service)


def accepted(accept: str) -> Format | None:
    """The format that an `Accept` header prefers; of equals, the first of ours. None if it takes none of them."""
    best: tuple[float, Format] | None = None
    for form in Format:
        quality = _quality(accept, MEDIA_TYPES[form].split(";")[0])
        if quality > 0 and (best is None or quality > best[0]):
            best = quality, form
    return None if best is None else best[1]


def _quality(accept: str, media: str) -> float:
    """How much a header wants a media type: the most exact range decides (RFC 9110, 12.5.1)."""
    kind = media.split("/")[0]
    found = {media: -1.0, f"{kind}/*": -1.0, "*/*": -1.0}
    for part in accept.split(","):
        name, *parameters = (piece.strip().lower() for piece in part.split(";"))
        if name in found:
            found[name] = _weight(parameters)
    return next((quality for quality in found.values() if quality >= 0), 0.0)


def _weight(parameters: list[str]) -> float:
    for parameter in parameters:
        if parameter.startswith("q="):
            text = parameter[2:]
            return float(text) if text.replace(".", "", 1).isdigit() and text.isascii() else 0.0
    return 1.0


@router.get(
    "/outputs/{output}/bundle",
    response_class=Response,
    responses={
        200: {
            "description": "A zip",
            "content": {"application/zip": {"schema": {"type": "string", "format": "binary"}}},
        },
        **ends(NotFound, Forbidden, NotReleased, Revoked, *SIGNED_IN),
    },
)
def bundle(output: OutputPath, asker: Caller, service: TheService) -> Response:
    """Everything of a release: its table in each format of the project, metadata, citation, rules, SQL and proof."""
    return bundle_answer(asker, OutputId(output), service)


@router.get(
    "/outputs/{output}/proof",
    response_class=Response,
    responses={
        200: {"description": "A C2SP tlog-proof", "content": {"text/plain": {"schema": {"type": "string"}}}},
        **ends(NotFound, NotReleased, *SIGNED_IN),
    },
)
def proof(output: OutputPath, asker: Caller, service: TheService) -> Response:
    """That the release is in the public log: a proof which anybody can check with the log's public key."""
    text = release_proof(asker, OutputId(output), service.desk, proof=service.gateway.store.proof)
    return Response(text, media_type="text/plain; charset=utf-8")


@router.post(
    "/outputs/{output}/withdraw",
    responses=gives(
        200, schemas.Output, examples.WITHDRAWN_OUTPUT, NotFound, Forbidden, Conflict, *SIGNED_IN
    ),
)
def withdraw(output: OutputPath, asker: Caller, service: TheService) -> Response:
    """Take an output back before it is released. Safe to repeat."""
    return _answer(withdraw_output(asker, OutputId(output), service.desk))


def _answer(view: OutputView, *, status: int = 200, location: str | None = None) -> Response:
    headers = {"ETag": entity_tag(view.etag), **({} if location is None else {"Location": location})}
    return json_answer(view.as_json(), status=status, headers=headers)
