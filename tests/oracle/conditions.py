"""Conditions on a person's own row, on that person's rows elsewhere, and on what safe tables say."""

from tests.oracle.parts import Draw, Part, Seen, read
from tests.oracle.schema import PEOPLE, PERSON
from tests.oracle.tree import (
    Agg,
    And,
    Compare,
    Exists,
    Expr,
    InQuery,
    IsNull,
    Lit,
    Not,
    OneOf,
    Or,
    Query,
    Scalar,
)

HOSPITALS = (100, 101, 102)


def condition(draw: Draw, part: Part) -> Expr:
    """A condition on a person's own row."""
    if draw.chance(8):
        return about_others(draw, part)
    if draw.chance(15):
        join = And if draw.chance(50) else Or
        return join((atom(draw, part), atom(draw, part)))
    one = atom(draw, part)
    return Not(one) if draw.chance(10) else one


def atom(draw: Draw, part: Part) -> Expr:
    columns = [s for s in part.seen if s.field.kind != "key"]
    if not columns:
        return IsNull(part.keys[0].col, negated=True)
    seen = draw.pick(columns)
    if seen.nullable and draw.chance(25):
        return IsNull(seen.col, negated=draw.chance(50))
    if seen.field.type == "BOOLEAN":
        flags: tuple[Expr, ...] = (seen.col, Compare("=", seen.col, Lit(False)), Not(seen.col))
        return draw.pick(flags)
    if seen.field.kind == "measure":
        cut = draw.pick(seen.field.cuts or (50,))
        return Compare(draw.pick((">=", "<", ">", "<=")), seen.col, Lit(cut))
    values = seen.field.values or HOSPITALS
    if draw.chance(30):
        return OneOf(seen.col, (draw.pick(values), draw.pick(values)), negated=draw.chance(30))
    return Compare(draw.pick(("=", "<>")), seen.col, Lit(draw.pick(values)))


def about_others(draw: Draw, part: Part) -> Expr:
    """A condition by key on another table, or on what a safe table says."""
    key = part.keys[0].col
    other = read(draw, draw.pick(PEOPLE))
    inside = condition(draw, other)
    negated = draw.chance(40)
    numbers = [s for s in part.measures if s.field.type in ("SMALLINT", "DOUBLE") and not s.outer]
    common = [s for s in part.codes if any(t.fields.get(s.field.name) == s.field for t in PEOPLE)]
    match draw.pick(("in", "exists", "scalar", "safe", "own")):
        case "exists":
            link = Compare("=", other.keys[0].col, key)
            return Exists(Query(((Lit(1), "one"),), other.source, where=And((link, inside))), negated)
        case "scalar" if numbers:
            seen = draw.pick(numbers)
            same = [s for s in other.measures if s.field.type in ("SMALLINT", "DOUBLE")] or other.measures
            mean = Query(((Agg("avg", draw.pick(same).col), draw.name("x")),), other.source, where=inside)
            return Compare(draw.pick((">", "<=")), seen.col, Scalar(mean))
        case "own" if draw.chance(20):
            return Compare(draw.pick((">=", "<")), own_summary(draw, part), Lit(draw.pick((1, 2))))
        case "safe" if common:
            return is_common(draw, draw.pick(common))
        case _:
            return InQuery(key, Query(((other.keys[0].col, PERSON),), other.source, where=inside), negated)


def own_summary(draw: Draw, part: Part) -> Scalar:
    """A number of the person's own rows elsewhere, by a subquery with their key."""
    other = read(draw, draw.pick(PEOPLE))
    link = Compare("=", other.keys[0].col, part.keys[0].col)
    where = And((link, atom(draw, other))) if draw.chance(40) else link
    number = (
        Agg("count")
        if draw.chance(50)
        else Agg(draw.pick(("sum", "avg", "max")), draw.pick(other.measures).col)
    )
    return Scalar(Query(((number, draw.name("x")),), other.source, where=where), own=True)


def is_common(draw: Draw, seen: Seen) -> Expr:
    """Whether the code is one that enough rows have: a leaf of its own, below people's rows."""
    tables = [table for table in PEOPLE if table.fields.get(seen.field.name) == seen.field]
    other = read(draw, draw.pick(tables))
    code = next(s.col for s in other.codes if s.field == seen.field)
    having = Compare(">=", Agg("count"), Lit(draw.pick((4, 10))))
    safe = Query(((code, draw.name("k")),), other.source, keys=(code,), having=having)
    return InQuery(seen.col, safe, negated=draw.chance(30))
