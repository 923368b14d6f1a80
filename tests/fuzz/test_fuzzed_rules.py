"""Generated queries at a threshold that hides, queries that must be refused, and texts that nobody would write."""

import pytest

from tests.fuzz.judged import Judged, by_the_oracle, by_witnesses, must_be_refused
from tests.fuzz.mutations import Read, read_texts
from tests.fuzz.refusals import ROWS

WITNESSED, BY_THE_ORACLE, REFUSED, TEXTS = 160, 40, 700, 2_000
LEAST_ANSWERED_PERCENT = 50


@pytest.fixture(scope="module")
def witnessed() -> Judged:
    return by_witnesses(range(WITNESSED))


def test_no_row_stands_on_too_few_people_and_no_secret_of_a_few_comes_out(witnessed: Judged) -> None:
    assert not witnessed.wrong, "\n".join(witnessed.wrong)


def test_most_questions_at_a_threshold_are_answered_and_numbers_are_shown(witnessed: Judged) -> None:
    assert witnessed.answered * 100 >= witnessed.asked * LEAST_ANSWERED_PERCENT, witnessed
    assert witnessed.shown > 0


def test_no_number_breaks_a_rule_of_the_oracle() -> None:
    judged = by_the_oracle(range(BY_THE_ORACLE))
    assert not judged.wrong, "\n".join(judged.wrong)
    assert judged.by_order * 20 <= judged.answered
    assert judged.shown > 0


def test_what_the_design_refuses_is_refused_with_its_code() -> None:
    judged = must_be_refused(range(REFUSED))
    assert not judged.wrong, "\n".join(judged.wrong)
    assert judged.rows.keys() == {f"refused: {row}" for row, _, _ in ROWS}


def test_of_any_text_the_parser_makes_a_query_or_coded_problems() -> None:
    found: Read = read_texts(range(TEXTS))
    assert not found.wrong, "\n".join(found.wrong)
    assert found.passed > 0
    assert {"syntax", "not-a-query", "too-complex"} <= found.codes.keys()
