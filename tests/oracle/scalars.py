"""Expressions of one row: their value, and the marks that protection needs of them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from tests.oracle.rules import NO_MARKS, Marks, Path, Selector
from tests.oracle.schema import PERSON, Field, Table
from tests.oracle.spreads import SPREADS
from tests.oracle.tree import (
    Agg,
    And,
    Arith,
    Case,
    Coalesce,
    Col,
    Compare,
    Exists,
    Expr,
    InQuery,
    IsNull,
    Lit,
    Not,
    NullIf,
    OneOf,
    Or,
    Scalar,
    children,
    sql,
)
from tests.oracle.values import Value, all_true, any_true, compared, computed, negated, truth

if TYPE_CHECKING:
    from tests.oracle.tree import Query


WHOLE = ("SMALLINT", "INTEGER")


@dataclass(frozen=True, slots=True)
class Column:
    """role: key | dimension | measure | public. `plain`: a field of a table, not computed.

    `always`: it has a value in every row, by the catalogue.
    """

    source: str
    name: str
    role: str
    hidden: bool
    plain: bool = False
    numeric: bool = False
    always: bool = False


@dataclass(frozen=True, slots=True)
class Datum:
    value: Value
    marks: Marks = NO_MARKS


Paths = dict[tuple[int, int], tuple[Expr, tuple[Column, ...], Path]]


@dataclass
class Subqueries:
    """Answers queries inside expressions; those that do not look outside are answered once."""

    run: Callable[["Query", "Scope"], list[tuple[Value, ...]]]
    own: Callable[["Query", "Scope"], "Datum"]  # a number of one person's own rows, with their marks
    seen: dict[int, list[tuple[Value, ...]]] = field(default_factory=dict)
    paths: Paths = field(default_factory=dict)

    def path(self, node: Expr, columns: tuple[Column, ...]) -> Path:
        """The path of a whole condition: the same for every row. What is known by its id is kept alive with it."""
        known = self.paths.get((id(node), id(columns)))
        if known is None:
            made = Path(sql(node), hidden_zeros(node, columns), rests_on(node))
            known = self.paths[id(node), id(columns)] = (node, columns, made)
        return known[2]

    def once(self, query: "Query", scope: "Scope") -> list[tuple[Value, ...]]:
        if id(query) not in self.seen:
            self.seen[id(query)] = self.run(query, scope)
        return self.seen[id(query)]


@dataclass(frozen=True, slots=True)
class Scope:
    """What an expression can see: the columns of a row, what GROUP BY made of it, and the row outside."""

    columns: tuple[Column, ...]
    data: tuple[Datum, ...]
    known: Mapping[Expr, Datum]
    outer: "Scope | None"
    inner: Subqueries


def column_of(table: Table, column: Field) -> Column:
    role = "public" if not table.unit else "key" if column.name == PERSON else column.kind
    numeric, always = column.type in WHOLE, not column.nullable
    return Column("", column.name, role, column.hidden, plain=True, numeric=numeric, always=always)


def safe(values: tuple[Value, ...]) -> tuple[Datum, ...]:
    """Values that nothing need be remembered of."""
    return tuple(Datum(value) for value in values)


def matches(node: Col, column: Column) -> bool:
    return column.name == node.name and node.source in ("", column.source)


def find(node: Col, columns: tuple[Column, ...]) -> Column:
    return next(column for column in columns if matches(node, column))


def _look_up(node: Col, scope: Scope) -> Datum:
    for column, datum in zip(scope.columns, scope.data, strict=False):
        if matches(node, column):
            return datum
    assert scope.outer is not None, f"no column {sql(node)}"
    return _look_up(node, scope.outer)


def holds(node: Expr, scope: Scope) -> bool:
    """Whether a WHERE, HAVING or ON lets the row through."""
    return evaluate(node, scope).value is True


def evaluate(node: Expr, scope: Scope) -> Datum:
    """The value of an expression, with the side of each of its conditions on which this row stands."""
    if scope.known and node in scope.known:
        return scope.known[node]
    match node:
        case Lit(value):
            return Datum(value)
        case Col():
            return _look_up(node, scope)
        case Scalar(query, True):
            return scope.inner.own(query, scope)
        case Scalar(query, _):
            rows = scope.inner.once(query, scope)
            return Datum(rows[0][0] if rows else None)
        case Arith(operator, left, right):
            one, other = evaluate(left, scope), evaluate(right, scope)
            return Datum(computed(operator, one.value, other.value), one.marks | other.marks)
        case Case():
            return _case(node, scope)
        case Coalesce(parts):
            return _coalesce(parts, scope)
        case NullIf(left, right):
            same = condition(Compare("=", left, right), scope)
            one = evaluate(left, scope)
            return Datum(None if same.value is True else one.value, one.marks | same.marks)
        case _:
            return condition(node, scope)


def condition(node: Expr, scope: Scope) -> Datum:
    """A whole condition, marked as one path. Only its truth shows, so what its parts were made of need not."""
    value = _boolean(node, scope)
    return Datum(value, frozenset({(scope.inner.path(node, scope.columns), value is True)}))


def _boolean(node: Expr, scope: Scope) -> bool | None:
    """The truth of a condition."""
    match node:
        case _ if scope.known and node in scope.known:
            return truth(scope.known[node].value)
        case And(parts):
            return all_true([_boolean(part, scope) for part in parts])
        case Or(parts):
            return any_true([_boolean(part, scope) for part in parts])
        case Not(of):
            return negated(_boolean(of, scope))
        case Compare(operator, left, right):
            return compared(operator, evaluate(left, scope).value, evaluate(right, scope).value)
        case IsNull(of, no):
            return (evaluate(of, scope).value is None) != no
        case OneOf(of, values, no):
            return _is_in(evaluate(of, scope).value, list(values), no)
        case Exists(query, no):
            return bool(scope.inner.run(query, scope)) != no
        case InQuery(of, query, no):
            return _is_in(evaluate(of, scope).value, [row[0] for row in scope.inner.once(query, scope)], no)
        case _:
            return truth(evaluate(node, scope).value)


def _is_in(value: Value, values: list[Value], no: bool) -> bool | None:
    if not values:
        return no
    found = any_true([compared("=", value, other) for other in values])
    return negated(found) if no else found


def _together(found: list[Datum]) -> Marks:
    return frozenset().union(*(datum.marks for datum in found)) if found else NO_MARKS


def _case(node: Case, scope: Scope) -> Datum:
    """Each branch, ELSE included, is a path: the rows that take it."""
    whens = [when if node.of is None else Compare("=", node.of, when) for when, _ in node.whens]
    place = next((place for place, when in enumerate(whens) if _boolean(when, scope) is True), len(whens))
    paths = [
        Path(
            f"branch {number + 1} of {sql(node)}",
            hidden_zeros(Or(tuple(whens[: number + 1])), scope.columns),
            rests_on(Or(tuple(whens[: number + 1]))),
        )
        for number in range(len(whens) + 1)
    ]
    marks: Marks = frozenset((path, number == place) for number, path in enumerate(paths))
    thens = [then for _, then in node.whens]
    result = thens[place] if place < len(thens) else node.otherwise
    found = Datum(None) if result is None else evaluate(result, scope)
    return Datum(found.value, found.marks | marks)


def rests_on(node: Expr) -> frozenset[str]:
    """The columns of an expression, as it names them; that of a subquery stands for all it reads."""
    if isinstance(node, Exists | InQuery | Scalar):
        return frozenset({sql(node)})
    return frozenset(map(sql, _columns(node)))


def _coalesce(parts: tuple[Expr, ...], scope: Scope) -> Datum:
    found = [evaluate(part, scope) for part in parts]
    marks = _together(found)
    for part, datum in list(zip(parts, found, strict=True))[:-1]:
        test = IsNull(part)
        marks |= {(Path(sql(test), hidden_zeros(test, scope.columns)), datum.value is None)}
    value = next((datum.value for datum in found if datum.value is not None), None)
    return Datum(value, marks)


def hidden_zeros(node: Expr, columns: tuple[Column, ...]) -> bool | None:
    """Whether nobody counts as few for a condition; None where it rests on a subquery, which the rules leave open."""
    match node:
        case IsNull(Col() as of, _) if any(matches(of, column) for column in columns):
            return not find(of, columns).plain and find(of, columns).hidden
        case Col():
            found = [column for column in columns if matches(node, column)]
            return bool(found) and found[0].hidden
        case Exists() | InQuery() | Scalar(_, True):
            return None
        case _:
            inside = [hidden_zeros(part, columns) for part in children(node)]
            return True if True in inside else None if None in inside else False


def has_measure(node: Expr, columns: tuple[Column, ...]) -> bool:
    if isinstance(node, Agg) and node.name not in ("min", "max", "bool_or"):
        return True
    if isinstance(node, Scalar):
        return node.own
    if isinstance(node, Col):
        return any(matches(node, column) and column.role == "measure" for column in columns)
    return any(has_measure(part, columns) for part in children(node))


def without_constants(node: Expr, columns: tuple[Column, ...]) -> Expr:
    """The measures of an argument alone: a large constant beside them must not make one person's part look small."""
    match node:
        case Arith("+" | "-", left, right):
            if not has_measure(left, columns):
                return without_constants(right, columns)
            if not has_measure(right, columns):
                return without_constants(left, columns)
            return node
        case Case(whens, otherwise, of):
            kept = tuple((when, _measured(then, columns)) for when, then in whens)
            return Case(kept, None if otherwise is None else _measured(otherwise, columns), of)
        case Coalesce(parts):
            return Coalesce(tuple(_measured(part, columns) for part in parts))
        case _:
            return node


