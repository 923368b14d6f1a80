"""Queries that will not end, and workers that end too early: the gateway has the last word, and nothing stays.

Source: DuckDB's own limits on time and memory do not hold inside one long call of a function, nor for
functions that allocate outside its memory manager.
"""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from enclave.engines.duckdb import kernel, process
from enclave.engines.duckdb.engine import DuckDBEngine
from enclave.engines.duckdb.spec import EngineFailed, FailureCode, TableFiles
from tests.unit.engines.tools import (
    DEAF,
    ENDLESS,
    SOON_SECONDS,
    children,
    descriptors_open,
    eventually,
    failure,
    is_there,
    job_of,
    spec_of,
    table_file,
)

ONE = "SELECT 1 AS a"
CAN_SPILL = kernel.landlock_version() > 0  # without rules on files, nothing may be written


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[DuckDBEngine]:
    with DuckDBEngine(folder=tmp_path / "engine") as started:
        yield started


def worker_of(engine: DuckDBEngine) -> int:
    """The process that answers for the ordinary spec."""
    assert failure(engine, spec_of(), job_of(ONE)) is None
    return engine._pool._idle[-1]._process.pid


def test_an_endless_query_is_stopped_at_its_deadline_and_its_worker_goes_on(
    engine: DuckDBEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process, "GRACE_SECONDS", 30.0)  # it obeys, be the machine busy or not
    before = worker_of(engine)
    assert failure(engine, spec_of(), job_of(ENDLESS, deadline_seconds=SOON_SECONDS)) is FailureCode.TIMEOUT
    assert worker_of(engine) == before


def test_a_query_deaf_to_interrupts_is_killed_at_its_deadline(engine: DuckDBEngine) -> None:
    before = worker_of(engine)
    assert failure(engine, spec_of(), job_of(DEAF, deadline_seconds=SOON_SECONDS)) is FailureCode.TIMEOUT
    assert not is_there(before)
    assert worker_of(engine) != before


def test_an_interrupt_never_reaches_the_next_job(engine: DuckDBEngine) -> None:
    for _ in range(5):
        stopped = failure(engine, spec_of(), job_of(ENDLESS, deadline_seconds=SOON_SECONDS / 5))
        assert stopped is FailureCode.TIMEOUT
        found = engine.table(spec_of(), job_of("SELECT sum(i)::BIGINT AS s FROM range(2000000) t(i)"))
        assert found.to_pydict() == {"s": [1999999000000]}


@pytest.mark.parametrize("sql", [ENDLESS, DEAF])
def test_a_caller_can_cancel_whatever_runs(engine: DuckDBEngine, sql: str) -> None:
    cancel = threading.Event()
    threading.Timer(SOON_SECONDS, cancel.set).start()
    with pytest.raises(EngineFailed) as failed:
        engine.table(spec_of(), job_of(sql), cancel=cancel)
    assert failed.value.code is FailureCode.CANCELLED
    assert failure(engine, spec_of(), job_of(ONE)) is None


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT len(repeat('x', 3000000000)) AS n",
        "SELECT len(range(400000000)) AS n",
        "SELECT len(list_transform(range(400000000), lambda x: x + 1)) AS n",
        "SELECT len(format('{:>1900000000}', 'x')) AS n",
        "SELECT max(len(x)) AS n FROM (SELECT list(i) AS x FROM range(100000000) t(i))",
        "SELECT count(*) AS n FROM (SELECT DISTINCT i FROM range(100000000) t(i))",
    ],
)
def test_memory_runs_out_for_the_worker_and_not_for_the_machine(engine: DuckDBEngine, sql: str) -> None:
    assert failure(engine, spec_of(), job_of(sql)) is FailureCode.OUT_OF_MEMORY
    assert failure(engine, spec_of(), job_of(ONE)) is None


def test_queries_within_their_memory_run_again_and_again_in_one_worker(engine: DuckDBEngine) -> None:
    """Freed memory leaves holes in the address space, and its limit must not be met by those."""
    before = worker_of(engine)
    heavy = "SELECT count(*) AS n FROM (SELECT DISTINCT i FROM range({}) t(i))"
    for rows in (1_500_000, 3_000_000, 2_000_000, 3_000_000):
        assert failure(engine, spec_of(), job_of(heavy.format(rows))) is None
    assert worker_of(engine) == before


