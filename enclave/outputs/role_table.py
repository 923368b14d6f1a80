"""Who may do what, as a table: each role against each act, as the rules answer it. The documentation shows it.

There is no second list: a cell is what `may` says of somebody who has just this role, with everything else in order
(accredited, independent, signed in a minute ago, party to no vote).
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

from enclave.outputs.duties import Duty, may_do
from enclave.outputs.permissions import Act, Denial, Thing, Who, may
from enclave.people import Role
from enclave.terms import OrganisationId, PersonId, ProjectId

THERE, ELSEWHERE = OrganisationId("university"), OrganisationId("elsewhere")
NOW: Final = datetime(2000, 1, 1, tzinfo=UTC)
LEAD, ASKER, MEMBER, MANAGER, OTHER = (
    PersonId(name) for name in ("lead", "asker", "member", "manager", "other")
)
WHOSE: Final = Thing(
    project=ProjectId("P-1"),
    organisations=frozenset({THERE}),
    members=frozenset({LEAD, ASKER, MEMBER}),
    leads=frozenset({LEAD}),
    parties=frozenset({LEAD, ASKER, MEMBER, MANAGER}),
    asked_by=ASKER,
    managers=frozenset({MANAGER}),
)


def _who(person: PersonId, organisation: OrganisationId, *roles: Role) -> Who:
    return Who(person, organisation, frozenset(roles), (), frozenset(), NOW, NOW)


ROLES: Final[Mapping[str, Who]] = {
    "lead researcher": _who(LEAD, THERE, Role.RESEARCHER),
    "researcher who asked": _who(ASKER, THERE, Role.RESEARCHER),
    "researcher of the project, or its program": _who(MEMBER, THERE, Role.RESEARCHER),
    "project manager": _who(MANAGER, THERE, Role.PROJECT_MANAGER),
    "researcher elsewhere": _who(OTHER, ELSEWHERE, Role.RESEARCHER),
    "output checker": _who(OTHER, ELSEWHERE, Role.OUTPUT_CHECKER),
    "senior checker": _who(OTHER, ELSEWHERE, Role.OUTPUT_CHECKER, Role.SENIOR_CHECKER),
    "checker of the same organisation": _who(OTHER, THERE, Role.OUTPUT_CHECKER, Role.SENIOR_CHECKER),
    "admin": _who(OTHER, ELSEWHERE, Role.ADMIN),
    "auditor": _who(OTHER, ELSEWHERE, Role.AUDITOR),
    "data steward": _who(OTHER, ELSEWHERE, Role.DATA_STEWARD),
    "school data officer": _who(OTHER, ELSEWHERE, Role.SCHOOL_DATA_OFFICER),
}


def answer(role: str, act: Act) -> Denial | None:
    """None is yes; else the kind of the no."""
    return may(ROLES[role], act, WHOSE).denial


def role_table() -> dict[Act, dict[str, Denial | None]]:
    """Every act by every role."""
    return {act: {role: answer(role, act) for role in ROLES} for act in Act}


def duty_table() -> dict[Duty, dict[Role, bool]]:
    """Every duty towards the house by every role, as the rules answer it of somebody who has just this role."""
    who = {role: _who(OTHER, ELSEWHERE, role) for role in Role}
    return {duty: {role: may_do(who[role], duty).allowed for role in Role} for duty in Duty}
