"""Retractions of fields: one person asks, a second one agrees. They are carried out where the home is."""

from datetime import datetime
from typing import Annotated, Any, Final

from fastapi import APIRouter, Path
from pydantic import Field as Setting
from pydantic import StringConstraints
from starlette.responses import Response

from enclave.outputs.agreements import MOST_REASON, AgreementId
from enclave.problems.service import Conflict, Forbidden, NotFound, OwnOutput, SignInAgain
from enclave.terms import FieldRef
from enclave.web.answers import json_answer, whole_list
from enclave.web.documented import SIGNED_IN, WITH_BODY, gives
from enclave.web.examples import items
from enclave.web.schemas import Body, Shown
from enclave.web.service import Caller, TheService
from enclave.wiring.retractions_asked import (
    agree_to_retraction,
    ask_retraction,
    list_retractions,
    retraction_json,
)

router = APIRouter(tags=["data stewards"])

Word = Annotated[str, StringConstraints(min_length=1, max_length=100)]
Id = Annotated[str, Path(pattern="^A-[1-9][0-9]{0,15}$", description="Its id.", examples=["A-3"])]
EXAMPLE: Final[dict[str, Any]] = {
    "id": "A-3",
    "field": "school_census_pupil.nationality",
    "reason": "The law no longer asks for it",
    "asked_by": "steward@enclave.example",
    "asked_at": "2026-11-26T12:00:00+00:00",
    "agreed_by": "admin@enclave.example",
    "agreed_at": "2026-11-26T15:00:00+00:00",
}


class RetractionBody(Body):
    table: Word = Setting(examples=["school_census_pupil"])
    field: Word = Setting(examples=["nationality"])
    reason: Annotated[str, StringConstraints(min_length=1, max_length=MOST_REASON)] = Setting(
        description="Why, for the record.", examples=["The law no longer asks for it"]
    )


class Retraction(Shown):
    id: str
    field: str
    reason: str
    asked_by: str
    asked_at: datetime
    agreed_by: str | None = Setting(description="Null while it waits for a second person.")
    agreed_at: datetime | None


class Retractions(Shown):
    items: list[Retraction]
    next: str | None


@router.get("/retractions", responses=gives(200, Retractions, items(EXAMPLE), Forbidden, *SIGNED_IN))
def retractions(asker: Caller, service: TheService) -> Response:
    """All retractions that were asked for, the latest first. For data stewards, administrators and auditors."""
    return whole_list(map(retraction_json, list_retractions(asker, service.desk)))


@router.post(
    "/retractions",
    status_code=201,
    responses=gives(201, Retraction, EXAMPLE, Forbidden, SignInAgain, Conflict, *SIGNED_IN, *WITH_BODY),
)
def ask(body: RetractionBody, asker: Caller, service: TheService) -> Response:
    """Ask that a field is retracted for good. For a data steward who has just signed in."""
    asked = ask_retraction(asker, FieldRef(body.table, body.field), body.reason, service.desk)
    return json_answer(retraction_json(asked), status=201)


@router.post(
    "/retractions/{retraction}/confirm",
    responses=gives(
        200, Retraction, EXAMPLE, NotFound, Forbidden, OwnOutput, SignInAgain, Conflict, *SIGNED_IN
    ),
)
def confirm(retraction: Id, asker: Caller, service: TheService) -> Response:
    """Agree to one that waits, as somebody else. It is carried out where the home is, with `enclave retract`."""
    return json_answer(retraction_json(agree_to_retraction(asker, AgreementId(retraction), service.desk)))
