"""Keys of an issuer elsewhere: fetched, kept, fetched anew, and given up."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from enclave.identity.keys import FRESH, MOST_BYTES, RETRY, STALE, FetchedKeys, KeysUnreachable, public_keys
from enclave.identity.tokens import Issuer, TokenRules, verify
from enclave.problems.http import SignInUnavailable
from tests.support.tokens import AUDIENCE, NAME, NOW, Server

FIRST, SECOND = Server(kid="first"), Server(kid="second")
MOMENT = timedelta(seconds=1)


class Site:
    """Where an issuer publishes its keys; it counts the visits, and can be down."""

    def __init__(self, document: bytes) -> None:
        self.document = document
        self.down = False
        self.visits = 0

    def fetch(self) -> bytes:
        self.visits += 1
        if self.down:
            raise OSError
        return self.document


@pytest.fixture
def site() -> Site:
    return Site(FIRST.jwks())


@pytest.fixture
def keys(site: Site) -> FetchedKeys:
    return FetchedKeys(site.fetch)


def test_keys_are_fetched_once_while_they_are_fresh(site: Site, keys: FetchedKeys) -> None:
    for seconds in (0, 30, 300, 600):
        assert keys.find("first", now=NOW + timedelta(seconds=seconds)) is not None
    assert site.visits == 1
    assert keys.find("first", now=NOW + FRESH + MOMENT) is not None
    assert site.visits == 2


def test_a_new_key_is_fetched_when_a_token_names_it(site: Site, keys: FetchedKeys) -> None:
    assert keys.find("first", now=NOW) is not None
    site.document = SECOND.jwks()
    assert keys.find("second", now=NOW + RETRY) is not None
    assert keys.find("first", now=NOW + RETRY) is None


def test_invented_key_ids_do_not_make_the_service_hammer_an_issuer(site: Site, keys: FetchedKeys) -> None:
    for tenth in range(100):
        assert keys.find(f"invented-{tenth}", now=NOW + timedelta(seconds=tenth / 10)) is None
    assert site.visits == 1


def test_keys_from_before_are_believed_for_a_while_when_the_issuer_is_down(
    site: Site, keys: FetchedKeys
) -> None:
    assert keys.find("first", now=NOW) is not None
    site.down = True
    assert keys.find("first", now=NOW + STALE) is not None
    with pytest.raises(KeysUnreachable):
        keys.find("first", now=NOW + STALE + MOMENT)
    site.down = False
    assert keys.find("first", now=NOW + STALE + RETRY + MOMENT) is not None


@pytest.mark.parametrize(
    "document",
    [
        b"",
        b"{",
        b"[]",
        b'{"keys": {}}',
        b"\xff",
        b'{"keys": [' + b"1," * 60 + b"1]}",
        b" " * (MOST_BYTES + 1),
    ],
)
def test_a_document_that_is_no_set_of_keys_changes_nothing(
    document: bytes, site: Site, keys: FetchedKeys
) -> None:
    assert keys.find("first", now=NOW) is not None
    site.document = document
    assert keys.find("first", now=NOW + FRESH + MOMENT) is not None


def test_a_token_whose_issuer_was_never_reached_is_told_to_wait_and_not_let_in(site: Site) -> None:
    site.down = True
    rules = TokenRules(AUDIENCE, (Issuer(NAME, FetchedKeys(site.fetch)),))
    with pytest.raises(SignInUnavailable):
        verify(FIRST.token(), rules, now=NOW)


def test_every_kind_of_key_that_is_allowed_can_be_used(signing: Callable[[str], Server]) -> None:
    for algorithm in ("ES256", "ES384", "RS256", "PS256", "Ed25519"):
        server = signing(algorithm)
        assert list(public_keys(server.jwks())) == [server.kid]
        rules = TokenRules(AUDIENCE, (server.issuer(),))
        assert verify(server.token(), rules, now=NOW).subject == "s-1"
