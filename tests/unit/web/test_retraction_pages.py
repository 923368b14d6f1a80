"""A field is to be retracted: one person asks on the page of data versions, another agrees; or over the API."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.service import ADMIN, AUDITOR, STEWARD
from tests.support.web import Web

PAGE = "/oversight/data"


@pytest.fixture
def web(tmp_path: Path) -> Iterator[Web]:
    with Web(tmp_path) as opened:
        yield opened


def test_one_asks_and_another_agrees(web: Web) -> None:
    steward, admin = web.browser(STEWARD), web.browser(ADMIN)
    assert "None was asked for" in steward.opens(PAGE).text
    assert 'name="field"' not in admin.opens(PAGE).text
    asked = steward.sends(f"{PAGE}/retractions", field="patient.sex", reason="<b>no more</b>")
    assert asked.status_code == 303
    seen = steward.opens(PAGE).text
    assert "Waits for a second person" in seen
    assert "&lt;b&gt;no more&lt;/b&gt;" in seen
    assert steward.sends(f"{PAGE}/retractions/A-1/confirm").status_code == 403
    assert "Agree<span" in admin.opens(PAGE).text
    assert "Agree<span" not in web.browser(AUDITOR).opens(PAGE).text
    assert admin.sends(f"{PAGE}/retractions/A-1/confirm").status_code == 303
    assert str(ADMIN) in steward.opens(PAGE).text
    assert admin.sends(f"{PAGE}/retractions/A-1/confirm").status_code == 409


@pytest.mark.parametrize(
    ("field", "reason"), [("patient.nothing", "why"), ("age", "why"), ("patient.sex", " "), ("a.b.c", "why")]
)
def test_what_cannot_be_retracted_is_told(web: Web, field: str, reason: str) -> None:
    answer = web.browser(STEWARD).sends(f"{PAGE}/retractions", field=field, reason=reason)
    assert answer.status_code == 409
    assert "<h1" in answer.text


def test_the_api_tells_of_both(web: Web) -> None:
    body = {"table": "patient", "field": "weight", "reason": "no more"}
    asked = web.call("POST", "/retractions", STEWARD, body=body).json()
    assert asked["agreed_by"] is None
    assert web.call("POST", "/retractions", STEWARD, body=body).status_code == 409
    web.service.clock.move(minutes=20)
    agreed = web.call("POST", f"/retractions/{asked['id']}/confirm", ADMIN).json()
    assert (agreed["asked_by"], agreed["agreed_by"]) == (STEWARD, ADMIN)
    (found, *_) = web.call("GET", "/retractions", AUDITOR).json()["items"]
    assert found == agreed
