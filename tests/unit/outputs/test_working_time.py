"""The working-day clock, and which pairs decide together."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enclave.outputs.pairs import pair_shares, would_be_over
from enclave.outputs.records import MoveRecord, OutputId
from enclave.outputs.review import due_on
from enclave.outputs.working_time import is_decided, percentile, with_checkers, working_time
from enclave.terms import PersonId

LONDON = ZoneInfo("Europe/London")
CHRISTMAS = frozenset({date(2026, 12, 25), date(2026, 12, 28)})


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=LONDON)


@pytest.mark.parametrize(
    ("start", "end", "hours"),
    [
        ("2026-11-26 09:00", "2026-11-26 12:30", 3.5),
        ("2026-11-27 12:00", "2026-11-30 12:00", 24),  # Friday to Monday: one working day
        ("2026-11-28 00:00", "2026-11-30 00:00", 0),  # a weekend
        ("2026-12-24 12:00", "2026-12-29 12:00", 24),  # bank holidays, and a weekend between them
        ("2026-11-26 12:00", "2026-11-26 09:00", 0),  # a clock that was set back
        ("2026-10-23 12:00", "2026-10-26 12:00", 24),  # the clocks went back on the Sunday
        ("2027-03-26 12:00", "2027-03-29 12:00", 24),  # and forward
    ],
)
def test_only_working_days_of_the_house_count(start: str, end: str, hours: float) -> None:
    found = working_time(at(start), at(end), zone=LONDON, holidays=CHRISTMAS)
    assert found == timedelta(hours=hours)


@given(st.lists(st.integers(0, 365 * 24 * 60), min_size=2, max_size=6))
def test_parts_of_a_time_add_up_to_it(minutes: list[int]) -> None:
    moments = sorted(datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=one) for one in minutes)
    parts = [working_time(one, two, zone=LONDON, holidays=CHRISTMAS) for one, two in pairwise(moments)]
    assert sum(parts, timedelta(0)) == working_time(moments[0], moments[-1], zone=LONDON, holidays=CHRISTMAS)


def moves(*told: tuple[str, str]) -> list[MoveRecord]:
    return [MoveRecord(OutputId("O-1"), n, at(when), state, 1) for n, (when, state) in enumerate(told, 1)]


def test_the_clock_runs_only_while_checkers_have_it() -> None:
    told = moves(
        ("2026-11-23 09:00", "queued"),
        ("2026-11-23 12:00", "in review"),
        ("2026-11-23 13:00", "returned"),  # four hours; then whoever asked takes two days
        ("2026-11-25 13:00", "queued"),
        ("2026-11-25 15:00", "on hold"),  # two; then a licence has lapsed
        ("2026-11-26 15:00", "queued"),
        ("2026-11-26 16:00", "released"),  # one
    )
    found = with_checkers(told, until=at("2027-01-01 00:00"), zone=LONDON, holidays=frozenset())
    assert found == timedelta(hours=7)
    assert is_decided(told)
    assert not is_decided(told[:1])
    assert not is_decided(moves(("2026-11-23 09:00", "released")))  # on the automatic route


def test_a_day_it_is_due_on_is_a_working_day() -> None:
    friday = date(2026, 12, 24)
    assert due_on(friday, working_days=1, holidays=CHRISTMAS) == date(2026, 12, 29)
    assert due_on(friday, working_days=1) == date(2026, 12, 25)


def test_percentiles_are_values_that_were_found() -> None:
    hours = [timedelta(hours=n) for n in range(1, 11)]
    assert percentile(hours, 0.5) == timedelta(hours=5)
    assert percentile(hours, 0.9) == timedelta(hours=9)
    assert percentile(hours[:1], 0.9) == timedelta(hours=1)
    assert percentile([], 0.5) is None


A, B, C = map(PersonId, ("a", "b", "c"))


def test_a_pair_that_handles_over_half_of_the_releases_is_shown() -> None:
    releases = [frozenset({A, B})] * 3 + [frozenset({A, C}), frozenset({B, C})]
    shares = pair_shares(releases, percent=50)
    assert [(one.pair, one.handled, one.of, one.over) for one in shares] == [
        ((A, B), 3, 5, True),
        ((A, C), 1, 5, False),
        ((B, C), 1, 5, False),
    ]
    assert not any(one.over for one in pair_shares(releases[:3], percent=50))  # of three, nothing can be said


def test_whether_a_vote_would_make_a_pair_handle_too_much() -> None:
    releases = [frozenset({A, B})] * 2 + [frozenset({A, C})] * 2
    assert would_be_over(releases, frozenset({A}), B, percent=50) == [(A, B)]
    assert would_be_over(releases, frozenset({C}), B, percent=50) == []
    assert would_be_over(releases, frozenset(), B, percent=50) == []
