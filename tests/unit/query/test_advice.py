"""What is noted beside a query that may be asked as it is."""

import re
from collections.abc import Iterator

import pytest

from tests.support.planning import Planner, planner

TWICE = "SELECT gender, count(*) AS pupils FROM school_census_pupil WHERE term = 'SPR' GROUP BY gender, academic_year"


@pytest.fixture(scope="module")
def plans() -> Iterator[Planner]:
    with planner() as made:
        yield made


def test_a_filter_for_one_row_each_is_noted_and_is_what_proves_it(plans: Planner) -> None:
    (note,) = plans.plan(TWICE).advice
    condition = note.partition("add: ")[2]
    assert condition == "(record_status < 100 OR record_status IS NULL)"
    assert plans.plan(TWICE.replace("'SPR'", f"'SPR' AND {condition}")).advice == ()


@pytest.mark.parametrize(
    ("compared", "better"),
    [("att8 >= 47.5", "att8 >= 50"), ("att8 BETWEEN 11.25 AND 31.75", "att8 BETWEEN 10 AND 30")],
)
def test_a_number_off_the_cut_points_is_noted_with_the_nearest_that_needs_no_checker(
    plans: Planner, compared: str, better: str
) -> None:
    sql = f"SELECT count(DISTINCT pmr_anon) AS pupils FROM ks4_pupil WHERE {compared}"
    planned = plans.plan(sql)
    (note,) = planned.advice
    assert note == f"{compared} is off the cut points, so that the answer goes to checkers; {better} is not."
    assert not planned.routing.route.automatic
    on_cut = plans.plan(sql.replace(compared, better))
    assert on_cut.advice == ()
    assert on_cut.routing.route.automatic


def test_arithmetic_off_the_cut_points_is_noted_too(plans: Planner) -> None:
    (note,) = plans.plan("SELECT count(DISTINCT pmr_anon) FROM ks4_pupil WHERE att8 / 2 > 23.75").advice
    assert re.fullmatch(
        r"att8 / 2 > 23.75 is off the cut points, so that the answer goes to checkers\.", note
    )


def test_a_text_that_is_no_code_is_noted_with_the_codes(plans: Planner) -> None:
    sql = "SELECT count(DISTINCT pmr_anon) AS pupils FROM school_census_pupil WHERE term = 'Spring'"
    assert plans.plan(sql).advice == ("term has no code 'Spring'; its codes are AUT, SPR and SUM.",)
    assert plans.plan(sql.replace("= 'Spring'", "IN ('SPR', 'SUM')")).advice == ()
