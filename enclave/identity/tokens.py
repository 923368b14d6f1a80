"""Access tokens as RFC 9068 has them: which subject of which issuer is calling, and since when they are signed in.

Nothing in a token is believed before its signature is checked, but for two words: `iss` and `kid` choose the key that
it is checked with, out of keys that were there before.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Final

from authlib.oauth2.claims import ClaimsOption
from authlib.oauth2.rfc9068.claims import JWTAccessTokenClaims
from joserfc import jws, jwt
from joserfc.errors import ExpiredTokenError, JoseError

from enclave.identity.keys import Keys, KeysUnreachable, PublicKey
from enclave.problems.http import InsufficientScope, SignInUnavailable, Unauthenticated

KEY_TYPES: Final = {
    "ES256": "EC",
    "ES384": "EC",
    "PS256": "RSA",
    "RS256": "RSA",
    "Ed25519": "OKP",
}
"""Each algorithm with the one kind of key it may be used with. No `none`, no shared secrets."""
TYPES: Final = frozenset({"at+jwt", "application/at+jwt"})
NO_TYPE: Final = ""
HEADERS: Final = frozenset({"alg", "kid", "typ", "x5t", "x5t#S256"})
"""All that a header may say. One that brings its own key, or an address of one, is refused for that alone."""
REQUIRED: Final = ("iss", "sub", "exp", "iat", "jti", "client_id")
LEEWAY_SECONDS = 30
LONGEST_LIFE_SECONDS = 12 * 3600
MOST_CHARACTERS = 8192
MOST_CHARACTERS_OF_A_NAME = 255
MALFORMED = (ValueError, TypeError, OverflowError, OSError, RecursionError)
"""What reading text that somebody made up can end in."""
SIGN_IN = "This call needs an access token: sign in, and send it as `Authorization: Bearer ...`."
SIGN_IN_AGAIN = "The access token has expired. Sign in again."
NOT_ACCEPTED = "The access token is not one that this service accepts. Sign in again."


@dataclass(frozen=True, slots=True)
class Issuer:
    """An authorisation server whose tokens count. `name` is exactly its `iss`.

    With `acr` or `amr` set, a token must carry one of these as evidence of how its subject signed in. A client that
    speaks for itself has nothing of the kind, and is known by its own name. With `scope` set, a token must have it.
    With `single_use`, a token is good for one call that changes something.
    """

    name: str
    keys: Keys
    algorithms: frozenset[str] = frozenset(KEY_TYPES)
    acr: frozenset[str] = frozenset()
    amr: frozenset[str] = frozenset()
    scope: str | None = None
    single_use: bool = False


@dataclass(frozen=True, slots=True)
class Verified:
    """Whom a token is about. `roles` can only take away; None is no limit. `client`: a program, signed in by itself."""

    issuer: str
    subject: str
    token_id: str
    expires_at: datetime
    authenticated_at: datetime | None
    roles: frozenset[str] | None
    client: bool = False
    digest: str = ""
    single_use: bool = False


@dataclass(frozen=True, slots=True)
class TokenRules:
    """The issuers that count and the name that tokens must be meant for."""

    audience: str
    issuers: tuple[Issuer, ...]
    by_name: Mapping[str, Issuer] = field(init=False)

    def __post_init__(self) -> None:
        by_name = {issuer.name: issuer for issuer in self.issuers}
        assert len(by_name) == len(self.issuers), "an issuer stands once"
        object.__setattr__(self, "by_name", by_name)


class NotGood(Exception):
    """Why a token is refused, in a word for the log."""


def verify(token: str, rules: TokenRules, *, now: datetime) -> Verified:
    """The subject of a token that is good in every respect.

    Raises:
        Unauthenticated: it is not.
        SignInUnavailable: its issuer's keys cannot be had.
    """
    with refusing():
        chosen = choose(token, rules.by_name, types=TYPES, now=now)
        claims = _claims(token, chosen, rules.audience)
        claims.validate(now=int(now.timestamp()), leeway=LEEWAY_SECONDS)
        found = _verified(claims, chosen.issuer, now)
        _check_scope(claims, chosen.issuer)
        return replace(found, digest=hashlib.sha256(token.encode()).hexdigest())


@contextmanager
def refusing() -> Iterator[None]:
    """Every way in which a token can be bad, as one of two problems."""
    try:
        yield
    except ExpiredTokenError:
        raise Unauthenticated(detail=SIGN_IN_AGAIN, reason="expired") from None
    except NotGood as refused:
        raise Unauthenticated(detail=NOT_ACCEPTED, reason=str(refused)) from None
    except JoseError as refused:
        raise Unauthenticated(detail=NOT_ACCEPTED, reason=refused.error) from None
    except MALFORMED:
        raise Unauthenticated(detail=NOT_ACCEPTED, reason="malformed") from None
    except KeysUnreachable:
        detail = "The keys of the sign-in service cannot be fetched just now. Try again in a minute."
        raise SignInUnavailable(detail=detail) from None


@dataclass(frozen=True, slots=True)
class Chosen:
    """What a token has to be signed with, and by whom."""

    issuer: Issuer
    key: PublicKey
    algorithm: str


def choose(token: str, issuers: Mapping[str, Issuer], *, types: frozenset[str], now: datetime) -> Chosen:
    """The key that the token has to be signed with. A header without a type is of the type that has no name."""
    good(len(token) <= MOST_CHARACTERS and token.isascii(), "size")
    unread = jws.extract_compact(token.encode("ascii"))
    header = unread.headers()
    good(set(header) <= HEADERS, "header")
    typ = header.get("typ", NO_TYPE)
    good(isinstance(typ, str) and typ in types, "typ")
    claimed = json.loads(unread.payload or b"null")
    issuer = issuers.get(name_in(claimed, "iss"))
    if issuer is None:
        raise NotGood("iss")
    algorithm, kid = name_in(header, "alg"), name_in(header, "kid")
    good(algorithm in issuer.algorithms and algorithm in KEY_TYPES, "alg")
    key = issuer.keys.find(kid, now=now)
    if key is None:
        raise NotGood("kid")
    good(key.key_type == KEY_TYPES[algorithm], "alg")
    return Chosen(issuer, key, algorithm)


def _claims(token: str, chosen: Chosen, audience: str) -> JWTAccessTokenClaims:
    """The claims under the signature; `none` and everything else that was not chosen is refused here once more."""
    signed = jwt.decode(token, chosen.key, algorithms=[chosen.algorithm])
    required: dict[str, ClaimsOption] = {name: {"essential": True} for name in REQUIRED}
    options: dict[str, ClaimsOption] = required | {"aud": {"essential": True, "value": audience}}
    return JWTAccessTokenClaims(signed.claims, signed.header, options)


def _verified(claims: Mapping[str, Any], issuer: Issuer, now: datetime) -> Verified:
    good(name_in(claims, "iss") == issuer.name, "iss")
    good(claims["exp"] - claims["iat"] <= LONGEST_LIFE_SECONDS, "life")
    subject = name_in(claims, "sub")
    client = subject == name_in(claims, "client_id")  # RFC 9068, section 2.2: nobody signed in
    good(client or has_evidence(claims, issuer), "acr")
    return Verified(
        issuer=issuer.name,
        subject=subject,
        token_id=name_in(claims, "jti"),
        expires_at=datetime.fromtimestamp(claims["exp"], UTC),
        authenticated_at=None if client else authenticated_at(claims.get("auth_time"), now),
        roles=roles_cap(claims.get("roles")),
        client=client,
        single_use=issuer.single_use,
    )


def _check_scope(claims: Mapping[str, Any], issuer: Issuer) -> None:
    """A good token of somebody who was not given the use of this service with it."""
    said = claims.get("scope")
    if issuer.scope is not None and issuer.scope not in (said.split(" ") if isinstance(said, str) else ()):
        raise InsufficientScope(
            detail=f"The access token does not have the scope {issuer.scope}.", scope=issuer.scope
        )


def has_evidence(claims: Mapping[str, Any], issuer: Issuer) -> bool:
    """Whether the token says that its subject signed in as the house asks of this issuer."""
    if not issuer.acr and not issuer.amr:
        return True
    methods = claims.get("amr")
    said = {one for one in methods if isinstance(one, str)} if isinstance(methods, list) else set()
    acr = claims.get("acr")
    return (isinstance(acr, str) and acr in issuer.acr) or bool(said & issuer.amr)


def authenticated_at(auth_time: object, now: datetime) -> datetime | None:
    if auth_time is None:
        return None
    good(isinstance(auth_time, int) and not isinstance(auth_time, bool), "auth_time")
    at = datetime.fromtimestamp(int(str(auth_time)), UTC)
    good((at - now).total_seconds() <= LEEWAY_SECONDS, "auth_time")
    return at


def roles_cap(roles: object) -> frozenset[str] | None:
    if roles is None:
        return None
    if not isinstance(roles, list) or not all(isinstance(role, str) for role in roles):
        raise NotGood("roles")
    return frozenset(roles)


def name_in(claims: object, key: str) -> str:
    value = claims.get(key) if isinstance(claims, Mapping) else None
    if not isinstance(value, str) or not 0 < len(value) <= MOST_CHARACTERS_OF_A_NAME:
        raise NotGood(key)
    return value


def good(holds: bool, word: str) -> None:
    if not holds:
        raise NotGood(word)
