"""Requests of people about their own records, for those who answer them. And demands of authorities, for everybody."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from enclave.actions.answer_cases import (
    Act,
    CaseView,
    NewRequest,
    act_on_case,
    demands,
    list_cases,
    open_request,
    read_case,
)
from enclave.actions.asker import Key
from enclave.actions.give_copy import CopyForm
from enclave.problems.service import (
    Conflict,
    Forbidden,
    IdempotencyMismatch,
    NotFound,
    PreconditionFailed,
    SignInAgain,
)
from enclave.rights.cases import CaseId, CaseKind, Command, Correction, Outcome
from enclave.web import case_schemas, examples
from enclave.web.answers import json_answer, whole_list
from enclave.web.documented import SIGNED_IN, WITH_BODY, gives, gives_text
from enclave.web.headers import IdempotencyHeader
from enclave.web.record_copies import WantedForm, copy_answer
from enclave.web.repeats import answer_once
from enclave.web.routes.names import CasePath
from enclave.web.service import Caller, TheService, stranger

router = APIRouter(tags=["rights"])

ACTING = (NotFound, Forbidden, Conflict, SignInAgain, PreconditionFailed, *SIGNED_IN, *WITH_BODY)
BINARY = {"type": "string", "format": "binary"}
A_COPY = {"type": "object", "examples": [{"case": "C-7", "tables": [], "uses": []}]}
Over = Annotated[bool, Query(description="Those that are decided or closed, too.")]


@router.post(
    "/cases",
    status_code=201,
    responses=gives(
        201,
        case_schemas.Case,
        examples.CASE,
        Forbidden,
        Conflict,
        IdempotencyMismatch,
        *SIGNED_IN,
        *WITH_BODY,
        headers=("Location",),
    ),
)
async def open_one(
    request: Request,
    body: case_schemas.CaseBody,
    asker: Caller,
    service: TheService,
    idempotency: IdempotencyHeader = None,
) -> Response:
    """Put a request of somebody about their own record, or a demand of an authority, on record. Its clock runs."""
    del idempotency
    public = {"authority": body.authority, "basis": body.basis} if body.authority or body.basis else {}
    new = NewRequest(
        CaseKind(body.kind),
        body.received_on,
        body.contact,
        body.about,
        body.through,
        body.on_behalf,
        public,
    )

    async def make(_key: Key | None) -> Response:
        view = await run_in_threadpool(open_request, asker, new, service.desk, service.gateway.rights)
        headers = {"Location": f"/api/v1/cases/{view.case.id}"}
        return json_answer(view.as_json(), status=201, headers=headers)

    return await answer_once(request, asker, service, make)


@router.get(
    "/cases",
    responses=gives(200, case_schemas.Cases, examples.items({**examples.CASE, "papers": None}), *SIGNED_IN),
)
def cases(asker: Caller, service: TheService, over: Over = False) -> Response:
    """Those that you may read, the newest first, without their papers."""
    found = list_cases(asker, service.desk, service.gateway.rights, over=over)
    return whole_list(CaseView(case, None).as_json() for case in found)


@router.get("/cases/{case}", responses=gives(200, case_schemas.Case, examples.CASE, NotFound, *SIGNED_IN))
def one_case(case: CasePath, asker: Caller, service: TheService) -> Response:
    """One of them, with its papers until it is closed."""
    return json_answer(read_case(asker, CaseId(case), service.desk, service.gateway.rights).as_json())


@router.post("/cases/{case}/acts", responses=gives(200, case_schemas.Case, examples.CASE, *ACTING))
def act(case: CasePath, body: case_schemas.CaseAct, asker: Caller, service: TheService) -> Response:
    """Do one thing with a case. What opens the vault or decides takes a second person, in another role."""
    done = Act(
        Command(body.did),
        None if body.outcome is None else Outcome(body.outcome),
        body.texts,
        body.criteria,
        body.withheld,
        tuple(Correction(one.table, one.field, one.where, one.value) for one in body.corrections),
        body.seen,
    )
    found = act_on_case(asker, CaseId(case), done, service.desk, service.gateway.rights)
    return json_answer(found.as_json())


@router.get(
    "/cases/{case}/copy",
    responses=gives_text(
        200,
        {"text/html": {"type": "string"}, "application/pdf": BINARY, "application/json": A_COPY},
        NotFound,
        Forbidden,
        Conflict,
        *SIGNED_IN,
        example=examples.RECORD_COPY,
    ),
)
def copy(case: CasePath, asker: Caller, service: TheService, wanted: WantedForm = CopyForm.HTML) -> Response:
    """The copy of the person's record. Each look is on record."""
    return copy_answer(asker, case, wanted, service)


@router.get(
    "/demands",
    responses=gives(200, case_schemas.Demands, examples.items(examples.DEMAND)),
    dependencies=[Depends(stranger)],
)
def all_demands(service: TheService) -> Response:
    """Every demand of a court, the police or another authority, from the day on which it came. Anybody may read it."""
    return whole_list(demands(service.gateway.rights))
