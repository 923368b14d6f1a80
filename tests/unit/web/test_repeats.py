"""A call that is made again with its key gets its first answer, byte for byte, and makes nothing."""

import hashlib
from dataclasses import replace
from typing import Any

import httpx2
import pytest
from sqlalchemy import select

from enclave.actions.ask_query import AskQuery, ask_query
from enclave.actions.asker import Key
from enclave.actions.repeats import SameCall, forget_old_answers
from enclave.actions.review_output import review_output
from enclave.outputs.states import State
from enclave.problems.service import Conflict
from enclave.store.tables import ANSWERS
from tests.support.service import ASKS, AUTOMATIC, CHECKED, CHECKERS, COLLEAGUE, REFUSED, THIS
from tests.support.web import Web

ONE = {"Idempotency-Key": "one"}
BODY = {"project": THIS, "sql": AUTOMATIC, "name": "A table"}


def same(first: httpx2.Response, again: httpx2.Response) -> bool:
    told = ("content-type", "location", "etag", "retry-after", "preference-applied")
    return (first.status_code, first.content, [first.headers.get(name) for name in told]) == (
        again.status_code,
        again.content,
        [again.headers.get(name) for name in told],
    )


def queries(web: Web) -> list[str]:
    return [query["id"] for query in web.call("GET", "/queries").json()["items"]]


def kept(web: Web) -> list[bytes | None]:
    with web.service.records.read() as reading:
        return list(reading._connection.scalars(select(ANSWERS.c.answer)))


def test_a_query_asked_again_is_answered_as_it_was_then_and_not_as_it_is_now(web: Web) -> None:
    web.workers.asleep = True
    first = web.call("POST", "/queries", body=BODY, headers=ONE)
    web.service.run()
    again = web.ask(**ONE)
    assert first.json()["status"] == again.json()["status"] == "queued"
    assert same(first, again)
    assert "idempotency-replayed" not in first.headers
    assert again.headers["idempotency-replayed"] == "true"
    assert web.call("GET", "/queries/Q-1").json()["status"] == "released"
    assert queries(web) == ["Q-1"]


def test_an_answer_that_was_waited_for_is_the_one_that_is_repeated(web: Web) -> None:
    first = web.ask(**ONE)
    assert first.json()["status"] == "released"
    assert same(first, web.call("POST", "/queries", body=BODY, headers=ONE))


def test_a_refused_query_is_refused_again_in_the_same_words_and_on_record_once(web: Web) -> None:
    first, again = web.ask(REFUSED, **ONE), web.ask(REFUSED, **ONE)
    assert (first.status_code, first.headers["content-type"]) == (422, "application/problem+json")
    assert same(first, again)
    assert queries(web) == ["Q-1"]


def test_a_refusal_stays_a_refusal_when_the_thing_could_be_made_by_now(web: Web) -> None:
    web.workers.asleep = True
    web.call("POST", "/queries", body={**BODY, "sql": CHECKED})
    wanted = {"query": "Q-1", "why": "For the paper"}
    first = web.call("POST", "/outputs", body=wanted, headers=ONE)
    web.service.run()
    again = web.call("POST", "/outputs", body=wanted, headers=ONE)
    assert (first.status_code, first.json()["code"]) == (409, "conflict")
    assert same(first, again)
    assert web.call("POST", "/outputs", body=wanted, headers={"Idempotency-Key": "two"}).status_code == 201


def test_a_vote_given_again_is_answered_with_the_version_of_then(web: Web) -> None:
    output = web.service.with_checkers()
    web.service.vote(output, CHECKERS[1])
    seen = web.call("GET", f"/outputs/{output}/review", CHECKERS[0])
    body = {"verdict": "approve", "comment": "", "hashes": seen.json()["hashes"]}
    headers = {**ONE, "If-Match": seen.headers["etag"]}
    first = web.call("POST", f"/outputs/{output}/reviews", CHECKERS[0], body=body, headers=headers)
    assert (first.status_code, web.service.state(output)) == (201, State.RELEASED)
    again = web.call("POST", f"/outputs/{output}/reviews", CHECKERS[0], body=body, headers=headers)
    assert same(first, again)
    assert again.headers["etag"] == first.headers["etag"]


