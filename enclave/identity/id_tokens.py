"""ID tokens as OpenID Connect has them: who has just signed in with a browser, and how.

The library that fetched the token has checked it by then; here it is checked by other means, by the rules of the house.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from authlib.oauth2.claims import ClaimsOption
from authlib.oidc.core.claims import CodeIDToken
from joserfc import jwt

from enclave.identity.tokens import (
    LEEWAY_SECONDS,
    LONGEST_LIFE_SECONDS,
    NO_TYPE,
    Chosen,
    Issuer,
    Verified,
    authenticated_at,
    choose,
    good,
    has_evidence,
    name_in,
    refusing,
    roles_cap,
)

TYPES: Final = frozenset({"JWT", NO_TYPE})
"""An access token is no ID token, though one server signs both."""
REQUIRED: Final = ("iss", "sub", "aud", "exp", "iat", "nonce")


def verify_id_token(
    token: str, issuer: Issuer, *, client_id: str, nonce: str, since: datetime | None, now: datetime
) -> Verified:
    """Who has signed in.

    Args:
        nonce: what this browser's sign-in began with.
        since: with it, they must have signed in anew since then.
    Raises:
        Unauthenticated: it is not good in every respect.
        SignInUnavailable: the issuer's keys cannot be had.
    """
    with refusing():
        chosen = choose(token, {issuer.name: issuer}, types=TYPES, now=now)
        claims = _claims(token, chosen, client_id, nonce)
        claims.validate(now=int(now.timestamp()), leeway=LEEWAY_SECONDS)
        return _verified(claims, issuer, client_id, since, now)


def _claims(token: str, chosen: Chosen, client_id: str, nonce: str) -> CodeIDToken:
    signed = jwt.decode(token, chosen.key, algorithms=[chosen.algorithm])
    options: dict[str, ClaimsOption] = {name: {"essential": True} for name in REQUIRED}
    options["aud"] = {"essential": True, "value": client_id}
    params = {"nonce": nonce, "client_id": client_id}
    return CodeIDToken(signed.claims, signed.header, options, params)


def _verified(
    claims: Mapping[str, Any], issuer: Issuer, client_id: str, since: datetime | None, now: datetime
) -> Verified:
    good(name_in(claims, "iss") == issuer.name, "iss")
    good(claims["aud"] in (client_id, [client_id]), "aud")  # no other party may hold it
    good(claims.get("azp", client_id) == client_id, "azp")
    good(claims["exp"] - claims["iat"] <= LONGEST_LIFE_SECONDS, "life")
    good(has_evidence(claims, issuer), "acr")
    signed_in = authenticated_at(claims.get("auth_time"), now)
    if since is not None:
        good(signed_in is not None and signed_in >= since - timedelta(seconds=LEEWAY_SECONDS), "auth_time")
    return Verified(
        issuer=issuer.name,
        subject=name_in(claims, "sub"),
        token_id=name_in(claims, "nonce"),
        expires_at=datetime.fromtimestamp(claims["exp"], UTC),
        authenticated_at=signed_in,
        roles=roles_cap(claims.get("roles")),
    )
