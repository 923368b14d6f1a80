"""A query from the client's side: waiting, stopping, and what there is when there is nothing."""

import httpx2
import pytest

from enclave.client import NotReleased, Refused, Stopped, Unreachable, surroundings
from enclave.client.queries import Query, ask
from tests.unit.client.fake_service import (
    QUERY,
    TABLE,
    FakeService,
    breaks,
    gives,
    interrupted,
    problem,
    query,
)

ASK, LOOK, CANCEL = "POST /api/v1/queries", "GET /api/v1/queries/Q-1", "POST /api/v1/queries/Q-1/cancel"


def asked(fake: FakeService) -> Query:
    return ask(fake.service(), "P-1", "SELECT 1", "One")


def test_waiting_ends_when_the_query_has_run(slept: list[float]) -> None:
    fake = (
        FakeService()
        .on(ASK, query())
        .on(LOOK, query(status="running"), query(status="released", output="O-1"))
    )
    found = asked(fake).wait()
    assert (found.answer["status"], found.output) == ("released", "O-1")
    assert slept == [1.0]


def test_waiting_for_what_is_with_checkers_does_not_wait_for_them(slept: list[float]) -> None:
    fake = FakeService().on(ASK, query(status="with checkers", output="O-1"))
    assert asked(fake).wait().output == "O-1"
    assert slept == []


def test_stopping_the_wait_cancels_the_query_on_the_service_too() -> None:
    fake = FakeService().on(ASK, query()).on(LOOK, interrupted).on(CANCEL, gives({}, 202))
    found = asked(fake)
    with pytest.raises(KeyboardInterrupt):
        found.wait()
    assert len(fake.calls(CANCEL)) == 1


def test_stopping_while_asking_finds_the_query_by_its_key_and_cancels_it() -> None:
    fake = FakeService().on(ASK, interrupted, query()).on(CANCEL, gives({}, 202))
    with pytest.raises(KeyboardInterrupt):
        asked(fake)
    first, second = fake.calls(ASK)
    assert first.headers["Idempotency-Key"] == second.headers["Idempotency-Key"]
    assert len(fake.calls(CANCEL)) == 1


def test_stopping_while_asking_what_is_refused_leaves_nothing_to_cancel() -> None:
    fake = FakeService().on(ASK, interrupted, problem("syntax", 400))
    with pytest.raises(KeyboardInterrupt):
        asked(fake)
    assert fake.calls(CANCEL) == []


def test_a_wait_with_a_limit_ends_and_does_not_cancel(monkeypatch: pytest.MonkeyPatch) -> None:
    times = iter([0.0, 1.0, 9.0])
    monkeypatch.setattr(surroundings, "now", lambda: next(times))
    fake = FakeService().on(ASK, query()).on(LOOK, query(status="running"))
    with pytest.raises(TimeoutError):
        asked(fake).wait(timeout_seconds=5)
    assert fake.calls(CANCEL) == []


@pytest.mark.parametrize("code", ["timeout", "out-of-memory", "cancelled", "fault", "interrupted"])
def test_a_run_that_was_stopped_says_so_when_it_is_waited_for_and_when_its_table_is_wanted(code: str) -> None:
    ended = {"code": code, "title": "", "detail": f"It ended: {code}."}
    fake = FakeService().on(ASK, query()).on(LOOK, query(status="failed", problem=ended))
    found = asked(fake)
    for act in (found.wait, found.table):
        with pytest.raises(Stopped) as stopped:
            act()
        assert stopped.value.code == code


@pytest.mark.parametrize("status", ["queued", "done", "with checkers", "returned", "rejected", "revoked"])
def test_there_is_no_table_before_a_release_and_no_call_for_one(status: str) -> None:
    fake = FakeService().on(ASK, query()).on(LOOK, query(status=status, output="O-1"))
    with pytest.raises(NotReleased) as problem_found:
        asked(fake).table()
    assert status in problem_found.value.detail
    assert not any("table" in one.url.path for one in fake.asked)


def test_a_table_is_fetched_once_and_carries_the_rules() -> None:
    fake = (
        FakeService()
        .on(ASK, query(status="released", output="O-1"))
        .on("GET /api/v1/outputs/O-1", gives({"id": "O-1", "manifest": {"rules": {"min_units": 10}}}))
        .on("GET /api/v1/outputs/O-1/table", gives(TABLE))
    )
    found = asked(fake)
    table, mask = found.table(), found.hidden
    assert table.attrs["enclave"]["rules"] == {"min_units": 10}
    assert table.attrs["enclave"]["output"] == "O-1"
    assert mask.pupils.tolist() == [False, True]
    assert len(fake.calls("GET /api/v1/outputs/O-1/table")) == 1


def test_a_broken_connection_is_tried_again_with_the_same_key(slept: list[float]) -> None:
    fake = FakeService().on(ASK, breaks(httpx2.ReadError), breaks(httpx2.ReadTimeout), query())
    assert asked(fake).id == "Q-1"
    assert len({one.headers["Idempotency-Key"] for one in fake.calls(ASK)}) == 1
    assert slept == [1, 2]


def test_two_queries_have_two_keys() -> None:
    fake = FakeService().on(ASK, query())
    asked(fake)
    asked(fake)
    assert len({one.headers["Idempotency-Key"] for one in fake.calls(ASK)}) == 2


def test_a_service_that_is_not_there_is_said_to_be_so_at_once(slept: list[float]) -> None:
    with pytest.raises(Unreachable, match="does not answer"):
        asked(FakeService().on(ASK, breaks(httpx2.ConnectError)))
    assert slept == []


def test_a_refused_query_has_its_words_and_its_id() -> None:
    span = {"start": 7, "end": 8, "line": 1, "column": 8, "text": "1"}
    fake = FakeService().on(ASK, problem("field-not-granted", 403, spans=[span], query="Q-7"))
    with pytest.raises(Refused) as refused:
        asked(fake)
    assert refused.value.query_id == "Q-7"
    assert str(refused.value).endswith("  1 | SELECT 1\n    |        ^ It is field-not-granted.")


def test_a_query_shows_itself_in_one_line() -> None:
    assert repr(Query(FakeService().service(), QUERY | {"status": "released", "output": "O-1"})) == (
        "<Query Q-1: released, O-1>"
    )
