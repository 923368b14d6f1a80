"""Where every way of signing in with a browser ends: a new session, and the way back."""

from typing import Final

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from enclave.actions.acknowledge_purposes import list_acknowledgements
from enclave.actions.asker import Asker
from enclave.actions.record_sign_in import open_session
from enclave.identity.sessions import id_hash, new_session
from enclave.identity.tokens import Verified
from enclave.web.cookies import keep_session, session_id
from enclave.web.service import Service, service_of

AFTERWARDS: Final = 303
"""The answer to a form is a page of its own, so that nothing is sent twice."""
MOST_PATH: Final = 2000


def signed_in_with(about: Verified, path: str, request: Request) -> Response:
    """A new session, on record, and the way back to where the person was. An id from before is never kept on."""
    service = service_of(request)
    asker, id = service.gateway.asker(about), service.gateway.new_session_id()
    before = session_id(request, service)
    new = new_session(id, asker.person, about, seal=service.gateway.key, now=service.desk.clock.now())
    open_session(
        asker,
        new,
        service.desk,
        issuer=about.issuer,
        in_place_of=None if before is None else id_hash(before),
    )
    answer = RedirectResponse(_first(asker, path, service), AFTERWARDS)
    keep_session(answer, id, service)
    return answer


def _first(asker: Asker, path: str, service: Service) -> str:
    """Where the house requires it, whoever signs in first says that they will not make the prohibited uses."""
    if not service.desk.policies().house.acknowledges:
        return path
    return "/you" if any(one.is_due for one in list_acknowledgements(asker, service.desk)) else path


def own_path(path: str) -> str:
    """A path of this service; anything that a browser could read as another place becomes the first page."""
    plain = path.isascii() and path.isprintable() and "\\" not in path
    return path if plain and path.startswith("/") and not path.startswith("//") else "/"
