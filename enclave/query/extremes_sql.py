"""Two-valued arguments, and two numbers of rows per unit: mean and count would give the smaller side."""

from sqlglot import exp

from enclave.disclosure.asked import Extremes, Statistic
from enclave.query.concentration_sql import rows_per_unit
from enclave.query.leaf_frame import BESIDE
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
        found.append(values_extremes(columns, columns.column("x"), columns.number.clipped))
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
        between: call("greatest", minus(count_rows(), number_literal(2)), number_literal(0)),
        differ: exp.GT(this=count_rows(), expression=number_literal(1)),
    }
    frame = columns.frame
    frame.by_part(columns.name(tag + "values"), part, columns.counts, made, frame.distinct_units())
    return Extremes(low, high, between, differ, zeros)


def _rows_extremes(columns: NumberColumns) -> Extremes:
    """Two-valued exactly when the sum over units of (r - low)(r - high) is 0; whole numbers, so exact."""
    part, frame = rows_per_unit(columns), columns.frame
    if part in frame.two_numbers:
        return frame.two_numbers[part]
    rows = named(part)
    aggregates: dict[str, Scalar] = {
        "low": exp.Min(this=rows.copy()),
        "high": exp.Max(this=rows.copy()),
        "total": exp.Sum(this=rows.copy()),
        "units": exp.Count(this=rows.copy()),
        "squares": exp.Sum(this=times(rows.copy(), rows.copy())),
    }
    names = {
        name: _among_units(columns, f"{BESIDE}{part}_{name}", scalar) for name, scalar in aggregates.items()
    }
    below, above, between, differ = (columns.name(name) for name in ("rlow", "rhigh", "rbetween", "rdiffer"))
    found = Extremes(below, above, between, differ, Zeros.SHOWN)
    frame.over_units |= _two_numbers(found, {name: named(id) for name, id in names.items()})
    frame.two_numbers[part] = found
    return found


def _among_units(columns: NumberColumns, name: str, scalar: Scalar) -> str:
    """The name of an aggregate over units: that of one which is there already, or this."""
    units = columns.frame.units
    same = next((id for id, other in units.items() if other == scalar), None)
    if same is None:
        units[name] = scalar
    return same or name


def _two_numbers(found: Extremes, over: dict[str, exp.Column]) -> dict[str, Scalar]:
    """Who is at the least and who at the greatest number, from aggregates over units.

    Where everybody adds 0 there are no units here and no numbers: `between_rows` is 1 then.
    """
    low, high, total, units = over["low"], over["high"], over["total"], over["units"]
    excess = minus(total, times(units, low))
    at_high = cast(exp.IntDiv(this=paren(excess), expression=paren(minus(high, low))), "BIGINT")
    two = exp.LT(this=low.copy(), expression=high.copy())
    spread = exp.Add(
        this=paren(
            minus(over["squares"], times(paren(exp.Add(this=low.copy(), expression=high.copy())), total))
        ),
        expression=times(times(units, low), high),
    )
    none_between = exp.EQ(this=spread, expression=number_literal(0))
    differ = exp.NEQ(this=low.copy(), expression=high.copy())
    return {
        found.low_units: if_else(two, minus(units, at_high), units),
        found.high_units: if_else(two, at_high, units),
        found.between_rows: if_else(none_between, number_literal(0), number_literal(1)),
        found.differ: exp.Coalesce(this=differ, expressions=[exp.true()]),
    }
