"""Of two answers that would tell too much together one passes at most, whoever asks them, and wherever."""

import multiprocessing
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from enclave.actions import ledger_desk
from enclave.actions.ledger_desk import Ledger, QuestionLedger
from enclave.actions.ledger_memory import MemoryLedger
from enclave.outputs.ledger import NewNumbers
from enclave.outputs.records import QueryId
from enclave.store import Store
from tests.support.ledger import far_enough, scope
from tests.support.ledger_race import ROUNDS, SHARED, answer, new_query_in, process, project_of, take_part

PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload(["tests.support.ledger_race"])
NewQuery = Callable[[], QueryId | None]


def in_threads(*sides: tuple[Ledger, NewQuery]) -> list[list[bool]]:
    barrier = threading.Barrier(len(sides))
    found: dict[int, list[bool]] = {}

    def run(side: int, ledger: Ledger, new_query: NewQuery) -> None:
        found[side] = take_part(ledger, side, barrier.wait, new_query)

    threads = [
        threading.Thread(target=run, args=(side, ledger, new_query))
        for side, (ledger, new_query) in enumerate(sides)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return [found[side] for side in range(len(sides))]


def one_of_each_pair(passed: list[list[bool]]) -> bool:
    return [sum(turn) for turn in zip(*passed, strict=True)] == [1] * ROUNDS


@pytest.fixture(params=["looked at again", "looked at inside"])
def tries(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Whoever is overtaken judges again, and at last inside the transaction: here at once."""
    if request.param == "looked at inside":
        monkeypatch.setattr(ledger_desk, "TRIES", 0)
    return str(request.param)


@pytest.mark.usefixtures("tries")
def test_two_threads_of_one_process(store: Store) -> None:
    mine = (store.ledger, new_query_in(store))
    assert one_of_each_pair(in_threads(mine, mine))


@pytest.mark.usefixtures("tries")
def test_two_stores_on_one_database(open_it: Callable[..., Store]) -> None:
    stores = open_it(), open_it()
    assert one_of_each_pair(in_threads(*((store.ledger, new_query_in(store)) for store in stores)))


@pytest.mark.usefixtures("tries")
def test_two_threads_and_a_ledger_in_memory() -> None:
    mine = (MemoryLedger(), lambda: None)
    assert one_of_each_pair(in_threads(mine, mine))


def test_two_processes(open_it: Callable[..., Store], tmp_path: Path, url: str) -> None:
    store = open_it()
    barrier, results = PROCESSES.Barrier(2), PROCESSES.Queue()
    processes = [
        PROCESSES.Process(target=process, args=(str(tmp_path), url, side, barrier, results))
        for side in (0, 1)
    ]
    for each in processes:
        each.start()
    found = dict(results.get(timeout=120) for _ in processes)
    for each in processes:
        each.join()
    assert [each.exitcode for each in processes] == [0, 0]
    assert one_of_each_pair([found[0], found[1]])
    known = store.ledger.shown(scope(project_of(0), SHARED))
    assert len(known.reservations) == ROUNDS


@pytest.mark.parametrize(("turn", "passes"), [(0, False), (1, True)])
def test_who_knows_that_others_came_is_judged_again_before_it_tries(turn: int, passes: bool) -> None:
    """Beside nearly the same numbers it does not pass, and nothing was tried; beside others one try is enough."""

    class Counting(MemoryLedger):
        tried = 0

        def reserve(self, new: NewNumbers) -> None:
            self.tried += 1
            super().reserve(new)

    ledger = Counting()
    one, other = (QuestionLedger(ledger, scope(project_of(side), SHARED)) for side in (0, 1))
    known = other.shown()
    assert one.reserve(answer(0, 0), data_version="v1", known=one.shown(), recheck=far_enough)
    passed = other.reserve(
        answer(1, turn), data_version="v1", known=known, recheck=far_enough, overtaken=True
    )
    assert (passed, ledger.tried) == (passes, 1 + passes)
