"""ID tokens that somebody made up, borrowed or kept: none signs a browser in. Each attack names its class.

Source: OpenID Connect Core 1.0, sections 3.1.3.7 and 16; RFC 8725; RFC 9207 (mix-up).
"""

from datetime import timedelta
from typing import Any

import pytest

from enclave.identity.id_tokens import verify_id_token
from enclave.identity.tokens import Issuer
from enclave.problems.http import Unauthenticated
from tests.support.tokens import AT, NAME, NOW, Server, claims, forged

CLIENT, NONCE = "enclave-web", "n-1"
SERVER = Server()
ISSUER = SERVER.issuer(acr=frozenset({"mfa"}), amr=frozenset({"otp", "hwk"}))
AT_HASH_OF_ANOTHER = "AAAAAAAAAAAAAAAAAAAAAA"


def said(**changes: Any) -> dict[str, Any]:
    """Claims of an ID token that is good at NOW."""
    own = {"aud": CLIENT, "nonce": NONCE, "acr": "mfa", "client_id": None, "jti": None}
    return claims(**(own | changes))


def token(typ: Any = None, **changes: Any) -> str:
    return SERVER.token(said(**changes), typ=typ)


def refused(made: str, *, again: bool = False, issuer: Issuer = ISSUER) -> bool:
    since = NOW - timedelta(seconds=60) if again else None
    try:
        verify_id_token(made, issuer, client_id=CLIENT, nonce=NONCE, since=since, now=NOW)
    except Unauthenticated:
        return True
    return False


@pytest.mark.parametrize("typ", [None, "JWT"])
def test_a_good_one_names_its_subject(typ: str | None) -> None:
    found = verify_id_token(token(typ), ISSUER, client_id=CLIENT, nonce=NONCE, since=None, now=NOW)
    assert (found.issuer, found.subject, found.client) == (NAME, "s-1", False)
    assert found.authenticated_at == NOW - timedelta(seconds=90)


ATTACKS: dict[str, dict[str, Any]] = {
    "mix-up: another issuer": {"iss": "https://other.example"},
    "mix-up: a slash more": {"iss": f"{NAME}/"},
    "mix-up: no issuer": {"iss": None},
    "token substitution: for another client": {"aud": "another-app"},
    "token substitution: for another client too": {"aud": [CLIENT, "another-app"]},
    "token substitution: for nobody": {"aud": None},
    "token substitution: for the API": {"aud": "https://enclave.example/api"},
    "token substitution: given to another client": {"azp": "another-app"},
    "token substitution: of another access token": {"at_hash": AT_HASH_OF_ANOTHER, "azp": "another-app"},
    "replay: of another sign-in": {"nonce": "n-2"},
    "replay: of a sign-in without a nonce": {"nonce": None},
    "replay: with a list of nonces": {"nonce": [NONCE, "n-2"]},
    "replay: after its time": {"exp": AT - 31},
    "replay: that never ends": {"exp": AT + 13 * 3600},
    "replay: without an end": {"exp": None},
    "time: from the future": {"iat": AT + 31},
    "time: not yet": {"nbf": AT + 31},
    "time: without a beginning": {"iat": None},
    "authentication downgrade: one factor": {"acr": "pwd", "amr": ["pwd"]},
    "authentication downgrade: nothing said": {"acr": None},
    "authentication downgrade: a list that holds the word": {"acr": ["mfa"]},
    "authentication downgrade: a text that holds the word": {"acr": "not-mfa", "amr": "otp"},
    "authentication downgrade: words of another kind": {"acr": None, "amr": [["otp"], {"otp": 1}]},
    "identity: no subject": {"sub": None},
    "identity: an empty subject": {"sub": ""},
    "identity: a list of subjects": {"sub": ["s-1"]},
    "identity: a subject without end": {"sub": "s" * 256},
    "privilege: roles that are no list": {"roles": "admin"},
    "freshness: signed in tomorrow": {"auth_time": AT + 3600},
}
HEADERS: dict[str, dict[str, Any]] = {
    "confused token: an access token": {"typ": "at+jwt"},
    "confused token: a logout token": {"typ": "logout+jwt"},
    "key injection: its own key": {"typ": None, "jwk": dict(Server().key.as_dict(private=False))},
    "key injection: an address of keys": {"typ": None, "jku": "https://evil.example/jwks"},
    "key injection: an id that nobody has": {"typ": None, "kid": "k-7"},
    "key injection: a path for an id": {"typ": None, "kid": "../../k-1"},
}
STALE: dict[str, dict[str, Any]] = {
    "freshness: signed in before it was asked": {"auth_time": AT - 600},
    "freshness: no time of signing in": {"auth_time": None},
    "freshness: a text for a time": {"auth_time": str(AT)},
}


@pytest.mark.parametrize("attack", ATTACKS)
def test_claims_of_an_attack_sign_nobody_in(attack: str) -> None:
    assert refused(token(**ATTACKS[attack]))


@pytest.mark.parametrize("attack", HEADERS)
def test_headers_of_an_attack_sign_nobody_in(attack: str) -> None:
    assert refused(SERVER.token(said(), **HEADERS[attack]))


@pytest.mark.parametrize("attack", STALE)
def test_a_decision_needs_a_sign_in_since_it_was_asked_for(attack: str) -> None:
    assert not refused(token())
    assert refused(token(**STALE[attack]), again=True)


@pytest.mark.parametrize("algorithm", ["none", "None", "HS256", ""])
def test_algorithm_confusion_signs_nobody_in(algorithm: str) -> None:
    header = {"alg": algorithm, "kid": "k-1"}
    for secret in (None, SERVER.key.as_pem(private=False), SERVER.jwks()):
        assert refused(forged(header, said(), secret))


def test_another_server_with_the_same_words_signs_nobody_in() -> None:
    assert refused(Server().token(said(), typ=None))


def test_a_second_factor_that_the_house_did_not_name_is_enough_where_it_names_another_evidence() -> None:
    assert not refused(token(acr=None, amr=["pwd", "hwk"]))
