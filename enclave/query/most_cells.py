"""How many cells an answer can have: from the query, the code lists and the policy alone, so never from data.

A dimension counts with the codes of its published list that the project may see and that the query's own conditions on
it leave. Conditions are read only in their plain forms; any other leaves every code, so the number is an upper bound.
"""

from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from math import prod
from operator import eq, ge, gt, le, lt, ne
from typing import Any, Final, TypeAlias

from sqlglot import exp

from enclave.query.frames import codes_of, left_by_the_project
from enclave.query.leaves import Leaf
from enclave.query.people_rows import People
from enclave.query.protected import Protected
from enclave.query.relations import Scalar, column_id, column_ids

Code: TypeAlias = str | None
Read: TypeAlias = Callable[[str], str | Decimal | None]
"""A code or a constant as what is compared; None where it cannot be read."""
Compare: TypeAlias = Callable[[Any, Any], Any]
_COMPARISONS: Final[Mapping[type[exp.Expr], Compare]] = {
    exp.EQ: eq,
    exp.NEQ: ne,
    exp.GT: gt,
    exp.GTE: ge,
    exp.LT: lt,
    exp.LTE: le,
}


def most_cells(protected: Protected) -> int | None:
    """The most numbers that the leaves of a query can show; None where a dimension has no published list.

    A cell without a number of its own (a DISTINCT) counts as one.
    """
    total = 0
    for step in protected.steps:
        if isinstance(step, Leaf):
            rows = _rows(step, protected)
            if rows is None:
                return None
            total += rows * max(1, len(step.numbers))
    return total


def _rows(leaf: Leaf, protected: Protected) -> int | None:
    sizes = [_size(scalar, leaf.people, protected) for _, scalar in leaf.keys]
    known = [size for size in sizes if size is not None]
    if len(known) < len(sizes):
        return None
    positions = leaf.sets if leaf.sets is not None else (tuple(range(len(known))),)
    return sum(prod(known[place] for place in one) for one in positions)


def _size(scalar: Scalar, people: People, protected: Protected) -> int | None:
    """How many values a dimension can have: no more than its column has codes."""
    ids = column_ids(scalar)
    if len(ids) != 1 or next(scalar.find_all(exp.Placeholder), None) is not None:
        return None
    base = people.bases.get(next(iter(ids)))
    catalogue = protected.authorised.resolved.catalogue
    codes = codes_of(base, people, catalogue) if base is not None else None
    if base is None or base.field is None or codes is None:
        return None
    allowed = left_by_the_project(base.field, protected)
    if allowed is not None and base.id in people.nullable:
        allowed |= {None}
    own = people.representative(base.id)
    read = _text if base.field.type.startswith(("CHAR", "VARCHAR")) else _number
    conditions = [part for part in people.filters if _is_about(part, own, people)]
    left = [
        code
        for code in codes
        if (allowed is None or code in allowed) and all(_may_hold(one, code, read) for one in conditions)
    ]
    return max(1, len(left))


def _is_about(part: Scalar, own: str, people: People) -> bool:
    ids = column_ids(part)
    return len(ids) == 1 and people.representative(next(iter(ids))) == own


def _may_hold(condition: Scalar, code: Code, read: Read) -> bool:
    """Whether a condition on one column can be true of a code. What is not read plainly can."""
    match condition:
        case exp.Paren():
            return _may_hold(condition.this, code, read)
        case exp.And():
            return all(_may_hold(part, code, read) for part in (condition.left, condition.right))
        case exp.Or():
            return any(_may_hold(part, code, read) for part in (condition.left, condition.right))
        case exp.In() if condition.expressions:
            return any(_may_compare(condition.this, eq, one, code, read) for one in condition.expressions)
        case exp.Between():
            ends = ((condition.args["low"], ge), (condition.args["high"], le))
            return all(_may_compare(condition.this, how, end, code, read) for end, how in ends)
        case exp.Binary() if type(condition) in _COMPARISONS:
            how = _COMPARISONS[type(condition)]
            return _may_compare(condition.left, how, condition.right, code, read)
        case _:
            return True


def _may_compare(side: exp.Expr, how: Compare, constant: exp.Expr, code: Code, read: Read) -> bool:
    """Whether a bare column may compare so with a constant, where the column has this code."""
    if column_id(side) is None or not isinstance(constant, exp.Literal):
        return True
    if code is None:
        return False
    one, other = read(code), read(str(constant.this)) if constant.is_string == (read is _text) else None
    return True if one is None or other is None else bool(how(one, other))


def _text(value: str) -> str | None:
    return value


def _number(value: str) -> Decimal | None:
    """None for what is no number: true and false are none."""
    try:
        return Decimal(value)
    except InvalidOperation:
        return None
