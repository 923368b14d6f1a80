"""Why, with which fields, until when: the house's rules, a project, and the policy that follows from both.

The one thing to know before changing this: a `Policy` holds what is in force, so each of its limits is already the
stricter of the house's and the project's. Nothing after it compares the two again.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from ipaddress import IPv4Network, IPv6Network
from typing import Final
from zoneinfo import ZoneInfo

from enclave.projects.days import day_there
from enclave.terms import OrganisationId, PersonId, ProjectId, Use


@dataclass(frozen=True, slots=True, order=True)
class Route:
    """How an output leaves: automatically if clear (no checkers), or after so many checkers agree. More is stricter."""

    checkers: int = 0

    @property
    def automatic(self) -> bool:
        return self.checkers == 0

    def __str__(self) -> str:
        return "automatic_if_clear" if self.automatic else f"{{ checkers: {self.checkers} }}"


@dataclass(frozen=True, slots=True)
class Routes:
    """The route of ordinary items, of items that touch tier 1, and of comparisons off the declared cut points."""

    ordinary: Route
    tier_1: Route
    off_cut_points: Route


class Method(StrEnum):
    SUPPRESS = "suppress"
    ROUND = "round"
    CELL_KEY = "cell_key"

    @property
    def perturbs(self) -> bool:
        """Whether numbers go out changed."""
        return self is not Method.SUPPRESS


@dataclass(frozen=True, slots=True)
class Dominance:
    """The `n` largest give less than `k_percent` of a total, and none can be estimated to within `p_percent`."""

    n: int
    k_percent: Decimal
    p_percent: Decimal


@dataclass(frozen=True, slots=True)
class CellKey:
    """The noise of cell keys: whole numbers up to `maximum` either way, with this variance.

    `keeps_off_small`: no count of some comes out as 1 up to `min_units` less one.
    """

    maximum: int = 5
    variance: Decimal = Decimal(3)
    keeps_off_small: bool = False


@dataclass(frozen=True, slots=True)
class Rules:
    """What a cell needs to be shown, and how its numbers are changed. `min_units` 10 hides 1 to 9."""

    min_units: int
    min_clusters: int
    dominance: Dominance
    residual_degrees_of_freedom: int
    quantile_nearest: int  # a quantile is the mean of so many nearest values
    quantile_points_per_population: int
    method: Method
    rounding_base: int = 5
    cell_key: CellKey = CellKey()


@dataclass(frozen=True, slots=True)
class Allowance:
    queries_per_day: int
    cells_per_day: int


@dataclass(frozen=True, slots=True)
class StandardMargins:
    """Tables of counts that are entered when data are loaded, so that they can always be shown."""

    table: str
    one_per: tuple[str, ...]
    by: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class LifetimeCap:
    """A base of n units carries at most n / `units_per_number` independent numbers of one kind, for ever."""

    units_per_number: int
    beyond: Route


@dataclass(frozen=True, slots=True)
class Sandbox:
    minimum_level: int
    deadline_seconds: int
    memory_bytes: int


@dataclass(frozen=True, slots=True)
class Approvals:
    """The bodies whose approval a project needs: every project, and one with a tier-1 use."""

    every_project: tuple[str, ...]
    tier_1: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Accrediting:
    """What the house asks of a person before any access."""

    schemes: tuple[str, ...]
    course: str
    course_valid_years: int
    declarations: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Reviewing:
    """How outputs are checked.

    Attributes:
        looked_at_afterwards_percent: of automatic releases, drawn by lot.
        expires_after_idle_days: of what waits for whoever asked.
        cosign_within_hours: by a second person, after one revoked in an emergency.
        seeded_percent: of items that come to checkers, known-bad ones that are put beside them.
        pair_percent: of a project's checked releases, the most that one pair of checkers should handle.
        refuse_pairs: whether a vote beyond it is refused, or only shown.
    """

    claim_lapses_after_hours: int
    target_working_days: int
    looked_at_afterwards_percent: int
    project_review_every_days: int
    expires_after_idle_days: int = 60
    cosign_within_hours: int = 24
    seeded_percent: int = 0
    pair_percent: int = 50
    refuse_pairs: bool = False
    bank_holidays: frozenset[date] = frozenset()


@dataclass(frozen=True, slots=True)
class Smtp:
    """A relay that takes letters. `tls`: none, starttls or tls."""

    host: str
    port: int
    sender: str
    tls: str


@dataclass(frozen=True, slots=True)
class Notifications:
    """By what ways people are told, beside webhooks of their own."""

    file: bool = True
    smtp: Smtp | None = None


@dataclass(frozen=True, slots=True)
class Reach:
    round_down_to: int
    cluster_round_down_to: int
    published_on: tuple[str, ...]  # MM-DD


@dataclass(frozen=True, slots=True)
class House:
    """The floors that no project may go below, and what holds unless a project says otherwise."""

    name: str
    synthetic: bool
    time_zone: ZoneInfo
    catalogue: str
    rules: Rules
    tier_1_checkers: int
    routes: Routes
    max_cells: int
    presets: tuple[str, ...]
    allowance: Allowance
    lifetime_cap: LifetimeCap
    linear_audit_up_to_units: int
    compound_exclusions_per_project: int  # how many may be asked; from the next one on a checker looks at all
    standard_margins: tuple[StandardMargins, ...]
    min_base_difference: int
    purposes: Mapping[str, str]  # id -> title
    never: frozenset[str]
    consent_required: frozenset[str]
    approvals: Approvals
    accrediting: Accrediting
    reviewing: Reviewing
    reach: Reach
    sandbox: Sandbox
    notice_days: int = 14
    """How long the register gives notice of a widening before it is in force."""
    comments_to: str = ""
    """Where the public may write about what is to come, and about any use."""
    acknowledges: bool = True
    """Whether nobody asks anything before they have acknowledged which uses are prohibited."""
    webhook_networks: tuple[IPv4Network | IPv6Network, ...] = ()
    """Networks of the house's own which webhooks may call."""
    notifications: Notifications = Notifications()


