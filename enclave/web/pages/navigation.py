"""The menu: which parts of the service somebody is shown. What they may do there is asked by the actions."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from enclave.outputs.duties import MAY, Duty
from enclave.people import Role


@dataclass(frozen=True, slots=True)
class Link:
    """A part of the service; without roles it is for everybody, signed in or not."""

    text: str
    href: str
    roles: frozenset[Role] = frozenset()


LINKS: Final = (
    Link("Projects", "/projects", frozenset({Role.RESEARCHER, Role.PROJECT_MANAGER})),
    Link("Checking", "/checking", frozenset({Role.OUTPUT_CHECKER, Role.SENIOR_CHECKER})),
    Link("Afterwards", "/looks", frozenset({Role.OUTPUT_CHECKER, Role.SENIOR_CHECKER})),
    Link("Taking back", "/revocations", frozenset({Role.ADMIN, Role.SENIOR_CHECKER})),
    Link("Oversight", "/oversight", frozenset({Role.ADMIN, Role.AUDITOR})),
    Link("Data versions", "/oversight/data", frozenset({Role.DATA_STEWARD})),
    Link("Requests", "/cases", MAY[Duty.READ_CASES] | MAY[Duty.ASK_FOR_A_UNIT]),
    Link("Register", "/register"),
    Link("Reports", "/reports"),
    Link("Demands", "/demands"),
    Link("What is protected", "/methods"),
)


SECTIONS: Final = (
    Link("House", "/oversight", MAY[Duty.OVERSEE]),
    Link("Projects", "/oversight/projects", MAY[Duty.OVERSEE]),
    Link("Policy", "/oversight/versions", MAY[Duty.OVERSEE]),
    Link("People", "/oversight/people", MAY[Duty.OVERSEE]),
    Link("Data", "/oversight/data", MAY[Duty.READ_DATA_VERSIONS]),
    Link("Jobs", "/oversight/jobs", MAY[Duty.OVERSEE]),
    Link("Record", "/oversight/record", MAY[Duty.OVERSEE]),
)
"""The parts of oversight."""


def sections(roles: frozenset[Role]) -> tuple[Link, ...]:
    """Those that somebody with these roles may open."""
    return tuple(link for link in SECTIONS if link.roles & roles)


def menu(roles: frozenset[Role], path: str) -> list[Mapping[str, Any]]:
    """The links for somebody with these roles, as GOV.UK's service navigation takes them."""
    return [
        {"text": link.text, "href": link.href, "active": f"{path}/".startswith(f"{link.href}/")}
        for link in LINKS
        if not link.roles or link.roles & roles
    ]
