"""Draws one SELECT across people: the leaf of a question.

Every relation gets an alias of its own and every output a new name, so that the text of an expression says which one
it is. `questions` puts the rest of SQL around it.
"""

from tests.oracle.amounts import amount
from tests.oracle.conditions import about_others, condition
from tests.oracle.parts import Draw, Part, together
from tests.oracle.sources import people
from tests.oracle.spreads import SPREADS
from tests.oracle.tree import Agg, Case, Compare, Expr, Lit, Query


def leaf(draw: Draw) -> Query:
    """One SELECT across people."""
    part = people(draw)
    rollup = draw.chance(15)
    by = keys(draw, part, rollup=rollup)
    aggs = tuple(dict.fromkeys(aggregate(draw, part) for _ in range(draw.pick((1, 2, 3)))))
    if part.codes and not rollup and draw.chance(12):
        aggs = (*aggs, of_values(draw, part))
    where = list(part.where)
    if draw.chance(35):
        where.append(condition(draw, part))
    if draw.chance(20):
        where.append(about_others(draw, part))
    items: list[tuple[Expr, str]] = [(key, draw.name("k")) for key in by]
    if by and draw.chance(5):
        return Query(tuple(items), part.source, where=together(where), distinct=True)
    items += [(agg, draw.name("n")) for agg in aggs]
    return Query(tuple(items), part.source, where=together(where), keys=by, rollup=rollup and bool(by))


def keys(draw: Draw, part: Part, *, rollup: bool) -> tuple[Expr, ...]:
    """What to group by; under ROLLUP nothing that can be null, which would look like a total."""
    found: list[Expr] = []
    codes = [s for s in part.codes if not (rollup and s.nullable)]
    for _ in range(draw.pick((1, 1, 2, 3, 0))):
        if codes and draw.chance(80):
            found.append(draw.pick(codes).col)
        elif part.measures and not rollup and draw.chance(15):
            found.append(draw.pick(part.measures).col)
        elif part.codes or part.measures:
            found.append(recode(draw, part))
    return tuple(dict.fromkeys(found))


def recode(draw: Draw, part: Part) -> Expr:
    if part.measures and draw.chance(50):
        seen = draw.pick(part.measures)
        cut = Compare(">=", seen.col, Lit(draw.pick(seen.field.cuts or (50,))))
        return Case(((cut, Lit("high")),), Lit("low or none"))
    return Case(((condition(draw, part), Lit("yes")),), Lit("no"))


def aggregate(draw: Draw, part: Part) -> Agg:
    where = condition(draw, part) if draw.chance(25) else None
    if draw.chance(15):
        return spread(draw, part, where)
    numbers = [s for s in part.measures if s.field.type in ("SMALLINT", "DOUBLE")]
    if numbers and draw.chance(12):
        return quantile(draw, part, draw.pick(numbers).col, where)
    match draw.pick(("rows", "people", "sum", "avg", "values", "if")):
        case "people":
            return Agg("count", draw.pick(part.keys).col, distinct=True, where=where)
        case "sum" | "avg" as name:
            return Agg(name, amount(draw, part), where=where)
        case "values":
            columns = [s for s in part.seen if s.field.kind != "key"] or list(part.keys)
            return Agg("count", draw.pick(columns).col, where=where)
        case "if":
            return Agg("count_if", condition(draw, part), where=where)
        case _:
            return Agg("count", where=where)


def of_values(draw: Draw, part: Part) -> Agg:
    """An aggregate that picks or counts the values of a code, or tells whether a condition is ever met."""
    where = condition(draw, part) if draw.chance(20) else None
    match draw.pick(("min", "max", "distinct", "any")):
        case "distinct":
            return Agg("count", draw.pick(part.codes).col, distinct=True, where=where)
        case "any":
            return Agg("bool_or", condition(draw, part), where=where)
        case name:
            return Agg(name, draw.pick(part.codes).col, where=where)


def spread(draw: Draw, part: Part, where: Expr | None) -> Agg:
    """A statistic of spread, or of pairs."""
    name = draw.pick((*SPREADS, "regr_count", "regr_avgx", "regr_avgy"))
    second = amount(draw, part) if name.startswith("regr") else None
    return Agg(name, amount(draw, part), where=where, second=second)


def quantile(draw: Draw, part: Part, of: Expr, where: Expr | None) -> Agg:
    """A point of a quantile; of decimals DuckDB rounds in a way of its own."""
    if draw.chance(30):
        of = Case(((condition(draw, part), of),))
    return Agg("quantile_cont", of, where=where, point=draw.pick(("0.5", "0.25", "0.3", "0.9")))
