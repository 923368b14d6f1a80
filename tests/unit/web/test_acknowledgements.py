"""Prohibited uses: asked at sign-in and when they change, on record in the words that were read, and required."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from enclave.audit import Kind
from tests.support.service import ADMIN, ASKS, AUTOMATIC, COLLEAGUE, STRANGER, THIS, Files
from tests.support.web import Web

PATH = "/me/acknowledgements"


@pytest.fixture
def web(tmp_path: Path) -> Iterator[Web]:
    """A service whose house requires it."""
    with Web(tmp_path) as opened:
        opened.service.change_policy(required, file="house.yaml")
        yield opened


def required(house: Files) -> None:
    house["sign_in"] = {"prohibited_uses": "required"}


def listed(web: Web) -> dict[str, Any]:
    (found,) = web.call("GET", PATH).json()["items"]
    assert isinstance(found, dict)
    return found


def acknowledge(web: Web, **changes: object) -> Any:
    body = {"project": THIS, "acknowledgement": listed(web)["acknowledgement"]} | changes
    return web.call("POST", PATH, body=body)


def test_nobody_asks_or_checks_before_they_have_acknowledged_what_is_prohibited(web: Web) -> None:
    for path in ("/queries", "/check"):
        refused = web.call("POST", path, body={"project": THIS, "sql": AUTOMATIC})
        assert (refused.status_code, refused.json()["code"]) == (403, "purposes-not-acknowledged")
    found = listed(web)
    assert found["due"] is True
    assert {"immigration_enforcement", "marketing", "profiling"} <= set(found["prohibited_uses"])
    assert acknowledge(web).json()["due"] is False
    assert web.ask().status_code == 201


def test_it_is_on_record_with_the_words_and_whoever_said_them(web: Web) -> None:
    found = listed(web)
    acknowledge(web)
    with web.service.records.read() as reading:
        (entry,) = reading.entries(kinds=[Kind.PURPOSES_ACKNOWLEDGED])
    assert (entry.actor, entry.project) == (ASKS, THIS)
    assert entry.body is not None
    assert entry.body["uses"] == found["prohibited_uses"]
    assert entry.body["acknowledgement"] == found["acknowledgement"]


def test_it_is_asked_again_when_the_uses_change(web: Web) -> None:
    acknowledge(web)
    old = listed(web)["acknowledgement"]

    def more(house: Files) -> None:
        required(house)
        house["never"] = ["marketing", "advocacy"]

    web.service.change_policy(more, file="house.yaml")
    assert listed(web)["due"] is True
    assert web.ask().json()["code"] == "purposes-not-acknowledged"
    unread = acknowledge(web, acknowledgement=old)
    assert (unread.status_code, unread.json()["code"]) == (409, "conflict")
    assert web.ask().json()["code"] == "purposes-not-acknowledged"
    acknowledge(web)
    assert web.ask().status_code == 201


def test_it_is_asked_at_each_sign_in(web: Web) -> None:
    acknowledge(web)
    web.service.clock.move(minutes=1)
    assert listed(web)["due"] is True  # a token of somebody who signed in a minute later
    assert web.ask().json()["code"] == "purposes-not-acknowledged"


def test_one_person_does_not_acknowledge_for_another(web: Web) -> None:
    acknowledge(web)
    body = {"project": THIS, "sql": AUTOMATIC}
    assert web.call("POST", "/check", COLLEAGUE, body=body).json()["code"] == "purposes-not-acknowledged"


def test_whoever_is_not_on_a_project_learns_nothing_of_it(web: Web) -> None:
    body = {"project": THIS, "acknowledgement": "0" * 64}
    there = web.call("POST", PATH, STRANGER, body=body)
    nowhere = web.call("POST", PATH, STRANGER, body=body | {"project": "P-NONE-1"})
    assert (there.status_code, there.json()["code"]) == (403, "not-on-project")
    assert {**there.json(), "request_id": ""} == {**nowhere.json(), "request_id": ""}
    assert web.call("GET", PATH, ADMIN).json()["items"] == []


def test_a_house_of_made_up_people_may_ask_and_let_them_go_on(tmp_path: Path) -> None:
    with Web(tmp_path) as web:
        assert listed(web)["due"] is True
        assert web.ask().status_code == 201
