"""An authorisation server for tests: it signs whatever it is asked to sign."""

import base64
import hashlib
import hmac
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from joserfc import jws
from joserfc.jwk import ECKey, OKPKey, RSAKey

from enclave.identity.keys import FixedKeys, PublicKey, public_keys
from enclave.identity.tokens import Issuer, TokenRules

NOW = datetime(2026, 11, 26, 9, 0, tzinfo=UTC)
AT = int(NOW.timestamp())
AUDIENCE = "https://enclave.example/api"
NAME = "https://login.example"


def claims(**changes: Any) -> dict[str, Any]:
    """Claims of a token that is good at NOW; a change to None takes the claim out."""
    good = {
        "iss": NAME,
        "sub": "s-1",
        "aud": AUDIENCE,
        "client_id": "notebook",
        "iat": AT - 60,
        "exp": AT + 600,
        "jti": "t-1",
        "auth_time": AT - 90,
    }
    return {name: value for name, value in (good | changes).items() if value is not None}


@dataclass(frozen=True)
class Server:
    """An issuer with one key."""

    name: str = NAME
    kid: str = "k-1"
    algorithm: str = "ES256"
    key: ECKey | RSAKey | OKPKey = field(default_factory=lambda: ECKey.generate_key("P-256"))

    def token(self, payload: dict[str, Any] | None = None, **header: Any) -> str:
        """A signed token; a header of None is left out."""
        usual = {"alg": self.algorithm, "kid": self.kid, "typ": "at+jwt"} | header
        kept = {name: value for name, value in usual.items() if value is not None}
        signed = f"{part(kept)}.{part(claims() if payload is None else payload)}"
        return f"{signed}.{part(jws.JWSRegistry.algorithms[self.algorithm].sign(signed.encode(), self.key))}"

    def jwks(self) -> bytes:
        return json.dumps({"keys": [dict(self.key.as_dict(private=False)) | {"kid": self.kid}]}).encode()

    def public(self) -> PublicKey:
        return public_keys(self.jwks())[self.kid]

    def issuer(self, **changes: Any) -> Issuer:
        return Issuer(self.name, FixedKeys({self.kid: self.public()}), **changes)


def rules(*servers: Server) -> TokenRules:
    return TokenRules(AUDIENCE, tuple(server.issuer() for server in servers))


def part(value: Any) -> str:
    """One part of a token, as it travels."""
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def forged(header: dict[str, Any], payload: dict[str, Any], secret: bytes | None = None) -> str:
    """A token that nobody's private key signed: with a shared secret, or not signed at all."""
    signed = f"{part(header)}.{part(payload)}"
    signature = b"" if secret is None else hmac.new(secret, signed.encode(), hashlib.sha256).digest()
    return f"{signed}.{part(signature)}"
