"""What the store keeps of what takes two people. A part of `keeping.Reading` and of `keeping.Change`."""

from datetime import datetime
from typing import Protocol

from enclave.outputs.agreements import Agreement, AgreementId, Matter
from enclave.terms import PersonId


class AgreementReading(Protocol):
    def agreements(self, matter: Matter, *, about: str | None = None) -> tuple[Agreement, ...]:
        """Those of one kind, by number. `about`: of this version or field only."""
        ...

    def agreement(self, id: AgreementId) -> Agreement | None: ...


class AgreementChange(Protocol):
    def new_agreement_id(self) -> AgreementId: ...

    def add_agreement(self, agreement: Agreement) -> None: ...

    def agree(self, id: AgreementId, *, by: PersonId, at: datetime) -> bool:
        """A second person wants it too. False when somebody has agreed already, or it is not there.

        The database refuses the first person, and who wrote it.
        """
        ...
