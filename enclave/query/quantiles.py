"""Quantiles as they are written: one point or a list of them, in a call or WITHIN GROUP (ORDER BY …)."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from sqlglot import exp

from enclave.query.aggregates import aggregate_name
from enclave.query.relations import Scalar

_NAMES = {
    "median": "median",
    "quantile_cont": "quantile_cont",
    "percentile_cont": "quantile_cont",
    "quantile_disc": "quantile_disc",
    "percentile_disc": "quantile_disc",
    "quantile": "quantile_disc",
}
MEDIAN = Decimal("0.5")


@dataclass(frozen=True, slots=True, eq=False)
class Quantiles:
    """`function` is DuckDB's. Points are from 0 to 1, negative where they are counted from above."""

    function: str
    argument: Scalar
    points: tuple[Decimal, ...]
    listed: bool


def quantiles_of(node: Scalar) -> Quantiles | None:
    """The quantiles that an aggregate (without its FILTER) asks for; None for another aggregate."""
    if isinstance(node, exp.WithinGroup):
        return _within_group(node)
    name = _NAMES.get(aggregate_name(node))
    if name is None:
        return None
    if name == "median":
        return Quantiles(name, node.this, (MEDIAN,), False)
    written = node.args.get("expression") or node.args.get("quantile")
    return (
        None
        if written is None
        else Quantiles(name, node.this, _points(written), isinstance(written, exp.Array))
    )


def _within_group(node: exp.WithinGroup) -> Quantiles | None:
    name = _NAMES.get(aggregate_name(node.this))
    orders = node.expression.expressions
    if name is None or name == "median" or len(orders) != 1 or not isinstance(orders[0], exp.Ordered):
        return None
    points = _points(node.this.this)
    if orders[0].args.get("desc"):
        points = tuple(-point for point in points)
    return Quantiles(name, orders[0].this, points, isinstance(node.this.this, exp.Array))


def _points(written: Scalar) -> tuple[Decimal, ...]:
    parts: Sequence[Scalar] = written.expressions if isinstance(written, exp.Array) else [written]
    return tuple(Decimal(part.name) for part in parts)


def single(node: Scalar, place: int) -> Scalar:
    """The same aggregate, FILTER included, of one of its listed points alone."""
    copy = node.copy()
    lists = list(copy.find_all(exp.Array))
    assert len(lists) == 1, "the points are listed once"
    lists[0].replace(lists[0].expressions[place].copy())
    return copy
