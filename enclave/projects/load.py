"""From files of a house or a project to their values. Whether these may stand is for `rules` and `check_policy`."""

from ipaddress import ip_network
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from enclave.documents import Parsed, Report, parse_what_can_be, read_document
from enclave.projects.files import (
    MEMORY,
    CellKeyEntry,
    DominanceEntry,
    HouseFile,
    MarginsEntry,
    NotificationsEntry,
    ProjectFile,
    ReviewEntry,
    RouteEntry,
)
from enclave.projects.model import (
    WITH_DATA,
    Accrediting,
    Allowance,
    Approval,
    Approvals,
    CellKey,
    Dates,
    Dominance,
    House,
    Legal,
    LifetimeCap,
    Member,
    Method,
    Notifications,
    Project,
    Purpose,
    Reach,
    Reviewing,
    Role,
    Route,
    Routes,
    Rules,
    Sandbox,
    Smtp,
    StandardMargins,
    Status,
)
from enclave.terms import NEVER, OrganisationId, PersonId, ProjectId

BYTES: Final = {"KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30}


def read_house(
    path: Path, *, file: str, report: Report, cache: Path | None = None
) -> Parsed[HouseFile] | None:
    """The house file, without the parts that are reported as faulty."""
    document = read_document(path, file=file, report=report, cache=cache)
    return parse_what_can_be(document, HouseFile, report) if document is not None else None


def read_project(
    path: Path, *, file: str, report: Report, cache: Path | None = None
) -> Parsed[ProjectFile] | None:
    """A project file, without the parts that are reported as faulty."""
    document = read_document(path, file=file, report=report, cache=cache)
    return parse_what_can_be(document, ProjectFile, report) if document is not None else None


def route_of(entry: RouteEntry) -> Route:
    return Route(entry["checkers"]) if isinstance(entry, dict) else Route()


def dominance_of(entry: DominanceEntry) -> Dominance:
    return Dominance(entry.nk.n, entry.nk.percent, entry.p_percent)


def house_of(entry: HouseFile) -> House:
    """The house as its file says it."""
    return House(
        name=entry.name,
        synthetic=entry.synthetic,
        time_zone=ZoneInfo(entry.time_zone),
        catalogue=entry.catalogue,
        rules=_rules(entry),
        tier_1_checkers=entry.floors.tier_1_checkers,
        routes=_routes(entry),
        max_cells=entry.defaults.release.max_cells,
        presets=tuple(entry.defaults.presets),
        allowance=Allowance(entry.allowance.queries_per_day, entry.allowance.cells_per_day),
        lifetime_cap=LifetimeCap(entry.lifetime_cap.units_per_number, route_of(entry.lifetime_cap.beyond)),
        linear_audit_up_to_units=entry.ledger.linear_audit_up_to_units,
        compound_exclusions_per_project=entry.ledger.compound_exclusions_per_project,
        standard_margins=tuple(_margins(one) for one in entry.ledger.standard_margins),
        min_base_difference=entry.min_base_difference,
        purposes={purpose.id: purpose.title for purpose in entry.purposes},
        never=frozenset(entry.never) | NEVER,
        consent_required=frozenset(entry.consent_required),
        approvals=Approvals(tuple(entry.approvals.every_project), tuple(entry.approvals.tier_1)),
        accrediting=_accrediting(entry),
        reviewing=_reviewing(entry.review),
        reach=Reach(
            entry.reach.round_down_to, entry.reach.cluster_round_down_to, tuple(entry.reach.published_on)
        ),
        sandbox=_sandbox(entry),
        notice_days=entry.changes.notice_days,
        comments_to=entry.changes.comments_to,
        acknowledges=_acknowledges(entry),
        webhook_networks=tuple(map(ip_network, entry.webhooks.networks)),
        notifications=_notifications(entry.notifications),
    )


def _reviewing(entry: ReviewEntry) -> Reviewing:
    written = entry.model_dump(exclude={"pair_rule", "bank_holidays"})
    holidays = frozenset(entry.bank_holidays)
    return Reviewing(**written, refuse_pairs=entry.pair_rule == "refuse", bank_holidays=holidays)


def _notifications(entry: NotificationsEntry) -> Notifications:
    smtp = entry.smtp
    return Notifications(entry.file, None if smtp is None else Smtp(**smtp.model_dump()))


def _acknowledges(entry: HouseFile) -> bool:
    """With data about real people always; with made-up ones where the house says so."""
    return not entry.synthetic or entry.sign_in.prohibited_uses == "required"


def _rules(entry: HouseFile) -> Rules:
    floors = entry.floors
    return Rules(
        min_units=floors.min_units,
        min_clusters=floors.min_clusters,
        dominance=dominance_of(floors.dominance),
        residual_degrees_of_freedom=floors.residual_degrees_of_freedom,
        quantile_nearest=floors.quantiles.nearest,
        quantile_points_per_population=floors.quantiles.points_per_population,
        method=Method(entry.defaults.method),
        rounding_base=entry.defaults.rounding_base,
        cell_key=cell_key_of(entry.defaults.cell_key),
    )


def cell_key_of(entry: CellKeyEntry) -> CellKey:
    return CellKey(entry.maximum, entry.variance, entry.small_counts == "never")


def _routes(entry: HouseFile) -> Routes:
    release = entry.defaults.release
    return Routes(
        route_of(release.route), route_of(release.tier_1_route), route_of(release.off_cut_points_route)
    )


def _margins(entry: MarginsEntry) -> StandardMargins:
    return StandardMargins(entry.table, tuple(entry.one_per), tuple(tuple(by) for by in entry.by))


def _accrediting(entry: HouseFile) -> Accrediting:
    asked = entry.accreditation
    return Accrediting(
        schemes=tuple(asked.schemes),
        course=asked.training.course,
        course_valid_years=asked.training.valid_years,
        declarations=tuple(asked.declarations),
    )


def _sandbox(entry: HouseFile) -> Sandbox:
    matched = MEMORY.fullmatch(entry.sandbox.memory)
    assert matched is not None  # the file's model lets no other form pass
    memory = int(matched[1]) * BYTES[matched[2]]
    return Sandbox(entry.sandbox.minimum_level, entry.sandbox.deadline_seconds, memory)


def project_of(entry: ProjectFile) -> Project:
    """The project as its file says it. Members with a role that no project has are left out; they are an error."""
    roles = {role.value for role in WITH_DATA}
    return Project(
        id=ProjectId(entry.id),
        title=entry.title,
        organisation=OrganisationId(entry.organisation),
        status=Status(entry.status),
        members=tuple(Member(PersonId(one.id), Role(one.role)) for one in entry.people if one.role in roles),
        purpose=Purpose(
            kind=entry.purpose.kind,
            public_summary=entry.purpose.public_summary,
            public_benefit=entry.purpose.public_benefit,
            never=tuple(entry.purpose.never),
        ),
        legal=_legal(entry),
        approvals=tuple(Approval(one.body, one.ref, one.decided_on) for one in entry.approvals),
        dates=Dates(entry.dates.starts, entry.dates.ends, entry.dates.review_by, entry.dates.destroy_by),
        data_version=entry.data.version,
        formats=tuple(entry.release.formats),
        register=entry.release.register_,
        managers=tuple(PersonId(one.id) for one in entry.people if one.role == Role.PROJECT_MANAGER),
    )


def _legal(entry: ProjectFile) -> Legal:
    legal = entry.legal
    return Legal(legal.article_6, legal.article_9, legal.gateway, legal.dpia.ref, legal.dpia.reviewed_on)
