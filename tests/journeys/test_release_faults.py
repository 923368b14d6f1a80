"""The power goes at every step of a release. No half release, none lost, none made twice; the audit verifies."""

import multiprocessing
import signal
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from enclave.actions.ledger_desk import scope_of
from enclave.audit import Kind
from enclave.outputs.ledger import Known, NumbersState
from enclave.outputs.states import State
from enclave.terms import PersonId
from tests.support.halves import half_done, half_shown
from tests.support.release_run import (
    AT_ONCE,
    BY_CHECKERS,
    release,
    release_until_killed,
    release_until_killed_while_reserving,
    run_what_waits,
    state_of,
    verified,
    without_repeats,
)
from tests.support.service import AUTOMATIC, CHECKED, CHECKERS, THIS, Service

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


@pytest.mark.parametrize("point", ["inside", "after"])
@pytest.mark.parametrize("sql", [CHECKED, AUTOMATIC])
def test_numbers_are_reserved_whole_or_not_at_all_and_those_of_a_dead_run_are_free(
    sql: str, point: str, tmp_path: Path
) -> None:
    killed(tmp_path, sql, point, by=release_until_killed_while_reserving)
    known = in_the_ledger(tmp_path)
    assert [one.state for one in known.reservations] == ([] if point == "inside" else ["reserved"])
    assert nothing_is_half_done(tmp_path) == []
    release(tmp_path, sql)
    assert one_release(tmp_path, votes=set(CHECKERS[:2]) if sql == CHECKED else set()) == []
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


def killed(
    root: Path, sql: str, step: str, *, by: Callable[[str, str, str], None] = release_until_killed
) -> None:
    process = PROCESSES.Process(target=by, args=(str(root), sql, step))
    process.start()
    process.join()
    assert process.exitcode == -signal.SIGKILL


def nothing_is_half_done(root: Path) -> list[str]:
    """What is wrong with the record as the dead process left it."""
    service = Service(state_of(root))
    with service.records.read() as reading:
        wrong = [*half_done(reading), *half_shown(reading, known_to(service))]
    service.close()
    return wrong


def in_the_ledger(root: Path) -> Known:
    service = Service(state_of(root))
    known = known_to(service)
    service.close()
    return known


def known_to(service: Service) -> Known:
    return service.records.ledger.shown(scope_of(THIS, service.policies))


def one_release(root: Path, *, votes: set[PersonId]) -> list[str]:
    """What is wrong with the record when all was done in the end."""
    service = Service(state_of(root))
    with service.records.read() as reading:
        outputs = reading.outputs()
        released = [output for output in outputs if output.state == State.RELEASED]
        wrong = [*half_done(reading), *half_shown(reading, known_to(service))]
        if [one.state for one in known_to(service).reservations] != [NumbersState.SHOWN]:
            wrong.append("not one answer in the ledger, that which is released")
        if len(outputs) != 1 or len(released) != 1:
            wrong.append(f"{len(outputs)} outputs, {len(released)} of them released")
        if reading.entry_count(kinds=[Kind.OUTPUT_RELEASED]) != 1:
            wrong.append("not one entry of a release")
        given = [review.reviewer for output in outputs for review in reading.reviews(output.id)]
        if sorted(given) != sorted(votes):
            wrong.append(f"votes of {given}")
    service.close()
    return wrong
