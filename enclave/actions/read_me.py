"""Who somebody is here, and which projects they are on. From policy alone."""

from dataclasses import dataclass

from enclave.actions.answer_json import Json
from enclave.actions.asker import Asker
from enclave.actions.asking import who_asks
from enclave.actions.service_desk import ServiceDesk
from enclave.people import Person, Role
from enclave.projects import House, Project
from enclave.projects import Role as ProjectRole


@dataclass(frozen=True, slots=True)
class Membership:
    """A project that somebody is on, and whether it can be used now."""

    project: Project
    role: ProjectRole
    open: bool

    def as_json(self) -> Json:
        project = self.project
        return {
            "id": project.id,
            "title": project.title,
            "role": self.role.value,
            "status": project.status.value,
            "open": self.open,
            "starts": project.dates.starts.isoformat(),
            "ends": project.dates.ends.isoformat(),
            "data_version": project.data_version,
            "formats": list(project.formats),
        }


@dataclass(frozen=True, slots=True)
class Me:
    """A person as the house knows them. `lacks`: what keeps them from data now, in plain words."""

    person: Person
    roles: frozenset[Role]
    house: House
    lacks: tuple[str, ...]
    projects: tuple[Membership, ...]

    def as_json(self) -> Json:
        return {
            "person": self.person.id,
            "display_name": self.person.display_name,
            "organisation": self.person.organisation,
            "roles": sorted(role.value for role in self.roles),
            "lacks": list(self.lacks),
            "projects": [project.as_json() for project in self.projects],
            "house": self.house.name,
            "synthetic": self.house.synthetic,
        }


def read_me(asker: Asker, desk: ServiceDesk) -> Me:
    """The asker, with the projects they are on."""
    policies = desk.policies()
    who = who_asks(asker, policies, desk)
    return Me(
        person=policies.people[asker.person],
        roles=who.roles,
        house=policies.house,
        lacks=who.lacks,
        projects=list_projects(asker, desk),
    )


def list_projects(asker: Asker, desk: ServiceDesk) -> tuple[Membership, ...]:
    """The projects that the asker is on, by id."""
    policies, now = desk.policies(), desk.clock.now()
    return tuple(
        Membership(project, role, project.open(now, policies.house.time_zone))
        for _, project in sorted(policies.projects.items())
        if (role := project.role_of(asker.person)) is not None
    )
