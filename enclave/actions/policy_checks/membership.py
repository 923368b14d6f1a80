"""Who is on a project: people and organisations that exist, may be there, and for how long."""

from datetime import date

from enclave.actions.policy_checks.everything import Everything
from enclave.documents import Parsed, Report, did_you_mean, nearest
from enclave.people import OrganisationFile, PersonFile
from enclave.projects import HouseFile, ProjectFile, Role

CHECKERS = ("output_checker", "senior_checker")


def check_members(everything: Everything, today: date, report: Report) -> None:
    """Report members and organisations that a project cannot have, and standings that end before it does."""
    for parsed in everything.people.values():
        _organisation_known(parsed, parsed.entry.organisation, everything, report)
    for project in everything.projects.values():
        _organisation_known(project, project.entry.organisation, everything, report)
        for index, member in enumerate(project.entry.people):
            _role(project, index, member.role, report)
            _person(project, index, member.id, everything, today, report)
        _someone_leads(project, report)


def _organisation_known(
    parsed: Parsed[PersonFile] | Parsed[ProjectFile], name: str, everything: Everything, report: Report
) -> None:
    known = everything.organisations
    if name in known or name in everything.unread:
        return
    message = f'there is no organisation "{name}".{did_you_mean(name, known)}'
    fix = f"correct the id, or add organisations/{name}.yaml"
    report.error(parsed.place("organisation"), "unknown-organisation", message, fix=fix)


def _role(project: Parsed[ProjectFile], index: int, role: str, report: Report) -> None:
    place = project.place("people", index, "role")
    roles = [one.value for one in Role]
    if role in CHECKERS:
        report.error(
            place,
            "conflict-of-interest",
            "a project names no checkers; nobody checks outputs of a project or an organisation of their own",
            why="checkers have the role in their own file and are assigned by the queue",
            fix="write role: researcher, or remove the line",
        )
    elif role not in roles:
        fix = f"write one of: {', '.join(roles)}"
        report.error(
            place, "not-allowed-value", f'"{role}" is not a role.{did_you_mean(role, roles)}', fix=fix
        )


def _someone_leads(project: Parsed[ProjectFile], report: Report) -> None:
    leads = [member for member in project.entry.people if member.role == Role.LEAD_RESEARCHER]
    if not leads and not project.has_lost("people") and project.entry.status == "active":
        message = "an active project needs a lead_researcher"
        report.error(project.key("people"), "missing", message, fix="give one person role: lead_researcher")


def _person(
    project: Parsed[ProjectFile], index: int, name: str, everything: Everything, today: date, report: Report
) -> None:
    place = project.place("people", index, "id")
    if any(other.id == name for other in project.entry.people[:index]):
        report.error(place, "duplicate", f"{name} is named twice", fix="keep one of the two lines")
        return
    person = everything.people.get(name)
    if person is None:
        if name not in everything.unread:
            message = f"nobody has the id {name}.{did_you_mean(name, everything.people, quoted=False)}"
            report.error(place, "unknown-person", message, fix=f"correct the id, or add people/{name}.yaml")
        return
    wanted = "project_manager" if project.entry.people[index].role == Role.PROJECT_MANAGER else "researcher"
    if wanted not in person.entry.roles:
        message = f"{name} has not the role {wanted}"
        fix = f"add {wanted} to the roles in people/{name}.yaml, or remove the line"
        report.error(place, "role", message, fix=fix)
    program = (
        person.entry.service is not None
    )  # the standing of whoever answers for it counts, who is on it too
    if project.entry.status != "closed" and not program and wanted == "researcher":
        _standing(person, project, everything, today, report)


def _standing(
    person: Parsed[PersonFile],
    project: Parsed[ProjectFile],
    everything: Everything,
    today: date,
    report: Report,
) -> None:
    if everything.house is None:
        return
    _accreditation(person, project, everything.house, today, report)
    _training(person, project, everything.house, today, report)
    _declarations(person, project, everything.house, report)
    organisation = everything.organisations.get(person.entry.organisation)
    if organisation is not None:
        _agreement(organisation, project, today, report)


