"""The project that a page is about, as one of its people sees it."""

from dataclasses import dataclass

from enclave.actions.ask_query import Allowance, read_allowance
from enclave.actions.asker import Asker
from enclave.actions.read_me import Membership, list_projects
from enclave.actions.service_desk import ServiceDesk
from enclave.problems.service import NotFound


@dataclass(frozen=True, slots=True)
class OwnProject:
    membership: Membership
    allowance: Allowance

    @property
    def id(self) -> str:
        return self.membership.project.id

    @property
    def title(self) -> str:
        return self.membership.project.title

    @property
    def address(self) -> str:
        return f"/projects/{self.id}"


def own_project(asker: Asker, project: str, desk: ServiceDesk) -> OwnProject:
    """
    Raises:
        NotFound: there is no such project, or the asker is not on it.
    """
    for membership in list_projects(asker, desk):
        allowance = read_allowance(membership.project.id, desk) if membership.project.id == project else None
        if allowance is not None:
            return OwnProject(membership, allowance)
    raise NotFound(detail="There is no such project, or you are not on it.")
