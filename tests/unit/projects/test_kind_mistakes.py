"""Mistakes in purposes, identities, spans of time and files of cases: each is found, once, where it stands."""

from pathlib import Path

import pytest

from enclave.actions.check_policy import check_cases
from enclave.documents import Finding
from tests.unit.projects.policy_copy import Copy

FILE = "projects/P-2026-014.yaml"
LEAD = "people/lead-researcher@northbridge.example.yaml"
UNIVERSITY = "organisations/northbridge-university.yaml"
PLANNING = "{ id: service_planning, title: Planning of places and services }"

MISTAKES = [
    # what no house can permit, however it is spelt
    ("house.yaml", PLANNING, "{ id: profiling, title: Profiles }", "purpose-not-permitted unknown-purpose"),
    (
        "house.yaml",
        PLANNING,
        "{ id: direct_marketing, title: News }",
        "purpose-not-permitted unknown-purpose",
    ),
    (
        "house.yaml",
        PLANNING,
        "{ id: home, title: Immigration control }",
        "purpose-not-permitted unknown-purpose",
    ),
    (
        "house.yaml",
        PLANNING,
        "{ id: decisions_about_pupils, title: Placing }",
        "purpose-not-permitted unknown-purpose",
    ),
    ("house.yaml", PLANNING, f"{PLANNING}\n  - {PLANNING}", "duplicate"),
    (FILE, "class: education_research", "class: marketing", "purpose-not-permitted"),
    (FILE, "class: education_research", "class: profiling_of_families", "purpose-not-permitted"),
    (FILE, "class: education_research", "class: contact-with-individuals", "purpose-not-permitted"),
    (FILE, "class: education_research", "class: Immigration-Enforcement", "purpose-not-permitted"),
    (FILE, "decisions_about_individuals, marketing]", "decisions, marketing]", "not-allowed-value"),
    (FILE, "decisions_about_individuals, marketing]", "marketing, marketing]", "duplicate"),
    # law
    (FILE, "article_6: public_task", "article_6: public_tasks", "not-allowed-value"),
    (FILE, "article_9: research_statistics", "article_9: consent", "not-allowed-value"),
    (FILE, "reviewed_on: 2026-02-10", "reviewed_on: 2027-02-10", "dates"),
    (FILE, "  gateway:", "  gatway:", "unknown-key missing"),
    # people and organisations
    (LEAD, "subject: lead-researcher", "subject: researcher", "shared-identity"),
    (LEAD, "granted_on: 2025-09-30", "granted_on: 2031-09-30", "dates"),
    (LEAD, "granted_on: 2025-09-30", "granted_on: 2026-12-30", "not-yet"),
    (LEAD, "passed_on: 2025-10-04", "passed_on: 2030-10-04", "dates"),
    (LEAD, "version: 3, signed_on: 2026-03-20", "version: 3, signed_on: 2027-03-20", "not-yet"),
    (LEAD, "version: 3, signed_on", "version: 0, signed_on", "wrong-kind"),
    (LEAD, "roles: [researcher]", "roles: [resercher]", "not-allowed-value"),
    (UNIVERSITY, "signed_on: 2026-01-12", "signed_on: 2031-01-12", "dates"),
    (UNIVERSITY, "signed_on: 2026-01-12", "signed_on: 2026-12-12", "not-yet"),
    (UNIVERSITY, "type: university", "type: univrsity", "not-allowed-value"),
    (UNIVERSITY, "country: GB", "country: England", "wrong-kind"),
    # the house
    ("house.yaml", "notice_days: 0 ", "notice_days: -1 ", "wrong-kind"),
    ("house.yaml", "notice_days: 0 ", "notice_day: 0 ", "unknown-key"),
]

