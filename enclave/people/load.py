"""From files of people and organisations to their values. Whether they fit together is for `check_policy`."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from pathlib import Path

from enclave.documents import Parsed, Report, parse_what_can_be, read_document
from enclave.people.files import OrganisationFile, PersonFile
from enclave.people.model import (
    Accreditation,
    Agreement,
    Declaration,
    Identity,
    Organisation,
    OrganisationType,
    Person,
    Role,
    Service,
    Training,
)
from enclave.terms import OrganisationId, PersonId, ProjectId


def read_person(
    path: Path, *, file: str, report: Report, cache: Path | None = None
) -> Parsed[PersonFile] | None:
    """A person's file, without the parts that are reported as faulty."""
    document = read_document(path, file=file, report=report, cache=cache)
    return parse_what_can_be(document, PersonFile, report) if document is not None else None


def read_organisation(
    path: Path, *, file: str, report: Report, cache: Path | None = None
) -> Parsed[OrganisationFile] | None:
    """An organisation's file, without the parts that are reported as faulty."""
    document = read_document(path, file=file, report=report, cache=cache)
    return parse_what_can_be(document, OrganisationFile, report) if document is not None else None


def person_of(entry: PersonFile) -> Person:
    """The person as the file says."""
    held = entry.accreditation
    return Person(
        id=PersonId(entry.id),
        display_name=entry.display_name,
        organisation=OrganisationId(entry.organisation),
        identities=tuple(Identity(one.issuer, one.subject) for one in entry.identities),
        roles=frozenset(Role(role) for role in entry.roles),
        accreditation=Accreditation(held.scheme, held.ref, held.granted_on, held.expires_on)
        if held
        else None,
        training=tuple(Training(one.course, one.passed_on, one.expires_on) for one in entry.training),
        declarations=tuple(
            Declaration(one.kind, one.version, one.signed_on, tuple(one.conflicts))
            for one in entry.declarations
        ),
        service=Service(ProjectId(entry.service.project), PersonId(entry.service.on_behalf_of))
        if entry.service
        else None,
        clusters=frozenset(entry.clusters),
        by_visa=frozenset(entry.by_visa),
    )


def with_sponsors(
    people: Mapping[PersonId, Person], members: Mapping[ProjectId, Collection[PersonId]]
) -> dict[PersonId, Person]:
    """The same, each program with the standing of whoever answers for it: it ends when theirs does.

    Args:
        members: who is on each project; whoever is taken off one answers for no program of it.
    """
    return {id: _sponsored(person, people, members) for id, person in people.items()}


def _sponsored(
    person: Person, people: Mapping[PersonId, Person], members: Mapping[ProjectId, Collection[PersonId]]
) -> Person:
    if person.service is None:
        return person
    sponsor = people.get(person.service.on_behalf_of)
    if (
        sponsor is None
        or sponsor.service is not None
        or sponsor.organisation != person.organisation
        or sponsor.id not in members.get(person.service.project, ())
    ):
        return replace(person, accreditation=None, training=(), declarations=())
    return replace(
        person,
        accreditation=sponsor.accreditation,
        training=sponsor.training,
        declarations=sponsor.declarations,
    )


def organisation_of(entry: OrganisationFile) -> Organisation:
    """The organisation as the file says."""
    agreement = entry.agreement
    return Organisation(
        id=OrganisationId(entry.id),
        name=entry.name,
        kind=OrganisationType(entry.type),
        country=entry.country,
        agreement=Agreement(agreement.ref, agreement.signed_on, agreement.expires_on),
        data_protection_contact=entry.data_protection.contact,
        data_protection_registration=entry.data_protection.registration,
    )
