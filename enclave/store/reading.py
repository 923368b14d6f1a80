"""What can be read in one transaction."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import cache
from typing import Any, TypeVar

from sqlalchemy import BindParameter, Column, Connection, Select, Table, bindparam, func, literal, select

from enclave.audit.entries import Kind
from enclave.outputs.hooks import HookId, HookRecord
from enclave.outputs.keeping import MOST_LISTED, MOST_WAITING
from enclave.outputs.notices import LetterRecord, LetterState
from enclave.outputs.records import (
    ClaimRecord,
    EntryRecord,
    JobRecord,
    JobState,
    OutputId,
    OutputRecord,
    OutputTotals,
    Party,
    QueryId,
    QueryRecord,
    QueryStatus,
    RememberedAnswer,
    ResultRecord,
    ReviewRecord,
    WaitingRecord,
)
from enclave.people.sessions import Session
from enclave.people.tokens import ShownToken
from enclave.store import hooks as hook_rows
from enclave.store import outbox, sessions, tokens
from enclave.store import waiting as waiting_rows
from enclave.store.agreements import AgreementRows
from enclave.store.columns import NO_NUMBER
from enclave.store.consents import ConsentRows
from enclave.store.made import Made
from enclave.store.rights import RightsRows
from enclave.store.saved import SavedRows
from enclave.store.tables import (
    ANSWERS,
    CLAIMS,
    COUNTERS,
    INSIDE,
    JOBS,
    OUTPUTS,
    PARTIES,
    QUERIES,
    RESULTS,
    REVIEWS,
    THINGS,
)
from enclave.store.workflow_reading import WorkflowRows
from enclave.terms import PersonId, ProjectId

R = TypeVar("R")
ID: BindParameter[Any] = bindparam("id")
PROJECT: BindParameter[Any] = bindparam("project")
SINCE: BindParameter[Any] = bindparam("since")
QUERY = Made(select(QUERIES).where(QUERIES.c.id == ID))
RESULT = Made(select(RESULTS).where(RESULTS.c.query_id == ID))
JOB_OF = Made(select(JOBS).where(JOBS.c.query_id == ID))
OUTPUT = Made(select(OUTPUTS).where(OUTPUTS.c.id == ID))
OUTPUT_OF = Made(
    select(OUTPUTS)
    .where((OUTPUTS.c.query_id == ID) & ~OUTPUTS.c.seeded)
    .order_by(OUTPUTS.c.id.desc())
    .limit(1)
)
PARTIES_OF = Made(select(PARTIES.c.person, PARTIES.c.organisation).where(PARTIES.c.output_id == ID))
REVIEWS_OF = Made(
    select(*(column for column in REVIEWS.c if column.name != "id"))
    .where(REVIEWS.c.output_id == ID)
    .order_by(REVIEWS.c.id)
)
CLAIMS_OF = Made(select(CLAIMS).where(CLAIMS.c.output_id == ID).order_by(CLAIMS.c.at, CLAIMS.c.person))
JOBS_WAITING = Made(
    select(JOBS).where(JOBS.c.state == JobState.WAITING).order_by(JOBS.c.id).limit(bindparam("most"))
)
UNDER_WAY = Made(
    select(func.count())
    .select_from(JOBS)
    .join(QUERIES, QUERIES.c.id == JOBS.c.query_id)
    .where(
        JOBS.c.state.in_(
            [literal(state, JOBS.c.state.type) for state in (JobState.WAITING, JobState.RUNNING)]
        )
    )
    .where(QUERIES.c.project == PROJECT)
)
COUNTED = Made(select(COUNTERS.c.last).where(COUNTERS.c.name == bindparam("name")))
CELLS_ASKED = Made(
    select(func.coalesce(func.sum(QUERIES.c.cells), 0))
    .where(QUERIES.c.project == PROJECT)
    .where(QUERIES.c.created_at >= SINCE)
    .where(QUERIES.c.status != QueryStatus.REFUSED)
)


class StoreReading(WorkflowRows, SavedRows, RightsRows, ConsentRows, AgreementRows):
    """One moment of the store, as frozen records."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def query(self, id: QueryId) -> QueryRecord | None:
        return QUERY.record(QueryRecord, self._connection, id=id)

    def queries(
        self,
        *,
        project: ProjectId | None = None,
        person: PersonId | None = None,
        status: QueryStatus | None = None,
        before: int | None = None,
        limit: int = MOST_LISTED,
    ) -> tuple[QueryRecord, ...]:
        wanted = _where(QUERIES, project=project, person=person, status=status)
        return self._many(QueryRecord, _newest(wanted, QUERIES.c.id, before, limit, letter="Q"))

    def query_counts(self, project: ProjectId) -> Mapping[QueryStatus, int]:
        counted = select(QUERIES.c.status, func.count()).where(QUERIES.c.project == project)
        found = self._connection.execute(counted.group_by(QUERIES.c.status))
        return {row[0]: row[1] for row in found}

    def cells_asked(self, project: ProjectId, *, since: datetime) -> int:
        return int(CELLS_ASKED.scalar(self._connection, project=project, since=since))

    def compound_exclusions(self, project: ProjectId) -> int:
        return int(COUNTED.scalar(self._connection, name=compound_counter(project)) or 0)

    def ends(self, project: ProjectId) -> Mapping[str, int]:
        failed = _where(QUERIES, project=project, status=QueryStatus.FAILED).with_only_columns(
            QUERIES.c.problem
        )
        return Counter(str((problem or {}).get("code")) for problem in self._connection.scalars(failed))

    def result(self, query_id: QueryId) -> ResultRecord | None:
        return RESULT.record(ResultRecord, self._connection, id=query_id)

    def output(self, id: OutputId) -> OutputRecord | None:
        return OUTPUT.record(OutputRecord, self._connection, id=id)

    def output_of(self, query_id: QueryId) -> OutputRecord | None:
        return OUTPUT_OF.record(OutputRecord, self._connection, id=query_id)

    def outputs(
        self,
        *,
        projects: Iterable[ProjectId] | None = None,
        states: Iterable[str] | None = None,
        before: int | None = None,
        limit: int = MOST_LISTED,
        seeded: bool = False,
    ) -> tuple[OutputRecord, ...]:
        if projects is None and states is not None and before is None:
            words = {f"state_{place}": str(state) for place, state in enumerate(states)}
            if not words:
                return ()
            made = _outputs_in_state(len(words), seeded)
            return made.records(OutputRecord, self._connection, most=_bounded(limit), **words)
        wanted = select(OUTPUTS)
        if not seeded:
            wanted = wanted.where(~OUTPUTS.c.seeded)
        if projects is not None:
            wanted = wanted.where(OUTPUTS.c.project.in_(list(projects)))
        if states is not None:
            wanted = wanted.where(OUTPUTS.c.state.in_([str(state) for state in states]))
        return self._many(OutputRecord, _newest(wanted, OUTPUTS.c.id, before, limit, letter="O"))

    def output_totals(self, project: ProjectId) -> OutputTotals:
        return waiting_rows.totals(self._connection, project)

    def parties(self, output_id: OutputId) -> frozenset[Party]:
        return frozenset(PARTIES_OF.records(Party, self._connection, id=output_id))

    def reviews(self, output_id: OutputId) -> tuple[ReviewRecord, ...]:
        return REVIEWS_OF.records(ReviewRecord, self._connection, id=output_id)

    def claims(self, output_id: OutputId) -> tuple[ClaimRecord, ...]:
        return CLAIMS_OF.records(ClaimRecord, self._connection, id=output_id)

    def waiting(self, *, states: Iterable[str], limit: int = MOST_WAITING) -> tuple[WaitingRecord, ...]:
        return waiting_rows.waiting(self._connection, states=states, limit=min(limit, MOST_WAITING))

    def queries_of(self, ids: Iterable[QueryId]) -> Mapping[QueryId, QueryRecord]:
        return waiting_rows.queries_of(self._connection, ids)

    def reports(self, query_ids: Iterable[QueryId]) -> Mapping[QueryId, bytes]:
        return waiting_rows.reports(self._connection, query_ids)

    def job_of(self, query_id: QueryId) -> JobRecord | None:
        return JOB_OF.record(JobRecord, self._connection, id=query_id)

    def waiting_jobs(self, *, limit: int = MOST_LISTED) -> tuple[JobRecord, ...]:
        return JOBS_WAITING.records(JobRecord, self._connection, most=_bounded(limit))

    def under_way(self, project: ProjectId) -> int:
        return int(UNDER_WAY.scalar(self._connection, project=project))

    def silent_jobs(self, *, heard_before: datetime) -> tuple[JobRecord, ...]:
        silent = (JOBS.c.state == JobState.RUNNING) & (JOBS.c.heartbeat < heard_before)
        return self._many(JobRecord, select(JOBS).where(silent).order_by(JOBS.c.id))

    def hook(self, id: HookId) -> HookRecord | None:
        return hook_rows.hook(self._connection, id)

    def hooks(
        self, *, person: PersonId | None = None, active: bool = False, limit: int = MOST_LISTED
    ) -> tuple[HookRecord, ...]:
        return hook_rows.hooks(self._connection, person=person, active=active, limit=_bounded(limit))

    def hooks_of(self, project: ProjectId | None) -> tuple[HookRecord, ...]:
        return hook_rows.hooks_of(self._connection, project)

    def waiting_events(self, hook_id: HookId) -> int:
        return hook_rows.waiting_events(self._connection, hook_id)

    def letters(
        self, *, state: LetterState | None = None, before: int | None = None, limit: int = MOST_LISTED
    ) -> tuple[LetterRecord, ...]:
        return outbox.letters(self._connection, state=state, before=before, limit=_bounded(limit))

    def session(self, id_hash: str) -> Session | None:
        return sessions.session(self._connection, id_hash)

    def token(self, issuer: str, token_id: str) -> ShownToken | None:
        return tokens.token(self._connection, issuer, token_id)

    def remembered(self, person: PersonId, key: str) -> RememberedAnswer | None:
        return self._one(RememberedAnswer, _where(ANSWERS, person=person, key=key))

    def entries(
        self,
        *,
        kinds: Iterable[Kind] | None = None,
        project: ProjectId | None = None,
        actor: PersonId | None = None,
        before: int | None = None,
        limit: int = MOST_LISTED,
    ) -> tuple[EntryRecord, ...]:
        wanted = _of_kinds(_where(INSIDE, project=project, actor=actor), kinds)
        if before is not None:
            wanted = wanted.where(INSIDE.c.seq < before)
        return self._entries(wanted.order_by(INSIDE.c.seq.desc()).limit(_bounded(limit)))

    def entries_about(self, thing: str) -> tuple[EntryRecord, ...]:
        touched = select(THINGS.c.seq).where(THINGS.c.thing == thing)
        return self._entries(select(INSIDE).where(INSIDE.c.seq.in_(touched)).order_by(INSIDE.c.seq))

    def entry_count(
        self,
        *,
        kinds: Iterable[Kind],
        project: ProjectId | None = None,
        actor: PersonId | None = None,
        since: datetime | None = None,
    ) -> int:
        given = {"project": project, "actor": actor, "since": since}
        asked = {name: value for name, value in given.items() if value is not None}
        words = {f"kind_{place}": kind.value for place, kind in enumerate(kinds)}
        if not words:
            return 0
        return int(_entry_count(len(words), frozenset(asked)).scalar(self._connection, **asked, **words))

    def _one(self, record: type[R], wanted: Select[Any]) -> R | None:
        row = self._connection.execute(wanted).mappings().one_or_none()
        return None if row is None else record(**row)

    def _many(self, record: type[R], wanted: Select[Any]) -> tuple[R, ...]:
        return tuple(record(**row) for row in self._connection.execute(wanted).mappings())

    def _entries(self, wanted: Select[Any]) -> tuple[EntryRecord, ...]:
        return tuple(_entry(row) for row in self._connection.execute(wanted).mappings())


