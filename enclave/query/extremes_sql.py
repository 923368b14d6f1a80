"""Two-valued arguments, and two amounts that units add to a count: mean and count would give the smaller side."""

from sqlglot import exp

from enclave.disclosure.asked import Added, Extremes, Statistic
from enclave.query.concentration_sql import rows_per_unit
from enclave.query.leaf_words import call, count_rows, minus, number_literal, times
from enclave.query.number_columns import NumberColumns
from enclave.query.relations import Scalar
from enclave.query.rendering import named
from enclave.terms import Zeros


def extremes(columns: NumberColumns) -> list[Extremes]:
    found = []
    if columns.number.clipped is not None:
        found.append(values_extremes(columns, columns.column("x"), columns.number.clipped))
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


def added(columns: NumberColumns, contributors: str) -> Added | None:
    """What each unit adds to a count, where it may add more than one."""
    if columns.frame.proven or not _is_a_count(columns):
        return None
    rows = named(rows_per_unit(columns))
    if columns.is_sum:  # of a constant, which may be 0
        contributors = columns.among_units("add", exp.Count(this=rows.copy()))
    return Added(
        units=contributors,
        least=columns.among_units("least", exp.Min(this=rows.copy())),
        greatest=columns.among_units("greatest", exp.Max(this=rows.copy())),
        total=columns.among_units("sum", exp.Sum(this=rows.copy())),
        squares=columns.among_units("squares", exp.Sum(this=times(rows, rows))),
    )
