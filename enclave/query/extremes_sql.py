"""Two-valued arguments, and two numbers of rows per unit: mean and count would give the smaller side."""

from sqlglot import exp

from enclave.disclosure.asked import Extremes, Statistic
from enclave.query.concentration_sql import rows_per_unit
from enclave.query.leaf_words import (
    call,
    cast,
    count_rows,
    if_else,
    minus,
    number_literal,
    paren,
    times,
)
from enclave.query.number_columns import NumberColumns
from enclave.query.relations import Scalar
from enclave.query.rendering import named
from enclave.terms import Zeros


def extremes(columns: NumberColumns) -> list[Extremes]:
    found = []
    if columns.number.clipped is not None:
        found.append(values_extremes(columns, columns.name("x"), columns.number.clipped))
    if not columns.frame.proven and _is_a_count(columns):
        found.append(_rows_extremes(columns))
    return found


def _is_a_count(columns: NumberColumns) -> bool:
    """count(*), count(x), and a sum of constants, which is a count in other words."""
    statistic = columns.number.statistic
    return statistic in (Statistic.ROWS, Statistic.VALUES) or (
        statistic is Statistic.SUM and columns.number.fixed_size
    )


def values_extremes(columns: NumberColumns, part: str, zeros: Zeros, tag: str = "") -> Extremes:
    """Units at the least and the greatest value of a base column, over the rows that count."""
    low, high, between, differ = (columns.name(tag + name) for name in ("low", "high", "between", "differ"))
    made: dict[str, Scalar] = {
        low: call("arg_min", named("n"), named(part)),
        high: call("arg_max", named("n"), named(part)),
        between: exp.Greatest(
            this=exp.Sub(this=count_rows(), expression=number_literal(2)), expressions=[number_literal(0)]
        ),
        differ: exp.GT(this=count_rows(), expression=number_literal(1)),
    }
    frame = columns.frame
    frame.by_part(columns.name(tag + "values"), part, columns.counts, made, frame.distinct_units())
    return Extremes(low, high, between, differ, zeros)


def _rows_extremes(columns: NumberColumns) -> Extremes:
    """Two-valued exactly when the sum over units of (r - low)(r - high) is 0; whole numbers, so exact."""
    rows = named(rows_per_unit(columns))
    low, high = exp.Min(this=rows.copy()), exp.Max(this=rows.copy())
    total, units = exp.Sum(this=rows.copy()), exp.Count(this=rows.copy())
    below, above, between, differ = (columns.name(name) for name in ("rlow", "rhigh", "rbetween", "rdiffer"))
    excess = minus(total, times(units, low))
    at_high = cast(exp.IntDiv(this=paren(excess), expression=paren(minus(high, low))), "BIGINT")
    same = exp.EQ(this=low.copy(), expression=high.copy())
    squares = exp.Sum(this=times(rows.copy(), rows.copy()))
    spread = exp.Add(
        this=paren(minus(squares, times(paren(exp.Add(this=low.copy(), expression=high.copy())), total))),
        expression=times(times(units, low), high),
    )
    into = columns.frame.units
    nobody = exp.EQ(this=units.copy(), expression=number_literal(0))
    none_between = exp.And(
        this=exp.EQ(this=spread, expression=number_literal(0)), expression=exp.Not(this=nobody)
    )
    into[below] = if_else(same, units, minus(units, at_high))
    into[above] = if_else(same, units, at_high)
    into[between] = if_else(none_between, number_literal(0), number_literal(1))
    into[differ] = exp.NEQ(this=low.copy(), expression=high.copy())
    for name, nothing in ((below, number_literal(0)), (above, number_literal(0)), (differ, exp.true())):
        into[name] = exp.Coalesce(
            this=into[name], expressions=[nothing]
        )  # everybody adds 0: there are no two values
    return Extremes(below, above, between, differ, Zeros.SHOWN)
