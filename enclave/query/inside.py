"""What may stand inside an expression over people's rows.

Arithmetic mixes measures with measures, constants and looked-up public values. A code enters bare or through a function
of itself alone. Whatever could spell out a person's codes in the digits of a number is refused: sums of such
expressions carry the histogram of a group, and 70 of them a whole cohort.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from sqlglot import exp

from enclave.query.aggregates import is_aggregate
from enclave.query.curves import CURVED, Bend, Measures, sharp_curves
from enclave.query.digits import Digits, Known, digits_of, together
from enclave.query.functions import Role, lookup
from enclave.query.people_rows import Base, People
from enclave.query.relations import Scalar, column_id
from enclave.query.text import may_fail

ARITHMETIC = (exp.Add, exp.Sub, exp.Mul, exp.Div, exp.IntDiv, exp.Pow, exp.Neg, exp.DPipe)
COMPARISONS = (exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.NullSafeEQ, exp.NullSafeNEQ)
CONDITIONS = (
    *COMPARISONS, exp.And, exp.Or, exp.Not, exp.Is, exp.In, exp.Between, exp.Like, exp.ILike, exp.Placeholder,
    exp.StartsWith, exp.EndsWith, exp.Contains,
)  # fmt: skip
SLICES = (
    exp.Mod, exp.BitwiseAnd, exp.BitwiseOr, exp.BitwiseXor, exp.BitwiseNot, exp.BitwiseLeftShift,
    exp.BitwiseRightShift, exp.Right, exp.Reverse,
)  # fmt: skip
LOOKED_UP, CONSTANT = "looked up", "constant"
"""What a subquery used as a value is: found by the row's own columns, or the same for all rows."""
KEY_LINKS = "The key that identifies a person only links tables; it is never a value."
MOST_DIGITS = 2
"""Significant digits of a constant which a measure without declared cut points may be compared with."""


@dataclass(frozen=True, slots=True, eq=False)
class Objection:
    """Why a scalar may not stand over people's rows: which rule, and the part at fault."""

    rule: str  # key | encodes | slices | function
    node: Scalar
    detail: str


def objections(node: Scalar, people: People) -> Iterator[Objection]:
    """Everything wrong with a scalar over base columns, the unit key apart from `allowed_key` places included."""
    yield from _keys(node, people)
    yield from _slices(node, people)
    yield from _encodings(node, people)
    yield from _functions(node, people)
    yield from curves(node, people)


def people_bases(node: Scalar, people: People) -> list[Base]:
    """The base columns in the scalar which are people's, with repeats."""
    return [
        base
        for part in node.find_all(exp.Column)
        if (base := people.bases.get(part.name)) is not None and not base.public
    ]


def is_condition(node: Scalar, people: People) -> bool:
    """Whether the scalar is a boolean: a comparison, a connective, or a bare boolean column."""
    if isinstance(node, exp.Placeholder):
        return node.args.get("kind") is None
    if isinstance(node, CONDITIONS):
        return True
    id = column_id(node)
    base = people.bases.get(id) if id is not None else None
    return base is not None and base.boolean


def _keys(node: Scalar, people: People) -> Iterator[Objection]:
    """The unit key links, and is tested for null; nothing else. A COALESCE of keys is the key still."""
    for part in node.find_all(exp.Column):
        base = people.bases.get(part.name)
        if base is None or not base.key or part is node:
            continue
        place = _as_key(part, node, people)
        parent = None if place is node else place.parent
        if isinstance(parent, exp.EQ | exp.NullSafeEQ) and is_key(_other(parent, place), people):
            continue
        if isinstance(parent, exp.Is) and isinstance(parent.expression, exp.Null):
            continue
        yield Objection("key", part, KEY_LINKS)


def _as_key(part: Scalar, node: Scalar, people: People) -> Scalar:
    """The largest part of the scalar around a key that is nothing but keys, one put for another where it is null."""
    place = part
    while place is not node and isinstance(place.parent, exp.Coalesce) and is_key(place.parent, people):
        place = place.parent
    return place


def is_key(node: Scalar, people: People) -> bool:
    """Whether the scalar is a bare key, or a COALESCE of keys."""
    if isinstance(node, exp.Coalesce):
        return all(is_key(child, people) for child in node.iter_expressions())
    id = column_id(node)
    base = people.bases.get(id) if id is not None else None
    return base is not None and base.key


def _other(parent: Scalar, part: Scalar) -> Scalar:
    other: Scalar = parent.expression if parent.this is part else parent.this
    return other


def _slices(node: Scalar, people: People) -> Iterator[Objection]:
    for part in node.walk():
        if (isinstance(part, SLICES) or _slicing_call(part)) and people_bases(part, people):
            yield Objection(
                "encodes",
                part,
                "This picks digits, bits or letters of people's values, which could spell them out.",
            )


def _slicing_call(part: Scalar) -> bool:
    if isinstance(part, exp.Left):
        return not isinstance(part.expression, exp.Literal)
    if isinstance(part, exp.Substring):
        start, length = part.args.get("start"), part.args.get("length")
        plain = isinstance(start, exp.Literal) and start.name == "1"
        return not (plain and isinstance(length, exp.Literal | None))
    function = lookup(part)
    return function is not None and function.role is Role.SLICES


