"""Attacks on the session of a browser, on forms, and on the way back from signing in. Each names its class.

Source: OWASP Session Management and CSRF cheat sheets; CWE-352, 384, 601, 613, 639, 1275; RFC 6265bis, section 8.
"""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from fastapi.routing import APIRoute

from enclave.identity.sessions import id_hash
from enclave.people.sessions import IDLE, LONGEST
from enclave.web.app import AREAS
from tests.support.service import ADMIN, ASKS, COLLEAGUE, SENIOR
from tests.support.web import ANYBODY, Browser, Web

COOKIE = "enclave-session"
OURS = {"Accept": "text/html", "Sec-Fetch-Site": "same-origin", "Origin": "http://127.0.0.1"}


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Web]:
    """For attacks that leave everything as it was."""
    with Web(tmp_path_factory.mktemp("web")) as opened:
        yield opened


@pytest.fixture
def web(tmp_path: Path) -> Iterator[Web]:
    with Web(tmp_path) as opened:
        yield opened


def who(browser: Browser, **headers: str) -> str | None:
    """As whom a page sees somebody."""
    found = re.search(r'href="/you">([^<]+)<', browser.opens("/sign-in", **headers).text)
    return None if found is None else found[1]


def with_cookie(web: Web, value: str, name: str = COOKIE) -> str | None:
    browser = web.browser()
    return who(browser, Cookie=f"{name}={value}")


def in_database(web: Web, statement: str, *values: object) -> None:
    with closing(sqlite3.connect(web.folder / "state" / "enclave.db")) as database:
        database.execute(statement, values)
        database.commit()


IDS = {
    "guessing: nothing": "",
    "guessing: another of the right length": "A" * 43,
    "guessing: too short": "A" * 42,
    "guessing: without end": "A" * 5000,
    "injection: SQL": "' OR '1'='1",
    "injection: a path": "../../../etc/passwd",
    "injection: a line break": "%0d%0aSet-Cookie:%20x=y",
    "injection: a quoted value": '"' + "A" * 43 + '"',
    "confusion: the hash of an id": "HASH",
    "confusion: an access token": "TOKEN",
    "confusion: a person's id": ASKS,
}


@pytest.mark.parametrize("attack", IDS)
def test_an_id_that_was_not_given_out_is_nobodys(attack: str, shared: Web) -> None:
    id = shared.browser(ASKS).cookies()[COOKIE]
    value = {"HASH": id_hash(id), "TOKEN": shared.token(ASKS)}.get(IDS[attack], IDS[attack])
    assert with_cookie(shared, value) is None


def test_session_fixation_an_id_from_before_signing_in_is_not_kept_on(web: Web) -> None:
    planted = "A" * 43
    browser = web.browser()
    browser.client.cookies.set(COOKIE, planted)
    browser.sends("/sign-in/persona", persona=ASKS)
    assert with_cookie(web, planted) is None


def test_cookie_tossing_of_two_cookies_neither_counts(web: Web) -> None:
    mine, theirs = (web.browser(person).cookies()[COOKIE] for person in (ASKS, ADMIN))
    assert who(web.browser(), Cookie=f"{COOKIE}={mine}; {COOKIE}={theirs}") is None


@pytest.mark.parametrize(
    "name", ["__Host-enclave-session", "ENCLAVE-SESSION", "enclave-session ;x", "session"]
)
def test_confusion_a_cookie_of_another_name_is_not_read(name: str, shared: Web) -> None:
    assert with_cookie(shared, shared.browser(ASKS).cookies()[COOKIE], name) is None


def test_replay_an_id_is_worth_nothing_after_signing_out(web: Web) -> None:
    browser = web.browser(ASKS)
    kept = browser.cookies()[COOKIE]
    assert with_cookie(web, kept) is not None
    browser.sends("/sign-out")
    assert with_cookie(web, kept) is None


