"""The door to the vault: what opens it, what is asked behind it and what comes out.

A `Warrant` is of one case, and names the two people. Whoever keeps the vault opens it for nothing else.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol

from enclave.people import Role
from enclave.rights.cases import CaseId, CaseRecord, Command
from enclave.terms import PersonId

Criteria = Mapping[str, str]
"""What is known of somebody: fields that identify (keys and identifiers of the catalogue) and their values as text."""


@dataclass(frozen=True, slots=True)
class Warrant:
    """Two people, in two roles, on one case."""

    case: CaseId
    asked_by: PersonId
    asked_role: Role
    allowed_by: PersonId
    allowed_role: Role

    def __post_init__(self) -> None:
        assert self.asked_by != self.allowed_by, "the vault is opened by two people"
        assert self.asked_role is not self.allowed_role, "the vault is opened by two roles"


@dataclass(frozen=True, slots=True, repr=False)
class Subject:
    """Whom a case is about: their number over all versions, and their key in each version, by unit."""

    person: int
    unit: str
    keys: Mapping[str, int]  # data version -> dense key there


@dataclass(frozen=True, slots=True, repr=False)
class HeldRow:
    """One row about the subject, every field of it as text; None where nothing is held."""

    version: str
    table: str
    values: Mapping[str, str | None]


class Archive(Protocol):
    """The vault with the research store beside it."""

    def find(self, warrant: Warrant, criteria: Criteria) -> Subject | None:
        """The one person whom every criterion fits; None for nobody, and for several."""
        ...

    def rows_of(self, warrant: Warrant, subject: Subject) -> Iterator[HeldRow]:
        """Every row about the subject in every loaded version, the newest version first."""
        ...


def warrant_of(case: CaseRecord) -> Warrant | None:
    """The warrant of a case on which a look-up was asked and then allowed; None if not by two."""
    asked, allowed = case.last(Command.ASK_LOOKUP), case.last(Command.ALLOW_LOOKUP)
    if asked is None or allowed is None or allowed.at < asked.at:
        return None
    if asked.by == allowed.by or asked.role is allowed.role:
        return None
    return Warrant(case.id, asked.by, asked.role, allowed.by, allowed.role)
