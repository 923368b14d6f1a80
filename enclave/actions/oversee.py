"""What admins and auditors see of the whole house: who may do what until when, what runs, and what is on record.

Ids, states and times. No SQL, no table and no count of what a query found.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from enclave.actions.asker import Asker
from enclave.actions.asking import require_duty
from enclave.actions.check_policy import Policies
from enclave.actions.service_desk import ServiceDesk
from enclave.audit import Kind
from enclave.outputs.duties import Duty
from enclave.outputs.keeping import Reading
from enclave.outputs.permissions import Who
from enclave.outputs.records import EntryRecord, JobRecord, QueryRecord, QueryStatus
from enclave.people import Person, Role, standing
from enclave.people.standing import years_after
from enclave.projects import Project, day_there
from enclave.terms import PersonId, ProjectId

A_PAGE: Final = 100
SOON_DAYS: Final = 60
"""An end that is nearer than this is marked."""


@dataclass(frozen=True, slots=True)
class Ending:
    """Something that ends, and the last day on which it holds."""

    what: str
    on: date

    def days_left(self, today: date) -> int:
        return (self.on - today).days


@dataclass(frozen=True, slots=True)
class OverseenPerson:
    """A person with what they may rest on. `lacks` says in plain words why they may do nothing now but read."""

    person: Person
    organisation: str
    projects: tuple[ProjectId, ...]
    lacks: tuple[str, ...]
    endings: tuple[Ending, ...]

    @property
    def without_data(self) -> bool:
        """They manage projects and do nothing else, for which nobody needs an accreditation."""
        return self.person.roles == {Role.PROJECT_MANAGER}

    def ends_soon(self, today: date) -> bool:
        return any(one.days_left(today) < SOON_DAYS for one in self.endings)


@dataclass(frozen=True, slots=True)
class OverseenProject:
    project: Project
    queries: Mapping[QueryStatus, int]
    outputs: Mapping[str, int]
    released: int


@dataclass(frozen=True, slots=True)
class Job:
    """A query that waits for an engine or runs on one."""

    job: JobRecord
    query: QueryRecord


@dataclass(frozen=True, slots=True)
class House:
    """The house at a moment. `in_force_since` is when a process first said that this policy is in force."""

    policies: Policies
    today: date
    in_force_since: datetime | None
    jobs: tuple[Job, ...]
    waiting_outputs: int
    entries: int


@dataclass(frozen=True, slots=True)
class Log:
    """Entries, newest first. `before` is where the older ones go on; None at the end."""

    entries: Sequence[EntryRecord]
    before: int | None


def oversee_house(asker: Asker, desk: ServiceDesk) -> House:
    """The house in short.

    Raises:
        Forbidden: neither admin nor auditor.
    """
    policies, who = _overseer(asker, desk)
    with desk.records.read() as reading:
        in_force = reading.entries(kinds=[Kind.POLICY_IN_FORCE], limit=1)
        waiting = len(reading.waiting(states=("queued", "in review", "disputed")))
        newest = reading.entries(limit=1)
        return House(
            policies=policies,
            today=day_there(who.now, policies.house.time_zone),
            in_force_since=in_force[0].at if in_force else None,
            jobs=tuple(_jobs(reading, who.now)),
            waiting_outputs=waiting,
            entries=newest[0].seq + 1 if newest else 0,
        )


def oversee_people(asker: Asker, desk: ServiceDesk) -> tuple[tuple[OverseenPerson, ...], date]:
    """Everybody, with what ends soonest first; and today, in the house's time zone.

    Raises:
        Forbidden: neither admin nor auditor.
    """
    policies, who = _overseer(asker, desk)
    today = day_there(who.now, policies.house.time_zone)
    people = [_person(person, policies, who.now) for person in policies.people.values()]
    return tuple(sorted(people, key=lambda one: (_first_end(one), one.person.id))), today


def oversee_projects(asker: Asker, desk: ServiceDesk) -> tuple[OverseenProject, ...]:
    """Every project, by reference.

    Raises:
        Forbidden: neither admin nor auditor.
    """
    policies, _ = _overseer(asker, desk)
    with desk.records.read() as reading:
        return tuple(_project(project, reading) for _, project in sorted(policies.projects.items()))


def oversee_log(
    asker: Asker,
    desk: ServiceDesk,
    *,
    kind: Kind | None = None,
    project: ProjectId | None = None,
    actor: PersonId | None = None,
    before: int | None = None,
) -> Log:
    """Who did what and when, newest first; what was said in it is for whoever looks at the thing itself.

    Raises:
        Forbidden: neither admin nor auditor.
    """
    _overseer(asker, desk)
    with desk.records.read() as reading:
        kinds = None if kind is None else [kind]
        found = reading.entries(kinds=kinds, project=project, actor=actor, before=before, limit=A_PAGE)
    return Log(found, found[-1].seq if len(found) == A_PAGE else None)


def _overseer(asker: Asker, desk: ServiceDesk) -> tuple[Policies, Who]:
    policies = desk.policies()
    return policies, require_duty(asker, Duty.OVERSEE, policies, desk)


def require_overseer(asker: Asker, desk: ServiceDesk) -> Policies:
    """What is in force, for whoever may see it whole.

    Raises:
        Forbidden: neither admin nor auditor.
    """
    return _overseer(asker, desk)[0]


def _jobs(reading: Reading, now: datetime) -> Iterator[Job]:
    """What runs, then what waits."""
    running = reading.silent_jobs(heard_before=now + timedelta(days=1))
    for job in (*running, *reading.waiting_jobs()):
        query = reading.query(job.query_id)
        if query is not None:
            yield Job(job, query)


def _person(person: Person, policies: Policies, now: datetime) -> OverseenPerson:
    organisation = policies.organisations.get(person.organisation)
    held = standing(person, organisation, policies.requirements, at=now, time_zone=policies.house.time_zone)
    return OverseenPerson(
        person=person,
        organisation=person.organisation if organisation is None else organisation.name,
        projects=tuple(
            id for id, project in sorted(policies.projects.items()) if project.role_of(person.id) is not None
        ),
        lacks=tuple(reason.text for reason in held.reasons),
        endings=tuple(sorted(_endings(person, policies), key=lambda one: one.on)),
    )


def _endings(person: Person, policies: Policies) -> Iterator[Ending]:
    """What a person's access rests on: the first of these to end, ends it."""
    if person.accreditation is not None:
        yield Ending("accreditation", person.accreditation.expires_on)
    asked = policies.requirements
    passed = [one for one in person.training if one.course == asked.course]
    lasts = [min(one.expires_on, years_after(one.passed_on, asked.course_valid_years)) for one in passed]
    if lasts:
        yield Ending("training", max(lasts))
    organisation = policies.organisations.get(person.organisation)
    if organisation is not None:
        yield Ending("agreement", organisation.agreement.expires_on)


def _first_end(person: OverseenPerson) -> date:
    return min((one.on for one in person.endings), default=date.min)


def _project(project: Project, reading: Reading) -> OverseenProject:
    totals = reading.output_totals(project.id)
    return OverseenProject(
        project, reading.query_counts(project.id), Counter(totals.by_state), totals.released
    )
