"""Who calls an action, and what makes a call safe to repeat. Made at the edge, from a token that was found good."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

from enclave.people import Role
from enclave.terms import PersonId

T = TypeVar("T")
MOST_LISTED = 200


@dataclass(frozen=True, slots=True)
class Asker:
    """Somebody who is signed in. `roles` may cap what the policy gives, and never add to it.

    `authenticated_at` is None where the token did not say: never fresh enough for a decision.
    """

    person: PersonId
    roles: frozenset[Role]
    authenticated_at: datetime | None


@dataclass(frozen=True, slots=True)
class Key:
    """The caller's own name for a call: the same key and body is the same call, made again."""

    key: str
    body_hash: bytes


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Some items of a list, newest first, and the id to go on after; None at its end."""

    items: Sequence[T]
    next: str | None
