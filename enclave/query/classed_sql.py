"""The columns of what a number adds up class by class: how many units the smallest class has that is judged.

A class that one unit dominates counts as one of nobody. A size that nobody in a class has is not judged there; where it
is 0 for everybody, the zeros decide.
"""

from collections.abc import Sequence

from sqlglot import exp

from enclave.disclosure.asked import ClassCounts, Rules
from enclave.query.classed import Combined, Shares
from enclave.query.few_values_sql import FUNCTIONS, bits_of, more_than
from enclave.query.inside import is_condition
from enclave.query.leaf_frame import UNIT, Certificate
from enclave.query.leaf_words import (
    both,
    call,
    cast,
    count_rows,
    count_where,
    if_else,
    minus,
    number_literal,
    only_if,
    plus,
    times,
    true_or_false,
)
from enclave.query.number_columns import NumberColumns
from enclave.query.relations import Scalar
from enclave.query.rendering import From, aliased, grouped, identifier, named, table_named
from enclave.terms import Zeros

_NOTHING_TO_JUDGE = 1 << 31
_NOISE = "0.000000001"
"""How far sums of floats may be off, relatively: what is nearer to the line of a rule than that is hidden."""


def classes_of(columns: NumberColumns, contributors: str) -> list[ClassCounts]:
    """Every class of a number that is judged by itself. With the rules off there is nothing to judge."""
    if columns.frame.rules.off:
        return []
    return [
        _shares(columns, place, one, contributors)
        if isinstance(one, Shares)
        else _combined(columns, place, one, contributors)
        for place, one in enumerate(columns.number.classed)
        if isinstance(one, Shares) or one.few or not columns.frame.proven
    ]


def _shares(columns: NumberColumns, place: int, shares: Shares, contributors: str) -> ClassCounts:
    frame, name = columns.frame, columns.name("by_class", place)
    smallest, classes = columns.name("share", place), columns.name("shares", place)
    parts = [
        columns.add(_class_value(columns, scalar), "k", place, which)
        for which, scalar in enumerate(shares.by)
    ]
    sizes = [
        columns.add(_size(columns, scalar), "q", place, which) for which, scalar in enumerate(shares.sizes)
    ]
    counts = both(frame.counts_somebody(), columns.counts)
    certificate = None
    if shares.few and frame.leaf.sets is None:
        certificate = _more_than(columns, shares.few, parts, (smallest, classes), contributors, place)
    joins = [] if certificate is None else [frame.undecided(name)]
    rows = From(table_named("base"), joins, [counts])
    judged = [
        aliased(_judged(named(size), columns.number.zeros, frame.rules), f"n_{which}")
        for which, size in enumerate(sizes)
    ]
    keys = [*map(named, frame.keys), *frame.set_number(), *map(named, parts)]
    if frame.proven:
        inner = rows.select([*keys, *judged])
        inner.set("group", frame.group(parts))
    else:
        each = rows.select([*keys, *(aliased(exp.Sum(this=named(size)), size) for size in sizes)])
        each.set("group", frame.group((*parts, UNIT)))
        inner = From(_named(each, columns.name("each", place))).select(
            [*map(named, (*frame.cell, *parts)), *judged]
        )
        inner.set("group", grouped([named(id) for id in (*frame.cell, *parts)], None))
    least: Scalar = call("least", *(exp.Min(this=named(f"n_{which}")) for which in range(len(sizes))))
    if shares.few:
        least = only_if(exp.LTE(this=count_rows(), expression=number_literal(shares.few)), least)
    made: dict[str, Scalar] = {
        smallest: exp.Coalesce(this=least, expressions=[number_literal(_NOTHING_TO_JUDGE)]),
        classes: count_rows(),
    }
    frame.over_parts(name, inner, made, certificate)
    return ClassCounts(smallest, classes, Zeros.SHOWN)


def _named(select: exp.Select, name: str) -> exp.Subquery:
    return exp.Subquery(this=select, alias=exp.TableAlias(this=identifier(name)))


def _class_value(columns: NumberColumns, scalar: Scalar) -> Scalar:
    value = columns.frame.renderer.scalar(scalar)
    return true_or_false(value) if is_condition(scalar, columns.frame.leaf.people) else value


