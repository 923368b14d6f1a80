"""The most memory that one query takes, in a process and a worker that did nothing else."""

import multiprocessing
import os
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path

from benchmarks.deployment import AT, PERSON, WIDE
from enclave.actions.ledger_books import Books
from enclave.actions.ledger_memory import MemoryLedger
from enclave.actions.run_query import Desk, Limits, run_query
from enclave.wiring.ledger import Counts
from enclave.wiring.session import Answering, answering, session_of

MIB = 1 << 20
LIMITS = Limits(max_rows=1_000_000, max_bytes=1 << 28, deadline_seconds=600)
SMALL = "SELECT count(*) AS n FROM local_authority"


@dataclass(frozen=True, slots=True)
class Peaks:
    """Bytes resident at most: of the largest worker, and of the process that asked."""

    worker: int
    gateway: int


def peaks_apart(home: Path, sql: str, *, raw: bool) -> Peaks:
    """One question in a process of its own: on the engine alone, or protected and judged."""
    here, there = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=_measure, args=(there, home, sql, raw))
    process.start()
    there.close()
    found: Peaks = here.recv()
    process.join()
    return found


def _measure(told: Connection, home: Path, sql: str, raw: bool) -> None:
    session = session_of(home, project=WIDE, person=PERSON, at=AT)
    with answering(session, counts=Counts.SESSION) as desk:
        policy = session.policies.policy(session.project)
        assert policy is not None, "the project is in the home"
        with desk.store.engine(policy) as engine:
            engine.run(sql if raw else SMALL, {}, limits=LIMITS, cancel=None)
            if not raw:
                _ask(desk, sql)
            told.send(Peaks(max(map(peak, children()), default=0), peak(str(os.getpid()))))


def _ask(desk: Answering, sql: str) -> None:
    session = desk.session
    run_query(
        session.question(sql),
        Desk(session.policies, desk.store, desk.scratch, MemoryLedger(), session.clock.now(), Books()),
    )


def children() -> list[str]:
    """The processes that this one started, by any of its threads."""
    tasks = Path(f"/proc/{os.getpid()}/task")
    return [child for task in tasks.iterdir() for child in (task / "children").read_text().split()]


def peak(process: str) -> int:
    """The most bytes that a process has held; 0 for one that is gone."""
    try:
        status = Path(f"/proc/{process}/status").read_text()
    except OSError:
        return 0
    lines = [line.split() for line in status.splitlines() if line.startswith("VmHWM:")]
    return int(lines[0][1]) * 1024 if lines else 0
