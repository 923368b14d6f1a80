"""The outbox in the database: put in with what happened, taken out by whoever sends, kept as sent or dead.

What becomes of tries changes without an entry of the log: nobody did anything.
"""

from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, Select, delete, func, insert, select, update

from enclave.outputs.notices import LEASE, Channel, LetterRecord, LetterState, Notice, after_failure
from enclave.store.outbox_tables import OUTBOX

KEPT_FOR: Final = timedelta(days=90)
"""What was sent. A letter with a key stays, so that its notice is not told again."""
WAITING = OUTBOX.c.state == LetterState.WAITING


def put(connection: Connection, notice: Notice, *, at: datetime) -> bool:
    """A letter for each channel there is. False when a notice with the same key was told to the person before."""
    if notice.key and _has(connection, notice):
        return False
    for channel in Channel:
        letter = {
            "channel": channel,
            "person": notice.to,
            "kind": notice.kind,
            "key": notice.key or None,
            "body": notice.as_json(at=at),
            "at": at,
            "state": LetterState.WAITING,
            "failures": 0,
            "next_at": at,
        }
        connection.execute(insert(OUTBOX), letter)
    return True


def take_due(connection: Connection, now: datetime, *, limit: int) -> tuple[LetterRecord, ...]:
    """The oldest letters that may be tried now, in this caller's hands for a while."""
    wanted = select(OUTBOX).where(WAITING & (OUTBOX.c.next_at <= now)).order_by(OUTBOX.c.id).limit(limit)
    taken = letters_of(connection, wanted)
    ids = [letter.id for letter in taken]
    connection.execute(update(OUTBOX).where(OUTBOX.c.id.in_(ids)).values(next_at=now + LEASE))
    return taken


def is_due(connection: Connection, now: datetime) -> bool:
    wanted = select(OUTBOX.c.id).where(WAITING & (OUTBOX.c.next_at <= now)).limit(1)
    return connection.scalar(wanted) is not None


def sent(connection: Connection, letter: LetterRecord, now: datetime) -> None:
    _set(connection, letter, state=LetterState.SENT, next_at=now)
    old = (
        OUTBOX.c.state.in_([LetterState.SENT, LetterState.DROPPED])
        & OUTBOX.c.key.is_(None)
        & (OUTBOX.c.next_at < now - KEPT_FOR)
    )
    connection.execute(delete(OUTBOX).where(old))


def dropped(connection: Connection, letter: LetterRecord, now: datetime) -> None:
    """It is not to be sent by this channel."""
    _set(connection, letter, state=LetterState.DROPPED, next_at=now)


def failed(connection: Connection, letter: LetterRecord, now: datetime) -> None:
    state, next_at = after_failure(letter, now=now)
    _set(connection, letter, state=state, next_at=next_at, failures=letter.failures + 1)


def letters(
    connection: Connection, *, state: LetterState | None, before: int | None, limit: int
) -> tuple[LetterRecord, ...]:
    """Newest first."""
    wanted = select(OUTBOX).order_by(OUTBOX.c.id.desc()).limit(limit)
    if state is not None:
        wanted = wanted.where(OUTBOX.c.state == state)
    if before is not None:
        wanted = wanted.where(OUTBOX.c.id < before)
    return letters_of(connection, wanted)


def revive(connection: Connection, id: int, now: datetime) -> bool:
    """Have a dead letter tried again, from the start. False when there is none of this number."""
    dead = (OUTBOX.c.id == id) & (OUTBOX.c.state == LetterState.DEAD)
    values = {"state": LetterState.WAITING, "failures": 0, "at": now, "next_at": now}
    return connection.execute(update(OUTBOX).where(dead).values(**values)).rowcount == 1


def letters_of(connection: Connection, wanted: Select[Any]) -> tuple[LetterRecord, ...]:
    return tuple(LetterRecord(**row) for row in connection.execute(wanted).mappings())


def _has(connection: Connection, notice: Notice) -> bool:
    same = (OUTBOX.c.person == notice.to) & (OUTBOX.c.key == notice.key)
    return bool(connection.scalar(select(func.count()).select_from(OUTBOX).where(same)))


def _set(connection: Connection, letter: LetterRecord, **values: object) -> None:
    here = (OUTBOX.c.id == letter.id) & WAITING
    connection.execute(update(OUTBOX).where(here).values(**values))
