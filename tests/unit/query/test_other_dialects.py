"""What SQL Server's, Oracle's, SAS's and everyday habits are told, and that the words which are offered run."""

from collections.abc import Iterator

import pytest

from enclave.actions.answer_json import problems_json
from enclave.client.told import mended, told
from enclave.problems import Problem, Refusals
from tests.support.planning import Planner, planner


@pytest.fixture(scope="module")
def plans() -> Iterator[Planner]:
    with planner() as made:
        yield made


def _refused(plans: Planner, sql: str) -> tuple[Problem, ...]:
    with pytest.raises(Refusals) as refused:
        plans.plan(sql)
    return refused.value.problems


# (as it is written elsewhere, as it is offered)
ELSEWHERE = [
    ("SELECT [gender], count(*) FROM [ks4_pupil] GROUP BY [gender]",
     'SELECT "gender", count(*) FROM "ks4_pupil" GROUP BY "gender"'),
    ("SELECT count(*) FROM ks4_pupil WITH (NOLOCK)", "SELECT count(*) FROM ks4_pupil"),
    ("SELECT count(*) FROM (SELECT pmr_anon FROM ks4_pupil MINUS SELECT pmr_anon FROM ks2_pupil)",
     "SELECT count(*) FROM (SELECT pmr_anon FROM ks4_pupil EXCEPT SELECT pmr_anon FROM ks2_pupil)"),
    ("SELECT decode(gender, 'M', 'Boys', 'F', 'Girls', '?') AS g, count_big(*) FROM ks4_pupil GROUP BY 1",
     ("SELECT CASE gender WHEN 'M' THEN 'Boys' WHEN 'F' THEN 'Girls' ELSE '?' END AS g, count(*) FROM ks4_pupil "
     "GROUP BY 1")),
    ("SELECT CONVERT(VARCHAR(4), academic_year) AS y, count(*) FROM ks4_pupil GROUP BY 1",
     "SELECT CAST(academic_year AS VARCHAR) AS y, count(*) FROM ks4_pupil GROUP BY 1"),
    ("SELECT iif(basics_94, 1, 0) AS b, count(*) FROM ks4_pupil GROUP BY iif(basics_94, 1, 0)",
     ("SELECT CASE WHEN basics_94 THEN 1 ELSE 0 END AS b, count(*) FROM ks4_pupil "
     "GROUP BY CASE WHEN basics_94 THEN 1 ELSE 0 END")),
    ("SELECT gender, count(*) AS n FROM ks4_pupil GROUP BY gender ORDER BY n FETCH FIRST 5 ROWS ONLY",
     "SELECT gender, count(*) AS n FROM ks4_pupil GROUP BY gender ORDER BY n LIMIT 5"),
    ("SELECT gender label='Sex', count(*) AS n format=comma8. FROM ks4_pupil GROUP BY gender",
     "SELECT gender, count(*) AS n FROM ks4_pupil GROUP BY gender"),
    ("SELECT sum(basics_94) AS b, count(*) AS n, calculated b / calculated n AS rate FROM ks4_pupil",
     "SELECT sum(basics_94) AS b, count(*) AS n, b / n AS rate FROM ks4_pupil"),
    ("SELECT nmiss(p8) AS none, std(att8) AS s FROM ks4_pupil WHERE att8 ne .",
     "SELECT count(*) - count(p8) AS none, stddev_samp(att8) AS s FROM ks4_pupil WHERE att8 IS NOT NULL"),
    ("SELECT count(*) FROM ks4_pupil WHERE gender eq 'F'", "SELECT count(*) FROM ks4_pupil WHERE gender = 'F'"),
    ("SELECT datediff(year, start_date, '2024-01-18') AS y, count(*) FROM exclusion GROUP BY 1",
     "SELECT datediff('year', start_date, DATE '2024-01-18') AS y, count(*) FROM exclusion GROUP BY 1"),
    ("SELECT width_bucket(att8, 0, 90, 9) AS b, count(*) FROM ks4_pupil GROUP BY 1",
     "SELECT floor(att8 / 10) + 1 AS b, count(*) FROM ks4_pupil GROUP BY 1"),
    ("SELECT avg(att8) AS a INTO #kept FROM ks4_pupil", "SELECT avg(att8) AS a FROM ks4_pupil"),
    ("SELECT avg(att8) FORM ks4_pupil", "SELECT avg(att8) FROM ks4_pupil"),
    # four things at once, which are met at four stages
    (
        "SELECT la_name, avg(fsm_eligible) AS r FORM school_census_pupil WHERE nc_year = 11 GROUP BY la_name",
        ("SELECT la_name, avg(CAST(fsm_eligible AS INT)) AS r FROM school_census_pupil "
        "JOIN local_authority USING (la_code) WHERE nc_year = '11' GROUP BY la_name"),
    ),
    ("SELCT avg(att8) FROM ks4_pupil", "SELECT avg(att8) FROM ks4_pupil"),
]  # fmt: skip


