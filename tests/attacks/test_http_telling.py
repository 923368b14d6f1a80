"""What answers, headers and log lines could tell beside what they say: values, addresses, other people's things.

Source: the law of the design; OWASP API3 broken object property level authorisation; DNS rebinding (Jackson, 2007).
"""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx2
import pytest

from enclave.actions.cancel_query import cancel_query
from enclave.web.rates import Pace
from enclave.wiring.faults import record_fault
from tests.support.service import ASKS, CHECKED, CHECKERS, COLLEAGUE, NOW, REFUSED, STRANGER, THIS
from tests.support.web import ANYBODY, Web

CANARY = "canary-7f3a"


def everything(answer: httpx2.Response) -> str:
    return f"{answer.headers!r}\n{answer.text}"


@pytest.fixture
def limited(tmp_path: Path) -> Iterator[Web]:
    with Web(tmp_path, people_pace=Pace(3, 3.0), strangers_pace=Pace(3, 3.0)) as opened:
        yield opened


@pytest.fixture
def web(tmp_path: Path) -> Iterator[Web]:
    with Web(tmp_path) as opened:
        yield opened


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Web]:
    """For tests that leave everything as it was."""
    with Web(tmp_path_factory.mktemp("web")) as opened:
        yield opened


def test_a_log_line_holds_nothing_that_anybody_typed(web: Web) -> None:
    """Addresses, parameters, headers, bodies and tokens are full of what people type."""
    web.ask(f"SELECT sex, '{CANARY}' AS x, count(*) AS n FROM patient GROUP BY 1, 2")
    web.call("GET", f"/outputs/{CANARY}")
    web.call("GET", f"/{CANARY}", headers={"X-Request-Id": CANARY, "User-Agent": CANARY})
    web.call("GET", "/queries", cursor=CANARY)
    web.client.request(CANARY.upper(), f"/{CANARY}")
    web.client.get("/api/v1/me", headers={"Authorization": f"Bearer {CANARY}"})
    assert web.lines
    assert CANARY not in json.dumps(web.lines).lower()
    assert {name for line in web.lines for name in line} <= {
        "request",
        "method",
        "route",
        "status",
        "ms",
        "fault",
    }


