"""Texts that a researcher keeps: private to one person, bounded, inert, and gone with the data."""

import html
import re
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from enclave.actions.saved_queries import forget_saved
from enclave.outputs.saved import MOST_SAVED, MOST_SAVED_SQL
from enclave.terms import PersonId
from tests.support.service import (
    ADMIN,
    ASKS,
    AUDITOR,
    AUTOMATIC,
    CHECKERS,
    COLLEAGUE,
    MANAGER,
    STRANGER,
    THIS,
)
from tests.support.web import Browser, Web

PAGE = f"/projects/{THIS}/saved"
EDITOR = f"/projects/{THIS}/query"
EVIL = "\"'><script>alert(1)</script><img src=x onerror=alert(1)>"


@pytest.fixture
def asks(web: Web) -> Browser:
    return web.browser(ASKS)


def keep(web: Web, name: str = "Mine", sql: str = AUTOMATIC, person: PersonId = ASKS) -> Any:
    return web.call("POST", "/saved-queries", person, body={"project": THIS, "name": name, "sql": sql})


def kept(web: Web, person: PersonId = ASKS) -> list[tuple[str, str]]:
    found = web.call("GET", f"/saved-queries?project={THIS}", person).json()["items"]
    return [(one["name"], one["sql"]) for one in found]


def save(browser: Browser, sql: str, name: str) -> str:
    answer = browser.sends(EDITOR, sql=sql, name=name, route="ordinary", act="save")
    assert answer.status_code == 200
    return html.unescape(answer.text)


def test_what_is_saved_is_listed_by_name_and_given_back_as_it_was(web: Web) -> None:
    text = "SELECT sex,\n  'café 😀'  AS x\nFROM nowhere -- not checked"
    made = keep(web, "The second", text)
    assert (made.status_code, made.headers["location"]) == (201, "/api/v1/saved-queries/S-1")
    keep(web, "A first")
    assert kept(web) == [("A first", AUTOMATIC), ("The second", text)]
    assert web.call("GET", "/saved-queries/S-1").json() == made.json()
    with web.service.records.read() as reading:
        assert reading.queries(project=THIS) == ()


def test_saving_under_the_same_name_replaces_the_text_of_that_person_alone(web: Web) -> None:
    keep(web, person=COLLEAGUE)
    ids = {keep(web, sql=sql).json()["id"] for sql in ("SELECT 1", "SELECT 2")}
    assert len(ids) == 1
    assert kept(web) == [("Mine", "SELECT 2")]
    assert kept(web, COLLEAGUE) == [("Mine", AUTOMATIC)]


@pytest.mark.parametrize("person", [COLLEAGUE, MANAGER, STRANGER, CHECKERS[0], ADMIN, AUDITOR])
def test_nobody_else_sees_or_changes_it(web: Web, person: PersonId) -> None:
    keep(web)
    assert kept(web, person) == []
    answers = [
        web.call("GET", "/saved-queries/S-1", person),
        web.call("POST", "/saved-queries/S-1/rename", person, body={"name": "Yours"}),
        web.call("DELETE", "/saved-queries/S-1", person),
    ]
    assert [answer.status_code for answer in answers] == [404, 404, 404]
    assert kept(web) == [("Mine", AUTOMATIC)]


def test_a_name_that_is_taken_is_no_new_name_for_another(web: Web) -> None:
    keep(web, "One")
    keep(web, "Two")
    assert web.call("POST", "/saved-queries/S-2/rename", body={"name": " One "}).status_code == 409
    assert web.call("POST", "/saved-queries/S-2/rename", body={"name": "Three"}).json()["name"] == "Three"
    assert [name for name, _ in kept(web)] == ["One", "Three"]


def test_there_is_a_limit_on_their_number_and_their_length(web: Web) -> None:
    for number in range(MOST_SAVED):
        web.seconds += 60
        assert keep(web, f"Text {number}", "SELECT 1").status_code == 201
    assert keep(web, "One more", "SELECT 1").status_code == 409
    assert keep(web, "Text 0", "x" * MOST_SAVED_SQL).status_code == 201
    assert keep(web, "Text 0", "x" * (MOST_SAVED_SQL + 1)).status_code == 400
    assert len(kept(web)) == MOST_SAVED


