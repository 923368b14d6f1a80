"""The process is killed, wherever it is. What anybody was told is recorded, is; what is half done, is not there."""

import subprocess
import sys
from pathlib import Path

import pytest

from enclave.audit.verify import verify_log
from enclave.store import check_database_at
from tests.support.killed_writer import CALLERS, EACH, POINTS
from tests.support.records import log_in, open_store

ROOT = Path(__file__).parents[2]
KILLED = -9


def writer(folder: Path, point: str) -> "subprocess.Popen[str]":
    words = [sys.executable, "-m", "tests.support.killed_writer", str(folder), point]
    return subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, text=True)


@pytest.mark.parametrize("point", [point for point in POINTS if point != "when somebody else kills it"])
def test_a_writer_that_is_killed_leaves_all_that_was_told_and_nothing_by_halves(
    tmp_path: Path, point: str
) -> None:
    with writer(tmp_path, point) as running:
        told = running.communicate()[0].split()
    assert running.returncode == KILLED
    assert len(told) < CALLERS * EACH
    look_after(tmp_path, told)


@pytest.mark.parametrize("count", [1, 10, 40])
def test_a_writer_that_somebody_kills_leaves_all_that_was_told_and_nothing_by_halves(
    tmp_path: Path, count: int
) -> None:
    with writer(tmp_path, "when somebody else kills it") as running:
        assert running.stdout is not None
        told = [running.stdout.readline().strip() for _ in range(count)]
        running.kill()
        told += running.stdout.read().split()
    assert running.returncode == KILLED
    look_after(tmp_path, told)


def look_after(folder: Path, told: list[str]) -> None:
    """Open the store again, and compare it with what its callers were told and what was signed."""
    checkpoint = folder / "audit" / "checkpoint"
    held = [checkpoint.read_text()]
    with open_store(folder) as store, store.read() as reading:
        kept = {query.id: query for number in (None, 101) for query in reading.queries(before=number)}
        assert set(told) <= kept.keys()
        assert all(reading.output_of(id) is not None and reading.result(id) is not None for id in kept)
        assert len(reading.entries()) == len(kept)
    found = check_database_at(f"sqlite:///{folder / 'enclave.db'}", log_in(folder).checkpoint())
    assert (found.findings, found.entries) == ([], len(kept))
    report = verify_log(folder / "audit", (folder / "audit" / "log.vkey").read_text(), held)
    assert report.findings == []
    assert report.head is not None
    assert report.head.size == len(kept)
