"""From a token's subject to a person of the policy files, with the roles that policy gives them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from enclave.actions.asker import Asker
from enclave.identity.tokens import Verified
from enclave.people import Person, Role
from enclave.problems.http import UnknownPerson

PROGRAM: Final = (
    "A program has signed in as somebody who is not one. Give the program a file of its own, with `service`."
)
NO_PROGRAM: Final = (
    "A person has signed in as a program. A program signs in by itself, with client credentials."
)


@dataclass(frozen=True, slots=True)
class Directory:
    """People by who they are to an issuer. One for each policy in force."""

    by_identity: Mapping[tuple[str, str], Person]


def directory_of(people: Iterable[Person]) -> Directory:
    """The directory. An identity that two people claim is nobody's."""
    found: dict[tuple[str, str], Person] = {}
    twice: set[tuple[str, str]] = set()
    for person in people:
        for identity in set(person.identities):
            key = (identity.issuer, identity.subject)
            twice |= {key} & found.keys()
            found[key] = person
    return Directory({key: person for key, person in found.items() if key not in twice})


def asker_of(verified: Verified, directory: Directory) -> Asker:
    """Whoever asks, as policy knows them: never by an address or a name in the token.

    Raises:
        UnknownPerson: the token is good, and no policy file has its subject.
    """
    person = directory.by_identity.get((verified.issuer, verified.subject))
    if person is None:
        raise UnknownPerson(
            detail="You are signed in, but no person of this house has this sign-in. Ask an admin to add it to your "
            "file of people."
        )
    if (person.service is not None) != verified.client:
        raise UnknownPerson(detail=PROGRAM if verified.client else NO_PROGRAM)
    roles = person.roles if person.service is None else person.roles & {Role.RESEARCHER}
    return Asker(person.id, _capped(roles, verified.roles), verified.authenticated_at)


def _capped(roles: frozenset[Role], cap: frozenset[str] | None) -> frozenset[Role]:
    return roles if cap is None else frozenset(role for role in roles if role.value in cap)