@cache
def _outputs_in_state(states: int, seeded: bool) -> Made:
    """The newest outputs that are in one of so many states: workers ask it again and again."""
    here = OUTPUTS.c.state.in_([bindparam(f"state_{place}") for place in range(states)])
    wanted = select(OUTPUTS).where(here) if seeded else select(OUTPUTS).where(here, ~OUTPUTS.c.seeded)
    return Made(wanted.order_by(OUTPUTS.c.id.desc()).limit(bindparam("most")))


@cache
def _entry_count(kinds: int, given: frozenset[str]) -> Made:
    """How many entries there are of so many kinds, narrowed by what is given."""
    wanted = select(func.count()).select_from(INSIDE)
    wanted = wanted.where(INSIDE.c.kind.in_([bindparam(f"kind_{place}") for place in range(kinds)]))
    for name in sorted(given):
        here = INSIDE.c.at >= SINCE if name == "since" else INSIDE.c[name] == bindparam(name)
        wanted = wanted.where(here)
    return Made(wanted)


def compound_counter(project: ProjectId) -> str:
    return f"compound exclusions of {project}"


def _entry(row: Mapping[Any, Any]) -> EntryRecord:
    body = None if row["body"] is None else json.loads(row["body"])
    return EntryRecord(row["seq"], row["at"], row["kind"], row["actor"], row["project"], body)


def _where(table: Table, **wanted: object) -> Select[Any]:
    """Rows with these values; a value that is None is not asked for."""
    given = [table.c[name] == value for name, value in wanted.items() if value is not None]
    return select(table).where(*given)


def _of_kinds(wanted: Select[Any], kinds: Iterable[Kind] | None) -> Select[Any]:
    return wanted if kinds is None else wanted.where(INSIDE.c.kind.in_([kind.value for kind in kinds]))


def _newest(
    wanted: Select[Any], id: Column[Any], before: int | None, limit: int, *, letter: str
) -> Select[Any]:
    if before is not None:
        wanted = wanted.where(id < (f"{letter}-{before}" if before > 0 else str(NO_NUMBER)))
    return wanted.order_by(id.desc()).limit(_bounded(limit))


def _bounded(limit: int) -> int:
    return max(0, min(limit, MOST_LISTED))
