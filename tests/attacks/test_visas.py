"""GA4GH visas that somebody made up, borrowed, kept or bent. None may stand for accreditation or training.

Source: GA4GH Passport 1.2 and AAI OpenID Connect profile 1.2, sections on visas; RFC 8725 (JSON Web Token best current
practices).
"""

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from joserfc.jwk import RSAKey

from enclave.identity.keys import FetchedKeys, FixedKeys
from enclave.identity.visas import MOST_VISAS, PASSPORT, Accepted, Read, VisaIssuer, read_passport
from enclave.people.evidence import Evidence, Stands, with_evidence
from enclave.people.model import Identity, Person, Role
from enclave.terms import OrganisationId, PersonId
from tests.support.tokens import AT, NOW, Server, forged, part

NAME, JWKS = "https://visas.example", "https://visas.example/jwks"
BOARD = "https://accreditation.example"
SERVER = Server(name=NAME, kid="v-1")
STRANGER = Server(name="https://strange.example", kid="v-1")
DAY = 24 * 3600
MINE = frozenset({(NAME, "s-1"), ("https://login.example", "somebody")})


def issuer(keys: Any = None, algorithms: frozenset[str] = frozenset({"ES256", "RS256"})) -> VisaIssuer:
    return VisaIssuer(
        NAME,
        JWKS,
        keys or FixedKeys({SERVER.kid: SERVER.public()}),
        algorithms,
        (
            Accepted(
                "ResearcherStatus",
                frozenset({"https://value.example/bona-fide"}),
                frozenset({BOARD}),
                Stands.ACCREDITATION,
                "DEA",
            ),
            Accepted(
                "AcceptedTermsAndPolicies",
                frozenset({"https://value.example/course"}),
                frozenset({BOARD}),
                Stands.TRAINING,
                "safe-researcher",
            ),
        ),
        timedelta(days=365),
    )


ISSUERS = {NAME: issuer()}


def said(**changes: Any) -> dict[str, Any]:
    good = {
        "type": "ResearcherStatus",
        "asserted": AT - 30 * DAY,
        "value": "https://value.example/bona-fide",
        "source": BOARD,
        "by": "so",
    }
    return {name: value for name, value in (good | changes).items() if value is not None}


def claims(visa: dict[str, Any] | None = None, **changes: Any) -> dict[str, Any]:
    good = {
        "iss": NAME,
        "sub": "s-1",
        "iat": AT - 60,
        "exp": AT + 3600,
        "jti": "v-7",
        "ga4gh_visa_v1": said() if visa is None else visa,
    }
    return {name: value for name, value in (good | changes).items() if value is not None}


def visa(payload: dict[str, Any] | None = None, server: Server = SERVER, **header: Any) -> str:
    usual = {"typ": "JWT", "jku": JWKS} | header
    return server.token(claims() if payload is None else payload, **usual)


def read(*visas: Any, issuers: Any = ISSUERS, identities: Any = MINE, now: datetime = NOW) -> Read:
    return read_passport({PASSPORT: list(visas)}, issuers, identities, now=now)


def refusal(one: Any, **how: Any) -> str:
    found = read(one, **how)
    assert found.evidence == ()
    (why,) = found.refused
    return why


def test_a_visa_that_is_good_in_every_respect_stands_for_what_the_list_says() -> None:
    until = datetime.fromtimestamp(AT + 3600, UTC)
    asserted = datetime.fromtimestamp(AT - 30 * DAY, UTC)
    assert read(visa()) == Read((Evidence(Stands.ACCREDITATION, "DEA", NAME, BOARD, asserted, until),), ())
    course = said(type="AcceptedTermsAndPolicies", value="https://value.example/course")
    (found,) = read(visa(claims(course))).evidence
    assert (found.stands_for, found.name) == (Stands.TRAINING, "safe-researcher")


