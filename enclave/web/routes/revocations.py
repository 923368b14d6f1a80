"""Take releases back: asked for by one and agreed to by another, or at once in an emergency."""

from collections.abc import Callable
from typing import Any

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from enclave.actions.asker import Key
from enclave.actions.revocations import RevocationView, list_revocations
from enclave.actions.revoke_output import confirm_revocation, keep_release, revoke_output
from enclave.outputs.records import OutputId
from enclave.outputs.views import OutputView
from enclave.problems.http import PreconditionRequired
from enclave.problems.service import (
    Conflict,
    Forbidden,
    IdempotencyMismatch,
    NotFound,
    OwnOutput,
    PreconditionFailed,
    SignInAgain,
)
from enclave.web import examples, schemas, workflow_schemas
from enclave.web.answers import json_answer, whole_list
from enclave.web.conditions import entity_tag, seen_version
from enclave.web.documented import SIGNED_IN, WITH_BODY, gives
from enclave.web.headers import IdempotencyHeader, IfMatchHeader
from enclave.web.repeats import answer_once
from enclave.web.routes.names import OutputPath
from enclave.web.service import Caller, Service, TheService

router = APIRouter(tags=["overseers"])

DECIDING = (
    NotFound,
    Forbidden,
    OwnOutput,
    SignInAgain,
    Conflict,
    PreconditionFailed,
    PreconditionRequired,
    IdempotencyMismatch,
    *SIGNED_IN,
)


@router.get(
    "/revocations",
    responses=gives(
        200, workflow_schemas.Revocations, examples.items(examples.REVOCATION), Forbidden, *SIGNED_IN
    ),
)
def revocations(asker: Caller, service: TheService) -> Response:
    """Releases that somebody wants back, for those who may agree: who asked, why, and by when. At most 200."""
    return whole_list(map(RevocationView.as_json, list_revocations(asker, service.desk)))


@router.post(
    "/outputs/{output}/revoke",
    responses=gives(200, schemas.Output, examples.OUTPUT, *DECIDING, *WITH_BODY),
)
async def revoke(
    request: Request,
    output: OutputPath,
    body: workflow_schemas.RevokeBody,
    asker: Caller,
    service: TheService,
    if_match: IfMatchHeader = None,
    idempotency: IdempotencyHeader = None,
) -> Response:
    """Ask for a release to be taken back; with `emergency`, take it back at once. Either takes a second person."""
    del if_match, idempotency

    def act(etag: str, key: Key | None) -> OutputView:
        return revoke_output(
            asker,
            OutputId(output),
            body.reason,
            service.desk,
            etag=etag,
            emergency=body.emergency,
            key=key,
        )

    return await _decided(request, asker, service, act)


@router.post(
    "/outputs/{output}/revocation/confirm",
    responses=gives(200, schemas.Output, examples.REVOKED_OUTPUT, *DECIDING),
)
async def confirm(
    request: Request,
    output: OutputPath,
    asker: Caller,
    service: TheService,
    if_match: IfMatchHeader = None,
    idempotency: IdempotencyHeader = None,
) -> Response:
    """Agree, as a second person, that a release is taken back."""
    del if_match, idempotency

    def act(etag: str, key: Key | None) -> OutputView:
        return confirm_revocation(asker, OutputId(output), service.desk, etag=etag, key=key)

    return await _decided(request, asker, service, act)


@router.post(
    "/outputs/{output}/revocation/decline",
    responses=gives(200, schemas.Output, examples.OUTPUT, *DECIDING, *WITH_BODY),
)
async def decline(
    request: Request,
    output: OutputPath,
    body: schemas.ReasonBody,
    asker: Caller,
    service: TheService,
    if_match: IfMatchHeader = None,
    idempotency: IdempotencyHeader = None,
) -> Response:
    """Do not agree, as a second person: the release stands, or is given out again."""
    del if_match, idempotency

    def act(etag: str, key: Key | None) -> OutputView:
        return keep_release(asker, OutputId(output), body.reason, service.desk, etag=etag, key=key)

    return await _decided(request, asker, service, act)


async def _decided(
    request: Request, asker: Any, service: Service, act: Callable[[str, Key | None], OutputView]
) -> Response:
    etag = seen_version(request)

    async def make(key: Key | None) -> Response:
        view = await run_in_threadpool(act, etag, key)
        return json_answer(view.as_json(), headers={"ETag": entity_tag(view.etag)})

    return await answer_once(request, asker, service, make)