def _functions(node: Scalar, people: People) -> Iterator[Objection]:
    """Functions for safe values only, and aggregates in the wrong place."""
    for part in node.walk():
        if isinstance(part, exp.Window):
            yield Objection(
                "function", part, "A window over people's rows carries one person's value to another's."
            )
        function = lookup(part)
        if function is None or not people_bases(part, people):
            continue
        if is_aggregate(part):
            yield Objection("function", part, "An aggregate cannot stand here.")
        elif function.role in (Role.REMAINDER, Role.HISTORY):
            yield Objection(
                "function",
                part,
                f"{function.name}() works on the answer, not on people's rows: use it above the aggregate.",
            )
        elif may_fail(part) and next(part.find_all(exp.Placeholder), None) is not None:
            yield Objection("function", part, f"A subquery cannot stand in {function.name}().")
        elif function.role is Role.RECODE and _text_of_measure(part, people):
            yield Objection("encodes", part, "Text functions of a measure could spell out its digits.")


_OF_ANYTHING = (
    exp.Coalesce, exp.Nullif, exp.Greatest, exp.Least, exp.If, exp.Case, exp.Cast, exp.TryCast,
)  # fmt: skip


def curves(node: Scalar, people: People) -> Iterator[Objection]:
    """Functions and powers of people's measures that would single out some of the values."""
    for part in sharp_curves(node, bends(people)):
        yield Objection("encodes", part, CURVED)


def bends(people: People) -> Measures:
    """The measures among the columns, and how far each is bent."""
    return {
        id: Bend(base.degree, base.plain, base.digits)
        for id, base in people.bases.items()
        if not base.code and not base.public
    }


def digits_in(parts: Sequence[Scalar], people: People) -> Digits:
    """How large what stands in scalars is beside their measures."""
    known = known_digits(people)
    return together([digits_of(part, known) for part in parts if has_measure(part, people)])


def known_digits(people: People) -> Known:
    return {id: base.digits for id, base in people.bases.items() if not base.code and not base.public}


def is_looked_up(node: Scalar) -> bool:
    """Whether the scalar is a subquery whose value depends on the row."""
    return isinstance(node, exp.Placeholder) and node.args.get("kind") == LOOKED_UP


def _text_of_measure(part: Scalar, people: People) -> bool:
    if isinstance(part, _OF_ANYTHING):
        return False
    return any(not base.code for base in people_bases(part, people))


def _encodings(node: Scalar, people: People) -> Iterator[Objection]:
    """Arithmetic over several codes, or over codes and measures; a measure made text."""
    joined = [part for part in node.walk() if _joins_codes(part, people)]
    if joined:
        plain = (
            part for part in joined if not _recodes(part) or not any(_stands_in(x, part) for x in joined)
        )
        yield Objection(
            "encodes",
            next(plain, joined[0]),
            "Arithmetic over several codes, or over a code and a measure, could spell out people's codes.",
        )
        return
    for part in node.find_all(exp.Cast):
        if _is_text(part) and _values(part.this, people)[1]:
            yield Objection("encodes", part, "A measure made text could spell out its digits.")


def _joins_codes(part: Scalar, people: People) -> bool:
    if not (isinstance(part, ARITHMETIC) or _joins_values(part)):
        return False
    codes, measures = _values(part, people)
    return len(codes) > 1 or bool(codes and measures)


def _recodes(part: Scalar) -> bool:
    function = lookup(part)
    return function is not None and function.role is Role.RECODE


def _stands_in(part: Scalar, around: Scalar) -> bool:
    place = part.parent
    while place is not None and place is not around:
        place = place.parent
    return place is around


def _joins_values(part: Scalar) -> bool:
    """Functions whose result is made of all their arguments: of several codes, they would spell them all."""
    function = lookup(part)
    if function is None or isinstance(part, exp.Concat):
        return isinstance(part, exp.Concat)
    if function.role is Role.RECODE:
        return not isinstance(part, (*_OF_ANYTHING, *CONDITIONS))
    return function.role is Role.NUMERIC


def _is_text(cast: exp.Cast) -> bool:
    return cast.to.this in exp.DataType.TEXT_TYPES


def _values(node: Scalar, people: People) -> tuple[set[str], set[str]]:
    """The codes and the measures that enter as values. A condition made a number brings its codes with it."""
    codes: set[str] = set()
    measures: set[str] = set()
    numbers = [
        column for part in node.walk() if _is_indicator(part, people) for column in part.find_all(exp.Column)
    ]
    for part in (*value_leaves(node, people), *numbers):
        base = people.bases.get(part.name)
        if base is None or base.public or (part in numbers and not base.code):
            continue
        (codes if base.code else measures).add(people.representative(base.id))
    return codes, measures


