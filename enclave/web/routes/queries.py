"""Ask, check, look at and cancel queries. Rows are not here: a table is had of a release alone."""

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from enclave.actions.ask_query import AskQuery, ask_query, check_query
from enclave.actions.asker import Key
from enclave.actions.cancel_query import cancel_query
from enclave.actions.plan_json import checked_json
from enclave.actions.read_outputs import list_queries, read_query
from enclave.outputs.records import QueryId, Wanted
from enclave.outputs.views import QueryView
from enclave.problems import (
    AccreditationExpired,
    ChoosesRows,
    EncodesPeople,
    FieldNotGranted,
    FieldUseRefused,
    FunctionNotAllowed,
    IndividualRows,
    MixesPeople,
    NotAQuery,
    NotOnProject,
    ProjectEnded,
    PurposeNotPermitted,
    SyntaxProblem,
    TooComplex,
    UnknownField,
    UnknownTable,
    ValueOfOnePerson,
    YearNotInProject,
)
from enclave.problems.service import (
    AllowanceUsedUp,
    Forbidden,
    IdempotencyMismatch,
    NotFound,
    PurposesNotAcknowledged,
    TooManyWaiting,
)
from enclave.terms import ProjectId
from enclave.web import examples, schemas
from enclave.web.allowance import show_allowance, show_checks
from enclave.web.answers import json_answer, list_answer
from enclave.web.conditions import wait_seconds
from enclave.web.cursors import DEFAULT_LIMIT, Cursor, Limit, place_of
from enclave.web.documented import SIGNED_IN, WITH_BODY, gives
from enclave.web.headers import IdempotencyHeader, PreferHeader
from enclave.web.repeats import answer_once
from enclave.web.routes.names import OfProject, QueryPath
from enclave.web.service import Caller, Service, TheService
from enclave.web.waiting import until_over

router = APIRouter(tags=["queries"])

KIND = "queries"
LOOK_AGAIN_SECONDS = "1"
REFUSALS = (
    SyntaxProblem,
    NotAQuery,
    TooComplex,
    UnknownTable,
    UnknownField,
    FunctionNotAllowed,
    IndividualRows,
    MixesPeople,
    ValueOfOnePerson,
    ChoosesRows,
    EncodesPeople,
    FieldNotGranted,
    FieldUseRefused,
    YearNotInProject,
    ProjectEnded,
    AccreditationExpired,
    NotOnProject,
    PurposeNotPermitted,
    PurposesNotAcknowledged,
)
ASKING = (*REFUSALS, AllowanceUsedUp, TooManyWaiting, IdempotencyMismatch, *SIGNED_IN, *WITH_BODY)


@router.post(
    "/check", responses=gives(200, schemas.Checked, examples.CHECKED, *REFUSALS, *SIGNED_IN, *WITH_BODY)
)
def check(request: Request, body: schemas.CheckBody, asker: Caller, service: TheService) -> Response:
    """What would become of a query, without running it: its shape and its route. Reads no data, uses no allowance."""
    ask = AskQuery(asker, ProjectId(body.project), body.sql, "", Wanted(body.route))
    planned = check_query(ask, service.desk).planned
    show_checks(request, service, asker, ask.project)
    return json_answer(checked_json(planned))


@router.post(
    "/queries",
    status_code=201,
    responses=gives(201, schemas.Query, examples.QUERY, *ASKING, headers=("Location", "Retry-After")),
)
async def ask(
    request: Request,
    body: schemas.QueryBody,
    asker: Caller,
    service: TheService,
    prefer: PreferHeader = None,
    idempotency: IdempotencyHeader = None,
) -> Response:
    """Ask a query. It is answered at once and runs on; `Prefer: wait=30` waits for its end."""
    del prefer, idempotency  # read below, as they were sent
    asked = AskQuery(asker, ProjectId(body.project), body.sql, body.name, Wanted(body.route))

    async def make(key: Key | None) -> Response:
        view = await run_in_threadpool(_asked, request, asked, service, key)
        seconds = wait_seconds(request)
        if seconds:
            view = await _end_of(view, asker, service, seconds)
        return _query_answer(view, seconds, status=201, location=f"/api/v1/queries/{view.id}")

    return await answer_once(request, asker, service, make)


@router.get(
    "/queries",
    responses=gives(
        200, schemas.Queries, examples.items(examples.RELEASED_QUERY), *SIGNED_IN, headers=("Link",)
    ),
)
def queries(
    request: Request,
    asker: Caller,
    service: TheService,
    project: OfProject = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Response:
    """Queries of your projects, newest first."""
    page = list_queries(
        asker,
        service.desk,
        limit=limit,
        after=place_of(cursor, KIND),
        project=None if project is None else ProjectId(project),
    )
    return list_answer(request, page, QueryView.as_json, kind=KIND)


@router.get(
    "/queries/{query}",
    responses=gives(
        200, schemas.Query, examples.RELEASED_QUERY, NotFound, *SIGNED_IN, headers=("Retry-After",)
    ),
)
async def query(
    request: Request, query: QueryPath, asker: Caller, service: TheService, prefer: PreferHeader = None
) -> Response:
    """Where a query is and, once it is released, its output. `Prefer: wait=30` waits for its end."""
    del prefer
    seconds = wait_seconds(request)
    view = await run_in_threadpool(read_query, asker, QueryId(query), service.desk)
    view = await _end_of(view, asker, service, seconds or 0)
    return _query_answer(view, seconds)


@router.post(
    "/queries/{query}/cancel",
    status_code=202,
    responses=gives(202, schemas.Query, examples.CANCELLED_QUERY, NotFound, Forbidden, *SIGNED_IN),
)
def cancel(query: QueryPath, asker: Caller, service: TheService) -> Response:
    """End a query. Safe to repeat; one that has ended stays as it ended."""
    return _query_answer(cancel_query(asker, QueryId(query), service.desk), None, status=202)


def _asked(request: Request, ask: AskQuery, service: Service, key: Key | None) -> QueryView:
    """The query in the queue, and what its project may still ask in the headers."""
    view = ask_query(ask, service.desk, key=key)
    service.gateway.workers.wake()
    show_allowance(request, service, view.project)
    return view


async def _end_of(seen: QueryView, asker: Caller, service: Service, seconds: int) -> QueryView:
    gateway = service.gateway
    return await until_over(
        seen,
        lambda: read_query(asker, seen.id, gateway.desk),
        bell=gateway.bell,
        seconds=seconds,
        stopping=gateway.stopping.is_set,
    )


def _query_answer(
    view: QueryView, waited: int | None, *, status: int = 200, location: str | None = None
) -> Response:
    headers = {
        "Location": location,
        "Preference-Applied": None if waited is None else f"wait={waited}",
        "Retry-After": None if view.over else LOOK_AGAIN_SECONDS,
    }
    return json_answer(
        view.as_json(),
        status=status,
        headers={name: value for name, value in headers.items() if value is not None},
    )
