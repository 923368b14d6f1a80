"""The columns of one asked number: its value, its contributors, its paths and classes."""

from sqlglot import exp

from enclave.disclosure.asked import ClassCounts, Measure, PathCounts, Statistic
from enclave.query.classed_sql import classes_of
from enclave.query.concentration_sql import by_cluster, by_unit, rows_per_unit
from enclave.query.conditions import Selector
from enclave.query.extremes_sql import added, extremes
from enclave.query.few_values_sql import FUNCTIONS, bits_of, more_than
from enclave.query.leaf_frame import UNIT, UNITS, Certificate
from enclave.query.leaf_words import (
    both,
    cast,
    copied,
    count_rows,
    count_where,
    filtered,
    if_else,
    is_there,
    number_literal,
    true_or_false,
)
from enclave.query.number_columns import NumberColumns
from enclave.query.perturbable import indicated_by, worth_of
from enclave.query.quantile_sql import asked_quantile, ranks
from enclave.query.relations import Scalar
from enclave.query.rendering import From, aliased, grouped, identifier, named
from enclave.query.spread_sql import PARAMETERS, asked_spread, leverage
from enclave.terms import Zeros

NEVER_ENOUGH = 1 << 31


def compile_number(columns: NumberColumns) -> None:
    """Add the columns of one number to the frame of its leaf, and the contract of them."""
    columns.add_to_base()
    frame, number = columns.frame, columns.number
    contributors = _contributors(columns)
    if number.statistic is Statistic.UNITS:
        frame.same_as(number.id, contributors)
    else:
        asked = _asked(columns)
        if asked is not None:
            frame.rows[number.id] = asked
            _as_sum(columns)
    units, clusters = by_unit(columns), by_cluster(columns)
    frame.measures.append(
        Measure(
            column=number.id,
            statistic=number.statistic,
            contributors=contributors,
            zeros=number.zeros,
            by_unit=next(iter(units), None),
            by_cluster=next(iter(clusters), None),
            parts_by_unit=tuple(units[1:]),
            parts_by_cluster=tuple(clusters[1:]),
            paths=tuple(_path(columns, place) for place in range(len(number.paths))),
            classes=tuple(_classes(columns, contributors)),
            extremes=tuple(extremes(columns)),
            added=added(columns, contributors),
            leverage=tuple(leverage(columns)),
            parameters=PARAMETERS.get(number.statistic, 0),
            ranks=ranks(columns),
            indicates=indicated_by(number, columns.frame.renderer.protected.bases),
            worth=worth_of(number, columns.frame.renderer.protected.bases),
        )
    )


def _asked(columns: NumberColumns) -> Scalar | None:
    match columns.number.statistic:
        case Statistic.ROWS:
            return _asked_rows(columns)
        case Statistic.VALUES:
            asked = exp.Count(this=columns.value)
            return asked if columns.number.second is None else cast(asked, "UINTEGER")  # as regr_count is
        case Statistic.UNITS:
            raise AssertionError("units are counted as contributors are")
        case Statistic.SUM:
            return exp.Sum(this=columns.value)
        case Statistic.MEAN:
            return exp.Avg(this=columns.value)
        case Statistic.VARIANCE | Statistic.COVARIANCE | Statistic.SKEWNESS | Statistic.KURTOSIS:
            return asked_spread(columns)
        case Statistic.QUANTILE:
            return asked_quantile(columns)


def _asked_rows(columns: NumberColumns) -> Scalar:
    number, frame = columns.number, columns.frame
    if number.counted is None:
        return count_rows() if columns.filter is None else count_where(columns.filter)
    condition, let_through = number.counted
    asked = exp.CountIf(this=named(columns.add(frame.renderer.scalar(condition), "y")))
    if let_through is None:
        return asked
    return filtered(asked, named(columns.add(true_or_false(frame.renderer.scalar(let_through)), "z")))


def _contributors(columns: NumberColumns) -> str:
    if columns.number.argument is None and columns.filter is None:
        return UNITS
    if _counts_rows(columns):
        return columns.among_units("n", exp.Count(this=named(rows_per_unit(columns))))
    return columns.frame.counted(columns.name("n"), columns.counts)


def _counts_rows(columns: NumberColumns) -> bool:
    """Whether the rows that count are counted unit by unit."""
    return not columns.frame.proven and columns.number.statistic in (Statistic.ROWS, Statistic.VALUES)


