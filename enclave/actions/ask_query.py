"""Ask a question, or check one: what the policy refuses is recorded like what it allows."""

from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from typing import Final

from enclave.actions.acknowledge_purposes import must_have_acknowledged
from enclave.actions.answer_json import problems_json
from enclave.actions.asker import Asker, Key
from enclave.actions.asking import own_project
from enclave.actions.check_policy import Policies
from enclave.actions.checks_made import not_too_fast, shape_of
from enclave.actions.kept_problems import problems_of
from enclave.actions.outputs_seen import query_for
from enclave.actions.plan_query import Planned, Question, plan_query
from enclave.actions.refusals_made import not_after_too_many_refusals
from enclave.actions.repeats import made_before, remember
from enclave.actions.service_desk import ServiceDesk
from enclave.actions.texts import MOST_NAME, one_line, storable
from enclave.audit import Entry, Kind
from enclave.audit.entries import Json
from enclave.outputs.keeping import AlreadyThere, Change
from enclave.outputs.permissions import Act
from enclave.outputs.records import QueryId, QueryRecord, QueryStatus, Wanted
from enclave.outputs.views import QueryView, query_view
from enclave.problems import NotOnProject, Refusals
from enclave.problems.service import AllowanceUsedUp, TooManyWaiting
from enclave.projects import Policy, Route, day_there
from enclave.query.limits import MAX_BYTES
from enclave.terms import ProjectId

MOST_WAITING: Final = 50
"""Queries of one project that may be queued or running at one time."""
WAITING_RETRY_SECONDS: Final = 10
NO_ID: Final = QueryId("")


@dataclass(frozen=True, slots=True)
class AskQuery:
    """A question to be put: `name` is the asker's own, one line."""

    asker: Asker
    project: ProjectId
    sql: str
    name: str
    wanted: Wanted = Wanted.ORDINARY

    def __post_init__(self) -> None:
        """What is planned, recorded and shown is one text."""
        object.__setattr__(self, "sql", storable(self.sql))
        object.__setattr__(self, "name", one_line(self.name, most=MOST_NAME))


@dataclass(frozen=True, slots=True)
class CheckView:
    """A question that may be asked: the most cells it can have, and the route its answer would take."""

    cells: int | None
    route: Route
    reasons: tuple[str, ...]
    planned: Planned


@dataclass(frozen=True, slots=True)
class Allowance:
    """What a project may ask in a day and has asked; refused queries and checks are not counted."""

    limit: int
    used: int
    cells_limit: int
    cells_used: int
    resets_at: datetime


def ask_query(ask: AskQuery, desk: ServiceDesk, *, key: Key | None = None) -> QueryView:
    """Put a question in the queue. A repeat of the same call gives the query it made, and makes none.

    Raises:
        Refusals: why it may not be asked, the same words for a repeat.
        AllowanceUsedUp, TooManyWaiting: nothing was asked.
        RateLimited: many questions of the project were refused; nothing was asked.
    """
    before = made_before(ask.asker, key, desk)
    if before is None:
        try:
            return _ask(ask, desk, key)
        except AlreadyThere:  # the same call, at the same moment
            before = made_before(ask.asker, key, desk)
            assert before is not None, "somebody just made it"
    return _as_before(ask.asker, QueryId(before), desk)


def check_query(ask: AskQuery, desk: ServiceDesk) -> CheckView:
    """All that `ask_query` would refuse, without asking. Counted and recorded; reads no data and uses no allowance.

    Raises:
        Refusals: everything that the stage which refuses has found.
        RateLimited: there were many checks; nothing was checked.
    """
    policies = desk.policies()
    policy = _own_policy(ask, policies, desk)
    not_too_fast(ask.asker, ask.project, desk)
    planned = _planned(ask, policies, desk)
    outcome = "refused" if isinstance(planned, Refusals) else "allowed"
    desk.write(_entry(Kind.CHECK_MADE, ask, policy, outcome=outcome, shape=shape_of(ask.sql)), _nothing_more)
    if isinstance(planned, Refusals):
        raise planned
    return CheckView(planned.cells, planned.routing.route, planned.routing.reasons, planned)


def read_allowance(project: ProjectId, desk: ServiceDesk) -> Allowance | None:
    """What the project may still ask today, for whoever may ask; None when there is no such project."""
    policies = desk.policies()
    policy = policies.policy(project)
    if policy is None:
        return None
    with desk.records.read() as reading:
        since, until = _today(policies, desk.clock.now())
        used = reading.entry_count(kinds=[Kind.QUERY_ASKED], project=project, since=since)
        cells = reading.cells_asked(project, since=since)
    allowed = policy.allowance
    return Allowance(allowed.queries_per_day, used, allowed.cells_per_day, cells, until)


