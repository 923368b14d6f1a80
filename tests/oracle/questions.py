"""Whole questions: a leaf, and what ordinary SQL makes of it afterwards."""

from dataclasses import replace

from hypothesis import strategies as st

from tests.oracle.parts import Draw, as_source, read
from tests.oracle.schema import PEOPLE
from tests.oracle.sql import leaf
from tests.oracle.tree import (
    Agg,
    Arith,
    Col,
    Compare,
    Expr,
    IsNull,
    Joined,
    Lit,
    NullIf,
    Query,
    Scalar,
    Window,
    aggregates,
)


@st.composite
def leaves(draw: st.DrawFn) -> Query:
    """A question that is one leaf: keys and aggregates, nothing above."""
    made = Draw.by(draw)
    return replace(leaf(made), ctes=tuple(made.ctes))


@st.composite
def questions(draw: st.DrawFn) -> Query:
    """A question with HAVING, ratios, windows, ORDER BY, LIMIT, or a SELECT around it."""
    return drawn(Draw.by(draw))


def drawn(made: Draw) -> Query:
    """A question of these draws."""
    query = leaf(made)
    if query.distinct:
        return replace(query, ctes=tuple(made.ctes))
    match made.pick(("plain", "finished", "finished", "around", "joined")):
        case "finished":
            query = _finished(made, query)
        case "around":
            query = _around(made, query)
        case "joined":
            query = _joined(made, query)
    return replace(query, ctes=tuple(made.ctes))


def _numbers(query: Query) -> list[Agg]:
    return [agg for item, _ in query.items for agg in aggregates(item)]


def _finished(draw: Draw, query: Query) -> Query:
    """The rest of the SELECT itself."""
    agg = draw.pick(_numbers(query))
    added: list[tuple[Expr, str]] = []
    if draw.chance(40):
        added.append((Arith("/", agg, NullIf(draw.pick(_numbers(query)), Lit(0))), draw.name("r")))
    if draw.chance(30):
        added.append((_window(draw, query, agg), draw.name("w")))
    if draw.chance(20):
        whole = Query(((Agg("count"), draw.name("x")),), read(draw, draw.pick(PEOPLE)).source)
        added.append((Arith("/", agg, NullIf(Scalar(whole), Lit(0))), draw.name("r")))
    query = replace(query, items=(*query.items, *added))
    if draw.chance(30):
        having = Compare(draw.pick((">=", "<")), agg, Lit(draw.pick((1, 5, 20))))
        query = replace(query, having=IsNull(agg, negated=True) if draw.chance(20) else having)
    return _sorted(draw, query) if draw.chance(40) else query


def _window(draw: Draw, query: Query, agg: Agg) -> Expr:
    partition = query.keys[:1] if draw.chance(50) and not query.rollup else ()
    match draw.pick(("share", "mean", "rank", "before")):
        case "mean":
            return Window("avg", agg, partition)
        case "rank":
            return Window("rank", None, partition, ((Agg("count"), True),))
        case "before" if query.keys and not query.rollup:
            return Window("lag", agg, (), tuple((key, False) for key in query.keys))
        case _:
            return Arith("/", agg, NullIf(Window("sum", agg, partition), Lit(0)))


def _sorted(draw: Draw, query: Query) -> Query:
    """Ordered by every key, so that a LIMIT can choose one way only. Totals of a ROLLUP would tie."""
    names = tuple(Col("", name) for item, name in query.items if item in query.keys)
    order = tuple((name, draw.chance(50)) for name in names)
    limit = draw.pick((1, 3)) if names and draw.chance(50) else None
    return replace(query, order=order, limit=limit)


def _codes(query: Query) -> frozenset[str]:
    """The numbers that are the least or the greatest code."""
    return frozenset(
        name for item, name in query.items if isinstance(item, Agg) and item.name in ("min", "max")
    )


def _around(draw: Draw, query: Query) -> Query:
    """A SELECT over the safe table, plain or with an aggregate of its own."""
    source, alias = as_source(draw, query)
    keys = [Col(alias, name) for item, name in query.items if item in query.keys]
    numbers = [Col(alias, name) for item, name in query.items if item not in query.keys]
    number = draw.pick(numbers)
    where = Compare(draw.pick((">", "<=")), number, Lit(draw.pick((0, 5, 10)))) if draw.chance(40) else None
    if draw.chance(50):
        items: list[tuple[Expr, str]] = [(col, draw.name("k")) for col in keys]
        times = Lit(
            10 if number.name in _codes(query) else 100
        )  # a SMALLINT that is written beside one stays one
        items.append((Arith("*", number, times), draw.name("n")))
        return Query(tuple(items), source, where=where)
    by = tuple(keys[:1]) if draw.chance(60) else ()
    items = [(col, draw.name("k")) for col in by]
    items += [
        (Agg(draw.pick(("sum", "count", "avg")), number), draw.name("n")),
        (Agg("count"), draw.name("n")),
    ]
    return Query(tuple(items), source, where=where, keys=by)


def _joined(draw: Draw, query: Query) -> Query:
    """Two safe tables side by side: the leaf, and the totals by its first key."""
    if not query.keys or query.rollup:
        return _around(draw, query)
    key, key_name = query.items[0]
    totals = replace(query, items=((key, key_name), (Agg("count"), draw.name("n"))), keys=(key,))
    left, one = as_source(draw, query)
    right, other = as_source(draw, totals)
    number = Col(one, query.items[-1][1])
    share = Arith("/", number, NullIf(Col(other, totals.items[1][1]), Lit(0)))
    items: list[tuple[Expr, str]] = [(Col(one, name), draw.name("k")) for _, name in query.items]
    kind = draw.pick(("inner", "left"))
    return Query((*items, (share, draw.name("r"))), Joined(kind, left, right, using=(key_name,)))
