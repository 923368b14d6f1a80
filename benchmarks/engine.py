"""What the walls around the engine cost: a worker against DuckDB in this process, and how fast one starts.

Run as `python -m benchmarks.engine`. Prints medians and ratios; judges nothing.
"""

import os
import signal
import statistics
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from enclave.engines.duckdb.engine import DuckDBEngine
from enclave.engines.duckdb.selftest import measure
from enclave.engines.duckdb.spec import EngineFailed, Job, TableFiles, WorkerSpec
from enclave.engines.scratch import Scratch

ROWS = 1_000_000
GROUPS = 6_000
REPEATS = 60
STARTS = 7

QUERIES = {
    "select 1": "SELECT 1 AS a",
    "group by, 6,000 groups": "SELECT g, count(*) AS n, sum(v) AS s FROM t GROUP BY g",
    "group by, 20 groups": "SELECT g % 20 AS g, count(*) AS n, avg(v) AS m FROM t GROUP BY ALL",
    "100,000 rows x 4": "SELECT g, v, w, g + 1 AS h FROM t LIMIT 100000",
}


def main() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        spec = _spec(_table(folder))
        _compare(folder, spec)
        _start(folder, spec)
        _print("sandbox measured", _median(lambda: measure(folder), STARTS))


def _table(folder: Path) -> Path:
    draw = np.random.default_rng(1)
    columns: dict[str, Any] = {
        "g": draw.integers(0, GROUPS, ROWS).astype(np.int32),
        "v": draw.integers(0, 1_000, ROWS).astype(np.int32),
        "w": draw.random(ROWS),
    }
    pq.write_table(pa.table(columns), folder / "t.parquet")
    return folder / "t.parquet"


def _spec(file: Path, project: str = "P-1") -> WorkerSpec:
    tables = (TableFiles("t", (file,), ("g", "v", "w")),)
    return WorkerSpec(
        project=project,
        policy_hash="h",
        tables=tables,
        memory_bytes=1 << 30,
        threads=2,
        temp_bytes=0,
        minimum_level=1,
    )


def _job(sql: str) -> Job:
    return Job(sql, {}, max_rows=200_000, max_bytes=1 << 27, deadline_seconds=60)


def _compare(folder: Path, spec: WorkerSpec) -> None:
    here = duckdb.connect(config={"threads": 2})
    here.execute(f"CREATE VIEW t AS FROM read_parquet('{spec.tables[0].files[0]}')")
    with DuckDBEngine(folder=folder / "engine") as engine:
        for name, sql in QUERIES.items():
            worker, inside = _interleaved(
                partial(engine.table, spec, _job(sql)),
                partial(_here, here, sql),
            )
            _print(name, worker, f"in process {inside * 1e3:8.2f} ms   ratio {worker / inside:5.2f}")
        scratch = Scratch(engine, minimum_level=1)
        cells = pa.table({"k": list(range(500)), "n": list(range(500))})
        remainder = "SELECT k, n * 1.0 / sum(n) OVER () AS share FROM cells ORDER BY share DESC LIMIT 10"
        seconds = _median(
            lambda: scratch.run(remainder, {"cells": cells}, max_rows=1000, deadline_seconds=60), REPEATS
        )
        _print("remainder over 500 cells", seconds)


def _here(connection: duckdb.DuckDBPyConnection, sql: str) -> pa.Table:
    found: pa.Table = connection.sql(sql).to_arrow_table()
    return found


def _start(folder: Path, spec: WorkerSpec) -> None:
    file = spec.tables[0].files[0]
    for spares, name in ((0, "first answer, nothing ready"), (1, "first answer, a spare ready")):
        with DuckDBEngine(folder=folder / "engine", spares=spares, max_workers=1) as engine:
            engine.sandbox_level()
            taken = [_first_answer(engine, _spec(file, f"P-{number}")) for number in range(STARTS)]
            _print(name, statistics.median(taken))
    with DuckDBEngine(folder=folder / "engine") as engine:
        _print("killed to fresh answer", statistics.median(_killed(engine, spec) for _ in range(STARTS)))


def _first_answer(engine: DuckDBEngine, spec: WorkerSpec) -> float:
    time.sleep(0.5)  # let the spare finish its imports
    return _seconds(lambda: engine.table(spec, _job("SELECT 1 AS a")))


def _killed(engine: DuckDBEngine, spec: WorkerSpec) -> float:
    engine.table(spec, _job("SELECT 1 AS a"))
    time.sleep(0.5)
    os.kill(engine._pool._idle[-1]._process.pid, signal.SIGKILL)  # noqa: SLF001 - there is no kinder way
    return _seconds(lambda: _until_it_answers(engine, spec))


def _until_it_answers(engine: DuckDBEngine, spec: WorkerSpec) -> None:
    while True:
        try:
            engine.table(spec, _job("SELECT 1 AS a"))
        except EngineFailed:
            continue
        return


def _interleaved(one: Callable[[], object], other: Callable[[], object]) -> tuple[float, float]:
    one()
    other()
    pairs = [(_seconds(one), _seconds(other)) for _ in range(REPEATS)]
    return statistics.median(a for a, _ in pairs), statistics.median(b for _, b in pairs)


def _median(work: Callable[[], object], repeats: int) -> float:
    work()
    return statistics.median(_seconds(work) for _ in range(repeats))


def _seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def _print(name: str, seconds: float, rest: str = "") -> None:
    print(f"{name:32} {seconds * 1e3:8.2f} ms   {rest}")


if __name__ == "__main__":
    main()
