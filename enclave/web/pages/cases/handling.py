"""The list of cases, one case with what may be done next, and every demand of an authority."""

from datetime import date
from typing import Annotated, Literal

from fastapi import APIRouter, Form
from pydantic import BaseModel, ConfigDict, StringConstraints
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from enclave.actions.answer_cases import (
    Act,
    NewRequest,
    act_on_case,
    demands,
    list_cases,
    open_request,
    read_case,
)
from enclave.actions.asker import Asker
from enclave.actions.case_offers import new_offers, offers
from enclave.actions.give_copy import GIVEN, CopyForm
from enclave.problems import Problem
from enclave.problems.service import Conflict, Forbidden, PreconditionFailed, SignInAgain
from enclave.rights.cases import CaseId, CaseKind, CaseState, Command, Correction, Outcome
from enclave.web.case_schemas import CaseDeed
from enclave.web.pages.rendering import page
from enclave.web.pages.visitor import Anybody, Visitor
from enclave.web.record_copies import WantedForm, copy_answer
from enclave.web.routes.names import CasePath
from enclave.web.service import Service, TheService

router = APIRouter(include_in_schema=False)

TOLD = (Conflict, Forbidden, PreconditionFailed, SignInAgain)
"""What comes back as the same page."""
SAID = ("identity", "responsibility", "maturity", "reason", "purposes", "recipients", "expires", "withdraw")
Text = Annotated[str, StringConstraints(max_length=2_000)]
Lines = Annotated[str, StringConstraints(max_length=20_000)]


class NewForm(BaseModel):
    model_config = ConfigDict(extra="forbid")
    kind: Literal["access", "correction", "objection", "opt-out", "consent", "demand"] = "access"
    received_on: date
    contact: Text = ""
    about: Text = ""
    through: Annotated[str, StringConstraints(max_length=100)] = ""
    on_behalf: Annotated[str, StringConstraints(pattern="^(yes)?$")] = ""
    authority: Annotated[str, StringConstraints(max_length=200)] = ""
    basis: Annotated[str, StringConstraints(max_length=200)] = ""


class ActForm(BaseModel):
    model_config = ConfigDict(extra="forbid")
    did: CaseDeed
    outcome: Literal["", "granted", "granted in part", "refused", "withdrawn"] = ""
    identity: Text = ""
    responsibility: Text = ""
    maturity: Text = ""
    reason: Text = ""
    purposes: Text = ""
    recipients: Text = ""
    expires: Text = ""
    withdraw: Text = ""
    criteria: Lines = ""
    withheld: Lines = ""
    corrections: Lines = ""
    seen: int | None = None

    def act(self) -> Act:
        """
        Raises:
            Conflict: a line is not as it should be.
        """
        texts = {name: getattr(self, name) for name in SAID}
        return Act(
            Command(self.did),
            Outcome(self.outcome) if self.outcome else None,
            {name: text for name, text in texts.items() if text},
            pairs(self.criteria),
            pairs(self.withheld),
            tuple(correction_of(line) for line in _lines(self.corrections)),
            self.seen,
        )


@router.get("/cases")
def cases(request: Request, visitor: Visitor, service: TheService) -> Response:
    """What waits, by its clock; and a form for a new request."""
    return _list(request, visitor, service)


@router.post("/cases")
def open_one(
    request: Request, form: Annotated[NewForm, Form()], visitor: Visitor, service: TheService
) -> Response:
    public = {"authority": form.authority, "basis": form.basis} if form.authority or form.basis else {}
    new = NewRequest(
        CaseKind(form.kind),
        form.received_on,
        form.contact,
        form.about,
        form.through,
        form.on_behalf == "yes",
        public,
    )
    try:
        made = open_request(visitor, new, service.desk, service.gateway.rights)
    except TOLD as problem:
        return _list(request, visitor, service, problem=problem)
    return RedirectResponse(f"/cases/{made.case.id}", status_code=303)


@router.get("/cases/{case}")
def one(request: Request, case: CasePath, visitor: Visitor, service: TheService) -> Response:
    """A case: where it is, what was done, and what may be done next."""
    return _case(request, case, visitor, service)


@router.post("/cases/{case}")
def act(
    request: Request,
    case: CasePath,
    form: Annotated[ActForm, Form()],
    visitor: Visitor,
    service: TheService,
) -> Response:
    try:
        act_on_case(visitor, CaseId(case), form.act(), service.desk, service.gateway.rights)
    except TOLD as problem:
        return _case(request, case, visitor, service, problem=problem)
    return RedirectResponse(f"/cases/{case}", status_code=303)


@router.get("/cases/{case}/copy")
def copy(
    case: CasePath, visitor: Visitor, service: TheService, wanted: WantedForm = CopyForm.HTML
) -> Response:
    """The copy, as a file."""
    return copy_answer(visitor, case, wanted, service)


@router.get("/demands")
def all_demands(request: Request, visitor: Anybody, service: TheService) -> Response:
    """Who demanded rows about people, and what became of it. A page for everybody."""
    del visitor  # who it is stands in the page's head
    return page(request, "cases/demands.html", demands=demands(service.gateway.rights))


def _list(request: Request, visitor: Asker, service: Service, *, problem: Problem | None = None) -> Response:
    rights = service.gateway.rights
    found = sorted(list_cases(visitor, service.desk, rights), key=lambda case: (case.due_on, case.id))
    return page(
        request,
        "cases/list.html",
        status=200 if problem is None else problem.status,
        cases=found,
        new=new_offers(visitor, service.desk),
        cluster=_cluster(service),
        today=rights.today(),
        problem=problem,
    )


def _case(
    request: Request, case: str, visitor: Asker, service: Service, *, problem: Problem | None = None
) -> Response:
    view = read_case(visitor, CaseId(case), service.desk, service.gateway.rights)
    state, may = view.case.state, offers(visitor, view.case, service.desk, service.gateway.rights)
    return page(
        request,
        "cases/case.html",
        status=200 if problem is None else problem.status,
        case=view.case,
        papers=view.papers,
        may={command.value for command in may},
        outcomes=[outcome.value for outcome in Outcome],
        has_copy=view.case.kind is CaseKind.ACCESS and state in (CaseState.FOUND, CaseState.PROPOSED),
        is_given=state is CaseState.DECIDED and view.case.outcome in GIVEN,
        late=view.case.due_on < service.gateway.rights.today(),
        problem=problem,
    )


def _cluster(service: Service) -> str:
    """The catalogue's word for what a request may come through."""
    words = [one.one for one in service.desk.policies().catalogue.clusters.values()]
    return words[0] if len(words) == 1 else "place"


def pairs(text: str) -> dict[str, str]:
    """`name = value`, one on a line.

    Raises:
        Conflict
    """
    found = {}
    for line in _lines(text):
        name, sign, value = line.partition("=")
        if not sign:
            raise Conflict(detail=f"Write NAME = VALUE on each line, not: {line}")
        found[name.strip()] = value.strip()
    return found


def correction_of(line: str) -> Correction:
    """`table.field = value where field = value`.

    Raises:
        Conflict
    """
    what, _, where = line.partition(" where ")
    named, sign, value = what.partition("=")
    table, dot, field = named.strip().partition(".")
    if not (sign and dot):
        raise Conflict(detail=f"Write TABLE.FIELD = VALUE where FIELD = VALUE, not: {line}")
    return Correction(table, field, pairs(where), value.strip() or None)


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]
