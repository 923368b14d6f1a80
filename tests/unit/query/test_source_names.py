"""The source's own names: they are the field before anything is decided, and never more than the field."""

from collections.abc import Iterator

import pytest

from enclave.problems import Refusals
from tests.support.planning import Planner, planner


@pytest.fixture(scope="module")
def plans() -> Iterator[Planner]:
    with planner() as made:
        yield made


def codes(plans: Planner, sql: str) -> list[tuple[str, str]]:
    """The codes of a refusal, each with the text that it points at; none where the query is taken."""
    try:
        plans.plan(sql)
    except Refusals as refused:
        return [(problem.code, problem.spans[0].text) for problem in refused.problems]
    return []


def test_the_answer_has_the_name_that_the_reader_wrote(plans: Planner) -> None:
    planned = plans.plan("SELECT KS4_GENDER, avg(KS4_ATT8) AS m FROM ks4_pupil GROUP BY KS4_GENDER")
    assert [column.name for column in planned.plan.columns] == ["KS4_GENDER", "m"]
    inner = "SELECT KS4_GENDER, KS4_ATT8 FROM ks4_pupil"
    assert codes(plans, f"SELECT KS4_GENDER, avg(KS4_ATT8) FROM ({inner}) GROUP BY KS4_GENDER") == []


@pytest.mark.parametrize(
    "where",
    ["", "WHERE academic_year = '2023/24'", "WHERE academic_year = '2022/23'", "WHERE term = 'SPR'",
     "WHERE academic_year = '2022/23' AND term = 'AUT'", "WHERE academic_year = '2022/23' OR term = 'SPR'",
     "WHERE NOT (academic_year = '2022/23' AND term = 'SPR')"],
)  # fmt: skip
def test_a_name_of_one_census_is_refused_for_other_rows(plans: Planner, where: str) -> None:
    """It would mean something else than it says: the spring census of 2023 alone."""
    sql = f"SELECT count(*) FILTER (WHERE FSMeligible_SPR23) FROM school_census_pupil {where}"
    assert codes(plans, sql) == [("unknown-field", "FSMeligible_SPR23")]


def test_a_name_of_one_census_is_taken_for_its_own_rows(plans: Planner) -> None:
    kept = "academic_year = '2022/23' AND term = 'SPR'"
    assert codes(plans, f"SELECT count_if(FSMeligible_SPR23) FROM school_census_pupil WHERE {kept}") == []


def test_no_name_leads_to_what_the_field_itself_would_not_give(plans: Planner) -> None:
    """Attack: identifiers, the key and people's rows by another name. Source: names resolve before any decision."""
    assert codes(plans, "SELECT KS4_UPN, count(*) FROM ks4_pupil GROUP BY 1")[0][0] == "field-not-granted"
    assert codes(plans, "SELECT KS4_SURNAME, count(*) FROM ks4_pupil GROUP BY 1")[0][0] == "field-not-granted"
    rows = codes(plans, "SELECT KS4_PupilMatchingRefAnonymous FROM ks4_pupil")
    assert [code for code, _ in rows] == ["individual-rows"]
    key = codes(plans, "SELECT count(*) FROM ks4_pupil WHERE KS4_PupilMatchingRefAnonymous = 'x'")
    assert [code for code, _ in key] == ["value-of-one-person"]


def test_a_name_that_no_table_here_has_is_unknown(plans: Planner) -> None:
    assert codes(plans, "SELECT avg(KS4_ATT8) FROM ks2_pupil") == [("unknown-field", "KS4_ATT8")]
    both = "SELECT avg(KS4_ATT8) FROM ks4_pupil a JOIN ks4_pupil b ON a.pmr_anon = b.pmr_anon"
    assert codes(plans, both) == [("syntax", "KS4_ATT8")]
