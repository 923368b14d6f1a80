"""What a project must keep to by the house's rules alone: dates, purpose, approvals, limits never looser.

Every rule reports; none stops the others.
"""

from datetime import date
from decimal import Decimal

from enclave.documents import Parsed, Report, did_you_mean
from enclave.projects.files import DominanceEntry, HouseFile, ProjectFile
from enclave.projects.load import route_of
from enclave.projects.method_rules import check_method_of_house, check_method_of_project
from enclave.projects.model import Route
from enclave.projects.preset_rules import check_presets
from enclave.projects.purpose_rules import check_purpose_of_project, check_purposes_of_house

LEAST_UNITS_OF_REAL_PEOPLE = 10  # no house with real data goes below; every published rule asks at least this

Project = Parsed[ProjectFile]
House = Parsed[HouseFile]

NOT_APPROVED = frozenset({"draft", "rejected"})


def check_house(house: House, report: Report) -> None:
    """What the house file must keep to by itself."""
    entry = house.entry
    if entry.floors.min_units < LEAST_UNITS_OF_REAL_PEOPLE and not entry.synthetic:
        report.error(
            house.place("floors", "min_units"),
            "floor-too-low",
            f"the floor of min_units is {entry.floors.min_units}; with data about real people it is at least "
            f"{LEAST_UNITS_OF_REAL_PEOPLE}",
            why="only a house that says synthetic: true may go lower, for tests",
            fix=f"write {LEAST_UNITS_OF_REAL_PEOPLE} or more",
        )
    _lifetime_cap(house, report)
    check_method_of_house(house, report)
    check_presets(house, report)
    check_purposes_of_house(house, report)


def _lifetime_cap(house: House, report: Report) -> None:
    """A number for fewer units than a cell needs would let the values of a small group be solved for."""
    asked, least = house.entry.lifetime_cap.units_per_number, house.entry.floors.min_units
    if asked < least:
        report.error(
            house.place("lifetime_cap", "units_per_number"),
            "floor-too-low",
            f"units_per_number is {asked}, but a cell needs {least} units",
            why="more independent numbers than one for each cell's worth of units can be solved for single values",
            fix=f"write {least} or more",
        )


def check_project(project: Project, house: House, today: date, report: Report) -> None:
    """Report everything in which a project breaks a rule of the house."""
    _dates(project, today, report)
    check_purpose_of_project(project, house, report)
    _approvals(project, house, report)
    _disclosure(project, house, report)
    _release(project, house, report)
    _allowance(project, house, report)


def _dates(project: Project, today: date, report: Report) -> None:
    dates = project.entry.dates
    fix = "check both dates; the form is YYYY-MM-DD"
    if dates.ends < dates.starts:
        message = f"the project ends ({dates.ends}) before it starts ({dates.starts})"
        report.error(project.place("dates", "ends"), "dates", message, fix=fix)
    elif dates.destroy_by < dates.ends:
        message = f"the data are destroyed ({dates.destroy_by}) before the project ends ({dates.ends})"
        report.error(project.place("dates", "destroy_by"), "dates", message, fix=fix)
    if dates.review_by < dates.starts:
        message = f"the review is due ({dates.review_by}) before the project starts ({dates.starts})"
        report.error(project.place("dates", "review_by"), "dates", message, fix=fix)
    reviewed = project.entry.legal.dpia.reviewed_on
    if reviewed > today:
        message = f"the DPIA is dated in the future ({reviewed})"
        place = project.place("legal", "dpia", "reviewed_on")
        report.error(place, "dates", message, fix="check the date")
    for index, approval in enumerate(project.entry.approvals):
        if approval.decided_on > today:
            message = f"this approval is dated in the future ({approval.decided_on})"
            report.error(
                project.place("approvals", index, "decided_on"), "dates", message, fix="check the date"
            )


def _approvals(project: Project, house: House, report: Report) -> None:
    bodies = [approval.body for approval in project.entry.approvals]
    known = [*house.entry.approvals.every_project, *house.entry.approvals.tier_1]
    for index, body in enumerate(bodies):
        if body not in known:
            message = f'the house knows no body "{body}".{did_you_mean(body, known)}'
            place = project.place("approvals", index, "body")
            report.error(place, "unknown-body", message, fix=f"write one of: {', '.join(known)}")
    for body in house.entry.approvals.every_project:
        if (
            body not in bodies
            and not project.has_lost("approvals")
            and project.entry.status not in NOT_APPROVED
        ):
            report.error(
                project.key("approvals"),
                "approval-missing",
                f"every project needs an approval of {body}",
                why="house.yaml, approvals.every_project",
                fix="add the approval with its reference and date, or write status: draft",
            )


