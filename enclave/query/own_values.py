"""What a person's own aggregate or window makes of their measures, and what it may not compare.

Across people a greatest value is refused, and GREATEST is a condition with two sides. Within a person's rows `max(x)`
is a statistic like another, as long as it compares what the person's rows say. Whoever may put a number of their own
among them, by a CASE, a UNION or a list that copies each row (`max(copy * x + (1 - copy) * 150)`), has a condition that
nobody sees. So what is compared is one field, or some added up, alike on all rows.

What bends a value (`corr`, `stddev`, the rank by a measure) is judged like a curve: with few different values, as a
code.

Limit: what the rows say may still be told from one another. The sum of everybody's greatest of two values, less that of
their second, is the sum of what the values of some have fallen by, however few they are.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from sqlglot import exp

from enclave.catalogue.model import Field
from enclave.query.aggregates import aggregate_name
from enclave.query.conditions import determined
from enclave.query.curves import CURVED, degree
from enclave.query.digits import Digits, summed
from enclave.query.inside import (
    CONSTANT,
    Objection,
    bends,
    digits_in,
    has_measure,
    is_condition,
    people_bases,
)
from enclave.query.people_rows import People
from enclave.query.relations import Scalar

_ADDS = frozenset(
    {"sum", "avg", "mean", "fsum", "kahan_sum", "sumkahan", "favg", "count", "count_if", "countif", "regr_count",
     "bool_or", "bool_and"}
)  # fmt: skip
_PICKS = frozenset(
    {"first", "last", "any_value", "arbitrary", "arg_max", "arg_min", "argmax", "argmin", "max_by", "min_by"}
)
_ORDERS = frozenset({"min", "max", "median", "mode", "quantile", "quantile_cont", "quantile_disc"})
_AS_IT_IS = frozenset({"geomean", "geometric_mean", "weighted_avg", "wavg"})
"""They take a logarithm, or divide: of a field less a constant that would be a step or a pole."""
_REFUSED = frozenset({"product"})
"""A product over copies of a row is any polynomial of it, and so a count of whoever has one value."""
_MOST_DEGREES = 3
COMPARES = (
    "Here a person's own values are compared with something else than the same of their other rows. Compare in a CASE "
    "or a FILTER, where both sides are counted, or put COALESCE and ELSE around the aggregate."
)
MULTIPLIES = "A product of a person's own values bends them so sharply that it could single some of them out."
DISTANCE = (
    "A RANGE around a measure is a condition that could single people out. Use ROWS, or order by a date."
)


@dataclass(frozen=True, slots=True)
class Shape:
    """What is left of measures in a column: their power, whether it is one as it was, and whether it was bent."""

    degree: int
    plain: bool
    bent: bool
    digits: Digits


def call_of(node: Scalar) -> Scalar:
    """The aggregate without its FILTER, and without what sqlglot puts around any_value."""
    while isinstance(node, exp.Filter | exp.IgnoreNulls):
        node = node.this
    return node


def values_of(call: Scalar) -> list[Scalar]:
    """What an aggregate takes of each row, without what orders the rows."""
    if isinstance(call, exp.WithinGroup):
        return [one.this for one in call.expression.expressions]
    if aggregate_name(call) in _PICKS:
        return _unordered(call.this)
    return [part for child in call.iter_expressions() for part in _unordered(child)]


def _unordered(node: Scalar) -> list[Scalar]:
    if isinstance(node, exp.Order):
        return _unordered(node.this)
    return list(node.expressions) if isinstance(node, exp.Distinct) else [node]


def _keys_of(call: Scalar) -> list[Scalar]:
    """What an aggregate orders rows by."""
    found = [one.this for order in call.find_all(exp.Order) for one in order.expressions]
    if isinstance(call, exp.ArgMax | exp.ArgMin):
        found += _unordered(call.expression)
    return found


def own_objections(node: Scalar, people: People) -> Iterator[Objection]:
    """What a person's own aggregate may not do with measures."""
    call = call_of(node)
    name = aggregate_name(call)
    compared = _keys_of(call)
    if name not in _ADDS | _PICKS or _counts_values(call):
        compared = [*values_of(call), *compared]
    for part in compared:
        if _is_fine(part, people) and name in _REFUSED:
            yield Objection("encodes", part, MULTIPLIES)
        elif _is_fine(part, people) and name in _AS_IT_IS and not _is_plain(part, people):
            yield Objection("encodes", part, CURVED)
        elif _is_fine(part, people) and not _is_comparable(part, people, name):
            yield Objection("encodes", part, COMPARES)


