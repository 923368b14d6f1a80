"""Running what waits: each query once, its end on the time grid, and a code for whatever goes wrong."""

import threading
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from enclave.actions.cancel_query import cancel_query
from enclave.actions.read_outputs import list_queries, read_query
from enclave.actions.run_jobs import beat, run_next_job
from enclave.actions.run_query import Answer, Limits, run_query
from enclave.audit import Entry, Kind
from enclave.disclosure.raw import Raw
from enclave.outputs.records import QueryId
from enclave.outputs.steps import STEPS_SECONDS
from enclave.outputs.views import QueryView
from enclave.problems import Cancelled, OutOfMemory, Problem, TimedOut
from enclave.store.orphans import fail_orphans
from enclave.store.writer import NotRecorded
from tests.support.service import ADMIN, ASKS, AUTOMATIC, CHECKED, COLLEAGUE, STRANGER, THIS, Files, Service

Run = Callable[..., Raw]


def seen(service: Service, id: str) -> QueryView:
    return read_query(service.asker(ASKS), QueryId(id), service.desk)


def during(service: Service, monkeypatch: pytest.MonkeyPatch, act: Callable[[], None]) -> None:
    """Do something while the engine runs."""
    really: Run = service.engine.run

    def run(
        sql: str, inputs: Mapping[str, pa.Table], *, limits: Limits, cancel: threading.Event | None
    ) -> Raw:
        act()
        if cancel is not None and cancel.is_set():
            raise Cancelled(detail="It was cancelled.")
        return really(sql, inputs, limits=limits, cancel=cancel)

    monkeypatch.setattr(service.engine, "run", run)


def stops(service: Service, monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    def fail() -> None:
        raise error

    during(service, monkeypatch, fail)


def kinds(service: Service) -> list[str]:
    with service.records.read() as reading:
        return [entry.kind for entry in reversed(reading.entries())]


def test_an_automatic_answer_is_released_with_its_end_in_one_transaction(service: Service) -> None:
    id = service.ran(AUTOMATIC)
    found = seen(service, id)
    assert (found.status, found.output, found.progress) == ("released", "O-1", 100)
    assert kinds(service) == ["query.asked", "query.started", "query.finished", "output.released"]
    with service.records.read() as reading:
        finished, released = reversed(reading.entries(limit=2))
        output = reading.output_of(id)
    assert finished.at == released.at
    assert output is not None
    assert output.released_at == finished.at
    assert output.manifest is not None
    assert output.manifest["table_sha256"] == output.table_hash


def test_an_answer_for_checkers_is_kept_and_nothing_is_shown(service: Service) -> None:
    found = seen(service, service.ran(CHECKED))
    assert (found.status, found.output, found.problem) == ("done", None, None)
    assert kinds(service) == ["query.asked", "query.started", "query.finished"]


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (TimedOut(detail="Too long."), "timeout"),
        (OutOfMemory(detail="Too much."), "out-of-memory"),
    ],
)
def test_a_run_that_ends_badly_has_a_code_and_is_counted_by_project(
    service: Service, monkeypatch: pytest.MonkeyPatch, error: Problem, code: str
) -> None:
    stops(service, monkeypatch, error)
    found = seen(service, service.ran(AUTOMATIC))
    assert found.status == "failed"
    assert found.problem is not None
    assert found.problem["code"] == code
    with service.records.read() as reading:
        assert reading.ends(THIS) == {code: 1}
        assert reading.outputs() == ()


