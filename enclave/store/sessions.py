"""Sessions of browsers in the database: opened and ended in a `Change`, noted as used without an entry."""

from datetime import datetime

from sqlalchemy import Connection, delete, insert, select, update

from enclave.people.sessions import IDLE, LONGEST, MOST_OF_ONE_PERSON, Session
from enclave.store.session_tables import SESSIONS


def session(connection: Connection, id_hash: str) -> Session | None:
    row = connection.execute(select(SESSIONS).where(SESSIONS.c.id_hash == id_hash)).mappings().one_or_none()
    return None if row is None else Session(**row)


def add_session(connection: Connection, new: Session) -> None:
    """Keep one more; those that are over go, and of one person's the oldest when there are too many."""
    over = (SESSIONS.c.seen_at <= new.opened_at - IDLE) | (SESSIONS.c.opened_at <= new.opened_at - LONGEST)
    connection.execute(delete(SESSIONS).where(over))
    mine = select(SESSIONS.c.id_hash).where(SESSIONS.c.person == new.person)
    newest_first = mine.order_by(SESSIONS.c.opened_at.desc(), SESSIONS.c.id_hash)
    too_many = connection.scalars(newest_first.offset(MOST_OF_ONE_PERSON - 1)).all()
    connection.execute(delete(SESSIONS).where(SESSIONS.c.id_hash.in_(too_many)))
    values = {name: getattr(new, name) for name in SESSIONS.c.keys()}  # noqa: SIM118 - no dictionary
    connection.execute(insert(SESSIONS), values)


def end_session(connection: Connection, id_hash: str) -> bool:
    """Whether there was one."""
    return connection.execute(delete(SESSIONS).where(SESSIONS.c.id_hash == id_hash)).rowcount == 1


def touch_session(connection: Connection, id_hash: str, at: datetime) -> None:
    """Never back in time: calls of one browser may overtake each other."""
    later = (SESSIONS.c.id_hash == id_hash) & (SESSIONS.c.seen_at < at)
    connection.execute(update(SESSIONS).where(later).values(seen_at=at))
