"""The sign-in service of the tests answers as a certified one does."""

import base64
import json
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.support.provider import AUDIENCE, Certificate, provider_process


def claims_of(token: str) -> dict[str, Any]:
    part = token.split(".")[1]
    found: dict[str, Any] = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    return found


def test_a_service_account_is_given_an_access_token_for_this_audience(certificate: Certificate) -> None:
    with provider_process(certificate, services=("nightly",)) as provider:
        found = claims_of(provider.service_token("nightly"))
    assert (found["iss"], found["aud"], found["sub"]) == (provider.issuer, AUDIENCE, "nightly")


def test_somebody_signs_in_for_a_device_by_its_code(certificate: Certificate, page: Page) -> None:
    with provider_process(certificate) as provider:
        client = {"client_id": "enclave-cli"}
        asked = provider.http.post(
            "/device/auth", data=client | {"scope": "openid enclave", "resource": AUDIENCE}
        )
        page.goto(asked.json()["verification_uri_complete"])
        page.get_by_role("button", name="Confirm").click()
        page.get_by_label("Name").fill("s-1")
        page.get_by_role("button", name="Sign in").click()
        page.get_by_role("heading", name="Signed in").wait_for()
        grant = {
            "grant_type": "urn:ietf:params:oauth:grant-type:device_code",
            "device_code": asked.json()["device_code"],
        }
        answer = provider.http.post("/token", data=client | grant)
    assert answer.status_code == 200, answer.text
    found = claims_of(answer.json()["access_token"])
    assert (found["sub"], found["aud"], found["acr"]) == ("s-1", AUDIENCE, "mfa")
    assert found["amr"] == ["pwd", "otp", "mfa"]
    assert found["auth_time"] == pytest.approx(found["iat"], abs=60)
