"""The power goes at every step of a release. No half release, none lost, none made twice; the audit verifies."""

import multiprocessing
import signal
from collections import Counter
from pathlib import Path

import pytest

from enclave.audit import Kind
from enclave.outputs.states import State
from enclave.terms import PersonId
from tests.support.halves import half_done
from tests.support.release_run import (
    AT_ONCE,
    BY_CHECKERS,
    release,
    release_until_killed,
    run_what_waits,
    state_of,
    verified,
    without_repeats,
)
from tests.support.service import AUTOMATIC, CHECKED, CHECKERS, Service

PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload(["tests.support.release_warm"])


@pytest.mark.parametrize(("sql", "steps"), [(CHECKED, BY_CHECKERS), (AUTOMATIC, AT_ONCE)])
def test_the_steps_below_are_all_there_are(sql: str, steps: tuple[str, ...], tmp_path: Path) -> None:
    seen: list[str] = []
    release(tmp_path, sql, at=seen.append)
    times: Counter[str] = Counter()
    numbered = []
    for step in seen:
        times[step] += 1
        numbered.append(f"{step}#{times[step]}" if seen.count(step) > 1 else step)
    assert tuple(numbered) == steps
    assert verified(tmp_path) == ()


@pytest.mark.parametrize("step", without_repeats(BY_CHECKERS))
def test_a_release_by_checkers_survives_a_kill_at_any_step(step: str, tmp_path: Path) -> None:
    killed(tmp_path, CHECKED, step)
    assert nothing_is_half_done(tmp_path) == []
    release(tmp_path, CHECKED)
    assert one_release(tmp_path, votes=set(CHECKERS[:2])) == []
    assert verified(tmp_path) == ()


@pytest.mark.parametrize("step", without_repeats(AT_ONCE))
def test_a_release_at_once_survives_a_kill_at_any_step(step: str, tmp_path: Path) -> None:
    killed(tmp_path, AUTOMATIC, step)
    assert nothing_is_half_done(tmp_path) == []
    release(tmp_path, AUTOMATIC)
    assert one_release(tmp_path, votes=set()) == []
    assert verified(tmp_path) == ()


def test_two_processes_share_the_queue_and_run_each_query_once(tmp_path: Path) -> None:
    service = Service(state_of(tmp_path))
    ids = [service.ask(AUTOMATIC).id for _ in range(8)]
    service.close()
    processes = [PROCESSES.Process(target=run_what_waits, args=(str(tmp_path),)) for _ in range(2)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert [process.exitcode for process in processes] == [0, 0]

    service = Service(state_of(tmp_path))
    with service.records.read() as reading:
        started = Counter(
            entry.kind for id in ids for entry in reading.entries_about(id) if entry.kind != Kind.QUERY_ASKED
        )
        outputs = [reading.output_of(id) for id in ids]
    service.close()
    assert started == {"query.started": 8, "query.finished": 8, "output.released": 8}
    assert len({output.id for output in outputs if output is not None}) == 8
    assert nothing_is_half_done(tmp_path) == []
    assert verified(tmp_path) == ()


def killed(root: Path, sql: str, step: str) -> None:
    process = PROCESSES.Process(target=release_until_killed, args=(str(root), sql, step))
    process.start()
    process.join()
    assert process.exitcode == -signal.SIGKILL


def nothing_is_half_done(root: Path) -> list[str]:
    """What is wrong with the record as the dead process left it."""
    service = Service(state_of(root))
    with service.records.read() as reading:
        wrong = half_done(reading)
    service.close()
    return wrong


def one_release(root: Path, *, votes: set[PersonId]) -> list[str]:
    """What is wrong with the record when all was done in the end."""
    service = Service(state_of(root))
    with service.records.read() as reading:
        outputs = reading.outputs()
        released = [output for output in outputs if output.state == State.RELEASED]
        wrong = half_done(reading)
        if len(outputs) != 1 or len(released) != 1:
            wrong.append(f"{len(outputs)} outputs, {len(released)} of them released")
        if reading.entry_count(kinds=[Kind.OUTPUT_RELEASED]) != 1:
            wrong.append("not one entry of a release")
        given = [review.reviewer for output in outputs for review in reading.reviews(output.id)]
        if sorted(given) != sorted(votes):
            wrong.append(f"votes of {given}")
    service.close()
    return wrong