@pytest.mark.parametrize("algorithm", ["none", "None", "NONE", "", "HS256"])
def test_an_unsigned_visa_or_one_signed_with_what_is_public_is_refused(algorithm: str) -> None:
    header = {"alg": algorithm, "kid": "v-1", "typ": "JWT"}
    assert refusal(forged(header, claims())) == "alg"
    assert refusal(forged(header, claims(), SERVER.jwks())) == "alg"


@pytest.mark.parametrize(
    "name", [None, "", "https://visas.example/", "https://VISAS.example", "https://strange.example", ["x"], 7]
)
def test_an_issuer_that_is_not_on_the_list_exactly_counts_for_nothing(name: Any) -> None:
    assert refusal(visa(claims(iss=name))) == "iss"


def test_a_key_of_somebody_else_under_the_same_name_is_refused() -> None:
    assert refusal(visa(server=Server(name=NAME, kid="v-1"))) == "bad_signature"
    assert refusal(visa(kid="v-2")) == "kid"
    rsa = Server(name=NAME, kid="v-1", algorithm="RS256", key=RSAKey.generate_key(2048))
    assert refusal(visa(server=rsa)) == "alg"


@pytest.mark.parametrize(
    "where", ["https://strange.example/jwks", JWKS + "/", "http://visas.example/jwks", "", None, 7]
)
def test_a_visa_does_not_say_where_its_keys_are(where: Any) -> None:
    """What it says is not fetched: it may only be what the list says, or nothing."""
    own = STRANGER.token(claims(), typ="JWT", jku=where, kid="v-1")
    assert refusal(own) in {"jku", "bad_signature", "invalid_header_value"}


@pytest.mark.parametrize("name", ["jwk", "x5u", "x5c", "crit", "b64"])
def test_a_header_that_brings_its_own_key_or_is_not_understood_is_refused(name: str) -> None:
    brought: Any = SERVER.key.as_dict(private=False) if name == "jwk" else ["x"]
    header: dict[str, Any] = {name: brought}
    assert "header" in refusal(visa(**header))


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"exp": AT}, "exp"),
        ({"exp": AT - DAY}, "exp"),
        ({"exp": None}, "exp"),
        ({"exp": "9999999999"}, "exp"),
        ({"exp": True}, "exp"),
        ({"iat": AT + 31}, "from the future"),
        ({"iat": None}, "iat"),
        ({"sub": "s-2"}, "sub"),
        ({"sub": "somebody"}, "sub"),  # the subject that another issuer has for them
        ({"sub": None}, "sub"),
        ({"ga4gh_visa_v1": [said()]}, "ga4gh_visa_v1"),
        ({"ga4gh_visa_v1": None}, "ga4gh_visa_v1"),
    ],
)
def test_a_visa_that_is_over_or_anothers_or_none_is_refused(changes: dict[str, Any], why: str) -> None:
    assert refusal(visa(claims(**changes))) == why


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"conditions": [[{"type": "AffiliationAndRole", "value": "const:faculty@x"}]]}, "conditions"),
        ({"conditions": "none"}, "conditions"),
        ({"except": "on Mondays"}, "not understood"),
        ({"asserted": AT - 366 * DAY}, "asserted"),
        ({"asserted": AT + 3600}, "from the future"),
        ({"asserted": None}, "asserted"),
        ({"asserted": "2026-01-01"}, "asserted"),
        ({"type": "ControlledAccessGrants"}, "not accepted"),
        ({"type": "LinkedIdentities"}, "not accepted"),
        ({"value": "https://value.example/bona-fide/"}, "not accepted"),
        ({"value": "https://value.example/course"}, "not accepted"),
        ({"source": "https://strange.example"}, "not accepted"),
        ({"source": None}, "source"),
        ({"value": ["https://value.example/bona-fide"]}, "value"),
    ],
)
def test_an_assertion_that_is_not_on_the_list_or_not_understood_counts_for_nothing(
    changes: dict[str, Any], why: str
) -> None:
    assert refusal(visa(claims(said(**changes)))) == why