def _ask(ask: AskQuery, desk: ServiceDesk, key: Key | None) -> QueryView:
    policies = desk.policies()
    policy = _own_policy(ask, policies, desk)
    not_after_too_many_refusals(ask.project, desk)
    planned = _planned(ask, policies, desk)
    if isinstance(planned, Refusals):
        raise _refused(ask, planned, policy, desk, key)
    query = replace(
        _record(ask, policy, desk.clock.now()),
        route_checkers=planned.routing.route.checkers,
        route_reasons=planned.routing.reasons,
        cells=planned.cells,
    )
    until = _today(policies, desk.clock.now())[1]

    def change(opened: Change) -> QueryRecord:
        _within_limits(opened, planned, policies, until)
        added = opened.add_query(replace(query, id=opened.new_query_id(), created_at=opened.at))
        opened.add_job(added.id)
        if planned.exclusions:
            opened.count_compound_exclusions(ask.project, planned.exclusions)
        remember(opened, ask.asker, key, added.id)
        return added

    return query_view(desk.write(_entry(Kind.QUERY_ASKED, ask, policy), change), None)


def _own_policy(ask: AskQuery, policies: Policies, desk: ServiceDesk) -> Policy:
    """The policy of a project that the asker is on, and whose prohibited uses they have acknowledged.

    Somebody who is not on a project leaves no query on it: its register would count what strangers try.
    """
    try:
        policy = own_project(ask.asker, ask.project, policies, desk)
    except NotOnProject as no:
        tried: dict[str, Json] = {"act": "ask a query", "code": no.code}
        desk.write(Entry(Kind.ACT_REFUSED, ask.asker.person, None, body=tried), _nothing_more)
        raise Refusals((no,)) from None
    must_have_acknowledged(ask.asker, policy, desk)
    return policy


def _planned(ask: AskQuery, policies: Policies, desk: ServiceDesk) -> Planned | Refusals:
    now = desk.clock.now()
    view = desk.question_desk(policies, ask.project, now).store
    try:
        with desk.records.read() as reading:
            exclusions = reading.compound_exclusions(ask.project)
        question = Question(ask.project, ask.asker.person, ask.sql, exclusions, wanted=ask.wanted)
        return plan_query(question, policies, view, now=now)
    except Refusals as refusals:
        return refusals


def _refused(
    ask: AskQuery, refusals: Refusals, policy: Policy, desk: ServiceDesk, key: Key | None
) -> Refusals:
    """The refusals, recorded with the query."""
    query = replace(
        _record(ask, policy, desk.clock.now()),
        status=QueryStatus.REFUSED,
        problem=problems_json(refusals.problems),
    )

    def change(opened: Change) -> QueryRecord:
        added = opened.add_query(
            replace(query, id=opened.new_query_id(), created_at=opened.at, finished_at=opened.at)
        )
        remember(opened, ask.asker, key, added.id)
        return added

    codes = [problem.code for problem in refusals.problems]
    added = desk.write(_entry(Kind.QUERY_REFUSED, ask, policy, codes=codes), change)
    return Refusals(refusals.problems, query_id=added.id)


def _record(ask: AskQuery, policy: Policy, at: datetime) -> QueryRecord:
    """The query as it is kept; a text that is longer than anything that can be read is cut."""
    return QueryRecord(
        id=NO_ID,
        project=ask.project,
        person=ask.asker.person,
        sql=ask.sql[:MAX_BYTES],
        name=ask.name,
        status=QueryStatus.QUEUED,
        created_at=at,
        policy_hash=policy.content_hash,
        data_version=policy.project.data_version,
        wanted=ask.wanted,
    )


def _within_limits(reading: Change, planned: Planned, policies: Policies, until: datetime) -> None:
    """Inside the transaction, so that two who ask at once cannot both have the last of an allowance."""
    policy, project = planned.policy, planned.policy.project.id
    since = _today(policies, reading.at)[0]
    retry = max(1, int((until - reading.at).total_seconds()))
    if reading.under_way(project) >= MOST_WAITING:
        raise TooManyWaiting(
            detail=f"{project} has {MOST_WAITING} queries waiting or running.",
            retry_after_seconds=WAITING_RETRY_SECONDS,
        )
    asked = reading.entry_count(kinds=[Kind.QUERY_ASKED], project=project, since=since)
    if asked >= policy.allowance.queries_per_day:
        detail = f"{project} has asked its {policy.allowance.queries_per_day:,} queries of today."
        raise AllowanceUsedUp(detail=detail, retry_after_seconds=retry)
    cells = reading.cells_asked(project, since=since) + (planned.cells or 0)
    if cells > policy.allowance.cells_per_day:
        detail = f"With this query {project} would ask more than its {policy.allowance.cells_per_day:,} cells of today."
        raise AllowanceUsedUp(detail=detail, retry_after_seconds=retry)


def _today(policies: Policies, now: datetime) -> tuple[datetime, datetime]:
    """When the present day of the house began, and when it ends."""
    zone = policies.house.time_zone
    day = day_there(now, zone)
    return datetime.combine(day, time(), zone), datetime.combine(day + timedelta(days=1), time(), zone)


def _as_before(asker: Asker, id: QueryId, desk: ServiceDesk) -> QueryView:
    query, view = query_for(asker, id, Act.READ, desk)
    if query.status is QueryStatus.REFUSED and query.problem is not None:
        raise Refusals(problems_of(query.problem), query_id=query.id)
    return view


def _entry(kind: Kind, ask: AskQuery, policy: Policy, **facts: str | list[str]) -> Entry:
    objects = {"sql": ask.sql.encode(), "policy": policy.content_hash.encode()}
    return Entry(kind, ask.asker.person, ask.project, objects, facts)


def _nothing_more(_change: Change) -> None:
    """The entry is all there is to write."""
