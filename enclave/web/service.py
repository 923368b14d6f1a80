"""What every route is given: the gateway, whoever is calling, and how fast they may."""

from collections import OrderedDict
from dataclasses import dataclass, field
from threading import Lock
from typing import Annotated, Final

from fastapi import Depends
from starlette.requests import Request

from enclave.actions.asker import Asker
from enclave.actions.record_sign_in import record_sign_in
from enclave.actions.service_desk import ServiceDesk
from enclave.identity.tokens import SIGN_IN, Verified
from enclave.problems.http import Unauthenticated
from enclave.web.rates import Bursts, Left
from enclave.web.under_way import UnderWay
from enclave.wiring.gateway import Gateway

SCHEME: Final = "bearer "
SIGN_INS_REMEMBERED: Final = 10_000


class SignIns:
    """The tokens that were seen before, so that each is on record once while this process lives."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._seen: OrderedDict[tuple[str, str], None] = OrderedDict()

    def first(self, token: Verified) -> bool:
        with self._lock:
            key = (token.issuer, token.token_id)
            known = key in self._seen
            self._seen[key] = None
            while len(self._seen) > SIGN_INS_REMEMBERED:
                self._seen.popitem(last=False)
        return not known


@dataclass(frozen=True, slots=True)
class Service:
    """The gateway as the web uses it. `people` may call at one pace, strangers by their address at another."""

    gateway: Gateway
    people: Bursts
    strangers: Bursts
    sign_ins: SignIns = field(default_factory=SignIns)
    under_way: UnderWay = field(default_factory=UnderWay)

    @property
    def desk(self) -> ServiceDesk:
        return self.gateway.desk


def service_of(request: Request) -> Service:
    found: Service = request.app.state.service
    return found


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
    if service.sign_ins.first(verified):
        record_sign_in(asker, service.desk, issuer=verified.issuer)
    return asker


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
TheService = Annotated[Service, Depends(service_of)]