def _measured(node: Expr, columns: tuple[Column, ...]) -> Expr:
    return without_constants(node, columns) if has_measure(node, columns) else Lit(0)


def _has_column(node: Expr) -> bool:
    return isinstance(node, Col) or any(map(_has_column, children(node)))


def _selectors(node: Expr, columns: tuple[Column, ...]) -> tuple[Expr, ...]:
    """The largest parts of an argument that have columns and no measure; conditions are paths instead."""
    if isinstance(node, Compare | And | Or | Not | IsNull | OneOf | Exists | InQuery | Scalar | Agg):
        return ()
    if not has_measure(node, columns):
        return (node,) if _has_column(node) else ()
    parts: tuple[Expr, ...] = children(node)
    if isinstance(node, Case):
        thens = tuple(then for _, then in node.whens)
        parts = thens if node.otherwise is None else (*thens, node.otherwise)
    return tuple(found for part in parts for found in _selectors(part, columns))


def argument(node: Expr, scope: Scope) -> Datum:
    """A computed column of rows that still belong to people, marked with the classes of its selectors."""
    found = evaluate(node, scope)
    if isinstance(node, Col) or not has_measure(node, scope.columns):
        return found
    return Datum(found.value, found.marks | _class_marks(node, scope))


def _class_marks(node: Expr, scope: Scope) -> Marks:
    parts = _selectors(node, scope.columns)
    return frozenset((_selector(part, node, scope.columns), evaluate(part, scope).value) for part in parts)


