"""Every problem as RFC 9457, in this one place."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from starlette.responses import Response

from enclave.actions.answer_json import problems_json
from enclave.outputs.permissions import FRESH_SIGN_IN
from enclave.problems import Fault, Problem, Refusals
from enclave.problems.http import InsufficientScope, Unauthenticated
from enclave.problems.service import SignInAgain

MEDIA_TYPE = "application/problem+json"
CHALLENGE = 'Bearer realm="enclave"'
NO_TOKEN = "no token"
MAX_AGE_SECONDS = int(FRESH_SIGN_IN.total_seconds())


def problem_response(
    problems: Sequence[Problem], *, request_id: str, more: Mapping[str, object] | None = None
) -> Response:
    """The gravest problem, which is the first, with the others beside it. `more` is added to the body."""
    first = problems[0]
    status = first.status if first.status >= 400 else Fault.status  # an end of a run is no answer to a call
    found = problems_json(problems)
    others = {"others": [_addressed(one) for one in found.pop("others")]} if "others" in found else {}
    body = _addressed(found) | {"status": status, "request_id": request_id} | others | dict(more or {})
    return Response(
        json.dumps(body, ensure_ascii=False, allow_nan=False),
        status_code=status,
        headers=_headers(first),
        media_type=MEDIA_TYPE,
    )


def answer_to(error: Problem | Refusals, *, request_id: str) -> Response:
    """The answer that a call ends in which was refused."""
    if isinstance(error, Problem):
        return problem_response([error], request_id=request_id)
    more = {} if error.query_id is None else {"query": error.query_id}
    return problem_response(error.problems, request_id=request_id, more=more)


def fault_response(fault_id: str, *, request_id: str) -> Response:
    """An error of ours: the reader gets its id, and nothing else of it."""
    detail = f"Something went wrong on our side; nothing was released. Report {fault_id}."
    return problem_response([Fault(detail=detail, fault_id=fault_id)], request_id=request_id)


def _addressed(found: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": f"/problems/{found['code']}", **found}


def _challenge(problem: Problem) -> str | None:
    """What a client is told to bring: a token, another one, one with more, or one of a fresh sign-in.

    Source: RFC 6750, section 3; RFC 9470, section 3.
    """
    match problem:
        case Unauthenticated():
            return "" if problem.reason == NO_TOKEN else ', error="invalid_token"'
        case InsufficientScope():
            return f', error="insufficient_scope", scope="{problem.scope}"'
        case SignInAgain():
            return f', error="insufficient_user_authentication", max_age="{MAX_AGE_SECONDS}"'
        case _:
            return None


def _headers(problem: Problem) -> dict[str, str]:
    challenge = _challenge(problem)
    if challenge is not None:
        return {"WWW-Authenticate": f"{CHALLENGE}{challenge}"}
    seconds = getattr(problem, "retry_after_seconds", None)
    return {} if seconds is None else {"Retry-After": str(seconds)}
