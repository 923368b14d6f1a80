"""The engines for one project, as `run_query` asks for them.

How a run ended is told in the closed list of problems; what is not the reader's to solve stays a failure.
"""

import threading
from collections.abc import Mapping
from dataclasses import dataclass

import pyarrow as pa

from enclave.actions.run_query import Limits
from enclave.disclosure.raw import Raw
from enclave.engines.duckdb.engine import DuckDBEngine
from enclave.engines.duckdb.spec import EngineFailed, FailureCode, Job, WorkerSpec
from enclave.engines.scratch import Scratch
from enclave.problems import Cancelled, OutOfMemory, TimedOut


@dataclass(frozen=True, slots=True)
class ProjectEngine:
    """The engine for one project under one policy."""

    engine: DuckDBEngine
    spec: WorkerSpec

    def run(
        self, sql: str, inputs: Mapping[str, pa.Table], *, limits: Limits, cancel: threading.Event | None
    ) -> Raw:
        try:
            return self.engine.run(
                self.spec, _job(sql, inputs, limits), cancel=cancel, came_to=limits.came_to
            )
        except EngineFailed as failure:
            raise _ended(failure) from None

    def read_public(self, sql: str, *, limits: Limits, cancel: threading.Event | None) -> pa.Table:
        try:
            return self.engine.table(self.spec, _job(sql, {}, limits), cancel=cancel)
        except EngineFailed as failure:
            raise _ended(failure) from None


@dataclass(frozen=True, slots=True)
class ProjectScratch:
    """Where the remainders of one project run."""

    scratch: Scratch
    project: str

    def run(
        self, sql: str, inputs: Mapping[str, pa.Table], *, limits: Limits, cancel: threading.Event | None
    ) -> pa.Table:
        try:
            return self.scratch.run(
                sql,
                inputs,
                max_rows=limits.max_rows,
                max_bytes=limits.max_bytes,
                deadline_seconds=limits.deadline_seconds,
                project=self.project,
                cancel=cancel,
            )
        except EngineFailed as failure:
            raise _ended(failure) from None


def _job(sql: str, inputs: Mapping[str, pa.Table], limits: Limits) -> Job:
    return Job(
        sql,
        inputs,
        max_rows=limits.max_rows,
        max_bytes=limits.max_bytes,
        deadline_seconds=limits.deadline_seconds,
    )


def _ended(failure: EngineFailed) -> Exception:
    """How a run that gave no table looks to the one who asked. Whatever is not theirs to solve stays a failure."""
    match failure.code:
        case FailureCode.TIMEOUT:
            return TimedOut(detail="The query ran past its deadline and was ended.")
        case FailureCode.OUT_OF_MEMORY:
            return OutOfMemory(detail="The query needed more memory than one query may have, and was ended.")
        case FailureCode.TOO_LARGE:
            return OutOfMemory(detail="The query gave more cells than one answer may have, and was ended.")
        case FailureCode.CANCELLED:
            return Cancelled(detail="The query was cancelled.")
        case FailureCode.SANDBOX_TOO_WEAK | FailureCode.FAILED:
            return failure
