"""How many cells an answer can have decides its route and its allowance: an upper bound, and not a wild one."""

from collections.abc import Iterator

import pytest

from tests.support.corpus import session_queries
from tests.support.planning import Planner, planner


@pytest.fixture(scope="module")
def plans() -> Iterator[Planner]:
    with planner() as made:
        yield made


def cells(plans: Planner, where: str, *, by: str = "academic_year, term", what: str = "count(*) AS n") -> int:
    found = plans.plan(f"SELECT {by}, {what} FROM school_census_pupil {where} GROUP BY {by}").cells
    assert found is not None
    return found


def test_a_dimension_counts_with_the_codes_that_a_condition_on_it_leaves(plans: Planner) -> None:
    everything = cells(plans, "", by="term")
    assert everything == 3
    for left, where in {
        1: "term = 'SPR'",
        2: "term IN ('SPR', 'SUM')",
        3: "term LIKE 'S%'",  # not read: every code may be
    }.items():
        assert cells(plans, f"WHERE {where}", by="term") == left
    assert cells(plans, "WHERE term <> 'SPR' AND term <> 'SUM'", by="term") == 1
    assert cells(plans, "WHERE term = 'SPR' OR term = 'SUM'", by="term") == 2
    assert cells(plans, "WHERE NOT term = 'SPR'", by="term") == 3


def test_years_are_those_of_the_project_and_of_the_query(plans: Planner) -> None:
    grant = plans.plan("SELECT 1").policy.table("school_census_pupil")
    assert grant is not None
    assert grant.years is not None
    years = sorted(grant.years)
    assert cells(plans, "", by="academic_year") == len(years)
    assert cells(plans, f"WHERE academic_year >= '{years[-2]}'", by="academic_year") == 2
    assert cells(plans, f"WHERE academic_year BETWEEN '{years[0]}' AND '{years[1]}'", by="academic_year") == 2


def test_the_frame_has_no_other_years_either(plans: Planner) -> None:
    sql = "SELECT academic_year, count(*) AS pupils FROM school_census_pupil GROUP BY academic_year"
    frame = plans.plan(sql).plan.frame
    assert frame is not None
    ((column,),) = frame.sets
    assert len(column.source.codes) == column.codes == cells(plans, "", by="academic_year")


def test_numbers_count_and_dimensions_do_not(plans: Planner) -> None:
    assert cells(plans, "", by="term", what="count(*) AS n, avg(age_start) AS age") == 6
    distinct = plans.plan("SELECT DISTINCT term FROM school_census_pupil").cells
    assert distinct == 3


def test_codes_that_are_numbers_are_compared_as_numbers(plans: Planner) -> None:
    assert cells(plans, "WHERE idaci_decile IN (1, 2, 10)", by="idaci_decile") == 3
    assert cells(plans, "WHERE idaci_decile >= 9", by="idaci_decile") == 2
    assert cells(plans, "WHERE idaci_decile <= 2.5", by="idaci_decile") == 2


def test_most_research_without_a_tier_1_field_needs_no_checker(plans: Planner) -> None:
    planned = [plans.plan(query.sql) for query in session_queries()]
    ordinary = [one for one in planned if one.plan.protected.authorised.strictest_tier > 1]
    automatic = [one for one in ordinary if one.routing.route.automatic]
    assert len(automatic) >= 0.8 * len(ordinary)