def _size(columns: NumberColumns, scalar: Scalar) -> Scalar:
    return exp.Abs(this=cast(columns.frame.renderer.scalar(scalar), "DOUBLE"))


def _judged(size: Scalar, zeros: Zeros, rules: Rules) -> Scalar:
    """How many units of a class add to a size; none where one or two hold too much of it, null where it is not judged.

    Source:
        `disclosure.primary`, the rules on concentration.
    """
    total = exp.Sum(this=size.copy())
    largest = call("max", size.copy(), number_literal(2))
    first, second = (
        exp.Coalesce(
            this=call("list_extract", largest.copy(), number_literal(place)), expressions=[number_literal(0)]
        )
        for place in (1, 2)
    )
    top = first if rules.nk_contributors == 1 else plus(first, second)
    slack = exp.Literal.number(_NOISE)
    below = exp.LT(
        this=times(exp.Literal.number(100), top),
        expression=times(times(exp.Literal.number(rules.nk_percent), total), minus(number_literal(1), slack)),
    )
    masked = exp.GTE(
        this=times(exp.Literal.number(100), minus(minus(total, first), second)),
        expression=times(times(exp.Literal.number(rules.p_percent), first), plus(number_literal(1), slack)),
    )
    adders = count_where(exp.GT(this=size.copy(), expression=number_literal(0)))
    nobody: Scalar = exp.Null() if zeros is Zeros.SHOWN else number_literal(0)
    return exp.Case(
        ifs=[
            exp.If(this=exp.Is(this=total.copy(), expression=exp.Null()), true=exp.Null()),
            exp.If(this=exp.EQ(this=total.copy(), expression=number_literal(0)), true=nobody),
            exp.If(this=exp.And(this=below, expression=masked), true=adders),
        ],
        default=number_literal(0),
    )


def _combined(columns: NumberColumns, place: int, one: Combined, contributors: str) -> ClassCounts:
    frame = columns.frame
    parts = [
        columns.add(_class_value(columns, scalar), "h", place, which)
        for which, scalar in enumerate(one.values)
    ]
    smallest, classes = columns.name("fewest", place), columns.name("combined", place)
    made: dict[str, Scalar] = {smallest: _fewest(columns, one, parts), classes: count_rows()}
    certificate = None
    if one.few and frame.leaf.sets is None and not one.codes:
        certificate = _more_than(columns, one.few, parts, (smallest, classes), contributors, place)
    frame.by_part(
        columns.name("combined_by", place), parts, columns.counts, made, frame.distinct_units(), certificate
    )
    return ClassCounts(smallest, classes, Zeros.SHOWN)


def _more_than(
    columns: NumberColumns,
    few: int,
    parts: Sequence[str],
    names: tuple[str, str],
    contributors: str,
    place: int,
) -> Certificate:
    """That a cell has more different values than few, so that none is judged."""
    frame, bits = columns.frame, columns.name("bits_of_several", place)
    frame.rows[bits] = bits_of(parts, both(frame.counts_somebody(), columns.counts))
    frame.renderer.values.extend(FUNCTIONS)
    return Certificate(
        more_than(few, bits), dict(zip(names, (named(contributors), named(bits)), strict=True))
    )


def _fewest(columns: NumberColumns, one: Combined, parts: list[str]) -> Scalar:
    """Units of the least combination; of all together where there are more than few."""
    least: Scalar = exp.Min(this=named("n"))
    if not one.few:
        return least
    many: Scalar = exp.GT(this=count_rows(), expression=number_literal(one.few))
    if one.codes:
        different = [exp.Count(this=exp.Distinct(expressions=[named(part)])) for part in parts]
        for number in different:
            many = exp.And(this=many, expression=exp.GT(this=number.copy(), expression=number_literal(2)))
        if columns.number.zeros is Zeros.HIDDEN:
            whole = times(different[0], different[1])
            every = exp.GTE(this=count_rows(), expression=whole)
            least = if_else(every, least, number_literal(0))
    return if_else(many, exp.Sum(this=named("n")), least)
