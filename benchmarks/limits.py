"""How well limits hold when a question will not: seconds past a deadline, bytes of the worker, files that are left.

Run as `python -m benchmarks.limits`, on a quiet machine. SQL goes straight to workers, as if there were no gate. Prints
a line for each way to be heavy, then eight of them at once beside a small question; adds a run to
`benchmarks/results/limits.json`, and judges nothing.
"""

import os
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.costs import add_run, code
from benchmarks.peaks import MIB, children
from enclave.engines.duckdb.engine import DuckDBEngine
from enclave.engines.duckdb.spec import OVERHEAD_BYTES, EngineFailed, Job, WorkerSpec

RESULTS = Path(__file__).with_name("results") / "limits.json"
DEADLINE_SECONDS = 2.0
MEMORY_BYTES = 1 << 29
TEMP_BYTES = 1 << 28
LOOK_SECONDS = 0.005

HEAVY = {
    "cartesian product": "SELECT sum(a.i * b.i) AS s FROM range(10000000) a(i), range(10000000) b(i)",
    "three-way product": "SELECT count(*) AS s FROM range(99999) a, range(99999) b, range(99999) c",
    "recursion": "WITH RECURSIVE r AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM r) SELECT max(i) AS s FROM r",
    "one deaf call": "SELECT levenshtein(repeat('ab', 60000), repeat('ba', 60000)) AS s",
    "a list of 400 million": "SELECT len(list_transform(range(400000000), lambda x: x + 1)) AS s",
    "repeat": "SELECT len(repeat('x', 3000000000)) AS s",
    "padding": "SELECT len(lpad('x', 1500000000, 'y')) AS s",
    "format": "SELECT len(format('{:>1900000000}', 'x')) AS s",
    "texts of texts": "SELECT len(repeat(s, 100000)) AS s FROM (SELECT repeat('x', 100000) AS s)",
    "regular expressions": (
        "SELECT count(*) FILTER (WHERE regexp_matches(repeat('a', 20000) || i, '(a*)*(b|c)*$x')) AS s "
        "FROM range(10000000) t(i)"
    ),
    "distinct": "SELECT count(*) AS s FROM (SELECT DISTINCT hash(i) FROM range(2000000000) t(i))",
    "a list of every row": "SELECT max(len(x)) AS s FROM (SELECT list(i) AS x FROM range(1000000000) t(i))",
    "a sort that spills": (
        "SELECT max(r) AS s FROM (SELECT row_number() OVER (ORDER BY hash(i)) AS r FROM range(1000000000) t(i))"
    ),
    "a frame over every row": (
        "SELECT max(m) AS s FROM "
        "(SELECT median(i) OVER (ORDER BY i ROWS 1000000 PRECEDING) AS m FROM range(9000000) t(i))"
    ),
    "a result of every row": "SELECT i AS s FROM range(1000000000) t(i)",
    "a literal of 2 MB": f"SELECT len('{'x' * 2_000_000}') AS s, count(*) AS n FROM range(9999999) a, range(9999999) b",
    "900 brackets": f"SELECT {'(' * 900}1{')' * 900} AS s, count(*) AS n FROM range(9999999) a, range(9999999) b",
}
SMALL = "SELECT 1 AS s"


def main() -> None:
    """Measure and print."""
    with (
        tempfile.TemporaryDirectory() as place,
        DuckDBEngine(folder=Path(place), spares=2, max_workers=12) as engine,
    ):
        _ends(engine, "warm", SMALL)
        print(f"{'way to be heavy':26} {'ends':14} {'past the deadline':>18} {'most resident':>14}")
        lines = [_line(engine, name, sql) for name, sql in HEAVY.items()]
        past, most = max(line[0] for line in lines), max(line[1] for line in lines)
        eight = _eight(engine)
        run = {
            "when": datetime.now(UTC).isoformat(timespec="minutes"),
            "code": code(),
            "load": round(os.getloadavg()[0], 1),
            "worst_ms_past": round(past * 1000),
            "most_resident_mib": round(most / MIB),
            "cap_mib": round((MEMORY_BYTES + OVERHEAD_BYTES) / MIB),
            "files_left": _left(Path(place)),
            **eight,
        }
        print(run)
        add_run(RESULTS, run)


def _line(engine: DuckDBEngine, name: str, sql: str) -> tuple[float, int]:
    """Seconds past the deadline, and the most bytes that a worker held."""
    _ends(engine, name, SMALL)  # a worker that is ready: a start is not the query's
    with _watched() as most:
        code, took = _ends(engine, name, sql)
    past = max(0.0, took - DEADLINE_SECONDS)
    print(f"{name:26} {code:14} {past * 1000:15.0f} ms {most[0] / MIB:10.0f} MiB")
    return past, most[0]


def _ends(engine: DuckDBEngine, project: str, sql: str) -> tuple[str, float]:
    spec = WorkerSpec(
        project=project,
        policy_hash="h",
        tables=(),
        memory_bytes=MEMORY_BYTES,
        threads=1,
        temp_bytes=TEMP_BYTES,
        minimum_level=0,
    )
    job = Job(sql, {}, max_rows=1_000_000, max_bytes=1 << 26, deadline_seconds=DEADLINE_SECONDS)
    started = time.perf_counter()
    try:
        engine.table(spec, job)
    except EngineFailed as failed:
        return failed.code, time.perf_counter() - started
    return "a table", time.perf_counter() - started


def _eight(engine: DuckDBEngine) -> dict[str, int]:
    """Eight at once, and how long a small question of somebody else takes meanwhile."""
    names = list(HEAVY)[:8]
    for name in (*names, "small"):
        _ends(engine, name, SMALL)
    with ThreadPoolExecutor(8) as pool:
        running = [pool.submit(_ends, engine, name, HEAVY[name]) for name in names]
        time.sleep(0.2)
        waits = sorted(_ends(engine, "small", SMALL)[1] for _ in range(50))
        past = [max(0.0, future.result()[1] - DEADLINE_SECONDS) for future in running]
    return {
        "eight_at_once_ms_past": round(max(past) * 1000),
        "small_meanwhile_p50_ms": round(waits[25] * 1000),
        "small_meanwhile_worst_ms": round(waits[-1] * 1000),
    }


@contextmanager
def _watched() -> Iterator[list[int]]:
    """The most that any child of this process held meanwhile, looked at every few milliseconds."""
    most, stop = [0], threading.Event()

    def look() -> None:
        while not stop.wait(LOOK_SECONDS):
            most[0] = max([most[0], *map(_resident, children())])

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield most
    finally:
        stop.set()
        thread.join()


def _resident(process: str) -> int:
    try:
        return int(Path(f"/proc/{process}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, IndexError):
        return 0


def _left(folder: Path) -> int:
    return len([path for path in folder.glob("*/*/spill/*") if path.is_file()])


if __name__ == "__main__":
    main()
