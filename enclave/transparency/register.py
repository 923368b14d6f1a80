"""The register of uses: who may use which data, why, by what right, and what came of it. Generated, never written.

It is a view over the policy in force and over what was recorded. The one thing to know before changing this: all of it
is public, so it holds numbers of queries and outputs, never of people, and nothing of an output that is not released.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from statistics import median
from typing import Protocol

from enclave.audit.entries import Kind
from enclave.catalogue.model import Catalogue, Field, Table
from enclave.outputs.keeping import MOST_LISTED
from enclave.outputs.records import OutputRecord, OutputTotals, QueryStatus
from enclave.outputs.states import EVER_RELEASED, KEPT, TAKEN_BACK, State
from enclave.people import Organisation, Person
from enclave.projects.days import day_there
from enclave.projects.model import House, Policy, Project, Role, Status, TableGrant
from enclave.terms import OrganisationId, PersonId, ProjectId, Use
from enclave.transparency.authorities import Authority, Demand, authorities_of
from enclave.transparency.notes import Note, NoteKind, notes_of
from enclave.transparency.recorded import (
    Destroyed,
    Entries,
    Retracted,
    acknowledged_of,
    destroyed_of,
    entries_of,
    retracted_of,
)

MOST_OUTPUTS = 10_000  # listed of one project
USES = (Use.LINK, Use.GROUP, Use.FILTER, Use.AGGREGATE)
SENT_BACK = frozenset({State.RETURNED, State.REJECTED})


class InForce(Protocol):
    """The policy files, checked."""

    @property
    def catalogue(self) -> Catalogue: ...
    @property
    def house(self) -> House: ...
    @property
    def organisations(self) -> Mapping[OrganisationId, Organisation]: ...
    @property
    def people(self) -> Mapping[PersonId, Person]: ...
    @property
    def in_force(self) -> Mapping[ProjectId, Policy]: ...


class Recorded(Entries, Protocol):
    """One moment of the store, as far as the register looks. Lists are newest first."""

    def query_counts(self, project: ProjectId) -> Mapping[QueryStatus, int]: ...

    def output_totals(self, project: ProjectId) -> OutputTotals: ...

    def outputs(
        self,
        *,
        projects: Iterable[ProjectId] | None = None,
        states: Iterable[str] | None = None,
        before: int | None = None,
    ) -> tuple[OutputRecord, ...]: ...


@dataclass(frozen=True, slots=True)
class RegisteredField:
    """One field of one project: what it is, what it is put to, and why. Sensitivity in both vocabularies."""

    name: str
    description: str
    uses: tuple[Use, ...]
    why: str
    less_sensitive_alternative: str | None
    tier: int
    annex_b: str
    identifiability: int
    sensitivity: str


@dataclass(frozen=True, slots=True)
class RegisteredTable:
    """One table of one project. Of a public table all fields are open, and none is listed."""

    name: str
    description: str
    public: bool
    years: tuple[str, ...] | None
    rows: Mapping[str, tuple[str, ...]] | None
    fields: tuple[RegisteredField, ...]


@dataclass(frozen=True, slots=True)
class Release:
    """A table that left. `leaf` is its place in the public audit log."""

    id: str
    title: str
    released_at: datetime
    checkers: int
    revoked: bool
    leaf: int | None


@dataclass(frozen=True, slots=True)
class Activity:
    """What was asked on a project, and what became of it.

    Outputs approved are those that checkers, or the rules, let go; refused are those that they rejected. What was sent
    back to be changed, or rejected, is `outputs_sent_back`.
    `releases` are the newest of all that were `released`, as many as were asked for; the median is of those.
    """

    queries_run: int = 0
    queries_refused: int = 0
    outputs_asked: int = 0
    outputs_approved: int = 0
    outputs_refused: int = 0
    released: int = 0
    outputs_with_checkers: int = 0
    outputs_sent_back: int = 0
    outputs_revoked: int = 0
    median_hours_with_checkers: int | None = None
    releases: tuple[Release, ...] = ()


@dataclass(frozen=True, slots=True)
class RegisteredProject:
    """One project, application or rejected application."""

    project: Project
    stage: str
    organisation: Organisation
    lead: str | None
    purpose: str
    tables: tuple[RegisteredTable, ...]
    activity: Activity
    notes: tuple[Note, ...] = ()
    acknowledged: int = 0
    destroyed: tuple[Destroyed, ...] = ()

    @property
    def items(self) -> int:
        """How many items of information about people it may use."""
        return sum(len(table.fields) for table in self.tables)


@dataclass(frozen=True, slots=True)
class Register:
    house: House
    unit: str
    at: datetime
    projects: tuple[RegisteredProject, ...]
    authorities: tuple[Authority, ...]
    retracted: tuple[Retracted, ...] = ()
    policy_leaf: int | None = None

    def entry(self, id: str) -> RegisteredProject | None:
        return next((entry for entry in self.projects if entry.project.id == id), None)

    def of_stage(self, *stages: str) -> tuple[RegisteredProject, ...]:
        return tuple(entry for entry in self.projects if entry.stage in stages)


def register_of(
    policies: InForce,
    reading: Recorded,
    *,
    now: datetime,
    only: ProjectId | None = None,
    listed: int = MOST_OUTPUTS,
    demands: Iterable[Demand] = (),
) -> Register:
    """The register as of now: every project in the policy files, applications included, by reference.

    Args:
        only: this project alone; nothing, if there is none.
        listed: how many releases of each project are listed. With 0 they are counted only, so that the cost does not
            grow with them.
        demands: every one of an authority that is on record.
    """
    told = _Told(notes_of(reading, only), acknowledged_of(reading, only), destroyed_of(reading, only))
    entries = (
        _entry(policy, policies, reading, told, now=now, listed=listed)
        for id, policy in sorted(policies.in_force.items())
        if only in (None, id)
    )
    return Register(
        house=policies.house,
        unit=next((words.one for words in policies.catalogue.units.values()), "person"),
        at=now,
        projects=tuple(entries),
        authorities=authorities_of(demands),
        retracted=retracted_of(reading),
        policy_leaf=next(
            (entry.seq for entry in reading.entries(kinds=[Kind.POLICY_IN_FORCE]) if entry.project is None),
            None,
        ),
    )


@dataclass(frozen=True, slots=True)
class _Told:
    """What the record says beside queries and outputs."""

    notes: tuple[Note, ...]
    acknowledged: Mapping[ProjectId, int]
    destroyed: Mapping[ProjectId, tuple[Destroyed, ...]]


def _entry(
    policy: Policy, policies: InForce, reading: Recorded, told: _Told, *, now: datetime, listed: int
) -> RegisteredProject:
    project = policy.project
    today = day_there(now, policies.house.time_zone)
    return RegisteredProject(
        project=project,
        stage=_stage(project, today),
        organisation=policies.organisations[project.organisation],
        lead=_lead(project, policies.people),
        purpose=policies.house.purposes.get(project.purpose.kind, project.purpose.kind),
        tables=tuple(
            _table(grant, policies.catalogue.tables[grant.table])
            for _, grant in sorted(policy.grants.items())
        ),
        activity=_activity(project.id, reading, listed=listed),
        notes=tuple(
            note for note in told.notes if note.kind is not NoteKind.PROVIDER and note.about == project.id
        ),
        acknowledged=told.acknowledged.get(project.id, 0),
        destroyed=told.destroyed.get(project.id, ()),
    )


def _stage(project: Project, today: date) -> str:
    """In the words of a reader."""
    match project.status:
        case Status.DRAFT:
            return "application"
        case Status.REJECTED:
            return "rejected"
        case Status.PAUSED:
            return "paused"
        case Status.CLOSED:
            return "closed"
        case Status.ACTIVE:
            if today < project.dates.starts:
                return "not begun"
            return "ended" if today > project.dates.ends else "active"


def _lead(project: Project, people: Mapping[PersonId, Person]) -> str | None:
    """The one person who answers for the project in public; the others are counted."""
    leads = (member.person for member in project.members if member.role is Role.LEAD_RESEARCHER)
    return next((people[lead].display_name for lead in leads if lead in people), None)


def _table(grant: TableGrant, table: Table) -> RegisteredTable:
    return RegisteredTable(
        name=table.name,
        description=table.description,
        public=table.public,
        years=grant.years,
        rows=grant.rows,
        fields=() if table.public else tuple(_fields(grant, table)),
    )


def _fields(grant: TableGrant, table: Table) -> Iterator[RegisteredField]:
    for name, field in table.fields.items():
        given = grant.grant(name)
        if given is not None:
            yield _field(
                field,
                tuple(use for use in USES if use in given.uses),
                given.why,
                given.less_sensitive_alternative,
            )


def _field(field: Field, uses: tuple[Use, ...], why: str, alternative: str | None) -> RegisteredField:
    return RegisteredField(
        name=field.name,
        description=field.description,
        uses=uses,
        why=why,
        less_sensitive_alternative=alternative,
        tier=field.tier,
        annex_b=field.annex_b.value,
        identifiability=field.identifiability,
        sensitivity=field.sensitivity,
    )


def _activity(project: ProjectId, reading: Recorded, *, listed: int) -> Activity:
    """How a run ended is not told: that may depend on the data."""
    counts, totals = reading.query_counts(project), reading.output_totals(project)
    refused = counts.get(QueryStatus.REFUSED, 0)
    released = _released(project, reading, most=listed) if listed else []
    return Activity(
        queries_run=sum(counts.values()) - refused,
        queries_refused=refused,
        outputs_asked=sum(totals.by_state.get(state, 0) for state in KEPT),
        outputs_approved=totals.released + totals.by_state.get(State.APPROVED, 0),
        outputs_refused=totals.by_state.get(State.REJECTED, 0),
        released=totals.released,
        outputs_with_checkers=totals.with_checkers,
        outputs_sent_back=sum(totals.by_state.get(state, 0) for state in SENT_BACK),
        outputs_revoked=sum(totals.by_state.get(state, 0) for state in TAKEN_BACK),
        median_hours_with_checkers=_median_hours(released),
        releases=tuple(_releases(released, _leaves(project, reading) if released else {})),
    )


def _released(project: ProjectId, reading: Recorded, *, most: int) -> list[OutputRecord]:
    """The newest releases of a project, revoked ones too."""
    found: list[OutputRecord] = []
    before: int | None = None
    while len(found) < most:
        page = reading.outputs(projects=[project], states=EVER_RELEASED, before=before)
        found += page
        if len(page) < MOST_LISTED:
            break
        before = int(page[-1].id.rpartition("-")[2])
    return found[:most]


def _median_hours(released: list[OutputRecord]) -> int | None:
    """From asking to release, for outputs that people looked at; rounded up."""
    waits = [
        (output.released_at - output.asked_at).total_seconds()
        for output in released
        if output.k > 0 and output.released_at is not None
    ]
    return -int(-median(waits) // 3600) if waits else None


def _releases(released: list[OutputRecord], leaves: Mapping[str, int]) -> Iterator[Release]:
    for output in released:
        if output.released_at is not None:
            yield Release(
                id=output.id,
                title=output.name,
                released_at=output.released_at,
                checkers=output.k,
                revoked=output.state in TAKEN_BACK,
                leaf=leaves.get(output.id),
            )


def _leaves(project: ProjectId, reading: Recorded) -> Mapping[str, int]:
    """The place in the log of each release."""
    found: dict[str, int] = {}
    for entry in entries_of(reading, [Kind.OUTPUT_RELEASED], project):
        things = (entry.body or {}).get("things")
        if isinstance(things, Mapping):
            found |= dict.fromkeys(things, entry.seq)
    return found
