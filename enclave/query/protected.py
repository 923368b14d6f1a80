"""A query that was cut: what `protect` makes and `compile` writes out."""

from collections.abc import Mapping
from dataclasses import dataclass

from enclave.query.authorise import Authorised
from enclave.query.leaves import Leaf
from enclave.query.people_rows import (
    Base,
    People,
)
from enclave.query.relations import (
    Column,
    Query,
    Relation,
    Scalar,
    SubqueryKind,
)
from enclave.terms import Span


@dataclass(frozen=True, slots=True, eq=False)
class Remainder:
    """A step that turns safe tables into another safe table, for people's rows to be compared with."""

    id: str
    relation: Relation
    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Inner:
    """A subquery as it stands in the plan: over people's rows of the same unit, or over an open relation."""

    kind: SubqueryKind
    people: People | None
    relation: Relation | None
    output: Scalar | None
    operand: Scalar | None


@dataclass(frozen=True, slots=True, eq=False)
class Protected:
    """A query cut into steps and a last remainder. Made only by `protect`."""

    authorised: Authorised
    query: Query
    columns: Mapping[str, Column]
    steps: tuple[Leaf | Remainder, ...]
    final: Relation
    subqueries: Mapping[str, Inner]
    bases: Mapping[str, Base]
    off_cuts: tuple[Span, ...]
    by_safe: frozenset[str]  # leaves over people filtered by or joined to safe tables: incomplete
