"""The door to DuckDB: one job, one answer or one code.

Nothing an engine says leaves this room: not its messages, and not in the context of an exception either.
"""

import atexit
import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import pyarrow as pa

from enclave.disclosure.raw import Raw
from enclave.engines.duckdb.folder import PrivateFolder
from enclave.engines.duckdb.pool import Pool
from enclave.engines.duckdb.process import START_SECONDS, Outcome, Stopped, Watch, Worker
from enclave.engines.duckdb.selftest import SandboxReport, measure
from enclave.engines.duckdb.spec import EngineFailed, FailureCode, Job, WorkerSpec
from enclave.query.installed import check_installed

JOBS_PER_WORKER = 1000
CameTo: TypeAlias = Callable[[float], None] | None


class DuckDBEngine:
    """A pool of hardened workers. Start one per gateway process; `close` it, or use it as a context.

    Raises:
        UnreviewedEngine: the installed DuckDB is not the one whose functions were reviewed.
    """

    dialect = "duckdb"

    def __init__(
        self,
        *,
        folder: Path,
        spares: int = 1,
        max_workers: int | None = None,
        jobs_per_worker: int = JOBS_PER_WORKER,
    ) -> None:
        check_installed()  # before a worker starts, and before anybody is told that the service is up
        self._private = PrivateFolder(folder)
        self._pool = Pool(
            self._private.path,
            spares=spares,
            max_workers=max_workers or max(4, 2 * (os.cpu_count() or 1)),
            jobs_per_worker=jobs_per_worker,
        )
        self._measured: SandboxReport | None = None
        self._measuring, self._closing = threading.Lock(), threading.Lock()
        self._open = True
        atexit.register(self.close)

    def run(
        self, spec: WorkerSpec, job: Job, *, cancel: threading.Event | None = None, came_to: CameTo = None
    ) -> Raw:
        """Run a leaf, within its limits. `came_to` is told the share of it that is done, in steps of 5 %.

        Raises:
            EngineFailed: with one code, and nothing else.
        """
        return Raw(self.table(spec, job, cancel=cancel, came_to=came_to))

    def table(
        self, spec: WorkerSpec, job: Job, *, cancel: threading.Event | None = None, came_to: CameTo = None
    ) -> pa.Table:
        """The same without the wrapping, for `scratch`, whose inputs are safe already."""
        outcome = self._outcome(spec, job, cancel, came_to)
        if isinstance(outcome, FailureCode):
            raise EngineFailed(outcome)
        return outcome

    def sandbox_level(self) -> SandboxReport:
        """What the sandbox holds on this machine: tried out once, by a child that tries to break out."""
        with self._measuring:
            if self._measured is None:
                self._measured = measure(self._private.path)
            return self._measured

    def close(self) -> None:
        """End all workers and remove everything they had. May be called again."""
        with self._closing:
            if not self._open:
                return
            self._open = False
            atexit.unregister(self.close)
            self._pool.close()
            self._private.remove()

    def __enter__(self) -> "DuckDBEngine":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _outcome(
        self, spec: WorkerSpec, job: Job, cancel: threading.Event | None, came_to: CameTo
    ) -> Outcome:
        if spec.minimum_level > 0 and self.sandbox_level().level < spec.minimum_level:
            return FailureCode.SANDBOX_TOO_WEAK
        try:
            worker = self._pool.lend(spec, Watch(START_SECONDS + job.deadline_seconds, cancel))
        except Stopped as stopped:
            return stopped.code
        try:
            return _ask(worker, spec, job, cancel, came_to)
        except BaseException:
            worker.kill()  # nobody knows where in a conversation it stands
            raise
        finally:
            self._pool.give_back(worker)


def _ask(
    worker: Worker, spec: WorkerSpec, job: Job, cancel: threading.Event | None, came_to: CameTo
) -> Outcome:
    """The deadline is the query's own: it begins when the worker is ready."""
    problem = worker.prepare(spec, cancel)
    told = {} if came_to is None else {"came_to": came_to}
    return problem or worker.ask(job, spec, Watch(job.deadline_seconds, cancel), **told)
