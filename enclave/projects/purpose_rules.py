"""What data may be used for: the purposes of a house and of a project, and the uses that are prohibited."""

from enclave.documents import Parsed, Report, Where, did_you_mean, nearest
from enclave.projects.files import HouseFile, ProjectFile
from enclave.terms import NEVER, prohibited

Project = Parsed[ProjectFile]
House = Parsed[HouseFile]


def check_purposes_of_house(house: House, report: Report) -> None:
    """A house has purposes of its own choice, except those that no house can have."""
    entry = house.entry
    if entry.sign_in.prohibited_uses == "asked" and not entry.synthetic:
        report.error(
            house.place("sign_in", "prohibited_uses"),
            "must-be-required",
            "with data about real people prohibited uses are acknowledged before anybody asks anything",
            why="only a house that says synthetic: true may let people go on without",
            fix="write required, or remove the line",
        )
    seen: set[str] = set()
    for index, purpose in enumerate(entry.purposes):
        place = house.place("purposes", index, "id")
        if purpose.id in entry.never:
            message = f"{purpose.id} stands in purposes and in never"
            report.error(place, "purpose-not-permitted", message, fix="remove one of them")
        elif not _prohibited(purpose.id, place, report):
            _prohibited(purpose.title, house.place("purposes", index, "title"), report)
        if purpose.id in seen:
            report.error(place, "duplicate", f"{purpose.id} is named twice", fix="keep one of the two lines")
        seen.add(purpose.id)


def check_purpose_of_project(project: Project, house: House, report: Report) -> None:
    """A project has one of the house's purposes, and acknowledges uses that the house knows as prohibited."""
    _class(project, house, report)
    known = sorted(NEVER.union(house.entry.never))
    for index, use in enumerate(project.entry.purpose.never):
        place = project.place("purpose", "never", index)
        if use not in known and not house.has_lost("never"):
            message = f'"{use}" is not a prohibited use of this house.{did_you_mean(use, known)}'
            best = nearest(use, known)
            fix = (
                f"write {best}"
                if best
                else f"write one of: {', '.join(known)}; or add it to house.yaml, never"
            )
            report.error(place, "not-allowed-value", message, fix=fix)
        elif use in project.entry.purpose.never[:index]:
            report.error(place, "duplicate", f"{use} is named twice", fix="name it once")


def _class(project: Project, house: House, report: Report) -> None:
    kind, place = project.entry.purpose.kind, project.place("purpose", "class")
    if _prohibited(kind, place, report):
        return
    if kind in house.entry.never:
        message, why = f"{kind} is never permitted", "house.yaml, never"
        report.error(place, "purpose-not-permitted", message, why=why, fix="no project can have it")
        return
    known = [purpose.id for purpose in house.entry.purposes]
    if kind not in known and not house.has_lost("purposes"):
        message = f'"{kind}" is not a purpose of this house.{did_you_mean(kind, known)}'
        report.error(place, "not-allowed-value", message, fix=f"write one of: {', '.join(known)}")


def _prohibited(text: str, place: Where, report: Report) -> bool:
    """Report a use that no house can permit, with the rule; whether it was one."""
    found = prohibited(text)
    if found is not None:
        message = (
            f"{text} is never permitted" if text == found.id else f'"{text}" is never permitted: {found.id}'
        )
        report.error(place, "purpose-not-permitted", message, why=found.rule, fix="no project can have it")
    return found is not None
