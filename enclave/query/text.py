"""Trees made ready to become SQL text: operators in brackets, failing arithmetic made null.

`resolve` takes brackets off so that equal expressions are equal trees; here each operator inside another gets its own
again. Nothing that depends on people's values may raise: casts become TRY_CAST, arithmetic that could overflow TRY.
"""

from collections.abc import Callable, Mapping

from sqlglot import exp

from enclave.query.functions import REVIEWED, lookup
from enclave.query.people_rows import Base
from enclave.query.relations import Scalar
from enclave.query.sizes import never_fails, size_of

_OPERATORS = (exp.Binary, exp.Not, exp.Neg, exp.BitwiseNot, exp.Between, exp.In, exp.Is)
_ARITHMETIC = (exp.Add, exp.Sub, exp.Mul, exp.Neg, exp.IntDiv, exp.Mod, exp.Abs, exp.Pow)
_MAY_FAIL = (*_ARITHMETIC, exp.LastDay)
_FAILING = frozenset(
    name for (name, _), line in REVIEWED.items() if line.family.startswith("data_dependent_error")
)


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
    """A copy that cannot raise on people's values, nor by constants in a branch that some people's rows reach."""
    if isinstance(node, exp.Cast) and not isinstance(node, exp.TryCast):
        return exp.TryCast(this=hardened(node.this, bases), to=node.args["to"].copy())
    if may_fail(node):
        if next(node.find_all(exp.Placeholder), None) is not None:
            return _in_doubles(node, bases)
        if never_fails(node, bases):
            return _with_decimals(rebuilt(node, lambda child: hardened(child, bases)), bases)
        if in_floating_point(node, bases):
            return _in_doubles(node, bases)
        return exp.Try(this=_cast_inside(node, bases))
    made = rebuilt(node, lambda child: hardened(child, bases))
    return _with_decimals(made, bases) if isinstance(node, _MIXING) else made


_MIXING = (
    exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.NullSafeEQ, exp.NullSafeNEQ, exp.Between, exp.In,
    exp.Coalesce, exp.Greatest, exp.Least, exp.Nullif,
)  # fmt: skip


def _with_decimals(node: Scalar, bases: Mapping[str, Base]) -> Scalar:
    """Huge whole numbers beside decimals, as decimals: the cast that DuckDB puts in would raise on a larger one."""
    sizes = {id(part): size for part in node.iter_expressions() if (size := size_of(part, bases)) is not None}
    places = [size.places for size in sizes.values() if size.type == "DECIMAL"]
    if not places:
        return node

    def cast(part: Scalar) -> Scalar:
        size = sizes.get(id(part))
        if size is None or size.type != "HUGEINT":
            return part
        return exp.TryCast(this=part, to=exp.DataType.build(f"DECIMAL(38, {max(places)})"))

    return rebuilt(node, cast)


def _cast_inside(node: Scalar, bases: Mapping[str, Base]) -> Scalar:
    """Under a TRY only the casts still change: a failing cast must not null the whole sum."""
    if isinstance(node, exp.Cast) and not isinstance(node, exp.TryCast):
        return exp.TryCast(this=_cast_inside(node.this, bases), to=node.args["to"].copy())
    return rebuilt(node, lambda child: _cast_inside(child, bases))


def in_floating_point(node: Scalar, bases: Mapping[str, Base]) -> bool:
    """Arithmetic with a measure of people: it is done in floating point, where nothing overflows.

    Under TRY it would be null for the people above a line. Codes may have TRY: their values are judged one by one.
    """
    if not isinstance(node, _FLOATS) or next(node.find_all(exp.Interval), None) is not None:
        return False
    fields = [bases[part.name] for part in node.find_all(exp.Column) if part.name in bases]
    if any(base.field is not None and base.field.type in _TIMES for base in fields):
        return False
    return any(not base.code and not base.public for base in fields)


_FLOATS = (exp.Add, exp.Sub, exp.Mul, exp.Neg, exp.Abs, exp.Pow)
_TIMES = ("DATE", "TIME", "TIMESTAMP")


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
