"""What is in force for a project: the stricter of the house and the project, and nothing that was not granted."""

from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from enclave.documents import Findings
from enclave.projects import Route, Status
from enclave.terms import PersonId, ProjectId, Use
from tests.unit.projects.policy_copy import Copy

LONDON = ZoneInfo("Europe/London")
ABSENCE = ProjectId("P-2026-014")
FILE = "projects/P-2026-014.yaml"


def test_the_policies_of_the_demo_have_nothing_wrong_with_them(policies: Copy) -> None:
    assert policies.codes() == []


def test_all_three_projects_are_in_force(policies: Copy) -> None:
    loaded = policies.load()
    assert set(loaded.in_force) == {"P-2026-014", "P-2026-021", "P-2026-030"}
    assert loaded.policy(ProjectId("P-2026-099")) is None


def test_a_grant_has_the_uses_that_the_file_names_and_no_other(policies: Copy) -> None:
    policy = policies.policy(ABSENCE)
    assert policy.grants["school_census_pupil"].fields["pmr_anon"].uses == {Use.LINK}
    assert policy.grants["school_census_pupil"].fields["fsm_eligible"].uses == {
        Use.GROUP,
        Use.FILTER,
        Use.AGGREGATE,
    }


@pytest.mark.parametrize(
    ("table", "field"),
    [
        ("school_census_pupil", "nationality"),
        ("school_census_pupil", "surname"),
        ("cla_child", "pmr_anon"),
        ("no_such_table", "x"),
    ],
)
def test_what_the_file_does_not_name_is_not_granted(policies: Copy, table: str, field: str) -> None:
    assert policies.policy(ABSENCE).grant(table, field) is None


def test_every_field_of_a_public_table_may_be_used_in_every_way(policies: Copy) -> None:
    granted = policies.policy(ABSENCE).grant("school", "phase")
    assert granted is not None
    assert granted.uses == set(Use)


def test_years_are_held_as_the_data_hold_them(policies: Copy) -> None:
    loaded = policies.load()
    assert loaded.in_force[ABSENCE].grants["absence"].years == ("2022/23", "2023/24", "2024/25")
    assert loaded.in_force[ProjectId("P-2026-030")].grants["cla_child"].years == ("2023", "2024", "2025")
    assert loaded.in_force[ABSENCE].grants["school"].years is None


def test_a_project_that_says_nothing_has_the_rules_of_the_house(policies: Copy) -> None:
    policy = policies.policy(ProjectId("P-2026-021"))
    assert policy.rules == policy.house.rules
    assert (policy.min_units, policy.min_clusters, policy.residual_degrees_of_freedom) == (10, 1, 10)
    assert policy.dominance.k_percent == 90


def test_a_stricter_project_has_its_own_rules(policies: Copy) -> None:
    policies.change(
        FILE,
        "  min_units: 10\n",
        "  min_units: 20\n  dominance: { nk: { n: 2, percent: 75.5 }, p_percent: 15 }\n"
        "  residual_degrees_of_freedom: 12\n",
    )
    rules = policies.policy(ABSENCE).rules
    assert (rules.min_units, rules.min_clusters, rules.residual_degrees_of_freedom) == (20, 2, 12)
    assert (rules.dominance.n, rules.dominance.k_percent, rules.dominance.p_percent) == (
        2,
        Decimal("75.5"),
        Decimal(15),
    )


def test_the_ledger_has_its_numbers_from_the_house_and_no_number_for_fewer_units_than_a_cell(
    policies: Copy,
) -> None:
    policy = policies.policy(ABSENCE)
    assert (policy.units_per_number, policy.house.linear_audit_up_to_units) == (10, 5000)
    assert policy.house.compound_exclusions_per_project == 20
    assert policy.house.standard_margins[0].one_per == ("academic_year", "term")
    policies.change(FILE, "  min_units: 10\n", "  min_units: 20\n")
    assert policies.policy(ABSENCE).units_per_number == 20


def test_a_house_that_does_not_say_how_many_compound_exclusions_has_twenty(policies: Copy) -> None:
    text = (policies.folder / "house.yaml").read_text(encoding="utf-8")
    line = next(line for line in text.splitlines() if "compound_exclusions" in line)
    policies.change("house.yaml", line + "\n", "")
    assert policies.policy(ABSENCE).house.compound_exclusions_per_project == 20


def test_two_projects_that_share_a_person_do_not_have_a_mean_and_the_people_behind_it(policies: Copy) -> None:
    """One has results of schools, the other of pupils: two askers, until somebody is on both."""
    loaded = policies.load()
    assert loaded.in_force[ABSENCE].grant("ks4_pupil", "att8") is not None
    assert loaded.in_force[ProjectId("P-2026-021")].grant("school_performance", "avg_att8") is not None
    policies.change(
        FILE, "people:\n", "people:\n  - { id: researcher@elsewhere.example, role: researcher }\n"
    )
    found = [one for one in policies.check().findings if one.code == "beside-people"]
    assert {one.file for one in found} == {"projects/P-2026-021.yaml"}
    assert "avg_att8 can be made from att8, which P-2026-014 has of each pupil" in found[0].message
    assert "n_basics_95 can be made from basics_94" in found[1].message


