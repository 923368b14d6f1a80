"""Who looks at a page."""

from typing import Annotated

from fastapi import Depends
from starlette.requests import Request

from enclave.actions.asker import Asker
from enclave.web.service import signed_in, stranger


def visitor(request: Request) -> Asker:
    """Whoever is signed in, counted; the page's head names them.

    Raises:
        Unauthenticated, UnknownPerson, SignInUnavailable, RateLimited
    """
    asker = signed_in(request)
    request.state.visitor = asker
    return asker


def anybody(request: Request) -> Asker | None:
    """Whoever looks at a page for everybody: the person, if they are signed in."""
    if "authorization" not in request.headers:
        stranger(request)
        return None
    return visitor(request)


Visitor = Annotated[Asker, Depends(visitor)]
Anybody = Annotated[Asker | None, Depends(anybody)]
