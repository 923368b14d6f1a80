"""The data versions, and the fields that two people want retracted. For data stewards, admins and auditors."""

from typing import Annotated

from fastapi import APIRouter, Form, Path
from pydantic import BaseModel, ConfigDict, StringConstraints
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from enclave.outputs.agreements import MOST_REASON, AgreementId
from enclave.terms import FieldRef
from enclave.web.pages.rendering import page
from enclave.web.pages.sign_in.entering import AFTERWARDS
from enclave.web.pages.visitor import Visitor
from enclave.web.service import TheService
from enclave.wiring.oversight import data_versions
from enclave.wiring.retractions_asked import (
    agree_to_retraction,
    ask_retraction,
    list_retractions,
    may_agree,
    may_ask,
)

router = APIRouter(include_in_schema=False)

RetractionId = Annotated[str, Path(pattern="^A-[1-9][0-9]{0,15}$")]


class RetractionForm(BaseModel):
    model_config = ConfigDict(extra="forbid")
    field: Annotated[str, StringConstraints(max_length=200)]
    reason: Annotated[str, StringConstraints(max_length=MOST_REASON)] = ""


@router.get("/oversight/data")
def data(request: Request, visitor: Visitor, service: TheService) -> Response:
    """The data versions that were loaded: for data stewards too."""
    retractions = list_retractions(visitor, service.desk)
    return page(
        request,
        "admin/data.html",
        versions=data_versions(service.gateway.home),
        retractions=[(one, may_agree(visitor, one, service.desk)) for one in retractions],
        may_ask=may_ask(visitor, service.desk),
    )


@router.post("/oversight/data/retractions")
def ask(form: Annotated[RetractionForm, Form()], visitor: Visitor, service: TheService) -> Response:
    """A data steward asks that a field is retracted."""
    table, _, name = form.field.partition(".")
    ask_retraction(visitor, FieldRef(table, name), form.reason, service.desk)
    return RedirectResponse("/oversight/data#retractions", AFTERWARDS)


@router.post("/oversight/data/retractions/{retraction}/confirm")
def agree(retraction: RetractionId, visitor: Visitor, service: TheService) -> Response:
    """A second person agrees to one that waits."""
    agree_to_retraction(visitor, AgreementId(retraction), service.desk)
    return RedirectResponse("/oversight/data#retractions", AFTERWARDS)