def order_objections(window: exp.Window, people: People) -> Iterator[Objection]:
    """What a window over a person's own rows may not order, part or bound them by."""
    order = window.args.get("order")
    keys = [one.this for one in order.expressions] if order is not None else []
    parts = [part for part in window.args.get("partition_by") or () if not people.key_ids(part)]
    fine = [part for part in keys if _is_fine(part, people)]
    for part in (*keys, *parts):
        if has_measure(part, people) and not _is_comparable(part, people, ""):
            yield Objection("encodes", part, COMPARES)
    if fine and _has_distance(window.args.get("spec")):
        yield Objection("encodes", fine[0], DISTANCE)


def _has_distance(spec: Scalar | None) -> bool:
    """Whether a RANGE begins or ends so far from the row itself."""
    if spec is None or str(spec.args.get("kind")).upper() != "RANGE":
        return False
    return any(isinstance(spec.args.get(end), exp.Expr) for end in ("start", "end"))


def _counts_values(call: Scalar) -> bool:
    """count(DISTINCT x) tells which values are equal."""
    return isinstance(call, exp.Count) and next(call.find_all(exp.Distinct), None) is not None


def _is_fine(part: Scalar, people: People) -> bool:
    """Whether a measure decides the value; of a condition and of what conditions choose, both sides are counted."""
    return not isinstance(part, exp.Star) and has_measure(part, people) and not _is_told(part, people)


def _is_told(part: Scalar, people: People) -> bool:
    return is_condition(part, people) or determined(part, people)


def _is_comparable(node: Scalar, people: People, name: str) -> bool:
    """One field as it is, shifted or scaled by constants; some of them added up; where there are conditions, that
    or nothing."""
    match node:
        case exp.Column():
            base = people.bases.get(node.name)
            return base is not None and not base.public and base.plain and base.degree == 1
        case exp.Neg() | exp.Paren() | exp.Cast() | exp.TryCast() | exp.Round() | exp.Floor() | exp.Ceil():
            return _is_comparable(node.this, people, name)
        case exp.Add() | exp.Sub() | exp.Mul() | exp.Div():
            if _is_constant(node.expression):
                return _is_comparable(node.this, people, name)
            if _is_constant(node.this):
                return not isinstance(node, exp.Div) and _is_comparable(node.expression, people, name)
            return isinstance(node, exp.Add | exp.Sub) and _are_added(node, people)
        case exp.Nullif():
            return _is_constant(node.expression) and _is_comparable(node.this, people, name)
        case exp.Case() | exp.If() | exp.Coalesce():
            return _is_one_or_nothing(_results(node), people, name)
        case _:
            return False


def _results(node: exp.Case | exp.If | exp.Coalesce) -> list[Scalar]:
    if isinstance(node, exp.Coalesce):
        return list(node.iter_expressions())
    if isinstance(node, exp.If):
        found = [node.args.get("true"), node.args.get("false")]
    else:
        found = [
            *(branch.args.get("true") for branch in node.args.get("ifs") or ()),
            node.args.get("default"),
        ]
    return [one for one in found if one is not None]


