"""Reminders of what access ends with: 90, 30 and 7 days before, to whom it concerns, each of them once.

A reminder is in the outbox and on record in one transaction. Whoever missed the first, since they or the service were
not there, is sent the next one that is due and none that it overtook. A program is sent none: what it has is its
sponsor's, who is told.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from enclave.actions.check_policy import Policies
from enclave.actions.service_desk import ServiceDesk
from enclave.audit import Entry, Kind
from enclave.outputs.duties import MAY, Duty
from enclave.outputs.keeping import Change
from enclave.outputs.notices import Notice
from enclave.people import Person
from enclave.people.standing import years_after
from enclave.projects import Project, Role, Status, day_there
from enclave.terms import FieldRef, PersonId

DAYS_BEFORE: Final = (7, 30, 90)
DESTRUCTION: Final = "destruction"


@dataclass(frozen=True, slots=True)
class Ending:
    """Something that ends with a day. `about` is whose it is: a project, a person, an organisation or a field."""

    what: str
    about: str
    last_day: date

    def reminder(self, to: PersonId, today: date) -> Notice | None:
        """The reminder that is due today, or None: too early, or over."""
        left = (self.last_day - today).days
        due = next((days for days in DAYS_BEFORE if 0 <= left <= days), None)
        if due is None:
            return None
        key = f"{self.what} {self.about} {self.last_day.isoformat()} {due} days"
        return Notice(f"{self.what}.ends", to, self.about, due=self.last_day, key=key)


class _AllToldBefore(Exception):
    """There is nothing new to write."""


def send_reminders(desk: ServiceDesk) -> int:
    """Send every reminder that is due and was not sent. Returns how many were."""
    policies = desk.policies()
    today = day_there(desk.clock.now(), policies.house.time_zone)
    return send_once(tuple(reminders(policies, today)), desk)


def remind_of_terms(desk: ServiceDesk, last_days: Callable[[], Mapping[FieldRef, date]]) -> int:
    """Tell data stewards and admins of fields whose term ends. Returns how many reminders were sent."""
    policies = desk.policies()
    today = day_there(desk.clock.now(), policies.house.time_zone)
    to = sorted(
        person.id
        for person in policies.people.values()
        if person.roles & MAY[Duty.CONFIRM_RETRACTION] and person.service is None
    )
    endings = [Ending("retention", str(field), day) for field, day in sorted(last_days().items())]
    found = [ending.reminder(person, today) for ending in endings for person in to]
    return send_once(tuple(notice for notice in found if notice is not None), desk)


def send_once(due: Sequence[Notice], desk: ServiceDesk) -> int:
    """Send those that were not sent before, in one transaction with the entry that tells of them."""
    if not due:
        return 0
    entry = Entry(Kind.REMINDER_SENT, None, None)

    def change(opened: Change) -> int:
        sent = [notice for notice in due if opened.notify(notice)]
        if not sent:
            raise _AllToldBefore
        opened.note(sent=[f"{notice.to} {notice.key}" for notice in sent])
        return len(sent)

    try:
        return desk.write(entry, change)
    except _AllToldBefore:
        return 0


def reminders(policies: Policies, today: date) -> Iterator[Notice]:
    """Every reminder that is due on a day, sent or not."""
    for _, project in sorted(policies.projects.items()):
        if project.status is not Status.ACTIVE or project.dates.destroy_by < today:
            continue
        over = project.dates.ends < today  # then what is left of it is its destruction
        people = [policies.people[one.person] for one in project.members if one.person in policies.people]
        people = [person for person in people if person.service is None]
        for ending, to in _endings(policies, project, people):
            notice = ending.reminder(to, today)
            if notice is not None and (not over or ending.what == DESTRUCTION):
                yield notice


def _endings(policies: Policies, project: Project, people: list[Person]) -> Iterator[tuple[Ending, PersonId]]:
    """What ends, with each person who is to know. The review is for whoever leads."""
    for person in people:
        yield Ending("project", str(project.id), project.dates.ends), person.id
        for ending in _of_person(policies, person):
            yield ending, person.id
    for member in project.members:
        if member.role is Role.LEAD_RESEARCHER:
            yield Ending("review", str(project.id), project.dates.review_by), member.person
            yield Ending(DESTRUCTION, str(project.id), project.dates.destroy_by), member.person


def _of_person(policies: Policies, person: Person) -> Iterator[Ending]:
    if person.accreditation is not None:
        yield Ending("accreditation", str(person.id), person.accreditation.expires_on)
    asked = policies.requirements
    passed = [one for one in person.training if one.course == asked.course]
    lasts = [min(one.expires_on, years_after(one.passed_on, asked.course_valid_years)) for one in passed]
    if lasts:
        yield Ending("training", str(person.id), max(lasts))
    organisation = policies.organisations.get(person.organisation)
    if organisation is not None:
        yield Ending("agreement", str(organisation.id), organisation.agreement.expires_on)
