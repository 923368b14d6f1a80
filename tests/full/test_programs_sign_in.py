"""Terminals and programs sign in at a real sign-in service: by a code, and with credentials of their own.

Then the service goes wrong: its keys change while tokens are about, and it is gone. Nothing opens because of it.
"""

import json
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from enclave.identity.keys import RETRY
from tests.full.sign_in import RESEARCHER, SUBJECTS, Together, together
from tests.support.commands import quiet_environment
from tests.support.processes import PROJECT
from tests.support.provider import AUDIENCE, Certificate, provider_process, signing_key

SQL = "SELECT la_code, count(*) AS pupils FROM school_census_pupil WHERE term = 'SPR' GROUP BY la_code"


@pytest.fixture(scope="module")
def both(
    home: Path, certificate: Certificate, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Together]:
    folder = tmp_path_factory.mktemp("programs")
    with together(home, folder, certificate, programs=("nightly",)) as found:
        yield found


def device_token(both: Together, page: Page, subject: str, **asked: str) -> str:
    """An access token of somebody who typed the code in."""
    http, client = both.provider.http, {"client_id": "enclave-cli"}
    wanted = {"scope": "openid enclave", "resource": AUDIENCE} | asked
    begun = http.post("/device/auth", data=client | wanted).json()
    page.goto(begun["verification_uri_complete"])
    page.get_by_role("button", name="Confirm").click()
    both.says_who(page, subject)
    page.get_by_role("heading", name="Signed in").wait_for()
    grant = {
        "grant_type": "urn:ietf:params:oauth:grant-type:device_code",
        "device_code": begun["device_code"],
    }
    return str(http.post("/token", data=client | grant).json()["access_token"])


def test_enclave_login_signs_a_terminal_in_by_a_code_and_logout_ends_the_token_everywhere(
    both: Together, page: Page, tmp_path: Path
) -> None:
    environment = quiet_environment() | {
        "XDG_CONFIG_HOME": str(tmp_path),
        "SSL_CERT_FILE": str(both.provider.certificate.file),
    }
    command = [sys.executable, "-m", "enclave.cli.main"]
    with subprocess.Popen(
        [*command, "login", both.gateway.url],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as login:
        assert login.stderr is not None
        first = login.stderr.readline()
        found = re.fullmatch(r"Open (\S+) in a browser and enter the code: (\S+)\n", first)
        assert found is not None, first + login.stderr.read()
        page.goto(found[1])
        page.locator("input[name=user_code]").fill(found[2])
        page.get_by_role("button", name="Continue").click()
        page.get_by_role("button", name="Confirm").click()
        both.says_who(page, SUBJECTS[RESEARCHER])
        page.get_by_role("heading", name="Signed in").wait_for()
        said, _ = login.communicate(timeout=60)
    assert said.startswith("Signed in: Researcher (example). One project: P-2026-014")
    kept = json.loads((tmp_path / "enclave" / "sign-in.json").read_text())
    assert both.asks(kept["token"]).status_code == 200
    subprocess.run([*command, "logout"], env=environment, check=True, capture_output=True)
    again = both.asks(kept["token"])
    assert (again.status_code, again.json()["code"]) == (401, "unauthenticated")


def test_a_program_asks_on_its_one_project_and_decides_nothing(both: Together) -> None:
    token = both.provider.service_token("nightly")
    me = both.asks(token).json()
    assert ([one["id"] for one in me["projects"]], me["roles"]) == ([PROJECT], ["researcher"])
    assert both.asks(token, "POST", "/queries", project=PROJECT, sql=SQL).status_code == 201
    assert both.asks(token, path="/queue").status_code == 403
    vote = {"verdict": "approve", "comment": "", "hashes": {}}
    assert both.asks(token, "POST", "/outputs/O-1/reviews", **vote).status_code in {403, 428}


def test_a_token_for_another_scope_is_told_which_one_it_lacks(both: Together, page: Page) -> None:
    token = device_token(both, page, SUBJECTS[RESEARCHER], scope="openid")
    answer = both.asks(token)
    assert (answer.status_code, answer.json()["code"]) == (403, "insufficient-scope")
    assert 'error="insufficient_scope", scope="enclave"' in answer.headers["www-authenticate"]


def settled(both: Together, token: str) -> int:
    """What a token is answered once the service has looked for its key."""
    for _ in range(2 * int(RETRY.total_seconds())):
        status: int = both.asks(token).status_code
        if status != 401:
            break
        time.sleep(1)
    return status


def test_keys_that_change_in_flight_are_followed(
    home: Path, certificate: Certificate, tmp_path: Path
) -> None:
    old, new = signing_key("old"), signing_key("new")
    with together(home, tmp_path, certificate, programs=("nightly",), keys=(old,)) as both:
        before = both.provider.service_token("nightly")
        assert both.asks(before).status_code == 200
        port, programs = both.provider.port, ("nightly",)
        both.provider.stop()
        with provider_process(certificate, services=programs, keys=(new, old), port=port) as both_keys:
            assert both.asks(before).status_code == 200
            after = both_keys.service_token("nightly")
            assert (
                settled(both, after) == 200
            )  # its key is looked for some seconds after the last look at the latest
            assert both.asks(before).status_code == 200
        with provider_process(certificate, services=programs, keys=(new,), port=port):
            assert both.asks(after).status_code == 200


def test_nobody_new_gets_in_when_the_sign_in_service_is_gone(
    home: Path, certificate: Certificate, tmp_path: Path, page: Page
) -> None:
    with together(home, tmp_path, certificate, programs=("nightly",)) as both:
        token = both.provider.service_token("nightly")
        both.provider.stop()
        # Its keys were never fetched, so nobody can tell whether the token is good.
        answer = both.asks(token)
        assert (answer.status_code, answer.json()["code"]) == (503, "sign-in-unavailable")
        page.goto(f"{both.gateway.url}/sign-in/start")
        expect(page.get_by_role("heading", level=1)).to_have_text("Nobody can be signed in just now")
        assert both.gateway.http.get("/api/v1/sign-in").status_code == 503
