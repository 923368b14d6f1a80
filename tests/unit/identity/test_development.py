"""The development issuer: for personas of a synthetic house, while the process lives."""

import json
from datetime import timedelta

import pytest
from joserfc.jwk import OKPKey

from enclave.identity.development import AUDIENCE, LIFE_SECONDS, NAME, DevelopmentIssuer, RealData, personas
from enclave.identity.keys import public_keys
from enclave.identity.tokens import TokenRules, verify
from enclave.people import Person, Role
from enclave.people.model import Identity
from enclave.problems.http import Unauthenticated
from enclave.terms import OrganisationId, PersonId
from tests.support.tokens import NOW

ANN = Person(
    PersonId("ann@north.example"),
    "Ann (example)",
    OrganisationId("north"),
    (Identity(NAME, "ann"), Identity("https://login.example", "s-1")),
    frozenset({Role.RESEARCHER}),
)
ELSE = Person(
    PersonId("else@south.example"),
    "Else (example)",
    OrganisationId("south"),
    (Identity("https://login.example", "s-2"),),
    frozenset({Role.ADMIN}),
)
PEOPLE = {person.id: person for person in (ELSE, ANN)}


def issuer() -> DevelopmentIssuer:
    numbers = iter(range(100))
    return DevelopmentIssuer(
        OKPKey.generate_key("Ed25519"), synthetic=True, new_token_id=lambda: f"t-{next(numbers)}"
    )


def test_a_house_with_real_data_has_no_development_issuer() -> None:
    with pytest.raises(RealData):
        DevelopmentIssuer(OKPKey.generate_key("Ed25519"), synthetic=False, new_token_id=lambda: "t")


def test_personas_are_the_people_whom_policy_gives_a_sign_in_of_this_issuer() -> None:
    (found,) = personas(PEOPLE)
    assert (found.person, found.subject, found.roles) == (ANN.id, "ann", ANN.roles)


def test_its_token_names_the_persona_who_signed_in_just_now_and_no_role() -> None:
    made = issuer()
    (ann,) = personas(PEOPLE)
    found = verify(made.token(ann, now=NOW), TokenRules(AUDIENCE, (made.issuer,)), now=NOW)
    assert (found.issuer, found.subject, found.authenticated_at, found.roles) == (NAME, "ann", NOW, None)


def test_its_tokens_end_and_no_two_are_the_same() -> None:
    made = issuer()
    (ann,) = personas(PEOPLE)
    rules = TokenRules(AUDIENCE, (made.issuer,))
    first, second = made.token(ann, now=NOW), made.token(ann, now=NOW)
    assert verify(first, rules, now=NOW).token_id != verify(second, rules, now=NOW).token_id
    with pytest.raises(Unauthenticated):
        verify(first, rules, now=NOW + timedelta(seconds=LIFE_SECONDS + 31))


def test_a_token_of_one_process_is_nothing_to_another() -> None:
    (ann,) = personas(PEOPLE)
    with pytest.raises(Unauthenticated):
        verify(issuer().token(ann, now=NOW), TokenRules(AUDIENCE, (issuer().issuer,)), now=NOW)


def test_what_it_publishes_is_its_public_key_alone() -> None:
    made = issuer()
    document = json.dumps(made.jwks())
    assert '"d"' not in document
    assert len(public_keys(document.encode())) == 1
