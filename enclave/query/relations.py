"""The relational form of a query: small frozen nodes, with scalar expressions left as sqlglot trees.

Every column of every relation has an id of its own (`c12`), unique in the query; in scalar trees a column is an
`exp.Column` whose name is that id, and a subquery an `exp.Placeholder` whose name is that of a `Subquery` (`s3`).
A node passes on all columns of its source; `Extend` adds computed ones. What is visible by name is the business of
`scopes`; what a relation is (public, rows of people, safe) is the business of `protect`.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import TypeAlias

from sqlglot import exp

from enclave.catalogue.model import Field, Table
from enclave.query.places import placed_at
from enclave.terms import FieldRef, Span

Scalar: TypeAlias = exp.Expr


@dataclass(frozen=True, slots=True, eq=False)
class FromField:
    """The column is a field of the catalogue, read by one scan."""

    field: Field


@dataclass(frozen=True, slots=True, eq=False)
class Defined:
    """The column is computed, row by row, from other columns."""

    expression: Scalar


@dataclass(frozen=True, slots=True, eq=False)
class Aggregated:
    """The column is an aggregate (with its FILTER) over the rows of a group."""

    expression: Scalar


@dataclass(frozen=True, slots=True, eq=False)
class Given:
    """The column comes from literal rows, a set operation or a grouping number."""


Origin: TypeAlias = FromField | Defined | Aggregated | Given


@dataclass(frozen=True, slots=True, eq=False)
class Column:
    """One column: its id, its name for the reader, and where it comes from."""

    id: str
    name: str
    origin: Origin


class JoinKind(Enum):
    INNER = "inner"
    LEFT = "left"
    RIGHT = "right"
    FULL = "full"
    CROSS = "cross"


class SetKind(Enum):
    UNION = "union"
    UNION_ALL = "union all"
    INTERSECT = "intersect"
    EXCEPT = "except"


@dataclass(frozen=True, slots=True, eq=False)
class Scan:
    """Rows of one catalogue table. `columns` maps every field to its column id; compiled are only those in use.

    `marks` maps the marks of its rows likewise; no query can name them.
    """

    id: str
    table: Table
    columns: Mapping[str, str]
    span: Span
    marks: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """Literal rows (VALUES), or one row without columns (a SELECT without FROM)."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Scalar, ...], ...]


@dataclass(frozen=True, slots=True, eq=False)
class Filter:
    source: "Relation"
    condition: Scalar


@dataclass(frozen=True, slots=True, eq=False)
class Extend:
    """Adds computed columns; their expressions stand in the column's origin (`Defined`)."""

    source: "Relation"
    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Join:
    left: "Relation"
    right: "Relation"
    kind: JoinKind
    condition: Scalar | None
    span: Span


@dataclass(frozen=True, slots=True, eq=False)
class Aggregate:
    """Groups rows. `keys` are `Defined` columns, `aggregates` `Aggregated` ones.

    `sets` lists, for grouping sets, the positions of the keys in each set; None is one set of all keys.
    `groupings` maps the column id of a grouping() call to the positions of its keys. `summary` is true when a key is
    the bare unit key: a row per person comes out.
    """

    source: "Relation"
    keys: tuple[str, ...]
    aggregates: tuple[str, ...]
    sets: tuple[tuple[int, ...], ...] | None
    groupings: Mapping[str, tuple[int, ...]]
    summary: bool
    grouped: bool  # there is a GROUP BY; without one there is always exactly one row
    span: Span


@dataclass(frozen=True, slots=True, eq=False)
class Distinct:
    source: "Relation"
    columns: tuple[str, ...]
    span: Span


@dataclass(frozen=True, slots=True, eq=False)
class SetOperation:
    """Columns go by position: `columns[i]` is made of `left_columns[i]` and `right_columns[i]`."""

    kind: SetKind
    left: "Relation"
    right: "Relation"
    left_columns: tuple[str, ...]
    right_columns: tuple[str, ...]
    columns: tuple[str, ...]
    span: Span


@dataclass(frozen=True, slots=True, eq=False)
class Order:
    expression: Scalar
    descending: bool
    nulls_first: bool | None


