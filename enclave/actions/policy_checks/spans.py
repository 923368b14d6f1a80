"""What people and organisations say of themselves: identities that are theirs alone, spans that begin first."""

from datetime import date

from enclave.actions.policy_checks.everything import Everything
from enclave.documents import Parsed, Report
from enclave.people import OrganisationFile, PersonFile


def check_people(everything: Everything, today: date, report: Report) -> None:
    """Report identities that two people share, and dates that cannot be."""
    holders: dict[tuple[str, str], str] = {}
    for person in everything.people.values():
        _identities(person, holders, report)
        _clusters(person, report)
        held = person.entry.accreditation
        if held is not None:
            names = ("accreditation", "granted_on"), ("accreditation", "expires_on")
            _span(person, *names, held.granted_on, held.expires_on, today, report)
        for at, passed in enumerate(person.entry.training):
            begins, ends = ("training", at, "passed_on"), ("training", at, "expires_on")
            _span(person, begins, ends, passed.passed_on, passed.expires_on, today, report)
        for at, signed in enumerate(person.entry.declarations):
            _not_yet(person, ("declarations", at, "signed_on"), signed.signed_on, today, report)
    for organisation in everything.organisations.values():
        agreed = organisation.entry.agreement
        names = ("agreement", "signed_on"), ("agreement", "expires_on")
        _span(organisation, *names, agreed.signed_on, agreed.expires_on, today, report)


def _identities(person: Parsed[PersonFile], holders: dict[tuple[str, str], str], report: Report) -> None:
    """Whoever signs in is one person: two with one identity could each act as the other."""
    for at, identity in enumerate(person.entry.identities):
        known = holders.setdefault((identity.issuer, identity.subject), person.entry.id)
        if known != person.entry.id:
            report.error(
                person.place("identities", at, "subject"),
                "shared-identity",
                f"{identity.subject} of {identity.issuer} is {known} already",
                why="who signs in is one person, and everything is recorded under that person's id",
                fix="give each person an identity of their own",
            )


def _clusters(person: Parsed[PersonFile], report: Report) -> None:
    """An officer sees what their file names, and nobody else has anything of the kind."""
    officer, named = "school_data_officer" in person.entry.roles, person.entry.clusters
    if officer and not named and not person.has_lost("clusters"):
        report.error(
            person.place("roles"),
            "missing",
            f'{person.entry.id} is a school data officer and has no "clusters"',
            why="an officer sees the report and the requests of their own alone",
            fix='add clusters: ["..."], the codes that the catalogue\'s cluster field has for them',
        )
    elif named and not officer:
        report.error(
            person.key("clusters"),
            "role",
            f"{person.entry.id} has clusters and is no school data officer",
            fix="add school_data_officer to the roles, or remove clusters",
        )


def _span(
    parsed: Parsed[PersonFile] | Parsed[OrganisationFile],
    begins: tuple[str | int, ...],
    ends: tuple[str | int, ...],
    first: date,
    last: date,
    today: date,
    report: Report,
) -> None:
    if last < first:
        message = f"it ends ({last}) before it begins ({first})"
        fix = "check both dates; the form is YYYY-MM-DD"
        report.error(parsed.place(*ends), "dates", message, fix=fix)
    else:
        _not_yet(parsed, begins, first, today, report)


def _not_yet(
    parsed: Parsed[PersonFile] | Parsed[OrganisationFile],
    path: tuple[str | int, ...],
    day: date,
    today: date,
    report: Report,
) -> None:
    """What is dated in the future is not in force yet, which its reader should know."""
    if day > today:
        message = f"this is dated in the future ({day}); until then it counts for nothing"
        report.warning(parsed.place(*path), "not-yet", message, fix="check the date")