def _selector(part: Expr, whole: Expr, columns: tuple[Column, ...]) -> Selector:
    column = find(part, columns) if isinstance(part, Col) else None
    exempt = column is not None and part == whole and column.plain and column.numeric
    return Selector(sql(part), hidden_zeros(part, columns) is True, exempt, rests_on(part))


def aggregated(agg: Agg, scope: Scope) -> Datum:
    """The argument of an aggregate across people."""
    assert agg.of is not None
    found = evaluate(agg.of, scope)
    if agg.name == "count":
        test = IsNull(agg.of)
        null = Path(sql(test), hidden_zeros(test, scope.columns), rests_on(test))
        return Datum(found.value, frozenset({(null, found.value is None)}))  # nothing else of it shows
    if agg.name in ("sum", "avg", "regr_avgx", "regr_avgy"):
        return Datum(found.value, found.marks | _class_marks(agg.of, scope))
    if (
        agg.name in SPREADS or agg.point is not None
    ):  # of a bare code, too, a spread or a quantile tells more than its mean
        return Datum(found.value, found.marks | _without_exemption(_class_marks(agg.of, scope)))
    return found


def _without_exemption(marks: Marks) -> Marks:
    return frozenset(
        (replace(mark, exempt=False), value) for mark, value in marks if isinstance(mark, Selector)
    )


def projected(item: Expr, name: str, columns: tuple[Column, ...]) -> Column:
    """What an output of a subquery is to the query around it."""
    if isinstance(item, Col):
        return replace(find(item, columns), source="", name=name)
    hidden = hidden_zeros(item, columns) is True
    if has_measure(item, columns):
        return Column("", name, "measure", hidden)
    roles = {column.role for column in columns for node in _columns(item) if matches(node, column)}
    return Column("", name, "dimension" if roles - {"public"} else "public", hidden)


def _columns(node: Expr) -> tuple[Col, ...]:
    if isinstance(node, Col):
        return (node,)
    return tuple(found for part in children(node) for found in _columns(part))
