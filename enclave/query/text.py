"""Trees made ready to become SQL text: operators in brackets, failing arithmetic made null.

`resolve` takes brackets off so that equal expressions are equal trees; here each operator inside another gets its own
again. Nothing that depends on people's values may raise: casts become TRY_CAST, arithmetic that could overflow TRY.
"""

from collections.abc import Callable, Mapping
from decimal import Decimal

from sqlglot import exp

from enclave.query.functions import REVIEWED, lookup
from enclave.query.people_rows import Base
from enclave.query.relations import Scalar

_OPERATORS = (exp.Binary, exp.Not, exp.Neg, exp.BitwiseNot, exp.Between, exp.In, exp.Is)
_ARITHMETIC = (exp.Add, exp.Sub, exp.Mul, exp.Neg, exp.IntDiv, exp.Mod, exp.Abs, exp.Pow)
_MAY_FAIL = (*_ARITHMETIC, exp.LastDay)
_FAILING = frozenset(
    name for (name, _), line in REVIEWED.items() if line.family.startswith("data_dependent_error")
)
_RANGES = {"SMALLINT": 2**15 - 1, "INTEGER": 2**31 - 1, "BIGINT": 2**63 - 1}


def rebuilt(node: Scalar, change: Callable[[Scalar], Scalar]) -> Scalar:
    """A copy of the node whose direct children went through `change`."""
    args: dict[str, object] = {}
    for name, value in node.args.items():
        if isinstance(value, exp.Expr):
            args[name] = change(value)
        elif isinstance(value, list):
            args[name] = [change(item) if isinstance(item, exp.Expr) else item for item in value]
        else:
            args[name] = value
    return type(node)(**args)


def bracketed(node: Scalar) -> Scalar:
    """A copy in which every operator under an operator stands in brackets."""
    made = rebuilt(node, bracketed)
    if isinstance(made, exp.Escape):  # belongs to the LIKE it follows
        return made
    if isinstance(made, _OPERATORS):
        for name, value in made.args.items():
            if isinstance(value, _OPERATORS):
                made.set(name, exp.Paren(this=value))
    return made


def hardened(node: Scalar, bases: Mapping[str, Base]) -> Scalar:
    """A copy that cannot raise on people's values."""
    if isinstance(node, exp.Cast) and not isinstance(node, exp.TryCast):
        return exp.TryCast(this=hardened(node.this, bases), to=node.args["to"].copy())
    if may_fail(node) and _varies(node):
        if next(node.find_all(exp.Placeholder), None) is not None:
            return _in_doubles(node, bases)
        if fits(node, bases):
            return _cast_inside(node, bases)
        return exp.Try(this=_cast_inside(node, bases))
    return rebuilt(node, lambda child: hardened(child, bases))


def _cast_inside(node: Scalar, bases: Mapping[str, Base]) -> Scalar:
    """Under a TRY only the casts still change: a failing cast must not null the whole sum."""
    if isinstance(node, exp.Cast) and not isinstance(node, exp.TryCast):
        return exp.TryCast(this=_cast_inside(node.this, bases), to=node.args["to"].copy())
    return rebuilt(node, lambda child: _cast_inside(child, bases))


def _in_doubles(node: Scalar, bases: Mapping[str, Base]) -> Scalar:
    """Arithmetic with a subquery in it, which TRY does not take: in floating point nothing raises.

    Limit: other functions that may fail are refused with a subquery inside (`inside.objections`).
    """
    if not isinstance(node, _ARITHMETIC):
        return rebuilt(node, lambda child: hardened(child, bases))
    return rebuilt(
        node,
        lambda child: exp.TryCast(this=hardened(child, bases), to=exp.DataType.build("DOUBLE")),
    )


def may_fail(node: Scalar) -> bool:
    """Whether the node itself, evaluated on some values, raises an error."""
    if isinstance(node, _MAY_FAIL):
        return True
    if isinstance(node, exp.Round):
        return node.args.get("decimals") is not None
    function = lookup(node)
    return function is not None and function.name in _FAILING


def _varies(node: Scalar) -> bool:
    return next(node.find_all(exp.Column, exp.Placeholder), None) is not None


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
