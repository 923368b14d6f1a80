"""Lawful erasure: the leaf stays and the tree stays whole, but nothing that is left tells what the entry was about."""

import hashlib
import json

from sqlalchemy import Connection, delete, func, select, update

from enclave.audit.leaves import ACTOR, OBJECTS
from enclave.store.tables import INSIDE, SALTS, THINGS


def erase_entry(connection: Connection, seq: int) -> set[str]:
    """Erase what opens the leaf `seq`. Returns the ids of the things it touched, whose state must be told anew.

    A salt is kept while another entry still rests on it.
    """
    found = connection.execute(select(INSIDE.c.actor, INSIDE.c.body).where(INSIDE.c.seq == seq)).one()
    emptied = {"actor": None, "body": None, "body_salt": None}
    connection.execute(update(INSIDE).where(INSIDE.c.seq == seq).values(**emptied))
    if found.actor is not None and _others(connection, INSIDE.c.actor == found.actor) == 0:
        _forget_salt(connection, ACTOR, hashlib.sha256(found.actor.encode()).hexdigest())
    objects = {} if found.body is None else json.loads(found.body)[OBJECTS]
    for name, digest in objects.items():
        if _others(connection, INSIDE.c.body.contains(f'"{name}":"{digest}"', autoescape=True)) == 0:
            _forget_salt(connection, name, digest)
    return set(connection.scalars(select(THINGS.c.thing).where(THINGS.c.seq == seq)))


def _others(connection: Connection, kept: object) -> int:
    return connection.scalar(select(func.count()).select_from(INSIDE).where(kept)) or 0  # type: ignore[arg-type]


def _forget_salt(connection: Connection, name: str, digest: str) -> None:
    mine = (SALTS.c.name == name) & (SALTS.c.digest == bytes.fromhex(digest))
    connection.execute(delete(SALTS).where(mine))
