"""Sessions of browsers: from whoever signed in to what is kept of it, and back.

The browser has an id that nobody can guess. The database has its hash, and whom the session is about sealed with the
service's key and bound to that hash: whoever reads the database cannot use a session, and whoever writes it cannot make
one, or make one somebody else's.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final, Protocol

from enclave.identity.tokens import Verified
from enclave.people.sessions import LONGEST, Session, lapsed
from enclave.terms import PersonId

ID: Final = re.compile(r"[A-Za-z0-9_-]{43}")
"""What an id looks like: 32 random bytes, as base64 for addresses writes them."""


class Seal(Protocol):
    def seal(self, text: bytes) -> bytes: ...
    def unseal(self, sealed: bytes) -> bytes | None: ...


def id_hash(id: str) -> str:
    """What is kept of an id. It is long and random, so a plain hash tells nothing of it."""
    return hashlib.sha256(id.encode()).hexdigest()


def new_session(id: str, person: PersonId, about: Verified, *, seal: Seal, now: datetime) -> Session:
    """A session that begins now."""
    hashed = id_hash(id)
    said: dict[str, Any] = {
        "id_hash": hashed,
        "issuer": about.issuer,
        "subject": about.subject,
        "authenticated_at": None if about.authenticated_at is None else about.authenticated_at.isoformat(),
        "roles": None if about.roles is None else sorted(about.roles),
        "opened_at": now.isoformat(),
    }
    return Session(hashed, person, now, now, seal.seal(json.dumps(said).encode()))


def about(session: Session, *, seal: Seal, now: datetime) -> Verified | None:
    """Whom a session is about; None when it is over, or is not one that this service made."""
    text = seal.unseal(session.sealed)
    if text is None or lapsed(session, now):
        return None
    said: Mapping[str, Any] = json.loads(text)
    opened_at = datetime.fromisoformat(said["opened_at"])
    if said.get("id_hash") != session.id_hash or not opened_at <= now < opened_at + LONGEST:
        return None
    signed_in = said["authenticated_at"]
    return Verified(
        issuer=said["issuer"],
        subject=said["subject"],
        token_id=session.id_hash,
        expires_at=(opened_at + LONGEST).astimezone(UTC),
        authenticated_at=None if signed_in is None else datetime.fromisoformat(signed_in),
        roles=None if said["roles"] is None else frozenset(said["roles"]),
    )
