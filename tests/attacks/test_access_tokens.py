"""Tokens that somebody made up, changed, kept or borrowed. None may name a person.

Source: RFC 8725 (JSON Web Token best current practices); McLean, Critical vulnerabilities in JSON Web Token
libraries (2015).
"""

import base64
import json
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc.jwk import ECKey, OKPKey, RSAKey

from enclave.identity.keys import FetchedKeys, public_keys
from enclave.identity.tokens import Issuer, TokenRules, verify
from enclave.problems.http import Unauthenticated
from tests.support.tokens import AT, AUDIENCE, NAME, NOW, Server, claims, forged, part, rules

SERVER = Server()
OTHER = Server(name="https://other.example", kid="k-2")
RULES = rules(SERVER, OTHER)
PEM = SERVER.key.as_pem(private=False)


def refusal(token: str, known: TokenRules = RULES) -> str:
    """Why a token is refused, in the word for the log."""
    with pytest.raises(Unauthenticated) as refused:
        verify(token, known, now=NOW)
    return refused.value.reason


def test_a_token_that_is_good_in_every_respect_names_its_subject() -> None:
    found = verify(SERVER.token(), RULES, now=NOW)
    assert (found.issuer, found.subject) == (NAME, "s-1")


@pytest.mark.parametrize("algorithm", ["none", "None", "NONE", "nOnE", ""])
def test_an_unsigned_token_is_refused(algorithm: str) -> None:
    header = {"alg": algorithm, "kid": "k-1", "typ": "at+jwt"}
    assert refusal(forged(header, claims())) == "alg"


@pytest.mark.parametrize(
    "secret", [PEM, PEM.strip(), SERVER.jwks(), json.dumps(SERVER.key.as_dict()).encode(), b""]
)
def test_a_public_key_is_not_taken_for_a_shared_secret(secret: bytes) -> None:
    header = {"alg": "HS256", "kid": "k-1", "typ": "at+jwt"}
    assert refusal(forged(header, claims(), secret)) == "alg"


def test_an_algorithm_for_another_kind_of_key_is_refused() -> None:
    rsa = Server(algorithm="RS256", key=RSAKey.generate_key(2048))
    assert refusal(forged({"alg": "RS256", "kid": "k-1", "typ": "at+jwt"}, claims(), b"x")) == "alg"
    assert refusal(rsa.token(alg="RS256")) == "alg"


def test_an_algorithm_that_the_issuer_does_not_use_is_refused() -> None:
    narrow = TokenRules(AUDIENCE, (SERVER.issuer(algorithms=frozenset({"RS256"})),))
    assert refusal(SERVER.token(), narrow) == "alg"


def test_a_signature_that_was_taken_off_or_cut_or_swapped_is_refused() -> None:
    header, payload, signature = SERVER.token().split(".")
    other = SERVER.token(claims(sub="s-2")).split(".")
    for changed in ("", "AAAA", signature[:-4], other[2]):
        assert refusal(f"{header}.{payload}.{changed}") in {"bad_signature", "malformed", "decode_error"}
    assert refusal(f"{header}.{other[1]}.{signature}") == "bad_signature"


def test_an_all_zero_signature_is_refused() -> None:
    header, payload, _ = SERVER.token().split(".")
    assert refusal(f"{header}.{payload}.{part(bytes(64))}") == "bad_signature"


@pytest.mark.parametrize(
    "issuer",
    [None, "", "https://login.example/", "https://LOGIN.example", "urn:enclave:dev", [NAME], {"a": NAME}, 7],
)
def test_only_an_issuer_that_is_named_exactly_counts(issuer: Any) -> None:
    assert refusal(SERVER.token(claims(iss=issuer))) == "iss"


def test_one_issuer_cannot_sign_for_another() -> None:
    assert refusal(OTHER.token(claims(iss=NAME))) == "kid"
    assert refusal(OTHER.token(claims(iss=NAME), kid="k-1")) == "bad_signature"


@pytest.mark.parametrize(
    "audience", [None, "", "https://enclave.example/api/", "other", [], ["other"], [[AUDIENCE]], 7]
)
def test_a_token_for_another_service_is_refused(audience: Any) -> None:
    assert refusal(SERVER.token(claims(aud=audience))) in {"invalid_claim", "missing_claim"}


def test_a_token_for_this_service_among_others_is_good() -> None:
    assert verify(SERVER.token(claims(aud=["other", AUDIENCE])), RULES, now=NOW).subject == "s-1"


@pytest.mark.parametrize("typ", [None, "", "JWT", "jwt", "at+JWT", "id_token", "logout+jwt", ["at+jwt"], 7])
def test_only_an_access_token_is_an_access_token(typ: Any) -> None:
    assert refusal(SERVER.token(typ=typ)) in {"typ", "invalid_header_value"}


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"exp": AT - 31}, "expired"),
        ({"exp": 0}, "expired"),
        ({"exp": None}, "missing_claim"),
        ({"exp": str(AT + 600)}, "invalid_claim"),
        ({"exp": True}, "invalid_claim"),
        ({"exp": float("nan")}, "invalid_claim"),
        ({"exp": AT + 13 * 3600}, "life"),
        ({"iat": AT + 31}, "invalid_claim"),
        ({"iat": None}, "missing_claim"),
        ({"nbf": AT + 31}, "invalid_claim"),
        ({"nbf": "now"}, "invalid_claim"),
        ({"auth_time": AT + 31}, "auth_time"),
        ({"auth_time": str(AT)}, "invalid_claim"),
        ({"auth_time": 1e300}, "auth_time"),
        ({"auth_time": True}, "auth_time"),
        ({"jti": None}, "missing_claim"),
        ({"sub": None}, "missing_claim"),
        ({"sub": ""}, "invalid_claim"),
        ({"sub": 7}, "invalid_claim"),
        ({"sub": ["s-1"]}, "invalid_claim"),
        ({"sub": "s" * 256}, "sub"),
        ({"client_id": None}, "missing_claim"),
        ({"roles": "admin"}, "roles"),
        ({"roles": [["admin"]]}, "roles"),
    ],
)
def test_a_token_out_of_its_time_or_short_of_a_claim_is_refused(changes: dict[str, Any], reason: str) -> None:
    assert refusal(SERVER.token(claims(**changes))) == reason


