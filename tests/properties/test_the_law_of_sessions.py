"""The law, over whole sessions: what is done must be the same for nobody as for one person fewer than the threshold.

Sessions of at least twenty questions, with the ledger on, in two worlds that no number shown tells apart: every byte is
the same in both, unless the line itself lies between them. See `tests.oracle.law.sessions`. Many more of them:
`make law`, or `HYPOTHESIS_PROFILE=deep`.
"""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enclave.disclosure.ledger import differences
from enclave.disclosure.ledger.linear import Finding, System
from enclave.disclosure.ledger.numbers import Population
from tests.oracle.law.questions import TRACKERS, session, with_checkers
from tests.oracle.law.sessions import MIN_UNITS, ask_twins, fewest, is_told_apart, is_unlawful
from tests.oracle.law.wider import WIDER
from tests.oracle.law.world import make_world
from tests.support.budget import one_in

SEEDS_THAT_FOUND_SOMETHING = (8112,)  # nobody of a further code
SEEDS_WITH_FLAGS = (2, 3, 4, 5)  # in each of them some number was flagged, and approved
A_MEDIAN = 600_033
LONG = 20
QUESTIONS = 22
LEAST_ALIKE_PERCENT = 50
"""Of sessions whose twins answer alike for twenty questions or more."""


def test_twins_that_nothing_shown_tells_apart_get_the_same_bytes_for_twenty_questions() -> None:
    twins, long = [0], [0]

    @given(st.integers(0, 1_000_000))
    @one_in(6)
    def each(seed: int) -> None:
        ending = ask_twins(session(seed, length=QUESTIONS), make_world(seed), seed=seed)
        if ending is None:
            return
        twins[0] += 1
        long[0] += ending.alike >= LONG
        assert not is_unlawful(ending), fewest(ending)

    each()
    assert long[0] * 100 >= twins[0] * LEAST_ALIKE_PERCENT, "too few stayed twins to mean anything"
    assert long[0]


@pytest.mark.parametrize("seed", SEEDS_THAT_FOUND_SOMETHING)
def test_a_session_that_broke_the_law_once_does_so_no_more(seed: int) -> None:
    ending = ask_twins(session(seed, length=QUESTIONS), make_world(seed), seed=seed)
    assert ending is not None
    assert not is_unlawful(ending), fewest(ending)


def test_twenty_different_values_of_a_median_are_a_line_of_their_own() -> None:
    """Two people change places: a cell of twenty people, all of different values, is one of twenty-one in the twin."""
    ending = ask_twins(session(A_MEDIAN, length=QUESTIONS), make_world(A_MEDIAN), seed=A_MEDIAN)
    assert ending is not None
    assert ending.parted is not None
    few = fewest(ending)
    assert not is_unlawful(few)
    assert [is_told_apart(few, MIN_UNITS, values=most) for most in (19, 20, 21)] == [False, True, False]


@pytest.mark.parametrize("seed", [700_001, 700_004])
def test_sessions_with_pivots_windows_and_uneven_joins_keep_the_law(seed: int) -> None:
    questions = session(seed, length=QUESTIONS, shapes=WIDER)
    ending = ask_twins(questions, make_world(seed), seed=seed)
    assert ending is not None
    assert not is_unlawful(ending), fewest(ending)


@pytest.mark.parametrize("seed", SEEDS_WITH_FLAGS)
def test_sessions_that_leave_numbers_to_checkers_keep_the_law(seed: int) -> None:
    """Half of the questions are asked of checkers, and wait, are approved with all their flags, or are rejected."""
    questions = with_checkers(session(seed, length=QUESTIONS), seed)
    ending = ask_twins(questions, make_world(seed), seed=seed)
    assert ending is not None
    assert not is_unlawful(ending), fewest(ending)


def test_a_ledger_that_shows_a_difference_of_nobody_breaks_the_law(monkeypatch: pytest.MonkeyPatch) -> None:
    """The rule for 0 switched off: what equals an earlier number is shown, what lacks one person is not."""
    of_equal_units, judge = differences._of_equal_units, System.judge

    def nobody_is_no_difference(
        new: Population, known: Population, min_units: int
    ) -> differences.Difference | None:
        found = of_equal_units(new, known, min_units)
        return None if found is differences.Difference.ZERO else found

    def nobody_is_no_rest(system: System, *number: Any, **how: Any) -> Finding:
        found = judge(system, *number, **how)
        return Finding.CLEAR if found is Finding.ZERO_REST else found

    monkeypatch.setattr(differences, "_of_equal_units", nobody_is_no_difference)
    monkeypatch.setattr(System, "judge", nobody_is_no_rest)
    endings = (
        ask_twins(session(seed, length=8, shapes=TRACKERS), make_world(seed), seed=seed) for seed in range(40)
    )
    assert any(ending is not None and is_unlawful(ending) for ending in endings)
