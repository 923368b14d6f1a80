"""What checkers do: their queue, all there is to see of an item, and their decisions."""

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from enclave.actions.asker import Key
from enclave.actions.read_outputs import read_queue, read_review
from enclave.actions.review_output import Vote, adjudicate_output, claim_output, review_output
from enclave.outputs.reasons import Reason
from enclave.outputs.records import OutputId
from enclave.outputs.review import QueueItem
from enclave.outputs.states import Verdict
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
from enclave.web import examples, schemas
from enclave.web.answers import json_answer, list_answer
from enclave.web.conditions import entity_tag, seen_version
from enclave.web.cursors import DEFAULT_LIMIT, Cursor, Limit, place_of
from enclave.web.documented import SIGNED_IN, WITH_BODY, gives
from enclave.web.headers import IdempotencyHeader, IfMatchHeader
from enclave.web.repeats import answer_once
from enclave.web.routes.names import OutputPath
from enclave.web.service import Caller, TheService

router = APIRouter(tags=["checkers"])

KIND = "queue"
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
    *WITH_BODY,
)


@router.get(
    "/queue",
    responses=gives(
        200, schemas.Queue, examples.items(examples.QUEUE_ITEM), Forbidden, *SIGNED_IN, headers=("Link",)
    ),
)
def queue(
    request: Request, asker: Caller, service: TheService, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None
) -> Response:
    """What waits for checkers and is yours to look at, newest first."""
    page = read_queue(asker, service.desk, limit=limit, after=place_of(cursor, KIND))
    return list_answer(request, page, QueueItem.as_json, kind=KIND)


@router.get(
    "/outputs/{output}/review",
    responses=gives(
        200, schemas.Review, examples.REVIEW, NotFound, Forbidden, OwnOutput, *SIGNED_IN, headers=("ETag",)
    ),
)
def review(output: OutputPath, asker: Caller, service: TheService) -> Response:
    """All that a checker decides on: why, the SQL, the table, the risk report, and hashes to vote with."""
    view = read_review(asker, OutputId(output), service.desk)
    return json_answer(view.as_json(), headers={"ETag": entity_tag(view.etag)})


@router.post(
    "/outputs/{output}/claim",
    responses=gives(
        200, schemas.Output, examples.WAITING_OUTPUT, NotFound, Forbidden, OwnOutput, Conflict, *SIGNED_IN
    ),
)
def claim(output: OutputPath, asker: Caller, service: TheService) -> Response:
    """Take an item up: its decision waits for you, until the claim lapses. Safe to repeat."""
    return _answer(claim_output(asker, OutputId(output), service.desk))


@router.post(
    "/outputs/{output}/reviews",
    status_code=201,
    responses=gives(201, schemas.Output, examples.WAITING_OUTPUT, *DECIDING),
)
async def vote(
    request: Request,
    output: OutputPath,
    body: schemas.VoteBody,
    asker: Caller,
    service: TheService,
    if_match: IfMatchHeader = None,
    idempotency: IdempotencyHeader = None,
) -> Response:
    """Vote on an item, as you have seen it. Nobody sees your vote before all are in; any dissent goes to a senior."""
    del if_match, idempotency
    etag = seen_version(request)

    async def make(key: Key | None) -> Response:
        view = await run_in_threadpool(
            review_output, asker, OutputId(output), _vote(body), service.desk, etag=etag, key=key
        )
        return _answer(view, status=201)

    return await answer_once(request, asker, service, make)


@router.post(
    "/outputs/{output}/adjudication",
    status_code=201,
    responses=gives(201, schemas.Output, examples.OUTPUT, *DECIDING),
)
async def adjudicate(
    request: Request,
    output: OutputPath,
    body: schemas.VoteBody,
    asker: Caller,
    service: TheService,
    if_match: IfMatchHeader = None,
    idempotency: IdempotencyHeader = None,
) -> Response:
    """Decide a dispute between checkers, as a senior checker who is none of them."""
    del if_match, idempotency
    etag = seen_version(request)

    async def make(key: Key | None) -> Response:
        view = await run_in_threadpool(
            adjudicate_output, asker, OutputId(output), _vote(body), service.desk, etag=etag, key=key
        )
        return _answer(view, status=201)

    return await answer_once(request, asker, service, make)


def _vote(body: schemas.VoteBody) -> Vote:
    reason = None if body.reason is None else Reason(body.reason)
    return Vote(Verdict(body.verdict), body.comment, body.hashes, reason)


def _answer(view: OutputView, *, status: int = 200) -> Response:
    return json_answer(view.as_json(), status=status, headers={"ETag": entity_tag(view.etag)})
