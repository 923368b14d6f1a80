"""From an entry to a leaf: what the public may see of an act, and what opens it for insiders.

A leaf holds no plain hash of anything: SQL and small tables can be guessed from their hashes. Every thing has a salt of
its own. While the salt is kept, equal things under one name have equal commitments; when it is erased, nothing that is
left tells what the thing was, and the tree stays whole.
"""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from enclave.audit.canonical import canonical
from enclave.audit.entries import Entry, Json, Kind

SALT_BYTES = 32
MOST_BYTES = 65_535
"""Of a leaf: its length is two bytes in a bundle (C2SP tlog-tiles)."""
DOMAIN = b"enclave audit commitment v1\n"
ACTOR, BODY = "actor", "body"
AT, OBJECTS, THINGS, ERASED = "at", "objects", "things", "erased"
OURS = {AT, OBJECTS, THINGS, ERASED}
"""Facts that only the record itself adds to a body."""

SaltOf = Callable[[str, bytes], bytes]
"""The salt of the thing with this name and this SHA-256; the same for as long as it is kept."""


@dataclass(frozen=True, slots=True, repr=False)
class Sealed:
    """A leaf, and the body with the salt that opens its commitment."""

    leaf: bytes
    body: bytes
    body_salt: bytes


def seal(
    entry: Entry, facts: Mapping[str, Json], *, seq: int, at: datetime, salt_of: SaltOf, body_salt: bytes
) -> Sealed:
    """The leaf with the number `seq`. `facts` are added to the entry's body.

    The public time has whole minutes. The body also has the exact one, and the plain hashes of the objects.
    """
    assert not {ACTOR, BODY} & entry.objects.keys(), "the actor and the body are committed to by themselves"
    assert not OURS & entry.body.keys(), "these facts are the record's own"
    assert (entry.needs is None) is (entry.kind is not Kind.OUTPUT_RELEASED), (
        "a release says how many had to agree"
    )
    digests = {name: hashlib.sha256(thing).digest() for name, thing in entry.objects.items()}
    inside: dict[str, Json] = {
        AT: at.astimezone(UTC).isoformat(),
        OBJECTS: {name: digests[name].hex() for name in digests},
    }
    body = canonical({**entry.body, **facts, **inside})
    objects = {name: commitment(name, digest, salt_of(name, digest)) for name, digest in digests.items()}
    leaf = canonical(
        {
            "seq": seq,
            "time": public_time(at),
            "type": entry.kind.value,
            "actor": None if entry.actor is None else _pseudonym(entry.actor, salt_of),
            "project": entry.project,
            "commitments": {**objects, BODY: commitment(BODY, hashlib.sha256(body).digest(), body_salt)},
            **({} if entry.needs is None else {"needs": entry.needs}),
        }
    )
    if len(leaf) > MOST_BYTES:
        raise ValueError(f"a leaf of {len(leaf)} bytes is too large for a bundle")
    return Sealed(leaf, body, body_salt)


def commitment(name: str, digest: bytes, salt: bytes) -> str:
    """What is public of a thing with this name, SHA-256 and salt."""
    assert len(salt) == SALT_BYTES, "a short salt can be guessed"
    assert "\n" not in name, "the end of the name would be unclear"
    return hashlib.sha256(DOMAIN + name.encode() + b"\n" + salt + digest).hexdigest()


def public_time(at: datetime) -> str:
    """The minute: what ran how long is not for everybody."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:00Z")


def _pseudonym(actor: str, salt_of: SaltOf) -> str:
    """The same for all that one person does, until their salt is erased."""
    digest = hashlib.sha256(actor.encode()).digest()
    return commitment(ACTOR, digest, salt_of(ACTOR, digest))