def test_an_error_of_ours_is_an_id_and_nothing_else(
    web: Web, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An exception's words can quote a row."""
    log = tmp_path / "faults.jsonl"

    def broken(*_: object, **__: object) -> None:
        raise ValueError(f"Could not convert string '{CANARY}' to INT32")

    monkeypatch.setattr("enclave.web.routes.queries.list_queries", broken)
    answer = web.call("GET", "/queries")
    assert (answer.status_code, answer.json()["code"]) == (500, "fault")
    assert "F-1" in answer.json()["detail"]
    assert CANARY not in everything(answer)
    assert CANARY not in json.dumps(web.lines)
    record_fault(web.service.faults[0], log=log, fault_id="F-1", at=NOW)
    assert CANARY not in log.read_text()
    assert web.lines[-1]["fault"] == "F-1"


def test_nothing_of_an_answer_is_told_before_its_release(web: Web) -> None:
    """Two queries of one route, one with every cell shown and one with every cell hidden, are alike in every answer."""
    shown = "SELECT sex, count(*) AS n FROM patient WHERE weight > 63.7 GROUP BY 1"
    hidden = "SELECT sex, count(*) AS n FROM patient WHERE weight > 99999.9 GROUP BY 1"
    told = [_life(web, sql) for sql in (shown, hidden)]
    assert told[0] == told[1]


def _life(web: Web, sql: str) -> list[Any]:
    """All that its asker sees of a query before anybody decides, but for ids and the text itself."""
    asked = web.ask(sql)
    id = asked.json()["id"]
    release = web.call("POST", "/outputs", body={"query": id, "why": "x"})
    output = release.json()["id"]
    answers = [asked, web.call("GET", f"/queries/{id}"), release, web.call("GET", f"/outputs/{output}")]
    answers += [web.call("GET", f"/outputs/{output}/table"), web.call("GET", f"/outputs/{output}/proof")]
    answers += [web.call("GET", f"/outputs/{output}/review")]
    return [_plain(answer, id, output, sql) for answer in answers]


def _plain(answer: httpx2.Response, *ids: str) -> tuple[int, str, dict[str, str]]:
    varying = {"x-request-id", "ratelimit", "location", "etag", "content-length"}
    headers = {name: value for name, value in answer.headers.items() if name not in varying}
    body = answer.json()
    for name in ("request_id", "id", "query", "output", "sql", "asked_at"):
        body.pop(name, None)
    text = json.dumps(body)
    for id in ids:
        text = text.replace(id, "...")
    return answer.status_code, text, headers


def test_a_checker_learns_of_a_dispute_and_its_asker_does_not(web: Web) -> None:
    query = web.ask(CHECKED).json()["id"]
    output = web.call("POST", "/outputs", body={"query": query, "why": "x"}).json()["id"]
    before = _plain(web.call("GET", f"/outputs/{output}"))
    for checker, verdict in zip(CHECKERS, ("approve", "reject"), strict=False):
        seen = web.call("GET", f"/outputs/{output}/review", checker)
        body = {"verdict": verdict, "comment": CANARY, "hashes": seen.json()["hashes"]}
        web.call(
            "POST",
            f"/outputs/{output}/reviews",
            checker,
            body=body,
            headers={"If-Match": seen.headers["etag"]},
        )
        mine = web.call("GET", f"/outputs/{output}")
        assert _plain(mine) == before
        assert CANARY not in everything(mine)


def test_a_caller_from_elsewhere_gets_no_token(web: Web) -> None:
    body = {"persona": ASKS}
    assert web.call("POST", "/dev/token", ANYBODY, body=body).status_code == 200
    for headers in (
        {"Host": "evil.example"},
        {"Host": "127.0.0.1.evil.example"},
        {"Host": ""},
        {"Host": "evil@127.0.0.1"},
    ):
        assert web.call("POST", "/dev/token", ANYBODY, body=body, headers=headers).status_code == 421
    for site in ("cross-site", "same-site"):
        assert (
            web.call("POST", "/dev/token", ANYBODY, body=body, headers={"Sec-Fetch-Site": site}).status_code
            == 403
        )


def test_a_form_on_another_page_cannot_speak_for_anybody(web: Web) -> None:
    """A form can send these kinds of body anywhere; a JSON body would first be asked for, and nobody says yes."""
    text = json.dumps({"persona": ASKS})
    for kind in (
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data",
        "application/jsonx",
        "",
    ):
        answer = web.client.post("/dev/token", content=text, headers={"Content-Type": kind})
        assert (answer.status_code, answer.json()["code"]) == (415, "unsupported-media-type")
    asked = web.client.options(
        "/dev/token", headers={"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"}
    )
    assert not [name for name in asked.headers if name.startswith("access-control")]


def test_a_development_token_is_nothing_once_the_house_is_real(web: Web) -> None:
    """`synthetic: true` can be taken away while the service runs."""
    token = web.token(ASKS)
    now = web.service.policies
    web.service.policies = replace(now, house=replace(now.house, synthetic=False), content_hash="real")
    headers = {"Authorization": f"Bearer {token}"}
    assert web.client.get("/api/v1/me", headers=headers).status_code == 401
    assert web.client.post("/dev/token", json={"persona": ASKS}).status_code == 404


def test_somebody_who_is_taken_off_is_off_at_once(web: Web) -> None:
    token = {"Authorization": f"Bearer {web.token(ASKS)}"}
    left = [{"id": str(COLLEAGUE), "role": "lead_researcher"}]
    web.service.change_policy(lambda file: file.update(people=left), file="projects/P-WORLD-1.yaml")
    answer = web.client.post("/api/v1/queries", json={"project": THIS, "sql": CHECKED}, headers=token)
    assert (answer.status_code, answer.json()["code"]) == (403, "not-on-project")


def test_a_burst_is_stopped_whatever_it_asks_and_by_whom_it_is_made(limited: Web) -> None:
    for sql in (CHECKED, REFUSED, "nonsense"):
        limited.call("POST", "/check", body={"project": THIS, "sql": sql})
    answer = limited.call("POST", "/check", body={"project": THIS, "sql": CHECKED})
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "1")
    assert answer.headers["ratelimit"] == '"burst";r=0;t=3'
    assert limited.call("GET", "/me", STRANGER).status_code == 200
    limited.seconds += 1
    assert limited.call("GET", "/me").status_code == 200


