"""Reads a home's policy files and says everything that is wrong with them; the way in to what is in force.

The one thing to know before changing this: a policy is in force only if no file has an error. `load_policies` raises
otherwise, so that a slip in one file cannot open another.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from enclave.actions.policy_checks.cases import Cases, Known, read_cases
from enclave.actions.policy_checks.catalogued import restricted_rows
from enclave.actions.policy_checks.consents import check_consents, kinds_on
from enclave.actions.policy_checks.everything import Everything, read_everything
from enclave.actions.policy_checks.fingerprint import fingerprint
from enclave.actions.policy_checks.grants import check_grants
from enclave.actions.policy_checks.house import check_house_with_catalogue
from enclave.actions.policy_checks.membership import check_members
from enclave.actions.policy_checks.methods import check_methods
from enclave.actions.policy_checks.services import check_services
from enclave.actions.policy_checks.spans import check_people
from enclave.catalogue import Catalogue
from enclave.documents import Finding, Findings, Report, Severity
from enclave.people import Organisation, Person, Requirements, organisation_of, person_of, with_sponsors
from enclave.projects import (
    House,
    Policy,
    Project,
    check_house,
    check_project,
    house_of,
    policy_of,
    project_of,
)
from enclave.terms import OrganisationId, PersonId, ProjectId


@dataclass(frozen=True)
class Checked:
    """What the files say as far as they could be read, and every finding. A home without errors is `in_force`."""

    catalogue: Catalogue | None
    house: House | None
    organisations: Mapping[OrganisationId, Organisation]
    people: Mapping[PersonId, Person]
    projects: Mapping[ProjectId, Project]
    findings: tuple[Finding, ...]

    @property
    def errors(self) -> tuple[Finding, ...]:
        return tuple(finding for finding in self.findings if finding.severity is Severity.ERROR)


@dataclass(frozen=True)
class Policies:
    """What is in force in a home: all of it, checked."""

    catalogue: Catalogue
    house: House
    organisations: Mapping[OrganisationId, Organisation]
    people: Mapping[PersonId, Person]
    projects: Mapping[ProjectId, Project]
    in_force: Mapping[ProjectId, Policy]
    content_hash: str
    warnings: tuple[Finding, ...]

    def policy(self, project: ProjectId) -> Policy | None:
        """The policy of a project, or None when there is no such project."""
        return self.in_force.get(project)

    @property
    def requirements(self) -> Requirements:
        """What the house asks of a person before any access."""
        asked = self.house.accrediting
        return Requirements(asked.schemes, asked.course, asked.course_valid_years, asked.declarations)


def check_policies(folder: Path, *, today: date, cache: Path | None = None) -> Checked:
    """Everything that is wrong with the policy files in `folder`, all files at once."""
    report = Report()
    everything = _check(folder, today, report, cache)
    return Checked(
        catalogue=everything.catalogue,
        house=house_of(everything.house.entry) if everything.house else None,
        organisations=_organisations(everything),
        people=_people(everything),
        projects=_projects(everything),
        findings=report.findings(),
    )


def load_policies(folder: Path, *, today: date, cache: Path | None = None) -> Policies:
    """What is in force in `folder`.

    `cache` is a folder of the home's state in which files that were read before need not be parsed again.

    Raises:
        Findings: when any file has an error; it names every error and warning of every file.
    """
    report = Report()
    before = fingerprint(folder)
    everything = _check(folder, today, report, cache)
    report.raise_errors()
    if everything.catalogue is None or everything.house is None or fingerprint(folder) != before:
        raise Findings(report.found)  # never half a policy, nor one whose files changed under the reader
    house = house_of(everything.house.entry)
    return Policies(
        catalogue=everything.catalogue,
        house=house,
        organisations=_organisations(everything),
        people=_people(everything),
        projects=_projects(everything),
        in_force=_policies(everything, everything.catalogue, house, before),
        content_hash=before,
        warnings=report.findings(),
    )


def check_cases(
    folder: Path, policies: Checked | Policies
) -> tuple[Mapping[str, Cases], tuple[Finding, ...]]:
    """The cases that stand beside the policies of `folder`, by project, and everything that is wrong with them."""
    report = Report()
    known = Known(frozenset(policies.projects), frozenset(policies.people))
    cases = read_cases(folder, known, report)
    return cases, report.findings()


def _check(folder: Path, today: date, report: Report, cache: Path | None) -> Everything:
    everything = read_everything(folder, report, cache)
    if everything.house is not None:
        check_house(everything.house, report)
        check_house_with_catalogue(everything, report)
        for project in everything.projects.values():
            check_project(project, everything.house, today, report)
            check_grants(project, everything, report)
            check_consents(project, everything, report)
    check_people(everything, today, report)
    check_members(everything, today, report)
    check_methods(everything, report)
    check_services(everything, report)
    return everything


def _policies(
    everything: Everything, catalogue: Catalogue, house: House, content_hash: str
) -> dict[ProjectId, Policy]:
    return {
        ProjectId(project.entry.id): policy_of(
            project.entry,
            house,
            rows=restricted_rows(project.entry, catalogue),
            content_hash=content_hash,
            organisations=kinds_on(project, everything),
        )
        for project in everything.projects.values()
    }


def _organisations(everything: Everything) -> dict[OrganisationId, Organisation]:
    found = (organisation_of(parsed.entry) for parsed in everything.organisations.values())
    return {organisation.id: organisation for organisation in found}


def _people(everything: Everything) -> dict[PersonId, Person]:
    found = (person_of(parsed.entry) for parsed in everything.people.values())
    on = {
        project.id: [member.person for member in project.members]
        for project in _projects(everything).values()
    }
    return with_sponsors({person.id: person for person in found}, on)


def _projects(everything: Everything) -> dict[ProjectId, Project]:
    found = (project_of(parsed.entry) for parsed in everything.projects.values())
    return {project.id: project for project in found}
