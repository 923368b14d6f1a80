"""Appending to the log inside a transaction. Only who holds the writers' lock may: numbers have no gap."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime

from sqlalchemy import Connection, bindparam, func, select

from enclave.audit import leaves
from enclave.audit.entries import Entry, Json
from enclave.store.made import Made, insert_into, written
from enclave.store.tables import INSIDE, LEAVES, SALTS, THINGS

NewSalt = Callable[[], bytes]

NEXT = Made(select(func.coalesce(func.max(LEAVES.c.seq) + 1, 0)))
KEPT_SALT = Made(
    select(SALTS.c.salt).where(SALTS.c.name == bindparam("name"), SALTS.c.digest == bindparam("digest"))
)
NEW_LEAF = insert_into(LEAVES, "seq", "leaf")
NEW_INSIDE = insert_into(INSIDE, "seq", "at", "kind", "project", "actor", "body", "body_salt")
NEW_THING = insert_into(THINGS, "thing", "seq")
NEW_SALT = insert_into(SALTS, "name", "digest", "salt")


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
    seq = int(NEXT.scalar(connection))
    sealed = leaves.seal(
        entry,
        facts,
        seq=seq,
        at=at,
        salt_of=lambda name, digest: _salt(connection, name, digest, new_salt),
        body_salt=new_salt(),
    )
    NEW_LEAF.run(connection, new_seq=seq, new_leaf=sealed.leaf)
    NEW_INSIDE.run(
        connection,
        new_seq=seq,
        new_at=at,
        new_kind=entry.kind.value,
        new_project=entry.project,
        new_actor=entry.actor,
        new_body=sealed.body.decode(),
        new_body_salt=sealed.body_salt,
    )
    NEW_THING.run_each(connection, [written({"thing": thing, "seq": seq}) for thing in sorted(things)])
    return seq


def _salt(connection: Connection, name: str, digest: bytes, new_salt: NewSalt) -> bytes:
    """The salt of a thing: the one it has, or a new one."""
    found = KEPT_SALT.scalar(connection, name=name, digest=digest)
    if found is None:
        found = new_salt()
        NEW_SALT.run(connection, new_name=name, new_digest=digest, new_salt=found)
    return bytes(found)
