"""What every route is given: the gateway, whoever is calling, and how fast they may."""

from dataclasses import dataclass, field
from typing import Annotated, Final

from fastapi import Depends
from starlette.requests import Request

from enclave.actions.asker import Asker
from enclave.actions.record_sign_in import TokenTwice, record_sign_in
from enclave.actions.service_desk import ServiceDesk
from enclave.identity.tokens import NOT_ACCEPTED, SIGN_IN, Verified
from enclave.people.tokens import ShownToken
from enclave.problems.http import Unauthenticated
from enclave.web.rates import Bursts, Left
from enclave.web.under_way import UnderWay
from enclave.wiring.gateway import Gateway

SCHEME: Final = "bearer "
CHANGES_NOTHING: Final = frozenset({"GET", "HEAD", "OPTIONS"})
USED: Final = (
    "The access token was good for one call that changes something, and that was made. Get another one."
)


@dataclass(frozen=True, slots=True)
class Service:
    """The gateway as the web uses it. `people` may call at one pace, strangers by their address at another."""

    gateway: Gateway
    people: Bursts
    strangers: Bursts
    under_way: UnderWay = field(default_factory=UnderWay)

    @property
    def desk(self) -> ServiceDesk:
        return self.gateway.desk


def service_of(request: Request) -> Service:
    found: Service = request.app.state.service
    return found


async def the_service(request: Request) -> Service:
    """As `service_of`, for routes: what waits for nothing needs no thread."""
    return service_of(request)


def signed_in(request: Request) -> Asker:
    """Whoever calls, counted.

    Raises:
        Unauthenticated, UnknownPerson, SignInUnavailable, RateLimited
    """
    service = service_of(request)
    try:
        verified = service.gateway.verified(_token(request))
        asker = service.gateway.asker(verified)
    except Exception:
        count(request, service.strangers, address(request))
        raise
    count(request, service.people, asker.person)
    _not_again(request, verified, asker, service)
    request.state.verified = verified
    return asker


def shown_token(verified: Verified) -> ShownToken:
    return ShownToken(verified.issuer, verified.token_id, verified.digest, verified.expires_at)


def _not_again(request: Request, verified: Verified, asker: Asker, service: Service) -> None:
    """On record once; and no token comes after its end, as another's, or a second time where once is all it is for.

    Raises:
        Unauthenticated
    """
    try:
        record_sign_in(asker, shown_token(verified), service.desk)
    except TokenTwice:
        raise Unauthenticated(detail=NOT_ACCEPTED, reason="replayed") from None
    once = verified.single_use and request.method not in CHANGES_NOTHING
    if once and not service.desk.records.use_token(verified.issuer, verified.token_id):
        raise Unauthenticated(detail=USED, reason="used")


def stranger(request: Request) -> None:
    """Somebody who need not say who they are, counted by their address."""
    count(request, service_of(request).strangers, address(request))


def count(request: Request, bursts: Bursts, caller: str) -> Left:
    """One call more; what is left stands in the headers, whatever becomes of the call.

    Raises:
        RateLimited
    """
    headers = request.state.headers
    headers["RateLimit-Policy"] = bursts.pace.policy
    headers["RateLimit"] = bursts.nothing_left
    left = bursts.take(caller)
    headers["RateLimit"] = left.header
    return left


def address(request: Request) -> str:
    return "unknown" if request.client is None else request.client.host


def _token(request: Request) -> str:
    given = request.headers.getlist("authorization")
    if len(given) != 1 or given[0][: len(SCHEME)].lower() != SCHEME:
        raise Unauthenticated(detail=SIGN_IN)
    return given[0][len(SCHEME) :].strip()


Caller = Annotated[Asker, Depends(signed_in)]
TheService = Annotated[Service, Depends(the_service)]
