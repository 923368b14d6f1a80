"""The project's years lie below everything a researcher wrote, and are left out only where the question says them."""

from collections.abc import Iterator

import pytest

from enclave.query.plan import LeafStep
from tests.support.planning import Planner, planner

CENSUS = "SELECT nc_year, count(*) AS n FROM school_census_pupil"
JOINED = "FROM absence a JOIN school_census_pupil c ON a.pmr_anon = c.pmr_anon"


@pytest.fixture(scope="module")
def plans() -> Iterator[Planner]:
    with planner() as ready:
        yield ready


def restricted(plans: Planner, sql: str) -> int:
    """In how many places the SQL of the question's leaf says the years of the project."""
    leaf = next(step for step in plans.plan(sql).plan.steps if isinstance(step, LeafStep))
    return leaf.sql.count('"main"."academic_year" IN (')


@pytest.mark.parametrize(
    ("places", "sql"),
    [
        (0, f"{CENSUS} WHERE academic_year = '2024/25' GROUP BY ALL"),
        (0, f"{CENSUS} WHERE academic_year IN ('2023/24', '2024/25') AND term = 'SPR' GROUP BY ALL"),
        (1, f"{CENSUS} GROUP BY ALL"),
        (1, f"{CENSUS} WHERE term = 'SPR' GROUP BY ALL"),
        (1, f"{CENSUS} WHERE academic_year >= '2024/25' GROUP BY ALL"),
        (1, f"{CENSUS} WHERE academic_year <> '2024/25' GROUP BY ALL"),
        (1, f"{CENSUS} WHERE NOT academic_year = '2024/25' GROUP BY ALL"),
        (1, f"{CENSUS} WHERE academic_year = '2024/25' OR term = 'SPR' GROUP BY ALL"),
        (1, f"{CENSUS} WHERE nc_year = '2024/25' GROUP BY ALL"),
        (1, f"SELECT c.nc_year, count(*) AS n {JOINED} WHERE a.academic_year = '2024/25' GROUP BY ALL"),
        (0, (f"SELECT c.nc_year, count(*) AS n {JOINED} WHERE a.academic_year = '2024/25' "
            "AND c.academic_year = '2024/25' GROUP BY ALL")),
        (1, (f"{CENSUS} c WHERE academic_year = '2024/25' "
            "AND EXISTS (SELECT 1 FROM absence a WHERE a.pmr_anon = c.pmr_anon) GROUP BY ALL")),
        (1, ("SELECT before, count(*) AS n FROM (SELECT pmr_anon, academic_year, "
            "lag(nc_year) OVER (PARTITION BY pmr_anon ORDER BY academic_year, term) AS before "
            "FROM school_census_pupil) h WHERE academic_year = '2024/25' GROUP BY ALL")),
        (1, ("SELECT terms, count(*) AS n FROM (SELECT pmr_anon, academic_year, count(*) AS terms "
            "FROM school_census_pupil GROUP BY ALL) h WHERE academic_year = '2024/25' GROUP BY 1")),
    ],
)  # fmt: skip
def test_the_years_of_the_project_are_said_wherever_the_question_does_not_say_them(
    plans: Planner, places: int, sql: str
) -> None:
    assert restricted(plans, sql) == places


def test_what_names_a_population_says_the_years_whatever_the_question_says(plans: Planner) -> None:
    step = plans.plan(f"{CENSUS} WHERE academic_year = '2024/25' GROUP BY ALL").plan.steps[0]
    assert isinstance(step, LeafStep), "a leaf comes first"
    assert step.behind is not None, "the rules are on"
    assert '"main"."academic_year" IN (' in step.behind.sql
    assert '"main"."academic_year" IN (' in step.reach.write().sql
