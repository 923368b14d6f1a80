"""Programs that ask by themselves: on one project alone, for a person who is on it too, and for no other part."""

from enclave.actions.policy_checks.everything import Everything
from enclave.documents import Parsed, Report
from enclave.people import PersonFile
from enclave.people.files import ServiceEntry
from enclave.projects.model import WITH_DATA

ONLY_ROLE = "researcher"
OF_A_PERSON = ("accreditation", "training", "declarations")


def check_services(everything: Everything, report: Report) -> None:
    """Report whatever would make a program more than a program."""
    for person in everything.people.values():
        if person.entry.service is not None:
            _roles(person, report)
            _nothing_of_a_person(person, report)
            _one_project(person, person.entry.service, everything, report)
            _somebody_answers(person, person.entry.service, everything, report)


def _roles(person: Parsed[PersonFile], report: Report) -> None:
    if person.entry.roles != [ONLY_ROLE]:
        report.error(
            person.place("roles"),
            "service-role",
            f"{person.entry.id} is a program: it asks, and decides nothing",
            fix=f"write roles: [{ONLY_ROLE}]",
        )


def _nothing_of_a_person(person: Parsed[PersonFile], report: Report) -> None:
    for part in OF_A_PERSON:
        if getattr(person.entry, part):
            report.error(
                person.key(part),
                "service-standing",
                f"{person.entry.id} is a program, which has no {part}; those of whoever answers for it count",
                fix=f"remove {part}",
            )


def _one_project(
    person: Parsed[PersonFile], service: ServiceEntry, everything: Everything, report: Report
) -> None:
    on = {
        project.entry.id
        for project in everything.projects.values()
        if any(member.id == person.entry.id for member in project.entry.people)
    }
    if service.project not in everything.projects and service.project not in everything.unread:
        message = f"there is no project {service.project}"
        report.error(person.place("service", "project"), "unknown-project", message, fix="correct the id")
    for other in sorted(on - {service.project}):
        report.error(
            person.place("service", "project"),
            "service-project",
            f"{person.entry.id} works on {service.project} alone, and {other} names it too",
            fix=f"remove it from projects/{other}.yaml, or give that project a program of its own",
        )


def _somebody_answers(
    person: Parsed[PersonFile], service: ServiceEntry, everything: Everything, report: Report
) -> None:
    sponsor, project = everything.people.get(service.on_behalf_of), everything.projects.get(service.project)
    if project is None or (sponsor is None and service.on_behalf_of in everything.unread):
        return
    a_colleague = (
        sponsor is not None
        and sponsor.entry.service is None
        and sponsor.entry.organisation == person.entry.organisation
    )
    roles = {member.role for member in project.entry.people if member.id == service.on_behalf_of}
    if (
        a_colleague and not roles
    ):  # taken off the project: at once, so that is no error, and the program has lost its standing
        report.warning(
            person.place("service", "on_behalf_of"),
            "service-sponsor",
            f"{service.on_behalf_of} is not on {service.project} any more, so {person.entry.id} can do nothing",
            fix="name a researcher of that project who answers for the program, or remove it",
        )
    elif not a_colleague or not roles.intersection(WITH_DATA):
        report.error(
            person.place("service", "on_behalf_of"),
            "service-sponsor",
            f"{service.on_behalf_of} is no person on {service.project} of the organisation of {person.entry.id}",
            fix="name a researcher of that project who answers for the program",
        )
