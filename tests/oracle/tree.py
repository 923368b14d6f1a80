"""Questions as small trees, which render to SQL and which `judge` can answer: one meaning, two ways to it."""

from dataclasses import dataclass
from decimal import Decimal
from typing import TypeAlias

from tests.oracle.values import Value


@dataclass(frozen=True, slots=True)
class Col:
    """A column, by the alias of its relation ("" where there is only one)."""

    source: str
    name: str


@dataclass(frozen=True, slots=True)
class Lit:
    value: Value


@dataclass(frozen=True, slots=True)
class Arith:
    operator: str
    left: "Expr"
    right: "Expr"


@dataclass(frozen=True, slots=True)
class Compare:
    operator: str
    left: "Expr"
    right: "Expr"


@dataclass(frozen=True, slots=True)
class And:
    parts: tuple["Expr", ...]


@dataclass(frozen=True, slots=True)
class Or:
    parts: tuple["Expr", ...]


@dataclass(frozen=True, slots=True)
class Not:
    of: "Expr"


@dataclass(frozen=True, slots=True)
class IsNull:
    of: "Expr"
    negated: bool = False


@dataclass(frozen=True, slots=True)
class OneOf:
    of: "Expr"
    values: tuple[Value, ...]
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Case:
    """A searched CASE; with `of`, one that compares `of` with each WHEN."""

    whens: tuple[tuple["Expr", "Expr"], ...]
    otherwise: "Expr | None" = None
    of: "Expr | None" = None


@dataclass(frozen=True, slots=True)
class Coalesce:
    parts: tuple["Expr", ...]


@dataclass(frozen=True, slots=True)
class NullIf:
    left: "Expr"
    right: "Expr"


@dataclass(frozen=True, slots=True)
class Exists:
    """Whether the query has a row; its WHERE may look at the row outside."""

    query: "Query"
    negated: bool = False


@dataclass(frozen=True, slots=True)
class InQuery:
    of: "Expr"
    query: "Query"
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Scalar:
    """The single value of a query without GROUP BY. `own`: of the person's own rows, by a WHERE on the key outside."""

    query: "Query"
    own: bool = False


@dataclass(frozen=True, slots=True)
class Agg:
    """count | sum | avg | count_if | a statistic of spread, and min | max | bool_or for one person's own rows.

    No argument: count(*). `second` is the other argument of a statistic of pairs, `point` that of a quantile.
    """

    name: str
    of: "Expr | None" = None
    distinct: bool = False
    where: "Expr | None" = None
    second: "Expr | None" = None
    point: str | None = None


@dataclass(frozen=True, slots=True)
class Window:
    """A window over the rows that GROUP BY made."""

    name: str
    of: "Expr | None"
    partition: tuple["Expr", ...] = ()
    order: tuple[tuple["Expr", bool], ...] = ()  # (expression, descending)


Expr: TypeAlias = (
    Col
    | Lit
    | Arith
    | Compare
    | And
    | Or
    | Not
    | IsNull
    | OneOf
    | Case
    | Coalesce
    | NullIf
    | Exists
    | InQuery
    | Scalar
    | Agg
    | Window
)


@dataclass(frozen=True, slots=True)
class Named:
    """A table of the world, or a CTE."""

    name: str
    alias: str


@dataclass(frozen=True, slots=True)
class Derived:
    query: "Query"
    alias: str


@dataclass(frozen=True, slots=True)
class Joined:
    """inner | left | semi | anti. With `using` the left side's columns stand for both."""

    kind: str
    left: "Source"
    right: "Source"
    on: Expr | None = None
    using: tuple[str, ...] = ()


Source: TypeAlias = Named | Derived | Joined


@dataclass(frozen=True, slots=True)
class Query:
    """One SELECT. It is an aggregate where it has keys, or an aggregate among its items."""

    items: tuple[tuple[Expr, str], ...]
    source: Source
    ctes: tuple[tuple[str, "Query"], ...] = ()
    where: Expr | None = None
    keys: tuple[Expr, ...] = ()
    rollup: bool = False
    having: Expr | None = None
    order: tuple[tuple[Expr, bool], ...] = ()
    limit: int | None = None
    distinct: bool = False


def children(node: Expr) -> tuple[Expr, ...]:
    """The parts of an expression, those inside subqueries not among them."""
    match node:
        case Arith(_, left, right) | Compare(_, left, right) | NullIf(left, right):
            return (left, right)
        case And(parts) | Or(parts) | Coalesce(parts):
            return parts
        case Not(of) | IsNull(of, _) | OneOf(of, _, _) | InQuery(of, _, _):
            return (of,)
        case Case(whens, otherwise, of):
            inner = tuple(part for when in whens for part in when)
            return inner + tuple(part for part in (otherwise, of) if part is not None)
        case Agg(_, of, _, where, second, _):
            return tuple(part for part in (of, where, second) if part is not None)
        case Window(_, of, partition, order):
            return (() if of is None else (of,)) + partition + tuple(key for key, _ in order)
        case _:
            return ()


