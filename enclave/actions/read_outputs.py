"""What people read: their project's queries and outputs, the queue of a checker, and the table of a release."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from enclave.actions.asker import MOST_LISTED, Asker, Page
from enclave.actions.asking import refuse, thing_of, who_asks
from enclave.actions.cases import Item, whole
from enclave.actions.check_policy import Policies
from enclave.actions.checks_made import checks_before
from enclave.actions.kept_answers import NOT_WHOLE, KeptTable, intact, read_report, read_table
from enclave.actions.outputs_seen import Seen, output_for, query_for, see, view_of
from enclave.actions.refusals_made import refusals_before
from enclave.actions.releases import committed
from enclave.actions.service_desk import ServiceDesk
from enclave.actions.settle_outputs import number_of, settle_output
from enclave.audit import Entry, Kind
from enclave.outputs.hashes import hashes_of
from enclave.outputs.keeping import Change, Reading
from enclave.outputs.permissions import Act, Who, may, may_read_queue
from enclave.outputs.records import OutputId, OutputRecord, QueryId, QueryRecord
from enclave.outputs.review import QueueItem, ReviewView, due_on, present, visible_votes
from enclave.outputs.states import GIVEN_OUT, TAKEN_BACK, UNDECIDED
from enclave.outputs.views import OutputView, QueryView, etag_of, query_view
from enclave.problems.service import NotReleased, Revoked
from enclave.projects import day_there
from enclave.terms import ProjectId

T = TypeVar("T")
MOST_EARLIER: Final = 50
NOTHING_CAME: Final = (
    "What was to be computed from its numbers took too long or came to too much, so that it is empty. Whoever asked "
    "was not told."
)


@dataclass(frozen=True, slots=True, repr=False)
class ReleasedTable:
    """The table of a release, with its manifest."""

    output: OutputView
    kept: KeptTable

    def __repr__(self) -> str:
        return f"<ReleasedTable of {self.output.id}>"


def read_query(asker: Asker, id: QueryId, desk: ServiceDesk) -> QueryView:
    """Raises: NotFound."""
    return query_for(asker, id, Act.READ, desk)[1]


def read_output(asker: Asker, id: OutputId, desk: ServiceDesk) -> OutputView:
    """Raises: NotFound."""
    return output_for(asker, id, Act.READ, desk).view()


def list_queries(
    asker: Asker, desk: ServiceDesk, *, limit: int, after: str | None = None, project: ProjectId | None = None
) -> Page[QueryView]:
    """Queries of the asker's projects, newest first."""
    policies = desk.policies()
    who_asks(asker, policies, desk)
    projects = _own_projects(asker, policies, project)
    with desk.records.read() as reading:

        def newest(before: int | None, most: int) -> Sequence[QueryRecord]:
            found = [
                query for one in projects for query in reading.queries(project=one, before=before, limit=most)
            ]
            return sorted(found, key=lambda query: number_of(query.id), reverse=True)[:most]

        return _page(newest, after, limit, lambda query: query_view(query, reading.output_of(query.id)))


def list_outputs(
    asker: Asker, desk: ServiceDesk, *, limit: int, after: str | None = None, project: ProjectId | None = None
) -> Page[OutputView]:
    """Outputs of the asker's projects, newest first."""
    policies = desk.policies()
    who_asks(asker, policies, desk)
    projects = _own_projects(asker, policies, project)
    with desk.records.read() as reading:

        def newest(before: int | None, most: int) -> Sequence[OutputRecord]:
            return reading.outputs(projects=projects, before=before, limit=most)

        return _page(newest, after, limit, lambda output: _view(output, policies, reading))


def output_table(asker: Asker, id: OutputId, desk: ServiceDesk) -> ReleasedTable:
    """The table of a release, recorded as downloaded before it is given.

    Raises:
        NotFound, Forbidden.
        NotReleased, Revoked: there is no table to give, whatever there may be inside.
    """
    seen = output_for(asker, id, Act.DOWNLOAD, desk)
    output = seen.item.output
    if output.state in TAKEN_BACK:
        raise Revoked(detail=f"{id} was revoked. Its page says when and why.")
    if output.state not in GIVEN_OUT:
        raise NotReleased(detail=f"{id} is {seen.view().status}; its table can be had once it is released.")
    item = seen.whole(desk)
    result = item.result
    assert intact(result), "what was released is what was kept"
    assert result.table_hash == output.table_hash, "a release is of the table that was decided on"
    desk.write(_read_entry(Kind.OUTPUT_DOWNLOADED, item, seen), _nothing_more)
    return ReleasedTable(seen.view(), read_table(result))


def read_queue(asker: Asker, desk: ServiceDesk, *, limit: int, after: str | None = None) -> Page[QueueItem]:
    """What waits for checkers and is this checker's to look at, newest first.

    Raises:
        Forbidden: not a checker.
    """
    policies = desk.policies()
    who = who_asks(asker, policies, desk)
    decision = may_read_queue(who)
    if not decision.allowed:
        refuse(decision, called="the queue")
    before, wanted = None if after is None else number_of(after), min(limit, MOST_LISTED)
    items: list[QueueItem] = []
    with desk.records.read() as reading:
        while len(items) <= wanted:
            found = reading.outputs(states=UNDECIDED, before=before, seeded=True)
            items += [
                item for output in found if (item := _queued(output, who, policies, reading)) is not None
            ]
            if len(found) < MOST_LISTED:
                break
            before = number_of(found[-1].id)
    shown = items[:wanted]
    return Page(shown, shown[-1].output if len(items) > wanted else None)


