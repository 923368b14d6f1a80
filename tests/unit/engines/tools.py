"""Small tools for tests of the engine: tables on disk, specs, jobs, and a look at our own processes."""

import os
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from enclave.engines.duckdb.engine import DuckDBEngine
from enclave.engines.duckdb.spec import EngineFailed, FailureCode, Job, TableFiles, WorkerSpec

MEMORY_BYTES = 1 << 28
SOON_SECONDS = 0.3
LONG_SECONDS = 120.0

ENDLESS = "SELECT sum(a.i * b.i) AS s FROM range(10000000) a(i), range(10000000) b(i)"
"""A query that an interrupt stops at once."""
DEAF = "SELECT levenshtein(repeat('ab', 60000), repeat('ba', 60000)) AS d"
"""A query that looks at no interrupt for many seconds: one call of a function, without any row between."""


def table_file(folder: Path, name: str, /, **columns: Sequence[object]) -> Path:
    path = folder / f"{name}.parquet"
    pq.write_table(pa.table(columns), path)
    return path


def spec_of(*tables: TableFiles, project: str = "P-1", policy_hash: str = "h", **changes: int) -> WorkerSpec:
    limits = {"memory_bytes": MEMORY_BYTES, "threads": 1, "temp_bytes": 0, "minimum_level": 1} | changes
    return WorkerSpec(project=project, policy_hash=policy_hash, tables=tables, **limits)


def job_of(
    sql: str,
    inputs: Mapping[str, pa.Table] | None = None,
    *,
    deadline_seconds: float = LONG_SECONDS,
    max_rows: int = 1000,
    max_bytes: int = 1 << 20,
    expected: pa.Schema | None = None,
) -> Job:
    return Job(
        sql,
        inputs or {},
        max_rows=max_rows,
        max_bytes=max_bytes,
        deadline_seconds=deadline_seconds,
        expected=expected,
    )


def failure(engine: DuckDBEngine, spec: WorkerSpec, job: Job) -> FailureCode | None:
    """The code with which a job fails; None if it gave a table."""
    try:
        engine.table(spec, job)
    except EngineFailed as failed:
        return failed.code
    return None


def children() -> set[int]:
    """The processes that this one has started and not yet buried."""
    found = set()
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            if int(fields[1]) == os.getpid():
                found.add(int(entry.name))
    return found


def descriptors_open() -> int:
    """How many descriptors this process holds."""
    return len(list(Path("/proc/self/fd").iterdir()))


def is_there(process: int) -> bool:
    """Whether a process runs, or waits to be buried."""
    return Path(f"/proc/{process}").exists()


def eventually(condition: Callable[[], bool], seconds: float = 60.0) -> bool:
    """Whether a condition comes true; a generous limit, so that only a wrong answer waits it out."""
    until = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > until:
            return False
        time.sleep(0.01)
    return True
