"""Which names a reader is offered for one that is not there."""

from collections.abc import Iterator

import pytest

from enclave.problems import Problem, Refusals
from enclave.query.near_names import did_you_mean, near_names
from tests.support.planning import Planner, planner

TABLES = ("ks3", "ks4_exam", "ks4_pupil", "pru_census", "school", "school_census_pupil", "absence")


@pytest.fixture(scope="module")
def plans() -> Iterator[Planner]:
    with planner() as made:
        yield made


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("absense", ["absence"]),
        ("ks4", ["ks4_exam", "ks4_pupil"]),  # and not ks3, which is spelled more like it
        ("census", ["pru_census", "school_census_pupil"]),
        ("School", ["school"]),
        ("teachers", []),
    ],
)
def test_a_word_means_what_is_spelled_like_it_or_has_it_as_a_part(word: str, meant: list[str]) -> None:
    assert near_names(word, TABLES) == meant


def test_names_are_asked_after_in_one_sentence() -> None:
    assert did_you_mean([]) == ""
    assert did_you_mean(["a"]) == " Did you mean a?"
    assert did_you_mean(["a", "b", "c"]) == " Did you mean a, b or c?"


def _refused(plans: Planner, sql: str) -> Problem:
    with pytest.raises(Refusals) as refused:
        plans.plan(sql)
    (problem,) = refused.value.problems
    return problem


def test_the_tables_that_the_project_has_are_offered_to_be_written(plans: Planner) -> None:
    sql = "SELECT count(*) AS n FROM ks4"
    problem = _refused(plans, sql)
    assert problem.detail == "There is no table ks4. Did you mean ks4_exam or ks4_pupil?"
    assert f"{sql}_pupil" in [fix.apply(sql) for fix in problem.fixes]


@pytest.mark.parametrize(
    ("field", "join"),
    [("la_name", "JOIN local_authority USING (la_code)"), ("school_name", "JOIN school USING (")],
)
def test_a_field_of_a_public_table_is_offered_by_a_join_and_not_by_another_name(
    plans: Planner, field: str, join: str
) -> None:
    sql = f"SELECT {field}, count(*) AS n FROM school_census_pupil WHERE term = 'SPR' GROUP BY {field}"
    problem = _refused(plans, sql)
    assert problem.detail == f"No table in this query has a field {field}."
    better = problem.fixes[0].apply(sql)
    assert join in better
    plans.plan(better)


def test_the_catalogue_of_a_database_is_answered_with_the_command_that_lists_fields(plans: Planner) -> None:
    problem = _refused(plans, "SELECT column_name FROM information_schema.columns")
    assert [fix.title for fix in problem.fixes] == ["`enclave fields` lists tables and fields"]
