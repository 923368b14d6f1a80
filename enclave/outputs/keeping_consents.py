"""What the store keeps of consents. A part of `keeping.Reading` and of `keeping.Change`."""

from collections.abc import Collection
from datetime import datetime
from typing import Protocol

from enclave.people.consents import Consent, ConsentId
from enclave.terms import PersonId


class ConsentReading(Protocol):
    def consents(
        self, *, persons: Collection[int] | None = None, standing: bool = False
    ) -> tuple[Consent, ...]:
        """All consents, by number. `persons`: of these only; `standing`: without those that were withdrawn."""
        ...

    def consent(self, id: ConsentId) -> Consent | None: ...


class ConsentChange(Protocol):
    def new_consent_id(self) -> ConsentId: ...

    def add_consent(self, consent: Consent) -> None: ...

    def withdraw_consent(self, id: ConsentId, *, by: PersonId, at: datetime) -> bool:
        """It counts no more. False when it did not before, or is not there."""
        ...
