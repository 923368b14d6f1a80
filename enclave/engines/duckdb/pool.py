"""The pool of workers: who is idle, who is busy, and that there is always one more to come.

A worker never changes its spec. Interpreters that have done their imports and know no spec yet wait as
spares, as starting is mostly importing; where a worker was lost, its successor is bound in the background.
"""

import queue
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path
from subprocess import SubprocessError

from enclave.engines.duckdb.channel import TICK_SECONDS
from enclave.engines.duckdb.process import Stopped, Watch, Worker
from enclave.engines.duckdb.spec import FailureCode, WorkerSpec


class Pool:
    """Lends workers. At most `max_workers` hold a spec at any time; `spares` more may wait without one."""

    def __init__(self, folder: Path, *, spares: int, max_workers: int, jobs_per_worker: int) -> None:
        self._folder = folder
        self._wanted_spares = spares
        self._max_workers = max_workers
        self._jobs_per_worker = jobs_per_worker
        self._changed = threading.Condition()
        self._spares: list[Worker] = []
        self._idle: list[Worker] = []  # the one that has waited longest comes first
        self._lent: set[Worker] = set()
        self._started = self._ordered = self._failed_starts = 0
        self._closed = False
        self._chores: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        # A worker dies with the thread that started it: one thread starts them all, and lives as long.
        self._nurse = threading.Thread(target=self._nurse_forever, name="engine-nursery", daemon=True)
        self._nurse.start()
        with self._changed:
            self._order(spares)

    def lend(self, spec: WorkerSpec, watch: Watch) -> Worker:
        """A worker bound to `spec`, for this caller alone until it is given back.

        Raises:
            Stopped: the watch ended the wait, no process could be started, or the pool was closed.
        """
        with self._changed:
            failures = self._failed_starts
            while (worker := self._take(spec)) is None:
                watch.check()
                if self._closed or self._failed_starts != failures:
                    raise Stopped(FailureCode.FAILED)
                self._changed.wait(TICK_SECONDS)
            self._lent.add(worker)
        if worker.spec is None:
            worker.bind(spec)
        return worker

    def give_back(self, worker: Worker) -> None:
        """Keep a worker that is fit for more; of any other, have a successor made ready."""
        with self._changed:
            is_fit = worker.alive and worker.jobs < self._jobs_per_worker and not self._closed
            if is_fit:
                self._idle.append(worker)
            else:
                worker.kill()
                if worker.spec is not None:
                    self._chores.put(partial(self._succeed, worker.spec))
            self._lent.discard(worker)
            self._changed.notify_all()

    def close(self) -> None:
        """End every process, also those at work, and wait until they are gone."""
        with self._changed:
            self._closed = True
            for worker in self._lent:
                worker.end()  # whoever borrowed it notices, and gives it back
            self._changed.wait_for(lambda: not self._lent)
        self._chores.put(None)
        self._nurse.join()
        for worker in (*self._spares, *self._idle):
            worker.kill()

    def _take(self, spec: WorkerSpec) -> Worker | None:
        """An idle worker of this spec, or a spare if there is room; None: wait and ask again."""
        self._idle = self._without_the_dead(self._idle)
        self._spares = self._without_the_dead(self._spares)
        for worker in reversed(self._idle):
            if worker.spec == spec:
                self._idle.remove(worker)
                return worker
        if len(self._lent) + len(self._idle) >= self._max_workers:
            if not self._idle:
                return None
            self._chores.put(self._idle.pop(0).kill)
        worker_or_none = self._spares.pop() if self._spares else None
        needed = self._wanted_spares if worker_or_none else max(1, self._wanted_spares)
        self._order(needed - len(self._spares) - self._ordered)
        return worker_or_none

    def _without_the_dead(self, workers: list[Worker]) -> list[Worker]:
        """Somebody else (the kernel, short of memory) may have ended a worker that waited."""
        for worker in workers:
            if not worker.is_running():
                self._chores.put(worker.kill)
        return [worker for worker in workers if worker.is_running()]

    def _order(self, count: int) -> None:
        for _ in range(count):
            self._ordered += 1
            self._chores.put(self._add_spare)

    # What follows runs on the nurse's thread.

    def _nurse_forever(self) -> None:
        while (chore := self._chores.get()) is not None:
            try:
                chore()
            except (OSError, SubprocessError):  # no process, descriptor or disk: whoever waits is told
                with self._changed:
                    self._failed_starts += 1
                    self._changed.notify_all()

    def _add_spare(self) -> None:
        try:
            worker = self._start()
        finally:
            with self._changed:
                self._ordered -= 1
        with self._changed:
            self._spares.append(worker)
            self._changed.notify_all()

    def _succeed(self, spec: WorkerSpec) -> None:
        """Bind a worker to a spec whose last one was lost, unless there is one or no room."""
        with self._changed:
            full = len(self._lent) + len(self._idle) >= self._max_workers
            if full or self._closed or any(worker.spec == spec for worker in self._idle):
                return
            worker = self._spares.pop() if self._spares else None
        worker = worker or self._start()
        worker.bind(spec)
        with self._changed:
            self._idle.append(worker)
            self._order(self._wanted_spares - len(self._spares) - self._ordered)
            self._changed.notify_all()

    def _start(self) -> Worker:
        self._started += 1
        return Worker(self._folder / f"worker-{self._started}")
