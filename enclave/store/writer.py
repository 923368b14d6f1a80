"""Group commit: one transaction at a time for all who wait, a savepoint for each.

A durable commit costs milliseconds and holds as many changes as are waiting. Nobody gets an answer, and no reader sees
a row, before the commit is on the disk; a change that raises is undone alone, and its caller gets what it raised.

Whoever comes while nobody writes does so, on their own thread, for everybody who has come by then; who came meanwhile
waits, and the first of them is next. A thread of its own for writing would have to be woken for each change, and would
have to wake who waits for it: that costs as much as the change.
"""

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar, cast

from sqlalchemy import Connection, Engine

from enclave.store.database import writing
from enclave.store.made import undone_alone

T = TypeVar("T")
Work = Callable[[Connection], T]
MOST_TOGETHER = 100


class NotRecorded(Exception):
    """The transaction could not be made durable: none of it happened, unless the connection broke at its commit."""


class Closed(Exception):
    """The store has been closed."""


@dataclass(eq=False, slots=True)
class _Asked:
    """A change that waits: who is `told` has its end, or has to write next."""

    work: Work[Any]
    caller: threading.Thread
    told: threading.Event = field(default_factory=threading.Event)
    writes: bool = False
    ended: bool = False  # else whoever wrote for all was stopped before it came to this one
    answer: Any = None
    refusal: BaseException | None = None


class Writer:
    """Those who write to a store, one at a time. `committed` is called after each commit, before any answer."""

    def __init__(self, engine: Engine, *, committed: Callable[[], None]) -> None:
        self._engine = engine
        self._committed = committed
        self._waiting: deque[_Asked] = deque()
        self._turn = threading.Condition()
        self._writing: threading.Thread | None = None
        self._closed = False

    def do(self, work: Work[T]) -> T:
        """Run `work` in a transaction of its own, and return when that is durable."""
        mine = _Asked(work, threading.current_thread())
        with self._turn:
            assert self._writing is not mine.caller, "a change does not write: it is the write"
            if self._closed:
                raise Closed
            self._waiting.append(mine)
            if self._writing is None:
                mine.writes, self._writing = True, mine.caller
        try:
            if not mine.writes:
                mine.told.wait()
            if mine.writes:
                self._write_for_all()
        except BaseException:  # whoever stops this thread does not stop those who wait
            self._leave(mine)
            raise
        if mine.refusal is not None:
            raise mine.refusal
        if not mine.ended:
            raise NotRecorded("whoever was to record the change was stopped before")
        return cast("T", mine.answer)

    def close(self) -> None:
        """Finish what waits, take nothing more."""
        with self._turn:
            self._closed = True
            self._turn.wait_for(lambda: self._writing is None)

    def _write_for_all(self) -> None:
        together: list[_Asked] = []
        try:
            with self._turn:
                together += [self._waiting.popleft() for _ in range(min(len(self._waiting), MOST_TOGETHER))]
            self._commit(together)
        finally:
            self._tell(together)

    def _tell(self, together: list[_Asked]) -> None:
        for one in together[1:]:
            one.told.set()
        self._next_writes()

    def _next_writes(self) -> None:
        with self._turn:
            if not self._waiting:
                self._writing = None
                self._turn.notify_all()
                return
            following = self._waiting[0]
            following.writes, self._writing = True, following.caller
        following.told.set()

    def _leave(self, mine: _Asked) -> None:
        with self._turn:
            if mine in self._waiting:
                self._waiting.remove(mine)
            would_write = self._writing is mine.caller
        if would_write:
            self._next_writes()

    def _commit(self, together: list[_Asked]) -> None:
        """Give everybody their end, whatever happens."""
        try:
            with writing(self._engine) as connection:
                for one in together:
                    try:
                        with undone_alone(connection):
                            one.answer = one.work(connection)
                    except Exception as error:  # noqa: BLE001 - the edge of a change: it is the caller's
                        one.refusal = error
            self._committed()
            for one in together:
                one.ended = True
        except BaseException as error:
            for one in together:
                one.refusal = _not_recorded(error)
            if not isinstance(error, Exception):
                raise


def _not_recorded(error: BaseException) -> NotRecorded:
    told = NotRecorded(f"the change could not be recorded ({type(error).__name__})")
    told.__cause__ = error
    return told
