"""Saved texts in the database."""

from collections.abc import Iterable
from dataclasses import fields

from sqlalchemy import Connection, delete, insert, select

from enclave.outputs.saved import SavedId, SavedQuery
from enclave.store.saved_tables import SAVED
from enclave.terms import PersonId, ProjectId


class SavedRows:
    """The part of a reading that is about saved texts."""

    _connection: Connection

    def saved_query(self, id: SavedId) -> SavedQuery | None:
        row = self._connection.execute(select(SAVED).where(SAVED.c.id == id)).mappings().one_or_none()
        return None if row is None else SavedQuery(**row)

    def saved_queries(self, *, person: PersonId) -> tuple[SavedQuery, ...]:
        wanted = select(SAVED).where(SAVED.c.person == person).order_by(SAVED.c.name, SAVED.c.id)
        return tuple(SavedQuery(**row) for row in self._connection.execute(wanted).mappings())


def keep_saved(connection: Connection, saved: SavedQuery) -> None:
    drop_saved(connection, saved.id)
    values = {field.name: getattr(saved, field.name) for field in fields(saved)}
    connection.execute(insert(SAVED), values)


def drop_saved(connection: Connection, id: SavedId) -> None:
    connection.execute(delete(SAVED).where(SAVED.c.id == id))


def forget_saved(connection: Connection, projects: Iterable[ProjectId]) -> int:
    """Remove all texts that were kept with these projects."""
    return connection.execute(delete(SAVED).where(SAVED.c.project.in_(list(projects)))).rowcount
