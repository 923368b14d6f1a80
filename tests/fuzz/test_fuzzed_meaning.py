"""At a threshold of 1 an answer to a generated query is DuckDB's own over the raw tables, types included."""

import pytest

from tests.fuzz.meaning import Covered, report, run
from tests.fuzz.questions import question

QUESTIONS = 1_100
LEAST_ANSWERED_PERCENT = 50
EVERY_ROW = frozenset(row for seed in range(3_000) for row in question(f"meaning {seed}").rows)


@pytest.fixture(scope="module")
def covered() -> Covered:
    return run(range(QUESTIONS))


def test_no_answer_differs(covered: Covered) -> None:
    assert covered.differences == [], report(covered)


def test_most_questions_are_answered(covered: Covered) -> None:
    assert covered.answered * 100 >= covered.asked * LEAST_ANSWERED_PERCENT, report(covered)


def test_every_row_of_the_design_is_answered_somewhere(covered: Covered) -> None:
    assert EVERY_ROW - covered.rows.keys() == set(), report(covered)


def test_no_two_questions_in_a_hundred_are_alike(covered: Covered) -> None:
    assert len(covered.shapes) * 100 >= covered.answered * 98
    assert len(covered.plans) * 100 >= covered.answered * 90
