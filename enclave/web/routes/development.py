"""The development issuer: tokens for the personas of a synthetic house, for this machine alone.

It is an issuer of its own, so its addresses stand beside the API and not in it.
"""

from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import Response

from enclave.identity.development import LIFE_SECONDS, DevelopmentIssuer, Persona, personas
from enclave.problems.service import Forbidden, NotFound
from enclave.web import examples, people_schemas, schemas
from enclave.web.answers import json_answer, whole_list
from enclave.web.documented import WITH_BODY, gives
from enclave.web.service import TheService, stranger

router = APIRouter(prefix="/dev", tags=["development"], dependencies=[Depends(stranger)])
HERE = frozenset({"127.0.0.1", "::1"})


def issuer_of(service: TheService, request: Request) -> DevelopmentIssuer:
    """The issuer, for a caller on this machine.

    Raises:
        NotFound: there is none here, or none any more.
        Forbidden: the call comes from elsewhere.
    """
    found = service.gateway.development
    if found is None or not service.desk.policies().house.synthetic:
        raise NotFound(detail="There is no development issuer here.")
    if request.client is None or request.client.host not in HERE:
        raise Forbidden(detail="The development issuer is for this machine alone.")
    if request.headers.get("sec-fetch-site", "none") not in ("none", "same-origin"):
        raise Forbidden(detail="The development issuer answers no page from elsewhere.")
    return found


@router.post(
    "/token", responses=gives(200, people_schemas.Token, examples.TOKEN, NotFound, Forbidden, *WITH_BODY)
)
def token(body: people_schemas.PersonaBody, service: TheService, request: Request) -> Response:
    """Sign in as one of the personas, without a password."""
    issuer = issuer_of(service, request)
    found = _personas(service).get(body.persona)
    if found is None:
        raise NotFound(detail="There is no such persona. /dev/personas lists them.")
    made = issuer.token(found, now=service.desk.clock.now())
    return json_answer({"access_token": made, "token_type": "Bearer", "expires_in": LIFE_SECONDS})


@router.get(
    "/personas",
    responses=gives(200, people_schemas.Personas, examples.items(examples.PERSONA), NotFound, Forbidden),
)
def list_personas(service: TheService, request: Request) -> Response:
    """Whom one can sign in as."""
    issuer_of(service, request)
    return whole_list(
        {
            "person": persona.person,
            "display_name": persona.display_name,
            "roles": sorted(role.value for role in persona.roles),
        }
        for persona in _personas(service).values()
    )


@router.get("/jwks", responses=gives(200, schemas.Anything, {"keys": []}, NotFound, Forbidden))
def jwks(service: TheService, request: Request) -> Response:
    """The public key of the issuer."""
    return json_answer(issuer_of(service, request).jwks())


def _personas(service: TheService) -> dict[str, Persona]:
    return {persona.person: persona for persona in personas(service.desk.policies().people)}
