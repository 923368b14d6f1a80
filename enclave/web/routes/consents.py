"""The register of consents, for data stewards: who may be counted for organisations that reach nobody without one."""

from typing import Any, Final

from fastapi import APIRouter
from starlette.responses import Response

from enclave.actions.consents import (
    GivenConsents,
    consent_json,
    list_consents,
    record_consents,
    withdraw_consents,
)
from enclave.people.consents import ConsentId
from enclave.problems.service import Conflict, Forbidden, NotFound
from enclave.web import consent_schemas, examples
from enclave.web.answers import json_answer, whole_list
from enclave.web.documented import SIGNED_IN, WITH_BODY, gives
from enclave.web.service import Caller, TheService

router = APIRouter(tags=["data stewards"])

NUMBERS: Final[dict[str, Any]] = {"consents": ["G-12"]}
WRITING: Final = (Forbidden, Conflict, *SIGNED_IN, *WITH_BODY)


@router.get(
    "/consents",
    responses=gives(200, consent_schemas.Consents, examples.items(examples.CONSENT), Forbidden, *SIGNED_IN),
)
def consents(asker: Caller, service: TheService) -> Response:
    """All consents, the latest first, without whom each is about. For data stewards and auditors."""
    return whole_list(map(consent_json, list_consents(asker, service.desk)))


@router.post(
    "/consents", status_code=201, responses=gives(201, consent_schemas.ConsentNumbers, NUMBERS, *WRITING)
)
def record(body: consent_schemas.ConsentsBody, asker: Caller, service: TheService) -> Response:
    """Record that people have consented: all of them, or none. For data stewards."""
    given = GivenConsents(
        unit=body.unit,
        keys=tuple(body.keys),
        purposes=tuple(body.purposes),
        recipients=tuple(body.recipients),
        evidence=body.evidence,
        given_on=body.given_on,
        expires_on=body.expires_on,
    )
    made = record_consents(asker, given, service.gateway.numbers_of, service.desk)
    return json_answer({"consents": [one.id for one in made]}, status=201)


@router.post(
    "/consents/withdrawals",
    responses=gives(200, consent_schemas.ConsentNumbers, NUMBERS, NotFound, *WRITING),
)
def withdraw(body: consent_schemas.WithdrawalBody, asker: Caller, service: TheService) -> Response:
    """Record that consents are withdrawn. Every query that begins afterwards counts without these people."""
    gone = withdraw_consents(
        asker,
        service.desk,
        service.gateway.numbers_of,
        consents=[ConsentId(one) for one in body.consents],
        unit=body.unit,
        keys=body.keys,
    )
    return json_answer({"consents": list(gone)})
