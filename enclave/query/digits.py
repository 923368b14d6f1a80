"""How many digits of a person's value arithmetic lets go, where it is done in floating point.

A double has sixteen digits. `x + 4503599627370496 - 4503599627370496` is x rounded to a whole number, and so is
`x * 0.0000000000000001 + 1`; with other numbers beside it, sums of either count the people slice by slice, as sums of
`floor(x + b)` do. So what is written out beside a measure may be larger than it by `MOST_DIGITS` digits, all of an
expression together. What a row looks up can be of any size: a measure beside it, or multiplied by it, is taken for
rounded.

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
_CHOICES = (exp.Case, exp.If, exp.Coalesce, exp.Greatest, exp.Least)
_SUMS = (exp.Add, exp.Sub)
_TRUTHS = (exp.Predicate, exp.Connector, exp.Not)
_TURNED = {exp.Degrees: math.log10(180 / math.pi), exp.Radians: math.log10(math.pi / 180)}
"""Functions that multiply by a constant, and its power of ten."""
_JUDGED = (*_SUMS, exp.Mul, exp.Div, exp.Pow, *_TURNED, *_CHOICES)


@dataclass(frozen=True, slots=True)
class Digits:
    """Powers of ten: what measures in a scalar are multiplied by at least, and its greatest number, were they all 1.

    `unsure`: something is added to them, or multiplied with them, that is not written out.
    """

    least: float = 0.0
    most: float = 0.0
    unsure: bool = False

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
    """Whether nobody can say how large what is added to a measure is beside it."""
    return isinstance(node, _SUMS) and _has(node, known) and digits_of(node, known).unsure


def digits_of(node: Scalar, known: Known) -> Digits:
    """Of a scalar with a measure in it."""
    match node:
        case exp.Column():
            return known.get(node.name, AS_IT_IS)
        case exp.Add() | exp.Sub():
            return _added((node.this, node.expression), known)
        case exp.Mul() | exp.Div():
            return _multiplied(node, known)
        case exp.Degrees() | exp.Radians():
            by, inner = _TURNED[type(node)], digits_of(node.this, known)
            return Digits(inner.least + by, inner.most + by, inner.unsure)
        case exp.Pow():
            return _raised(digits_of(node.this, known), _number(node.expression))
        case exp.Case() | exp.If() | exp.Coalesce() | exp.Greatest() | exp.Least():
            return _chosen(list(_choices(node)), known)
        case _ if isinstance(node, _TRUTHS):
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
    return Digits(inner.least, inner.most + 2, inner.unsure)


Powers = tuple[float, ...]
"""Powers of ten of the numbers that a scalar may be; zeros are left out."""


def written(node: Scalar) -> Powers | None:
    """What is written out: a number, some that a condition chooses from, a condition, a day. None of anything else."""
    if isinstance(node, exp.Case | exp.If | exp.Coalesce | exp.Greatest | exp.Least):
        found = [written(part) for part in _choices(node) if not isinstance(part, exp.Null)]
        known = [powers for powers in found if powers is not None]
        return tuple(power for powers in known for power in powers) if len(known) == len(found) else None
    if isinstance(node, exp.Cast | exp.TryCast | exp.Paren) and isinstance(node.this, _TRUTHS):
        return (0.0,)
    if isinstance(node, exp.Interval) or (
        isinstance(node, exp.Cast) and node.to.this in exp.DataType.TEMPORAL_TYPES
    ):
        return () if isinstance(node.this, exp.Literal) else None
    number = _number(node)
    return None if number is None else (float(abs(number).log10()),) if number else ()


def _number(node: Scalar) -> Decimal | None:
    try:
        match node:
            case exp.Literal() if not node.is_string:
                return Decimal(node.name)
            case exp.Paren():
                return _number(node.this)
            case exp.Neg():
                inner = _number(node.this)
                return None if inner is None else -inner
            case exp.Cast() | exp.TryCast() if node.to.this in (exp.DType.DOUBLE, exp.DType.DECIMAL):
                return _number(node.this)
            case exp.Add() | exp.Sub() | exp.Mul() | exp.Div():
                return _computed(node, _number(node.this), _number(node.expression))
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


def _together(some: list[Digits]) -> Digits:
    if not some:
        return AS_IT_IS
    return Digits(
        min(one.least for one in some), max(one.most for one in some), any(one.unsure for one in some)
    )


def _added(parts: tuple[Scalar, ...], known: Known) -> Digits:
    sides = [digits_of(part, known) for part in parts if _has(part, known)]
    others = [written(part) for part in parts if not _has(part, known)]
    powers = [one.most for one in sides] + [max(one) for one in others if one]
    found, most = _together(sides), max(powers)
    whole = most + math.log10(sum(10 ** max(power - most, -20.0) for power in powers))
    return Digits(found.least, whole, found.unsure or None in others)


def _multiplied(node: exp.Mul | exp.Div, known: Known) -> Digits:
    one, other = _factor(node.this, known), _factor(node.expression, known)
    if isinstance(node, exp.Div):
        other = Digits(-other.most, -other.least, other.unsure)
    return Digits(one.least + other.least, one.most + other.most, one.unsure or other.unsure)


def _factor(node: Scalar, known: Known) -> Digits:
    if _has(node, known):
        return digits_of(node, known)
    powers = written(node)
    if powers is None:
        return Digits(unsure=True)
    return Digits(min(powers), max(powers)) if powers else AS_IT_IS


def _raised(base: Digits, power: Decimal | None) -> Digits:
    by = 1.0 if power is None else float(power)
    return Digits(base.least * by, base.most * by, base.unsure)


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
    others = [written(part) for part in parts if not _has(part, known) and not isinstance(part, exp.Null)]
    found = _together(sides)
    most = max([found.most, *(max(one) for one in others if one)])
    return Digits(found.least, most, found.unsure or None in others)
