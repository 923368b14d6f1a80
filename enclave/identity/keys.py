"""The public keys of an issuer. Only keys that can check a signature and cannot make one by being public."""

import json
import threading
from base64 import urlsafe_b64decode
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol, TypeAlias

from joserfc.errors import JoseError
from joserfc.jwk import ECKey, OKPKey, RSAKey

PublicKey: TypeAlias = RSAKey | ECKey | OKPKey

MOST_BYTES = 1 << 18
MOST_KEYS = 50
LEAST_RSA_BITS = 2048
CURVES = {"EC": frozenset({"P-256", "P-384", "P-521"}), "OKP": frozenset({"Ed25519"})}
FRESH = timedelta(minutes=10)
"""So long after it was taken off its issuer's list may a key still be believed."""
STALE = timedelta(hours=1)
"""So long are keys believed when their issuer cannot be reached."""
RETRY = timedelta(seconds=15)
"""Between two fetches, so that tokens with invented key ids cannot make us hammer an issuer."""

UNKNOWN = timedelta(minutes=1)
"""So long is a key id that its issuer did not list taken for an invented one."""
MOST_UNKNOWN = 1000


class KeysUnreachable(Exception):
    """The issuer's keys could not be fetched, and those from before are too old."""


class Keys(Protocol):
    def find(self, kid: str, *, now: datetime) -> PublicKey | None:
        """The key with this id, or None if the issuer has none.

        Raises:
            KeysUnreachable: nobody knows.
        """
        ...


@dataclass(frozen=True, slots=True)
class FixedKeys:
    """Keys that do not change while the process lives."""

    keys: Mapping[str, PublicKey]

    def find(self, kid: str, *, now: datetime) -> PublicKey | None:
        del now
        return self.keys.get(kid)


class FetchedKeys:
    """Keys of an issuer elsewhere: fetched when first needed, and anew when they are old or a token names another."""

    def __init__(self, fetch: Callable[[], bytes]) -> None:
        """`fetch` gets the JWKS document and raises OSError when it cannot."""
        self._fetch = fetch
        self._lock = threading.Lock()
        self._keys: Mapping[str, PublicKey] = {}
        self._fetched_at: datetime | None = None
        self._tried_at: datetime | None = None
        self._unknown: dict[str, datetime] = {}

    def find(self, kid: str, *, now: datetime) -> PublicKey | None:
        keys = self._keys
        if kid in keys and not self._older_than(FRESH, now):
            return keys[kid]  # without waiting for a fetch that a token with an invented id has begun
        with self._lock:
            if self._older_than(FRESH, now) or self._worth_a_fetch(kid, now):
                self._refresh(now)
            if self._older_than(STALE, now):
                raise KeysUnreachable
            found = self._keys.get(kid)
            if found is None and self._fetched_at == now:  # it was looked for, and is not there
                self._note_unknown(kid, now)
            return found

    def _worth_a_fetch(self, kid: str, now: datetime) -> bool:
        """A key that was not there a moment ago is not looked for again."""
        looked = self._unknown.get(kid)
        return kid not in self._keys and (looked is None or not looked <= now < looked + UNKNOWN)

    def _note_unknown(self, kid: str, now: datetime) -> None:
        self._unknown.pop(kid, None)
        if len(self._unknown) >= MOST_UNKNOWN:
            del self._unknown[next(iter(self._unknown))]
        self._unknown[kid] = now

    def _older_than(self, age: timedelta, now: datetime) -> bool:
        return self._fetched_at is None or now - self._fetched_at > age

    def _refresh(self, now: datetime) -> None:
        if self._tried_at is not None and now - self._tried_at < RETRY:
            return
        self._tried_at = now
        try:
            keys = public_keys(self._fetch())
        except (OSError, ValueError):
            return  # those from before are believed until they are stale
        self._keys, self._fetched_at = keys, now


def public_keys(document: bytes) -> dict[str, PublicKey]:
    """The usable keys of a JWKS document by their id; one that is not usable is passed over.

    Raises:
        ValueError: this is no JWKS document, or two of its keys have one id.
    """
    if len(document) > MOST_BYTES:
        raise ValueError("the document is too large")
    found = json.loads(document)
    entries = found.get("keys") if isinstance(found, dict) else None
    if not isinstance(entries, list) or len(entries) > MOST_KEYS:
        raise ValueError("this is no set of keys")
    usable = list(_usable(entries))
    keys = dict(usable)
    if len(keys) != len(usable):
        raise ValueError("two keys have one id")
    return keys


def _usable(entries: list[Any]) -> Iterator[tuple[str, PublicKey]]:
    for entry in entries:
        if isinstance(entry, dict) and _signs(entry) and (key := _imported(entry)) is not None:
            yield entry["kid"], key


def _signs(entry: dict[str, Any]) -> bool:
    """A public key for signatures, with an id. A shared secret (`oct`) that is published is no secret."""
    kid, operations = entry.get("kid"), entry.get("key_ops", ["verify"])
    return (
        isinstance(kid, str)
        and bool(kid)
        and entry.get("kty") in ("RSA", "EC", "OKP")
        and entry.get("use", "sig") == "sig"
        and isinstance(operations, list)
        and "verify" in operations
        and "d" not in entry
    )


def _imported(entry: dict[str, Any]) -> PublicKey | None:
    try:
        match entry["kty"]:
            case "RSA" if 8 * len(urlsafe_b64decode(f"{entry['n']}==")) >= LEAST_RSA_BITS:
                return RSAKey.import_key(entry)
            case "EC" if entry.get("crv") in CURVES["EC"]:
                return ECKey.import_key(entry)
            case "OKP" if entry.get("crv") in CURVES["OKP"]:
                return OKPKey.import_key(entry)
            case _:
                return None
    except (JoseError, ValueError, TypeError, KeyError):
        return None
