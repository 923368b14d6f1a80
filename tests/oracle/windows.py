"""Windows over the rows that GROUP BY made: safe values only."""

from collections.abc import Sequence
from dataclasses import replace

from tests.oracle.scalars import Datum, Scope, evaluate
from tests.oracle.tree import Expr, Query, Window, children
from tests.oracle.values import Value, mean, sort_key, total


def windowed(query: Query, scope: Scope, scopes: Sequence[Scope]) -> Scope:
    """The scope with the value of each window of the SELECT."""
    nodes = [item for item, _ in query.items] + [key for key, _ in query.order]
    known: dict[Expr, Datum] = {
        window: Datum(_value(window, scope, scopes)) for node in nodes for window in _windows(node)
    }
    return replace(scope, known={**scope.known, **known}) if known else scope


def _windows(node: Expr) -> tuple[Window, ...]:
    if isinstance(node, Window):
        return (node,)
    return tuple(found for part in children(node) for found in _windows(part))


def _value(window: Window, scope: Scope, scopes: Sequence[Scope]) -> Value:
    here = _values(window.partition, scope)
    members = [other for other in scopes if _values(window.partition, other) == here]
    place = _place(window, scope)
    if window.name == "rank":
        return 1 + sum(_place(window, other) < place for other in members)
    if window.name == "lag":
        before = [other for other in members if _place(window, other) < place]
        last = max(before, key=lambda other: _place(window, other), default=None)
        return None if last is None or window.of is None else evaluate(window.of, last).value
    if window.order:  # up to this row and its peers
        members = [other for other in members if _place(window, other) <= place]
    assert window.of is not None
    values = [evaluate(window.of, other).value for other in members]
    match window.name:
        case "sum":
            return total(values)
        case "avg":
            return mean(values)
        case "count":
            return sum(value is not None for value in values)
        case "max":
            return max((value for value in values if value is not None), default=None)
    raise AssertionError(window.name)


def _values(nodes: tuple[Expr, ...], scope: Scope) -> tuple[Value, ...]:
    return tuple(evaluate(node, scope).value for node in nodes)


def _place(window: Window, scope: Scope) -> tuple[tuple[bool, object], ...]:
    return tuple(sort_key(evaluate(key, scope).value, descending=down) for key, down in window.order)
