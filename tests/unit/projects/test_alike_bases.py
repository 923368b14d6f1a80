"""Bases that differ by a few units: refused when a policy is applied, with what they are too like."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from enclave.actions.base_checks import alike_bases, alike_in
from enclave.actions.check_policy import Policies
from enclave.documents import render
from enclave.projects import Member, Policy, Role, TableGrant
from enclave.terms import PersonId, ProjectId
from tests.unit.projects.policy_copy import Copy

FILE = "projects/P-2026-014.yaml"
ALL = "      rows: all  "


def apart(units: int | None) -> Callable[[Policy, TableGrant, TableGrant], int | None]:
    return lambda _policy, _grant, _other: units


@pytest.fixture
def both(policies: Copy) -> tuple[Policies, Policies]:
    before = policies.load()
    return before, policies.change(FILE, ALL, '      rows: { la_code: ["201"] }  ').load()


@pytest.mark.parametrize("units", [1, 99])
def test_a_version_whose_rows_are_too_like_those_in_force_is_refused_with_the_reason(
    both: tuple[Policies, Policies], units: int
) -> None:
    with_before, with_other = alike_bases(*both, apart(units), version=7)
    assert render(with_before) == (
        "projects/P-2026-014.yaml: error[bases-too-alike] the rows of this version and of version 7 differ by fewer "
        "than 100 pupils\n"
        "      = why: house.yaml, min_base_difference; tables of the two could be subtracted\n"
        "      = fix: choose a restriction that differs by more, or leave it as it was"
    )
    assert with_other.message == "the rows of this version and of P-2026-030 differ by fewer than 100 pupils"


@pytest.mark.parametrize("units", [None, 100, 5000])
def test_rows_that_differ_by_enough_or_by_nobody_may_be_applied(
    both: tuple[Policies, Policies], units: int | None
) -> None:
    assert alike_bases(*both, apart(units), version=7) == ()


def test_rows_that_are_as_they_were_are_not_counted(policies: Copy) -> None:
    loaded = policies.load()
    assert alike_bases(loaded, loaded, apart(1), version=7) == ()


def test_projects_that_share_neither_a_person_nor_an_organisation_are_not_compared(policies: Copy) -> None:
    """P-2026-021 has a table of people too, and nobody could put the two side by side, until somebody is on both."""
    policies.change(FILE, ALL, '      rows: { la_code: ["201"] }  ')
    assert _beside(policies.load()) == {"P-2026-030"}
    loaded = policies.load()
    id = ProjectId("P-2026-021")
    member = Member(PersonId("researcher@northbridge.example"), Role.RESEARCHER)
    project = replace(loaded.projects[id], members=(member,))
    policy = replace(loaded.in_force[id], project=project)
    shared = replace(
        loaded, projects={**loaded.projects, id: project}, in_force={**loaded.in_force, id: policy}
    )
    assert _beside(shared) == {"P-2026-021", "P-2026-030"}


def test_a_project_that_changes_too_is_compared_as_it_is_and_as_it_was(
    both: tuple[Policies, Policies],
) -> None:
    before, after = both
    assert _beside(after, before) == {"version 7", "P-2026-030"}


def _beside(after: Policies, before: Policies | None = None) -> set[str]:
    found = alike_bases(before, after, apart(5), version=7)
    return {
        finding.message.removeprefix("the rows of this version and of ").split(" differ")[0]
        for finding in found
    }


@pytest.mark.parametrize(("units", "refused"), [(1, True), (99, True), (100, False), (None, False)])
def test_data_that_come_later_are_compared_before_anybody_has_them(
    both: tuple[Policies, Policies], units: int | None, refused: bool
) -> None:
    version = both[1].projects[ProjectId("P-2026-014")].data_version
    found = alike_in(both[1], version, apart(units))
    wanted = {("school_census_pupil", "P-2026-014", "P-2026-030")} if refused else set()
    assert {(one.table, one.one, one.other) for one in found} == wanted


def test_data_to_which_no_project_is_pinned_may_be_loaded(both: tuple[Policies, Policies]) -> None:
    """The rows are compared when a project is moved to them, which is a change of the policies."""
    assert alike_in(both[1], "another", apart(1)) == ()
