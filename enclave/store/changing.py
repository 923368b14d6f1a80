"""What can be changed in one transaction. Only `Store.write` makes a `StoreChange`."""

from collections.abc import Iterable
from dataclasses import fields, replace
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import Connection, Table, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from enclave.audit.entries import Entry, Json, Kind
from enclave.audit.leaves import ERASED
from enclave.outputs.keeping import AlreadyThere, NotIndependent, NotThere, Stale
from enclave.outputs.records import (
    ClaimRecord,
    JobRecord,
    JobState,
    OutputId,
    OutputRecord,
    Party,
    QueryId,
    QueryRecord,
    RememberedAnswer,
    ResultRecord,
    ReviewRecord,
)
from enclave.store.erasing import erase_entry
from enclave.store.reading import StoreReading
from enclave.store.rules import NOT_INDEPENDENT
from enclave.store.tables import ANSWERS, CLAIMS, COUNTERS, JOBS, OUTPUTS, PARTIES, QUERIES, RESULTS, REVIEWS

Versioned = TypeVar("Versioned", QueryRecord, OutputRecord)
FIRST_VERSION = 1


class StoreChange(StoreReading):
    """A transaction that changes something, and the entries that will tell of it."""

    def __init__(self, connection: Connection, entry: Entry, at: datetime) -> None:
        super().__init__(connection)
        self.at = at
        self.acts = [entry]
        self.facts: dict[str, Json] = {}
        self.things: set[str] = set()

    def also(self, entry: Entry) -> None:
        self.acts.append(entry)

    def note(self, **facts: Json) -> None:
        self.facts |= facts

    def new_query_id(self) -> QueryId:
        return QueryId(f"Q-{self._next('queries')}")

    def add_query(self, query: QueryRecord) -> QueryRecord:
        return self._add(QUERIES, query)

    def save_query(self, query: QueryRecord) -> QueryRecord:
        return self._save(QUERIES, query)

    def add_result(self, result: ResultRecord) -> None:
        self._insert(RESULTS, _values(result), what=f"a result of {result.query_id}")
        self.things.add(result.query_id)

    def new_output_id(self) -> OutputId:
        return OutputId(f"O-{self._next('outputs')}")

    def add_output(self, output: OutputRecord, *, parties: Iterable[Party]) -> OutputRecord:
        added = self._add(OUTPUTS, output)
        self.add_parties(output.id, parties)
        return added

    def add_parties(self, output_id: OutputId, parties: Iterable[Party]) -> None:
        new = frozenset(parties) - self.parties(output_id)
        for party in sorted(new, key=lambda party: (party.person, party.organisation)):
            self._connection.execute(insert(PARTIES), {"output_id": output_id, **_values(party)})
        self.things.add(output_id)

    def save_output(self, output: OutputRecord) -> OutputRecord:
        return self._save(OUTPUTS, output)

    def add_review(self, review: ReviewRecord) -> None:
        self._insert(REVIEWS, _values(review), what=f"a vote of {review.reviewer} on {review.output_id}")
        self.things.add(review.output_id)

    def add_claim(self, claim: ClaimRecord) -> None:
        """Put in the place of the claim that there may be."""
        same = (
            (CLAIMS.c.output_id == claim.output_id)
            & (CLAIMS.c.round == claim.round)
            & (CLAIMS.c.person == claim.person)
        )
        self._connection.execute(delete(CLAIMS).where(same))
        self._insert(CLAIMS, _values(claim), what=f"a claim of {claim.person} on {claim.output_id}")
        self.things.add(claim.output_id)

    def add_job(self, query_id: QueryId) -> JobRecord:
        values = {"query_id": query_id, "state": JobState.WAITING, "cancel_asked": False}
        self._insert(JOBS, values, what=f"a job of {query_id}")
        self.things.add(query_id)
        added = self.job_of(query_id)
        assert added is not None, "it was just added"
        return added

    def take_job(self, job_id: int, *, by: str) -> JobRecord:
        return self._move_job(
            job_id, JobState.WAITING, state=JobState.RUNNING, taken_by=by, heartbeat=self.at
        )

    def ask_to_cancel(self, query_id: QueryId) -> JobRecord | None:
        job = self.job_of(query_id)
        if job is None or job.state is JobState.ENDED:
            return None
        self.things.add(query_id)
        return self._move_job(job.id, job.state, cancel_asked=True)

    def end_job(self, job_id: int) -> None:
        self._move_job(job_id, JobState.WAITING, JobState.RUNNING, state=JobState.ENDED)

    def remember(self, answer: RememberedAnswer) -> None:
        self._insert(ANSWERS, _values(answer), what="an answer under this key")

    def forget_answers(self, *, before: datetime) -> int:
        return self._connection.execute(delete(ANSWERS).where(ANSWERS.c.at < before)).rowcount

    def erase(self, seqs: Iterable[int]) -> None:
        assert self.acts[0].kind is Kind.RECORD_ERASED, "an erasure says that it is one"
        erased = sorted(set(seqs))
        for seq in erased:
            self.things |= erase_entry(self._connection, seq)
        self.note(**{ERASED: erased})

    def _next(self, name: str) -> int:
        last = self._connection.scalar(select(COUNTERS.c.last).where(COUNTERS.c.name == name))
        if last is None:
            self._connection.execute(insert(COUNTERS), {"name": name, "last": 1})
            return 1
        self._connection.execute(update(COUNTERS).where(COUNTERS.c.name == name).values(last=last + 1))
        return int(last) + 1

    def _add(self, table: Table, record: Versioned) -> Versioned:
        added = replace(record, version=FIRST_VERSION)
        self._insert(table, _values(added), what=record.id)
        self.things.add(record.id)
        return added

    def _save(self, table: Table, record: Versioned) -> Versioned:
        """Put the record in the place of the one with its id, if that still has its version."""
        saved = replace(record, version=record.version + 1)
        here = (table.c.id == record.id) & (table.c.version == record.version)
        if self._connection.execute(update(table).where(here).values(**_values(saved))).rowcount != 1:
            found = self._connection.scalar(select(table.c.version).where(table.c.id == record.id))
            raise NotThere(record.id) if found is None else Stale(record.id)
        self.things.add(record.id)
        return saved

    def _move_job(self, job_id: int, *before: JobState, **values: object) -> JobRecord:
        here = (JOBS.c.id == job_id) & JOBS.c.state.in_(before)
        if self._connection.execute(update(JOBS).where(here).values(**values)).rowcount != 1:
            raise Stale(f"job {job_id}")
        moved = self._one(JobRecord, select(JOBS).where(JOBS.c.id == job_id))
        assert moved is not None, "it was just changed"
        self.things.add(moved.query_id)
        return moved

    def _insert(self, table: Table, values: dict[str, Any], *, what: str) -> None:
        """Add a row, or leave the transaction as it was."""
        try:
            with self._connection.begin_nested():
                self._connection.execute(insert(table), values)
        except IntegrityError as error:
            raise _refusal(error, what) from error


def _refusal(error: IntegrityError, what: str) -> Exception:
    """What the database's refusal means; a broken promise of ours stays what it is."""
    words = str(error.orig)
    if NOT_INDEPENDENT in words:
        return NotIndependent(what)
    unique = getattr(error.orig, "sqlstate", None) == "23505" or words.startswith("UNIQUE constraint failed")
    return AlreadyThere(what) if unique else error


def _values(record: Any) -> dict[str, Any]:
    return {field.name: getattr(record, field.name) for field in fields(record)}
