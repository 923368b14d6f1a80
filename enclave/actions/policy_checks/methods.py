"""Projects that share somebody, and a data version, change numbers alike: else one tells what the other hides."""

from itertools import combinations

from enclave.actions.policy_checks.everything import Everything
from enclave.documents import Parsed, Report
from enclave.projects import HouseFile, Method, ProjectFile
from enclave.terms.versions import base_of

OVER = frozenset({"closed", "rejected", "draft"})


def check_methods(everything: Everything, report: Report) -> None:
    """Report each project whose method is another than that of one with which it shares somebody or an organisation.

    What projects that are over have shown is known to the ledger, which the run of a query asks.
    """
    house = everything.house
    if house is None:
        return
    running = [one for one in everything.projects.values() if one.entry.status not in OVER]
    for one, other in combinations(running, 2):
        mine, theirs = _method(one, house), _method(other, house)
        if mine == theirs or base_of(one.entry.data.version) != base_of(other.entry.data.version):
            continue
        if _parties(one, everything) & _parties(other, everything):
            changed = one if mine != _of_house(house) else other
            beside = other if changed is one else one
            report.error(
                changed.place("disclosure", "method" if changed.entry.disclosure.method else "rounding_base"),
                "mixed-methods",
                f"{changed.entry.id} and {beside.entry.id} share somebody and a data version, and their methods differ",
                why="exact and perturbed numbers of one population give it away together",
                fix="give both the same method, or let them share no person and no organisation",
            )


def _method(project: Parsed[ProjectFile], house: Parsed[HouseFile]) -> tuple[str, int]:
    asked, own = project.entry.disclosure, house.entry.defaults
    method = own.method if own.method != Method.SUPPRESS.value else asked.method or own.method
    return method, max(asked.rounding_base or 0, own.rounding_base) if method == Method.ROUND.value else 0


def _of_house(house: Parsed[HouseFile]) -> tuple[str, int]:
    own = house.entry.defaults
    return own.method, own.rounding_base if own.method == Method.ROUND.value else 0


def _parties(project: Parsed[ProjectFile], everything: Everything) -> set[tuple[str, str]]:
    """The people on a project, and the organisations: its own and theirs."""
    people = [one.id for one in project.entry.people]
    theirs = [everything.people[one].entry.organisation for one in people if one in everything.people]
    return {("person", one) for one in people} | {
        ("organisation", one) for one in (project.entry.organisation, *theirs)
    }
