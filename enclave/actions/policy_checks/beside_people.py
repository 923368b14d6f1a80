"""A table of aggregates beside the people whom it counts.

What such a table shows is public, and the ledger does not know it: a count per cluster here, less what a query shows of
its parts, would be a count of the rest. So nobody has both: no project, and no two that share a person or an
organisation, which the ledger holds to be one asker.
"""

from collections.abc import Iterator

from enclave.actions.policy_checks.everything import Everything
from enclave.actions.policy_checks.fields import Asking
from enclave.documents import Parsed, Report
from enclave.projects import ProjectFile
from enclave.projects.files import TableGrantEntry

LINK = ["link"]


def check_beside_people(
    asking: Asking, entry: TableGrantEntry, everything: Everything, report: Report
) -> None:
    """Report each cell of a table of aggregates that counts by a field of people which its asker has too."""
    if not asking.table.tier_3 or isinstance(entry.fields, str):
        return
    had = dict(_fields_of_people(asking, everything))
    for at, granted in enumerate(entry.fields):
        field = asking.table.fields.get(granted.name)
        about = field.cell.about if field is not None and field.cell is not None else ()
        beside = next((name for name in about if name in had), None)
        if beside is not None:
            report.error(
                asking.place("fields", at, "name"),
                "beside-people",
                f"{granted.name} can be made from {beside}, which {had[beside]} has of each {_unit(asking)}",
                why="what a query shows of the parts could be taken from the number here; the rest may be few",
                fix="take one of the two out",
            )


def _fields_of_people(asking: Asking, everything: Everything) -> Iterator[tuple[str, str]]:
    """Fields of tables of people in any use but link, with the project that has them; the own project last."""
    others = [other for other in everything.projects.values() if other is not asking.project]
    for project in (*(one for one in others if _shares(asking.project, one)), asking.project):
        for grant in project.entry.data.tables:
            table = asking.catalogue.tables.get(grant.name)
            if table is None or table.unit is None or isinstance(grant.fields, str):
                continue
            yield from ((one.name, project.entry.id) for one in grant.fields if one.use != LINK)


def _shares(one: Parsed[ProjectFile], other: Parsed[ProjectFile]) -> bool:
    people = {member.id for member in one.entry.people} & {member.id for member in other.entry.people}
    return bool(people) or one.entry.organisation == other.entry.organisation


def _unit(asking: Asking) -> str:
    return next(iter(asking.catalogue.units.values())).one