def _looser(
    project: Project, path: tuple[str, ...], message: str, *, floor: str, fix: str, report: Report
) -> None:
    report.error(project.place(*path), "looser-than-house", message, why=f"house.yaml, {floor}", fix=fix)


def _at_least(
    project: Project,
    path: tuple[str, ...],
    value: int | Decimal | None,
    least: int | Decimal,
    floor: str,
    report: Report,
) -> None:
    if value is not None and value < least:
        message = (
            f"{path[-1]} is {value}, but the house floor is {least}; a project may be stricter, never looser"
        )
        _looser(
            project,
            path,
            message,
            floor=floor,
            fix=f"write {least} or more, or remove the line",
            report=report,
        )


def _at_most(
    project: Project,
    path: tuple[str, ...],
    value: int | Decimal | None,
    most: int | Decimal,
    rule: str,
    report: Report,
) -> None:
    if value is not None and value > most:
        message = (
            f"{path[-1]} is {value}, but the house allows {most}; a project may be stricter, never looser"
        )
        _looser(
            project, path, message, floor=rule, fix=f"write {most} or less, or remove the line", report=report
        )


def _disclosure(project: Project, house: House, report: Report) -> None:
    asked, floors = project.entry.disclosure, house.entry.floors
    for name in ("min_units", "min_clusters", "residual_degrees_of_freedom"):
        _at_least(
            project,
            ("disclosure", name),
            getattr(asked, name),
            getattr(floors, name),
            f"floors.{name}",
            report,
        )
    if asked.dominance is not None:
        _dominance(project, asked.dominance, floors.dominance, report)
    check_method_of_project(project, house, report)


def _dominance(project: Project, asked: DominanceEntry, floor: DominanceEntry, report: Report) -> None:
    path = ("disclosure", "dominance")
    _at_least(project, (*path, "nk", "n"), asked.nk.n, floor.nk.n, "floors.dominance", report)
    _at_most(
        project, (*path, "nk", "percent"), asked.nk.percent, floor.nk.percent, "floors.dominance", report
    )
    _at_least(project, (*path, "p_percent"), asked.p_percent, floor.p_percent, "floors.dominance", report)


def _release(project: Project, house: House, report: Report) -> None:
    asked, given = project.entry.release, house.entry.defaults.release
    _at_most(
        project,
        ("release", "max_cells"),
        asked.max_cells,
        given.max_cells,
        "defaults.release.max_cells",
        report,
    )
    least = route_of(given.route)
    if asked.route is not None and route_of(asked.route) < least:
        message = f"the route is {route_of(asked.route)}, but the house's is {least}"
        fix = f"write {least}, or remove the line"
        _looser(
            project, ("release", "route"), message, floor="defaults.release.route", fix=fix, report=report
        )
    if asked.tier_1_route is not None:
        _tier_1_route(project, house, route_of(asked.tier_1_route), report)


def _tier_1_route(project: Project, house: House, asked: Route, report: Report) -> None:
    least, default = house.entry.floors.tier_1_checkers, route_of(house.entry.defaults.release.tier_1_route)
    if asked.checkers >= least:
        return
    path = (
        ("release", "tier_1_route")
        if asked.automatic and _named(project)
        else ("release", "tier_1_route", "checkers")
    )
    word = "checker" if least == 1 else "checkers"
    _looser(
        project,
        path,
        f"tier 1 needs at least {least} {word}",
        floor="floors.tier_1_checkers",
        fix=f"write {default}, the default, or {Route(least)}",
        report=report,
    )


def _named(project: Project) -> bool:
    """Whether the tier 1 route is written as a word, not as a number of checkers."""
    return isinstance(project.entry.release.tier_1_route, str)


def _allowance(project: Project, house: House, report: Report) -> None:
    asked, given = project.entry.allowance, house.entry.allowance
    for name in ("queries_per_day", "cells_per_day"):
        value = getattr(asked, name) if asked is not None else None
        _at_most(project, ("allowance", name), value, getattr(given, name), f"allowance.{name}", report)