def test_an_error_of_ours_is_an_id_and_none_of_its_words(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    stops(service, monkeypatch, ValueError("Could not convert string 'CANARY' to INT32"))
    found = seen(service, service.ran(AUTOMATIC))
    assert found.status == "failed"
    assert found.problem is not None
    assert found.problem["code"] == "fault"
    assert "F-1" in found.problem["detail"]
    assert "CANARY" not in str(found)
    with service.records.read() as reading:
        assert "CANARY" not in str(reading.entries())


@pytest.mark.parametrize("error", [None, TimedOut(detail="Too long."), ValueError("ours")])
def test_every_end_waits_for_the_same_grid(
    service: Service, monkeypatch: pytest.MonkeyPatch, error: Exception | None
) -> None:
    def work() -> None:
        service.clock.move(seconds=0.12)
        if error is not None:
            raise error

    during(service, monkeypatch, work)
    id = service.ran(AUTOMATIC)
    with service.records.read() as reading:
        query = reading.query(id)
    assert query is not None
    assert query.started_at is not None
    assert query.finished_at is not None
    took = (query.finished_at - query.started_at).total_seconds()
    assert took == pytest.approx(0.5, abs=1e-4)
    assert 0.5 in STEPS_SECONDS


def test_a_query_that_waits_is_cancelled_and_never_runs(service: Service) -> None:
    id = service.ask().id
    assert cancel_query(service.asker(ASKS), id, service.desk).status == "cancelled"
    assert cancel_query(service.asker(ASKS), id, service.desk).status == "cancelled"
    service.run()
    assert seen(service, id).status == "cancelled"
    assert kinds(service) == ["query.asked", "query.cancelled"]


def test_a_query_that_runs_here_is_stopped(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    id = service.ask(AUTOMATIC).id
    during(service, monkeypatch, lambda: _cancel(service, id))
    service.run()
    assert seen(service, id).status == "cancelled"
    assert kinds(service) == ["query.asked", "query.started", "query.cancelled"]


def test_what_a_cancelled_query_computed_is_dropped(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Cancelled while its end was held: whether it had ended may not be told."""
    id = service.ask(AUTOMATIC).id
    monkeypatch.setattr(service.clock, "sleep", lambda _: _cancel(service, id))
    service.run()
    assert seen(service, id).status == "cancelled"
    with service.records.read() as reading:
        assert reading.result(id) is None
        assert reading.outputs() == ()


def test_a_query_cancelled_through_another_process_is_stopped_at_the_next_beat(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    id = service.ask(AUTOMATIC).id
    monkeypatch.setattr(type(service.desk.running), "stop", _stop_only_by_beat)

    def cancelled_elsewhere() -> None:
        _cancel(service, id)
        assert service.desk.running.queries() == (id,)
        monkeypatch.undo()
        beat(service.desk)

    during(service, monkeypatch, cancelled_elsewhere)
    service.run()
    assert seen(service, id).status == "cancelled"
    assert service.faults == []


def test_who_may_cancel(service: Service) -> None:
    id = service.ask(AUTOMATIC).id
    with pytest.raises(Problem, match="not-found"):
        cancel_query(service.asker(STRANGER), id, service.desk)
    with pytest.raises(Problem, match="forbidden"):
        cancel_query(service.asker(COLLEAGUE), id, service.desk)
    assert cancel_query(service.asker(ADMIN), id, service.desk).status == "cancelled"


def test_a_query_that_has_ended_stays_as_it_ended(service: Service) -> None:
    id = service.ran(AUTOMATIC)
    assert cancel_query(service.asker(ASKS), id, service.desk).status == "released"


def test_a_policy_that_changes_in_nothing_that_matters_lets_a_run_go_on(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    during(service, monkeypatch, service.touch_policy)
    id = service.ran(AUTOMATIC)
    assert seen(service, id).status == "released"
    with service.records.read() as reading:
        query = reading.query(id)
    assert query is not None
    assert query.policy_hash == "another"


@pytest.mark.parametrize("field", ["status", "dates"])
def test_nothing_is_released_that_the_policy_no_longer_allows(
    service: Service, monkeypatch: pytest.MonkeyPatch, field: str
) -> None:
    def stop(project: Files) -> None:
        project |= {"status": "paused"} if field == "status" else {}
        if field == "dates":
            rules = project["disclosure"]
            assert isinstance(rules, dict)
            rules["min_units"] = 50

    during(service, monkeypatch, lambda: service.change_policy(stop, file=f"projects/{THIS}.yaml"))
    found = seen(service, service.ran(AUTOMATIC))
    assert found.status == "failed"
    assert found.problem is not None
    assert found.problem["code"] == "policy-changed"
    with service.records.read() as reading:
        assert reading.outputs() == ()


def test_a_query_whose_time_is_over_when_its_turn_comes_is_refused(service: Service) -> None:
    id = service.ask(AUTOMATIC).id
    service.clock.move(days=365 * 3)
    service.run()
    found = seen(service, id)
    assert found.status == "refused"
    assert found.problem is not None
    assert found.problem["code"] == "project-ended"


def test_many_workers_run_each_query_once(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    ids = [service.ask(AUTOMATIC).id for _ in range(6)]
    lock = threading.Lock()

    def one_at_a_time(*words: Any, **named: Any) -> Answer:
        with lock:  # the engine of this test has one connection
            return run_query(*words, **named)

    monkeypatch.setattr("enclave.actions.run_jobs.run_query", one_at_a_time)
    workers = [threading.Thread(target=service.run) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert Counter(kinds(service)) == {
        "query.asked": 6,
        "query.started": 6,
        "query.finished": 6,
        "output.released": 6,
    }
    assert {seen(service, id).status for id in ids} == {"released"}


def test_a_query_of_a_dead_process_is_ended_and_its_worker_comes_too_late(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    def another_process_starts() -> None:
        service.clock.move(minutes=5)
        service.records.fail_orphans(heard_before=service.clock.now())

    during(service, monkeypatch, another_process_starts)
    found = seen(service, service.ran(AUTOMATIC))
    assert found.status == "failed"
    assert found.problem is not None
    assert found.problem["code"] == "interrupted"
    with service.records.read() as reading:
        assert reading.outputs() == ()


def test_nothing_waits_and_nothing_is_done(service: Service) -> None:
    assert run_next_job(service.desk) is False


def test_lists_are_newest_first_in_pages_and_of_ones_own_projects(service: Service) -> None:
    ids = [service.ask(AUTOMATIC).id for _ in range(3)]
    page = list_queries(service.asker(ASKS), service.desk, limit=2)
    assert [query.id for query in page.items] == [ids[2], ids[1]]
    rest = list_queries(service.asker(ASKS), service.desk, limit=2, after=page.next)
    assert [query.id for query in rest.items] == [ids[0]]
    assert rest.next is None
    assert list(list_queries(service.asker(STRANGER), service.desk, limit=2).items) == []
    assert list(list_queries(service.asker(STRANGER), service.desk, limit=2, project=THIS).items) == []


def test_the_longest_page_knows_that_there_is_more(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("enclave.actions.read_outputs.MOST_LISTED", 2)
    ids = [service.ask(AUTOMATIC).id for _ in range(3)]
    page = list_queries(service.asker(ASKS), service.desk, limit=200)
    assert [query.id for query in page.items] == [ids[2], ids[1]]
    assert page.next == ids[1]


def test_a_strangers_query_looks_like_none(service: Service) -> None:
    id = service.ask(AUTOMATIC).id
    told = []
    for name in (id, QueryId("Q-999"), QueryId("nonsense")):
        with pytest.raises(Problem) as problem:
            read_query(service.asker(STRANGER), name, service.desk)
        told.append(str(problem.value).replace(name, "it"))
    assert len(set(told)) == 1, told


def _cancel(service: Service, id: QueryId) -> None:
    cancel_query(service.asker(ASKS), id, service.desk)


def _stop_only_by_beat(*_: object) -> None:
    """As in a process that does not run the query."""


def test_the_store_may_be_closed_and_opened_between_any_two_steps(tmp_path: Path) -> None:
    first = Service(tmp_path)
    id = first.ask(AUTOMATIC).id
    first.close()
    second = Service(tmp_path)
    second.run()
    assert seen(second, id).status == "released"
    second.close()


TWO_LEAVES = (
    "SELECT a.year, a.n, b.m FROM (SELECT year, count(DISTINCT person) AS n FROM outcome GROUP BY year) AS a "
    "JOIN (SELECT year, count(DISTINCT person) AS m FROM visit GROUP BY year) AS b ON a.year = b.year"
)


def test_progress_within_a_leaf_is_seen_on_the_time_grid_only_and_never_at_its_end(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The engine tells of it as it comes; whoever looks sees the share of the last step of the grid."""
    id = service.ask(AUTOMATIC).id
    found: list[tuple[float, int]] = []
    inner, started = service.engine.run, service.clock.now()

    def run(sql: str, inputs: Any, *, limits: Limits, cancel: Any) -> Any:
        if limits.came_to is not None:
            for tenths in range(1, 10):
                service.clock.move(seconds=1.5)
                limits.came_to(tenths / 10)
                beat(service.desk)
                after = (service.clock.now() - started).total_seconds()
                found.append((round(after, 1), seen(service, id).progress))
        return inner(sql, inputs, limits=limits, cancel=cancel)

    monkeypatch.setattr(service.engine, "run", run)
    service.run()
    shares = [share for _, share in found]
    assert shares == sorted(shares)
    assert all(share % 5 == 0 for share in shares)
    assert {share for after, share in found if after < 2} == {0}
    assert len({share for after, share in found if 2 <= after < 10}) == 1
    assert shares[-1] > shares[1]
    assert seen(service, id).progress == 100


def test_progress_is_seen_in_steps_of_5_percent_and_on_the_time_grid_only(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When the first part of a query was done depends on the data, as its end does."""
    id = service.ask(TWO_LEAVES).id
    found: list[int] = []

    def look() -> None:
        for seconds in (0.0, 2.0):
            service.clock.sleep(seconds)
            beat(service.desk)
            found.append(seen(service, id).progress)

    during(service, monkeypatch, look)
    service.run()
    assert found == sorted(found)
    assert found[:2] == [0, 0]
    assert 0 < found[-1] < 100
    assert all(share % 5 == 0 for share in found)
    assert seen(service, id).progress == 100


def test_a_query_whose_end_could_not_be_recorded_is_ended_a_minute_later(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A full disk left it running for as long as its process lived; with fifty of them a project asked no more."""
    really = service.records.write

    def full(entry: Entry, change: Callable[..., Any]) -> Any:
        if entry.kind == Kind.QUERY_FINISHED:
            raise NotRecorded("the disk is full")
        return really(entry, change)

    monkeypatch.setattr(service.records, "write", full)
    id = service.ask().id
    with pytest.raises(NotRecorded):
        service.run()
    monkeypatch.undo()
    service.clock.move(seconds=61)
    beat(service.desk)
    assert fail_orphans(service.records, heard_before=service.clock.now() - timedelta(seconds=60)) == (id,)
    assert seen(service, id).status == "failed"


def test_a_query_that_is_in_hand_is_not_ended(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    def a_minute_on() -> None:
        service.clock.move(seconds=61)
        beat(service.desk)
        assert fail_orphans(service.records, heard_before=service.clock.now() - timedelta(seconds=60)) == ()

    during(service, monkeypatch, a_minute_on)
    assert seen(service, service.ran(AUTOMATIC)).status == "released"
