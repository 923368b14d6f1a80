"""Mistakes in the files of houses, people and projects that the twenty of the specification do not cover."""

from datetime import date

import pytest

from tests.unit.projects.policy_copy import Copy

FILE = "projects/P-2026-014.yaml"
CARE = "projects/P-2026-030.yaml"
LEAD = "people/lead-researcher@northbridge.example.yaml"
YEARS = "      years: [2022/23, 2023/24, 2024/25]\n      rows: all                          #"
GENDER = '        - { name: gender, use: [group, filter], why: "Compare boys and girls" }\n'

MISTAKES = [
    # tables
    (FILE, "name: school_census_pupil", "name: school_census_pupils", "unknown-table"),
    (FILE, "{ name: local_authority, fields: all }", "{ name: school, fields: all }", "duplicate"),
    (
        FILE,
        "{ name: local_authority, fields: all }",
        "{ name: school_performance, fields: all }",
        "all-fields missing",
    ),
    (
        FILE,
        "{ name: local_authority, fields: all }",
        "{ name: cla_child, years: [2024], rows: all, fields: all }",
        "all-fields",
    ),
    (
        FILE,
        "{ name: local_authority, fields: all }",
        '{ name: cin_assessment, years: [2024], rows: all, fields: [{ name: factor, use: [group], why: "w" }] }',
        "no-key",
    ),
    # years and rows
    (FILE, YEARS, YEARS.replace("2022/23", "2022/24"), "unknown-year"),
    (FILE, YEARS, YEARS.replace("2022/23", "2031/32"), "unknown-year"),
    (FILE, YEARS, YEARS.replace("      years: [2022/23, 2023/24, 2024/25]\n", ""), "missing"),
    (FILE, YEARS, YEARS.replace("      rows: all", "      #"), "missing"),
    (FILE, YEARS, YEARS.replace("rows: all", "rows: some"), "not-allowed-value"),
    (FILE, YEARS, YEARS.replace("rows: all", "rows: { la_code: [Camden] }"), "unknown-code"),
    (FILE, YEARS, YEARS.replace("rows: all", "rows: { ethnicity: [WBRI] }"), "unknown-field"),
    (FILE, YEARS, YEARS.replace("rows: all", "rows: { pmr_anon: [x] }"), "unknown-field"),
    (FILE, YEARS, YEARS.replace("rows: all", "rows: { regoin: [London] }"), "unknown-field"),
    (FILE, "{ name: school, fields: all }", "{ name: school, years: [2022/23], fields: all }", "years"),
    # fields
    (FILE, GENDER, GENDER + GENDER, "duplicate"),
    (
        FILE,
        'use: [group, filter], why: "Compare boys',
        'use: [group, group], why: "Compare boys',
        "duplicate",
    ),
    (FILE, GENDER, GENDER.replace("gender", "fte"), "not-collected missing"),
    (FILE, GENDER, GENDER.replace("gender", "young_carer"), "missing"),
    (FILE, GENDER, GENDER.replace("gender", "pmr"), "never-available"),
    (FILE, "[2022/23, 2023/24]\n", "[2022/23, 2023/24, 2024/25]\n", "not-collected"),
    (CARE, 'alternative: "None; the reason', 'alternativ: "None; the reason', "unknown-key presence"),
    (CARE, "  - { body: data-management-panel", "  # { body: data-management-panel", "presence"),
    (
        "projects/P-2026-021.yaml",
        "class: official_statistics",
        "class: policy_evaluation",
        "purpose-not-permitted",
    ),
    # the project
    (FILE, "class: education_research", "class: education_reserch", "not-allowed-value"),
    (FILE, "class: education_research", "class: immigration_enforcement", "purpose-not-permitted"),
    (FILE, "body: ethics-committee", "body: ethics-comittee", "unknown-body approval-missing"),
    (FILE, "  - { body: ethics-committee", "  # { body: ethics-committee", "approval-missing"),
    (FILE, "decided_on: 2026-01-19", "decided_on: 2027-01-19", "dates"),
    (FILE, "destroy_by: 2028-06-30", "destroy_by: 2028-01-30", "dates"),
    (FILE, "review_by: 2028-03-31", "review_by: 2025-03-31", "dates"),
    (
        FILE,
        "organisation: northbridge-university",
        "organisation: northbrige-university",
        "unknown-organisation",
    ),
    (FILE, "role: lead_researcher", "role: researcher", "missing"),
    (FILE, "role: lead_researcher", "role: leader", "not-allowed-value missing"),
    (FILE, "id: researcher@northbridge.example", "id: lead-researcher@northbridge.example", "duplicate"),
    (FILE, "id: researcher@northbridge.example", "id: checker-1@checking.example", "role"),
    (FILE, "id: P-2026-014", "id: P-2026-041", "file-name"),
    (FILE, "  max_cells: 5000", "  max_cells: 5001", "looser-than-house"),
    (FILE, "queries_per_day: 200", "queries_per_day: 201", "looser-than-house"),
    (
        FILE,
        "  min_clusters: 2",
        "  dominance: { nk: { n: 1, percent: 95 }, p_percent: 5 }",
        "looser-than-house",
    ),
    (FILE, "  method: suppress", "  method: round", "mixed-methods"),
    (FILE, "  method: suppress", "  rounding_base: 7", "not-allowed-value"),
    (FILE, "tier_1_route: { checkers: 2 }", "tier_1_route: automatic_if_clear", "looser-than-house"),
    (FILE, "tier_1_route: { checkers: 2 }", "tier_1_route: { checker: 2 }", "not-allowed-value"),
    ("house.yaml", "sandbox:\n", "webhooks: { networks: [10.20.0.0/99] }\nsandbox:\n", "wrong-kind"),
    ("house.yaml", "    route: automatic_if_clear ", "    route: { checkers: 1 } ", "looser-than-house"),
    # people and organisations
    (LEAD, "scheme: DEA", "scheme: DAE", "not-allowed-value"),
    (LEAD, "course: safe-researcher", "course: other", "not-trained"),
    (LEAD, "kind: conflicts-of-interest", "kind: conflicts", "not-declared"),
    (
        LEAD,
        "passed_on: 2025-10-04, expires_on: 2030-10-03",
        "passed_on: 2025-10-04, expires_on: 2027-10-03",
        "training-expires",
    ),
    (LEAD, "organisation: northbridge-university", "organisation: nowhere", "unknown-organisation"),
    (
        "organisations/northbridge-university.yaml",
        "expires_on: 2030-01-11",
        "expires_on: 2026-12-31",
        "agreement-expires",
    ),
    (
        "organisations/department-for-statistics.yaml",
        "type: government",
        "type: press     ",
        "consent-required",
    ),
    # aggregates beside people
    (
        "projects/P-2026-021.yaml",
        "{ name: avg_class_size,",
        "{ name: n_sen_support,",
        "beside-people",
    ),
    ("projects/P-2026-021.yaml", "{ name: avg_att8,", "{ name: n_pupils,", "beside-people"),
    # the house
    ("house.yaml", "catalogue: npd", "catalogue: ndp", "unknown-catalogue"),
    ("house.yaml", "    - table: school_census_pupil", "    - table: census", "unknown-table"),
    ("house.yaml", "one_per: [academic_year, term]", "one_per: [academic_year, trem]", "unknown-field"),
    ("house.yaml", "[fsm_eligible]", "[fsm_eligable]", "unknown-field"),
    ("house.yaml", "    - table: school_census_pupil", "    - table: school", "standard-margins"),
    ("house.yaml", "one_per: [academic_year, term]", "one_per: [academic_year]", "standard-margins"),
    ("house.yaml", "[fsm_eligible]", "[pmr_anon]", "standard-margins"),
    ("house.yaml", "[fsm_eligible]", "[ethnicity]", "standard-margins"),
    ("house.yaml", "units_per_number: 10", "units_per_number: 9", "floor-too-low"),
    ("house.yaml", "per_project: 20", "per_project: -1", "wrong-kind"),
    ("house.yaml", "school_round_down_to", "shcool_round_down_to", "unknown-cluster"),
    ("house.yaml", "never:  ", "never: [education_research]\nnevers:  ", "unknown-key purpose-not-permitted"),
    ("house.yaml", "time_zone: Europe/London", "time_zone: Europe/Lodnon", "wrong-kind"),
    ("house.yaml", "{ id: service_planning,", "{ id: service_planing,", "unknown-purpose"),
]