@pytest.mark.parametrize(("theirs", "ours"), ELSEWHERE)
def test_words_of_other_dialects_are_offered_in_ours_and_run(plans: Planner, theirs: str, ours: str) -> None:
    problems = _refused(plans, theirs)
    assert " ".join(mended(told(problems_json(problems)), theirs).split()) == ours
    plans.plan(ours)


# (condition or mean, where it is wrong, what is said, as it is offered)
MISFITS = [
    ("count(*)", "nc_year = 11", ["11"], "nc_year is text, and a code stands in quotes: '11'.", "nc_year = '11'"),
    ("count(*)", "nc_year IN (10, 11)", ["10", "11"], "nc_year is text, and a code stands in quotes: '10'.",
     "nc_year IN ('10', '11')"),
    # in quotes '7' would come after '11', and nobody would be between them
    ("count(*)", "nc_year BETWEEN 7 AND 11", ["nc_year"],
     "nc_year is text, and as a number it is: TRY_CAST(nc_year AS INT).", "TRY_CAST(nc_year AS INT) BETWEEN 7 AND 11"),
    ("avg(fsm_eligible)", "term = 'SPR'", ["fsm_eligible"],
     "fsm_eligible is true or false, and this takes numbers: CAST(fsm_eligible AS INT).", "term = 'SPR'"),
]  # fmt: skip


@pytest.mark.parametrize(("output", "where", "places", "said", "offered"), MISFITS)
def test_codes_and_truths_taken_for_numbers_are_told_at_their_place(
    plans: Planner, output: str, where: str, places: list[str], said: str, offered: str
) -> None:
    sql = f"SELECT {output} AS n FROM school_census_pupil WHERE {where}"
    (problem,) = _refused(plans, sql)
    assert (problem.detail, [span.text for span in problem.spans]) == (said, places)
    better = problem.fixes[0].apply(sql)
    assert better.endswith(offered)
    plans.plan(better)


def test_arithmetic_on_one_code_is_offered_as_a_recode_not_as_tens(plans: Planner) -> None:
    sql = "SELECT (month_of_birth + 3) % 12 AS m, avg(read_score) AS s FROM ks2_pupil GROUP BY 1"
    (problem,) = _refused(plans, sql)
    (fix,) = problem.fixes
    assert "\n  WHEN 1 THEN 4\n" in fix.apply(sql)  # a line for each code
    words = " ".join(fix.apply(sql).split())
    assert words.startswith("SELECT CASE month_of_birth WHEN 1 THEN 4 WHEN 2 THEN 5")
    assert "WHEN 9 THEN 0" in words
    assert "floor" not in words
    plans.plan(words)


def test_no_comma_is_offered_where_only_the_types_do_not_fit(plans: Planner) -> None:
    (problem,) = _refused(plans, "SELECT gender + 1 AS g, count(*) FROM ks4_pupil GROUP BY 1")
    assert [fix.edits for fix in problem.fixes] == [()]


def test_places_in_a_group_are_offered_as_tenths_of_the_group(plans: Planner) -> None:
    window = "percent_rank() OVER (PARTITION BY urn ORDER BY att8)"
    sql = f"SELECT r, avg(p8) AS p FROM (SELECT p8, {window} AS r FROM ks4_pupil) GROUP BY r"
    (problem,) = _refused(plans, sql)
    better = problem.fixes[0].apply(sql)
    assert "ntile(10) OVER (PARTITION BY urn ORDER BY att8)" in better
    plans.plan(better)
