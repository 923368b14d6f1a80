"""How many digits of a person's value arithmetic lets go, where it is done in floating point.

A double has sixteen digits. `x + 4503599627370496 - 4503599627370496` is x rounded to a whole number, and so is
`x * 0.0000000000000001 + 1`; with other numbers beside it, sums of either count the people slice by slice, as sums of
`floor(x + b)` do. So what is written out beside a measure may be larger than it by `MOST_DIGITS` digits, all of an
expression together. What a row looks up is known when the query runs: as a term, a larger one is nothing (`text`); a
measure that was multiplied by one is taken for rounded as soon as something is added to it.

Limit: a measure is taken to be of ordinary size, somewhere around 1 to 10,000, and the rows of a sum likewise. A sum
over rows that were multiplied by very different numbers lets go of the small ones.
"""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, DecimalException

from sqlglot import exp

from enclave.query.relations import Scalar, column_ids

MOST_DIGITS = 7
LARGEST = 10**MOST_DIGITS
"""Of what a row looks up and is added to a measure."""
_CHOICES = (exp.Case, exp.If, exp.Coalesce, exp.Greatest, exp.Least)
_SUMS = (exp.Add, exp.Sub)
_JUDGED = (*_SUMS, exp.Mul, exp.Div, exp.Pow, *_CHOICES)


@dataclass(frozen=True, slots=True)
class Digits:
    """Powers of ten: what measures in a scalar are multiplied by at least, and its greatest number, were they all 1.

    `scaled`: they are multiplied, or mixed from row to row, by what is not written out.
    """

    least: float = 0.0
    most: float = 0.0
    scaled: bool = False

    @property
    def lost(self) -> float:
        return self.most - self.least


AS_IT_IS = Digits()
Known = Mapping[str, Digits]
"""The measures among the columns."""


def loses_digits(node: Scalar, known: Known) -> bool:
    """Whether numbers that are written out would let go of too many digits of a measure."""
    if not isinstance(node, _JUDGED) or not column_ids(node) & known.keys():
        return False
    return digits_of(node, known).lost > MOST_DIGITS


def may_round(node: Scalar, known: Known) -> bool:
    """Whether something is added to a measure of which nobody can say how small it has become."""
    sides = (node.this, node.expression) if isinstance(node, _SUMS) else ()
    return any(column_ids(side) & known.keys() and digits_of(side, known).scaled for side in sides)


def digits_of(node: Scalar, known: Known) -> Digits:
    """Of a scalar with a measure in it."""
    match node:
        case exp.Column():
            return known.get(node.name, AS_IT_IS)
        case exp.Add() | exp.Sub():
            return _added((node.this, node.expression), known)
        case exp.Mul() | exp.Div():
            return _multiplied(node, known)
        case exp.Pow():
            return _raised(digits_of(node.this, known), written(node.expression))
        case exp.Case() | exp.If() | exp.Coalesce() | exp.Greatest() | exp.Least():
            return _chosen(list(_choices(node)), known)
        case exp.Predicate() | exp.Connector() | exp.Not():
            return AS_IT_IS
        case _:
            return _together(
                [digits_of(part, known) for part in node.iter_expressions() if _has(part, known)]
            )


def together(some: list[Digits]) -> Digits:
    """Of scalars that stand for one another."""
    return _together(some)


def summed(inner: Digits) -> Digits:
    """Of a person's own sum: of rows as many as a hundred."""
    return Digits(inner.least, inner.most + 2, inner.scaled)


def written(node: Scalar) -> Decimal | None:
    """The number that is written out; None where it is none."""
    try:
        match node:
            case exp.Literal() if not node.is_string:
                return Decimal(node.name)
            case exp.Paren():
                return written(node.this)
            case exp.Neg():
                inner = written(node.this)
                return None if inner is None else -inner
            case exp.Cast() | exp.TryCast() if node.to.this in (exp.DType.DOUBLE, exp.DType.DECIMAL):
                return written(node.this)
            case exp.Add() | exp.Sub() | exp.Mul() | exp.Div():
                return _computed(node, written(node.this), written(node.expression))
            case _:
                return None
    except DecimalException:
        return None


def _computed(node: Scalar, one: Decimal | None, other: Decimal | None) -> Decimal | None:
    if one is None or other is None:
        return None
    match node:
        case exp.Add():
            return one + other
        case exp.Sub():
            return one - other
        case exp.Mul():
            return one * other
        case _:
            return one / other


def _has(node: Scalar, known: Known) -> bool:
    return bool(column_ids(node) & known.keys())


def _power(number: Decimal) -> float:
    return float(abs(number).log10())


def _together(some: list[Digits]) -> Digits:
    if not some:
        return AS_IT_IS
    return Digits(
        min(one.least for one in some), max(one.most for one in some), any(one.scaled for one in some)
    )


def _added(parts: tuple[Scalar, ...], known: Known) -> Digits:
    sides = [digits_of(part, known) for part in parts if _has(part, known)]
    powers = [one.most for one in sides]
    for part in parts:
        if not _has(part, known):
            number = written(part)
            powers += [MOST_DIGITS - 1.0] if number is None else [_power(number)] if number else []
    found, most = _together(sides), max(powers)
    whole = most + math.log10(sum(10 ** max(power - most, -20.0) for power in powers))
    return Digits(found.least, whole, found.scaled)


def _multiplied(node: exp.Mul | exp.Div, known: Known) -> Digits:
    one, other = _factor(node.this, known), _factor(node.expression, known)
    if isinstance(node, exp.Div):
        other = Digits(-other.most, -other.least, other.scaled)
    return Digits(one.least + other.least, one.most + other.most, one.scaled or other.scaled)


def _factor(node: Scalar, known: Known) -> Digits:
    if _has(node, known):
        return digits_of(node, known)
    number = written(node)
    if number is None:
        return Digits(scaled=True)
    power = _power(number) if number else 0.0
    return Digits(power, power)


def _raised(base: Digits, power: Decimal | None) -> Digits:
    by = 1.0 if power is None else float(power)
    return Digits(base.least * by, base.most * by, base.scaled)


def _choices(node: Scalar) -> Iterator[Scalar]:
    """What a CASE or one of its kind may come to."""
    if not isinstance(node, exp.Case | exp.If):
        yield from node.iter_expressions()
        return
    branches = [node] if isinstance(node, exp.If) else node.args.get("ifs") or []
    results = [branch.args.get(name) for branch in branches for name in ("true", "false")]
    yield from (one for one in (*results, node.args.get("default")) if one is not None)


def _chosen(parts: list[Scalar], known: Known) -> Digits:
    sides = [digits_of(part, known) for part in parts if _has(part, known)]
    others = [part for part in parts if not _has(part, known) and not isinstance(part, exp.Null)]
    numbers = [written(part) for part in others]
    found = _together(sides)
    most = max([found.most, *(_power(number) for number in numbers if number)])
    return Digits(found.least, most, found.scaled or any(number is None for number in numbers))
