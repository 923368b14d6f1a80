"""Who looks at a page: by the session of their browser, or like a program by an access token."""

from typing import Annotated

from fastapi import Depends
from starlette.requests import Request

from enclave.actions.asker import Asker
from enclave.problems.http import Unauthenticated, UnknownPerson
from enclave.web.cookies import session_id
from enclave.web.service import Service, address, count, service_of, signed_in, stranger

SIGN_IN = "This page is for people who have signed in."


def visitor(request: Request) -> Asker:
    """Whoever is signed in, counted; the page's head names them.

    Raises:
        Unauthenticated, UnknownPerson, SignInUnavailable, RateLimited
    """
    asker = signed_in(request) if _by_token(request) else _by_session(request)
    request.state.visitor = asker
    return asker


def anybody(request: Request) -> Asker | None:
    """Whoever looks at a page for everybody: the person, if they are signed in."""
    if _by_token(request):
        return visitor(request)
    try:
        asker = _of_session(request, service_of(request))
    except UnknownPerson:  # somebody who was taken out of the policy is anybody again, and can sign out
        asker = None
    if asker is None:
        stranger(request)
        return None
    request.state.visitor = asker
    return asker


def _by_token(request: Request) -> bool:
    return "authorization" in request.headers


def _by_session(request: Request) -> Asker:
    service = service_of(request)
    try:
        asker = _of_session(request, service)
        if asker is None:
            raise Unauthenticated(detail=SIGN_IN)
    except Exception:
        count(request, service.strangers, address(request))
        raise
    return asker


def _of_session(request: Request, service: Service) -> Asker | None:
    """The person of the browser's session, counted.

    Raises:
        UnknownPerson: they were taken out of the policy since they signed in.
    """
    id = session_id(request, service)
    about = None if id is None else service.gateway.session(id)
    if about is None:
        return None
    asker = service.gateway.asker(about)
    count(request, service.people, asker.person)
    return asker


Visitor = Annotated[Asker, Depends(visitor)]
Anybody = Annotated[Asker | None, Depends(anybody)]
