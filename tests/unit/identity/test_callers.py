"""From a subject to a person: by issuer and subject, with the roles that policy gives, less what a token takes away."""

from dataclasses import replace

import pytest

from enclave.identity.callers import Directory, asker_of, directory_of
from enclave.identity.tokens import Verified
from enclave.people import Person, Role
from enclave.people.model import Identity
from enclave.problems.http import UnknownPerson
from enclave.terms import OrganisationId, PersonId
from tests.support.tokens import NAME, NOW

ANN = Person(
    PersonId("ann@north.example"),
    "Ann (example)",
    OrganisationId("north"),
    (Identity(NAME, "s-1"), Identity("https://other.example", "s-2")),
    frozenset({Role.RESEARCHER, Role.OUTPUT_CHECKER}),
)
BEN = replace(ANN, id=PersonId("ben@north.example"), identities=(Identity(NAME, "s-9"),))
KNOWN = directory_of([ANN, BEN])


def of(issuer: str, subject: str, roles: frozenset[str] | None = None) -> Verified:
    return Verified(issuer, subject, "t-1", NOW, NOW, roles)


@pytest.mark.parametrize(("issuer", "subject"), [(NAME, "s-1"), ("https://other.example", "s-2")])
def test_a_person_may_have_several_sign_ins(issuer: str, subject: str) -> None:
    assert asker_of(of(issuer, subject), KNOWN).person == ANN.id


@pytest.mark.parametrize(
    ("issuer", "subject"),
    [
        ("https://other.example", "s-1"),
        (NAME, "s-2"),
        (NAME, "ann@north.example"),
        (NAME, "S-1"),
        (NAME, "s-1 "),
        ("urn:enclave:dev", "s-1"),
    ],
)
def test_a_subject_of_another_issuer_or_an_address_is_nobody(issuer: str, subject: str) -> None:
    with pytest.raises(UnknownPerson):
        asker_of(of(issuer, subject), KNOWN)


def test_a_sign_in_that_two_people_claim_is_nobodys() -> None:
    known = directory_of([ANN, replace(BEN, identities=(Identity(NAME, "s-1"), Identity(NAME, "s-9")))])
    with pytest.raises(UnknownPerson):
        asker_of(of(NAME, "s-1"), known)
    assert asker_of(of(NAME, "s-9"), known).person == BEN.id


def test_nobody_is_known_where_there_are_no_people() -> None:
    with pytest.raises(UnknownPerson):
        asker_of(of(NAME, "s-1"), Directory({}))


@pytest.mark.parametrize(
    ("cap", "left"),
    [
        (None, {Role.RESEARCHER, Role.OUTPUT_CHECKER}),
        (frozenset({"researcher"}), {Role.RESEARCHER}),
        (frozenset({"researcher", "admin", "senior_checker"}), {Role.RESEARCHER}),
        (frozenset({"admin"}), set()),
        (frozenset[str](), set()),
    ],
)
def test_roles_in_a_token_take_away_and_never_give(cap: frozenset[str] | None, left: set[Role]) -> None:
    assert asker_of(of(NAME, "s-1", cap), KNOWN).roles == left


def test_the_time_of_signing_in_is_the_tokens() -> None:
    assert asker_of(of(NAME, "s-1"), KNOWN).authenticated_at == NOW
    assert asker_of(replace(of(NAME, "s-1"), authenticated_at=None), KNOWN).authenticated_at is None
