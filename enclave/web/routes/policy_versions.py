"""Versions of the policies, and the second administrator's yes to one that widens access."""

from typing import Annotated

from fastapi import APIRouter, Path
from starlette.responses import Response

from enclave.problems.service import Conflict, Forbidden, NotFound, OwnOutput, SignInAgain
from enclave.web import examples, schemas
from enclave.web.answers import json_answer, whole_list
from enclave.web.documented import SIGNED_IN, gives
from enclave.web.service import Caller, TheService
from enclave.wiring.policy_confirm import confirm_signed_in, read_versions, version_json

router = APIRouter(tags=["overseers"])

Number = Annotated[int, Path(ge=1, le=999_999, description="The version.", examples=[8])]


@router.get(
    "/policy-versions",
    responses=gives(
        200, schemas.PolicyVersions, examples.items(examples.POLICY_VERSION), Forbidden, *SIGNED_IN
    ),
)
def all_versions(asker: Caller, service: TheService) -> Response:
    """Every version that was applied or waits, the latest first. For administrators and auditors."""
    return whole_list(map(version_json, read_versions(asker, service.gateway.home, service.desk)))


@router.post(
    "/policy-versions/{version}/confirm",
    responses=gives(
        200,
        schemas.PolicyVersion,
        examples.POLICY_VERSION,
        NotFound,
        Forbidden,
        OwnOutput,
        SignInAgain,
        Conflict,
        *SIGNED_IN,
    ),
)
def confirm(version: Number, asker: Caller, service: TheService) -> Response:
    """Agree to a version that widens access. For an administrator who neither proposed nor wrote it, just signed in."""
    agreed = confirm_signed_in(asker, version, service.gateway.home, service.desk)
    return json_answer(version_json(agreed))
