"""The store: people's acts, queries, outputs and reviews, and the log that tells of every change to them."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Protocol, Self, TypeVar

from sqlalchemy import Connection, Engine, select, update

from enclave.audit import AuditLog, Entry
from enclave.outputs.hooks import HookRecord
from enclave.outputs.notices import LetterRecord, LetterState
from enclave.outputs.records import JobState, QueryId, QueryStatus, RememberedAnswer
from enclave.store import hooks, outbox, saved, sessions, tokens
from enclave.store.answers import forget_answers, keep_answer
from enclave.store.changing import StoreChange
from enclave.store.database import connect, reading, writing
from enclave.store.hooks import Taken
from enclave.store.ledger import StoreLedger, check_secret
from enclave.store.ledger_seal import LabelsSeal
from enclave.store.migrating import bring_up_to_date
from enclave.store.orphans import fail_orphans
from enclave.store.publishing import Publisher
from enclave.store.reach import StoreReach
from enclave.store.reading import StoreReading
from enclave.store.recording import NewSalt, append
from enclave.store.tables import JOBS, QUERIES
from enclave.store.writer import Writer
from enclave.terms import ProjectId

T = TypeVar("T")
PUBLISH_SECONDS = 1.0


class Clock(Protocol):
    def now(self) -> datetime: ...


class Store:
    """An open store. Safe to use from many threads; close it, or use it in a `with`."""

    def __init__(
        self, engine: Engine, publisher: Publisher, *, clock: Clock, new_salt: NewSalt, seal: LabelsSeal
    ) -> None:
        self._engine = engine
        self._clock = clock
        self._new_salt = new_salt
        self._publisher = publisher
        self._writer = Writer(engine, committed=publisher.tell)
        self.ledger = StoreLedger(engine, write=self._writer.do, clock=clock, seal=seal)
        self.reach = StoreReach(engine, write=self._writer.do)

    @classmethod
    def open(
        cls,
        url: str,
        *,
        log: AuditLog,
        clock: Clock,
        new_salt: NewSalt,
        ledger_key: bytes,
        publish_seconds: float = PUBLISH_SECONDS,
    ) -> Self:
        """The store in the database at `url`, made or brought up to date first, and `log` brought up to it.

        Raises:
            RecordChanged: the database is not what `log` has signed.
            LedgerUnreadable: the ledger was begun with another key.
        """
        engine, seal = connect(url), LabelsSeal(ledger_key)
        try:
            bring_up_to_date(engine)
            check_secret(engine, seal)
            publisher = Publisher(engine, log, seconds=publish_seconds)
        except BaseException:
            engine.dispose()
            raise
        return cls(engine, publisher, clock=clock, new_salt=new_salt, seal=seal)

    def write(self, entry: Entry, change: Callable[[StoreChange], T]) -> T:
        """Make a change and its entry one durable transaction, and return what `change` returns.

        Raises:
            RecordChanged: the record is not what was signed, so that nothing may be built on it.
            NotRecorded: the transaction could not be made durable.
        """
        self._publisher.check()
        return self._writer.do(lambda connection: self._changed(connection, entry, change, alone=False))

    def write_alone(self, entry: Entry, change: Callable[[StoreChange], T]) -> T:
        """As `write`, in a transaction of its own on the caller's thread: for a change that takes time to decide.

        Nobody else writes until it is done.
        """
        self._publisher.check()
        with writing(self._engine) as connection:
            answer = self._changed(connection, entry, change, alone=True)
        self._publisher.tell()
        return answer

    @contextmanager
    def read(self) -> Iterator[StoreReading]:
        with reading(self._engine) as connection:
            yield StoreReading(connection)

    def beat(self, worker: str, progress: Mapping[QueryId, int]) -> Sequence[QueryId]:
        """Say that a worker lives and how far its queries are. Returns those of them that should stop.

        A query that is not among them is in nobody's hands any more, as when its end could not be recorded.

        Without an entry: nobody did anything.
        """
        return self._writer.do(lambda connection: _beat(connection, worker, progress, self._clock.now()))

    def take_due_events(self, *, limit: int) -> Sequence[Taken]:
        """The oldest event of each hook that may be tried now; for a while nobody else is given them."""
        now = self._clock.now()
        with reading(self._engine) as connection:
            if not hooks.due(connection, now, limit=1):
                return []
        return self._writer.do(lambda connection: hooks.take_due(connection, now, limit=limit))

    def done_with(self, taken: Taken, *, delivered: bool) -> None:
        """The event was told, or is not to be. The next one of its hook may be tried."""
        now = self._clock.now()
        self._writer.do(lambda connection: hooks.done_with(connection, taken, now, delivered=delivered))

    def not_told(self, hook: HookRecord) -> None:
        """A try went wrong; the next one comes after a longer wait."""
        self._writer.do(lambda connection: hooks.failed(connection, hook, at=self._clock.now()))

    def take_due_letters(self, *, limit: int) -> Sequence[LetterRecord]:
        """The oldest letters that may be tried now; for a while nobody else is given them."""
        now = self._clock.now()
        with reading(self._engine) as connection:
            if not outbox.is_due(connection, now):
                return []
        return self._writer.do(lambda connection: outbox.take_due(connection, now, limit=limit))

    def letter_ended(self, letter: LetterRecord, state: LetterState) -> None:
        """A letter was sent, or is dropped; `WAITING`: the try went wrong, and it waits longer or is dead now."""
        end = {LetterState.SENT: outbox.sent, LetterState.DROPPED: outbox.dropped}.get(state, outbox.failed)
        self._writer.do(lambda connection: end(connection, letter, self._clock.now()))

    def keep_answer(self, first: RememberedAnswer, *, since: datetime) -> bytes | None:
        """Keep what a call was answered, unless that is kept already. Returns the one that is.

        Without an entry, like a beat: what the call did has its own.
        """
        return self._writer.do(lambda connection: keep_answer(connection, first, since=since))

    def use_token(self, issuer: str, token_id: str) -> bool:
        """Use up a token that is good for one call. Without an entry: the call has its own."""
        return self._writer.do(lambda connection: tokens.use_token(connection, issuer, token_id))

    def touch_session(self, id_hash: str) -> None:
        """Note that a session was used. Without an entry, like a beat."""
        now = self._clock.now()
        self._writer.do(lambda connection: sessions.touch_session(connection, id_hash, now))

    def forget_answers(self, *, before: datetime) -> int:
        """Remove the answers from before that time."""
        return self._writer.do(lambda connection: forget_answers(connection, before=before))

    def forget_saved(self, projects: Iterable[ProjectId]) -> int:
        """Remove the texts that were kept with these projects."""
        return self._writer.do(lambda connection: saved.forget_saved(connection, projects))

    def fail_orphans(self, *, heard_before: datetime) -> tuple[QueryId, ...]:
        """End the queries whose worker was last heard before that time. For whoever starts the service."""
        return fail_orphans(self, heard_before=heard_before)

    def proof(self, seq: int) -> str | None:
        """That the entry `seq` is in the public log (C2SP tlog-proof); None if there is no such entry."""
        return self._publisher.proof(seq)

    def close(self) -> None:
        """Finish what waits, and publish it."""
        self._writer.close()
        self._publisher.stop()
        self._engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _changed(
        self, connection: Connection, entry: Entry, change: Callable[[StoreChange], T], *, alone: bool
    ) -> T:
        made = StoreChange(connection, entry, self._clock.now(), ledger=self.ledger, alone=alone)
        answer = change(made)
        with made.unchanged():  # what is told to hooks and to the log changes no query and no output
            made.tell_hooks()
            self._record(connection, made)
        return answer

    def _record(self, connection: Connection, made: StoreChange) -> None:
        for entry, facts in made.entries_to_write():
            append(connection, entry, facts, things=made.before, at=made.at, new_salt=self._new_salt)


def _beat(
    connection: Connection, worker: str, progress: Mapping[QueryId, int], at: datetime
) -> Sequence[QueryId]:
    in_hand = JOBS.c.query_id.in_(list(progress))
    mine = (JOBS.c.taken_by == worker) & (JOBS.c.state == JobState.RUNNING) & in_hand
    connection.execute(update(JOBS).where(mine).values(heartbeat=at))
    for query, share in progress.items():
        running = (QUERIES.c.id == query) & (QUERIES.c.status == QueryStatus.RUNNING)
        connection.execute(update(QUERIES).where(running).values(progress=share))
    return list(connection.scalars(select(JOBS.c.query_id).where(mine & JOBS.c.cancel_asked)))
