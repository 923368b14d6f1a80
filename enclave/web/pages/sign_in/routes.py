"""Signing in and out with a browser."""

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Query
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from enclave.actions.acknowledge_purposes import acknowledge_purposes, list_acknowledgements
from enclave.actions.read_me import read_me
from enclave.actions.record_sign_in import end_session
from enclave.identity.development import DevelopmentIssuer, Persona, personas
from enclave.identity.sessions import id_hash
from enclave.identity.tokens import Verified
from enclave.problems import Problem
from enclave.problems.service import NotFound
from enclave.terms import ProjectId
from enclave.web.cookies import SESSION, forget, session_id
from enclave.web.pages.rendering import page
from enclave.web.pages.sign_in.entering import AFTERWARDS, MOST_PATH, own_path, signed_in_with
from enclave.web.pages.visitor import Anybody, Visitor, anybody
from enclave.web.routes.development import issuer_of
from enclave.web.service import Service, TheService

router = APIRouter(include_in_schema=False)

Next = Annotated[str, Query(alias="next", max_length=MOST_PATH)]
NextField = Annotated[str, Form(alias="next", max_length=MOST_PATH)]
Again = Annotated[bool, Query()]
ProjectField = Annotated[str, Form(max_length=60)]
HashField = Annotated[str, Form(pattern=r"^[0-9a-f]{64}$")]
PersonaField = Annotated[str, Form(max_length=100)]


@router.get("/sign-in")
def choose(
    request: Request, visitor: Anybody, service: TheService, onward: Next = "/", again: Again = False
) -> Response:
    """How one can sign in here. `again`: what somebody is about to do needs a fresh sign-in."""
    browser = service.gateway.browser
    return page(
        request,
        "sign_in/choose.html",
        next=own_path(onward),
        again=again,
        button=None if browser is None else browser.button,
        personas=_personas_here(request, service),
        signed_in=visitor is not None,
    )


@router.post("/sign-in/persona")
def as_persona(
    request: Request, service: TheService, persona: PersonaField, onward: NextField = "/"
) -> Response:
    """Sign in as one of the personas of the development issuer, on this machine alone."""
    issuer = issuer_of(service, request)
    found = next((one for one in _personas(service) if one.person == persona), None)
    if found is None:
        raise NotFound(detail="There is no such persona.")
    return signed_in_with(_token(issuer, found, service), own_path(onward), request)


@router.get("/you")
def you(request: Request, visitor: Visitor, service: TheService) -> Response:
    """Who somebody is here, what keeps them from data now, and which uses they have to say that they will not make."""
    me = read_me(visitor, service.desk).as_json()
    due = [one for one in list_acknowledgements(visitor, service.desk) if one.is_due]
    return page(request, "sign_in/you.html", me=me, due=due, signed_in_at=visitor.authenticated_at)


@router.post("/you/acknowledgements")
def acknowledge(
    visitor: Visitor, service: TheService, project: ProjectField, acknowledgement: HashField
) -> Response:
    """On record: they have read the prohibited uses of a project and will not make them."""
    acknowledge_purposes(visitor, ProjectId(project), acknowledgement, service.desk)
    return RedirectResponse("/you", AFTERWARDS)


@router.post("/sign-out", dependencies=[Depends(anybody)])
def sign_out(request: Request, service: TheService) -> Response:
    """The session of this browser is over, whatever anybody still knows of it."""
    id = session_id(request, service)
    if id is not None:
        visitor = getattr(request.state, "visitor", None)
        end_session(None if visitor is None else visitor.person, id_hash(id), service.desk)
    answer = RedirectResponse("/signed-out", AFTERWARDS)
    forget(answer, SESSION, service)
    answer.headers["Clear-Site-Data"] = '"cache", "storage"'
    return answer


@router.get("/signed-out")
def signed_out(request: Request, visitor: Anybody) -> Response:
    return page(request, "sign_in/signed_out.html", signed_in=visitor is not None)


def _token(issuer: DevelopmentIssuer, persona: Persona, service: Service) -> Verified:
    """By way of a token, so that a persona signs in by what is checked of everybody else."""
    return service.gateway.verified(issuer.token(persona, now=service.desk.clock.now()))


def _personas_here(request: Request, service: Service) -> tuple[Persona, ...]:
    """The personas, for somebody who may be one."""
    try:
        issuer_of(service, request)
    except Problem:
        return ()
    return _personas(service)


def _personas(service: Service) -> tuple[Persona, ...]:
    return personas(service.desk.policies().people)
