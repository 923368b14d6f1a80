"""What a person must be for an act: the parts that the table of the whole workflow does not reach."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from enclave.outputs.permissions import RULES, Act, Denial, Thing, Who, may
from enclave.people import Role
from enclave.terms import OrganisationId, PersonId, ProjectId

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
THING = Thing(
    project=ProjectId("P-1"),
    organisations=frozenset({OrganisationId("northbridge")}),
    members=frozenset({PersonId("asker"), PersonId("lead")}),
    leads=frozenset({PersonId("lead")}),
    parties=frozenset({PersonId("asker"), PersonId("lead"), PersonId("left-the-project")}),
    asked_by=PersonId("asker"),
    voters=frozenset({PersonId("voted")}),
)
CHECKER = Who(
    person=PersonId("checker"),
    organisation=OrganisationId("checking"),
    roles=frozenset({Role.OUTPUT_CHECKER, Role.SENIOR_CHECKER}),
    lacks=(),
    conflicts=frozenset(),
    signed_in_at=NOW,
    now=NOW,
)
NOBODY = replace(CHECKER, person=PersonId("nobody"), roles=frozenset())


def denial(who: Who, act: Act, thing: Thing = THING) -> Denial | None:
    return may(who, act, thing).denial


def test_every_act_has_a_rule() -> None:
    assert set(RULES) == set(Act)


@pytest.mark.parametrize("act", set(Act))
def test_somebody_without_a_role_may_do_nothing(act: Act) -> None:
    assert not may(NOBODY, act, THING).allowed


@pytest.mark.parametrize("act", set(Act))
def test_every_no_has_a_reason_in_words(act: Act) -> None:
    assert may(NOBODY, act, THING).reason


@pytest.mark.parametrize("act", [Act.VOTE, Act.ADJUDICATE, Act.REVOKE])
@pytest.mark.parametrize(
    ("signed_in_at", "wanted"),
    [
        (NOW - timedelta(minutes=15), None),
        (NOW - timedelta(minutes=15, seconds=1), Denial.STALE),
        (NOW + timedelta(seconds=1), Denial.STALE),
        (None, Denial.STALE),
    ],
)
def test_a_decision_needs_a_sign_in_of_the_last_quarter_of_an_hour(
    act: Act, signed_in_at: datetime | None, wanted: Denial | None
) -> None:
    assert denial(replace(CHECKER, signed_in_at=signed_in_at), act) is wanted


def test_looking_needs_no_fresh_sign_in() -> None:
    stale = replace(CHECKER, signed_in_at=None)
    assert may(stale, Act.READ_REVIEW, THING).allowed
    assert may(stale, Act.CLAIM, THING).allowed


@pytest.mark.parametrize(
    "who",
    [
        replace(CHECKER, person=PersonId("asker")),
        replace(CHECKER, person=PersonId("left-the-project")),
        replace(CHECKER, organisation=OrganisationId("northbridge")),
        replace(CHECKER, conflicts=frozenset({"P-1"})),
        replace(CHECKER, conflicts=frozenset({"northbridge"})),
    ],
)
@pytest.mark.parametrize("act", [Act.CLAIM, Act.VOTE, Act.ADJUDICATE, Act.READ_REVIEW])
def test_whoever_has_an_interest_decides_nothing_and_sees_no_table(who: Who, act: Act) -> None:
    assert denial(who, act) is Denial.INTEREST


def test_a_dispute_is_decided_by_none_of_those_who_differ() -> None:
    voted = replace(CHECKER, person=PersonId("voted"))
    assert denial(voted, Act.ADJUDICATE) is Denial.INTEREST
    assert may(CHECKER, Act.ADJUDICATE, THING).allowed


@pytest.mark.parametrize("act", [Act.CLAIM, Act.VOTE, Act.ADJUDICATE, Act.REVOKE, Act.READ_REVIEW])
def test_whose_accreditation_ran_out_decides_nothing(act: Act) -> None:
    assert denial(replace(CHECKER, lacks=("their training ended",)), act) is Denial.STANDING


def test_a_checker_alone_decides_no_dispute_and_revokes_nothing() -> None:
    plain = replace(CHECKER, roles=frozenset({Role.OUTPUT_CHECKER}))
    assert denial(plain, Act.ADJUDICATE) is Denial.ROLE
    assert denial(plain, Act.REVOKE) is Denial.ROLE


def test_the_table_of_a_release_is_for_the_people_of_the_project_alone() -> None:
    assert may(replace(NOBODY, person=PersonId("asker")), Act.DOWNLOAD, THING).allowed
    assert denial(CHECKER, Act.DOWNLOAD) is Denial.ROLE
    assert denial(replace(NOBODY, roles=frozenset(Role)), Act.DOWNLOAD) is Denial.ROLE
    assert denial(replace(NOBODY, person=PersonId("left-the-project")), Act.DOWNLOAD) is Denial.HIDDEN