@pytest.mark.parametrize(("file", "old", "new", "codes"), MISTAKES)
def test_each_mistake_is_found_once_for_each_place_and_nothing_else_is(
    policies: Copy, file: str, old: str, new: str, codes: str
) -> None:
    found = policies.change(file, old, new).check().findings
    assert {finding.code for finding in found} == set(codes.split())
    assert all(finding.line and finding.fix for finding in found)


def test_a_file_that_is_no_policy_is_reported(policies: Copy) -> None:
    (policies.folder / "projects" / "P-2026-050.yml").write_text("id: P-2026-050\n")
    assert policies.codes() == ["unexpected-file"]


def test_tests_of_a_project_are_not_read_as_a_project(policies: Copy) -> None:
    (policies.folder / "projects" / "P-2026-014.tests.yaml").write_text("kind: ProjectTests\n")
    assert policies.codes() == []


def test_a_person_whose_file_cannot_be_read_is_not_reported_as_nobody(policies: Copy) -> None:
    (policies.folder / LEAD).write_text("id: [\n")
    assert {finding.file for finding in policies.check().findings} == {LEAD}


def test_a_missing_house_is_reported_and_nothing_is_in_force(policies: Copy) -> None:
    (policies.folder / "house.yaml").unlink()
    assert policies.codes() == ["unreadable"]


def test_that_a_day_has_passed_is_a_warning_and_never_an_error(policies: Copy) -> None:
    """Access stops by itself; a policy must not stop being one overnight."""
    after_everything = policies.check(date(2035, 1, 1))
    assert after_everything.errors == ()
    during = policies.change(LEAD, "expires_on: 2030-09-29", "expires_on: 2026-11-01").check()
    assert during.errors == ()
    assert "this accreditation ended on 2026-11-01" in during.findings[0].message


def test_a_draft_may_wait_for_its_approvals(policies: Copy) -> None:
    policies.change(FILE, "status: active", "status: draft").change(
        FILE, "  - { body: ethics", "  # { body: ethics"
    )
    assert policies.codes() == []


def test_mistakes_in_all_kinds_of_files_are_reported_together(policies: Copy) -> None:
    policies.change("house.yaml", "catalogue: npd", "catalogue: ndp")
    policies.change(FILE, "class: education_research", "class: education_reserch")
    policies.change(LEAD, "scheme: DEA", "scheme: DAE")
    policies.change("organisations/output-checking.yaml", "country: GB", "country: Britain")
    assert len({finding.file for finding in policies.check().findings}) == 4