def _is_one_or_nothing(results: Sequence[Scalar], people: People, name: str) -> bool:
    """Whether all results are one value, or null, or a constant that never is the greatest or the least."""
    values = [one for one in results if not isinstance(one, exp.Null) and not _is_constant(one)]
    if not values or any(one != values[0] for one in values) or not _is_comparable(values[0], people, name):
        return False
    constants = [one for one in results if not isinstance(one, exp.Null) and _is_constant(one)]
    return all(_never_wins(one, values[0], people, name) for one in constants)


def _never_wins(constant: Scalar, value: Scalar, people: People, name: str) -> bool:
    """Whether the constant is beyond the bounds of the field, on the side that is not asked for."""
    base = people.bases.get(value.name) if isinstance(value, exp.Column) else None
    bounds = None if base is None or base.field is None else base.field.bounds
    if bounds is None or not isinstance(constant, exp.Literal) or constant.is_string:
        return False
    number = Decimal(constant.name)
    return (name == "max" and number <= bounds[0]) or (name == "min" and number >= bounds[1])


def _is_constant(node: Scalar) -> bool:
    """Whether the scalar is the same for all rows."""
    if next(node.find_all(exp.Column), None) is not None:
        return False
    return all(part.args.get("kind") == CONSTANT for part in node.find_all(exp.Placeholder))


def _are_added(node: Scalar, people: People) -> bool:
    """Whether the scalar is several fields added up or taken away, each once."""
    columns = list(node.find_all(exp.Column))
    parts = list(node.walk())
    return (
        all(isinstance(part, exp.Add | exp.Sub | exp.Paren | exp.Column | exp.Identifier) for part in parts)
        and len({one.name for one in columns}) == len(columns)
        and not any(one.counts for one in people_bases(node, people))
        and all(_is_comparable(one, people, "") for one in columns)
    )


def own_shape(node: Scalar, people: People) -> Shape:
    """The shape of a person's own aggregate."""
    call = call_of(node)
    name = aggregate_name(call)
    valued = [part for part in values_of(call) if not isinstance(part, exp.Star)]
    digits = digits_in(valued, people)
    if name in _ADDS | _PICKS | _ORDERS:
        compared = _counts_values(call) and any(has_measure(part, people) for part in valued)
        bent = compared or (digits.unsure and name in _ADDS)
        power = 1 if isinstance(call, exp.Count | exp.CountIf) else most_degrees(valued, people)
        digits = summed(digits) if name in _ADDS else digits
        return Shape(power, not bent and are_plain(valued, people), bent, digits)
    return Shape(_MOST_DEGREES, False, any(has_measure(part, people) for part in valued), digits)


def made_of(parts: Sequence[Scalar], people: People) -> frozenset[Field]:
    """The fields of which measures in the scalars carry values."""
    return frozenset[Field]().union(*(base.values for part in parts for base in people_bases(part, people)))


def most_degrees(parts: Sequence[Scalar], people: People) -> int:
    return max((1, *(degree(part, bends(people)) for part in parts)))


def are_plain(parts: Sequence[Scalar], people: People) -> bool:
    """Whether values are fields as they are, added up at most, or nothing."""
    return all(_is_plain(part, people) for part in parts)


def are_fields(node: Scalar, people: People) -> bool:
    """Whether one side of a UNION is people's fields, or nothing: with what a reader wrote there, or counted out, the
    other side would be compared."""
    if isinstance(node, exp.Null):
        return True
    if not _is_fine(node, people) or any(one.counts for one in people_bases(node, people)):
        return False
    return _is_plain(node, people)


def _is_plain(part: Scalar, people: People) -> bool:
    if _is_told(part, people) or not has_measure(part, people):
        return True
    match part:
        case exp.Column():
            return people.bases[part.name].plain
        case exp.Add():
            return _are_added(part, people) and not list(part.find_all(exp.Sub))
        case exp.Case() | exp.If():
            results = [one for one in _results(part) if not isinstance(one, exp.Null)]
            return all(
                one == results[0] and isinstance(one, exp.Column) and _is_plain(one, people)
                for one in results
            )
        case _:
            return False
