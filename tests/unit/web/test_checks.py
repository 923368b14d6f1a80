"""Checks: free up to a number, then slower by their number alone, and a burst of them is shown to checkers."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from enclave.actions.checks_made import MANY, shape_of
from enclave.audit import Kind
from enclave.web.rates import Pace
from tests.support.service import ASKS, CHECKED, CHECKERS, COLLEAGUE, STRANGER, THIS
from tests.support.web import Web

ENDLESS = Pace(1_000_000, 1.0)


@pytest.fixture
def web(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Web]:
    """Where five checks are free, so that a test need not make hundreds."""
    monkeypatch.setattr("enclave.actions.checks_made.FREE", 5)
    with Web(tmp_path, people_pace=ENDLESS, strangers_pace=ENDLESS) as opened:
        yield opened


def check(web: Web, number: int = 0, person: str = ASKS) -> int:
    body = {
        "project": THIS,
        "sql": f"SELECT sex, count(*) AS n FROM patient WHERE weight > {number} GROUP BY 1",
    }
    return web.call("POST", "/check", person, body=body).status_code  # type: ignore[arg-type]


def checks_on_record(web: Web) -> int:
    with web.service.records.read() as reading:
        return len(reading.entries(kinds=[Kind.CHECK_MADE]))


def test_past_a_number_each_check_waits_for_the_one_before_it(web: Web) -> None:
    assert [check(web, number) for number in range(5)] == [200] * 5
    body = {"project": THIS, "sql": CHECKED}
    slowed = web.call("POST", "/check", body=body)
    assert (slowed.status_code, slowed.json()["code"]) == (429, "rate-limited")
    assert int(slowed.headers["retry-after"]) == 1
    assert checks_on_record(web) == 5
    web.service.clock.move(seconds=1)
    assert check(web) == 200
    assert check(web) == 429


def test_what_slows_is_the_number_of_checks_and_not_what_they_ask(web: Web) -> None:
    for _ in range(5):
        web.call("POST", "/check", body={"project": THIS, "sql": "SELECT nonsense"})
    assert check(web) == 429


def test_one_person_does_not_slow_another_and_time_gives_all_of_it_back(web: Web) -> None:
    for number in range(5):
        check(web, number)
    assert check(web) == 429
    assert check(web, person=COLLEAGUE) == 200
    web.service.clock.move(minutes=11)
    assert [check(web, number) for number in range(5)] == [200] * 5


def test_the_headers_say_what_is_left(web: Web) -> None:
    body = {"project": THIS, "sql": CHECKED}
    first, second = (web.call("POST", "/check", body=body).headers["ratelimit"] for _ in range(2))
    assert ('"checks";r=4;t=600' in first, '"checks";r=3;t=600' in second) == (True, True)
    asked = web.ask().headers
    assert '"cells";q=20000;w=86400' in asked["ratelimit-policy"]
    assert '"cells";r=' in asked["ratelimit"]


def test_a_stranger_is_told_nothing_of_a_projects_checks(web: Web) -> None:
    refused = web.call("POST", "/check", STRANGER, body={"project": THIS, "sql": CHECKED})
    assert refused.status_code == 403
    assert "checks" not in refused.headers["ratelimit"]


@pytest.mark.parametrize(("made", "is_told"), [(MANY - 1, False), (MANY, True)])
def test_a_checker_is_told_of_many_checks_that_are_alike_before_the_query(
    tmp_path: Path, made: int, is_told: bool
) -> None:
    with Web(tmp_path, people_pace=ENDLESS, strangers_pace=ENDLESS) as web:
        for number in range(made):
            check(web, number)
        web.call("POST", "/check", body={"project": THIS, "sql": "SELECT count(*) AS n FROM patient"})
        web.service.clock.move(minutes=2)
        id = web.call("POST", "/outputs", body={"query": web.ask(CHECKED).json()["id"], "why": "x"}).json()[
            "id"
        ]
        seen = web.call("GET", f"/outputs/{id}/review", CHECKERS[0]).json()["to_look_at"]
    told = f"{made + 1} checks in the hour before it was asked; {made} of them differ in constants alone."
    assert (told in seen) is is_told


def test_a_shape_is_the_text_without_its_constants_spaces_and_comments() -> None:
    base = shape_of("SELECT a FROM t WHERE b = 1 AND c = 'x'")
    assert base == shape_of("select a from t /* why */ where b = 2.5\n and c = 'it''s'")
    assert base != shape_of("SELECT a FROM t WHERE b = 1 AND d = 'x'")
    assert shape_of("SELECT 'never closed $$ \\") != base
