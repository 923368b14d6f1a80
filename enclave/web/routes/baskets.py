"""Ask for several answers to be released together, and put newer releases in the place of older ones."""

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from enclave.actions.asker import Key
from enclave.actions.requests import (
    RequestView,
    add_to_request,
    ask_together,
    list_requests,
    read_request,
    withdraw_request,
)
from enclave.actions.supersede_output import supersede_output
from enclave.outputs.records import OutputId, QueryId, RequestId
from enclave.problems.service import Conflict, Forbidden, IdempotencyMismatch, NotFound
from enclave.terms import ProjectId
from enclave.web import examples, schemas, workflow_schemas
from enclave.web.answers import json_answer, list_answer
from enclave.web.conditions import entity_tag
from enclave.web.cursors import DEFAULT_LIMIT, Cursor, Limit, place_of
from enclave.web.documented import SIGNED_IN, WITH_BODY, gives
from enclave.web.headers import IdempotencyHeader
from enclave.web.repeats import answer_once
from enclave.web.routes.names import OfProject, OutputPath, RequestPath
from enclave.web.service import Caller, TheService

router = APIRouter(tags=["outputs"])

KIND = "requests"
ASKING = (NotFound, Forbidden, Conflict, IdempotencyMismatch, *SIGNED_IN, *WITH_BODY)


@router.post(
    "/requests",
    status_code=201,
    responses=gives(201, workflow_schemas.Request, examples.REQUEST, *ASKING, headers=("Location",)),
)
async def ask(
    request: Request,
    body: workflow_schemas.RequestBody,
    asker: Caller,
    service: TheService,
    idempotency: IdempotencyHeader = None,
) -> Response:
    """Ask for the answers of several queries to be released, for one reason. Each goes its own way."""
    del idempotency
    queries = [QueryId(query) for query in body.queries]

    async def make(key: Key | None) -> Response:
        view = await run_in_threadpool(ask_together, asker, queries, body.why, service.desk, key=key)
        headers = {"Location": f"/api/v1/requests/{view.id}"}
        return json_answer(view.as_json(), status=201, headers=headers)

    return await answer_once(request, asker, service, make)


@router.get(
    "/requests",
    responses=gives(
        200, workflow_schemas.Requests, examples.items(examples.REQUEST), *SIGNED_IN, headers=("Link",)
    ),
)
def requests(
    request: Request,
    asker: Caller,
    service: TheService,
    project: OfProject = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Response:
    """Requests of your projects with their items, newest first."""
    wanted = None if project is None else ProjectId(project)
    page = list_requests(asker, service.desk, limit=limit, after=place_of(cursor, KIND), project=wanted)
    return list_answer(request, page, RequestView.as_json, kind=KIND)


@router.get(
    "/requests/{basket}",
    responses=gives(200, workflow_schemas.Request, examples.REQUEST, NotFound, *SIGNED_IN),
)
def one_request(basket: RequestPath, asker: Caller, service: TheService) -> Response:
    """A request with its items."""
    return json_answer(read_request(asker, RequestId(basket), service.desk).as_json())


@router.post(
    "/requests/{basket}/items",
    status_code=201,
    responses=gives(201, workflow_schemas.Request, examples.REQUEST, *ASKING),
)
async def add(
    request: Request,
    basket: RequestPath,
    body: workflow_schemas.MoreBody,
    asker: Caller,
    service: TheService,
    idempotency: IdempotencyHeader = None,
) -> Response:
    """Put more into a request, such as a corrected answer. What is in it stays untouched, votes too."""
    del idempotency
    queries = [QueryId(query) for query in body.queries]

    async def make(key: Key | None) -> Response:
        view = await run_in_threadpool(
            add_to_request, asker, RequestId(basket), queries, service.desk, key=key
        )
        return json_answer(view.as_json(), status=201)

    return await answer_once(request, asker, service, make)


@router.post(
    "/requests/{basket}/withdraw",
    responses=gives(
        200, workflow_schemas.Request, examples.REQUEST, NotFound, Forbidden, Conflict, *SIGNED_IN
    ),
)
def withdraw(basket: RequestPath, asker: Caller, service: TheService) -> Response:
    """Take back every item that is not released or over. Safe to repeat."""
    return json_answer(withdraw_request(asker, RequestId(basket), service.desk).as_json())


@router.post(
    "/outputs/{output}/supersede",
    responses=gives(
        200,
        schemas.Output,
        examples.SUPERSEDED_OUTPUT,
        NotFound,
        Forbidden,
        Conflict,
        *SIGNED_IN,
        *WITH_BODY,
        headers=("ETag",),
    ),
)
def supersede(
    output: OutputPath, body: workflow_schemas.SupersedeBody, asker: Caller, service: TheService
) -> Response:
    """Say that a newer release of the project stands in the place of this one. Both are given out. Safe to repeat."""
    view = supersede_output(asker, OutputId(output), OutputId(body.by), service.desk)
    return json_answer(view.as_json(), headers={"ETag": entity_tag(view.etag)})
