"""How large the numbers of an expression can be, from types and bounds: what cannot overflow needs no guard.

A number that overflows raises an error or, guarded, is null: either would be a threshold on a person's value. DuckDB
computes whole numbers in the widest type of the operands, and decimals exactly: in 18 digits where both operands have
18 or fewer, though their product has more, and else in 38. A whole number that is written out takes the type of what
it stands beside, wherever it fits: `nights * 1000` is a SMALLINT where `nights` is one.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal, localcontext

from sqlglot import exp

from enclave.query.data_types import data_type
from enclave.query.people_rows import FLOATING, Base, Size
from enclave.query.relations import Scalar

MOST_DIGITS = 38
SHORT_DIGITS = 18
"""Of decimals in 64 bits: of two such DuckDB makes a third, and raises an error where it does not fit."""
SUM_DIGITS = 10
"""Digits that a sum over all rows may add to those of a row."""
_MOST = {
    "BOOLEAN": 1,
    "TINYINT": 2**7 - 1,
    "SMALLINT": 2**15 - 1,
    "INTEGER": 2**31 - 1,
    "BIGINT": 2**63 - 1,
    "HUGEINT": 2**127 - 1,
}
_WHOLE = tuple(_MOST)
_NAMES = {"INT": "INTEGER", "INT128": "HUGEINT"}


def sums_fit(node: Scalar, bases: Mapping[str, Base]) -> bool:
    """Whether a sum of the scalar over any number of rows stays within its type: else it would raise."""
    if _is_days(node, bases):
        return True
    size = size_of(node, bases)
    return size is not None and (size.floating or _digits(size) + SUM_DIGITS <= MOST_DIGITS)


def _is_days(node: Scalar, bases: Mapping[str, Base]) -> bool:
    """The days between two dates, a BIGINT: the sum of any number of them is a HUGEINT."""
    while isinstance(node, exp.Paren):
        node = node.this
    return isinstance(node, exp.Sub) and _is_date(node.this, bases) and _is_date(node.expression, bases)


def _is_date(node: Scalar, bases: Mapping[str, Base]) -> bool:
    if isinstance(node, exp.Cast | exp.TryCast):
        return bool(node.to.this == exp.DType.DATE)
    base = bases.get(node.name) if isinstance(node, exp.Column) else None
    return base is not None and base.field is not None and base.field.type == "DATE"


def never_fails(node: Scalar, bases: Mapping[str, Base]) -> bool:
    """Whether a cast or arithmetic has a value wherever its inputs have one, by types and bounds."""
    if isinstance(node, exp.Cast | exp.TryCast):
        inner, target = size_of(node.this, bases), _size_of_type(node.to)
        if inner is None or target is None:
            return False
        return target.floating or (not inner.floating and inner.most <= target.most)
    return size_of(node, bases) is not None


_A_SIGN = Size(Decimal(1), 0, "TINYINT")


def size_of(node: Scalar, bases: Mapping[str, Base]) -> Size | None:
    """The size of a scalar's values. None where it is not known, or where a step on the way may fail."""
    match node:
        case exp.Column():
            return _size_of_column(bases.get(node.name))
        case exp.Literal() if not node.is_string:
            return _size_of_literal(node.name)
        case exp.Null():
            return Size(Decimal(0), 0, "BOOLEAN")
        case exp.Paren() | exp.Neg() | exp.Abs() | exp.Sign():
            kept = _within(size_of(node.this, bases))
            return _A_SIGN if kept is not None and isinstance(node, exp.Sign) else kept
        case exp.Floor() | exp.Ceil() | exp.Round() | exp.Trunc():
            return _rounded(node, size_of(node.this, bases), _places_asked(node))
        case exp.Cast() | exp.TryCast():
            return _told_as(_size_of_type(node.to), size_of(node.this, bases))
        case exp.Div() | exp.Pow() | exp.Sqrt() | exp.Cbrt() | exp.Ln() | exp.Log():
            inner = [size_of(part, bases) for part in node.iter_expressions()]
            return FLOATING if all(size is not None for size in inner) else None
        case exp.Add() | exp.Sub() | exp.Mul():
            return _computed(node, *_beside((node.this, node.expression), bases))
        case exp.IntDiv() | exp.Mod() if _is_divisor(node.expression):
            return _divided(node, *_beside((node.this, node.expression), bases))
        case exp.Coalesce() | exp.Greatest() | exp.Least() | exp.Case() | exp.If():
            return _widest(_beside(_choices(node), bases))
        case exp.Nullif():
            return size_of(node.this, bases)
        case _:
            return None


def _told_as(kind: Size | None, inner: Size | None) -> Size | None:
    """A value in another type. A whole number stays as small in it as it was: `ntile` makes a BIGINT of at most 100."""
    if kind is None or inner is None or kind.type not in _WHOLE or inner.type not in _WHOLE:
        return kind
    return Size(min(kind.most, inner.most), 0, kind.type)


def _choices(node: Scalar) -> list[Scalar]:
    """The scalars of which the node has one's value."""
    if not isinstance(node, exp.Case | exp.If):
        return list(node.iter_expressions())
    ifs = [node] if isinstance(node, exp.If) else node.args.get("ifs") or []
    results = [part.args.get(name) for part in ifs for name in ("true", "false")]
    return [part for part in (*results, node.args.get("default")) if part is not None]


def _size_of_column(base: Base | None) -> Size | None:
    if base is None:
        return None
    if base.size is not None or base.field is None:
        return base.size
    size = _size_of_type(data_type(base.field.type))
    if size is None or base.field.bounds is None or size.floating:
        return size
    return Size(max(abs(bound) for bound in base.field.bounds), size.places, size.type)


