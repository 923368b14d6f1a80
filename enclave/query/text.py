"""Trees made ready to become SQL text: operators in brackets, failing arithmetic made null.

`resolve` takes brackets off so that equal expressions are equal trees; here each operator inside another gets its own
again. Nothing that depends on people's values may raise: casts become TRY_CAST, arithmetic that could overflow TRY.
"""

from collections.abc import Callable, Mapping

from sqlglot import exp

from enclave.query.data_types import data_type
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
        if in_floating_point(node, bases) and _is_single(node, bases):
            return _in_doubles(node, bases)
        if never_fails(node, bases):
            return _with_decimals(rebuilt(node, lambda child: hardened(child, bases)), bases)
        if in_floating_point(node, bases):
            return _in_doubles(node, bases)
        return exp.Try(this=_cast_inside(node, bases))
    made = rebuilt(node, lambda child: hardened(child, bases))
    return _with_instants(_with_decimals(made, bases), bases) if isinstance(node, _MIXING) else made


def _is_single(node: Scalar, bases: Mapping[str, Base]) -> bool:
    """Whether there is a number of single precision in it, beside which a constant of seven digits would round."""
    casts = node.find_all(exp.Cast, exp.TryCast)
    fields = [bases[part.name].field for part in node.find_all(exp.Column) if part.name in bases]
    return any(part.to.this == exp.DType.FLOAT for part in casts) or any(
        field is not None and field.type in ("FLOAT", "REAL") for field in fields
    )


def tried(node: Scalar) -> Scalar:
    """A copy over safe values that is null where it would raise: an error there would be an answer that nobody counts.

    Limit: TRY takes no window and no subquery, and aggregates raise past the largest number; there the run fails.
    """
    if isinstance(node, exp.Cast) and not isinstance(node, exp.TryCast):
        return exp.TryCast(this=tried(node.this), to=node.args["to"].copy())
    if _may_raise(node) and next(node.find_all(exp.Placeholder, exp.Window), None) is None:
        return exp.Try(this=_cast_inside(node, {}))
    return rebuilt(node, tried)


def _may_raise(node: Scalar) -> bool:
    """Whether the node raises on some values; a number written with a minus does not."""
    if isinstance(node, exp.Neg) and isinstance(node.this, exp.Literal):
        return False
    function = lookup(node)
    return may_fail(node) or (function is not None and function.name in _RAISE_ON_SAFE_VALUES)


_RAISE_ON_SAFE_VALUES = frozenset({"format", "printf"})
"""Not over people's rows: what a format does not fit raises."""

_MIXING = (
    exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.NullSafeEQ, exp.NullSafeNEQ, exp.Between, exp.In,
    exp.Coalesce, exp.Greatest, exp.Least, exp.Nullif,
)  # fmt: skip


def _with_decimals(node: Scalar, bases: Mapping[str, Base]) -> Scalar:
    """Numbers beside decimals, as decimals of as many places, where the cast that DuckDB puts in could raise."""
    sizes = {id(part): size for part in node.iter_expressions() if (size := size_of(part, bases)) is not None}
    places = max((size.places for size in sizes.values() if size.type == "DECIMAL"), default=None)
    if places is None:
        return node

    def cast(part: Scalar) -> Scalar:
        size = sizes.get(id(part))
        if size is None or size.floating or (size.type == "DECIMAL" and size.places == places):
            return part
        if size.type != "HUGEINT" and places <= _SAFE_PLACES:
            return part
        return exp.TryCast(this=part, to=data_type(f"DECIMAL(38, {places})"))

    return rebuilt(node, cast)


_SAFE_PLACES = 19
"""Of 38 digits these leave enough for a BIGINT."""


def _with_instants(node: Scalar, bases: Mapping[str, Base]) -> Scalar:
    """Days beside instants, as instants: some days are no instant, and the cast that DuckDB puts in raises."""
    kinds = {
        id(part): kind for part in node.iter_expressions() if (kind := _time_kind(part, bases)) is not None
    }
    if set(kinds.values()) != {"DATE", "TIMESTAMP"}:
        return node
    return rebuilt(
        node,
        lambda part: (
            exp.TryCast(this=part, to=data_type("TIMESTAMP")) if kinds.get(id(part)) == "DATE" else part
        ),
    )


_TIME_KINDS = {
    exp.DType.DATE: "DATE",
    exp.DType.TIMESTAMP: "TIMESTAMP",
    exp.DType.TIMESTAMPNTZ: "TIMESTAMP",
}


def _time_kind(node: Scalar, bases: Mapping[str, Base]) -> str | None:
    """DATE or TIMESTAMP, where a scalar is known to be one."""
    match node:
        case exp.Column():
            base = bases.get(node.name)
            kind = base.field.type if base is not None and base.field is not None else None
            return kind if kind in ("DATE", "TIMESTAMP") else None
        case exp.Cast() | exp.TryCast():
            return _TIME_KINDS.get(node.to.this)
        case exp.Try() | exp.Paren():
            return _time_kind(node.this, bases)
        case exp.Add() | exp.Sub():
            kinds = {_time_kind(node.this, bases), _time_kind(node.expression, bases)} - {None}
            if len(kinds) != 1:
                return None
            return "TIMESTAMP" if next(node.find_all(exp.Interval), None) is not None else kinds.pop()
        case exp.LastDay():
            return "DATE"
        case exp.DateTrunc() | exp.TimestampTrunc():
            return "TIMESTAMP"
        case _:
            return None


def _cast_inside(node: Scalar, bases: Mapping[str, Base]) -> Scalar:
    """Under a TRY only the casts still change: a failing cast must not null the whole sum."""
    if isinstance(node, exp.Cast) and not isinstance(node, exp.TryCast):
        return exp.TryCast(this=_cast_inside(node.this, bases), to=node.args["to"].copy())
    return rebuilt(node, lambda child: _cast_inside(child, bases))


def in_floating_point(node: Scalar, bases: Mapping[str, Base]) -> bool:
    """Arithmetic with a measure of people: it is done in floating point, where nothing overflows.

    Under TRY it would be null for the people above a line. Codes may have TRY: their values are judged one by one.

    Limit: a quantile of decimals computed so is rounded to its places. DuckDB computes in decimals and cuts off what is
    between two values: at `min_units: 1` the last place may be one off.
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
        lambda child: exp.TryCast(this=hardened(child, bases), to=data_type("DOUBLE")),
    )


def may_fail(node: Scalar) -> bool:
    """Whether the node itself, evaluated on some values, raises an error."""
    if isinstance(node, _MAY_FAIL):
        return True
    if isinstance(node, exp.Round):
        return node.args.get("decimals") is not None
    if isinstance(node, exp.RegexpReplace):
        return "\\" in node.text("replacement")  # \\1 without a group
    if isinstance(node, exp.Escape):
        return not isinstance(node.this.expression, exp.Literal)
    if _takes_length(node):
        return any(not _is_short_length(part) for part in list(node.iter_expressions())[1:])
    function = lookup(node)
    return function is not None and function.name in _FAILING


def _takes_length(node: Scalar) -> bool:
    function = lookup(node)
    return function is not None and function.name in _WITH_LENGTHS


_WITH_LENGTHS = frozenset(
    {"left", "left_grapheme", "right", "right_grapheme", "substr", "substring", "substring_grapheme"}
)


def _is_short_length(node: Scalar) -> bool:
    """Whether a length is written out and within what DuckDB takes."""
    return isinstance(node, exp.Literal) and not node.is_string and len(node.name) <= _LENGTH_DIGITS


_LENGTH_DIGITS = 9
