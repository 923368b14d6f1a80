"""The cookie of a browser's session. It holds an id and nothing else; scripts cannot read it.

Over https its name begins with `__Host-`, so that no other site of the domain can set it. On loopback there is no
https, and a browser would not send such a cookie.

Limit: on loopback every service of the machine is sent the cookie, whatever its port, as browsers know no ports.
"""

from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from enclave.identity.sessions import ID
from enclave.people.sessions import LONGEST
from enclave.web.service import Service

SESSION: Final = "enclave-session"
FLOW: Final = "enclave-sign-in"
"""What a sign-in that is under way must remember."""
MOST_CHARACTERS: Final = 4096


def session_id(request: Request, service: Service) -> str | None:
    """The id that the browser has; None when it has none, or says more than one."""
    found = read(request, SESSION, service)
    return found if found is not None and ID.fullmatch(found) else None


def read(request: Request, name: str, service: Service) -> str | None:
    """The value of a cookie. Of two with one name either may be planted, so there is none."""
    wanted = _called(name, service)
    pairs = (part.partition("=") for line in request.headers.getlist("cookie") for part in line.split(";"))
    found = [value.strip() for key, _, value in pairs if key.strip() == wanted]
    return found[0] if len(found) == 1 and len(found[0]) <= MOST_CHARACTERS else None


def keep_session(answer: Response, id: str, service: Service) -> None:
    write(answer, SESSION, id, service, seconds=int(LONGEST.total_seconds()))


def write(answer: Response, name: str, value: str, service: Service, *, seconds: int) -> None:
    """`Lax`: a link from elsewhere opens a page as the person, and a form from elsewhere is nobody's."""
    answer.set_cookie(
        _called(name, service),
        value,
        max_age=seconds,
        path="/",
        secure=_secure(service),
        httponly=True,
        samesite="lax",
    )


def forget(answer: Response, name: str, service: Service) -> None:
    write(answer, name, "", service, seconds=0)


def _called(name: str, service: Service) -> str:
    return f"__Host-{name}" if _secure(service) else name


def _secure(service: Service) -> bool:
    return not service.gateway.loopback
