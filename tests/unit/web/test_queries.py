"""Queries over HTTP: asked once, waited for, listed in pieces, cancelled."""

import pytest

from tests.support.service import ASKS, AUTOMATIC, CHECKED, REFUSED, STRANGER, THIS
from tests.support.web import Web

BODY = {"project": THIS, "sql": AUTOMATIC, "name": "A table"}


def test_a_query_is_made_at_an_address_and_released_at_another(web: Web) -> None:
    answer = web.ask()
    assert (answer.status_code, answer.headers["location"]) == (201, "/api/v1/queries/Q-1")
    assert answer.headers["preference-applied"] == "wait=5"
    found = web.call("GET", "/queries/Q-1").json()
    assert (found["status"], found["progress"], found["output"]) == ("released", 100, "O-1")
    assert "rows" not in found


def test_a_query_that_runs_says_when_to_look_again_and_holds_no_answer(web: Web) -> None:
    web.workers.asleep = True
    answer = web.call("POST", "/queries", body=BODY)
    assert (answer.status_code, answer.json()["status"]) == (201, "queued")
    assert answer.headers["retry-after"] == "1"
    assert web.call("GET", "/queries/Q-1", headers={"Prefer": "wait=0"}).json()["progress"] == 0


def test_a_wait_ends_when_its_time_is_up(web: Web) -> None:
    web.workers.asleep = True
    answer = web.call("POST", "/queries", body=BODY, headers={"Prefer": "respond-async, wait=1"})
    assert (answer.json()["status"], answer.headers["preference-applied"]) == ("queued", "wait=1")


def test_a_refused_query_is_a_problem_with_its_place_and_its_id(web: Web) -> None:
    answer = web.ask(REFUSED)
    found = answer.json()
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")
    assert (found["code"], found["type"]) == ("unknown-field", "/problems/unknown-field")
    assert found["spans"] == [{"start": 12, "end": 19, "line": 1, "column": 13, "text": "nothing"}]
    assert found["request_id"] == answer.headers["x-request-id"]
    assert web.call("GET", f"/queries/{found['query']}").json()["status"] == "refused"


def test_the_same_key_with_another_body_or_another_address_is_refused(web: Web) -> None:
    web.ask(**{"Idempotency-Key": "table-1"})
    assert web.ask(CHECKED, **{"Idempotency-Key": "table-1"}).json()["code"] == "idempotency-mismatch"
    other = web.call(
        "POST", "/outputs", body={"query": "Q-1", "why": "x"}, headers={"Idempotency-Key": "table-1"}
    )
    assert (other.status_code, other.json()["code"]) == (422, "idempotency-mismatch")


@pytest.mark.parametrize("key", ["", " ", "a" * 256, "käse", "a\tb"])
def test_a_key_that_is_no_key_is_refused_and_asks_nothing(shared: Web, key: str) -> None:
    headers = {b"Idempotency-Key": key.encode("latin-1")}
    answer = shared.client.post(
        "/api/v1/queries",
        json=BODY,
        headers={b"Authorization": f"Bearer {shared.token(ASKS)}".encode(), **headers},
    )
    assert (answer.status_code, answer.json()["code"]) == (400, "malformed-request")
    assert shared.call("GET", "/queries").json()["items"] == []


def test_lists_come_in_pieces_newest_first_and_each_says_where_to_go_on(web: Web) -> None:
    web.workers.asleep = True
    for _ in range(5):
        web.call("POST", "/queries", body=BODY)
    seen: list[str] = []
    piece = web.call("GET", "/queries", limit="2")
    while True:
        seen += [query["id"] for query in piece.json()["items"]]
        if piece.json()["next"] is None:
            break
        assert 'rel="next"' in piece.headers["link"]
        piece = web.call("GET", "/queries", limit="2", cursor=piece.json()["next"])
    assert seen == ["Q-5", "Q-4", "Q-3", "Q-2", "Q-1"]
    assert "link" not in piece.headers


@pytest.mark.parametrize(
    "asked",
    [
        {"limit": "0"},
        {"limit": "201"},
        {"limit": "x"},
        {"cursor": "x"},
        {"cursor": ""},
        {"cursor": "b3V0cHV0cyBPLTE="},
        {"cursor": "cXVlcmllcyBRLTE"},
        {"project": "../x"},
    ],
)
def test_a_piece_that_there_is_not_is_refused(shared: Web, asked: dict[str, str]) -> None:
    answer = shared.call("GET", "/queries", params=asked)
    assert (answer.status_code, answer.json()["code"]) == (400, "malformed-request")


def test_cancelling_is_safe_to_repeat(web: Web) -> None:
    web.workers.asleep = True
    web.call("POST", "/queries", body=BODY)
    for _ in range(2):
        answer = web.call("POST", "/queries/Q-1/cancel")
        assert (answer.status_code, answer.json()["status"]) == (202, "cancelled")


def test_a_query_of_another_project_is_not_there(web: Web) -> None:
    web.ask()
    for method, path in (
        ("GET", "/queries/Q-1"),
        ("POST", "/queries/Q-1/cancel"),
        ("GET", "/outputs/O-1/table"),
    ):
        theirs = web.call(method, path, STRANGER)
        nobodys = web.call(method, path.replace("-1", "-999"), STRANGER)
        assert (theirs.status_code, nobodys.status_code) == (404, 404)
        assert theirs.json()["detail"].replace("-1", "-999") == nobodys.json()["detail"]
    assert web.call("GET", "/queries", STRANGER).json()["items"] == []


def test_a_check_says_shape_and_route_and_leaves_no_query(web: Web) -> None:
    found = web.call("POST", "/check", body={"project": THIS, "sql": CHECKED}).json()
    assert (found["status"], found["route"]) == ("ok", {"checkers": 2})
    assert web.call("POST", "/check", body={"project": THIS, "sql": REFUSED}).status_code == 422
    assert web.call("GET", "/queries").json()["items"] == []


def test_the_allowance_of_the_day_stands_in_the_headers_of_a_call_that_asks(web: Web) -> None:
    assert '"queries";q=' in web.ask().headers["ratelimit-policy"]
    first, second = (
        int(web.ask().headers["ratelimit"].split('"queries";r=')[1].split(";")[0]) for _ in range(2)
    )
    assert second == first - 1


def test_a_problem_of_a_call_that_counts_says_what_is_left(web: Web) -> None:
    assert '"burst";r=' in web.ask(REFUSED).headers["ratelimit"]


def test_whoever_asks_may_choose_checkers(web: Web) -> None:
    chosen = {**BODY, "route": "checkers"}
    checked = web.call(
        "POST", "/check", body={name: chosen[name] for name in ("project", "sql", "route")}
    ).json()
    assert (checked["route"], checked["reasons"]) == ({"checkers": 1}, ["whoever asked chose checkers"])
    asked = web.call("POST", "/queries", body=chosen).json()
    assert (asked["route"], asked["reasons"]) == ("checkers: 1", ["whoever asked chose checkers"])
    assert web.call("POST", "/queries", body={**BODY, "route": "none"}).status_code == 400
