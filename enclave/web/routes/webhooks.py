"""Webhooks: be told what changes instead of asking. Ids and states only; a secret is shown once."""

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from enclave.actions.asker import Key
from enclave.actions.webhooks import add_hook, list_hooks, own_hook, ping_hook, remove_hook
from enclave.outputs.hooks import HookId
from enclave.problems import NotOnProject
from enclave.problems.service import Conflict, Forbidden, HookAddress, IdempotencyMismatch, NotFound
from enclave.terms import ProjectId
from enclave.web import examples, own_schemas
from enclave.web.answers import json_answer, whole_list
from enclave.web.documented import SIGNED_IN, WITH_BODY, ends, gives
from enclave.web.headers import IdempotencyHeader
from enclave.web.repeats import answer_once
from enclave.web.routes.names import HookPath
from enclave.web.service import Caller, TheService

router = APIRouter(tags=["webhooks"])

ADDING = (HookAddress, NotOnProject, Forbidden, Conflict, IdempotencyMismatch, *SIGNED_IN, *WITH_BODY)


@router.post(
    "/webhooks",
    status_code=201,
    responses=gives(201, own_schemas.NewWebhook, examples.NEW_WEBHOOK, *ADDING, headers=("Location",)),
)
async def add(
    request: Request,
    body: own_schemas.WebhookBody,
    asker: Caller,
    service: TheService,
    idempotency: IdempotencyHeader = None,
) -> Response:
    """Be told of a project's queries and outputs or, without one, of the checkers' queue. Shows the secret once."""
    del idempotency
    project = None if body.project is None else ProjectId(body.project)

    async def make(key: Key | None) -> Response:
        hook, secret = await run_in_threadpool(add_hook, asker, body.url, project, service.desk, key=key)
        headers = {"Location": f"/api/v1/webhooks/{hook.id}"}
        return json_answer(hook.as_json(secret=secret), status=201, headers=headers)

    return await answer_once(request, asker, service, make)


@router.get(
    "/webhooks", responses=gives(200, own_schemas.Webhooks, examples.items(examples.WEBHOOK), *SIGNED_IN)
)
def webhooks(asker: Caller, service: TheService) -> Response:
    """Your own, those that were switched off too. Without their secrets."""
    return whole_list(hook.as_json() for hook in list_hooks(asker, service.desk))


@router.get(
    "/webhooks/{webhook}", responses=gives(200, own_schemas.Webhook, examples.WEBHOOK, NotFound, *SIGNED_IN)
)
def webhook(webhook: HookPath, asker: Caller, service: TheService) -> Response:
    """One of your own, and whether it answers."""
    return json_answer(own_hook(asker, HookId(webhook), service.desk).as_json())


@router.delete(
    "/webhooks/{webhook}",
    status_code=204,
    response_class=Response,
    responses={204: {"description": "Removed", "content": {}}, **ends(NotFound, *SIGNED_IN)},
)
def remove(webhook: HookPath, asker: Caller, service: TheService) -> Response:
    """Nothing more is told to it, of what already happened either."""
    remove_hook(asker, HookId(webhook), service.desk)
    return Response(status_code=204)


@router.post(
    "/webhooks/{webhook}/ping",
    status_code=202,
    responses=gives(202, own_schemas.Webhook, examples.WEBHOOK, NotFound, Forbidden, Conflict, *SIGNED_IN),
)
def ping(webhook: HookPath, asker: Caller, service: TheService) -> Response:
    """Have a test event sent, like any other. `delivered_at` shows that it was taken."""
    return json_answer(ping_hook(asker, HookId(webhook), service.desk).as_json(), status=202)