def aggregates(node: Expr) -> tuple[Agg, ...]:
    """The aggregates in an expression, outermost only."""
    if isinstance(node, Agg):
        return (node,)
    return tuple(found for part in children(node) for found in aggregates(part))


def is_aggregate(query: Query) -> bool:
    return bool(query.keys) or any(aggregates(item) for item, _ in query.items)


def literal(value: Value) -> str:
    match value:
        case None:
            return "NULL"
        case bool():
            return "TRUE" if value else "FALSE"
        case str():
            return "'" + value.replace("'", "''") + "'"
        case Decimal():
            return f"{value:f}"
        case _:
            return str(value)


def sql(node: Expr) -> str:
    """The expression in SQL, every operation in brackets."""
    match node:
        case Col(source, name):
            return f"{source}.{name}" if source else name
        case Lit(value):
            return literal(value)
        case Arith(operator, left, right) | Compare(operator, left, right):
            return f"({sql(left)} {operator} {sql(right)})"
        case And(parts):
            return f"({' AND '.join(map(sql, parts))})"
        case Or(parts):
            return f"({' OR '.join(map(sql, parts))})"
        case Not(of):
            return f"(NOT {sql(of)})"
        case IsNull(of, negated):
            return f"({sql(of)} IS {'NOT ' if negated else ''}NULL)"
        case OneOf(of, values, negated):
            return f"({sql(of)} {'NOT ' if negated else ''}IN ({', '.join(map(literal, values))}))"
        case Coalesce(parts):
            return f"coalesce({', '.join(map(sql, parts))})"
        case NullIf(left, right):
            return f"nullif({sql(left)}, {sql(right)})"
        case _:
            return _compound(node)


def _compound(node: Expr) -> str:
    match node:
        case Case(whens, otherwise, of):
            start = "CASE" if of is None else f"CASE {sql(of)}"
            inner = " ".join(f"WHEN {sql(when)} THEN {sql(then)}" for when, then in whens)
            rest = "" if otherwise is None else f" ELSE {sql(otherwise)}"
            return f"{start} {inner}{rest} END"
        case Exists(query, negated):
            return f"({'NOT ' if negated else ''}EXISTS ({render(query)}))"
        case InQuery(of, query, negated):
            return f"({sql(of)} {'NOT ' if negated else ''}IN ({render(query)}))"
        case Scalar(query, _):
            return f"({render(query)})"
        case Agg(name, of, distinct, where, second, point):
            inner = "*" if of is None else sql(of) if second is None else f"{sql(of)}, {sql(second)}"
            inner += "" if point is None else f", {point}"
            filtered = "" if where is None else f" FILTER (WHERE {sql(where)})"
            return f"{name}({'DISTINCT ' if distinct else ''}{inner}){filtered}"
        case Window(name, of, partition, order):
            return f"{name}({'' if of is None else sql(of)}) OVER ({_over(partition, order)})"
    raise AssertionError(node)


def _over(partition: tuple[Expr, ...], order: tuple[tuple[Expr, bool], ...]) -> str:
    parts = [f"PARTITION BY {', '.join(map(sql, partition))}"] if partition else []
    return " ".join(parts + ([f"ORDER BY {_order(order)}"] if order else []))


def _order(order: tuple[tuple[Expr, bool], ...]) -> str:
    return ", ".join(f"{sql(key)} {'DESC' if descending else 'ASC'} NULLS LAST" for key, descending in order)


def source_sql(source: Source) -> str:
    match source:
        case Named(name, alias):
            return name if name == alias else f"{name} AS {alias}"
        case Derived(query, alias):
            return f"({render(query)}) AS {alias}"
        case Joined(kind, left, right, on, using):
            end = f" USING ({', '.join(using)})" if using else f" ON {sql(on)}" if on is not None else ""
            return f"{source_sql(left)} {kind.upper()} JOIN {source_sql(right)}{end}"


def render(query: Query) -> str:
    """The query in SQL."""
    ctes = ", ".join(f"{name} AS ({render(cte)})" for name, cte in query.ctes)
    keys = ", ".join(map(sql, query.keys))
    parts = [
        f"WITH {ctes}" if ctes else "",
        f"SELECT {'DISTINCT ' if query.distinct else ''}"
        + ", ".join(f"{sql(item)} AS {name}" for item, name in query.items),
        f"FROM {source_sql(query.source)}",
        f"WHERE {sql(query.where)}" if query.where is not None else "",
        "" if not keys else f"GROUP BY ROLLUP ({keys})" if query.rollup else f"GROUP BY {keys}",
        f"HAVING {sql(query.having)}" if query.having is not None else "",
        f"ORDER BY {_order(query.order)}" if query.order else "",
        f"LIMIT {query.limit}" if query.limit is not None else "",
    ]
    return " ".join(part for part in parts if part)
