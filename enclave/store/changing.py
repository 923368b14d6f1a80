"""What can be changed in one transaction. Only `Store.write` makes a `StoreChange`."""

from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import fields, replace
from datetime import datetime
from functools import cache
from typing import Any, TypeVar

from sqlalchemy import Connection, Table, bindparam, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from enclave.audit.entries import Entry, Json, Kind
from enclave.audit.leaves import ERASED, THINGS
from enclave.outputs.agreements import Agreement, AgreementId
from enclave.outputs.hooks import EventId, HookEvent, HookId, HookRecord, HookState
from enclave.outputs.keeping import AlreadyThere, NotIndependent, NotThere, Stale
from enclave.outputs.ledger import NewNumbers, NotTogether, Recheck, Scope
from enclave.outputs.notices import Notice
from enclave.outputs.records import (
    ClaimRecord,
    CommentRecord,
    JobRecord,
    JobState,
    LookRecord,
    MoveRecord,
    OutputId,
    OutputRecord,
    Party,
    QueryId,
    QueryRecord,
    RememberedAnswer,
    RequestId,
    RequestRecord,
    ResultRecord,
    ReviewRecord,
)
from enclave.outputs.saved import SavedId, SavedQuery
from enclave.people.consents import Consent, ConsentId
from enclave.people.sessions import Session
from enclave.people.tokens import ShownToken
from enclave.rights.cases import CaseId, CaseRecord, CorrectionRecord, ExclusionRecord, LookupRecord
from enclave.store import agreements as agreement_rows
from enclave.store import consents as consent_rows
from enclave.store import (
    drafts,
    ledger_changing,
    ledger_telling,
    outbox,
    reach_telling,
    rights,
    saved,
    sessions,
    tokens,
)
from enclave.store import hooks as hook_rows
from enclave.store.agreement_tables import AGREEMENTS
from enclave.store.answers import forget_answers
from enclave.store.consent_tables import CONSENTS
from enclave.store.erasing import erase_entry
from enclave.store.fingerprints import fingerprint
from enclave.store.hook_tables import EVENTS, HOOK_EVENTS, HOOKS
from enclave.store.ledger import StoreLedger
from enclave.store.made import NEW, Made, insert_into, undone_alone, written
from enclave.store.reach import reach_again
from enclave.store.reading import COUNTED, compound_counter
from enclave.store.reading_once import ReadingOnce
from enclave.store.rules import NOT_INDEPENDENT
from enclave.store.saved_tables import KEPT_TEXTS
from enclave.store.tables import ANSWERS, CLAIMS, COUNTERS, JOBS, OUTPUTS, PARTIES, QUERIES, RESULTS, REVIEWS
from enclave.store.telling import Words, tell_hooks, words_of
from enclave.store.workflow_tables import COMMENTS, DRAWN, LOOKS, MOVES, REQUESTS, SEEDED
from enclave.terms import FieldRef, PersonId, ProjectId

Versioned = TypeVar("Versioned", QueryRecord, OutputRecord)
FIRST_VERSION = 1
HOOKS_KNOW = ("output.", "queue.", "query.")
"""Kinds of notices that webhooks are told of anyway."""

NEW_PARTY = insert_into(PARTIES, "output_id", *(field.name for field in fields(Party)))
NEW_MOVE = insert_into(MOVES, *(field.name for field in fields(MoveRecord)))
NEW_COUNTER = insert_into(COUNTERS, "name", "last")
COUNT = Made(
    update(COUNTERS).where(COUNTERS.c.name == bindparam("of_name")).values(last=bindparam(NEW + "last"))
)
JOB = Made(select(JOBS).where(JOBS.c.id == bindparam("id")))


