"""Every scalar that rows of people are made with, and the columns that these name."""

from collections.abc import Iterator

from enclave.query.people_rows import Kept, Linked, Rows_, Stacked, Summary, Windowed
from enclave.query.protected import Inner, Protected
from enclave.query.relations import (
    Aggregate,
    Distinct,
    Extend,
    Filter,
    Join,
    Limit,
    Rows,
    Scalar,
    Scan,
    SetOperation,
    Sort,
    StepRef,
    column_ids,
)
from enclave.query.rendering import definition, named


def scalars_of(rows: Rows_, protected: Protected) -> Iterator[Scalar]:  # noqa: C901 - one case a node
    """Every scalar that stands in the relation, definitions of its computed columns included."""
    match rows:
        case Linked():
            yield from scalars_of(rows.left, protected)
            yield from scalars_of(rows.right, protected)
            if rows.condition is not None:
                yield rows.condition
        case Kept():
            yield from scalars_of(rows.source, protected)
            yield rows.condition
        case Summary():
            yield from scalars_of(rows.source, protected)
            yield from (scalar for _, scalar in (*rows.keys, *rows.aggregates))
        case Windowed():
            yield from scalars_of(rows.source, protected)
            yield from (scalar for _, scalar in rows.columns)
        case Stacked():
            yield from scalars_of(rows.left, protected)
            yield from scalars_of(rows.right, protected)
            yield from (scalar for _, *both in rows.columns for scalar in both)
        case Filter():
            yield from scalars_of(rows.source, protected)
            yield rows.condition
        case Extend():
            yield from scalars_of(rows.source, protected)
            yield from (definition(protected.columns[id]) for id in rows.columns)
        case Join():
            yield from scalars_of(rows.left, protected)
            yield from scalars_of(rows.right, protected)
            if rows.condition is not None:
                yield rows.condition
        case Aggregate():
            yield from scalars_of(rows.source, protected)
            yield from (definition(protected.columns[id]) for id in (*rows.keys, *rows.aggregates))
        case Sort():
            yield from scalars_of(rows.source, protected)
            yield from (order.expression for order in rows.orders)
        case Limit():
            yield from scalars_of(rows.source, protected)
        case Distinct():
            yield from scalars_of(rows.source, protected)
            yield from (named(id) for id in rows.columns)
        case SetOperation():
            yield from scalars_of(rows.left, protected)
            yield from scalars_of(rows.right, protected)
            yield from (named(id) for id in (*rows.left_columns, *rows.right_columns, *rows.columns))
        case Scan() | Rows() | StepRef():
            return


def inner_scalars(inner: Inner, protected: Protected) -> Iterator[Scalar]:
    if inner.operand is not None:
        yield inner.operand
    if inner.output is not None:
        yield inner.output
    if inner.people is not None:
        yield from scalars_of(inner.people.relation, protected)
        yield inner.people.key
    if inner.relation is not None:
        yield from scalars_of(inner.relation, protected)


def ids_in(scalars: Iterator[Scalar]) -> frozenset[str]:
    return frozenset().union(*(column_ids(scalar) for scalar in scalars))
