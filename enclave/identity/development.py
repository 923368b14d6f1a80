"""The development issuer: tokens for the people of a synthetic house, without passwords.

It exists so that a laptop needs no sign-in service. Its key lives and dies with the process, it serves loopback alone,
and a house whose data are real refuses it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from joserfc import jws, jwt
from joserfc.jwk import KeySetSerialization, OKPKey

from enclave.identity.keys import FixedKeys
from enclave.identity.tokens import Issuer
from enclave.people import Person, Role
from enclave.terms import PersonId

NAME = "urn:enclave:dev"
AUDIENCE = "urn:enclave:api"
ALGORITHM = "Ed25519"
CLIENT = "development"
LIFE_SECONDS = 3600


class RealData(Exception):
    """The development issuer was asked for in a house whose data are real."""


@dataclass(frozen=True, slots=True)
class Persona:
    """A person of the policy files whom the development issuer signs in."""

    person: PersonId
    display_name: str
    roles: frozenset[Role]
    subject: str
    program: bool = False


class DevelopmentIssuer:
    """Signs tokens for personas. One for each process."""

    def __init__(
        self, key: OKPKey, *, synthetic: bool, new_token_id: Callable[[], str], audience: str = AUDIENCE
    ) -> None:
        """`audience` is the name that tokens of this house are meant for.

        Raises:
            RealData: the data of this house are real.
        """
        if not synthetic:
            raise RealData
        self._key = key
        self._audience = audience
        self._new_token_id = new_token_id
        self._kid = key.thumbprint()

    @property
    def issuer(self) -> Issuer:
        """This issuer, for whoever checks its tokens."""
        public = OKPKey.import_key(self._key.as_dict(private=False))
        return Issuer(NAME, FixedKeys({self._kid: public}), frozenset({ALGORITHM}))

    def jwks(self) -> KeySetSerialization:
        """The public key, as other issuers publish theirs."""
        public = self._key.as_dict(private=False)
        return {"keys": [public | {"kid": self._kid, "use": "sig", "alg": ALGORITHM}]}

    def token(self, persona: Persona, *, now: datetime) -> str:
        """An access token for one persona, who has signed in just now."""
        at = int(now.timestamp())
        claims: dict[str, object] = {
            "iss": NAME,
            "aud": self._audience,
            "sub": persona.subject,
            "client_id": persona.subject if persona.program else CLIENT,
            "iat": at,
            "exp": at + LIFE_SECONDS,
            **({} if persona.program else {"auth_time": at}),
            "jti": self._new_token_id(),
        }
        header = {"alg": ALGORITHM, "kid": self._kid, "typ": "at+jwt"}
        registry = jws.JWSRegistry(algorithms=[ALGORITHM])
        return jwt.encode(header, claims, self._key, algorithms=[ALGORITHM], registry=registry)


def personas(people: Mapping[PersonId, Person]) -> tuple[Persona, ...]:
    """Everybody whom the policy files give a sign-in of this issuer, by id."""
    return tuple(
        Persona(person.id, person.display_name, person.roles, identity.subject, person.service is not None)
        for _, person in sorted(people.items())
        for identity in person.identities
        if identity.issuer == NAME
    )
