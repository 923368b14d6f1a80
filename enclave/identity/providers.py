"""A sign-in service as its own document describes it (OpenID Connect Discovery): where people and programs are sent."""

import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from enclave.identity.keys import MOST_BYTES
from enclave.identity.tokens import Issuer
from enclave.identity.visas import VisaIssuer
from enclave.problems.http import SignInUnavailable

DOCUMENT: Final = "/.well-known/openid-configuration"
DEVICE: Final = "device_authorization_endpoint"
FRESH: Final = timedelta(hours=1)
ADDRESSES: Final = (
    "authorization_endpoint",
    "token_endpoint",
    "userinfo_endpoint",
    "end_session_endpoint",
    DEVICE,
    "revocation_endpoint",
)
NEEDED: Final = ("authorization_endpoint", "token_endpoint")
UNAVAILABLE: Final = "The sign-in service cannot be reached just now. Try again in a minute."


class NoProvider(ValueError):
    """The document is not one of this issuer."""


@dataclass(frozen=True, slots=True)
class Described:
    """What is used of the document. `names_itself`: its answers say whose they are (RFC 9207)."""

    addresses: Mapping[str, str]
    names_itself: bool


@dataclass
class Provider:
    """One sign-in service. Its document is fetched when it is needed, and kept for an hour.

    Nothing of the document decides whose tokens count: keys and algorithms are those of the house's own file.
    """

    issuer: Issuer
    client_id: str
    client_secret: str | None
    fetch: Callable[[], bytes]
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _found: tuple[datetime, Described] | None = None

    def described(self, now: datetime) -> Described:
        """
        Raises:
            SignInUnavailable: the document cannot be had, or is not this issuer's.
        """
        with self._lock:
            if self._found is None or not self._found[0] <= now < self._found[0] + FRESH:
                try:
                    self._found = (now, described(self.fetch(), self.issuer.name))
                except (OSError, ValueError):
                    raise SignInUnavailable(detail=UNAVAILABLE) from None
            return self._found[1]


def described(document: bytes, issuer: str) -> Described:
    """
    Raises:
        NoProvider: this is no such document, or it is another issuer's.
    """
    if len(document) > MOST_BYTES:
        raise NoProvider("the document is too large")
    found = json.loads(document)
    if not isinstance(found, dict) or found.get("issuer") != issuer:
        raise NoProvider("this is no document of the issuer")
    addresses = {name: found[name] for name in ADDRESSES if _is_address(found.get(name))}
    if any(name not in addresses for name in NEEDED):
        raise NoProvider("the document has no address for signing in")
    return Described(addresses, found.get("authorization_response_iss_parameter_supported") is True)


def _is_address(value: Any) -> bool:
    return isinstance(value, str) and value.startswith("https://") and value.isascii() and value.isprintable()


@dataclass(frozen=True, slots=True)
class BrowserSignIn:
    """How browsers sign in. `address`: how they call this service; `button`: what leads there."""

    provider: Provider
    jwks: str
    address: str
    button: str
    visas: Mapping[str, VisaIssuer] = field(default_factory=dict)

    @property
    def back(self) -> str:
        """Where the sign-in service sends people back to."""
        return f"{self.address}/sign-in/callback"


def device_sign_in(provider: Provider, now: datetime) -> dict[str, str] | None:
    """Where a terminal asks for a code; None when the sign-in service has no such thing."""
    addresses = provider.described(now).addresses
    if DEVICE not in addresses:
        return None
    own = provider.issuer.scope
    return {
        "issuer": provider.issuer.name,
        "client_id": provider.client_id,
        DEVICE: addresses[DEVICE],
        "token_endpoint": addresses["token_endpoint"],
        "scope": f"openid {own}" if own else "openid",
    }
