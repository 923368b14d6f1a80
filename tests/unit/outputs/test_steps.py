"""Ends are seen on a grid of times, whatever they are."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enclave.outputs.steps import STEPS_SECONDS, seen_from, step_after

START = datetime(2026, 3, 2, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("seconds", "step"),
    [
        (0, 0.02),
        (0.02, 0.02),
        (0.021, 0.1),
        (0.3, 0.5),
        (9.9, 10),
        (60, 60),
        (60.1, 120),
        (120, 120),
        (121, 180),
    ],
)
def test_an_end_is_held_until_the_next_step(seconds: float, step: float) -> None:
    assert step_after(seconds) == step


@given(st.floats(0, 10_000))
def test_a_step_is_never_before_the_end_and_comes_from_the_grid(seconds: float) -> None:
    step = step_after(seconds)
    assert step >= seconds
    assert step in STEPS_SECONDS or step % 60 == 0


def test_a_clock_that_was_set_back_holds_for_the_first_step_only() -> None:
    assert seen_from(START, START - timedelta(hours=1)) == START + timedelta(seconds=STEPS_SECONDS[0])
