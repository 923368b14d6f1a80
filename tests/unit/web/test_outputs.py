"""Releases over HTTP: the table in four formats, versions, and everything that a table is not given for."""

import csv
import io
import json
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.support.service import ADMIN, ASKS, CHECKED, CHECKERS, SENIOR
from tests.support.web import Web


def may_take(web: Web, *formats: str) -> None:
    def edit(file: dict[str, Any]) -> None:
        file.setdefault("release", {})["formats"] = list(formats)

    web.service.change_policy(edit, file="projects/P-WORLD-1.yaml")


def with_checkers(web: Web) -> str:
    query = web.ask(CHECKED).json()["id"]
    answer = web.call("POST", "/outputs", body={"query": query, "why": "For the paper"})
    assert (answer.status_code, answer.headers["location"]) == (201, f"/api/v1/outputs/{answer.json()['id']}")
    return str(answer.json()["id"])


def vote(
    web: Web, output: str, checker: object, verdict: str = "approve", **headers: str
) -> tuple[int, dict[str, object]]:
    seen = web.call("GET", f"/outputs/{output}/review", checker)  # type: ignore[arg-type]
    body = {
        "verdict": verdict,
        "comment": "As I see it",
        "reason": "other",
        "hashes": seen.json()["hashes"],
    }
    version = {"If-Match": seen.headers["etag"], **headers}
    answer = web.call("POST", f"/outputs/{output}/reviews", checker, body=body, headers=version)  # type: ignore[arg-type]
    return answer.status_code, answer.json()


def test_the_table_of_a_release_is_the_same_in_every_format(web: Web) -> None:
    may_take(web, "csv", "json", "parquet")
    output = web.released()
    found = web.call("GET", f"/outputs/{output}/table").json()
    names = [column["name"] for column in found["columns"]]
    assert names == ["sex", "n"]
    text = web.call("GET", f"/outputs/{output}/table", format="csv")
    assert text.headers["content-type"] == "text/csv; charset=utf-8"
    rows = list(csv.reader(io.StringIO(text.text)))
    assert rows[0] == names
    assert [row for row in rows[1:] if row[1] != "c"] == [
        [str(value) for value in row] for row in found["rows"]
    ]
    file = web.call("GET", f"/outputs/{output}/table", format="parquet").content
    parquet = pq.read_table(io.BytesIO(file))
    arrow = pa.ipc.open_stream(web.call("GET", f"/outputs/{output}/table", format="arrow").content).read_all()
    assert parquet.equals(arrow)
    assert parquet.select(names).to_pylist() == found["records"]
    assert parquet.column("n_status").to_pylist() == [row[1] for row in found["cells"]]
    assert json.loads(parquet.schema.metadata[b"enclave"])["synthetic"] is True


@pytest.mark.parametrize(
    ("accept", "media"),
    [
        ("*/*", "application/json"),
        ("text/csv", "text/csv; charset=utf-8"),
        ("text/*;q=0.5, application/vnd.apache.parquet", "application/vnd.apache.parquet"),
        ("application/json;q=0, text/csv;q=0.1", "text/csv; charset=utf-8"),
        ("application/vnd.apache.arrow.stream", "application/vnd.apache.arrow.stream"),
    ],
)
def test_a_format_can_be_chosen_by_accept(web: Web, accept: str, media: str) -> None:
    may_take(web, "csv", "json", "parquet")
    output = web.released()
    answer = web.call("GET", f"/outputs/{output}/table", headers={"Accept": accept})
    assert answer.headers["content-type"] == media


def test_a_format_that_there_is_not_is_refused(web: Web) -> None:
    output = web.released()
    assert web.call("GET", f"/outputs/{output}/table", headers={"Accept": "image/png"}).status_code == 406
    assert web.call("GET", f"/outputs/{output}/table", format="xlsx").status_code == 400


def test_a_file_that_the_project_may_not_take_out_is_refused_and_looking_is_not(web: Web) -> None:
    may_take(web, "json")
    output = web.released()
    for form in ("csv", "parquet", "arrow"):
        answer = web.call("GET", f"/outputs/{output}/table", format=form)
        assert (answer.status_code, answer.json()["code"]) == (406, "not-acceptable")
    assert web.call("GET", f"/outputs/{output}/table").status_code == 200


def test_no_table_comes_before_two_checkers_approved_it(web: Web) -> None:
    output = with_checkers(web)
    for checker in CHECKERS[:2]:
        for form in ("records", "csv", "parquet", "arrow"):
            answer = web.call("GET", f"/outputs/{output}/table", format=form)
            assert (answer.status_code, answer.json()["code"]) == (409, "not-released")
        status, _ = vote(web, output, checker)
        assert status == 201
    web.service.run()
    assert web.call("GET", f"/outputs/{output}").json()["status"] == "released"
    assert web.call("GET", f"/outputs/{output}/table").status_code == 200


def test_the_queue_holds_what_is_theirs_to_look_at_and_nothing_of_other_votes(web: Web) -> None:
    output = with_checkers(web)
    first, second = CHECKERS[:2]
    vote(web, output, first)
    (item,) = web.call("GET", "/queue", second).json()["items"]
    assert (item["output"], item["votes"], item["k"], item["voted"]) == (output, 1, 2, False)
    seen = web.call("GET", f"/outputs/{output}/review", second).json()
    assert (seen["votes"], seen["votes_in"]) == ([], 1)
    assert web.call("GET", "/queue").status_code == 403