CASES = "projects/P-2026-014.tests.yaml"
TABLE = 'rows: [["991", 9], '
CASE_MISTAKES = [
    ("kind: ProjectTests", "kind: ProjectTest", "not-allowed-value"),
    ("project: P-2026-014", "project: P-2026-041", "file-name"),
    ("now: 2026-11-26T09:00:00+00:00", "now: 2026-11-26", "wrong-kind"),
    ("now: 2026-11-26T09:00:00+00:00", "now: 2026-11-26T09:00:00", "wrong-kind"),
    ("allowed: true, route: automatic_if_clear", "allowed: false", "not-allowed-value"),
    ("allowed: true, route: automatic_if_clear", "allowed: true, route: automatic", "not-allowed-value"),
    ("allowed: true, route: automatic_if_clear", "allowed: true, refused: field-use", "wrong-kind"),
    ("allowed: true, route: automatic_if_clear", "allowed: true, line: 3", "wrong-kind"),
    ("refused: individual-rows", "refused: individual-row", "unknown-problem"),
    ("name: and not a minute longer", "name: access lasts until the end of the last day", "duplicate"),
    ("    as: researcher@elsewhere.example\n", "", "missing"),
    (TABLE, TABLE + '["990", 9], ', "not-one-a-row"),
    (TABLE, TABLE.replace(", 9]", "]"), "not-one-a-column"),
    (TABLE, TABLE.replace("9]", "nine]"), "wrong-kind"),
    ("cells: [c, ok, c, ok]", "cells: [c, ok, c, x]", "not-allowed-value not-one-a-row"),
]


@pytest.mark.parametrize(("file", "old", "new", "codes"), MISTAKES)
def test_each_mistake_is_found_and_nothing_else_is(
    policies: Copy, file: str, old: str, new: str, codes: str
) -> None:
    found = policies.change(file, old, new).check().findings
    assert {finding.code for finding in found} == set(codes.split())
    assert all(finding.line and finding.fix for finding in found)


def test_what_is_never_permitted_is_refused_with_the_rule_that_it_breaks(policies: Copy) -> None:
    found = (
        policies.change(FILE, "class: education_research", "class: decisions_about_pupils").check().findings
    )
    assert found[0].message == '"decisions_about_pupils" is never permitted: decisions_about_individuals'
    assert found[0].why is not None
    assert "Data Protection Act 2018, section 19(3)" in found[0].why


def test_a_house_cannot_take_a_prohibited_use_off_its_list(policies: Copy) -> None:
    policies.change("house.yaml", "  - profiling\n", "")
    assert "profiling" in policies.load().house.never


@pytest.mark.parametrize(("old", "new", "codes"), CASE_MISTAKES)
def test_each_mistake_in_a_file_of_cases_is_found(policies: Copy, old: str, new: str, codes: str) -> None:
    found = _case_findings(policies.change(CASES, old, new))
    assert {finding.code for finding in found} == set(codes.split())
    assert all(finding.line and finding.fix for finding in found)


def test_cases_of_a_project_that_is_not_there_are_told_of(policies: Copy) -> None:
    (policies.folder / CASES).rename(policies.folder / "projects" / "P-2026-099.tests.yaml")
    policies.change("projects/P-2026-099.tests.yaml", "project: P-2026-014", "project: P-2026-099")
    assert [finding.code for finding in _case_findings(policies)] == ["unknown-project"]


def test_a_mistake_in_a_file_of_cases_keeps_no_policy_from_being_in_force(policies: Copy) -> None:
    policies.change(CASES, "kind: ProjectTests", "kind: ProjectTest")
    assert policies.load().in_force


def test_the_cases_of_the_demo_and_of_the_specification_have_nothing_wrong_with_them(policies: Copy) -> None:
    assert _case_findings(policies) == ()
    written = Path(__file__).parents[2] / "spec" / "policy_files" / CASES
    (policies.folder / CASES).write_bytes(written.read_bytes())
    assert _case_findings(policies) == ()


def _case_findings(policies: Copy) -> tuple[Finding, ...]:
    return check_cases(policies.folder, policies.check())[1]


def test_with_real_data_prohibited_uses_are_acknowledged_before_anything_is_asked(policies: Copy) -> None:
    assert policies.load().house.acknowledges is False
    policies.change("house.yaml", "changes:\n", "sign_in:\n  prohibited_uses: asked\nchanges:\n")
    assert policies.load().house.acknowledges is False
    policies.change("house.yaml", "synthetic: true", "synthetic: false")
    assert policies.codes() == ["must-be-required"]
    policies.change("house.yaml", "sign_in:\n  prohibited_uses: asked\n", "")
    assert policies.load().house.acknowledges is True