def test_the_gateway_kills_a_worker_that_holds_more_than_it_may(
    engine: DuckDBEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever the worker and the kernel allow: here the gateway allows less than an interpreter needs."""
    before = worker_of(engine)
    with monkeypatch.context() as patched:
        patched.setattr(process, "OVERHEAD_BYTES", 1 - spec_of().memory_bytes)
        assert failure(engine, spec_of(), job_of(ENDLESS)) is FailureCode.OUT_OF_MEMORY
    assert not is_there(before)


def test_a_worker_killed_in_mid_query_is_a_failure_and_a_fresh_one_follows(engine: DuckDBEngine) -> None:
    before = worker_of(engine)
    threading.Timer(SOON_SECONDS, os.kill, (before, signal.SIGKILL)).start()
    assert failure(engine, spec_of(), job_of(ENDLESS)) is FailureCode.FAILED
    assert not is_there(before)
    assert worker_of(engine) != before


def test_a_worker_killed_while_idle_is_not_noticed_by_the_next_job(engine: DuckDBEngine) -> None:
    before = worker_of(engine)
    os.kill(before, signal.SIGKILL)
    assert eventually(lambda: not engine._pool._idle[-1].is_running())
    assert failure(engine, spec_of(), job_of(ONE)) is None


def test_after_every_kind_of_end_no_file_process_or_descriptor_is_left(tmp_path: Path) -> None:
    file = table_file(tmp_path, "numbers", a=list(range(100)))
    spilling = spec_of(TableFiles("numbers", (file,), ("a",)), temp_bytes=1 << 26)
    processes, descriptors = children(), descriptors_open()
    with DuckDBEngine(folder=tmp_path / "engine") as engine:
        for sql in (ONE, DEAF, ENDLESS, "SELECT error('x') AS a", "SELECT b FROM numbers"):
            failure(engine, spilling, job_of(sql, deadline_seconds=SOON_SECONDS))
        threading.Timer(SOON_SECONDS, engine.close).start()
        assert failure(engine, spilling, job_of(ENDLESS)) is FailureCode.FAILED
    assert children() == processes
    assert descriptors_open() == descriptors
    assert [entry.name for entry in (tmp_path / "engine").iterdir()] == ["lock"]


def sorting(rows: int) -> str:
    """A query that needs more memory than an ordinary spec gives, and can spill."""
    return (
        f"SELECT max(r) AS a FROM (SELECT row_number() OVER (ORDER BY hash(i)) AS r FROM range({rows}) t(i))"
    )


def spilled_bytes(folder: Path) -> int:
    total = 0
    for file in folder.glob("*/*/spill/*"):
        with suppress(FileNotFoundError):
            total += file.stat().st_size
    return total


def test_what_a_query_spilled_is_gone_when_its_answer_arrives(tmp_path: Path) -> None:
    with DuckDBEngine(folder=tmp_path, spares=0) as engine:
        outcome = failure(engine, spec_of(temp_bytes=1 << 30), job_of(sorting(10_000_000)))
        assert outcome is (None if CAN_SPILL else FailureCode.OUT_OF_MEMORY)
        assert spilled_bytes(tmp_path) == 0


def test_what_a_stopped_query_spilled_is_gone_when_its_code_arrives(tmp_path: Path) -> None:
    cancel, ended = threading.Event(), threading.Event()

    def cancel_once_it_spills() -> None:
        while not (ended.wait(0.01) or spilled_bytes(tmp_path)):
            pass
        cancel.set()

    with DuckDBEngine(folder=tmp_path, spares=0) as engine:
        watcher = threading.Thread(target=cancel_once_it_spills)
        watcher.start()
        with pytest.raises(EngineFailed) as failed:
            engine.table(spec_of(temp_bytes=1 << 34), job_of(sorting(1_000_000_000)), cancel=cancel)
        ended.set()
        watcher.join()
        assert failed.value.code is (FailureCode.CANCELLED if CAN_SPILL else FailureCode.OUT_OF_MEMORY)
        assert spilled_bytes(tmp_path) == 0


def test_a_query_that_needs_more_room_to_spill_than_it_has_is_stopped(tmp_path: Path) -> None:
    with DuckDBEngine(folder=tmp_path, spares=0) as engine:
        for room in (0, 1 << 20):
            spec = spec_of(temp_bytes=room)
            assert failure(engine, spec, job_of(sorting(10_000_000))) is FailureCode.OUT_OF_MEMORY


def test_the_gateway_kills_a_worker_that_spills_more_than_it_may(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever the engine allows itself: here the gateway allows nothing."""
    monkeypatch.setattr(process, "_SPILL_SLACK", 0)
    with DuckDBEngine(folder=tmp_path, spares=0) as engine:
        spec = spec_of(temp_bytes=1 << 34)
        assert failure(engine, spec, job_of(sorting(1_000_000_000))) is FailureCode.OUT_OF_MEMORY
        assert not engine._pool._idle
        assert spilled_bytes(tmp_path) == 0


GATEWAY = """
import sys, threading
from pathlib import Path
sys.path.append(sys.argv[1])
from enclave.engines.duckdb.engine import DuckDBEngine
from tests.unit.engines.tools import DEAF, children, job_of, spec_of
engine = DuckDBEngine(folder=Path(sys.argv[2]))
threading.Timer(0.5, lambda: print(*children(), flush=True)).start()
engine.table(spec_of(temp_bytes=1), job_of(DEAF))
"""


def test_workers_die_with_their_gateway_and_the_next_one_clears_up(tmp_path: Path) -> None:
    root = str(Path(process.__file__).parents[3])
    gateway = subprocess.Popen(
        [sys.executable, "-c", GATEWAY, root, str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    with gateway:
        assert gateway.stdout is not None
        workers = [int(word) for word in gateway.stdout.readline().split()]
        assert workers
        assert all(map(is_there, workers))
        gateway.kill()
    assert eventually(lambda: not any(map(_runs, workers)))
    assert list(tmp_path.glob("engine-*"))
    with DuckDBEngine(folder=tmp_path, spares=0) as engine:
        assert list(tmp_path.glob("engine-*")) == [engine._private.path]


def _runs(process: int) -> bool:
    """Whether it is there and not merely waiting for somebody else to bury it."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
