"""How much of a number the largest units and clusters hold: total, greatest and second greatest of |x|."""

from dataclasses import replace

from sqlglot import exp

from enclave.disclosure.asked import Concentration, Statistic
from enclave.query.leaf_frame import CLUSTER
from enclave.query.leaf_words import call, cast, count_rows, count_where, number_literal
from enclave.query.number_columns import NumberColumns
from enclave.query.relations import Scalar
from enclave.query.rendering import named


def by_unit(columns: NumberColumns) -> list[Concentration]:
    if _weighs(columns):
        return [_by_unit_of(columns, place, size) for place, size in enumerate(_sizes(columns))]
    statistic = columns.number.statistic
    if columns.frame.proven or statistic not in (Statistic.ROWS, Statistic.VALUES):
        return []
    return [_top(columns, 0, columns.frame.units, named(rows_per_unit(columns)))]


def by_cluster(columns: NumberColumns) -> list[Concentration]:
    if not (columns.frame.judges_clusters and columns.is_sum and not columns.number.fixed_size):
        return []
    return [_by_cluster_of(columns, place, size) for place, size in enumerate(_sizes(columns))]


def rows_per_unit(columns: NumberColumns) -> str:
    """The rows of a unit that count, null for none."""
    if columns.counts == exp.true() and not columns.is_sum:
        rows = count_rows()  # of a unit that is there: never 0
    else:
        counted = exp.Sum(this=_size(columns)) if columns.is_sum else count_where(columns.counts)
        rows = exp.Nullif(this=counted, expression=number_literal(0))
    return columns.frame.once(columns.frame.per_unit, columns.name("r"), rows)


def parts(columns: NumberColumns) -> list[str]:
    """The products that the argument is the sum of, as columns of the base."""
    names = []
    for place, part in enumerate(columns.number.weighed):
        names.append(columns.add(columns.frame.renderer.scalar(part), "v", place))
    return names


def _weighs(columns: NumberColumns) -> bool:
    return columns.is_sum and not (columns.number.fixed_size and columns.frame.proven)


def _size(columns: NumberColumns) -> Scalar:
    return exp.Abs(this=cast(columns.value, "DOUBLE"))


def _sizes(columns: NumberColumns) -> list[Scalar]:
    """The sizes of what a row adds: of the argument, or of each product that it is the sum of."""
    if not columns.number.weighed:
        return [_size(columns)]
    return [_part_size(columns, name) for name in parts(columns)]


def _part_size(columns: NumberColumns, name: str) -> Scalar:
    """0 where the product has no value and the argument has one: another branch was taken."""
    size = exp.Abs(this=cast(named(name), "DOUBLE"))
    there = exp.Coalesce(this=size, expressions=[number_literal(0)])
    return exp.Case(ifs=[exp.If(this=columns.counts, true=there)])


def _by_unit_of(columns: NumberColumns, place: int, size: Scalar) -> Concentration:
    into = columns.frame.rows
    if not columns.frame.proven:
        name = columns.frame.once(columns.frame.per_unit, columns.name("w", place), exp.Sum(this=size))
        into, size = columns.frame.units, named(name)
    found = _top(columns, place, into, size)
    adds = count_where(exp.GT(this=size.copy(), expression=number_literal(0)))
    return replace(found, adders=columns.frame.once(into, columns.name("adders", place), adds))


def _top(columns: NumberColumns, place: int, into: dict[str, Scalar], size: Scalar) -> Concentration:
    """Sum, greatest and second greatest of a size."""
    largest = call("max", size.copy(), number_literal(2))
    of_rows = columns.frame.proven and into is columns.frame.rows
    greatest = (
        call("list_extract", largest.copy(), number_literal(1)) if of_rows else exp.Max(this=size.copy())
    )
    made: dict[str, Scalar] = {
        "total": exp.Sum(this=size.copy()),
        "first": greatest,  # of rows it is taken from the same list, of units other rules ask for it by itself
        "second": call("list_extract", largest, number_literal(2)),
    }
    return Concentration(
        *(columns.frame.once(into, columns.name(name, place), scalar) for name, scalar in made.items())
    )


def _by_cluster_of(columns: NumberColumns, place: int, size: Scalar) -> Concentration:
    made: dict[str, Scalar] = {}
    found = _top(columns, place, made, named("n"))
    names = {name: f"c{name}" for name in made}
    made = {names[name]: scalar for name, scalar in made.items()}
    name = columns.name("clusters", place)
    columns.frame.by_part(name, CLUSTER, columns.counts, made, exp.Sum(this=size))
    return Concentration(names[found.total], names[found.first], names[found.second])
