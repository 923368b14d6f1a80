"""Rows that belong to people, and what FROM and GROUP BY make of them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from itertools import count

from tests.oracle import scalars
from tests.oracle.scalars import Column, Datum, Scope, Subqueries
from tests.oracle.schema import PERSON, Table
from tests.oracle.tree import Col, Expr, Joined, Query
from tests.oracle.values import Value
from tests.oracle.world import World


@dataclass(frozen=True, slots=True)
class Row:
    """`unit` is the person it belongs to; None in public rows and rows of nobody.

    Copies that a join with a public table makes of one row keep its `origin`.
    """

    unit: Value
    cluster: Value
    data: tuple[Datum, ...]
    origin: int = field(default_factory=count().__next__)


@dataclass(frozen=True, slots=True)
class Rel:
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    people: bool


@dataclass(frozen=True)
class Reach:
    """What a SELECT can see beyond its own FROM: CTEs (rows, and how they are written) and the row outside."""

    inner: Subqueries
    ctes: Mapping[str, Rel] = field(default_factory=dict)
    written: tuple[tuple[str, Query], ...] = ()
    outer: Scope | None = None

    def of_row(self, rel: Rel, row: Row) -> Scope:
        return Scope(rel.columns, row.data, {}, self.outer, self.inner)

    def of_group(self, rel: Rel, known: Mapping[Expr, Datum]) -> Scope:
        return Scope(rel.columns, (), known, self.outer, self.inner)


def read_table(table: Table, world: World) -> Rel:
    """All rows of a table."""
    columns = tuple(scalars.column_of(table, column) for column in table.fields.values())
    rows = tuple(
        Row(
            row[PERSON] if table.unit else None,
            row[table.cluster] if table.cluster else None,
            tuple(Datum(row[column]) for column in table.fields),
        )
        for row in world.table(table.name)
    )
    return Rel(columns, rows, table.unit)


def renamed(rel: Rel, alias: str) -> Rel:
    return replace(rel, columns=tuple(replace(column, source=alias) for column in rel.columns))


def is_key(node: Expr, rel: Rel) -> bool:
    return isinstance(node, Col) and scalars.find(node, rel.columns).role == "key"


def joined(join: Joined, left: Rel, right: Rel, reach: Reach) -> Rel:
    """Each row of the left side with each that it matches on the right."""
    matching = _matching(join, left, right, reach)
    if join.kind in ("semi", "anti"):
        wanted = join.kind == "semi"
        return replace(left, rows=tuple(row for row in left.rows if bool(matching(row)) == wanted))
    rows = []
    nobody = Row(None, None, tuple(Datum(None) for _ in right.columns))
    for one in left.rows:
        for other in matching(one) or ([nobody] if join.kind == "left" else []):
            owner = one if left.people else other
            together = replace(owner, data=one.data + other.data)
            rows.append(together if not (left.people and right.people) else _new(together))
    found = (
        right.columns if join.kind != "left" else tuple(replace(one, always=False) for one in right.columns)
    )
    return Rel(left.columns + found, tuple(rows), left.people or right.people)


def _new(row: Row) -> Row:
    return Row(row.unit, row.cluster, row.data)


def _matching(join: Joined, left: Rel, right: Rel, reach: Reach) -> Callable[[Row], list[Row]]:
    """The rows of the right side that belong to a row of the left. Nulls match nothing."""
    pairs = [(_place(left, name), _place(right, name)) for name in join.using]
    index: dict[tuple[Value, ...], list[Row]] = {}
    for other in right.rows:
        index.setdefault(tuple(other.data[there].value for _, there in pairs), []).append(other)
    both = Rel(left.columns + right.columns, (), people=True)

    def found(one: Row) -> list[Row]:
        values = tuple(one.data[here].value for here, _ in pairs)
        others = [] if None in values else index.get(values, [])
        if join.on is None:
            return others
        together = [(other, replace(one, data=one.data + other.data)) for other in others]
        return [other for other, row in together if scalars.holds(join.on, reach.of_row(both, row))]

    return found


def _place(rel: Rel, name: str) -> int:
    return next(place for place, column in enumerate(rel.columns) if column.name == name)


def groups(query: Query, source: Rel, reach: Reach, *, level: int) -> dict[tuple[Value, ...], list[Row]]:
    """Rows by the first `level` keys; without any, one group even of no rows."""
    found: dict[tuple[Value, ...], list[Row]] = {} if level else {(): []}
    for row in source.rows:
        scope = reach.of_row(source, row)
        keys = tuple(scalars.evaluate(key, scope).value for key in query.keys[:level])
        found.setdefault(keys, []).append(row)
    return found
