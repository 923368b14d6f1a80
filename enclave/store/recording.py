"""Appending to the log inside a transaction. Only who holds the writers' lock may: numbers have no gap."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime

from sqlalchemy import Connection, func, insert, select

from enclave.audit import leaves
from enclave.audit.entries import Entry, Json
from enclave.store.tables import INSIDE, LEAVES, SALTS, THINGS

NewSalt = Callable[[], bytes]


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
    seq = connection.scalar(select(func.coalesce(func.max(LEAVES.c.seq), -1))) + 1  # type: ignore[operator]
    sealed = leaves.seal(
        entry,
        facts,
        seq=seq,
        at=at,
        salt_of=lambda name, digest: _salt(connection, name, digest, new_salt),
        body_salt=new_salt(),
    )
    connection.execute(insert(LEAVES), {"seq": seq, "leaf": sealed.leaf})
    connection.execute(
        insert(INSIDE),
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
        connection.execute(insert(THINGS), mentions)
    return seq


def _salt(connection: Connection, name: str, digest: bytes, new_salt: NewSalt) -> bytes:
    """The salt of a thing: the one it has, or a new one."""
    kept = select(SALTS.c.salt).where(SALTS.c.name == name, SALTS.c.digest == digest)
    found = connection.scalar(kept)
    if found is None:
        found = new_salt()
        connection.execute(insert(SALTS), {"name": name, "digest": digest, "salt": found})
    return bytes(found)