def test_insufficient_expiry_an_idle_session_ends_and_a_busy_one_too(web: Web) -> None:
    kept = web.browser(ASKS).cookies()[COOKIE]
    web.service.clock.move(seconds=IDLE.total_seconds())
    assert with_cookie(web, kept) is None
    busy = web.browser(ASKS).cookies()[COOKIE]
    for _ in range(int(LONGEST / (IDLE / 2))):
        web.service.clock.move(seconds=IDLE.total_seconds() / 2)
        last = with_cookie(web, busy)
    assert last is None


def test_insufficient_expiry_a_clock_that_goes_back_opens_nothing(web: Web) -> None:
    kept = web.browser(ASKS).cookies()[COOKIE]
    web.service.clock.move(seconds=-60)
    assert with_cookie(web, kept) is None


def test_forged_record_a_row_that_somebody_wrote_into_the_database_is_no_session(web: Web) -> None:
    web.browser(ASKS)
    planted = "B" * 43
    in_database(
        web,
        "INSERT INTO sessions SELECT ?, person, opened_at, seen_at, sealed FROM sessions",
        id_hash(planted),
    )
    assert with_cookie(web, planted) is None


def test_forged_record_a_session_cannot_be_made_somebody_elses(web: Web) -> None:
    mine, admins = (web.browser(person).cookies()[COOKIE] for person in (ASKS, ADMIN))
    in_database(
        web,
        "UPDATE sessions SET person = ?, sealed = (SELECT sealed FROM sessions WHERE id_hash = ?) WHERE id_hash = ?",
        ADMIN,
        id_hash(admins),
        id_hash(mine),
    )
    assert with_cookie(web, mine) is None


def test_forged_record_a_session_cannot_be_made_longer(web: Web) -> None:
    kept = web.browser(ASKS).cookies()[COOKIE]
    web.service.clock.move(seconds=LONGEST.total_seconds() + 1)
    now = int(web.service.clock.now().timestamp() * 1_000_000)
    in_database(web, "UPDATE sessions SET opened_at = ?, seen_at = ?", now, now)
    assert with_cookie(web, kept) is None


def test_forged_record_what_is_kept_of_a_session_does_not_open_it(web: Web) -> None:
    kept = web.browser(ASKS).cookies()[COOKIE]
    with closing(sqlite3.connect(web.folder / "state" / "enclave.db")) as database:
        row = database.execute("SELECT * FROM sessions").fetchone()
    assert not any(kept in str(value) for value in row)
    assert str(ASKS).encode() not in row[-1]


def test_broken_authentication_the_api_knows_no_cookie(shared: Web) -> None:
    cookie = f"{COOKIE}={shared.browser(ASKS).cookies()[COOKIE]}"
    for path in ("/api/v1/me", "/api/v1/queries", "/api/v1/projects"):
        assert shared.client.get(path, headers={"Cookie": cookie}).status_code == 401


def test_broken_authentication_an_id_is_no_access_token(shared: Web) -> None:
    id = shared.browser(ASKS).cookies()[COOKIE]
    assert shared.client.get("/api/v1/me", headers={"Authorization": f"Bearer {id}"}).status_code == 401


CROSS_SITE = {
    "CSRF: a form of another site": {"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"},
    "CSRF: of another site of the domain": {"Sec-Fetch-Site": "same-site"},
    "CSRF: that nobody sent": {"Sec-Fetch-Site": "none"},
    "CSRF: that says nothing": {},
    "CSRF: an old browser at another site": {"Origin": "https://evil.example"},
    "CSRF: a page without an origin": {"Origin": "null"},
    "CSRF: another port": {"Origin": "http://127.0.0.1:8001"},
    "CSRF: a name that begins alike": {"Origin": "http://127.0.0.1.evil.example"},
    "CSRF: our name as a user": {"Origin": "http://127.0.0.1@evil.example"},
    "CSRF: two origins": {"Origin": "http://127.0.0.1, https://evil.example"},
    "CSRF: one header good, one bad": {"Sec-Fetch-Site": "same-origin", "Origin": "https://evil.example"},
    "CSRF: the other one bad": {"Sec-Fetch-Site": "cross-site", "Origin": "http://127.0.0.1"},
    "CSRF: a token for looks": {"Authorization": "Bearer x", "Sec-Fetch-Site": "cross-site"},
    "CSRF: no port of an address": {"Origin": "http://[::1"},
}