def test_an_old_assertion_ends_before_its_visa_does() -> None:
    (found,) = read(visa(claims(said(asserted=AT - 365 * DAY + 60)))).evidence
    assert found.until == NOW + timedelta(seconds=60)


def test_a_visa_that_is_shown_again_when_it_is_over_counts_for_nothing() -> None:
    kept = visa()
    assert read(kept).evidence
    assert refusal(kept, now=NOW + timedelta(hours=1)) == "exp"


def test_a_visa_of_somebody_else_counts_for_nobody_here() -> None:
    assert refusal(visa(), identities=frozenset({("https://login.example", "s-1")})) == "sub"
    assert refusal(visa(), identities=frozenset()) == "sub"


def test_a_broker_cannot_lend_somebody_the_visa_of_another_by_linking_them() -> None:
    """GA4GH Passport 1.2, LinkedIdentities: not accepted. What is one person's says the person's own file alone."""
    other = f"s-2,{NAME}"
    link = visa(claims(said(type="LinkedIdentities", value=other, source=NAME, by="system")))
    found = read(link, visa(claims(sub="s-2")))
    assert found.evidence == ()
    assert len(found.refused) == 2
    both = frozenset({*MINE, (NAME, "s-2")})
    assert len(read(visa(claims(sub="s-2")), identities=both).evidence) == 1


def test_where_the_keys_cannot_be_had_nothing_counts() -> None:
    def down() -> bytes:
        raise OSError

    assert refusal(visa(), issuers={NAME: issuer(FetchedKeys(down))}) == "keys"


def test_an_access_token_is_no_visa() -> None:
    assert refusal(SERVER.token(claims())) == "typ"


def test_a_changed_visa_is_refused() -> None:
    header, _, signature = visa().split(".")
    assert refusal(f"{header}.{part(claims(sub='s-1', exp=AT + DAY * 900))}.{signature}") == "bad_signature"


@pytest.mark.parametrize(
    "passport", [None, "x", {"a": 1}, ["x"] * (MOST_VISAS + 1), [None], [7], [[]], ["a.b.c"], [""]]
)
def test_what_is_no_passport_is_none(passport: Any) -> None:
    assert read_passport({PASSPORT: passport}, ISSUERS, MINE, now=NOW).evidence == ()
    assert read_passport({}, ISSUERS, MINE, now=NOW) == Read((), ())


def test_one_bad_visa_does_not_take_a_good_one_along() -> None:
    found = read(visa(claims(sub="s-2")), visa(), "rubbish")
    assert (len(found.evidence), len(found.refused)) == (1, 2)


def person(*by_visa: str) -> Person:
    return Person(
        PersonId("ann"),
        "Ann",
        OrganisationId("north"),
        (Identity(NAME, "s-1"),),
        frozenset({Role.RESEARCHER}),
        by_visa=frozenset(by_visa),
    )


def test_evidence_counts_only_where_the_file_lets_it_and_only_until_it_is_over() -> None:
    (found,) = read(visa()).evidence
    zone = ZoneInfo("Europe/London")

    def held(whose: Person, at: datetime) -> Any:
        return with_evidence(whose, [found], now=at, time_zone=zone).accreditation

    assert held(person("accreditation"), NOW).scheme == "DEA"
    assert held(person("training"), NOW) is None
    assert held(person(), NOW) is None
    assert held(person("accreditation"), found.until) is None
    assert held(person("accreditation"), found.until - timedelta(seconds=1)) is not None
    assert held(person("accreditation"), found.asserted - timedelta(seconds=1)) is None


def test_evidence_gives_no_role_and_no_field() -> None:
    (found,) = read(visa()).evidence
    before = person("accreditation", "training")
    after = with_evidence(before, [found], now=NOW, time_zone=ZoneInfo("Europe/London"))
    assert json.dumps(sorted(after.roles)) == json.dumps(sorted(before.roles))
    assert (after.organisation, after.service, after.identities) == (
        before.organisation,
        before.service,
        before.identities,
    )
