"""A bell is heard by whoever listens, and by whoever begins to listen just after it."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial

import pytest

from enclave.outputs.records import QueryId
from enclave.outputs.views import QueryView
from enclave.terms import PersonId, ProjectId
from enclave.web.waiting import until_over
from enclave.wiring import bell as bells
from enclave.wiring.bell import Bell

RUNNING = QueryView(
    QueryId("Q-1"),
    ProjectId("P-1"),
    PersonId("ann"),
    "",
    "SELECT 1",
    "running",
    0,
    "automatic",
    (),
    1,
    datetime(2026, 1, 1, tzinfo=UTC),
    None,
    None,
)
OVER = replace(RUNNING, status="released")


def test_who_listens_hears_each_time_and_others_hear_nothing() -> None:
    bell, heard = Bell(), list[str]()
    with bell.listening("a", lambda: heard.append("a")), bell.listening("b", lambda: heard.append("b")):
        bell.ring("a")
        bell.ring("a")
    bell.ring("b")
    assert heard == ["a", "a"]


def test_who_comes_just_after_it_rang_hears_it_and_the_oldest_are_forgotten(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(bells, "MOST_REMEMBERED", 2)
    bell, heard = Bell(), list[str]()
    for name in ("a", "b", "c"):
        bell.ring(name)
    for name in ("a", "b", "c"):
        with bell.listening(name, partial(heard.append, name)):
            pass
    assert heard == ["b", "c"]


@pytest.mark.parametrize("rung", ["before it is waited for", "meanwhile"])
def test_a_query_is_looked_at_once_when_it_has_ended(rung: str) -> None:
    bell, looks = Bell(), list[float]()

    async def wait() -> QueryView:
        loop = asyncio.get_running_loop()
        began = loop.time()

        def look() -> QueryView:
            looks.append(loop.time() - began)
            return OVER

        if rung == "meanwhile":
            loop.call_later(0.02, bell.ring, RUNNING.id)
        else:
            bell.ring(RUNNING.id)
        return await until_over(RUNNING, look, bell=bell, seconds=30, stopping=lambda: False)

    assert asyncio.run(wait()) == OVER
    (when,) = looks
    assert when < 0.9


def test_a_query_that_does_not_end_is_given_back_as_it_is_after_so_long() -> None:
    async def wait() -> QueryView:
        return await until_over(RUNNING, lambda: RUNNING, bell=Bell(), seconds=0.05, stopping=lambda: False)

    assert asyncio.run(wait()) == RUNNING