@dataclass(frozen=True, slots=True, eq=False)
class Sort:
    source: "Relation"
    orders: tuple[Order, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Limit:
    source: "Relation"
    count: int | None
    offset: int
    span: Span


@dataclass(frozen=True, slots=True, eq=False)
class StepRef:
    """The safe table that an earlier step of the plan makes. `unique` are column sets without repeats."""

    step: str
    columns: tuple[str, ...]
    unique: tuple[frozenset[str], ...] = ()


Relation: TypeAlias = (
    Scan | Rows | Filter | Extend | Join | Aggregate | Distinct | SetOperation | Sort | Limit | StepRef
)


class SubqueryKind(Enum):
    SCALAR = "scalar"
    EXISTS = "exists"
    IN = "in"


@dataclass(frozen=True, slots=True, eq=False)
class Subquery:
    """A subquery inside a scalar expression. `operand` is what IN looks for; `outer` the column ids from outside."""

    id: str
    kind: SubqueryKind
    relation: Relation
    output: str | None
    operand: Scalar | None
    outer: frozenset[str]
    span: Span


@dataclass(frozen=True, slots=True, eq=False)
class Output:
    """A column of the result: its name for the reader and its place in the reader's text."""

    name: str
    column: str
    span: Span


@dataclass(frozen=True, slots=True, eq=False)
class Query:
    """A whole query, names bound."""

    relation: Relation
    outputs: tuple[Output, ...]
    columns: Mapping[str, Column]
    subqueries: Mapping[str, Subquery]
    selected: Mapping[str, Span]  # where each bare column was first selected

    def bare(self, id: str) -> exp.Column:
        """The column as a scalar, placed where the reader selected it."""
        made = column(id)
        if id in self.selected:
            placed_at(made.this, (self.selected[id].start, self.selected[id].end))
        return made


def column(id: str, like: Scalar | None = None) -> exp.Column:
    """A scalar that is the column `id`; it takes its place in the reader's text from `like`."""
    identifier = exp.Identifier(this=id, quoted=False)
    if like is not None:
        inherit_place(identifier, like)
    return exp.Column(this=identifier)


def placeholder(id: str, like: Scalar | None = None) -> exp.Placeholder:
    node = exp.Placeholder(this=id)
    if like is not None:
        inherit_place(node, like)
    return node


def inherit_place(node: Scalar, like: Scalar) -> None:
    """Let `node` point at everything that `like` points at."""
    found = stretch(like)
    if found is not None:
        placed_at(node, found)


def stretch(node: Scalar) -> tuple[int, int] | None:
    """Start and end (exclusive) of the reader's text that the parts of a scalar come from; None for none."""
    starts, ends = [], []
    for part in node.walk():
        meta = part._meta  # noqa: SLF001 - the public property makes an empty dict for every node
        if not meta:
            continue
        if "stretch" in meta:
            starts.append(meta["stretch"][0])
            ends.append(meta["stretch"][1])
        elif "start" in meta and "end" in meta:
            starts.append(meta["start"])
            ends.append(meta["end"] + 1)
    return (min(starts), max(ends)) if starts else None


def column_id(node: Scalar) -> str | None:
    """The id, if the scalar is a bare column."""
    return node.name if isinstance(node, exp.Column) else None


def column_ids(node: Scalar) -> frozenset[str]:
    """The ids of all columns in the scalar, those inside subqueries not among them."""
    return frozenset(part.name for part in node.find_all(exp.Column))


def subquery_ids(node: Scalar) -> tuple[str, ...]:
    return tuple(part.name for part in node.find_all(exp.Placeholder))


def conjuncts(node: Scalar | None) -> Iterator[Scalar]:
    """The parts of a condition that all must hold."""
    if node is None:
        return
    if isinstance(node, exp.Paren):
        yield from conjuncts(node.this)
    elif isinstance(node, exp.And):
        yield from conjuncts(node.this)
        yield from conjuncts(node.expression)
    else:
        yield node


def all_of(parts: Iterable[Scalar]) -> Scalar | None:
    """The conjunction of conditions; None for none."""
    result: Scalar | None = None
    for part in parts:
        result = part if result is None else exp.And(this=result, expression=part)
    return result


@dataclass(frozen=True, slots=True, eq=False)
class Rewrites:
    """What a bare column stands for, followed through definitions."""

    columns: Mapping[str, Column]

    def base(self, id: str) -> Column:
        """The column that a chain of plain renamings ends at."""
        seen = self.columns[id]
        while isinstance(seen.origin, Defined):
            inner = column_id(seen.origin.expression)
            if inner is None:
                break
            seen = self.columns[inner]
        return seen

    def field_ref(self, id: str) -> FieldRef | None:
        """The field that the column is, under whatever name."""
        field = self.field(id)
        return None if field is None else field.ref

    def field(self, id: str) -> Field | None:
        origin = self.base(id).origin
        return origin.field if isinstance(origin, FromField) else None
