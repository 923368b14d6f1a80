"""The application: its routes, and the one place where problems become answers."""

from collections.abc import Sequence
from importlib.metadata import version
from typing import Any

from fastapi import Depends, FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from enclave.problems import Problem, Refusals
from enclave.problems.http import MalformedRequest, MethodNotAllowed
from enclave.problems.service import NotFound
from enclave.web.admission import Admission
from enclave.web.documented import document
from enclave.web.edge import Edge
from enclave.web.pages.admin import ROUTERS as ADMIN
from enclave.web.pages.assets import router as assets
from enclave.web.pages.cases import ROUTERS as CASES
from enclave.web.pages.checker import ROUTERS as CHECKER
from enclave.web.pages.front import router as front
from enclave.web.pages.problems import told, told_all, told_fault
from enclave.web.pages.public import ROUTERS as PUBLIC
from enclave.web.pages.researcher import ROUTERS as RESEARCHER
from enclave.web.pages.sign_in import ROUTERS as SIGN_IN
from enclave.web.parameters import only_known
from enclave.web.rates import Bursts, Pace
from enclave.web.routes import (
    baskets,
    cases,
    consents,
    development,
    letters,
    notes,
    outputs,
    pages,
    people,
    policy_versions,
    public,
    queries,
    retractions,
    reviews,
    revocations,
    saved,
    threads,
    webhooks,
)
from enclave.web.same_site import same_site
from enclave.web.service import Service
from enclave.wiring.gateway import Gateway

API = "/api/v1"
DISTRIBUTION = "five-safes-enclave"
PEOPLE = Pace(calls=120, seconds=6.0)
STRANGERS = Pace(calls=120, seconds=6.0)
LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "[::1]"})
MOST_FINDINGS = 10
AREAS = (assets, front, *SIGN_IN, *RESEARCHER, *CHECKER, *ADMIN, *CASES, *PUBLIC)
"""The routers of the pages."""
ABOUT = (
    "Ask questions of sensitive data in SQL; only protected statistics come back. Every call is on record. "
    "Problems are RFC 9457 documents whose `type` is a page of this service."
)


def make_app(gateway: Gateway, *, people_pace: Pace = PEOPLE, strangers_pace: Pace = STRANGERS) -> FastAPI:
    """The application of one gateway."""
    app = FastAPI(
        title="Enclave",
        version=version(DISTRIBUTION),
        description=ABOUT,
        docs_url=None,  # the usual pages load their code from elsewhere
        redoc_url=None,
        openapi_url=None,
        redirect_slashes=False,
        dependencies=[Depends(only_known), Depends(same_site)],
    )
    now = gateway.seconds_now
    app.state.service = Service(
        gateway, Bursts(people_pace, seconds_now=now), Bursts(strangers_pace, seconds_now=now)
    )
    for part in (
        people,
        queries,
        outputs,
        reviews,
        threads,
        baskets,
        revocations,
        notes,
        saved,
        cases,
        webhooks,
        letters,
        consents,
        retractions,
        policy_versions,
        public,
    ):
        app.include_router(part.router, prefix=API)
    app.include_router(pages.router)
    for area in AREAS:
        app.include_router(area)
    if gateway.development is not None:
        app.include_router(development.router)
    _answer_problems(app)
    app.openapi = lambda: document(app)  # type: ignore[method-assign]
    app.add_middleware(Admission, hosts=LOOPBACK_NAMES if gateway.loopback else None)
    app.add_middleware(
        Edge,
        new_request_id=gateway.new_request_id,
        fault=gateway.desk.fault,
        told_fault=told_fault,
        log=gateway.log,
        synthetic=lambda: gateway.desk.policies().house.synthetic,
    )
    return app


def _answer_problems(app: FastAPI) -> None:
    app.add_exception_handler(Problem, _refused)
    app.add_exception_handler(Refusals, _refused)
    app.add_exception_handler(RequestValidationError, _malformed)
    app.add_exception_handler(HTTPException, _by_status)


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, Problem | Refusals)
    return await run_in_threadpool(told, request, error)


async def _malformed(request: Request, error: Exception) -> Response:
    """What is wrong with the request, by place and rule. What was sent is not sent back."""
    assert isinstance(error, RequestValidationError)
    found = [f"{_place(one['loc'])}: {one['msg']}" for one in error.errors()[:MOST_FINDINGS]]
    problem = MalformedRequest(detail=f"{'; '.join(found)}.")
    return await run_in_threadpool(told_all, request, [problem])


def _place(path: Sequence[Any]) -> str:
    return ".".join(str(step) for step in path)


async def _by_status(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    response = await run_in_threadpool(told_all, request, [_of_status(error.status_code)])
    for name, value in (error.headers or {}).items():
        response.headers[name] = value
    return response


def _of_status(status: int) -> Problem:
    match status:
        case 404:
            return NotFound(detail="There is nothing at this address.")
        case 405:
            return MethodNotAllowed(
                detail="There is something at this address, and it does not take this method."
            )
        case _:
            return MalformedRequest(detail="The request cannot be understood.")
