"""Relations as SELECT trees in DuckDB's dialect. Column ids are the column names, so nothing needs a qualifier.

What the two renderers share: `people_rendering` for what an engine runs over the research store, `open_rendering` for
remainders over safe tables. Both note what they read, so that the engine's own plan can be compared with it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sqlglot import exp

from enclave.query.data_types import data_type
from enclave.query.protected import Inner, Protected
from enclave.query.relations import (
    Aggregated,
    Column,
    Defined,
    JoinKind,
    Limit,
    Scalar,
    StepRef,
    SubqueryKind,
)

ROW = "_row"
"""The hidden row number by which tier-1 fields, kept in files of their own, meet the rest of a table."""


def apart_name(table: str, field: str) -> str:
    """The relation of a field that is kept in files of its own."""
    return f"{table}__{field}"


def identifier(name: str) -> exp.Identifier:
    return exp.Identifier(this=name, quoted=True)


def named(id: str) -> exp.Column:
    return exp.Column(this=identifier(id))


def aliased(scalar: Scalar, id: str) -> exp.Expr:
    return exp.Alias(this=scalar, alias=identifier(id))


def table_named(name: str, alias: str | None = None) -> exp.Table:
    node = exp.Table(this=identifier(name))
    if alias is not None:
        node.set("alias", exp.TableAlias(this=identifier(alias)))
    return node


@dataclass(slots=True)
class From:
    """FROM and WHERE of a SELECT in the making."""

    item: exp.Expr
    joins: list[exp.Join] = field(default_factory=list)
    where: list[Scalar] = field(default_factory=list)

    def select(self, columns: Sequence[exp.Expr]) -> exp.Select:
        made = exp.Select(expressions=list(columns), from_=exp.From(this=self.item))
        if self.joins:
            made.set("joins", self.joins)
        if self.where:
            made.set("where", exp.Where(this=all_of(self.where)))
        return made


def all_of(parts: Sequence[Scalar]) -> Scalar:
    result = wrapped(parts[0])
    for part in parts[1:]:
        result = exp.And(this=result, expression=wrapped(part))
    return result


def wrapped(node: Scalar) -> Scalar:
    return exp.Paren(this=node) if isinstance(node, exp.Or | exp.And) else node


@dataclass(slots=True)
class Renderer:
    """What both renderers share: names, types of safe tables, the subqueries of the plan."""

    protected: Protected
    used: frozenset[str]
    types: Mapping[str, Mapping[str, str]]  # step -> column id -> type
    reads: set[tuple[str, str]] = field(default_factory=set)
    counter: int = 0
    safe: Mapping[str, str] = field(default_factory=dict)  # step -> its SQL: what it is called by
    values: list[str] = field(default_factory=list)  # scalar subqueries: the binder guards each with error()

    def alias(self) -> str:
        self.counter += 1
        return f"q{self.counter}"

    def subselect(self, select: exp.Expr) -> exp.Subquery:
        return exp.Subquery(this=select, alias=exp.TableAlias(this=identifier(self.alias())))

    def step(self, ref: StepRef) -> exp.Select:
        """The safe table of an earlier step, each column cast to the type the binder gave it there."""
        types = self.types[ref.step]
        wanted = [id for id in ref.columns if id in self.used] or list(ref.columns[:1])
        columns = [aliased(cast_to(named(id), types[id]), id) for id in wanted]
        return From(table_named(ref.step)).select(columns or [exp.Literal.number(1)])

    def subquery(self, inner: Inner, body: exp.Expr, operand: Scalar | None) -> Scalar:
        match inner.kind:
            case SubqueryKind.SCALAR:
                self.values.append("error")
                return exp.Subquery(this=body)
            case SubqueryKind.EXISTS:
                return exp.Exists(this=body)
            case SubqueryKind.IN:
                assert operand is not None, "IN has an operand"
                return exp.In(this=operand, query=exp.Subquery(this=body))


def cast_to(scalar: Scalar, type: str) -> Scalar:
    if type.strip('"') == "NULL":
        return scalar
    return exp.Cast(this=scalar, to=data_type(type))


def limited(select: exp.Select, limit: Limit) -> exp.Select:
    if limit.count is not None:
        select.set("limit", exp.Limit(expression=exp.Literal.number(limit.count)))
    if limit.offset:
        select.set("offset", exp.Offset(expression=exp.Literal.number(limit.offset)))
    return select


def grouped(keys: Sequence[Scalar], sets: tuple[tuple[int, ...], ...] | None) -> exp.Group:
    """GROUP BY these keys, or their grouping sets; GROUP BY () for none."""
    if sets is None and keys:
        return exp.Group(expressions=[key.copy() for key in keys])
    chosen = sets if sets is not None else ((),)
    tuples = [exp.Tuple(expressions=[keys[place].copy() for place in one]) for one in chosen]
    return exp.Group(expressions=[exp.GroupingSets(expressions=tuples)])


def joined(item: exp.Expr, kind: JoinKind, condition: Scalar | None) -> exp.Join:
    if kind is JoinKind.CROSS and condition is None:
        return exp.Join(this=item, kind="CROSS")
    made = exp.Join(this=item, on=condition if condition is not None else exp.true())
    if kind in (JoinKind.LEFT, JoinKind.RIGHT, JoinKind.FULL):
        made.set("side", kind.name)
    return made


def definition(found: Column) -> Scalar:
    assert isinstance(found.origin, Defined | Aggregated), "the column has an expression"
    return found.origin.expression
