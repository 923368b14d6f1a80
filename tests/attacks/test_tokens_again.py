"""Access tokens that come again, for another, or from a program; each attack names its class.

Source: RFC 9700 (OAuth 2.0 security best current practice), sections 2.2 and 4; RFC 9068, sections 4 and 5.
"""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from enclave.identity.development import AUDIENCE
from enclave.people import Role
from tests.support.service import AUTOMATIC, COLLEAGUE, NOW, PROGRAM, THIS, Files
from tests.support.tokens import Server, claims
from tests.support.web import Web

SERVER, ONCE = Server(), Server(name="https://once.example", kid="k-once")
AT = int(NOW.timestamp())
QUERY = {"project": THIS, "sql": AUTOMATIC}


@pytest.fixture
def web(tmp_path: Path) -> Iterator[Web]:
    issuers = (SERVER.issuer(scope="enclave"), ONCE.issuer(single_use=True))
    with Web(tmp_path, issuers=issuers) as opened:
        opened.service.change_policy(known_elsewhere("s-1"), file=f"people/{COLLEAGUE}.yaml")
        yield opened


def known_elsewhere(subject: str) -> Any:
    def edit(person: Files) -> None:
        person["identities"] = [{"issuer": server.name, "subject": subject} for server in (SERVER, ONCE)]

    return edit


def token(server: Server = SERVER, **changes: Any) -> str:
    own = {
        "iss": server.name,
        "aud": AUDIENCE,
        "iat": AT,
        "exp": AT + 600,
        "auth_time": AT,
        "scope": "enclave",
    }
    return server.token(claims(**(own | changes)))


def call(
    web: Web, given: str, method: str = "GET", path: str = "/me", body: object = None
) -> tuple[int, str]:
    answer = web.client.request(
        method, f"/api/v1{path}", headers={"Authorization": f"Bearer {given}"}, json=body
    )
    return answer.status_code, answer.headers.get("www-authenticate", "")


def test_a_good_token_is_good_for_many_calls(web: Web) -> None:
    given = token()
    assert [call(web, given)[0] for _ in range(3)] == [200, 200, 200]
    assert call(web, given, "POST", "/queries", QUERY)[0] == 201
    assert call(web, given, "POST", "/queries", QUERY)[0] == 201


def test_replay_another_token_under_the_same_id_is_refused(web: Web) -> None:
    assert call(web, token())[0] == 200
    status, challenge = call(web, token(exp=AT + 601))
    assert (status, 'error="invalid_token"' in challenge) == (401, True)


def test_replay_a_token_is_worth_nothing_after_its_sign_out(web: Web) -> None:
    given = token()
    assert call(web, given, "POST", "/sign-out")[0] == 204
    assert call(web, given)[0] == 401
    assert call(web, given, "POST", "/queries", QUERY)[0] == 401


def test_replay_a_token_for_one_call_makes_one(web: Web) -> None:
    given = token(ONCE)
    assert call(web, given)[0] == 200
    assert call(web, given, "POST", "/queries", QUERY)[0] == 201
    status, challenge = call(web, given, "POST", "/queries", QUERY)
    assert (status, 'error="invalid_token"' in challenge) == (401, True)
    assert call(web, given)[0] == 200
    assert call(web, token(ONCE, jti="t-2"), "POST", "/queries", QUERY)[0] == 201


def test_replay_ids_of_two_issuers_are_two(web: Web) -> None:
    assert call(web, token())[0] == 200
    assert call(web, token(ONCE))[0] == 200


@pytest.mark.parametrize("scope", [None, "", "openid", "enclaves", "ENCLAVE", ["enclave"], "enclave-admin"])
def test_excess_of_scope_a_token_that_was_not_given_for_this_is_told_so(scope: Any, web: Web) -> None:
    status, challenge = call(web, token(scope=scope))
    assert (status, 'error="insufficient_scope", scope="enclave"' in challenge) == (403, True)


def test_no_token_is_told_to_bring_one_and_nothing_more(web: Web) -> None:
    answer = web.client.get("/api/v1/me")
    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, 'Bearer realm="enclave"')


@pytest.mark.parametrize("header", ["Basic Og==", "Bearer", "Bearer a b", "bearer\t", "DPoP x", ""])
def test_confused_scheme_no_other_kind_of_authorization_counts(header: str, web: Web) -> None:
    assert web.client.get("/api/v1/me", headers={"Authorization": header}).status_code == 401


def test_leaked_token_none_is_taken_from_an_address_or_a_form(web: Web) -> None:
    given = token()
    assert web.client.get("/api/v1/me", params={"access_token": given}).status_code in {400, 401}
    assert web.client.post("/api/v1/sign-out", json={"access_token": given}).status_code == 401


def test_impersonation_a_person_cannot_be_spoken_for_by_a_program_of_their_name(web: Web) -> None:
    """A client that could choose its own id would choose a person's (RFC 9068, section 5)."""
    assert call(web, token(client_id="s-1"))[0] == 403


def test_impersonation_a_program_cannot_be_spoken_for_by_a_person(web: Web) -> None:
    web.service.change_policy(known_elsewhere("nightly"), file=f"people/{PROGRAM}.yaml")
    assert call(web, token(sub="nightly", client_id="nightly", auth_time=None))[0] == 200
    assert call(web, token(sub="nightly", client_id="notebook", jti="t-2"))[0] == 403


def test_privilege_roles_of_a_token_take_away_and_never_give(web: Web) -> None:
    assert call(web, token(roles=["output_checker", "admin", "researcher"]), path="/queue")[0] == 403
    nothing = token(roles=[], jti="t-2")
    me = web.client.get("/api/v1/me", headers={"Authorization": f"Bearer {nothing}"}).json()
    assert me["roles"] == []


def test_privilege_a_program_that_is_given_a_checkers_role_has_it_not(web: Web) -> None:
    """The policy files refuse it; if they did not, the program would still be a researcher alone."""
    web.service.change_policy(known_elsewhere("nightly"), file=f"people/{PROGRAM}.yaml")
    people = dict(web.service.policies.people)
    people[PROGRAM] = replace(people[PROGRAM], roles=frozenset(Role))
    web.service.policies = replace(web.service.policies, people=people, content_hash="another")
    given = token(sub="nightly", client_id="nightly", auth_time=None)
    assert call(web, given, path="/queue")[0] == 403
    assert call(web, given, path="/letters")[0] == 403