def _as_sum(columns: NumberColumns) -> None:
    """A count of rows is the sum of what each unit has: where nothing else is asked of the rows, nobody looks twice."""
    number, frame = columns.number, columns.frame
    if not _counts_rows(columns) or number.counted is not None or number.second is not None:
        return
    total: Scalar = exp.Sum(this=named(rows_per_unit(columns)))
    if columns.counts != exp.true():
        total = exp.Coalesce(this=total, expressions=[number_literal(0)])
    frame.summed[number.id] = cast(total, "BIGINT")


def _path(columns: NumberColumns, place: int) -> PathCounts:
    number, frame = columns.number, columns.frame
    path = number.paths[place]
    whole = number.condition is not None and path.condition == number.condition
    if whole:
        name = columns.column("d")
    else:
        name = columns.add(true_or_false(frame.renderer.scalar(path.condition)), "p", place)
    domain = None if whole else columns.filter
    true = frame.counted(columns.name("t", place), both(copied(domain), named(name)))
    untrue = frame.counted(columns.name("f", place), both(copied(domain), exp.Not(this=named(name))))
    units = UNITS if domain is None else frame.counted(columns.name("e", place), domain.copy())
    return PathCounts(units, true, untrue, path.zeros)


def _classes(columns: NumberColumns, contributors: str) -> list[ClassCounts]:
    found = [_class(columns, place, contributors) for place in range(len(columns.number.selectors))]
    found += classes_of(columns, contributors)
    if columns.frame.leaf.people.copied and columns.number.statistic is not Statistic.UNITS:
        found.append(_copies(columns))
    return found


def _class(columns: NumberColumns, place: int, contributors: str) -> ClassCounts:
    frame, selector = columns.frame, columns.number.selectors[place]
    part = columns.add(frame.renderer.scalar(selector.value), "g", place)
    never = selector.never and frame.rules.min_units > 1  # else nobody is too few
    of = ("class", part, columns.counts.sql(), f"{selector.few} {never}")
    names = columns.name("least", place), columns.name("classes", place)
    smallest, classes = frame.shared.setdefault(of, names)
    found = ClassCounts(smallest, classes, selector.zeros, _all_codes(columns, selector))
    if (smallest, classes) != names:
        return found
    least: Scalar = exp.Min(this=named("n"))
    if selector.few:
        many = exp.GT(this=count_rows(), expression=number_literal(selector.few))
        least = if_else(many, exp.Sum(this=named("n")), number_literal(0) if never else least)
    made: dict[str, Scalar] = {smallest: least, classes: count_rows()}
    certificate = None
    if selector.few and frame.leaf.sets is None:
        bits = columns.name("bits", place)
        frame.rows[bits] = bits_of((part,), both(frame.counts_somebody(), columns.counts))
        frame.renderer.values.extend(FUNCTIONS)
        instead = {smallest: named(contributors), classes: named(bits)}
        certificate = Certificate(more_than(selector.few, bits), instead)
    frame.by_part(
        columns.name("class", place), part, columns.counts, made, frame.distinct_units(), certificate
    )
    return found


def _all_codes(columns: NumberColumns, selector: Selector) -> int:
    """How many codes the field has. Without a list nobody knows, and no number of them is enough."""
    frame, field = columns.frame, selector.listed
    if field is None or frame.rules.min_units <= 1:
        return 0
    if field.type == "BOOLEAN":
        return 2
    code_set = frame.renderer.protected.authorised.resolved.catalogue.code_sets.get(field.code_set or "")
    return NEVER_ENOUGH if code_set is None else len(set(code_set.values))


def _copies(columns: NumberColumns) -> ClassCounts:
    """Rows per unit after a join that copies: ×1, ×100, ×10,000 spell a histogram in count(*).

    Limit: it is the rows of a unit that are counted, not how often each single row was copied. By what value rows found
    their copies is judged beside it (`People.copies`): where that is a range, on the side that is met alone.
    """
    frame = columns.frame
    smallest, classes = columns.name("least_copies"), columns.name("kinds_of_copies")
    per_unit = From(exp.Table(this=identifier("base")), where=[both(is_there(UNIT), columns.counts)]).select(
        [*map(named, frame.keys), *frame.set_number(), aliased(count_rows(), "copies")]
    )
    per_unit.set("group", frame.group((UNIT,)))
    subselect = exp.Subquery(this=per_unit, alias=exp.TableAlias(this=identifier(columns.name("copied"))))
    inner = From(subselect).select([*map(named, frame.cell), aliased(count_rows(), "n")])
    inner.set("group", grouped([named(id) for id in (*frame.cell, "copies")], None))
    made: dict[str, Scalar] = {smallest: exp.Min(this=named("n")), classes: count_rows()}
    frame.over_parts(columns.name("copies"), inner, made)
    return ClassCounts(smallest, classes, Zeros.SHOWN)
