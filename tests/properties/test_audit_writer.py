"""Laws of group commit: many callers at once, some of whom fail, and a database that shows nothing too early."""

import sqlite3
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection

from enclave.outputs.keeping import Change
from enclave.store import Store, check_database_at, database, writer
from enclave.store.writer import Closed, NotRecorded
from tests.support.acts import ask, asked, entry, output_of, ran
from tests.support.records import log_in, open_store


class Broken(Exception):
    """What a change raises in these tests."""


def plain(change: Change) -> str:
    return asked(change).id


def with_output(change: Change) -> str:
    return output_of(change, ran(change, asked(change))).query_id


def fails_at_once(change: Change) -> str:
    del change
    raise Broken


def fails_after_writing(change: Change) -> str:
    with_output(change)
    raise Broken


CHANGES: list[Callable[[Change], str]] = [plain, with_output, fails_at_once, fails_after_writing]
callers = st.lists(st.lists(st.sampled_from(CHANGES), min_size=1, max_size=6), min_size=1, max_size=5)


@contextmanager
def a_store() -> Iterator[tuple[Store, Path]]:
    with tempfile.TemporaryDirectory() as folder, open_store(Path(folder)) as store:
        yield store, Path(folder)


def at_once(store: Store, work: list[list[Callable[[Change], str]]]) -> tuple[list[str], int]:
    """Run each caller in a thread. Returns the ids that were told, and how many changes failed."""
    told: list[str] = []
    failed: list[Exception] = []

    def call(changes: list[Callable[[Change], str]]) -> None:
        for change in changes:
            try:
                told.append(store.write(entry(), change))
            except Broken as problem:
                failed.append(problem)

    threads = [threading.Thread(target=call, args=(changes,)) for changes in work]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return told, len(failed)


@settings(max_examples=15)
@given(callers)
def test_exactly_the_changes_that_did_not_fail_are_kept_each_with_one_entry(
    work: list[list[Callable[[Change], str]]],
) -> None:
    wanted = [change for changes in work for change in changes]
    good = [change for change in wanted if change in (plain, with_output)]
    with a_store() as (store, folder):
        told, failed = at_once(store, work)
        with store.read() as reading:
            kept = {query.id for query in reading.queries()}
            assert sorted(told) == sorted(kept)
            assert (len(told), failed) == (len(good), len(wanted) - len(good))
            assert len(reading.outputs()) == sum(change is with_output for change in good)
            assert [found.seq for found in reading.entries()] == list(reversed(range(len(good))))
        store.close()
        found = check_database_at(f"sqlite:///{folder / 'enclave.db'}", log_in(folder).checkpoint())
        assert found.findings == []