def test_the_editor_saves_opens_and_says_what_cannot_be_saved(web: Web, asks: Browser) -> None:
    assert "Saved as “Mine”" in save(asks, AUTOMATIC, "Mine")
    assert "Not saved." in save(asks, AUTOMATIC, " ")
    assert "Not saved." in save(asks, " ", "Empty")
    assert "Not saved." in save(asks, "x" * (MOST_SAVED_SQL + 1), "Long")
    assert kept(web) == [("Mine", AUTOMATIC)]
    (link,) = re.findall(rf'href="({EDITOR}\?saved=[^"]*)"', asks.opens(PAGE).text)
    opened = html.unescape(asks.opens(link).text)
    assert AUTOMATIC in opened
    assert 'value="Mine"' in opened


def test_the_page_renames_and_removes_without_a_script(web: Web, asks: Browser) -> None:
    assert "You keep none yet" in asks.opens(PAGE).text
    keep(web, "One")
    keep(web, "Two")
    assert asks.sends(f"{PAGE}/S-1/rename", name="Other").headers["location"] == PAGE
    assert "another query of this name" in asks.sends(f"{PAGE}/S-1/rename", name="Two").text
    assert asks.sends(f"{PAGE}/S-2/remove").headers["location"] == PAGE
    assert kept(web) == [("Other", AUTOMATIC)]


def test_pages_of_somebody_else_are_not_there(web: Web) -> None:
    keep(web)
    colleague = web.browser(COLLEAGUE)
    assert "Mine" not in colleague.opens(PAGE).text
    assert colleague.opens(f"{EDITOR}?saved=S-1").status_code == 404
    assert colleague.sends(f"{PAGE}/S-1/remove").status_code == 404
    assert web.browser(STRANGER).opens(PAGE).status_code == 404
    assert kept(web) == [("Mine", AUTOMATIC)]


def test_a_hostile_name_and_text_stay_text(web: Web, asks: Browser) -> None:
    keep(web, EVIL, f"SELECT 1 -- {EVIL}</textarea><script>alert(2)</script>")
    for path in (PAGE, f"{EDITOR}?saved=S-1"):
        text = asks.opens(path).text
        assert "alert(1)" in text
        assert "<script>alert" not in text
        assert "<img src=x" not in text
    assert "<script>alert" not in save(asks, AUTOMATIC, EVIL).replace(html.unescape(EVIL), "")


def test_the_log_says_that_something_was_saved_and_not_what(web: Web) -> None:
    keep(web, "Name-in-no-log", "SELECT text_in_no_log")
    web.call("POST", "/saved-queries/S-1/rename", body={"name": "Nor-this-name"})
    web.call("DELETE", "/saved-queries/S-1")
    with web.service.records.read() as reading:
        entries = reading.entries(project=THIS, actor=ASKS)[:3]
    assert [entry.kind for entry in entries] == ["query.unsaved", "query.saved", "query.saved"]
    assert [entry.body and entry.body.get("saved") for entry in entries] == ["S-1"] * 3
    told = " ".join(str(entry.body) for entry in entries)
    assert not re.search("text_in_no_log|Name-in-no-log|Nor-this", told)


def test_it_is_gone_once_the_data_of_the_project_are_to_be_destroyed(web: Web) -> None:
    keep(web)
    forget_saved(web.service.desk)
    assert kept(web) == [("Mine", AUTOMATIC)]
    before = web.service.policies
    project = before.projects[THIS]
    over = replace(project, dates=replace(project.dates, destroy_by=date(2020, 1, 1)))
    web.service.policies = replace(before, projects={**before.projects, THIS: over})
    assert kept(web) == []
    assert keep(web).status_code == 403
    forget_saved(web.service.desk)
    web.service.policies = before
    assert kept(web) == []
