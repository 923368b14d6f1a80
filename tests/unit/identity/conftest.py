"""Issuers with each kind of key."""

from collections.abc import Callable

import pytest
from joserfc.jwk import ECKey, OKPKey, RSAKey

from tests.support.tokens import Server


@pytest.fixture
def signing() -> Callable[[str], Server]:
    """An issuer that signs with one algorithm."""

    def of(algorithm: str) -> Server:
        match algorithm:
            case "ES384":
                return Server(algorithm=algorithm, key=ECKey.generate_key("P-384"))
            case "RS256" | "PS256":
                return Server(algorithm=algorithm, key=RSAKey.generate_key(2048))
            case "Ed25519":
                return Server(algorithm=algorithm, key=OKPKey.generate_key("Ed25519"))
            case _:
                return Server(algorithm=algorithm)

    return of
