"""Projects on which somebody is from an organisation that reaches only units who have consented to it."""

from collections.abc import Iterator

from enclave.actions.policy_checks.everything import Everything
from enclave.documents import Parsed, Report
from enclave.projects import ProjectFile


def kinds_on(project: Parsed[ProjectFile], everything: Everything) -> frozenset[str]:
    """The kinds of organisation on a project: one person from the press makes it one of the press."""
    known = everything.organisations
    return frozenset(known[name].entry.type for name in _organisations(project, everything) if name in known)


def check_consents(project: Parsed[ProjectFile], everything: Everything, report: Report) -> None:
    """Report what such a project cannot have: cells that were counted of everybody before they came here."""
    catalogue, house = everything.catalogue, everything.house
    if catalogue is None or house is None:
        return
    kinds = sorted(kinds_on(project, everything).intersection(house.entry.consent_required))
    for index, entry in enumerate(project.entry.data.tables):
        table = catalogue.tables.get(entry.name)
        if kinds and table is not None and table.tier_3:
            report.error(
                project.place("data", "tables", index, "name"),
                "consent-required",
                f"{entry.name} holds cells about everybody, and {project.entry.id} reaches only who has consented",
                why=f"house.yaml, consent_required: somebody on it is from an organisation of type {', '.join(kinds)}",
                fix="remove the table",
            )


def _organisations(project: Parsed[ProjectFile], everything: Everything) -> Iterator[str]:
    yield project.entry.organisation
    for member in project.entry.people:
        if member.id in everything.people:
            yield everything.people[member.id].entry.organisation