def test_what_is_about_the_version_that_was_seen_is_asked_anew(web: Web) -> None:
    output = web.service.with_checkers()
    seen = web.call("GET", f"/outputs/{output}/review", CHECKERS[0])
    body = {"verdict": "approve", "comment": "", "hashes": seen.json()["hashes"]}
    path = f"/outputs/{output}/reviews"
    stale = web.call("POST", path, CHECKERS[0], body=body, headers={**ONE, "If-Match": '"O-1.9.x"'})
    fresh = web.call("POST", path, CHECKERS[0], body=body, headers={**ONE, "If-Match": seen.headers["etag"]})
    assert (stale.status_code, fresh.status_code) == (412, 201)


def test_a_call_that_was_not_heard_for_its_number_is_made_when_it_comes_again(web: Web) -> None:
    def one_a_day(project: dict[str, object]) -> None:
        project["allowance"] = {"queries_per_day": 1, "cells_per_day": 20_000}

    web.service.change_policy(one_a_day, file=f"projects/{THIS}.yaml")
    assert web.ask().status_code == 201
    assert web.ask(**ONE).status_code == 429
    web.service.clock.move(hours=24)
    assert web.ask(**ONE).status_code == 201


def test_another_person_has_keys_of_their_own(web: Web) -> None:
    web.ask(**ONE)
    theirs = web.call("POST", "/queries", COLLEAGUE, body=BODY, headers=ONE)
    assert (theirs.status_code, theirs.json()["id"]) == (201, "Q-2")


@pytest.mark.parametrize("sql", [AUTOMATIC, REFUSED])
def test_another_body_under_the_key_is_refused_whatever_the_first_answer_was(web: Web, sql: str) -> None:
    web.ask(sql, **ONE)
    other = web.ask(CHECKED, **ONE)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency-mismatch")
    assert queries(web) == ["Q-1"]


def test_a_key_is_free_again_after_a_day_and_its_answer_gone(web: Web) -> None:
    web.ask(**ONE)
    web.service.clock.move(hours=23)
    forget_old_answers(web.service.desk)
    assert len(kept(web)) == 1
    web.service.clock.move(hours=1, seconds=1)
    assert web.ask(CHECKED, **ONE).json()["id"] == "Q-2"
    web.service.clock.move(hours=25)
    forget_old_answers(web.service.desk)
    assert kept(web) == []


def test_an_answer_that_nobody_lived_to_keep_is_given_as_the_thing_is_and_kept_then(web: Web) -> None:
    web.workers.asleep = True
    asker = web.service.asker(ASKS)
    body = web.client.build_request("POST", "/", json=BODY).read()
    key = Key("one", hashlib.sha256(b"POST /api/v1/queries\n" + body).digest())
    ask_query(AskQuery(asker, THIS, AUTOMATIC, "A table"), web.service.desk, key=key)
    web.service.run()
    first = web.call("POST", "/queries", body=BODY, headers=ONE)
    assert (first.json()["id"], first.json()["status"]) == ("Q-1", "released")
    assert same(first, web.call("POST", "/queries", body=BODY, headers=ONE))


@pytest.mark.parametrize("lost", [SameCall("one"), Conflict(detail="You have voted; a vote is not changed.")])
def test_a_call_that_another_gateway_made_at_the_same_moment_is_answered_as_made(
    web: Web, monkeypatch: pytest.MonkeyPatch, lost: Exception
) -> None:
    """Their transaction came first, so that ours was refused: by the key, or by what it made."""
    output, races = web.service.with_checkers(), [lost]

    def raced(*asked: Any, **more: Any) -> Any:
        made = review_output(*asked, **more)
        if races:
            raise races.pop()
        return made

    monkeypatch.setattr("enclave.web.routes.reviews.review_output", raced)
    seen = web.call("GET", f"/outputs/{output}/review", CHECKERS[0])
    body = {"verdict": "approve", "comment": "", "hashes": seen.json()["hashes"]}
    headers = {**ONE, "If-Match": seen.headers["etag"]}
    first, again = (
        web.call("POST", f"/outputs/{output}/reviews", CHECKERS[0], body=body, headers=headers)
        for _ in range(2)
    )
    assert (first.status_code, races) == (201, [])
    assert same(first, again)
    with web.service.records.read() as reading:
        assert len(reading.reviews(output)) == 1


def test_what_is_kept_of_an_answer_cannot_be_read_without_the_key_of_the_service(web: Web) -> None:
    first = web.ask(**ONE)
    (found,) = kept(web)
    assert found is not None
    assert b"released" not in found
    opened = web.gateway.key.unseal(found)
    assert opened is not None
    assert b'"status": 201' in opened
    assert replace(web.gateway.key, key=bytes(31) + b"1").unseal(found) is None
    assert first.status_code == 201
