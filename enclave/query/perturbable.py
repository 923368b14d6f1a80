"""What can be asked under a method that changes numbers: counts, and sums and means of what the catalogue bounds.

Other statistics tell counts in other ways: the spread of a condition, or twenty points of a distribution, gives exact
shares however counts are rounded. A sum of conditions is a count, and is asked as one, so that it has that
count's noise. It follows from the text, the policy and the catalogue alone.
"""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Final

from sqlglot import exp

from enclave.catalogue.model import FieldClass
from enclave.disclosure.asked import Statistic
from enclave.problems import NotUnderThisMethod, Refusals
from enclave.query.data_types import data_type
from enclave.query.leaves import Leaf, Number
from enclave.query.people_rows import Base
from enclave.query.protected import Protected
from enclave.query.relations import Scalar

STEPS_IN_BOUNDS: Final = 20
"""A unit is worth a twentieth of the greatest value in a sum: fields with five evenly spaced values or more then tell
nothing of how many units there are by the ratio that a mean is."""

_COUNTS = frozenset({Statistic.ROWS, Statistic.VALUES, Statistic.UNITS})
_SUMS = frozenset({Statistic.SUM, Statistic.MEAN})
_FLOATS = frozenset({exp.DataType.Type.DOUBLE, exp.DataType.Type.FLOAT})
_WHOLE = frozenset({exp.DataType.Type.INT, exp.DataType.Type.BIGINT, exp.DataType.Type.SMALLINT})


def refuse_what_stays_exact(protected: Protected) -> None:
    """Refuse a query with numbers that cannot be changed, where the project's method changes numbers.

    Raises:
        Refusals: naming every leaf with such a number.
    """
    if not protected.authorised.policy.rules.method.perturbs:
        return
    found = tuple(
        NotUnderThisMethod(detail=detail, spans=(step.span,))
        for step in protected.steps
        if isinstance(step, Leaf)
        for detail in dict.fromkeys(_details(step, protected.bases))
    )
    if found:
        raise Refusals(found)


def _details(leaf: Leaf, bases: Mapping[str, Base]) -> Iterator[str]:
    for number in leaf.numbers:
        if number.statistic in _COUNTS:
            continue
        if number.statistic not in _SUMS:
            yield (
                f"{number.function or number.statistic}: the project's numbers are changed before they are shown, and "
                "only counts, sums and means can be. Spreads, correlations and quantiles would tell exact shares."
            )
        elif number.second is not None or (
            worth_of(number, bases) is None and indicated_by(number, bases) is None
        ):
            yield (
                f"{number.function or number.statistic}: the project's numbers are changed before they are shown. Sums "
                "and means are of fields with bounds in the catalogue, added up or times a constant, or of "
                "CASE WHEN ... THEN 1 ELSE 0 END. Of anything else write count(*) FILTER (WHERE ...)."
            )


def worth_of(number: Number, bases: Mapping[str, Base]) -> Fraction | None:
    """What one row is worth in a sum or mean; None where that is not known, or the argument is more than fields."""
    if number.statistic not in _SUMS or number.argument is None:
        return None
    return _worth(number.argument, bases)


def indicated_by(number: Number, bases: Mapping[str, Base]) -> Fraction | None:
    """The constant that a sum or mean adds where a condition is true, and 0 where it is not; None for any other.

    It is a count of rows, with the noise of that count, if the condition is the one path of the number.
    """
    own = [path for path in number.paths if path.condition != number.condition]
    if number.statistic not in _SUMS or number.argument is None or len(own) != 1:
        return None
    return _indicated(number.argument, bases)


def _indicated(node: Scalar, bases: Mapping[str, Base]) -> Fraction | None:
    match node:
        case exp.Paren():
            return _indicated(node.this, bases)
        case exp.Cast() if node.to.this in _FLOATS:
            return _indicated(node.this, bases)
        case exp.Cast() if node.to.this in _WHOLE and isinstance(node.this, exp.Column):
            base = bases.get(node.this.name)
            return Fraction(1) if base is not None and base.field is not None and base.boolean else None
        case exp.Case() if node.this is None and len(node.args.get("ifs") or []) == 1:
            return _either(node.args["ifs"][0].args.get("true"), node.args.get("default"))
        case exp.If():
            return _either(node.args.get("true"), node.args.get("false"))
        case exp.Mul():
            by, one = _constant(node.this), _indicated(node.expression, bases)
            if by is None:
                by, one = _constant(node.expression), _indicated(node.this, bases)
            return None if one is None or not by else one * by
        case _:
            return None


def _either(true: Scalar | None, false: Scalar | None) -> Fraction | None:
    """A constant, or else 0."""
    constant, nothing = (None if one is None else _constant(one) for one in (true, false))
    return constant if constant and nothing == 0 else None


def _worth(node: Scalar, bases: Mapping[str, Base]) -> Fraction | None:
    match node:
        case exp.Column():
            return _of_column(bases.get(node.name))
        case exp.Paren() | exp.Neg():
            return _worth(node.this, bases)
        case exp.Cast() if node.to.this in _FLOATS:
            return _worth(node.this, bases)
        case exp.Add() | exp.Sub():
            one, other = _worth(node.this, bases), _worth(node.expression, bases)
            return None if one is None or other is None else one + other
        case exp.Mul():
            return _times(node.this, node.expression, bases) or _times(node.expression, node.this, bases)
        case exp.Div():
            by = _constant(node.expression)
            one = _worth(node.this, bases)
            return None if one is None or not by else one / by
        case _:
            return None


def _times(constant: Scalar, other: Scalar, bases: Mapping[str, Base]) -> Fraction | None:
    by, one = _constant(constant), _worth(other, bases)
    return None if one is None or not by else one * by


def _constant(node: Scalar) -> Fraction | None:
    if isinstance(node, exp.Paren):
        return _constant(node.this)
    if isinstance(node, exp.Literal) and not node.is_string:
        return abs(Fraction(Decimal(node.name)))
    return None


def _of_column(base: Base | None) -> Fraction | None:
    """A twentieth of the greatest value, in whole steps of the field's type."""
    field = None if base is None else base.field
    if field is None or field.kind is not FieldClass.MEASURE or field.bounds is None:
        return None
    part = Fraction(max(abs(bound) for bound in field.bounds)) / STEPS_IN_BOUNDS
    kind = data_type(field.type)
    if kind.this in _FLOATS:
        return part or None
    places = int(kind.expressions[1].name) if len(kind.expressions) > 1 else 0
    step = Fraction(1, 10**places)
    return step * max(1, -(-part // step))
