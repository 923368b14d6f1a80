"""Quantiles: the mean of the nearest order statistics, so that no answer is the value of one person.

A piece of its own lists the values of each cell in order, once for all points of one expression. The value at p, which
lies at position 1 + (n - 1)p of n (for `disc` at ceil(np)), is the mean of the k values nearest to that position.
Where units have several rows, k is taken times the rows that a unit has on average, rounded up: the values nearest to
each other are otherwise those of a few units. With `rules.off` DuckDB's own aggregate is asked.

Limit: the list of a cell is held in memory, as DuckDB's own quantile does.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from sqlglot import exp

from enclave.disclosure.asked import Ranks, Statistic
from enclave.query.data_types import data_type
from enclave.query.dialect import DUCKDB
from enclave.query.leaf_frame import UNIT, LeafFrame, Piece
from enclave.query.leaf_words import (
    both,
    call,
    cast,
    divided,
    if_else,
    minus,
    number_literal,
    only_if,
    plus,
    times,
)
from enclave.query.number_columns import NumberColumns
from enclave.query.relations import Scalar
from enclave.query.rendering import From, aliased, identifier, named, table_named

VALUES, PEOPLE, SIZE = "vs", "us", "size"


CALLS = (
    "array_slice",
    "ceil",
    "least",
    "len",
    "list",
    "list_aggr",
    "list_position",
    "list_slice",
    "list_unique",
)
"""What this SQL calls and no other: ordered lists of people's values, of which nothing but means leaves the leaf."""


@dataclass(slots=True)
class Ordered:
    """The piece with the ordered values of one expression; each point adds its place and its columns."""

    piece: Piece
    placed: exp.Select
    points: list[str] = field(default_factory=list)


def asked_quantile(columns: NumberColumns) -> Scalar | None:
    """DuckDB's own quantile where the rules are off; None where the value comes from a piece."""
    number = columns.number
    assert number.point is not None, "a quantile has a point"
    if not columns.frame.rules.off:
        return None
    if number.function == "median":
        return call("median", columns.value)
    return call(number.function, columns.value, exp.Literal.number(str(number.point)))


def ranks(columns: NumberColumns) -> Ranks | None:
    """Adds the value of one point to the piece of its expression. None for what is no quantile."""
    number, frame = columns.number, columns.frame
    if number.statistic is not Statistic.QUANTILE or frame.rules.off:
        return None
    assert number.point is not None, "a quantile has a point"
    ordered = _ordered(columns)
    start, nearest = columns.name("start"), columns.name("nearest")
    ordered.placed.select(aliased(_start(columns, number.point), start), copy=False)
    type = data_type(frame.types[number.id])
    value = exp.TryCast(this=_mean_from(start), to=type)  # it fits: all of them are of that type
    ordered.piece.select.select(
        aliased(value, number.id), aliased(_people_near(frame, start), nearest), copy=False
    )
    ordered.piece.columns += [number.id, nearest]
    return Ranks(float(_from_below(number.point)), nearest)


def _size(frame: LeafFrame) -> Scalar:
    """How many values are averaged: never fewer than people must stand behind a number."""
    least = number_literal(max(frame.rules.quantile_nearest, frame.rules.min_units))
    if frame.proven:
        return least
    per_unit = exp.Ceil(this=divided(call("len", named(VALUES)), call("list_unique", named(PEOPLE))))
    wanted = cast(times(least, per_unit), "BIGINT")
    return call("least", wanted, call("len", named(VALUES)))


def _from_below(point: Decimal) -> Decimal:
    return point if point > 0 else 1 + point


def _ordered(columns: NumberColumns) -> Ordered:
    """The piece of the number's expression, made once."""
    frame = columns.frame
    text = frame.base[columns.column("x")].sql(DUCKDB)
    if text not in frame.ordered:
        frame.ordered[text] = _made(columns)
        frame.pieces.append(frame.ordered[text].piece)
    return frame.ordered[text]


def _made(columns: NumberColumns) -> Ordered:
    frame = columns.frame
    value = cast(columns.value, "DOUBLE")
    order = [columns.value] if frame.proven else [columns.value, named(UNIT)]
    lists = [aliased(_list(value, order), VALUES)]
    if not frame.proven:
        lists.append(aliased(_list(named(UNIT), order), PEOPLE))
    listed = From(table_named("base"), where=[both(frame.counts_somebody(), columns.counts)]).select(
        [*map(named, frame.keys), *frame.set_number(), *lists]
    )
    listed.set("group", frame.group())
    passed_on = [*map(named, frame.cell), *(named(part.alias) for part in lists)]
    sized = _inside(listed, columns.name("listed")).select([*passed_on, aliased(_size(frame), SIZE)])
    placed = _inside(sized, columns.name("sized")).select([*passed_on, named(SIZE)])
    piece = Piece(
        columns.name("ordered"), _inside(placed, columns.name("placed")).select([*map(named, frame.cell)]), []
    )
    return Ordered(piece, placed)


def _list(value: Scalar, order: Sequence[Scalar]) -> Scalar:
    by = [exp.Ordered(this=part.copy(), nulls_first=False) for part in order]
    return call("list", exp.Order(this=value, expressions=by))


def _inside(select: exp.Select, name: str) -> From:
    return From(exp.Subquery(this=select, alias=exp.TableAlias(this=identifier(name))))


def _start(columns: NumberColumns, point: Decimal) -> Scalar:
    """The place of the first of the nearest values: they lie evenly around the position of p, ties go below."""
    count, size = call("len", named(VALUES)), named(SIZE)
    share = exp.Literal.number(str(abs(point)))
    if columns.number.function == "quantile_disc":
        at = call("greatest", call("ceil", times(count, share)), number_literal(1))
        position = at if point > 0 else minus(plus(count, number_literal(1)), at)
    else:
        share = exp.Literal.number(str(_from_below(point)))
        position = plus(number_literal(1), times(exp.Paren(this=minus(count, number_literal(1))), share))
    first = call("ceil", minus(position, divided(size, exp.Literal.number("2.0"))))
    last = plus(minus(count, size), number_literal(1))
    within = call("greatest", call("least", cast(first, "BIGINT"), last), number_literal(1))
    return cast(within, "BIGINT")


def _end(start: str) -> Scalar:
    return minus(plus(named(start), named(SIZE)), number_literal(1))


def _mean_from(start: str) -> Scalar:
    """Null where there are fewer values."""
    enough = exp.GTE(this=call("len", named(VALUES)), expression=named(SIZE))
    return only_if(enough, call("list_avg", call("list_slice", named(VALUES), named(start), _end(start))))


def _people_near(frame: LeafFrame, start: str) -> Scalar:
    """How many units have a value from the least to the greatest of those averaged."""
    if frame.proven:
        enough = exp.GTE(this=call("len", named(VALUES)), expression=named(SIZE))
        return if_else(enough, named(SIZE), number_literal(0))
    least = call("list_extract", named(VALUES), named(start))
    greatest = call("list_extract", named(VALUES), _end(start))
    first = call("list_position", named(VALUES), least)
    backwards = call("list_position", call("list_reverse", named(VALUES)), greatest)
    last = plus(minus(call("len", named(VALUES)), backwards), number_literal(1))
    return cast(call("list_unique", call("list_slice", named(PEOPLE), first, last)), "BIGINT")
