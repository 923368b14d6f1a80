"""The uses of one record by project, with the words of the policies: who, what for, which kinds of data."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from enclave.people import Organisation
from enclave.projects.model import Policy
from enclave.terms import FieldRef, OrganisationId, ProjectId
from enclave.transparency.reach import RecordUse


class Named(Protocol):
    """The policy files, as far as they say who is behind a project."""

    @property
    def organisations(self) -> Mapping[OrganisationId, Organisation]: ...
    @property
    def in_force(self) -> Mapping[ProjectId, Policy]: ...


@dataclass(frozen=True, slots=True)
class ProjectUse:
    """What one project did with one record. `title`, `organisation` and `why` are empty for one no longer on file."""

    project: ProjectId
    title: str
    organisation: str
    why: str
    fields: tuple[FieldRef, ...]
    years: tuple[str, ...]
    first: datetime
    last: datetime
    queries: int
    released: int


def by_project(uses: Iterable[RecordUse], policies: Named) -> tuple[ProjectUse, ...]:
    """One line per project, the one that used the record last first."""
    found: dict[ProjectId, list[RecordUse]] = {}
    for use in uses:
        found.setdefault(use.project, []).append(use)
    lines = (_line(project, mine, policies) for project, mine in found.items())
    return tuple(sorted(lines, key=lambda line: (line.last, line.project), reverse=True))


def _line(project: ProjectId, uses: list[RecordUse], policies: Named) -> ProjectUse:
    policy = policies.in_force.get(project)
    about = None if policy is None else policy.project
    organisation = None if about is None else policies.organisations.get(about.organisation)
    return ProjectUse(
        project=project,
        title="" if about is None else about.title,
        organisation="" if organisation is None else organisation.name,
        why="" if about is None else about.purpose.public_summary,
        fields=tuple(sorted({field for use in uses for field in use.fields})),
        years=tuple(sorted({year for use in uses for year in use.years})),
        first=min(use.at for use in uses),
        last=max(use.at for use in uses),
        queries=len(uses),
        released=sum(use.released for use in uses),
    )
