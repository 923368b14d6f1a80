"""Every query that researchers ask has statements that say whom it reaches, and through whose records it looks."""

from collections.abc import Iterator

import pytest

from enclave.problems import Refusals
from enclave.query.plan import LeafStep, LookedStep
from tests.support.corpus import research_queries
from tests.support.planning import Planner, planner

CENSUS = "SELECT la_code, count(*) AS n FROM school_census_pupil WHERE {} GROUP BY 1"


@pytest.fixture(scope="module")
def plans() -> Iterator[Planner]:
    with planner() as opened:
        yield opened


def looked(plans: Planner, sql: str) -> tuple[LookedStep, ...]:
    leaves = [step for step in plans.plan(sql).plan.steps if isinstance(step, LeafStep)]
    return tuple(one for leaf in leaves for one in leaf.reach.write().looked)


def test_both_statements_of_every_research_query_are_what_the_binder_reads(plans: Planner) -> None:
    asked = 0
    for sql in research_queries().values():
        try:
            steps = plans.plan(sql).plan.steps
        except Refusals:
            continue
        for step in steps:
            if isinstance(step, LeafStep):
                asked += 1
                assert step.reach.write().sql
    assert asked > 50


def test_only_conditions_on_clusters_and_years_narrow_through_whom_it_looks(plans: Planner) -> None:
    (every,) = looked(plans, CENSUS.format("academic_year = '2024/25'"))
    (same,) = looked(plans, CENSUS.format("academic_year = '2024/25' AND fsm_eligible AND nc_year = '7'"))
    (area,) = looked(plans, CENSUS.format("academic_year = '2024/25' AND la_code = '307'"))
    assert every.sql == same.sql
    assert "la_code" in area.sql
    assert "fsm" not in same.sql


def test_it_reads_no_field_that_the_query_does_not(plans: Planner) -> None:
    (found,) = looked(plans, CENSUS.format("academic_year = '2024/25'"))
    assert {name for _, name in found.reads} == {"academic_year", "urn"}
