"""A call that comes again with its key is answered as it was the first time, byte for byte.

The first answer is kept before it is sent, sealed. The same call at the same moment waits for the first to end. What is
about the caller or the moment and not about the call (sign-in, rate, `If-Match`, an error of ours) is not kept: the
same call may be made again.
"""

import base64
import json
from collections.abc import Awaitable, Callable
from typing import Final

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from enclave.actions.asker import Asker, Key
from enclave.actions.repeats import SameCall, first_answer, keep_first_answer, made_before
from enclave.problems import NotOnProject, Problem, Refusals
from enclave.problems.service import (
    Conflict,
    Forbidden,
    HookAddress,
    NotFound,
    NotReleased,
    OwnOutput,
    Revoked,
)
from enclave.web.conditions import idempotency_key
from enclave.web.problem_json import answer_to
from enclave.web.service import Service
from enclave.wiring.service_key import ServiceKey

Make = Callable[[Key | None], Awaitable[Response]]
KEPT_PROBLEMS: Final = (
    NotOnProject,
    HookAddress,
    NotFound,
    Forbidden,
    OwnOutput,
    Conflict,
    NotReleased,
    Revoked,
)
REPLAYED: Final = "Idempotency-Replayed"
ATTEMPTS: Final = 3


async def answer_once(request: Request, asker: Asker, service: Service, make: Make) -> Response:
    """What `make` answers; of a call that was answered before, that answer.

    Raises:
        IdempotencyMismatch: the key came with another call.
        Problem, Refusals: what `make` raises, unless the call has a key and its answer is kept.
    """
    key = await idempotency_key(request)
    if key is None:
        return await make(None)
    async with service.under_way.alone(f"{asker.person} {key.key}"):
        for _ in range(ATTEMPTS):
            answer = await _one_attempt(request, asker, key, service, make)
            if answer is not None:
                return answer
    raise Conflict(detail="The same call is being made elsewhere. Repeat it in a moment.")


async def _one_attempt(
    request: Request, asker: Asker, key: Key, service: Service, make: Make
) -> Response | None:
    """The answer; None when another process made the same call meanwhile, so that there may be one now."""
    kept = await run_in_threadpool(first_answer, asker, key, service.desk)
    before = None if kept is None else _read(kept, service.gateway.key)
    if before is not None:
        return _replayed(before)
    try:
        answer = await make(key)
    except SameCall:
        return None
    except (Problem, Refusals) as error:
        if not isinstance(error, (*KEPT_PROBLEMS, Refusals)):
            raise
        if isinstance(error, Problem) and await run_in_threadpool(_made, asker, key, service):
            return None
        answer = answer_to(error, request_id=request.state.request_id)
    return await _kept(answer, asker, key, service)


def _made(asker: Asker, key: Key, service: Service) -> bool:
    """Whether another process made this call: a refusal is then because of it, and no answer to it."""
    return made_before(asker, key, service.desk) is not None


async def _kept(answer: Response, asker: Asker, key: Key, service: Service) -> Response:
    """The answer, kept; or the one that another process kept before it."""
    sealed = service.gateway.key.seal(_written(answer))
    first = await run_in_threadpool(keep_first_answer, asker, key, sealed, service.desk)
    before = None if first == sealed else _read(first, service.gateway.key)
    return answer if before is None else _replayed(before)


def _written(answer: Response) -> bytes:
    """An answer as it is kept. Headers that the outermost ring adds are those of each call."""
    headers = [[name, value] for name, value in answer.headers.items() if name != "content-length"]
    body = base64.b64encode(bytes(answer.body)).decode()
    return json.dumps({"status": answer.status_code, "headers": headers, "body": body}).encode()


def _read(kept: bytes, key: ServiceKey) -> Response | None:
    """The answer that was kept; None when the key it was sealed with is gone."""
    text = key.unseal(kept)
    if text is None:
        return None
    found = json.loads(text)
    return Response(base64.b64decode(found["body"]), found["status"], dict(found["headers"]))


def _replayed(before: Response) -> Response:
    before.headers[REPLAYED] = "true"
    return before