@pytest.mark.parametrize("attack", CROSS_SITE)
def test_a_form_from_elsewhere_does_nothing(attack: str, shared: Web) -> None:
    browser = shared.browser(ASKS)
    answer = browser.sends("/sign-out", headers={"Accept": "text/html"} | CROSS_SITE[attack])
    assert answer.status_code == 403
    assert "Set-Cookie" not in answer.headers
    assert who(browser) is not None


@pytest.mark.parametrize("attack", CROSS_SITE)
def test_login_csrf_nobody_is_signed_in_by_a_form_from_elsewhere(attack: str, shared: Web) -> None:
    browser = shared.browser()
    answer = browser.sends(
        "/sign-in/persona", headers={"Accept": "text/html"} | CROSS_SITE[attack], persona=ASKS
    )
    assert answer.status_code == 403
    assert browser.cookies() == {}


def test_csrf_every_form_outside_the_api_is_refused_from_elsewhere(shared: Web) -> None:
    browser = shared.browser(ASKS)
    routes = [route for area in AREAS for route in area.routes if isinstance(route, APIRoute)]
    forms = [route.path for route in routes if "POST" in (route.methods or ())]
    assert len(forms) > 5
    for path in forms:
        address = re.sub(r"\{[^}]*\}", "X-1", path)
        answer = browser.client.post(
            address, headers={"Accept": "text/html", "Sec-Fetch-Site": "cross-site"}, follow_redirects=False
        )
        assert answer.status_code == 403, path
        assert "This came from another site" in answer.text, path


@pytest.mark.parametrize("path", ["/sign-out", "/sign-in/persona"])
def test_csrf_an_address_alone_does_nothing(path: str, shared: Web) -> None:
    browser = shared.browser(ASKS)
    assert browser.opens(path).status_code == 405
    assert who(browser) is not None


ELSEWHERE = {
    "open redirect: another site": "https://evil.example/",
    "open redirect: without a scheme": "//evil.example/",
    "open redirect: a backslash": "/\\evil.example",
    "open redirect: three slashes": "///evil.example",
    "open redirect: a scheme of scripts": "javascript:alert(1)",
    "open redirect: a tab": "/\t/evil.example",
    "open redirect: before the slash": " /evil",
    "response splitting: a line break": "/x\r\nSet-Cookie: a=b",
    "open redirect: another script's letters": "/\u2215\u2215evil.example",
    "open redirect: nothing": "",
}


@pytest.mark.parametrize("attack", ELSEWHERE)
def test_nobody_is_sent_elsewhere_after_signing_in(attack: str, shared: Web) -> None:
    answer = shared.browser().sends("/sign-in/persona", persona=ASKS, next=ELSEWHERE[attack])
    assert answer.headers["location"] == "/"


def test_reflected_xss_the_way_back_is_text_in_the_page(shared: Web) -> None:
    page = shared.browser().opens("/sign-in?next=/%22%3E%3Cscript%3Ealert(1)%3C/script%3E").text
    assert "<script>alert" not in page


def test_clickjacking_and_caches_no_page_of_a_person_is_framed_or_kept(shared: Web) -> None:
    for path in ("/sign-in", "/you"):
        headers = shared.browser(ASKS).opens(path).headers
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert headers["cache-control"] == "no-store"


def test_dns_rebinding_another_name_of_this_machine_is_not_answered(shared: Web) -> None:
    assert shared.browser().opens("/sign-in", Host="evil.example").status_code == 421


@pytest.mark.parametrize("persona", ["nobody@here.example", "", "admin", "*"])
def test_impersonation_there_are_no_personas_but_those_of_the_policy(persona: str, shared: Web) -> None:
    browser = shared.browser()
    assert browser.sends("/sign-in/persona", persona=persona).status_code in {400, 404}
    assert browser.cookies() == {}