def _is_indicator(node: Scalar, people: People) -> bool:
    """A condition as a number: `(x = 'a')::INT`, or a CASE of constants."""
    if isinstance(node, exp.Cast):
        return is_condition(node.this, people)
    if isinstance(node, exp.Case):
        results = [branch.args["true"] for branch in node.args.get("ifs") or ()]
        default = node.args.get("default")
        return all(
            isinstance(part, exp.Literal | exp.Null) for part in [*results, *([default] if default else [])]
        )
    return False


def value_leaves(node: Scalar, people: People) -> Iterator[exp.Column]:
    """The columns whose values flow into the scalar's value, conditions left out."""
    if isinstance(node, exp.Column):
        yield node
    elif isinstance(node, CONDITIONS):
        return
    elif isinstance(node, exp.If):
        for name in ("true", "false"):
            if (branch := node.args.get(name)) is not None:
                yield from value_leaves(branch, people)
    elif isinstance(node, exp.Case):
        for branch in node.args.get("ifs") or ():
            yield from value_leaves(branch.args["true"], people)
        if (default := node.args.get("default")) is not None:
            yield from value_leaves(default, people)
    else:
        for child in node.iter_expressions():
            yield from value_leaves(child, people)


def has_measure(node: Scalar, people: People) -> bool:
    """Whether a fine measure of people enters the scalar."""
    return any(not base.code and not base.key for base in people_bases(node, people))


def off_cuts(node: Scalar, people: People) -> Iterator[Scalar]:
    """Comparisons of a fine measure with a constant that is not one of its cut points: these need a checker.

    A constant that stands in VALUES, or is taken off the measure first, is a constant all the same.
    """
    for part in node.find_all(*COMPARISONS, exp.Between, exp.In, exp.Case):
        if has_measure(part, people) and _is_off_cut(part, people):
            yield part
    for cut in node.walk():
        if _cuts(cut) and has_measure(cut, people) and off_numbers(cut):
            yield cut


def _cuts(part: Scalar) -> bool:
    if isinstance(part, exp.Cast | exp.TryCast):
        return part.to.this not in (exp.DType.DOUBLE, exp.DType.FLOAT)
    function = None if isinstance(part, _CUTS) else lookup(part)
    return isinstance(part, _CUTS) or (function is not None and function.conditional)


_CUTS = (
    exp.Floor,
    exp.Ceil,
    exp.Round,
    exp.Trunc,
    exp.IntDiv,
    exp.Sign,
    exp.Abs,
    exp.Greatest,
    exp.Least,
    exp.Nullif,
)
"""Functions that cut a measure in two or into bands at the numbers inside them."""


def _is_off_cut(part: Scalar, people: People) -> bool:
    subject, constants = _compared(part)
    if subject is None:
        return not isinstance(part, exp.Case) and (_has_literal_column(part, people) or off_numbers(part))
    bases = people_bases(subject, people)
    bare = column_id(subject) is not None and bool(bases) and bases[0].field is not None
    cuts = bases[0].field.cuts if bare and bases[0].field is not None else ()
    return any(not _on_cut(constant, cuts) for constant in constants) or (not bare and off_numbers(subject))


def off_numbers(node: Scalar) -> bool:
    """Whether a number of more than two significant digits is written in the scalar."""
    numbers = [part for part in node.find_all(exp.Literal) if not part.is_string]
    return any(not _on_cut(number, ()) for number in numbers)


def _has_literal_column(node: Scalar, people: People) -> bool:
    """Whether the scalar has a column or a value from a query in which the reader wrote numbers."""
    bases = [people.bases[part.name] for part in node.find_all(exp.Column) if part.name in people.bases]
    written = any(part.meta.get("written") for part in node.find_all(exp.Placeholder))
    return written or any(base.literal for base in bases)


def _compared(part: Scalar) -> tuple[Scalar | None, list[Scalar]]:
    if isinstance(part, exp.Case):
        if part.this is None:
            return None, []
        return part.this, [branch.this for branch in part.args.get("ifs") or ()]
    if isinstance(part, exp.Between):
        return part.this, [part.args["low"], part.args["high"]]
    if isinstance(part, exp.In):
        return part.this, list(part.expressions)
    left, right = part.this, part.expression
    if _constant(left):
        return right, [left]
    if _constant(right):
        return left, [right]
    return None, []


def _constant(node: Scalar) -> bool:
    """Whether the scalar is written out in the text: neither a column nor a subquery."""
    return next(node.find_all(exp.Column, exp.Placeholder), None) is None


def _on_cut(constant: Scalar, cuts: tuple[Decimal, ...]) -> bool:
    number = _number(constant)
    if number is None:
        return isinstance(constant, exp.Null | exp.Boolean)
    if cuts:
        return number in cuts
    digits = "".join(str(digit) for digit in number.as_tuple().digits).strip("0")
    return len(digits) <= MOST_DIGITS


def _number(constant: Scalar) -> Decimal | None:
    if isinstance(constant, exp.Paren):
        return _number(constant.this)
    if isinstance(constant, exp.Neg):
        inner = _number(constant.this)
        return None if inner is None else -inner
    if isinstance(constant, exp.Literal) and not constant.is_string:
        try:
            return Decimal(constant.name)
        except InvalidOperation:
            return None
    return None
