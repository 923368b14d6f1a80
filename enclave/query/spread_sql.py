"""Statistics of spread: variance, covariance, skewness, kurtosis, and how much of the spread one unit holds.

Source: the sum of (x - mean)² over a cell is what every one of them divides by or is made of. A unit that holds more
than half of it draws a regression line through itself, and is nearly its own variance. Where a unit has one row, the
largest share is that of the least or of the greatest value; else rows are summed by unit around the mean of the cell.
"""

from sqlglot import exp

from enclave.disclosure.asked import Leverage, Statistic
from enclave.query.concentration_sql import parts
from enclave.query.data_types import data_type
from enclave.query.leaf_frame import UNIT
from enclave.query.leaf_words import (
    call,
    count_where,
    if_else,
    minus,
    number_literal,
    only_if,
    plus,
    squared,
    times,
)
from enclave.query.number_columns import NumberColumns
from enclave.query.relations import Scalar, all_of
from enclave.query.rendering import From, aliased, identifier, named, table_named

PARAMETERS = {
    Statistic.VARIANCE: 1,
    Statistic.COVARIANCE: 2,
    Statistic.SKEWNESS: 2,
    Statistic.KURTOSIS: 3,
}
"""What is estimated on the way: the mean, the two of a line, the moments below."""

_LARGEST = "1e60"
"""Beyond it skewness and kurtosis overflow, and DuckDB raises: whether it does would tell something."""


def asked_spread(columns: NumberColumns) -> Scalar:
    function = columns.number.function
    match columns.number.statistic:
        case Statistic.COVARIANCE:
            return call(function, columns.value, columns.second)
        case Statistic.VARIANCE if columns.number.second is not None:
            return call(function, columns.value, columns.value)
        case Statistic.SKEWNESS | Statistic.KURTOSIS:
            return _within_bounds(columns, function)
        case _:
            return call(function, columns.value)


def _within_bounds(columns: NumberColumns, function: str) -> Scalar:
    """Not a number where some value is too large: DuckDB would raise."""
    small = exp.LT(this=exp.Abs(this=columns.value), expression=exp.Literal.number(_LARGEST))
    too_large = count_where(exp.Not(this=small.copy()))
    nothing = exp.Cast(this=exp.Literal.string("nan"), to=data_type("DOUBLE"))
    none = exp.EQ(this=too_large, expression=number_literal(0))
    return if_else(none, call(function, only_if(small, columns.value)), nothing)


def leverage(columns: NumberColumns) -> list[Leverage]:
    """The leverage of each argument of a statistic of spread, and of each product that an argument is the sum of."""
    if columns.number.statistic not in PARAMETERS:
        return []
    judged = [columns.column("x")]
    if columns.number.statistic is Statistic.COVARIANCE:
        judged.append(columns.column("w"))
    judged += [_part(columns, place, name) for place, name in enumerate(parts(columns))]
    measure = _of_rows if columns.frame.proven else _of_units
    return [measure(columns, place, name) for place, name in enumerate(judged)]


def _part(columns: NumberColumns, place: int, name: str) -> str:
    """A product on the rows that count: 0 where another branch was taken."""
    value = columns.frame.base[name]
    there = exp.Coalesce(this=value.copy(), expressions=[number_literal(0)])
    return columns.add(exp.Cast(this=there, to=data_type("DOUBLE")), "b", place)


def _of_rows(columns: NumberColumns, place: int, name: str) -> Leverage:
    """One row per unit: the farthest value from the mean is the least or the greatest."""
    total, first = columns.name("spread", place), columns.name("farthest", place)
    arguments = (columns.column("x"), columns.column("w"))  # null themselves where a row does not count
    value = named(name) if name in arguments else only_if(columns.counts, named(name))
    mean = exp.Avg(this=value.copy())
    above = minus(exp.Max(this=value.copy()), mean)
    below = minus(mean, exp.Min(this=value.copy()))
    spread = times(call("var_pop", value), exp.Count(this=value.copy()))
    farthest = call("greatest", squared(above), squared(below))
    frame = columns.frame
    return Leverage(frame.once(frame.rows, total, spread), frame.once(frame.rows, first, farthest))


def _of_units(columns: NumberColumns, place: int, name: str) -> Leverage:
    """Several rows per unit: around the mean of the cell, the sum of a unit is n·var + n·(its mean - mean)²."""
    frame = columns.frame
    names = columns.name("spread", place), columns.name("farthest", place)
    total, first = frame.shared.setdefault(("leverage", name, columns.counts.sql()), names)
    if (total, first) != names:
        return Leverage(total, first)
    value = named(name)
    per_unit = From(table_named("base"), where=[columns.counts]).select(
        [
            *map(named, frame.keys),
            *frame.set_number(),
            aliased(exp.Count(this=value.copy()), "n"),
            aliased(exp.Avg(this=value.copy()), "a"),
            aliased(call("var_pop", value), "v"),
        ]
    )
    per_unit.set("group", frame.group((UNIT,)))
    means = From(table_named("base"), where=[columns.counts]).select(
        [
            *(aliased(named(id), f"m_{id}") for id in frame.keys),
            *(aliased(part.this, f"m_{part.alias}") for part in frame.set_number()),
            aliased(exp.Avg(this=value.copy()), "m"),
        ]
    )
    means.set("group", frame.group())
    with_mean = _inside(per_unit, columns.name("own", place))
    same = [exp.NullSafeEQ(this=named(id), expression=named(f"m_{id}")) for id in frame.cell]
    item = exp.Subquery(this=means, alias=exp.TableAlias(this=identifier(columns.name("means", place))))
    with_mean.joins.append(exp.Join(this=item, on=_joined(all_of(same))))
    off_centre = times(named("n"), squared(minus(named("a"), named("m"))))
    held = plus(times(named("n"), named("v")), off_centre)
    made = with_mean.select([*map(named, frame.cell), aliased(held, "n")])
    frame.over_parts(
        columns.name("leverage", place),
        made,
        {total: exp.Sum(this=named("n")), first: exp.Max(this=named("n"))},
    )
    return Leverage(total, first)


def _joined(same: Scalar | None) -> Scalar:
    return exp.true() if same is None else same


def _inside(select: exp.Select, name: str) -> From:
    return From(exp.Subquery(this=select, alias=exp.TableAlias(this=identifier(name))))
