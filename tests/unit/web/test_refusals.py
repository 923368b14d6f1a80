"""Refusals: free up to a number, then they slow the project's next question; a burst is shown to checkers."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from enclave.actions.refusals_made import MANY
from enclave.audit import Kind
from enclave.web.rates import Pace
from tests.support.service import ASKS, CHECKED, CHECKERS, COLLEAGUE, OTHER, STRANGER, THIS
from tests.support.web import Web

ENDLESS = Pace(1_000_000, 1.0)
NONSENSE = "SELECT nonsense"


@pytest.fixture
def web(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Web]:
    """Where five refusals are free, so that a test need not make hundreds."""
    monkeypatch.setattr("enclave.actions.refusals_made.FREE", 5)
    with Web(tmp_path, people_pace=ENDLESS, strangers_pace=ENDLESS) as opened:
        yield opened


def refuse(web: Web, times: int) -> list[int]:
    return [web.ask(f"{NONSENSE}{number}").status_code for number in range(times)]


def on_record(web: Web) -> int:
    with web.service.records.read() as reading:
        return reading.entry_count(kinds=[Kind.QUERY_REFUSED, Kind.QUERY_ASKED])


def test_past_a_number_of_refusals_the_next_question_waits_whatever_it_is(web: Web) -> None:
    assert 429 not in refuse(web, 5)
    slowed = web.ask(CHECKED)
    assert (slowed.status_code, slowed.json()["code"]) == (429, "rate-limited")
    assert int(slowed.headers["retry-after"]) == 1
    assert on_record(web) == 5
    web.service.clock.move(seconds=1)
    assert web.ask(CHECKED).status_code < 300


def test_the_more_refusals_the_longer_the_wait_and_never_past_half_a_minute(web: Web) -> None:
    refuse(web, 5)
    for _ in range(20):
        web.service.clock.move(seconds=1)
        web.ask(NONSENSE)
    assert int(web.ask(NONSENSE).headers["retry-after"]) > 1
    web.service.clock.move(seconds=30)
    assert web.ask(CHECKED).status_code < 300


def test_a_project_has_one_budget_and_another_project_its_own(web: Web) -> None:
    """So that colleagues cannot take turns, and nobody is slowed by strangers."""
    refuse(web, 5)
    asked = {"project": THIS, "sql": CHECKED, "name": "A table"}
    assert web.call("POST", "/queries", COLLEAGUE, body=asked).status_code == 429
    elsewhere = web.call("POST", "/queries", STRANGER, body=asked | {"project": OTHER})
    assert elsewhere.status_code < 300, elsewhere.text


def test_time_gives_all_of_it_back(web: Web) -> None:
    refuse(web, 5)
    assert web.ask(CHECKED).status_code == 429
    web.service.clock.move(minutes=11)
    assert 429 not in refuse(web, 5)


def test_answers_that_are_given_cost_nothing(web: Web) -> None:
    for _ in range(8):
        assert web.ask(CHECKED).status_code < 300


@pytest.mark.parametrize(("made", "is_told"), [(MANY - 1, False), (MANY, True)])
def test_a_checker_is_told_of_many_refusals_before_the_query(
    tmp_path: Path, made: int, is_told: bool
) -> None:
    with Web(tmp_path, people_pace=ENDLESS, strangers_pace=ENDLESS) as web:
        refuse(web, made)
        web.service.clock.move(minutes=2)
        asked = web.ask(CHECKED).json()["id"]
        web.service.clock.move(minutes=2)
        refuse(web, 3)
        id = web.call("POST", "/outputs", ASKS, body={"query": asked, "why": "x"}).json()["id"]
        seen = web.call("GET", f"/outputs/{id}/review", CHECKERS[0]).json()["to_look_at"]
    told = f"{made} questions of the project were refused or failed in the hour before it was asked."
    assert (told in seen) is is_told
