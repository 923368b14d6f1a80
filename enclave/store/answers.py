"""First answers to calls with a key: kept once, and for a time."""

from datetime import datetime

from sqlalchemy import Connection, delete, insert, select, update

from enclave.outputs.records import RememberedAnswer
from enclave.store.tables import ANSWERS


def keep_answer(connection: Connection, first: RememberedAnswer, *, since: datetime) -> bytes | None:
    """Keep an answer unless one is kept, and return the one that is; None when the key is of another call."""
    here = (ANSWERS.c.person == first.person) & (ANSWERS.c.key == first.key)
    connection.execute(delete(ANSWERS).where(here & (ANSWERS.c.at < since)))
    row = connection.execute(select(ANSWERS.c.body_hash, ANSWERS.c.answer).where(here)).one_or_none()
    if row is None:
        values = {name: getattr(first, name) for name in ANSWERS.c.keys()}  # noqa: SIM118 - no dictionary
        connection.execute(insert(ANSWERS), values)
        return first.answer
    if row.body_hash != first.body_hash:
        return None
    if row.answer is None:
        connection.execute(update(ANSWERS).where(here).values(answer=first.answer))
        return first.answer
    return bytes(row.answer)


def forget_answers(connection: Connection, *, before: datetime) -> int:
    return connection.execute(delete(ANSWERS).where(ANSWERS.c.at < before)).rowcount
