"""Whole questions: a leaf, and what ordinary SQL makes of it afterwards."""

from dataclasses import replace

from hypothesis import strategies as st

from tests.oracle.schema import PEOPLE
from tests.oracle.sql import Maker
from tests.oracle.tree import (
    Agg,
    Arith,
    Col,
    Compare,
    Derived,
    Expr,
    IsNull,
    Joined,
    Lit,
    Named,
    NullIf,
    Query,
    Scalar,
    Source,
    Window,
    aggregates,
)


@st.composite
def leaves(draw: st.DrawFn) -> Query:
    """A question that is one leaf: keys and aggregates, nothing above."""
    maker = Maker(draw)
    return replace(maker.leaf(), ctes=tuple(maker.ctes))


@st.composite
def questions(draw: st.DrawFn) -> Query:
    """A question with HAVING, ratios, windows, ORDER BY, LIMIT, or a SELECT around it."""
    maker = Maker(draw)
    query = maker.leaf()
    if query.distinct:
        return replace(query, ctes=tuple(maker.ctes))
    match maker.pick(("plain", "finished", "finished", "around", "joined")):
        case "finished":
            query = _finished(maker, query)
        case "around":
            query = _around(maker, query)
        case "joined":
            query = _joined(maker, query)
    return replace(query, ctes=tuple(maker.ctes))


def _numbers(query: Query) -> list[Agg]:
    return [agg for item, _ in query.items for agg in aggregates(item)]


def _finished(maker: Maker, query: Query) -> Query:
    """The rest of the SELECT itself."""
    agg = maker.pick(_numbers(query))
    added: list[tuple[Expr, str]] = []
    if maker.chance(40):
        added.append((Arith("/", agg, NullIf(maker.pick(_numbers(query)), Lit(0))), maker.name("r")))
    if maker.chance(30):
        added.append((_window(maker, query, agg), maker.name("w")))
    if maker.chance(20):
        whole = Query(((Agg("count"), maker.name("x")),), maker.table(maker.pick(PEOPLE)).source)
        added.append((Arith("/", agg, NullIf(Scalar(whole), Lit(0))), maker.name("r")))
    query = replace(query, items=(*query.items, *added))
    if maker.chance(30):
        having = Compare(maker.pick((">=", "<")), agg, Lit(maker.pick((1, 5, 20))))
        query = replace(query, having=IsNull(agg, negated=True) if maker.chance(20) else having)
    return _sorted(maker, query) if maker.chance(40) else query


def _window(maker: Maker, query: Query, agg: Agg) -> Expr:
    partition = query.keys[:1] if maker.chance(50) and not query.rollup else ()
    match maker.pick(("share", "mean", "rank", "before")):
        case "mean":
            return Window("avg", agg, partition)
        case "rank":
            return Window("rank", None, partition, ((Agg("count"), True),))
        case "before" if query.keys and not query.rollup:
            return Window("lag", agg, (), tuple((key, False) for key in query.keys))
        case _:
            return Arith("/", agg, NullIf(Window("sum", agg, partition), Lit(0)))


def _sorted(maker: Maker, query: Query) -> Query:
    """Ordered by every key, so that a LIMIT can choose one way only. Totals of a ROLLUP would tie."""
    names = tuple(Col("", name) for item, name in query.items if item in query.keys)
    order = tuple((name, maker.chance(50)) for name in names)
    limit = maker.pick((1, 3)) if names and maker.chance(50) else None
    return replace(query, order=order, limit=limit)


def _around(maker: Maker, query: Query) -> Query:
    """A SELECT over the safe table, plain or with an aggregate of its own."""
    source, alias = _as_source(maker, query)
    keys = [Col(alias, name) for item, name in query.items if item in query.keys]
    numbers = [Col(alias, name) for item, name in query.items if item not in query.keys]
    number = maker.pick(numbers)
    where = (
        Compare(maker.pick((">", "<=")), number, Lit(maker.pick((0, 5, 10)))) if maker.chance(40) else None
    )
    if maker.chance(50):
        items: list[tuple[Expr, str]] = [(col, maker.name("k")) for col in keys]
        items.append((Arith("*", number, Lit(100)), maker.name("n")))
        return Query(tuple(items), source, where=where)
    by = tuple(keys[:1]) if maker.chance(60) else ()
    items = [(col, maker.name("k")) for col in by]
    items += [
        (Agg(maker.pick(("sum", "count", "avg")), number), maker.name("n")),
        (Agg("count"), maker.name("n")),
    ]
    return Query(tuple(items), source, where=where, keys=by)


def _as_source(maker: Maker, query: Query) -> tuple[Source, str]:
    alias = maker.name("s")
    if maker.chance(50):
        return Derived(query, alias), alias
    name = maker.name("c")
    maker.ctes.append((name, query))
    return Named(name, alias), alias


def _joined(maker: Maker, query: Query) -> Query:
    """Two safe tables side by side: the leaf, and the totals by its first key."""
    if not query.keys or query.rollup:
        return _around(maker, query)
    key, key_name = query.items[0]
    totals = replace(query, items=((key, key_name), (Agg("count"), maker.name("n"))), keys=(key,))
    left, one = _as_source(maker, query)
    right, other = _as_source(maker, totals)
    number = Col(one, query.items[-1][1])
    share = Arith("/", number, NullIf(Col(other, totals.items[1][1]), Lit(0)))
    items: list[tuple[Expr, str]] = [(Col(one, name), maker.name("k")) for _, name in query.items]
    kind = maker.pick(("inner", "left"))
    return Query((*items, (share, maker.name("r"))), Joined(kind, left, right, using=(key_name,)))