def test_guessing_tokens_is_slow(limited: Web) -> None:
    statuses = [
        limited.client.get("/api/v1/me", headers={"Authorization": f"Bearer {guess}"}).status_code
        for guess in range(5)
    ]
    assert statuses == [401, 401, 401, 429, 429]
    assert limited.call("GET", "/me").status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        "/audit/log.key",
        "/audit/.lock",
        "/audit/cosigned",
        "/audit/cosigned/0123456z",
        "/audit/cosigned/01234567",
        "/audit/cosigned/../../keys/audit.key",
        "/audit/../keys/audit.key",
        "/audit/%2e%2e/keys/audit.key",
        "/audit/tile/../../enclave.db",
        "/audit/tile/0/000/../../../../enclave.db",
        "/audit//etc/passwd",
        "/audit/tile",
        "/audit/",
        "/audit/checkpoint/",
        "/audit/checkpoint%00",
        "/problems/..%2f..%2fREADME",
        "/problems/README",
    ],
)
def test_only_files_of_the_log_are_served(shared: Web, path: str) -> None:
    shared.ask()
    assert shared.client.get(path).status_code in (400, 404)


def test_answers_are_kept_nowhere_and_framed_nowhere(web: Web) -> None:
    for answer in (
        web.call("GET", "/me"),
        web.call("GET", "/nothing"),
        web.call("GET", "/register", ANYBODY),
    ):
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
        assert answer.headers["enclave-data"] == "synthetic"
        assert "server" not in answer.headers


def test_pages_load_nothing_from_elsewhere(web: Web) -> None:
    for path in ("/register", "/register/P-WORLD-1", "/problems/field-not-granted"):
        answer = web.client.get(path)
        assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")
        scripts = re.findall(r"<script([^>]*)>(.*?)</script", answer.text, re.DOTALL | re.IGNORECASE)
        assert len(scripts) == len(re.findall("<script", answer.text, re.IGNORECASE))
        assert [inside for _, inside in scripts if inside.strip()] == []
        loaded = re.findall(r'(?:src|action|<link[^>]*href)="([^"]*)"', answer.text)
        assert [address for address in loaded if not re.match(r"/(?!/)", address)] == []
        policy = answer.headers["content-security-policy"]
        assert policy.startswith("default-src 'self'; script-src 'self'; object-src 'none'; base-uri 'none';")
        assert "unsafe" not in policy
        assert re.findall(r"<[^>]* on[a-z]+=", answer.text) == []
        assert not [word for word in ("http://", "//cdn", "@import", "javascript:") if word in answer.text]


@pytest.mark.parametrize("path", ["/docs", "/redoc", "/openapi.json", "/api/v1/docs", "/metrics", "/debug"])
def test_there_is_no_page_that_nobody_asked_for(shared: Web, path: str) -> None:
    assert shared.client.get(path).status_code == 404


def test_what_is_too_large_is_refused_before_it_is_read(web: Web) -> None:
    token = {"Authorization": f"Bearer {web.token(ASKS)}", "Content-Type": "application/json"}
    declared = web.client.post(
        "/api/v1/check", content=b"{}", headers={**token, "Content-Length": "99999999"}
    )
    assert declared.status_code == 413
    sent = web.client.post("/api/v1/check", content=(b" " * (1 << 16) for _ in range(20)), headers=token)
    assert sent.status_code == 413
    assert web.client.get("/api/v1/me", params={"x": "y" * 20_000}).status_code == 413


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[" * 100_000, b"\xff", b'{"persona": "\\ud800"}', b"null", b'{"persona": NaN}']
)
def test_a_body_that_is_no_body_is_the_callers_mistake(shared: Web, body: bytes) -> None:
    answer = shared.client.post("/dev/token", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code in (400, 404)
    assert answer.headers["content-type"] == "application/problem+json"


def test_two_tokens_are_no_token(web: Web) -> None:
    token = f"Bearer {web.token(ASKS)}"
    headers = [("Authorization", token), ("Authorization", token)]
    assert web.client.get("/api/v1/me", headers=headers).status_code == 401
    assert web.client.get("/api/v1/me", params={"access_token": web.token(ASKS)}).status_code == 400


def test_a_query_that_was_cancelled_through_another_door_is_seen_so(web: Web) -> None:
    web.workers.asleep = True
    asked = web.call("POST", "/queries", body={"project": THIS, "sql": CHECKED})
    cancel_query(web.service.asker(ASKS), asked.json()["id"], web.service.desk)
    assert web.call("GET", f"/queries/{asked.json()['id']}").json()["status"] == "cancelled"
