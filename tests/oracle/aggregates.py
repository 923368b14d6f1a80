"""Aggregates over the rows of a group: their value, and each row as the rules see it."""

from collections.abc import Sequence
from dataclasses import replace

from tests.oracle import scalars, spreads
from tests.oracle.relations import Reach, Rel, Row, is_key
from tests.oracle.rules import NO_MARKS, Entry, Marks, Path, Rules
from tests.oracle.scalars import Datum, Scope, find
from tests.oracle.tree import Agg, And, Arith, Case, Coalesce, Col, Expr, IsNull, Lit, Not, Query, aggregates
from tests.oracle.values import Value, mean, total


def asked(query: Query) -> tuple[Agg, ...]:
    """Every aggregate of the SELECT, once each."""
    nodes = [item for item, _ in query.items] + [key for key, _ in query.order]
    nodes += [query.having] if query.having is not None else []
    return tuple(dict.fromkeys(agg for node in nodes for agg in aggregates(node)))


def shows_values(agg: Agg, source: Rel) -> bool:
    """Whether the aggregate across people picks or counts values: it is taken of groups that are shown."""
    if agg.name in ("min", "max", "bool_or"):
        return True
    return agg.distinct and agg.of is not None and not is_key(agg.of, source)


def of_shown(agg: Agg, values: Sequence[Value], rules: Rules) -> Value:
    """A value aggregate of the values whose groups are shown. Above a threshold of 1, nothing shown says nothing."""
    there = [value for value in values if value is not None]
    match agg.name:
        case "min":
            return min(there, default=None)
        case "max":
            return max(there, default=None)
        case "bool_or":
            found = any(there) if there else None
            return found if rules.min_units == 1 else found or None
        case "count":
            return len(there) if rules.min_units == 1 else len(there) or None
    raise AssertionError(agg.name)


def of_a_group(agg: Agg, key: Value) -> Value:
    """A value aggregate of a column that the cell is grouped by: it has one value there, and the reader knows it."""
    return key if agg.name != "count" else int(key is not None)


def kind(agg: Agg) -> str:
    """rows | units | amount | ones | spread, as the rules tell numbers apart. `sum(1)` counts rows, in other words."""
    if agg.name in spreads.SPREADS:
        return "spread"
    if agg.point is not None:
        return "quantile"
    if agg.name in ("regr_avgx", "regr_avgy"):
        return "amount"
    if agg.name in ("sum", "avg"):
        return (
            "ones" if agg.name == "sum" and agg.of is not None and _is_made_of_literals(agg.of) else "amount"
        )
    return "units" if agg.distinct else "rows"


def _is_made_of_literals(node: Expr) -> bool:
    if isinstance(node, Case):
        thens = [then for _, then in node.whens]
        return all(map(_is_made_of_literals, thens if node.otherwise is None else [*thens, node.otherwise]))
    return isinstance(node, Lit)


def entries(agg: Agg, rows: Sequence[Row], source: Rel, reach: Reach) -> list[Entry]:
    return [_entry(agg, row, reach.of_row(source, row)) for row in rows]


def _entry(agg: Agg, row: Row, scope: Scope) -> Entry:
    if agg.name == "count_if" and agg.of is not None:
        return _condition_entry(agg.of, agg.where, row, scope)
    if agg.second is not None:
        return _pair_entry(agg, row, scope)
    filtered = Datum(True) if agg.where is None else scalars.condition(agg.where, scope)
    passed = filtered.value is True
    if agg.of is None:
        return Entry(
            row.unit, row.cluster, row.origin, passed, passed, None, None, NO_MARKS, filtered.marks, NO_MARKS
        )
    of = scalars.condition(agg.of, scope) if agg.name == "bool_or" else scalars.aggregated(agg, scope)
    counted = passed and of.value is not None
    weight = _weight(agg.of, of, scope) if kind(agg) in ("amount", "spread") else of.value
    return Entry(
        row.unit,
        row.cluster,
        row.origin,
        passed,
        counted,
        of.value,
        weight,
        of.marks,
        filtered.marks,
        of.marks,
    )


def _condition_entry(of: Expr, where: Expr | None, row: Row, scope: Scope) -> Entry:
    """`count_if(c) FILTER (WHERE f)` is judged as `count(*) FILTER (WHERE f AND c)`, which is the same number."""
    both = scalars.condition(of if where is None else And((where, of)), scope)
    passed = where is None or scalars.holds(where, scope)
    value = scalars.condition(of, scope).value
    return Entry(
        row.unit,
        row.cluster,
        row.origin,
        passed,
        both.value is True,
        value,
        None,
        NO_MARKS,
        both.marks,
        NO_MARKS,
    )


