"""Duties towards the house: who has which, and that what takes two people is never done by one."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from enclave.outputs.duties import DECISIONS, MAY, SECOND, Duty, may_do
from enclave.outputs.permissions import Denial, Who
from enclave.people import Role
from enclave.terms import OrganisationId, PersonId

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
ANYBODY = Who(
    person=PersonId("one"),
    organisation=OrganisationId("keeper"),
    roles=frozenset(),
    lacks=(),
    conflicts=frozenset(),
    signed_in_at=NOW,
    now=NOW,
)


def has(*roles: Role) -> Who:
    return replace(ANYBODY, roles=frozenset(roles))


def test_every_duty_has_its_roles() -> None:
    assert set(MAY) == set(Duty)
    assert all(MAY.values())


@pytest.mark.parametrize("duty", Duty)
def test_a_duty_is_for_its_roles_and_for_no_other(duty: Duty) -> None:
    for role in Role:
        assert may_do(has(role), duty).allowed is (role in MAY[duty])


@pytest.mark.parametrize("duty", Duty)
def test_nobody_without_a_role_or_a_good_standing_has_a_duty(duty: Duty) -> None:
    assert may_do(ANYBODY, duty).denial is Denial.ROLE
    lapsed = replace(has(*Role), lacks=("the training has ended",))
    assert may_do(lapsed, duty).denial is Denial.STANDING


@pytest.mark.parametrize("duty", DECISIONS)
def test_a_decision_needs_a_sign_in_of_the_last_minutes(duty: Duty) -> None:
    for signed_in_at in (None, NOW - timedelta(minutes=16), NOW + timedelta(seconds=1)):
        stale = replace(has(*Role), signed_in_at=signed_in_at)
        assert may_do(stale, duty).denial is Denial.STALE


@pytest.mark.parametrize("second", SECOND.values())
def test_the_second_person_is_never_the_first_whatever_their_roles(second: Duty) -> None:
    everything = has(*Role)
    assert may_do(everything, second, first=everything.person).denial is Denial.INTEREST
    assert may_do(everything, second, first=PersonId("another")).allowed


def test_checkers_and_researchers_have_no_duty_towards_the_house() -> None:
    """Whoever asks of the data, or lets answers go, keeps neither the data nor the vault."""
    inside = has(Role.RESEARCHER, Role.OUTPUT_CHECKER, Role.SENIOR_CHECKER, Role.PROJECT_MANAGER)
    assert not any(may_do(inside, duty).allowed for duty in Duty)
