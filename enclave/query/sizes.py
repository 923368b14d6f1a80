"""How large the numbers of an expression can be, from types and bounds: what cannot overflow needs no guard.

A number that overflows raises an error or, guarded, is null: either would be a threshold on a person's value.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from sqlglot import exp

from enclave.query.people_rows import FLOATING, Base, Size
from enclave.query.relations import Scalar

MOST_DIGITS = 38
SUM_DIGITS = 10
"""Digits that a sum over all rows may add to those of a row."""
_WHOLE_DIGITS = {"BOOLEAN": 1, "TINYINT": 3, "SMALLINT": 5, "INTEGER": 10, "BIGINT": 19}
_RANGES = {"SMALLINT": 2**15 - 1, "INTEGER": 2**31 - 1, "BIGINT": 2**63 - 1}
_INTEGERS = frozenset((*_WHOLE_DIGITS, "HUGEINT"))


def sums_fit(node: Scalar, bases: Mapping[str, Base]) -> bool:
    """Whether a sum of the scalar over any number of rows stays within its type: else it would raise."""
    size = size_of(node, bases)
    return size is not None and (size.floating or size.whole + size.places + SUM_DIGITS <= MOST_DIGITS)


def never_fails(node: Scalar, bases: Mapping[str, Base]) -> bool:
    """Whether a cast or arithmetic has a value wherever its inputs have one, by types and bounds."""
    if isinstance(node, exp.Cast | exp.TryCast):
        return _cast_fits(node, bases)
    if not isinstance(node, exp.Add | exp.Sub | exp.Mul | exp.Neg | exp.Abs | exp.Pow):
        return False
    if fits(node, bases):
        return True
    size = size_of(node, bases)
    if size is None or _of_integers(node, bases):
        return False
    return size.floating or size.whole + size.places <= MOST_DIGITS


def _cast_fits(node: exp.Cast, bases: Mapping[str, Base]) -> bool:
    inner, target = size_of(node.this, bases), _size_of_type(node.to)
    if inner is None or target is None:
        return False
    return target.floating or (not inner.floating and inner.whole <= target.whole and _is_one(node.this))


def _is_one(node: Scalar) -> bool:
    return isinstance(node, exp.Column | exp.Literal)


def _of_integers(node: Scalar, bases: Mapping[str, Base]) -> bool:
    """Whether the arithmetic may be done in the narrow type of a column of whole numbers."""
    parts = [bases.get(part.name) for part in node.find_all(exp.Column)]
    whole = [base is None or base.field is None or base.field.type in _INTEGERS for base in parts]
    return any(whole)


def size_of(node: Scalar, bases: Mapping[str, Base]) -> Size | None:
    """The size of a scalar's values, None where it is not known."""
    match node:
        case exp.Column():
            return _size_of_column(bases.get(node.name))
        case exp.Literal() if not node.is_string:
            whole, _, places = node.name.partition(".")
            return FLOATING if "e" in node.name.lower() else Size(len(whole), len(places))
        case exp.Null():
            return Size(0, 0)
        case exp.Paren() | exp.Neg() | exp.Abs() | exp.Floor() | exp.Ceil():
            return size_of(node.this, bases)
        case exp.Cast() | exp.TryCast():
            return _size_of_type(node.to)
        case exp.Div() | exp.Pow() | exp.Sqrt() | exp.Cbrt() | exp.Ln() | exp.Log():
            return FLOATING
        case exp.Add() | exp.Sub():
            return _widest([node.this, node.expression], bases, more=1)
        case exp.Mul():
            return _multiplied(size_of(node.this, bases), size_of(node.expression, bases))
        case exp.Coalesce() | exp.Greatest() | exp.Least():
            return _widest(list(node.iter_expressions()), bases, more=0)
        case exp.Nullif():
            return size_of(node.this, bases)
        case exp.Case() | exp.If():
            ifs = [node] if isinstance(node, exp.If) else node.args.get("ifs") or []
            results = [part.args.get(name) for part in ifs for name in ("true", "false")]
            found = [part for part in (*results, node.args.get("default")) if part is not None]
            return _widest(found, bases, more=0)
        case _:
            return None


def _size_of_column(base: Base | None) -> Size | None:
    if base is None:
        return None
    if base.size is not None or base.field is None:
        return base.size
    return _size_of_type(exp.DataType.build(base.field.type, dialect="duckdb"))


def _size_of_type(kind: exp.DataType) -> Size | None:
    name = kind.this.name
    if name in ("DOUBLE", "FLOAT"):
        return FLOATING
    if name == "DECIMAL":
        given = [int(part.name) for part in kind.expressions] or [18, 3]
        places = given[1] if len(given) > 1 else 0
        return Size(given[0] - places, places)
    digits = _WHOLE_DIGITS.get({"INT": "INTEGER"}.get(name, name))
    return None if digits is None else Size(digits, 0)


def _widest(parts: Sequence[Scalar], bases: Mapping[str, Base], *, more: int) -> Size | None:
    sizes = [size_of(part, bases) for part in parts]
    known = [size for size in sizes if size is not None]
    if len(known) < len(sizes) or not known:
        return None
    if any(size.floating for size in known):
        return FLOATING
    return Size(max(size.whole for size in known) + more, max(size.places for size in known))


def _multiplied(one: Size | None, other: Size | None) -> Size | None:
    if one is None or other is None:
        return None
    if one.floating or other.floating:
        return FLOATING
    return Size(one.whole + other.whole, one.places + other.places)


def fits(node: Scalar, bases: Mapping[str, Base]) -> bool:
    """Whether the catalogue's bounds, verified at load, prove that integer arithmetic stays in its type."""
    interval = _interval(node, bases)
    if interval is None:
        return False
    low, high, narrowest = interval
    return max(abs(low), abs(high)) <= narrowest


def _interval(node: Scalar, bases: Mapping[str, Base]) -> tuple[Decimal, Decimal, Decimal] | None:
    """Least, greatest, and the largest number of the narrowest column type in the expression."""
    if isinstance(node, exp.Paren):
        return _interval(node.this, bases)
    if isinstance(node, exp.Literal) and not node.is_string and node.name.isdigit():
        value = Decimal(node.name)
        return value, value, Decimal("Infinity")
    if isinstance(node, exp.Column):
        base = bases.get(node.name)
        if base is None or base.field is None or base.field.bounds is None or base.field.type not in _RANGES:
            return None
        low, high = base.field.bounds
        return low, high, Decimal(_RANGES[base.field.type])
    if isinstance(node, exp.Add | exp.Sub | exp.Mul):
        left, right = _interval(node.this, bases), _interval(node.expression, bases)
        if left is None or right is None:
            return None
        return _combined(node, left, right)
    return None


_Interval = tuple[Decimal, Decimal, Decimal]


def _combined(node: Scalar, left: _Interval, right: _Interval) -> _Interval | None:
    narrowest = min(left[2], right[2])
    if isinstance(node, exp.Add):
        low, high = left[0] + right[0], left[1] + right[1]
    elif isinstance(node, exp.Sub):
        low, high = left[0] - right[1], left[1] - right[0]
    else:
        corners = [one * other for one in left[:2] for other in right[:2]]
        low, high = min(corners), max(corners)
    if max(abs(low), abs(high)) > narrowest:
        return None  # an intermediate result would overflow
    return low, high, narrowest
