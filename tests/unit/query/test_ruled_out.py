"""What the catalogue rules out of a frame, over the product's own catalogue; and that data have no say in it."""

from collections.abc import Iterator, Mapping

import duckdb
import pytest

from enclave.disclosure.ledger.worlds import Worlds
from enclave.query.frames import Image
from enclave.query.published_codes import code_lists
from enclave.query.ruled_out import Listed, blocks, ruled_of
from tests.support.planning import Planner, planner


@pytest.fixture(scope="module")
def plans() -> Iterator[Planner]:
    with planner() as made:
        yield made


def listed(image: Image) -> Listed:
    return duckdb.connect().sql(image.sql()).fetchall()


def ruled_out(plans: Planner, sql: str) -> list[Mapping[str, tuple[object, ...]]]:
    frame = plans.plan(sql).plan.frame
    assert frame is not None
    return list(blocks(ruled_of(frame), listed))


def test_a_code_that_is_not_in_use_in_any_year_asked_for(plans: Planner) -> None:
    sql = "SELECT sen_provision, count(*) FROM school_census_pupil WHERE academic_year = '2022/23' GROUP BY 1"
    assert ruled_out(plans, sql) == [{"sen_provision": ("A", "P", "S")}]


def test_fixed_period_exclusions_became_suspensions(plans: Planner) -> None:
    """So the three codes of a year are everybody, and a total beside them tells nothing."""
    sql = "SELECT category, count(*) FROM exclusion WHERE academic_year = '2022/23' GROUP BY 1"
    assert ruled_out(plans, sql) == [{"category": ("FIXD",)}]
    possible = {
        year: Worlds(code_lists(plans.policies.catalogue), (year,)).possible('"exclusion.category"')
        for year in ("2020/21", "2021/22")
    }
    assert possible == {
        "2020/21": frozenset({"'PERM'", "'FIXD'", "'LNCH'"}),
        "2021/22": frozenset({"'PERM'", "'SUSP'", "'LNCH'"}),
    }


def test_a_year_in_which_the_code_asked_for_was_not_in_use(plans: Planner) -> None:
    sql = "SELECT academic_year, count(*) FROM school_census_pupil WHERE sen_type_primary = 'DS' GROUP BY 1"
    (found,) = ruled_out(plans, sql)
    assert "2023/24" in found["academic_year"]
    assert "2024/25" not in found["academic_year"]


def test_a_year_before_the_table_was_collected_is_none_of_the_project_and_not_there(plans: Planner) -> None:
    sql = "SELECT academic_year, count(*) FROM school_census_pupil GROUP BY 1"
    frame = plans.plan(sql).plan.frame
    assert frame is not None
    assert min(str(code) for ((column,),) in [frame.sets] for code in column.source.codes) > "2000/01"
    assert ruled_out(plans, sql) == []


def test_a_field_in_a_year_in_which_it_was_not_collected_may_only_be_empty(plans: Planner) -> None:
    sql = "SELECT kinship_care, count(*) FROM school_census_pupil WHERE academic_year = '2022/23' GROUP BY 1"
    (found,) = ruled_out(plans, sql)
    assert set(found["kinship_care"]) == {True, False}
    assert ruled_out(plans, sql.replace("2022/23", "2024/25")) == []


def test_a_code_under_the_parent_of_another(plans: Planner) -> None:
    sql = (
        "SELECT ethnic_group_minor, ethnic_group_major, count(*) FROM school_census_pupil "
        "WHERE term = 'SPR' GROUP BY 1, 2"
    )
    found = ruled_out(plans, sql)
    chinese = next(block for block in found if "CHNE" in block["ethnic_group_minor"])
    assert "CHIN" not in chinese["ethnic_group_major"]
    assert "WHIT" in chinese["ethnic_group_major"]


def test_an_area_in_another_region_through_a_public_table(plans: Planner) -> None:
    sql = (
        "SELECT c.la_code, l.region, count(*) FROM school_census_pupil c JOIN local_authority l USING (la_code) "
        "WHERE c.academic_year = '2022/23' GROUP BY 1, 2"
    )
    found = ruled_out(plans, sql)
    assert {"la_code": ("835", "836", "837", "928", "942", "943")} in found
    inner_london = next(block for block in found if "202" in block["la_code"] and "region" in block)
    assert "London" not in inner_london["region"]


def test_a_value_that_is_made_of_codes_is_ruled_out_only_if_each_of_them_is(plans: Planner) -> None:
    made = "CASE sen_provision WHEN 'A' THEN 'old' WHEN 'S' THEN 'old' WHEN 'P' THEN 'mixed' WHEN 'K' THEN 'mixed' END"
    sql = (
        f"SELECT {made} AS kind, count(*) FROM school_census_pupil WHERE academic_year = '2022/23' GROUP BY 1"
    )
    assert ruled_out(plans, sql) == [{"kind": ("old",)}]


def test_two_values_of_one_column_are_made_of_one_code(plans: Planner) -> None:
    sql = "SELECT gender, gender = 'F' AS girl, count(*) FROM school_census_pupil WHERE term = 'SPR' GROUP BY 1, 2"
    assert {"gender": ("F",), "girl": (False,)} in ruled_out(plans, sql)


def test_what_a_table_leaves_no_room_for(plans: Planner) -> None:
    sql = (
        "SELECT sen_type_primary, sen_provision, count(*) FROM school_census_pupil "
        "WHERE academic_year = '2024/25' GROUP BY 1, 2"
    )
    found = [block for block in ruled_out(plans, sql) if len(block) == 2]
    assert all(None not in block["sen_type_primary"] for block in found)
    assert any("N" in block["sen_provision"] for block in found)


def test_nothing_is_ruled_out_where_the_conditions_leave_no_code(plans: Planner) -> None:
    sql = "SELECT sen_provision, count(*) FROM school_census_pupil WHERE academic_year = '2022/23' {} GROUP BY 1"
    assert ruled_out(plans, sql.format("")) != []
    assert ruled_out(plans, sql.format("AND academic_year = '2023/24'")) == []