def test_nothing_is_seen_and_nobody_is_told_before_the_commit_and_all_are_after_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The commit is held: others see nothing new, and no caller has an answer. Then it is let go."""
    reached, let_go, told = threading.Event(), threading.Event(), []
    with open_store(tmp_path) as store:
        ask(store)
        commit = database.commit

        def hold(connection: Connection) -> None:
            reached.set()
            assert let_go.wait(30)
            commit(connection)

        monkeypatch.setattr(database, "commit", hold)
        threads = [threading.Thread(target=lambda: told.append(ask(store).id)) for _ in range(3)]
        for thread in threads:
            thread.start()
        assert reached.wait(30)
        assert (seen_from_outside(tmp_path), told) == (1, [])
        let_go.set()
        for thread in threads:
            thread.join()
        assert (seen_from_outside(tmp_path), len(told)) == (4, 3)


def seen_from_outside(folder: Path) -> int:
    with closing(sqlite3.connect(folder / "enclave.db")) as connection:
        seen, leaves = connection.execute(
            "SELECT (SELECT count(*) FROM queries), (SELECT count(*) FROM audit_leaves)"
        ).fetchone()
    assert seen == leaves
    return int(seen)


def test_those_who_wait_meanwhile_share_one_commit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first, let_go, commits = threading.Event(), threading.Event(), []
    with open_store(tmp_path) as store:
        commit = database.commit

        def count(connection: Connection) -> None:
            commits.append(connection)
            commit(connection)

        monkeypatch.setattr(database, "commit", count)

        def slow(change: Change) -> str:
            first.set()
            assert let_go.wait(30)
            return plain(change)

        def waiting(number: int) -> bool:
            return len(store._writer._waiting) == number

        threads = [threading.Thread(target=lambda: store.write(entry(), slow))]
        threads[0].start()
        assert first.wait(30)
        threads += [threading.Thread(target=lambda: ask(store)) for _ in range(8)]
        for thread in threads[1:]:
            thread.start()
        while not waiting(8):
            threading.Event().wait(0.001)
        let_go.set()
        for thread in threads:
            thread.join()
        assert len(commits) == 2


def test_when_a_commit_fails_everybody_in_it_is_told_and_nothing_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with open_store(tmp_path) as store:
        ask(store)

        def fail(_: object) -> None:
            raise OSError("no space left on device")

        with monkeypatch.context() as patched:
            patched.setattr(database, "commit", fail)
            with pytest.raises(NotRecorded):
                ask(store)
        with store.read() as reading:
            assert [query.id for query in reading.queries()] == ["Q-1"]
        assert ask(store).id == "Q-2"


def test_who_is_stopped_while_writing_for_all_tells_them_and_the_next_one_writes(tmp_path: Path) -> None:
    reached, let_go, ends = threading.Event(), threading.Event(), []
    with open_store(tmp_path) as store:

        def stopped(_: Change) -> str:
            reached.set()
            assert let_go.wait(30)
            raise SystemExit

        def call(change: Callable[[Change], str]) -> None:
            try:
                ends.append(store.write(entry(), change))
            except (SystemExit, NotRecorded) as error:
                ends.append(type(error).__name__)

        threads = [threading.Thread(target=call, args=(change,)) for change in (stopped, plain, plain)]
        threads[0].start()
        assert reached.wait(30)
        for thread in threads[1:]:
            thread.start()
        let_go.set()
        for thread in threads:
            thread.join(30)
        assert sorted(ends) == ["Q-1", "Q-2", "SystemExit"]
        assert ask(store).id == "Q-3"


def test_who_is_stopped_before_the_change_of_another_leaves_that_unrecorded_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reached, let_go, ends = threading.Event(), threading.Event(), []

    def stopped(_writer: object, _together: object) -> None:
        raise SystemExit

    def slow(change: Change) -> str:
        reached.set()
        assert let_go.wait(30)
        return plain(change)

    with open_store(tmp_path) as store:

        def call(change: Callable[[Change], str]) -> None:
            try:
                ends.append(store.write(entry(), change))
            except (SystemExit, NotRecorded) as error:
                ends.append(type(error).__name__)

        threads = [threading.Thread(target=call, args=(change,)) for change in (slow, plain, plain)]
        threads[0].start()
        assert reached.wait(30)
        for thread in threads[1:]:
            thread.start()
        while len(store._writer._waiting) < 2:
            threading.Event().wait(0.001)
        monkeypatch.setattr(writer.Writer, "_commit", stopped)  # of the two who wait now
        let_go.set()
        for thread in threads:
            thread.join(30)
        monkeypatch.undo()
        assert sorted(ends) == ["NotRecorded", "Q-1", "SystemExit"]
        assert ask(store).id == "Q-2"


def test_who_is_stopped_while_waiting_takes_what_they_wanted_along(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Interrupted(threading.Event):
        def wait(self, timeout: float | None = None) -> bool:
            del timeout
            let_go.set()
            raise KeyboardInterrupt

    reached, let_go = threading.Event(), threading.Event()
    with open_store(tmp_path) as store:

        def slow(change: Change) -> str:
            reached.set()
            assert let_go.wait(30)
            return plain(change)

        first = threading.Thread(target=lambda: store.write(entry(), slow))
        first.start()
        assert reached.wait(30)
        monkeypatch.setattr(writer, "_Asked", partial(writer._Asked, told=Interrupted()))
        with pytest.raises(KeyboardInterrupt):
            ask(store)
        monkeypatch.undo()
        first.join(30)
        assert ask(store).id == "Q-2"
        with store.read() as reading:
            assert len(reading.entries()) == 2


def test_a_change_cannot_write_by_itself(tmp_path: Path) -> None:
    with open_store(tmp_path) as store, pytest.raises(AssertionError, match="it is the write"):
        store.write(entry(), lambda _: ask(store))


def test_a_closed_store_takes_nothing_and_has_finished_what_waited(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    ask(store)
    store.close()
    with pytest.raises(Closed):
        ask(store)
    assert log_in(tmp_path).checkpoint().size == 1


def test_two_processes_on_one_database_number_their_entries_without_a_gap(tmp_path: Path) -> None:
    """Two stores with the same database and log, as two gateways have."""
    with open_store(tmp_path) as one, open_store(tmp_path) as two:
        threads = [
            threading.Thread(target=lambda store=store: [ask(store) for _ in range(10)])
            for store in (one, two)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert one.proof(19) is not None
        with two.read() as reading:
            assert [found.seq for found in reading.entries()] == list(reversed(range(20)))
            assert sorted(int(query.id[2:]) for query in reading.queries()) == list(range(1, 21))
    found = check_database_at(f"sqlite:///{tmp_path / 'enclave.db'}", log_in(tmp_path).checkpoint())
    assert found.findings == []


def test_a_commit_on_sqlite_waits_for_the_disk(tmp_path: Path) -> None:
    with open_store(tmp_path) as store, database.writing(store._engine) as connection:
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