def test_routes_never_fall_below_those_of_the_house(policies: Copy) -> None:
    policy = policies.policy(ABSENCE)
    routes = policy.routes
    assert (routes.ordinary, routes.tier_1, routes.off_cut_points) == (Route(), Route(2), Route(1))
    policies.change(FILE, "  route: automatic_if_clear", "  route: { checkers: 3 }")
    policy = policies.policy(ABSENCE)
    assert {policy.routes.ordinary, policy.routes.tier_1, policy.routes.off_cut_points} == {Route(3)}


def test_rows_may_be_restricted_by_a_code_of_the_table(policies: Copy) -> None:
    policies.change(FILE, "      rows: all  ", '      rows: { la_code: ["201", "202"] }  ')
    assert policies.policy(ABSENCE).grants["school_census_pupil"].rows == {"la_code": ("201", "202")}


def test_a_restriction_by_region_becomes_the_authorities_of_the_region(policies: Copy) -> None:
    policies.change(FILE, "      rows: all  ", "      rows: { region: [North East] }  ")
    loaded = policies.load()
    rows = loaded.in_force[ABSENCE].grants["school_census_pupil"].rows
    assert rows is not None
    assert set(rows) == {"la_code"}
    parents = next(level.parents for level in loaded.catalogue.hierarchies if level.fine == "la")
    assert {parents[code] for code in rows["la_code"]} == {"North East"}


def test_two_restrictions_of_one_field_leave_what_both_allow(policies: Copy) -> None:
    policies.change(FILE, "      rows: all  ", '      rows: { region: [London], la_code: ["201", "390"] }  ')
    assert policies.policy(ABSENCE).grants["school_census_pupil"].rows == {"la_code": ("201",)}


def test_a_project_is_open_until_the_end_of_its_last_day(policies: Copy) -> None:
    project = policies.load().projects[ABSENCE]
    assert project.open(datetime(2028, 3, 31, 23, 59, 59, tzinfo=LONDON), LONDON)
    assert not project.open(datetime(2028, 4, 1, tzinfo=LONDON), LONDON)
    assert not project.open(
        datetime(2028, 3, 31, 23, 30, tzinfo=UTC), LONDON
    )  # British summer time has begun
    assert not project.open(datetime(2026, 3, 31, 12, tzinfo=LONDON), LONDON)


def test_a_project_overdue_for_review_is_not_open(policies: Copy) -> None:
    policies.change(FILE, "  review_by: 2028-03-31", "  review_by: 2027-03-31")
    project = policies.load().projects[ABSENCE]
    assert not project.open(datetime(2027, 6, 1, tzinfo=LONDON), LONDON)


@pytest.mark.parametrize("status", ["draft", "paused", "closed"])
def test_a_project_that_is_not_active_is_not_open(policies: Copy, status: str) -> None:
    policies.change(FILE, "status: active", f"status: {status}")
    project = policies.load().projects[ABSENCE]
    assert project.status is Status(status)
    assert not project.open(datetime(2026, 11, 26, tzinfo=LONDON), LONDON)


def test_a_member_is_found_by_id(policies: Copy) -> None:
    project = policies.load().projects[ABSENCE]
    assert project.member(PersonId("researcher@northbridge.example")) is not None
    assert project.member(PersonId("researcher@elsewhere.example")) is None


def test_the_content_hash_changes_with_every_file_of_the_policy(policies: Copy) -> None:
    hashes = {policies.load().content_hash}
    for file in (
        "house.yaml",
        FILE,
        "people/auditor@enclave.example.yaml",
        "organisations/output-checking.yaml",
    ):
        policies.change(file, "apiVersion", "# a comment\napiVersion")
        hashes.add(policies.load().content_hash)
    assert len(hashes) == 5


def test_the_content_hash_is_the_same_whatever_the_line_ends(policies: Copy) -> None:
    before = policies.load().content_hash
    path = policies.folder / FILE
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert policies.load().content_hash == before


def test_one_error_anywhere_puts_no_policy_in_force(policies: Copy) -> None:
    policies.change("people/auditor@enclave.example.yaml", "roles: [auditor]", "roles: [oditor]")
    with pytest.raises(Findings):
        policies.load()


def test_a_floor_below_3_is_possible_for_made_up_data_only(policies: Copy) -> None:
    policies.change("house.yaml", "presets: [ons_srs]", "presets: [none]")
    policies.change("house.yaml", "  min_units: 10 ", "  min_units: 1 ").change(
        FILE, "  min_units: 10\n", "  min_units: 1\n"
    )
    assert policies.policy(ABSENCE).min_units == 1
    policies.change("house.yaml", "synthetic: true", "synthetic: false")
    assert policies.codes() == ["floor-too-low"]
