"""Webhooks over HTTP: made with a secret that is shown once, listed, tried out, removed."""

from typing import Any

import pytest

from tests.support.service import ASKS, CHECKERS, COLLEAGUE, THIS
from tests.support.web import Web

BODY = {"url": "https://hooks.northbridge.example/enclave", "project": THIS}


def added(web: Web, body: Any = BODY, person: Any = ASKS, **headers: str) -> Any:
    return web.call("POST", "/webhooks", person, body=body, headers=headers)


def test_a_hook_is_made_with_a_secret_that_no_other_answer_shows(web: Web) -> None:
    made = added(web)
    assert (made.status_code, made.headers["location"]) == (201, "/api/v1/webhooks/W-1")
    secret = made.json()["secret"]
    shown = [web.call("GET", path).json() for path in ("/webhooks", "/webhooks/W-1")]
    assert shown[0]["items"] == [shown[1]]
    assert {**shown[1], "secret": secret} == made.json()
    kept = b"".join(path.read_bytes() for path in web.folder.rglob("*") if path.is_file())
    assert secret.encode() not in kept


def test_the_same_call_shows_the_same_secret_once_more(web: Web) -> None:
    first, again = (added(web, **{"Idempotency-Key": "hook"}) for _ in range(2))
    assert (first.content, first.headers["location"]) == (again.content, again.headers["location"])
    assert len(web.call("GET", "/webhooks").json()["items"]) == 1
    kept = b"".join(path.read_bytes() for path in web.folder.rglob("*") if path.is_file())
    assert first.json()["secret"].encode() not in kept


def test_a_hook_that_is_removed_is_not_there(web: Web) -> None:
    added(web)
    assert web.call("DELETE", "/webhooks/W-1").status_code == 204
    assert web.call("GET", "/webhooks").json()["items"] == []
    assert [
        web.call(*call).status_code for call in (("GET", "/webhooks/W-1"), ("DELETE", "/webhooks/W-1"))
    ] == [
        404,
        404,
    ]


def test_a_hook_of_somebody_else_is_not_there(web: Web) -> None:
    added(web)
    for method, path in (
        ("GET", "/webhooks/W-1"),
        ("DELETE", "/webhooks/W-1"),
        ("POST", "/webhooks/W-1/ping"),
    ):
        assert web.call(method, path, COLLEAGUE).status_code == 404
    assert web.call("GET", "/webhooks/W-1").status_code == 200


def test_a_checker_has_a_hook_of_the_queue_and_can_have_it_pinged(web: Web) -> None:
    assert added(web, {"url": BODY["url"]}, CHECKERS[0]).json()["project"] is None
    pinged = web.call("POST", "/webhooks/W-1/ping", CHECKERS[0])
    assert (pinged.status_code, pinged.json()["status"]) == (202, "active")


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"url": "http://hooks.northbridge.example/", "project": THIS}, 422, "hook-address"),
        ({"url": "https://10.0.0.1/", "project": THIS}, 422, "hook-address"),
        ({"url": BODY["url"], "project": "P-WORLD-2"}, 403, "not-on-project"),
        ({"url": BODY["url"]}, 403, "forbidden"),
        ({"url": BODY["url"], "project": THIS, "secret": "mine"}, 400, "malformed-request"),
    ],
)
def test_a_hook_that_may_not_be_is_refused(shared: Web, body: Any, status: int, code: str) -> None:
    answer = added(shared, body)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
