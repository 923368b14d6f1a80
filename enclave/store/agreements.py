"""What takes two people, in the database."""

from dataclasses import fields
from datetime import datetime

from sqlalchemy import Connection, insert, select, update

from enclave.outputs.agreements import Agreement, AgreementId, Matter
from enclave.store.agreement_tables import AGREEMENTS
from enclave.terms import PersonId


class AgreementRows:
    """The part of a reading that is about agreements."""

    _connection: Connection

    def agreements(self, matter: Matter, *, about: str | None = None) -> tuple[Agreement, ...]:
        wanted = select(AGREEMENTS).where(AGREEMENTS.c.matter == matter).order_by(AGREEMENTS.c.id)
        if about is not None:
            wanted = wanted.where(AGREEMENTS.c.about == about)
        return tuple(Agreement(**row) for row in self._connection.execute(wanted).mappings())

    def agreement(self, id: AgreementId) -> Agreement | None:
        wanted = select(AGREEMENTS).where(AGREEMENTS.c.id == id)
        row = self._connection.execute(wanted).mappings().one_or_none()
        return None if row is None else Agreement(**row)


def add_agreement(connection: Connection, agreement: Agreement) -> None:
    values = {field.name: getattr(agreement, field.name) for field in fields(agreement)}
    connection.execute(insert(AGREEMENTS), values)


def agree(connection: Connection, id: AgreementId, *, by: PersonId, at: datetime) -> bool:
    waits = (AGREEMENTS.c.id == id) & AGREEMENTS.c.second.is_(None)
    changed = update(AGREEMENTS).where(waits).values(second=by, second_at=at)
    return connection.execute(changed).rowcount == 1
