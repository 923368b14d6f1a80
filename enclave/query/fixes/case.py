"""What a proposal may look at: the text, its tree, what its names stand for, and the policy it is held against."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from enclave.catalogue.model import Catalogue
from enclave.problems import Problem
from enclave.projects import Policy
from enclave.query.fixes.reading import Reading, reading_of
from enclave.query.relations import Scalar
from enclave.query.resolve import Resolved
from enclave.query.tokens import Token, read_words


@dataclass(frozen=True, slots=True, eq=False)
class Attempt:
    """What planning found of one text: nothing, if it may be asked. `resolved` where its names could be bound."""

    text: str
    problems: tuple[Problem, ...]
    resolved: Resolved | None


Tried = Callable[[str], Attempt]


@dataclass(frozen=True, slots=True, eq=False)
class Around:
    """What surrounds a query. `policy` is that of the project which asks."""

    catalogue: Catalogue
    policy: Policy
    today: date


@dataclass(frozen=True, eq=False)
class Source:
    """One refused text, read once for all its problems."""

    attempt: Attempt

    @cached_property
    def reading(self) -> Reading | None:
        return reading_of(self.attempt.text)

    @cached_property
    def tokens(self) -> tuple[Token, ...]:
        return read_words(self.attempt.text).tokens


@dataclass(frozen=True, slots=True, eq=False)
class Case:
    """One problem of one refused text."""

    source: Source
    problem: Problem
    around: Around

    @property
    def attempt(self) -> Attempt:
        return self.source.attempt

    @property
    def text(self) -> str:
        return self.source.attempt.text

    @property
    def tokens(self) -> tuple[Token, ...]:
        return self.source.tokens

    @property
    def has_tree(self) -> bool:
        return self.source.reading is not None

    @property
    def reading(self) -> Reading:
        """The tree; only for a text that has one."""
        assert self.source.reading is not None, "asked for has_tree before"
        return self.source.reading

    @property
    def nodes(self) -> tuple[Scalar, ...]:
        """What stands at the first place of the problem."""
        return self.reading.at(self.problem.spans[0]) if self.problem.spans else ()