class Status(StrEnum):
    DRAFT = "draft"  # an application
    REJECTED = "rejected"  # an application that was turned down; kept for the register
    ACTIVE = "active"
    PAUSED = "paused"
    CLOSED = "closed"


class Role(StrEnum):
    LEAD_RESEARCHER = "lead_researcher"
    RESEARCHER = "researcher"
    PROJECT_MANAGER = "project_manager"  # sees how things stand, and no data: never a member


WITH_DATA: Final = frozenset({Role.LEAD_RESEARCHER, Role.RESEARCHER})


@dataclass(frozen=True, slots=True)
class Member:
    person: PersonId
    role: Role


@dataclass(frozen=True, slots=True)
class Purpose:
    """`kind` is one of the house's purposes; the summary goes on the public register word for word."""

    kind: str
    public_summary: str
    public_benefit: str
    never: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Legal:
    article_6: str
    article_9: str | None
    gateway: str
    dpia_ref: str
    dpia_reviewed_on: date


@dataclass(frozen=True, slots=True)
class Approval:
    body: str
    ref: str
    decided_on: date


@dataclass(frozen=True, slots=True)
class Dates:
    """All days last until 23:59:59 in the house's time zone."""

    starts: date
    ends: date
    review_by: date
    destroy_by: date


@dataclass(frozen=True, slots=True)
class Project:
    id: ProjectId
    title: str
    organisation: OrganisationId
    status: Status
    members: tuple[Member, ...]
    purpose: Purpose
    legal: Legal
    approvals: tuple[Approval, ...]
    dates: Dates
    data_version: str
    formats: tuple[str, ...]
    register: str
    managers: tuple[PersonId, ...] = ()

    def role_of(self, person: PersonId) -> Role | None:
        """What the person is to the project, with data or without; None is nothing."""
        member = self.member(person)
        if member is not None:
            return member.role
        return Role.PROJECT_MANAGER if person in self.managers else None

    def member(self, person: PersonId) -> Member | None:
        """The person's membership, or None."""
        return next((member for member in self.members if member.person == person), None)

    def open(self, at: datetime, time_zone: ZoneInfo) -> bool:
        """Whether the project may be used at an instant: active, begun, not ended, not overdue for review."""
        day = day_there(at, time_zone)
        last = min(self.dates.ends, self.dates.review_by)
        return self.status is Status.ACTIVE and self.dates.starts <= day <= last


@dataclass(frozen=True, slots=True)
class FieldGrant:
    """One field and the uses that a project may put it to."""

    table: str
    field: str
    uses: frozenset[Use]
    why: str
    less_sensitive_alternative: str | None = None


@dataclass(frozen=True, slots=True)
class TableGrant:
    """One table: its years, its rows and its fields.

    `years` are the values of the year field as text, None for a table without years. `rows` limits fields to values,
    None is all rows. With `all_fields` (public tables only) every field may be used in every way.
    """

    table: str
    years: tuple[str, ...] | None
    rows: Mapping[str, tuple[str, ...]] | None
    fields: Mapping[str, FieldGrant]
    all_fields: bool = False

    def grant(self, field: str) -> FieldGrant | None:
        """What the project may do with a field that the table is known to have, or None."""
        if self.all_fields:
            return FieldGrant(self.table, field, frozenset(Use), why="Public reference data")
        return self.fields.get(field)


@dataclass(frozen=True, slots=True)
class Policy:
    """What is in force for one project."""

    project: Project
    house: House
    grants: Mapping[str, TableGrant]
    rules: Rules
    routes: Routes
    max_cells: int
    allowance: Allowance
    content_hash: str  # of all policy files
    consent_of: frozenset[str] = frozenset()
    """The kinds of organisation on it that reach only units who have consented to that; none: everybody is reached."""

    def table(self, name: str) -> TableGrant | None:
        return self.grants.get(name)

    def grant(self, table: str, field: str) -> FieldGrant | None:
        """The grant of one field, or None: nothing else opens a field."""
        tabled = self.table(table)
        return tabled.grant(field) if tabled is not None else None

    @property
    def min_units(self) -> int:
        return self.rules.min_units

    @property
    def min_clusters(self) -> int:
        return self.rules.min_clusters

    @property
    def units_per_number(self) -> int:
        """How many units each independent number of one kind needs, for ever: never fewer than a cell needs."""
        return max(self.house.lifetime_cap.units_per_number, self.rules.min_units)

    @property
    def dominance(self) -> Dominance:
        return self.rules.dominance

    @property
    def residual_degrees_of_freedom(self) -> int:
        return self.rules.residual_degrees_of_freedom
