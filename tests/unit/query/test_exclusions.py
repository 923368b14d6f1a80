"""Compound exclusions are counted by the text of a query, and past a number the project is on the checked route."""

from enclave.query.exclusions import compound_exclusions
from tests.support.planning import planner

HEADS = "SELECT count(DISTINCT pmr_anon) AS n FROM school_census_pupil c WHERE academic_year = '2022/23'"
NONE = ("gender = 'F'", "NOT (gender = 'F' AND nc_year = '7')", "NOT fsm_eligible")
SOME = (
    "NOT (gender = 'F' AND fsm_eligible)",
    "(gender <> 'F' OR NOT fsm_eligible)",
    "NOT EXISTS (SELECT 1 FROM school_census_pupil x WHERE x.pmr_anon = c.pmr_anon AND x.fsm_eligible)",
)


def test_what_excludes_by_several_fields_one_of_them_hidden_is_counted() -> None:
    with planner() as plans:
        counted = {
            condition: compound_exclusions(plans.plan(f"{HEADS} AND {condition}").plan.protected)
            for condition in (*NONE, *SOME)
        }
    assert counted == dict.fromkeys(NONE, 0) | dict.fromkeys(SOME, 1)