def read_review(asker: Asker, id: OutputId, desk: ServiceDesk) -> ReviewView:
    """All that a checker decides on; that they looked is recorded first.

    Raises:
        NotFound, Forbidden, OwnOutput.
    """
    settle_output(id, desk)
    seen = output_for(asker, id, Act.READ_REVIEW, desk)
    desk.write(_read_entry(Kind.OUTPUT_READ, seen.whole(desk), seen), _nothing_more)
    with desk.records.read() as reading:
        now = see(id, seen.who, seen.policies, reading)
        assert now is not None, "outputs stay"
        item = whole(now.item, reading)
        earlier = reading.outputs(projects=[now.item.output.project], states=GIVEN_OUT, limit=MOST_EARLIER)
        ends = reading.ends(now.item.output.project)
        query = now.item.query
        before = (*checks_before(query, reading), *refusals_before(query, reading))
        remarks = (*_came_back(id, reading), *before)
    return _review(now, item, ends, [output.id for output in earlier], remarks)


def _came_back(id: OutputId, reading: Reading) -> tuple[str, ...]:
    """Why the votes on the item were voided last, if they were."""
    voided = [entry for entry in reading.entries_about(id) if entry.kind == Kind.REVIEWS_VOIDED]
    body = voided[-1].body if voided else None
    reasons = None if body is None else body.get("reasons")
    return tuple(f"{reason}." for reason in reasons) if isinstance(reasons, list) else ()


def _review(
    seen: Seen,
    item: Item,
    ends: Mapping[str, int],
    earlier: Sequence[OutputId],
    remarks: tuple[str, ...],
) -> ReviewView:
    output, query, result = item.output, item.query, item.result
    project = seen.policies.projects.get(output.project)
    report = read_report(result)
    return ReviewView(
        output=output.id,
        etag=etag_of(output),
        project=output.project,
        project_title=project.title if project is not None else "",
        public_summary=project.purpose.public_summary if project is not None else "",
        name=output.name,
        why=output.why,
        asked_by=output.asked_by,
        asked_at=output.asked_at,
        state=output.state,
        round=output.round,
        needed=output.k,
        votes_in=len(present(output, seen.reviews)),
        votes=visible_votes(output, seen.reviews, viewer=seen.who.person),
        sql=query.sql,
        table=read_table(result).as_json(),
        report=report,
        to_look_at=(*remarks, *_not_whole(report), *_to_look_at(query, report["incomplete"])),
        hashes=hashes_of(output, policy=seen.policies.content_hash),
        ends=ends,
        earlier=tuple(earlier),
    )


def _not_whole(report: Mapping[str, Any]) -> tuple[str, ...]:
    return (NOTHING_CAME,) if report.get(NOT_WHOLE) else ()


def _queued(output: OutputRecord, who: Who, policies: Policies, reading: Reading) -> QueueItem | None:
    """The item, if the checker may look at it."""
    thing = thing_of(output.project, policies, asked_by=output.asked_by, parties=reading.parties(output.id))
    policy = policies.policy(output.project)
    if policy is None or not may(who, Act.READ_REVIEW, thing).allowed:
        return None
    query, votes = reading.query(output.query_id), present(output, reading.reviews(output.id))
    assert query is not None, "an output is of a query"
    asked_on = day_there(output.asked_at, policies.house.time_zone)
    return QueueItem(
        output=output.id,
        project=output.project,
        project_title=policy.project.title,
        name=output.name,
        state=output.state,
        votes=len(votes),
        needed=output.k,
        voted=any(vote.reviewer == who.person for vote in votes),
        to_look_at=len(query.route_reasons),
        asked_at=output.asked_at,
        due_on=due_on(
            asked_on,
            working_days=policies.house.reviewing.target_working_days,
            holidays=policies.house.reviewing.bank_holidays,
        ),
    )


def _to_look_at(query: QueryRecord, incomplete: Iterable[str]) -> tuple[str, ...]:
    """What sent the query to checkers, and which columns are totals over what was hidden."""
    reasons = (f"{reason[:1].upper()}{reason[1:]}." for reason in query.route_reasons)
    return (
        *reasons,
        *(f"Cells are missing from {name}: it is computed over hidden ones." for name in incomplete),
    )


def _own_projects(asker: Asker, policies: Policies, wanted: ProjectId | None) -> list[ProjectId]:
    """The asker's projects, or the one that is wanted if it is theirs."""
    own = [id for id, project in policies.projects.items() if project.role_of(asker.person) is not None]
    return [id for id in own if wanted is None or id == wanted]


def _view(output: OutputRecord, policies: Policies, reading: Reading) -> OutputView:
    return view_of(output, reading.reviews(output.id), policies)


R = TypeVar("R", QueryRecord, OutputRecord)


def _page(
    newest: Callable[[int | None, int], Sequence[R]], after: str | None, limit: int, view: Callable[[R], T]
) -> Page[T]:
    """Items after the one with the id `after`, and where to go on if there is one more."""
    most = max(1, min(limit, MOST_LISTED))
    found = newest(None if after is None else number_of(after), most)
    more = len(found) == most and newest(number_of(found[-1].id), 1)
    return Page([view(record) for record in found], found[-1].id if more else None)


def _read_entry(kind: Kind, item: Item, seen: Seen) -> Entry:
    objects = {
        **committed(item.query, policy_hash=seen.policies.content_hash),
        "table": item.result.table,
    }
    output = item.output
    return Entry(kind, seen.who.person, output.project, objects, {"output": output.id, "round": output.round})


def _nothing_more(_change: Change) -> None:
    """The entry is all there is to write."""
