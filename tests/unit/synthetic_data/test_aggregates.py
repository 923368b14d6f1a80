"""The tables of aggregates count the same people as the tables of pupils, small numbers included."""

import pytest

from tests.unit.synthetic_data.conftest import Ask

CENSUS = "school_census_pupil WHERE term = 'SPR' AND on_roll AND enrol_status <> 'S'"


@pytest.mark.parametrize(
    ("count", "condition"),
    [
        ("headcount", "true"),
        ("n_fsm", "fsm_eligible"),
        ("n_sen_support", "sen_provision = 'K'"),
        ("n_ehcp", "sen_provision = 'E'"),
        ("n_part_time", "part_time"),
    ],
)
def test_the_school_census_counts_those_of_the_census_of_pupils(ask: Ask, count: str, condition: str) -> None:
    differ = ask(
        f"""SELECT count(*) FROM (
            SELECT urn, academic_year, count(*) FILTER ({condition}) AS n FROM {CENSUS} GROUP BY ALL
        ) FULL JOIN school_census_school USING (urn, academic_year) WHERE n IS DISTINCT FROM {count}"""
    )
    assert differ == [(0,)]


@pytest.mark.parametrize(
    ("stage", "table", "name", "value"),
    [
        ("KS4", "ks4_pupil", "n_pupils", "count(*)"),
        ("KS4", "ks4_pupil", "n_basics_95", "count(*) FILTER (basics_95)"),
        ("KS2", "ks2_pupil", "n_rwm_expected", "count(*) FILTER (rwm_expected)"),
    ],
)
@pytest.mark.parametrize(
    ("group", "members"),
    [
        ("all", "true"),
        ("girls", "gender = 'F'"),
        ("FSM6", "fsm6"),
        ("EAL", "eal_group = 1"),
        ("SEN", "sen_stage <> 'N'"),
    ],
)
def test_results_of_schools_are_those_of_their_pupils(
    ask: Ask, stage: str, table: str, name: str, value: str, group: str, members: str
) -> None:
    (rows, differ) = ask(
        f"""SELECT count(*), count(*) FILTER (coalesce(p.n, 0) IS DISTINCT FROM s.{name})
        FROM school_performance s LEFT JOIN (
            SELECT urn, academic_year, {value} AS n FROM {table} WHERE in_school AND {members} GROUP BY ALL
        ) p USING (urn, academic_year) WHERE s.key_stage = '{stage}' AND s.pupil_group = '{group}'"""
    )[0]
    assert int(str(rows)) > 0
    assert differ == 0


def test_means_of_schools_are_those_of_their_pupils(ask: Ask) -> None:
    ((apart,),) = ask(
        """SELECT max(abs(m - avg_att8)) FROM school_performance JOIN (
            SELECT urn, academic_year, avg(att8) AS m FROM ks4_pupil WHERE in_school GROUP BY ALL
        ) USING (urn, academic_year) WHERE pupil_group = 'all' AND key_stage = 'KS4'"""
    )
    assert float(str(apart)) <= 0.051


def test_there_are_counts_of_one_and_two_to_hide(ask: Ask) -> None:
    ((few,),) = ask("SELECT count(*) FROM school_performance WHERE n_pupils BETWEEN 1 AND 2")
    assert int(str(few)) > 0