class StoreChange(ReadingOnce):
    """A transaction that changes something, and the entries that will tell of it."""

    def __init__(
        self, connection: Connection, entry: Entry, at: datetime, *, ledger: StoreLedger, alone: bool
    ) -> None:
        super().__init__(connection)
        self._ledger = ledger
        self._alone = alone
        self.at = at
        self.acts = [entry]
        self.facts: dict[str, Json] = {}
        self.before: dict[str, str | None] = {}
        self.words: dict[str, Words] = {}

    def also(self, entry: Entry) -> None:
        self.acts.append(entry)

    def note(self, **facts: Json) -> None:
        self.facts |= facts

    def entries_to_write(self) -> Iterator[tuple[Entry, dict[str, Json]]]:
        """Each entry of this write, with the facts that the transaction adds to its body.

        Of each thing it touched: its fingerprint before and after. Each begins where the entry before it ended, so that
        an edit behind the log stays visible after an honest change to the same thing.
        """
        after = {thing: fingerprint(self, thing) for thing in self.before}
        before: Mapping[str, str | None] = self.before
        for entry in self.acts:
            told: dict[str, Json] = {thing: [before[thing], after[thing]] for thing in sorted(after)}
            yield entry, {**self.facts, **({THINGS: told} if told else {})}
            before = after

    def tell_hooks(self) -> None:
        """Once everything is changed: what hooks are told of it."""
        for thing, before in list(self.words.items()):
            tell_hooks(self, thing, before)

    def new_query_id(self) -> QueryId:
        return QueryId(f"Q-{self._next('queries')}")

    def add_query(self, query: QueryRecord) -> QueryRecord:
        return self._add(QUERIES, query)

    def save_query(self, query: QueryRecord) -> QueryRecord:
        saved = self._save(QUERIES, query)
        if saved.status in reach_telling.ENDED:
            self.note(**reach_telling.told_of(self._connection, saved.id))
        return saved

    def add_result(self, result: ResultRecord) -> None:
        self._touch(result.query_id)
        self._insert(RESULTS, _values(result), what=f"a result of {result.query_id}")

    def new_output_id(self) -> OutputId:
        return OutputId(f"O-{self._next('outputs')}")

    def add_output(self, output: OutputRecord, *, parties: Iterable[Party]) -> OutputRecord:
        added = self._add(OUTPUTS, output)
        self._note_move(added)
        self.add_parties(output.id, parties)
        return added

    def add_parties(self, output_id: OutputId, parties: Iterable[Party]) -> None:
        self._touch(output_id)
        new = frozenset(parties) - self.parties(output_id)
        for party in sorted(new, key=lambda party: (party.person, party.organisation)):
            NEW_PARTY.run(self._connection, **written({"output_id": output_id, **_values(party)}))

    def save_output(self, output: OutputRecord) -> OutputRecord:
        before = self.output(output.id)
        saved = self._save(OUTPUTS, output)
        if before is not None and (before.state, before.round) != (saved.state, saved.round):
            self._note_move(saved)
        return saved

    def _note_move(self, output: OutputRecord) -> None:
        move = MoveRecord(output.id, output.version, self.at, output.state, output.round)
        NEW_MOVE.run(self._connection, **written(_values(move)))

    def new_request_id(self) -> RequestId:
        return RequestId(f"R-{self._next('requests')}")

    def add_request(self, request: RequestRecord) -> RequestRecord:
        self._touch(request.id)
        self._insert(REQUESTS, _values(request), what=request.id)
        return request

    def add_comment(self, comment: CommentRecord) -> int:
        self._touch(comment.output_id)
        values = {name: value for name, value in _values(comment).items() if name != "id"}
        added = self._connection.execute(insert(COMMENTS).returning(COMMENTS.c.id), values)
        return int(added.scalar_one())

    def add_seeded_result(self, output_id: OutputId, result: ResultRecord) -> None:
        self._touch(output_id)
        values = {name: value for name, value in _values(result).items() if name != "query_id"}
        self._insert(SEEDED, {"output_id": output_id, **values}, what=output_id)

    def draw(self, output_id: OutputId) -> None:
        self._touch(output_id)
        self._insert(DRAWN, {"output_id": output_id, "at": self.at}, what=output_id)

    def add_look(self, look: LookRecord) -> None:
        self._touch(look.output_id)
        self._insert(LOOKS, _values(look), what=f"a look of {look.person} at {look.output_id}")

    def add_review(self, review: ReviewRecord) -> None:
        self._touch(review.output_id)
        self._insert(REVIEWS, _values(review), what=f"a vote of {review.reviewer} on {review.output_id}")

    def add_claim(self, claim: ClaimRecord) -> None:
        """Put in the place of the claim that there may be."""
        self._touch(claim.output_id)
        same = (
            (CLAIMS.c.output_id == claim.output_id)
            & (CLAIMS.c.round == claim.round)
            & (CLAIMS.c.person == claim.person)
        )
        self._connection.execute(delete(CLAIMS).where(same))
        self._insert(CLAIMS, _values(claim), what=f"a claim of {claim.person} on {claim.output_id}")

    def add_job(self, query_id: QueryId) -> JobRecord:
        self._touch(query_id)
        values = {"query_id": query_id, "state": JobState.WAITING, "cancel_asked": False}
        self._insert(JOBS, values, what=f"a job of {query_id}")
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
        return self._move_job(job.id, job.state, cancel_asked=True)

    def end_job(self, job_id: int) -> None:
        self._move_job(job_id, JobState.WAITING, JobState.RUNNING, state=JobState.ENDED)

    def new_hook_id(self) -> HookId:
        return HookId(f"W-{self._next('hooks')}")

    def add_hook(self, hook: HookRecord) -> HookRecord:
        self._touch(hook.id)
        self._insert(HOOKS, _values(hook), what=hook.id)
        return hook

    def end_hook(self, id: HookId, state: HookState, reason: str) -> HookRecord | None:
        before = self.hook(id)
        if before is None or before.state in (state, HookState.REMOVED):
            return None
        self._touch(id)
        ended = replace(before, state=state, reason=reason)
        self._connection.execute(update(HOOKS).where(HOOKS.c.id == id).values(**_values(ended)))
        hook_rows.drop_events_of(self._connection, id)
        return ended

    def add_hook_event(self, hook_id: HookId, body: Mapping[str, Json]) -> None:
        event = HookEvent(EventId(f"E-{self._next(EVENTS)}"), hook_id, self.at, body)
        self._insert(HOOK_EVENTS, _values(event), what=event.id)

    def notify(self, notice: Notice) -> bool:
        is_new = outbox.put(self._connection, notice, at=self.at)
        if is_new and not notice.kind.startswith(HOOKS_KNOW):
            for hook in self.hooks(person=notice.to, active=True):
                self.add_hook_event(hook.id, notice.as_json(at=self.at))
        return is_new

    def revive_letter(self, id: int) -> bool:
        return outbox.revive(self._connection, id, self.at)

    def add_session(self, new: Session) -> None:
        sessions.add_session(self._connection, new)

    def add_token(self, shown: ShownToken) -> ShownToken:
        return tokens.add_token(self._connection, shown, self.at)

    def end_token(self, issuer: str, token_id: str) -> None:
        tokens.end_token(self._connection, issuer, token_id)

    def end_session(self, id_hash: str) -> bool:
        return sessions.end_session(self._connection, id_hash)

    def new_saved_id(self) -> SavedId:
        return SavedId(f"S-{self._next(KEPT_TEXTS)}")

    def keep_saved(self, kept: SavedQuery) -> None:
        saved.keep_saved(self._connection, kept)

    def drop_saved(self, id: SavedId) -> None:
        saved.drop_saved(self._connection, id)

    def new_case_id(self) -> CaseId:
        return CaseId(f"C-{self._next('rights_cases')}")

    def add_case(self, case: CaseRecord) -> None:
        self._touch(case.id)
        rights.add_case(self._connection, case)

    def save_case(self, case: CaseRecord) -> CaseRecord:
        self._touch(case.id)
        return rights.save_case(self._connection, case)

    def new_lookup_id(self) -> int:
        return self._next("rights_lookups")

    def add_lookup(self, lookup: LookupRecord) -> None:
        self._touch(lookup.case_id)
        rights.add_lookup(self._connection, lookup)

    def new_exclusion_id(self) -> int:
        return self._next("rights_exclusions")

    def add_exclusion(self, exclusion: ExclusionRecord) -> None:
        self._touch(exclusion.case_id)
        rights.add_exclusion(self._connection, exclusion)

    def new_correction_id(self) -> int:
        return self._next("rights_corrections")

    def add_correction(self, correction: CorrectionRecord) -> None:
        self._touch(correction.case_id)
        rights.add_correction(self._connection, correction)

    def new_consent_id(self) -> ConsentId:
        return ConsentId(f"G-{self._next(CONSENTS.name)}")

    def add_consent(self, consent: Consent) -> None:
        self._touch(consent.id)
        consent_rows.add_consent(self._connection, consent)

    def withdraw_consent(self, id: ConsentId, *, by: PersonId, at: datetime) -> bool:
        self._touch(id)
        return consent_rows.withdraw_consent(self._connection, id, by=by, at=at)

    def new_agreement_id(self) -> AgreementId:
        return AgreementId(f"A-{self._next(AGREEMENTS.name)}")

    def add_agreement(self, agreement: Agreement) -> None:
        self._touch(agreement.id)
        agreement_rows.add_agreement(self._connection, agreement)

    def agree(self, id: AgreementId, *, by: PersonId, at: datetime) -> bool:
        self._touch(id)
        return agreement_rows.agree(self._connection, id, by=by, at=at)

    def destroy_drafts(self, queries: Iterable[QueryId]) -> dict[str, str]:
        ids = list(queries)
        for id in ids:
            self._touch(id)
        return drafts.destroy(self._connection, ids)

    def remember(self, answer: RememberedAnswer) -> None:
        self._insert(ANSWERS, _values(answer), what="an answer under this key")

    def forget_answers(self, *, before: datetime) -> int:
        return forget_answers(self._connection, before=before)

    def reach_again(self, query_id: QueryId, *, of: QueryId) -> None:
        self._touch(query_id)
        reach_again(self._connection, query_id, of=of, at=self.at)

    def show_numbers(self, query_id: QueryId, scope: Scope, *, recheck: Recheck | None = None) -> None:
        self._touch(query_id)
        judged = None
        if recheck is not None:
            assert self._alone, "what takes time to decide is decided in a transaction of its own"
            met = self._ledger.met(query_id, scope)
            if met is not None and not recheck(met):
                raise NotTogether
            judged = None if met is None else met.known.judged
        shown = ledger_changing.show(self._connection, query_id, scope, judged=judged, at=self.at)
        if shown is not None:
            self._tell_shown(shown)

    def show_at_once(self, new: NewNumbers, *, recheck: Recheck | None = None) -> None:
        if recheck is not None:
            assert self._alone, "what takes time to decide is decided in a transaction of its own"
            new = self._ledger.rechecked(new, recheck)
        self._tell_shown(self._ledger.show(self._connection, new))

    def _tell_shown(self, reservation: int) -> None:
        self.note(
            **{
                ledger_telling.SHOWN: {
                    str(reservation): ledger_telling.told_of(self._connection, reservation)
                }
            }
        )

    def keep_numbers(self, query_id: QueryId) -> None:
        mine = ledger_changing.digest_of_alive(self._connection, query_id)
        if mine is not None:
            id, digest = mine
            self.note(**{ledger_telling.RESERVED: {str(id): digest.hex()}})

    def free_numbers(self, query_id: QueryId) -> None:
        self._touch(query_id)
        ledger_changing.free(self._connection, query_id)

    def reserve_again(self, query_id: QueryId) -> None:
        self._touch(query_id)
        ledger_changing.reserve_again(self._connection, query_id)

    def forget_sizes(self, field: FieldRef, *, years: Set[str] | None = None) -> int:
        return self._ledger.forget_sizes(self._connection, field, years=years)

    def count_compound_exclusions(self, project: ProjectId, asked: int) -> None:
        self._count(compound_counter(project), asked)

    def erase(self, seqs: Iterable[int]) -> None:
        assert self.acts[0].kind is Kind.RECORD_ERASED, "an erasure says that it is one"
        erased = sorted(set(seqs))
        for thing in {thing for seq in erased for thing in erase_entry(self._connection, seq)}:
            self._touch(thing)
        self.note(**{ERASED: erased})

    def _next(self, name: str) -> int:
        return self._count(name, 1)

    def _count(self, name: str, more: int) -> int:
        last = COUNTED.scalar(self._connection, name=name)
        if last is None:
            NEW_COUNTER.run(self._connection, new_name=name, new_last=more)
            return more
        COUNT.run(self._connection, of_name=name, new_last=last + more)
        return int(last) + more

    def _add(self, table: Table, record: Versioned) -> Versioned:
        self._touch(record.id)
        added = replace(record, version=FIRST_VERSION)
        self._insert(table, _values(added), what=record.id)
        return added

    def _save(self, table: Table, record: Versioned) -> Versioned:
        """Put the record in the place of the one with its id, if that still has its version."""
        self._touch(record.id)
        saved = replace(record, version=record.version + 1)
        here = {"of_id": record.id, "of_version": record.version}
        if _saved(table).run(self._connection, **here, **written(_values(saved))) != 1:
            found = self._connection.scalar(select(table.c.version).where(table.c.id == record.id))
            raise NotThere(record.id) if found is None else Stale(record.id)
        return saved

    def _move_job(self, job_id: int, *before: JobState, **values: object) -> JobRecord:
        job = JOB.record(JobRecord, self._connection, id=job_id)
        if job is None or job.state not in before:
            raise Stale(f"job {job_id}")
        self._touch(job.query_id)
        _moved(*values).run(self._connection, of_id=job_id, **written(values))
        return replace(job, **values)  # type: ignore[arg-type]

    def _touch(self, thing: str) -> None:
        """Remember how a thing was before this transaction changes it."""
        if thing in self.before:
            return
        with self.unchanged():
            self.before[thing] = fingerprint(self, thing)
            self.words[thing] = words_of(self, thing)

    def _insert(self, table: Table, values: dict[str, Any], *, what: str) -> None:
        """Add a row, or leave the transaction as it was."""
        try:
            with undone_alone(self._connection):
                insert_into(table, *values).run(self._connection, **written(values))
        except IntegrityError as error:
            raise _refusal(error, what) from error


@cache
def _saved(table: Table) -> Made:
    """Put a record in the place of the one of its id and version."""
    here = (table.c.id == bindparam("of_id")) & (table.c.version == bindparam("of_version"))
    return Made(update(table).where(here).values({name: bindparam(NEW + name) for name in _names(table)}))


def _names(table: Table) -> list[str]:
    return [column.name for column in table.c]


@cache
def _moved(*names: str) -> Made:
    """Change these columns of a job."""
    here = JOBS.c.id == bindparam("of_id")
    return Made(update(JOBS).where(here).values({name: bindparam(NEW + name) for name in names}))


def _refusal(error: IntegrityError, what: str) -> Exception:
    """What the database's refusal means; a broken promise of ours stays what it is."""
    words = str(error.orig)
    if NOT_INDEPENDENT in words:
        return NotIndependent(what)
    unique = getattr(error.orig, "sqlstate", None) == "23505" or words.startswith("UNIQUE constraint failed")
    return AlreadyThere(what) if unique else error


def _values(record: Any) -> dict[str, Any]:
    return {field.name: getattr(record, field.name) for field in fields(record)}
