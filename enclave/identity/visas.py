"""GA4GH visas (Passport 1.2): what others assert of somebody who has just signed in, as evidence of two preconditions.

A visa may stand for accreditation or training and for nothing else: which fields anybody may use stays with the policy.
Visas come from userinfo, never with an access token. Nothing in one is believed before its signature is checked with a
key of the list that the house itself gives for its issuer; what a visa says of where keys are (`jku`) can only be that.

A visa is for the subject that its issuer names, and counts for the person whose file has that identity. What a broker
says of identities that belong together (LinkedIdentities) is not accepted, of listed issuers neither: which identities
are one person's is for the policy, which two administrators see. A broker that was wrong, or was talked into a link,
would else lend somebody another's accreditation.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from joserfc import jws
from joserfc.errors import JoseError

from enclave.identity.keys import Keys, KeysUnreachable
from enclave.identity.tokens import (
    KEY_TYPES,
    LEEWAY_SECONDS,
    MALFORMED,
    MOST_CHARACTERS,
    NotGood,
    good,
    name_in,
)
from enclave.people.evidence import Evidence, Stands

PASSPORT: Final = "ga4gh_passport_v1"
VISA: Final = "ga4gh_visa_v1"
MOST_VISAS: Final = 50
HEADERS: Final = frozenset({"alg", "kid", "typ", "jku"})
TYPES: Final = frozenset({"JWT", "jwt", "vnd.ga4gh.visa+jwt"})
UNDERSTOOD: Final = frozenset({"type", "asserted", "value", "source", "by"})


@dataclass(frozen=True, slots=True)
class Accepted:
    """A visa that counts: of this type, with one of these values, asserted by one of these sources.

    `stands_for` is what it stands for, and `name` the accreditation scheme or the course.
    """

    type: str
    values: frozenset[str]
    sources: frozenset[str]
    stands_for: Stands
    name: str


@dataclass(frozen=True, slots=True)
class VisaIssuer:
    """Somebody whose visas count. `jwks`: where its keys are; `oldest`: an older assertion counts no more."""

    name: str
    jwks: str
    keys: Keys
    algorithms: frozenset[str]
    accepted: tuple[Accepted, ...]
    oldest: timedelta


@dataclass(frozen=True, slots=True)
class Read:
    """What a passport came to: evidence, and for the log why each other visa does not count."""

    evidence: tuple[Evidence, ...]
    refused: tuple[str, ...]


def read_passport(
    userinfo: Mapping[str, Any],
    issuers: Mapping[str, VisaIssuer],
    identities: frozenset[tuple[str, str]],
    *,
    now: datetime,
) -> Read:
    """The evidence in what a sign-in service says of somebody.

    Args:
        identities: issuer and subject, as the person's own file has them. A visa of another subject is not theirs.
    """
    visas = userinfo.get(PASSPORT, [])
    if not isinstance(visas, list) or len(visas) > MOST_VISAS:
        return Read((), ("passport",))
    found: list[Evidence] = []
    refused: list[str] = []
    for visa in visas:
        try:
            found.extend(_read(visa, issuers, identities, now))
        except NotGood as why:
            refused.append(str(why))
        except JoseError as why:
            refused.append(why.error)
        except KeysUnreachable:
            refused.append("keys")
        except MALFORMED:
            refused.append("malformed")
    return Read(tuple(dict.fromkeys(found)), tuple(refused))


def _read(
    visa: object,
    issuers: Mapping[str, VisaIssuer],
    identities: frozenset[tuple[str, str]],
    now: datetime,
) -> Iterator[Evidence]:
    if not isinstance(visa, str):
        raise NotGood("malformed")
    good(len(visa) <= MOST_CHARACTERS and visa.isascii(), "size")
    unread = jws.extract_compact(visa.encode("ascii"))
    issuer = issuers.get(name_in(json.loads(unread.payload or b"null"), "iss"))
    if issuer is None:
        raise NotGood("iss")
    claims = _signed(visa, unread.headers(), issuer, now)
    good(claims.get("iss") == issuer.name, "iss")
    good((issuer.name, name_in(claims, "sub")) in identities, "sub")
    expires_at, _ = _at(claims, "exp"), _in_the_past(_at(claims, "iat"), now)
    good(expires_at > now, "exp")
    yield from _evidence(claims, issuer, expires_at, now)


def _signed(visa: str, header: Mapping[str, Any], issuer: VisaIssuer, now: datetime) -> dict[str, Any]:
    """The claims under the signature of a key of the house's own list."""
    good(set(header) <= HEADERS, "header")
    good(header.get("typ", "JWT") in TYPES, "typ")
    good(header.get("jku", issuer.jwks) == issuer.jwks, "jku")
    algorithm = name_in(header, "alg")
    good(algorithm in issuer.algorithms and algorithm in KEY_TYPES, "alg")
    key = issuer.keys.find(name_in(header, "kid"), now=now)
    if key is None:
        raise NotGood("kid")
    good(key.key_type == KEY_TYPES[algorithm], "alg")
    checked = jws.deserialize_compact(visa, key, algorithms=[algorithm])
    claims = json.loads(checked.payload)
    good(isinstance(claims, dict), "malformed")
    return dict(claims)


def _evidence(
    claims: Mapping[str, Any], issuer: VisaIssuer, expires_at: datetime, now: datetime
) -> Iterator[Evidence]:
    """What of the list the visa is. One with a condition, or with anything else that is not understood, is nothing."""
    said = claims.get(VISA)
    if not isinstance(said, dict):
        raise NotGood(VISA)
    good(not said.get("conditions"), "conditions")
    good(set(said) - {"conditions"} <= UNDERSTOOD, "not understood")
    asserted = _in_the_past(_at(said, "asserted"), now)
    good(now - asserted <= issuer.oldest, "asserted")
    kind, value, source = (name_in(said, part) for part in ("type", "value", "source"))
    fitting = [
        one for one in issuer.accepted if one.type == kind and value in one.values and source in one.sources
    ]
    good(bool(fitting), "not accepted")
    until = min(expires_at, asserted + issuer.oldest)
    yield from (Evidence(one.stands_for, one.name, issuer.name, source, asserted, until) for one in fitting)


def _at(claims: Mapping[str, Any], name: str) -> datetime:
    at = claims.get(name)
    good(isinstance(at, int) and not isinstance(at, bool), name)
    return datetime.fromtimestamp(int(str(at)), UTC)


def _in_the_past(at: datetime, now: datetime) -> datetime:
    good((at - now).total_seconds() <= LEEWAY_SECONDS, "from the future")
    return at
