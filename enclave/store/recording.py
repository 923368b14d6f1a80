"""Appending to the log inside a transaction. Only who holds the writers' lock may: numbers have no gap."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime

from sqlalchemy import Connection, bindparam, func, insert, select

from enclave.audit import leaves
from enclave.audit.entries import Entry, Json
from enclave.store.tables import INSIDE, LEAVES, SALTS, THINGS

NewSalt = Callable[[], bytes]

# Made once: every act runs them.
NEXT = select(func.coalesce(func.max(LEAVES.c.seq) + 1, 0))
KEPT_SALT = select(SALTS.c.salt).where(
    SALTS.c.name == bindparam("name"), SALTS.c.digest == bindparam("digest")
)
NEW_LEAF, NEW_INSIDE, NEW_THING, NEW_SALT = map(insert, (LEAVES, INSIDE, THINGS, SALTS))


def append(
    connection: Connection,
    entry: Entry,
    facts: Mapping[str, Json],
    *,
    things: Iterable[str],
    at: datetime,
    new_salt: NewSalt,
) -> int:
    """Write the leaf of `entry` with all that opens it, and return its number.

    `facts` are added to its body; `things` are the ids it touched.
    """
    seq = int(connection.scalar(NEXT) or 0)
    sealed = leaves.seal(
        entry,
        facts,
        seq=seq,
        at=at,
        salt_of=lambda name, digest: _salt(connection, name, digest, new_salt),
        body_salt=new_salt(),
    )
    connection.execute(NEW_LEAF, {"seq": seq, "leaf": sealed.leaf})
    connection.execute(
        NEW_INSIDE,
        {
            "seq": seq,
            "at": at,
            "kind": entry.kind.value,
            "project": entry.project,
            "actor": entry.actor,
            "body": sealed.body.decode(),
            "body_salt": sealed.body_salt,
        },
    )
    mentions = [{"thing": thing, "seq": seq} for thing in sorted(things)]
    if mentions:
        connection.execute(NEW_THING, mentions)
    return seq


def _salt(connection: Connection, name: str, digest: bytes, new_salt: NewSalt) -> bytes:
    """The salt of a thing: the one it has, or a new one."""
    found = connection.scalar(KEPT_SALT, {"name": name, "digest": digest})
    if found is None:
        found = new_salt()
        connection.execute(NEW_SALT, {"name": name, "digest": digest, "salt": found})
    return bytes(found)