def _size_of_literal(text: str) -> Size:
    if "e" in text.lower():
        return FLOATING
    value = Decimal(text)
    if "." in text:
        return Size(value, len(text.partition(".")[2]), "DECIMAL")
    kind = next((name for name in ("INTEGER", "BIGINT") if value <= _MOST[name]), "HUGEINT")
    return Size(value, 0, kind)


def _size_of_type(kind: exp.DataType) -> Size | None:
    name = _NAMES.get(kind.this.name, kind.this.name)
    if name in ("DOUBLE", "FLOAT"):
        return FLOATING
    if name == "DECIMAL":
        given = [int(part.name) for part in kind.expressions] or [18, 3]
        places = given[1] if len(given) > 1 else 0
        return Size(Decimal(f"{'9' * (given[0] - places)}.{'9' * places}0"), places, "DECIMAL")
    return Size(Decimal(_MOST[name] + 1), 0, name) if name in _MOST else None


def _beside(nodes: Sequence[Scalar], bases: Mapping[str, Base]) -> list[Size | None]:
    """The sizes of scalars that stand beside one another: those written out have the type of the others if they fit."""
    sizes = [size_of(node, bases) for node in nodes]
    others = [
        size.type
        for node, size in zip(nodes, sizes, strict=True)
        if size is not None and size.type in _WHOLE and not isinstance(_bare(node), exp.Literal | exp.Null)
    ]
    if not others:
        return sizes
    kind = max(others, key=_WHOLE.index)
    return [
        Size(size.most, 0, kind)
        if size is not None and isinstance(_bare(node), exp.Literal) and _fits(node, size, kind)
        else size
        for node, size in zip(nodes, sizes, strict=True)
    ]


def _bare(node: Scalar) -> Scalar:
    """Without brackets and signs."""
    while isinstance(node, exp.Paren | exp.Neg):
        node = node.this
    return node


def _fits(node: Scalar, size: Size, kind: str) -> bool:
    """Whether DuckDB gives a number that is written out this type: with a minus, one more fits."""
    return size.type in _WHOLE and size.most <= _MOST[kind] + isinstance(node.unnest(), exp.Neg)


def _places_asked(node: Scalar) -> int | None:
    """The places that ROUND or TRUNC keeps, below nothing of tens and hundreds; None where they are not written out."""
    asked = node.args.get("decimals")
    if asked is None:
        return 0
    if not isinstance(_bare(asked), exp.Literal) or not _bare(asked).name.isdigit():
        return None
    places = min(int(_bare(asked).name), MOST_DIGITS)
    return -places if isinstance(asked, exp.Neg) else places


def _rounded(node: Scalar, size: Size | None, places: int | None) -> Size | None:
    """A number with so many places."""
    if size is None or places is None or size.floating:
        return None if places is None else size
    if size.type != "DECIMAL":
        most = size.most + 10**-places if places < 0 else size.most
        return FLOATING if isinstance(node, exp.Floor | exp.Ceil) else _within(Size(most, 0, size.type))
    if places >= size.places:
        return size
    made = Size(size.most + 10 ** max(-places, 0), max(places, 0), "DECIMAL")
    return made if _digits(made) <= _digits(size) else None


def _divided(node: Scalar, size: Size | None, divisor: Size | None) -> Size | None:
    """What `//` or `%` by a number that is written out leaves."""
    if size is None or divisor is None:
        return None
    if "DECIMAL" in (size.type, divisor.type) or size.floating or divisor.floating:
        return FLOATING if isinstance(node, exp.IntDiv) else None
    return _within(Size(size.most, 0, _wider(size, divisor)))


def _computed(node: Scalar, one: Size | None, other: Size | None) -> Size | None:
    if one is None or other is None:
        return None
    if one.floating or other.floating:
        return FLOATING
    multiplied = isinstance(node, exp.Mul)
    with localcontext(prec=4 * MOST_DIGITS):
        most = one.most * other.most if multiplied else one.most + other.most
    places = one.places + other.places if multiplied else max(one.places, other.places)
    made = Size(most, places, _wider(one, other))
    is_short = max(_digits(one), _digits(other)) <= SHORT_DIGITS
    if made.type == "DECIMAL" and is_short and _digits(made) > SHORT_DIGITS:
        return None
    return _within(made)


def _within(size: Size | None) -> Size | None:
    """The size, unless values of it do not fit its type."""
    if size is None or size.floating:
        return size
    if size.type == "DECIMAL":
        return size if _digits(size) <= MOST_DIGITS else None
    return size if size.most <= _MOST[size.type] else None


def _widest(sizes: Sequence[Size | None]) -> Size | None:
    known = [size for size in sizes if size is not None]
    if len(known) < len(sizes) or not known:
        return None
    if any(size.floating for size in known):
        return FLOATING
    widest = known[0]
    for size in known[1:]:
        widest = Size(max(widest.most, size.most), max(widest.places, size.places), _wider(widest, size))
    return widest


def _wider(one: Size, other: Size) -> str:
    if "DECIMAL" in (one.type, other.type):
        return "DECIMAL"
    return max(one.type, other.type, key=_WHOLE.index)


def _digits(size: Size) -> int:
    return len(str(int(size.most))) + size.places


def _is_divisor(node: Scalar) -> bool:
    return isinstance(node, exp.Literal) and not node.is_string and Decimal(node.name) != 0
