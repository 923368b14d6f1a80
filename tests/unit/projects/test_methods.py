"""Which method a house and its projects may have, and what a change of it lets through."""

import pytest

from enclave.actions.perturbing import perturbing_of
from enclave.disclosure.perturbation.method import CellKeys, Rounding
from enclave.projects.comparing import compare_policies
from enclave.terms import ProjectId
from enclave.terms.changes import Effect, strongest
from tests.unit.projects.policy_copy import Copy

HOUSE, METHOD = "house.yaml", "  method: suppress "
BOTH = ("projects/P-2026-014.yaml", "projects/P-2026-021.yaml")
MINE = ProjectId("P-2026-014")


def changed(policies: Copy, method: str, *, before: str = "suppress") -> Copy:
    """A house of another method, and its projects with it."""
    policies.change(HOUSE, f"  method: {before} ", f"  method: {method} ")
    for project in BOTH:
        policies.change(project, f"  method: {before}", f"  method: {method}")
    return policies


@pytest.mark.parametrize(
    ("method", "meant"), [("round", Rounding(5)), ("cell_key", CellKeys(5, 3.0)), ("suppress", None)]
)
def test_a_project_has_the_method_of_its_house(policies: Copy, method: str, meant: object) -> None:
    assert perturbing_of(changed(policies, method).policy(MINE)) == meant


def test_a_project_may_round_more_and_not_less_than_its_house(policies: Copy) -> None:
    changed(policies, "round").change(HOUSE, "  method: round ", "  rounding_base: 10\n  method: round ")
    assert perturbing_of(policies.policy(MINE)) == Rounding(10)
    policies.change(BOTH[1], "  method: round", "  method: round\n  rounding_base: 5")
    assert "looser-than-house" in policies.codes()


def test_a_house_that_changes_numbers_has_no_project_of_exact_ones(policies: Copy) -> None:
    policies.change(HOUSE, METHOD, "  method: cell_key ")
    assert policies.codes() == ["method", "method"]


def test_a_project_that_shares_somebody_with_no_other_may_round_in_a_house_of_exact_numbers(
    policies: Copy,
) -> None:
    policies.change(BOTH[1], "  method: suppress", "  method: round")
    assert policies.codes() == []
    assert perturbing_of(policies.policy(ProjectId("P-2026-021"))) == Rounding(5)
    assert perturbing_of(policies.policy(MINE)) is None


def test_a_project_that_shares_an_organisation_with_another_has_its_method(policies: Copy) -> None:
    (found,) = policies.change(BOTH[0], "  method: suppress", "  method: round").check().findings
    assert (found.code, found.file) == ("mixed-methods", BOTH[0])
    assert "P-2026-014 and P-2026-030 share somebody" in found.message


@pytest.mark.parametrize(
    ("noise", "code"),
    [
        ("{ maximum: 5, variance: 10 }", None),
        ("{ maximum: 5, variance: 11 }", "cell-key"),
        ("{ maximum: 5, variance: 0.5 }", "cell-key"),
        ("{ maximum: 5, small_counts: never }", "cell-key"),
        ("{ maximum: 10, small_counts: never }", None),
        ("{ maximum: 1 }", "out-of-range"),
    ],
)
def test_noise_has_room_to_be_without_bias(policies: Copy, noise: str, code: str | None) -> None:
    policies.change(HOUSE, METHOD, f"  cell_key: {noise}\n  method: suppress ")
    found = policies.codes()
    assert bool(found) == (code is not None)
    assert found == [code] or code in (None, "out-of-range")


def test_small_counts_that_are_never_shown_follow_the_floor_of_the_house(policies: Copy) -> None:
    changed(policies, "cell_key").change(
        HOUSE, "  method: cell_key ", "  cell_key: { maximum: 12, small_counts: never }\n  method: cell_key "
    )
    policies.change(BOTH[0], "  min_units: 10", "  min_units: 15")
    assert perturbing_of(policies.policy(MINE)) == CellKeys(12, 3.0, 9)


@pytest.mark.parametrize(
    ("before", "after", "effect"),
    [
        ("suppress", "round", Effect.NARROWS),
        ("suppress", "cell_key", Effect.NARROWS),
        ("round", "suppress", Effect.WIDENS),
        ("round", "cell_key", Effect.WIDENS),
    ],
)
def test_from_changed_numbers_to_exact_ones_widens(
    policies: Copy, before: str, after: str, effect: Effect
) -> None:
    was = changed(policies, before).policy(MINE)
    changed(policies, after, before=before)
    found = [one for one in compare_policies(was, policies.policy(MINE)) if one.what == "method"]
    assert strongest(one.effect for one in found) is effect
