"""Signing in from a terminal by a code that is typed into a browser, anywhere (RFC 8628).

No password passes through here, and the token comes straight from the house's sign-in service.

Limit: no refresh token is asked for or kept. When the token ends one signs in again.
"""

import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import httpx2

from enclave.client import surroundings
from enclave.client.problems import Misunderstood, NotSignedIn, Problem, Unreachable, simply
from enclave.client.sign_in import SignIn, service_url

GRANT: Final = "urn:ietf:params:oauth:grant-type:device_code"
INTERVAL_SECONDS: Final = 5.0
SLOWER_SECONDS: Final = 5.0
LONGEST_WAIT_SECONDS: Final = 1800.0
TIMEOUT_SECONDS: Final = 20.0


@dataclass(frozen=True, slots=True)
class Offer:
    """How a service lets a terminal sign in."""

    client_id: str
    begin: str
    token: str
    scope: str
    audience: str


@dataclass(frozen=True, slots=True, repr=False)
class Code:
    """What the person types, and where. `device` is ours alone."""

    user: str
    address: str
    whole_address: str | None
    device: str
    interval: float
    ends_at: float


def offer_of(found: Mapping[str, Any]) -> Offer:
    """How the service that answered `/sign-in` so lets one sign in.

    Raises:
        Problem: not from a terminal; or a code would travel unencrypted.
    """
    device = found.get("device")
    if not isinstance(device, Mapping):
        raise simply(
            Problem,
            "no-device-sign-in",
            "This service has no sign-in for terminals: use --as or --token-file.",
        )
    texts = [
        device.get(name) for name in ("client_id", "device_authorization_endpoint", "token_endpoint", "scope")
    ]
    audience = found.get("audience")
    if not all(isinstance(text, str) for text in (*texts, audience)):
        raise simply(
            Misunderstood, "not-understood", "The service does not say how to sign in from a terminal."
        )
    client_id, begin, token, scope = map(str, texts)
    return Offer(client_id, service_url(begin), service_url(token), scope, str(audience))


class SignInService:
    """The house's sign-in service, for as long as one signs in. Use it in a `with`."""

    def __init__(self, offer: Offer, *, transport: httpx2.BaseTransport | None = None) -> None:
        self._offer = offer
        self._http = httpx2.Client(
            timeout=TIMEOUT_SECONDS,
            follow_redirects=False,
            transport=transport,
            verify=ssl.create_default_context(),
        )

    def __enter__(self) -> "SignInService":
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def begin(self) -> Code:
        """A code for this terminal."""
        offer = self._offer
        asked = {"client_id": offer.client_id, "scope": offer.scope, "resource": offer.audience}
        status, found = self._post(offer.begin, asked)
        user, device, address = (found.get(name) for name in ("user_code", "device_code", "verification_uri"))
        if status != 200 or not all(isinstance(one, str) for one in (user, device, address)):
            raise simply(
                Misunderstood, "not-understood", "The sign-in service gave no code for this terminal."
            )
        whole = found.get("verification_uri_complete")
        lasts = min(_seconds(found.get("expires_in"), 600.0), LONGEST_WAIT_SECONDS)
        return Code(
            str(user),
            service_url(str(address)),
            whole if isinstance(whole, str) and whole.startswith(str(address)) else None,
            str(device),
            _seconds(found.get("interval"), INTERVAL_SECONDS),
            surroundings.now() + lasts,
        )

    def wait(self, code: Code, url: str) -> SignIn:
        """Until the person has signed in with the code.

        Raises:
            NotSignedIn: they said no, or the code ran out.
        """
        interval = code.interval
        asked = {"grant_type": GRANT, "device_code": code.device, "client_id": self._offer.client_id}
        while surroundings.now() < code.ends_at:
            surroundings.sleep(interval)
            status, found = self._post(self._offer.token, asked)
            if status == 200:
                return _signed_in(found, url)
            match found.get("error"):
                case "authorization_pending":
                    continue
                case "slow_down":
                    interval += SLOWER_SECONDS
                case "access_denied":
                    raise simply(NotSignedIn, "not-signed-in", "The sign-in was refused in the browser.")
                case _:
                    break
        raise simply(NotSignedIn, "not-signed-in", "The code has run out. Begin again.")

    def _post(self, address: str, asked: Mapping[str, str]) -> tuple[int, Mapping[str, Any]]:
        try:
            answer = self._http.post(address, data=dict(asked))
            found = answer.json()
        except httpx2.TransportError:
            raise simply(Unreachable, "unreachable", "The sign-in service does not answer.") from None
        except ValueError:
            found = None
        return answer.status_code, found if isinstance(found, dict) else {}


def _signed_in(found: Mapping[str, Any], url: str) -> SignIn:
    token = found.get("access_token")
    if not isinstance(token, str) or not token.isascii() or str(found.get("token_type")).lower() != "bearer":
        raise simply(Misunderstood, "not-understood", "The sign-in service gave no access token.")
    return SignIn(service_url(url), token, "", surroundings.now() + _seconds(found.get("expires_in"), 0.0))


def _seconds(value: Any, otherwise: float) -> float:
    return float(value) if isinstance(value, int | float) and value >= 0 else otherwise
