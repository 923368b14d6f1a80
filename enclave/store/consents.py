"""The register of consents in the database."""

from collections.abc import Collection
from dataclasses import fields
from datetime import datetime

from sqlalchemy import Connection, insert, select, update

from enclave.people.consents import Consent, ConsentId
from enclave.store.consent_tables import CONSENTS
from enclave.store.database import connect, reading
from enclave.terms import PersonId


class ConsentRows:
    """The part of a reading that is about consents."""

    _connection: Connection

    def consents(
        self, *, persons: Collection[int] | None = None, standing: bool = False
    ) -> tuple[Consent, ...]:
        wanted = select(CONSENTS).order_by(CONSENTS.c.id)
        if persons is not None:
            wanted = wanted.where(CONSENTS.c.person.in_(list(persons)))
        if standing:
            wanted = wanted.where(CONSENTS.c.withdrawn_at.is_(None))
        return tuple(Consent(**row) for row in self._connection.execute(wanted).mappings())

    def consent(self, id: ConsentId) -> Consent | None:
        row = self._connection.execute(select(CONSENTS).where(CONSENTS.c.id == id)).mappings().one_or_none()
        return None if row is None else Consent(**row)


class _Reading(ConsentRows):
    def __init__(self, connection: Connection) -> None:
        self._connection = connection


def consents_at(url: str) -> tuple[Consent, ...]:
    """Those that were not withdrawn, in the database at `url`, which is there."""
    engine = connect(url)
    try:
        with reading(engine) as connection:
            return _Reading(connection).consents(standing=True)
    finally:
        engine.dispose()


def add_consent(connection: Connection, consent: Consent) -> None:
    values = {field.name: getattr(consent, field.name) for field in fields(consent)}
    connection.execute(insert(CONSENTS), values)


def withdraw_consent(connection: Connection, id: ConsentId, *, by: PersonId, at: datetime) -> bool:
    standing = (CONSENTS.c.id == id) & CONSENTS.c.withdrawn_at.is_(None)
    changed = update(CONSENTS).where(standing).values(withdrawn_by=by, withdrawn_at=at)
    return connection.execute(changed).rowcount == 1