def _accreditation(
    person: Parsed[PersonFile],
    project: Parsed[ProjectFile],
    house: Parsed[HouseFile],
    today: date,
    report: Report,
) -> None:
    held = person.entry.accreditation
    if held is None:
        if "accreditation" not in person.entry.by_visa and not person.has_lost("accreditation"):
            report.error(
                person.place("id"),
                "not-accredited",
                f"{person.entry.id} is on project {project.entry.id} without an accreditation",
                fix="add accreditation: { scheme: DEA, ref: ..., granted_on: ..., expires_on: YYYY-MM-DD }",
            )
        return
    schemes = house.entry.accreditation.schemes
    if held.scheme not in schemes:
        message = f'"{held.scheme}" is not a scheme of this house.{did_you_mean(held.scheme, schemes)}'
        place, fix = person.place("accreditation", "scheme"), f"write one of: {', '.join(schemes)}"
        report.error(place, "not-allowed-value", message, fix=fix)
    _ends_early(
        person, ("accreditation", "expires_on"), "accreditation", held.expires_on, project, today, report
    )


def _training(
    person: Parsed[PersonFile],
    project: Parsed[ProjectFile],
    house: Parsed[HouseFile],
    today: date,
    report: Report,
) -> None:
    course = house.entry.accreditation.training.course
    passed = [(index, one) for index, one in enumerate(person.entry.training) if one.course == course]
    if not passed and "training" not in person.entry.by_visa and not person.has_lost("training"):
        message = f"{person.entry.id} is on project {project.entry.id} without the training {course}"
        fix = f"add training: [{{ course: {course}, passed_on: ..., expires_on: YYYY-MM-DD }}]"
        report.error(person.place("id"), "not-trained", message, fix=fix)
    if passed:
        index, latest = max(passed, key=lambda one: one[1].expires_on)
        _ends_early(
            person, ("training", index, "expires_on"), "training", latest.expires_on, project, today, report
        )


def _declarations(
    person: Parsed[PersonFile], project: Parsed[ProjectFile], house: Parsed[HouseFile], report: Report
) -> None:
    signed = {one.kind for one in person.entry.declarations}
    for kind in house.entry.accreditation.declarations:
        if kind not in signed and not person.has_lost("declarations"):
            near = nearest(kind, signed)
            hint = f" (there is {near})" if near else ""
            message = (
                f"{person.entry.id} is on project {project.entry.id} without the declaration {kind}{hint}"
            )
            fix = f"add declarations: [{{ kind: {kind}, version: ..., signed_on: YYYY-MM-DD }}]"
            report.error(person.place("id"), "not-declared", message, fix=fix)


def _agreement(
    organisation: Parsed[OrganisationFile], project: Parsed[ProjectFile], today: date, report: Report
) -> None:
    ends = organisation.entry.agreement.expires_on
    _ends_early(organisation, ("agreement", "expires_on"), "agreement", ends, project, today, report)


def _ends_early(
    parsed: Parsed[PersonFile] | Parsed[OrganisationFile],
    path: tuple[str | int, ...],
    what: str,
    ends: date,
    project: Parsed[ProjectFile],
    today: date,
    report: Report,
) -> None:
    """A warning only: access stops by itself, and a policy must not stop being one because a day has passed."""
    last = project.entry.dates.ends
    if ends >= last or last < today:
        return
    verb = "ended" if ends < today else "ends"
    whose = "this person" if what != "agreement" else "everybody in this organisation"
    report.warning(
        parsed.place(*path),
        f"{what}-expires",
        f"this {what} {verb} on {ends}, before project {project.entry.id} does ({last})",
        why=f"access of {whose} stops at the end of that day",
        fix="renew it in time; reminders go out 90, 30 and 7 days before",
    )