def test_clocks_may_differ_by_half_a_minute() -> None:
    assert verify(SERVER.token(claims(exp=AT - 29, iat=AT - 90)), RULES, now=NOW).subject == "s-1"
    assert verify(SERVER.token(claims(iat=AT + 30)), RULES, now=NOW).subject == "s-1"


@pytest.mark.parametrize(
    "header",
    [
        {"jwk": dict(Server().key.as_dict(private=False))},
        {"jku": "https://evil.example/jwks"},
        {"x5u": "https://evil.example/x5u"},
        {"x5c": ["MIIB"]},
        {"crit": ["exp"]},
        {"b64": False},
        {"zip": "DEF"},
    ],
)
def test_a_token_that_brings_its_own_key_or_asks_for_more_is_refused(header: dict[str, Any]) -> None:
    assert refusal(SERVER.token(**header)) in {"header", "missing_crit_header", "unsupported_header"}


@pytest.mark.parametrize("kid", [None, "", "k-3", "../../k-1", "k-1' OR 1=1 --", ["k-1"], "k" * 256])
def test_a_key_id_that_the_issuer_does_not_have_is_refused(kid: Any) -> None:
    assert refusal(SERVER.token(kid=kid)) in {"kid", "invalid_header_value", "exceeded_size"}


def test_a_key_that_was_taken_off_the_list_is_not_believed_for_longer_than_it_is_fresh() -> None:
    documents = [SERVER.jwks()]
    known = TokenRules(AUDIENCE, (Issuer(NAME, FetchedKeys(lambda: documents[-1])),))
    long_lived = SERVER.token(claims(exp=AT + 3600))
    assert verify(long_lived, known, now=NOW).subject == "s-1"
    documents.append(Server(kid="k-9").jwks())
    with pytest.raises(Unauthenticated):
        verify(long_lived, known, now=NOW + timedelta(minutes=11))


def test_a_set_of_keys_with_an_id_twice_is_refused_whole() -> None:
    """The second would be swapped in for the first."""
    keys = [json.loads(server.jwks())["keys"][0] for server in (SERVER, Server())]
    with pytest.raises(ValueError, match="one id"):
        public_keys(json.dumps({"keys": keys}).encode())


@pytest.mark.parametrize(
    "entry",
    [
        {"kty": "oct", "kid": "k", "k": base64.urlsafe_b64encode(b"secret" * 8).decode()},
        {"kty": "RSA", "kid": "k", "e": "AQAB", "n": part(b"\xf1" * 128)},
        dict(ECKey.generate_key("secp256k1").as_dict(private=False)) | {"kid": "k"},
        dict(OKPKey.generate_key("X25519").as_dict(private=False)) | {"kid": "k"},
        dict(ECKey.generate_key("P-256").as_dict(private=False)) | {"kid": "k", "use": "enc"},
        dict(ECKey.generate_key("P-256").as_dict(private=False)) | {"kid": "k", "key_ops": ["sign"]},
        dict(ECKey.generate_key("P-256").as_dict(private=True)) | {"kid": "k"},
        dict(ECKey.generate_key("P-256").as_dict(private=False)) | {"kid": ""},
        {"kty": "EC", "kid": "k", "crv": "P-256", "x": "AA", "y": "AA"},
        {"kty": "RSA", "kid": "k"},
        "k",
        None,
    ],
)
def test_a_published_key_that_is_weak_shared_private_or_for_something_else_is_passed_over(entry: Any) -> None:
    assert public_keys(json.dumps({"keys": [entry]}).encode()) == {}


@given(
    st.text(max_size=200)
    | st.lists(st.binary(max_size=40), min_size=3, max_size=3).map(lambda p: ".".join(map(part, p)))
)
def test_whatever_text_comes_as_a_token_is_refused_and_nothing_else_happens(token: str) -> None:
    refusal(token)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
        max_leaves=8,
    ),
    st.sampled_from(
        ["iss", "sub", "aud", "exp", "iat", "nbf", "jti", "client_id", "auth_time", "roles", "acr", "amr"]
    ),
)
def test_whatever_stands_in_a_signed_claim_is_refused_or_leaves_the_subject_as_it_was(
    value: Any, name: str
) -> None:
    """A signature of a careless issuer does not make its claims safe to read."""
    try:
        found = verify(SERVER.token(claims(**{name: value})), RULES, now=NOW)
    except Unauthenticated:
        return
    assert (found.issuer, found.subject) == (NAME, value if name == "sub" else "s-1")


def test_deeply_nested_claims_are_refused() -> None:
    payload = part(b"[" * 5000)
    header, _, signature = SERVER.token().split(".")
    assert refusal(f"{header}.{payload[:7000]}.{signature}") == "malformed"