def _pair_entry(agg: Agg, row: Row, scope: Scope) -> Entry:
    """A row counts where both values are there; it is judged by the one that the statistic tells of."""
    assert agg.of is not None
    assert agg.second is not None
    told, other = (agg.second, agg.of) if agg.name in spreads.OF_SECOND else (agg.of, agg.second)
    filtered = Datum(True) if agg.where is None else scalars.condition(agg.where, scope)
    passed = filtered.value is True
    one, two = scalars.aggregated(replace(agg, of=told), scope), scalars.evaluate(other, scope)
    marks = one.marks | two.marks | _alone(agg, told, other, scope)
    counted = passed and one.value is not None and two.value is not None
    return Entry(
        row.unit,
        row.cluster,
        row.origin,
        passed,
        counted,
        one.value,
        _weight(told, one, scope),
        marks,
        filtered.marks,
        one.marks,
    )


def _weight(of: Expr, found: Datum, scope: Scope) -> Value:
    """What a row gives to an amount: of a measure, without what is added to everybody's."""
    if not scalars.has_measure(of, scope.columns):
        return found.value
    return scalars.evaluate(scalars.without_constants(of, scope.columns), scope).value


def _alone(agg: Agg, told: Expr, other: Expr, scope: Scope) -> Marks:
    """Which rows have both (of a count), or one without the other."""
    if agg.name == "regr_count":
        both = And((IsNull(told, negated=True), IsNull(other, negated=True)))
        return _as_missing(both, scope, possible=True)
    if told == other:
        return NO_MARKS
    return _lacking(told, other, scope) | _lacking(other, told, scope)


def _lacking(held: Expr, lacked: Expr, scope: Scope) -> Marks:
    """Which rows have the one and lack the other. Where that can be in no row, that it is in none tells nothing."""
    test = And((IsNull(held, negated=True), Not(IsNull(lacked, negated=True))))
    never = _is_always_there(lacked, scope) or _is_null_with(held, lacked)
    return _as_missing(test, scope, possible=not never)


def _is_always_there(node: Expr, scope: Scope) -> bool:
    match node:
        case Col():
            return find(node, scope.columns).always
        case Lit(value):
            return value is not None
        case Coalesce(parts):
            return any(_is_always_there(part, scope) for part in parts)
        case Arith("+" | "-" | "*", left, right):
            return _is_always_there(left, scope) and _is_always_there(right, scope)
        case Case(whens, otherwise, _) if otherwise is not None:
            return all(_is_always_there(one, scope) for one in (*(then for _, then in whens), otherwise))
        case _:
            return False


def _is_null_with(node: Expr, other: Expr) -> bool:
    """Whether an expression is null wherever the other one, a part of it, is."""
    match node:
        case Case(whens, otherwise, _):
            thens = [then for _, then in whens]
            results = thens if otherwise is None else [*thens, otherwise]
            return all(_is_null_with(one, other) for one in results)
        case Arith(_, left, right):
            return _is_null_with(left, other) or _is_null_with(right, other)
        case _:
            return node == other


def _as_missing(test: Expr, scope: Scope, *, possible: bool) -> Marks:
    found = scalars.condition(test, scope)
    return frozenset(
        (
            replace(mark, missing=True, hidden=mark.hidden if possible else mark.hidden and None),
            found.value is True,
        )
        for mark, _ in found.marks
        if isinstance(mark, Path)
    )


def aggregate(agg: Agg, found: Sequence[Entry]) -> Value:
    """The value of an aggregate, as DuckDB computes it: count_if of nothing but nulls is null."""
    if agg.of is None:
        return sum(entry.passed for entry in found)
    values = [entry.value for entry in found if entry.passed and entry.value is not None]
    if agg.second is not None or agg.name in spreads.SPREADS:
        return spreads.value(agg.name, [entry.value for entry in found if entry.counted])
    match agg.name:
        case "count":
            return len(set(values)) if agg.distinct else len(values)
        case "count_if":
            return sum(value is True for value in values) if values else None
        case "sum":
            return total(values)
        case "avg":
            return mean(values)
        case "min":
            return min(values, default=None)
        case "max":
            return max(values, default=None)
        case "bool_or":
            return any(values) if values else None
    raise AssertionError(agg.name)
