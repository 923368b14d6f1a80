"""Who: people and their organisations, with the dates until which they may be trusted with data."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from enclave.terms import OrganisationId, PersonId, ProjectId


class Role(StrEnum):
    RESEARCHER = "researcher"
    OUTPUT_CHECKER = "output_checker"
    SENIOR_CHECKER = "senior_checker"
    ADMIN = "admin"
    DATA_STEWARD = "data_steward"
    AUDITOR = "auditor"
    SCHOOL_DATA_OFFICER = "school_data_officer"
    PROJECT_MANAGER = "project_manager"


class OrganisationType(StrEnum):
    UNIVERSITY = "university"
    GOVERNMENT = "government"
    LOCAL_AUTHORITY = "local_authority"
    CHARITY = "charity"
    COMMERCIAL = "commercial"
    PRESS = "press"


@dataclass(frozen=True, slots=True)
class Agreement:
    ref: str
    signed_on: date
    expires_on: date


@dataclass(frozen=True, slots=True)
class Organisation:
    id: OrganisationId
    name: str
    kind: OrganisationType
    country: str
    agreement: Agreement
    data_protection_contact: str
    data_protection_registration: str | None = None


@dataclass(frozen=True, slots=True)
class Identity:
    """Who signs in: an issuer and its subject, never an e-mail address."""

    issuer: str
    subject: str


@dataclass(frozen=True, slots=True)
class Accreditation:
    scheme: str
    ref: str
    granted_on: date
    expires_on: date


@dataclass(frozen=True, slots=True)
class Training:
    course: str
    passed_on: date
    expires_on: date


@dataclass(frozen=True, slots=True)
class Declaration:
    kind: str
    version: int
    signed_on: date
    conflicts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Service:
    """A program that asks by itself: on one project, and for somebody who answers for it."""

    project: ProjectId
    on_behalf_of: PersonId


@dataclass(frozen=True, slots=True)
class Person:
    id: PersonId
    display_name: str
    organisation: OrganisationId
    identities: tuple[Identity, ...]
    roles: frozenset[Role]
    accreditation: Accreditation | None = None
    training: tuple[Training, ...] = ()
    declarations: tuple[Declaration, ...] = ()
    service: Service | None = None
    clusters: frozenset[str] = frozenset()
    """Of a school data officer: whose report and requests are theirs."""
    by_visa: frozenset[str] = frozenset()
    """The preconditions that a visa of a listed issuer may stand for: accreditation, training."""
