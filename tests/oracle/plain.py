"""The plainest questions: one table, grouped by a field or two, counted, summed and averaged."""

from hypothesis import strategies as st

from tests.oracle.parts import Draw
from tests.oracle.sources import one_table
from tests.oracle.tree import Agg, Expr, Query


@st.composite
def plain_questions(draw: st.DrawFn) -> Query:
    """Every number here is either allowed by the rules or forbidden: nothing is left open."""
    made = Draw.by(draw)
    part = one_table(made)
    keys = tuple(dict.fromkeys(made.pick(part.codes).col for _ in range(made.pick((1, 2)))))
    measure = made.pick(part.measures).col
    numbers = (
        Agg("count"),
        Agg("count", part.keys[0].col, distinct=True),
        Agg("sum", measure),
        Agg("avg", measure),
    )
    asked = dict.fromkeys(made.pick(numbers) for _ in range(made.pick((1, 2, 3))))
    items: list[tuple[Expr, str]] = [(key, made.name("k")) for key in keys]
    items += [(agg, made.name("n")) for agg in asked]
    where = part.where[0] if part.where else None
    return Query(tuple(items), part.source, where=where, keys=keys)
