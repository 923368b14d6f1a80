"""Where remainders run: an engine that has never held a person's row, and can reach no file at all.

What comes in is safe already, so what comes out is safe whatever the SQL does. It runs in a sandboxed worker
all the same: ordinary SQL can ask for any amount of time and memory. One thread, so that equal questions
have equal answers, order included.
"""

import threading
from collections.abc import Mapping

import pyarrow as pa

from enclave.engines.duckdb.engine import DuckDBEngine
from enclave.engines.duckdb.spec import Job, WorkerSpec

MEMORY_BYTES = 1 << 28
RESULT_BYTES = 1 << 26


class Scratch:
    """Runs remainder SQL over safe tables, in workers that are never those which hold files."""

    def __init__(self, engine: DuckDBEngine, *, minimum_level: int, memory_bytes: int = MEMORY_BYTES) -> None:
        self._engine = engine
        self._minimum_level = minimum_level
        self._memory_bytes = memory_bytes

    def run(
        self,
        sql: str,
        inputs: Mapping[str, pa.Table],
        *,
        max_rows: int,
        deadline_seconds: float,
        max_bytes: int = RESULT_BYTES,
        project: str = "",
        cancel: threading.Event | None = None,
    ) -> pa.Table:
        """The result of one SELECT over `inputs`; nothing of it stays.

        Args:
            project: whose remainder it is. Projects do not share a worker.
        Raises:
            EngineFailed: with a code alone.
        """
        job = Job(sql, inputs, max_rows=max_rows, max_bytes=max_bytes, deadline_seconds=deadline_seconds)
        return self._engine.table(self._spec(project), job, cancel=cancel)

    def _spec(self, project: str) -> WorkerSpec:
        return WorkerSpec(
            project=project,
            policy_hash="scratch",
            tables=(),
            memory_bytes=self._memory_bytes,
            threads=1,
            temp_bytes=0,
            minimum_level=self._minimum_level,
        )
