"""Two who are judged at the same moment, and whose answers would tell too much together: for threads and processes."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from enclave.actions.ledger_desk import Ledger, QuestionLedger
from enclave.outputs.records import QueryId
from enclave.store import Store
from tests.support.acts import ask, start_job
from tests.support.ledger import far_enough, number, scope
from tests.support.records import open_store

SHARED = ["bob"]
ROUNDS = 6
APART = 100
CLOSE = 3  # units that the two answers of one round differ by: too few


def project_of(side: int) -> str:
    return f"P-{side}"


def answer(side: int, turn: int) -> list[Any]:
    """What one side shows in a round: nearly what the other does."""
    first = turn * APART
    return [number(range(first, first + 40 + side * CLOSE))]


def take_part(
    ledger: Ledger, side: int, wait: Callable[[], object], new_query: Callable[[], QueryId | None]
) -> list[bool]:
    """In each round: look, wait until the other has looked too, and try to reserve."""
    passed = []
    for turn in range(ROUNDS):
        mine = QuestionLedger(ledger, scope(project_of(side), SHARED), new_query())
        known = mine.shown()
        numbers = answer(side, turn)
        wait()
        passed.append(mine.reserve(numbers, data_version="v1", known=known, recheck=far_enough))
        wait()
    return passed


def new_query_in(store: Store) -> Callable[[], QueryId]:
    """Makes a query that runs."""

    def new() -> QueryId:
        query = ask(store)
        start_job(store, query)
        return query.id

    return new


def process(folder: str, url: str | None, side: int, barrier: Any, results: Any) -> None:
    """One side, in a process of its own."""
    store = open_store(Path(folder), url=url)
    try:
        results.put((side, take_part(store.ledger, side, barrier.wait, new_query_in(store))))
    finally:
        store.close()
