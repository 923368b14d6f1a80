"""How much people's measures may be bent: a sharp curve is a condition that nobody sees.

`pow(0, (x - 3) * (x - 3))` is 1 where x is 3 and 0 elsewhere; `atan(1e9 * (x - 3))` is a step; `exp(-50 * x)` counts
the zeros; the sine of a large multiple picks pseudo-random people. So a measure may be added, multiplied, divided by a
plain field, raised to a small power, and put into a root or a logarithm as it is. Above the aggregate anything goes.

Limit: a smooth curve is still one more equation about the values behind it. How many of those may be asked is the
business of the ledger.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sqlglot import exp

from enclave.query.digits import Digits, loses_digits
from enclave.query.functions import FunctionKind, Role, lookup
from enclave.query.relations import Scalar, column_ids

MOST_DEGREES = 3
MOST_DIGITS = 15
"""Of a constant in arithmetic with people's values: with more, or with an exponent, it would make a step of a slope."""
CURVED = (
    "This bends people's values so sharply that it could single some of them out. Roots and logarithms of a field, "
    "powers up to 3 and ratios of fields can be used; above the aggregate any function can."
)
_GENTLE = frozenset(
    {"abs", "age", "ceil", "ceiling", "date_diff", "date_sub", "datediff", "datesub", "days_in_month", "degrees",
     "even", "floor", "greatest", "isfinite", "isinf", "isnan", "least", "radians", "round", "round_even",
     "roundbankers", "sign", "signbit", "trunc", "try"}
)  # fmt: skip
_ROOTS = frozenset({"sqrt", "cbrt", "ln", "log", "log10", "log2"})
_POWERS = frozenset({"0.5", "1", "2", "3"})
_ARITHMETIC = (exp.Add, exp.Sub, exp.Mul, exp.Div, exp.IntDiv, exp.Pow, exp.Neg)


@dataclass(frozen=True, slots=True)
class Bend:
    """How far a measure is bent already: its power, and whether it is a field as it is."""

    degree: int
    plain: bool
    digits: Digits


Measures = Mapping[str, Bend]


def sharp_curves(node: Scalar, measures: Measures) -> Iterator[Scalar]:
    """The parts of a scalar which bend a measure too much, outermost first."""
    if not column_ids(node) & measures.keys():
        return
    known = {id: bend.digits for id, bend in measures.items()}
    if _is_sharp(node, measures) or _has_large_constant(node) or loses_digits(node, known):
        yield node
        return
    for child in node.iter_expressions():
        yield from sharp_curves(child, measures)


def _is_sharp(node: Scalar, measures: Measures) -> bool:
    match node:
        case exp.Pow():
            return not _is_gentle_power(node, measures) or degree(node, measures) > MOST_DEGREES
        case exp.Div() | exp.IntDiv():
            plain = _is_plain_divisor(node.expression, measures)
            return not plain or degree(node, measures) > MOST_DEGREES
        case exp.Mul():
            return degree(node, measures) > MOST_DEGREES
        case _:
            return _is_sharp_call(node, measures)


def _is_sharp_call(node: Scalar, measures: Measures) -> bool:
    function = lookup(node)
    if function is None or function.kind is not FunctionKind.SCALAR or function.role is not Role.NUMERIC:
        return False
    if function.name in _ROOTS:
        return not all(_is_plain(child, measures) for child in node.iter_expressions())
    return function.name not in _GENTLE


def _is_gentle_power(node: exp.Pow, measures: Measures) -> bool:
    power = node.expression
    if not (isinstance(power, exp.Literal) and not power.is_string and power.name in _POWERS):
        return False
    return power.name != "0.5" or _is_plain(node.this, measures)


def _is_plain(node: Scalar, measures: Measures) -> bool:
    """A field as it is, one or more added to it, or held within bounds; or no measure at all."""
    if not column_ids(node) & measures.keys():
        return True
    match node:
        case exp.Column():
            return measures[node.name].plain
        case exp.Add():
            sides = (node.this, node.expression)
            fields = [side for side in sides if isinstance(side, exp.Column)]
            return (
                bool(fields)
                and any(map(_is_one_or_more, sides))
                and all(_is_plain(side, measures) for side in fields)
            )
        case exp.Nullif() | exp.Greatest() | exp.Least() | exp.Coalesce():
            return all(
                isinstance(child, exp.Literal)
                or (isinstance(child, exp.Column) and _is_plain(child, measures))
                for child in node.iter_expressions()
            )
        case _:
            return False


def _is_one_or_more(node: Scalar) -> bool:
    return isinstance(node, exp.Literal) and not node.is_string and float(node.name) >= 1


def _is_plain_divisor(node: Scalar, measures: Measures) -> bool:
    """Fields as they are, or the sum of some; or no measure at all."""
    if not column_ids(node) & measures.keys():
        return True
    if isinstance(node, exp.Column):
        return measures[node.name].plain
    if isinstance(node, exp.Add):
        return all(
            bool(column_ids(side) & measures.keys()) and _is_plain_divisor(side, measures)
            for side in (node.this, node.expression)
        )
    return (
        isinstance(node, exp.Nullif)
        and isinstance(node.expression, exp.Literal)
        and _is_plain_divisor(node.this, measures)
    )


def degree(node: Scalar, measures: Measures) -> int:
    """The highest power of the polynomial, all measures together; a divisor counts like a factor."""
    match node:
        case exp.Column():
            return measures[node.name].degree if node.name in measures else 0
        case exp.Mul() | exp.Div() | exp.IntDiv():
            return degree(node.this, measures) + degree(node.expression, measures)
        case exp.Pow():
            power = node.expression.name if isinstance(node.expression, exp.Literal) else "1"
            return degree(node.this, measures) * max(1, round(float(power)))
        case _:
            return max((degree(child, measures) for child in node.iter_expressions()), default=0)


def _has_large_constant(node: Scalar) -> bool:
    """Whether arithmetic has a constant of many digits, or one with an exponent, at its first level or under signs."""
    if not isinstance(node, _ARITHMETIC):
        return False
    numbers = [part.name.lower() for part in node.find_all(exp.Literal) if not part.is_string]
    return any(
        "e" in name or len(name.replace(".", "").lstrip("0")) > MOST_DIGITS for name in numbers
    ) or any(_is_tiny(name) for name in numbers)


def _is_tiny(name: str) -> bool:
    """Smaller than a hundred-thousandth, and not 0."""
    return 0 < float(name) < 1e-5
