"""What the actions of the service are done with: the record, the policies in force, engines, and the time."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol, TypeVar

from enclave.actions.asked_again import Remembered
from enclave.actions.check_policy import Policies
from enclave.actions.run_query import Desk
from enclave.audit import Entry
from enclave.outputs.checking.summary import Summaries
from enclave.outputs.hooks import HookRecord
from enclave.outputs.keeping import Change, Records
from enclave.outputs.ledger import Meeting
from enclave.outputs.records import QueryId
from enclave.projects import Policy
from enclave.terms import ProjectId

T = TypeVar("T")


class Clock(Protocol):
    def now(self) -> datetime: ...
    def sleep(self, seconds: float) -> None: ...


class Running:
    """The queries that are in the hands of a thread of this process: how each is told to stop, and how far it is."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._stops: dict[QueryId, threading.Event] = {}
        self._marks: dict[QueryId, list[tuple[datetime, int]]] = {}

    @contextmanager
    def alone(self, query: QueryId) -> Iterator[threading.Event | None]:
        """An event that is set when the query is to stop; None if another thread has it in hand."""
        stop = threading.Event()
        with self._lock:
            mine = self._stops.setdefault(query, stop) is stop
        try:
            yield stop if mine else None
        finally:
            if mine:
                with self._lock:
                    del self._stops[query]
                    self._marks.pop(query, None)

    def stop(self, query: QueryId) -> None:
        """Stop it if it runs here. Safe to repeat."""
        with self._lock:
            stop = self._stops.get(query)
        if stop is not None:
            stop.set()

    def came_to(self, query: QueryId, share: int, *, seen_from: datetime) -> None:
        """Note that a share (0 to 100) of the query is done; nobody may see it before `seen_from`."""
        with self._lock:
            if query in self._stops:
                self._marks.setdefault(query, []).append((seen_from, share))

    def shares(self, now: datetime) -> dict[QueryId, int]:
        """How far each query is, as far as it may be seen now."""
        with self._lock:
            return {
                query: max((share for seen, share in self._marks.get(query, ()) if seen <= now), default=0)
                for query in self._stops
            }

    def queries(self) -> tuple[QueryId, ...]:
        with self._lock:
            return tuple(self._stops)


def no_lot() -> float:
    """Above every share."""
    return 1.0


def nothing_happens(_name: str) -> None:
    """Where no test waits for a step."""


@dataclass(frozen=True, slots=True)
class HookDesk:
    """What webhooks are made with.

    Attributes:
        secret_of: what the hook and its person share. It is made anew from the hook and kept nowhere.
        new_salt: what nobody can guess, for a new hook.
        local: this service answers this machine alone, so that a hook may call it in a development home.
    """

    secret_of: Callable[[HookRecord], str]
    new_salt: Callable[[], str]
    local: bool


@dataclass(frozen=True, slots=True)
class ServiceDesk:
    """What an action is done with.

    Attributes:
        records: the store.
        policies: what is in force, asked for anew by each action.
        question_desk: what a question of one project is planned and run with.
        fault: log an error of ours and return its id.
        worker: the name of this process.
        hooks: what webhooks are made with.
        judge: whether numbers that were judged before may still be shown, beside what came into their scope since.
        summaries: of the risk reports that a queue has shown.
        remembered: which questions were answered, and how.
        ended: called with a query when it is over, for whoever waits for it in this process.
        chance: a number from 0 to under 1 that nobody can guess, for lots. Without one, no lot is drawn.
        at: called with the name of each step of a write, for tests that end the process there.
    """

    records: Records
    policies: Callable[[], Policies]
    question_desk: Callable[[Policies, ProjectId, datetime], Desk]
    clock: Clock
    fault: Callable[[Exception], str]
    worker: str
    hooks: HookDesk
    judge: Callable[[Meeting, Policy], bool]
    running: Running = field(default_factory=Running)
    summaries: Summaries = field(default_factory=Summaries)
    remembered: Remembered = field(default_factory=Remembered)
    ended: Callable[[QueryId], None] = nothing_happens
    at: Callable[[str], None] = nothing_happens
    chance: Callable[[], float] = no_lot

    def write(self, entry: Entry, change: Callable[[Change], T]) -> T:
        """One transaction with its entry. Its steps are named by the kind of the entry: before, inside and after."""
        return self._write(self.records.write, entry, change)

    def write_alone(self, entry: Entry, change: Callable[[Change], T]) -> T:
        """As `write`, for a change that takes time to decide."""
        return self._write(self.records.write_alone, entry, change)

    def _write(
        self,
        write: Callable[[Entry, Callable[[Change], T]], T],
        entry: Entry,
        change: Callable[[Change], T],
    ) -> T:
        def inside(opened: Change) -> T:
            changed = change(opened)
            self.at(f"{entry.kind}:inside")
            return changed

        self.at(f"{entry.kind}:before")
        written = write(entry, inside)
        self.at(f"{entry.kind}:after")
        return written