def test_a_vote_on_an_older_version_is_refused_with_412(web: Web) -> None:
    output = with_checkers(web)
    status, problem = vote(web, output, CHECKERS[0], **{"If-Match": '"O-1.9.with-checkers"'})
    assert (status, problem["code"]) == (412, "precondition-failed")


@pytest.mark.parametrize(
    ("tag", "status"),
    [
        (None, 428),
        ("*", 428),
        ("O-1.1.with-checkers", 412),
        ('W/"O-1.1.with-checkers"', 412),
        ('"a", "b"', 412),
    ],
)
def test_a_decision_says_which_version_was_seen(web: Web, tag: str | None, status: int) -> None:
    output = with_checkers(web)
    body = {"verdict": "approve", "comment": "", "hashes": {}}
    headers = {} if tag is None else {"If-Match": tag}
    answer = web.call("POST", f"/outputs/{output}/reviews", CHECKERS[0], body=body, headers=headers)
    assert answer.status_code == status


def test_a_vote_is_made_once_however_often_it_is_sent(web: Web) -> None:
    output = with_checkers(web)
    seen = web.call("GET", f"/outputs/{output}/review", CHECKERS[0])
    body = {"verdict": "approve", "comment": "", "hashes": seen.json()["hashes"]}
    version = {"If-Match": seen.headers["etag"]}
    for _ in range(2):
        headers = {**version, "Idempotency-Key": "vote-1"}
        answer = web.call("POST", f"/outputs/{output}/reviews", CHECKERS[0], body=body, headers=headers)
        assert answer.status_code == 201
    without = web.call("POST", f"/outputs/{output}/reviews", CHECKERS[0], body=body, headers=version)
    assert (without.status_code, without.json()["code"]) == (409, "conflict")


def test_a_dispute_is_decided_by_a_senior_checker(web: Web) -> None:
    output = with_checkers(web)
    vote(web, output, CHECKERS[0])
    vote(web, output, CHECKERS[1], "reject")
    seen = web.call("GET", f"/outputs/{output}/review", SENIOR)
    assert seen.json()["state"] == "disputed"
    assert web.call("GET", f"/outputs/{output}").json()["status"] == "with checkers"
    body = {"verdict": "reject", "comment": "Too small", "hashes": seen.json()["hashes"]}
    version = {"If-Match": seen.headers["etag"]}
    unsaid = web.call("POST", f"/outputs/{output}/adjudication", SENIOR, body=body, headers=version)
    assert (unsaid.status_code, unsaid.json()["code"]) == (409, "conflict")
    body |= {"reason": "small-numbers"}
    answer = web.call("POST", f"/outputs/{output}/adjudication", SENIOR, body=body, headers=version)
    assert (answer.status_code, answer.json()["status"]) == (201, "rejected")


def test_a_decision_needs_a_fresh_sign_in(web: Web) -> None:
    output = with_checkers(web)
    token = web.token(CHECKERS[0])
    seen = web.call("GET", f"/outputs/{output}/review", CHECKERS[0])
    web.service.clock.move(minutes=16)
    body = {"verdict": "approve", "comment": "", "hashes": seen.json()["hashes"]}
    headers = {"If-Match": seen.headers["etag"], "Authorization": f"Bearer {token}"}
    answer = web.client.post(f"/api/v1/outputs/{output}/reviews", json=body, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (401, "sign-in-again")


def test_a_revoked_release_gives_no_table_and_says_why(web: Web) -> None:
    output = web.released()
    version = {"If-Match": web.call("GET", f"/outputs/{output}").headers["etag"]}
    refused = web.call("POST", f"/outputs/{output}/revoke", ASKS, body={"reason": "Mine"}, headers=version)
    assert refused.status_code == 403
    body = {"reason": "Wrong year"}
    answer = web.call("POST", f"/outputs/{output}/revoke", ADMIN, body=body, headers=version)
    assert (answer.status_code, answer.json()["status"]) == (200, "released")
    assert web.call("GET", f"/outputs/{output}/table").status_code == 200
    alone = web.call("POST", f"/outputs/{output}/revocation/confirm", ADMIN, headers=version)
    assert (alone.status_code, alone.json()["code"]) == (409, "conflict")
    (waits,) = web.call("GET", "/revocations", SENIOR).json()["items"]
    assert (waits["output"], waits["reason"], waits["asked_by"]) == (output, "Wrong year", ADMIN)
    answer = web.call("POST", f"/outputs/{output}/revocation/confirm", SENIOR, headers=version)
    assert (answer.status_code, answer.json()["status"]) == (200, "revoked")
    gone = web.call("GET", f"/outputs/{output}/table")
    assert (gone.status_code, gone.json()["code"]) == (410, "revoked")
    assert web.call("GET", f"/outputs/{output}").json()["tombstone"]["reason"] == "Wrong year"


def test_a_release_can_be_proven_to_be_in_the_public_log(web: Web) -> None:
    output = web.released()
    proof = web.call("GET", f"/outputs/{output}/proof").text
    assert proof.startswith("c2sp.org/tlog-proof@v1\nindex ")
    checkpoint = web.call("GET", "/audit/checkpoint")
    assert checkpoint.text.splitlines()[0] == "enclave.test/audit"
    assert web.call("GET", f"/outputs/{with_checkers(web)}/proof").status_code == 409
