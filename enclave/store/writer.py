"""Group commit: one thread, one transaction for all who wait, a savepoint for each.

A durable commit costs milliseconds and holds as many changes as are waiting. Nobody gets an answer, and no reader sees
a row, before the commit is on the disk; a change that raises is undone alone, and its caller gets what it raised.
"""

import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine

from enclave.store.database import writing
from enclave.store.made import undone_alone

T = TypeVar("T")
Work = Callable[[Connection], T]
MOST_WAITING = 1_000
MOST_TOGETHER = 100


class NotRecorded(Exception):
    """The transaction could not be made durable: none of it happened, unless the connection broke at its commit."""


class Closed(Exception):
    """The store has been closed."""


class Writer:
    """The one thread of a store that writes. `committed` is called after each commit, before anybody is answered."""

    def __init__(self, engine: Engine, *, committed: Callable[[], None]) -> None:
        self._engine = engine
        self._committed = committed
        self._waiting: queue.Queue[tuple[Work[Any], Future[Any]] | None] = queue.Queue(MOST_WAITING)
        self._closing = threading.Lock()
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="enclave-writer", daemon=True)
        self._thread.start()

    def do(self, work: Work[T]) -> T:
        """Run `work` in a transaction of its own, and return when that is durable."""
        assert threading.current_thread() is not self._thread, "a change does not write: it is the write"
        done: Future[T] = Future()
        with self._closing:
            if self._closed:
                raise Closed
            self._waiting.put((work, done))
        return done.result()

    def close(self) -> None:
        """Finish what waits, take nothing more."""
        with self._closing:
            if self._closed:
                return
            self._closed = True
            self._waiting.put(None)
        self._thread.join()

    def _run(self) -> None:
        while (first := self._waiting.get()) is not None:
            together, last = [first], False
            with suppress(queue.Empty):
                while len(together) < MOST_TOGETHER and not last:
                    more = self._waiting.get_nowait()
                    if more is None:
                        last = True
                    else:
                        together.append(more)
            self._commit(together)
            if last:
                return

    def _commit(self, together: list[tuple[Work[Any], Future[Any]]]) -> None:
        """Answer everybody exactly once, whatever happens."""
        answers: list[tuple[Future[Any], Any]] = []
        refused: list[tuple[Future[Any], BaseException]] = []
        try:
            with writing(self._engine) as connection:
                for work, done in together:
                    try:
                        with undone_alone(connection):
                            answers.append((done, work(connection)))
                    except Exception as error:  # noqa: BLE001 - the edge of a change: it is the caller's
                        refused.append((done, error))
            self._committed()
        except Exception as error:  # noqa: BLE001 - the edge of a transaction: all who wait are told
            for _, done in together:
                done.set_exception(_not_recorded(error))
            return
        for done, answer in answers:
            done.set_result(answer)
        for done, refusal in refused:
            done.set_exception(refusal)


def _not_recorded(error: Exception) -> NotRecorded:
    told = NotRecorded(f"the change could not be recorded ({type(error).__name__})")
    told.__cause__ = error
    return told
