"""Consents that people have given to being counted for organisations which reach nobody without one."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Final, NewType

from enclave.terms import PersonId

ConsentId = NewType("ConsentId", str)
MOST_AT_ONCE: Final = 1000
MOST_EVIDENCE: Final = 200


@dataclass(frozen=True, slots=True)
class Consent:
    """One unit's consent. Whom it is about is a person number, which only the vault can turn into somebody.

    Attributes:
        purposes, recipients: what it is for, and the kinds of organisation it is to. Nothing else is covered.
        evidence: where the consent itself is, such as the reference of a form.
        expires_on: the last day, in the house's time zone; None: until it is withdrawn.
    """

    id: ConsentId
    unit: str
    person: int
    purposes: tuple[str, ...]
    recipients: tuple[str, ...]
    evidence: str
    given_on: date
    expires_on: date | None
    recorded_by: PersonId
    recorded_at: datetime
    withdrawn_by: PersonId | None = None
    withdrawn_at: datetime | None = None

    @property
    def withdrawn(self) -> bool:
        return self.withdrawn_at is not None

    def as_of(self, at: datetime) -> "Consent":
        """As it stood at an instant after it was recorded: it may have been withdrawn since."""
        later = self.withdrawn_at is not None and self.withdrawn_at > at
        return replace(self, withdrawn_by=None, withdrawn_at=None) if later else self

    def covers(self, purpose: str, recipients: Collection[str], day: date) -> bool:
        """Whether it lets somebody be counted for a purpose, by all these kinds of organisation, on a day."""
        return (
            not self.withdrawn
            and purpose in self.purposes
            and bool(recipients)
            and set(recipients) <= set(self.recipients)
            and self.given_on <= day
            and (self.expires_on is None or day <= self.expires_on)
        )


def consenting_persons(
    consents: Iterable[Consent], *, purpose: str, recipients: Collection[str], day: date
) -> dict[str, frozenset[int]]:
    """The person numbers of who has consented, by unit. Whoever gave one consent that covers it has."""
    found: dict[str, set[int]] = {}
    for one in consents:
        if one.covers(purpose, recipients, day):
            found.setdefault(one.unit, set()).add(one.person)
    return {unit: frozenset(persons) for unit, persons in found.items()}