def test_impersonation_personas_are_for_this_machine_alone(web: Web) -> None:
    from fastapi.testclient import TestClient

    with TestClient(web.app, base_url="http://127.0.0.1", client=("192.0.2.7", 5)) as client:
        elsewhere = Browser(client)
        assert elsewhere.sends("/sign-in/persona", persona=ASKS).status_code == 403
        assert "/sign-in/persona" not in elsewhere.opens("/sign-in").text


def test_impersonation_personas_end_when_the_data_are_real(web: Web) -> None:
    browser = web.browser(ASKS)
    real = replace(web.service.policies.house, synthetic=False)
    web.service.policies = replace(web.service.policies, house=real)
    assert who(browser) is None
    assert browser.sends("/sign-in/persona", persona=ASKS).status_code == 404


def test_privilege_a_role_that_is_taken_away_is_gone_from_an_open_session(web: Web) -> None:
    browser = web.browser(ADMIN)
    assert "admin" in browser.opens("/you").text
    web.service.change_policy(lambda person: person.update(roles=["auditor"]), file=f"people/{ADMIN}.yaml")
    assert '<dd class="govuk-summary-list__value">auditor</dd>' in browser.opens("/you").text


def test_confused_deputy_a_token_speaks_before_a_cookie_and_never_beside_it(web: Web) -> None:
    browser = web.browser(ASKS)
    token = {"Authorization": f"Bearer {web.token(COLLEAGUE)}"}
    assert COLLEAGUE in browser.opens("/you", **token).text
    assert browser.sends("/sign-out", headers=token | {"Sec-Fetch-Site": "cross-site"}).status_code == 403


def test_stale_authentication_a_decision_of_an_old_session_asks_for_a_new_sign_in(web: Web) -> None:
    id = web.service.with_checkers()
    browser = web.browser(SENIOR)
    token = web.token(SENIOR)
    for _ in range(2):
        web.service.clock.move(minutes=10)
        assert who(browser) is not None
    answer = web.client.post(
        f"/api/v1/outputs/{id}/reviews",
        json={"verdict": "approve", "comment": "", "hashes": {}},
        headers={"Authorization": f"Bearer {token}", "If-Match": '"x"'},
    )
    assert (answer.status_code, answer.json()["code"]) == (401, "sign-in-again")
    challenge = answer.headers["www-authenticate"]
    assert 'error="insufficient_user_authentication", max_age="900"' in challenge


def test_enumeration_who_is_not_signed_in_is_told_the_same_whatever_the_cookie(web: Web) -> None:
    ended = web.browser(ASKS)
    kept = ended.cookies()[COOKIE]
    ended.sends("/sign-out")
    answers = [web.browser().opens("/you", Cookie=f"{COOKIE}={value}") for value in (kept, "A" * 43, "", "x")]
    assert {(one.status_code, one.headers["location"], one.text) for one in answers} == {
        (303, "/sign-in?next=%2Fyou", "")
    }


def test_session_flood_one_person_has_a_bounded_number(web: Web) -> None:
    for _ in range(15):
        web.browser(ASKS)
        web.service.clock.move(seconds=1)
    with closing(sqlite3.connect(web.folder / "state" / "enclave.db")) as database:
        assert database.execute("SELECT count(*) FROM sessions").fetchone() == (10,)


def test_insecure_cookie_a_service_that_others_can_reach_sets_it_for_https_and_this_host_alone() -> None:
    from starlette.responses import Response

    from enclave.web.cookies import keep_session

    class Gateway:
        loopback = False

    class Reached:
        gateway = Gateway()

    answer = Response()
    keep_session(answer, "A" * 43, Reached())  # type: ignore[arg-type]
    said = answer.headers["set-cookie"].lower()
    assert said.startswith("__host-enclave-session=")
    assert all(word in said for word in ("secure", "httponly", "samesite=lax", "path=/"))
    assert "domain" not in said
    assert timedelta(hours=10) == LONGEST


def test_anybody_is_still_nobody(shared: Web) -> None:
    assert who(shared.browser(ANYBODY)) is None
