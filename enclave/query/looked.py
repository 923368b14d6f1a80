"""Through whose records a leaf looks, as far as the public may know: clusters and years, and no single record.

What a query finds depends on the data, and so would a public count of it: somebody who asks could make it turn on one
person. So the public count stands on what the query asks for and on headcounts that everybody knows: for each table of
people that a leaf reads and that has each of them once at each census, the clusters and years which its conditions on
these alone let through. Every other condition is left out, so nobody who was reached is missing from them.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeVar

from sqlglot import exp

from enclave.catalogue.model import Table
from enclave.query.dialect import DUCKDB
from enclave.query.leaves import Leaf
from enclave.query.people_rendering import PeopleRenderer, stored
from enclave.query.people_rows import Kept, Linked, Rows_, Summary, Windowed
from enclave.query.relations import JoinKind, Scalar, Scan, column_ids, conjuncts
from enclave.query.rendering import From, aliased, apart_name, identifier, named, table_named
from enclave.query.standing import census_names, every_scan, is_register, main_condition, main_rows
from enclave.terms import Zeros

CLUSTER, YEAR = "s", "y"


@dataclass(frozen=True, slots=True, eq=False)
class LookedSelect:
    """A statement that gives the clusters (`s`) and years (`y`) of one table that a leaf looks through."""

    table: str
    select: exp.Select


def looks_of(leaf: Leaf, renderer: PeopleRenderer) -> Iterator[LookedSelect]:
    """One for each scan of such a table. Where a leaf has none, all clusters of one that it could have read beside.

    Limit: people in no such table of the catalogue are in no public count.

    Args:
        renderer: one of its own; what is read is noted in it.
    """
    scans = [scan for scan in every_scan(leaf.people.relation) if scan.table.year is not None]
    registers = [scan for scan in scans if is_counted(scan.table)]
    for scan in registers:
        yield LookedSelect(scan.table.name, _select(scan, leaf.people.relation, renderer, CLUSTER))
    tables = renderer.protected.authorised.resolved.catalogue.tables.values()
    for scan in [] if registers else scans:
        beside = _beside(scan.table, tables)
        if beside is not None:
            yield LookedSelect(beside.name, _select(scan, leaf.people.relation, renderer, None))


def is_counted(table: Table) -> bool:
    """Whether everybody knows how many people the table has by cluster and year."""
    return (
        table.unit is not None and table.cluster is not None and table.year is not None and is_register(table)
    )


def _beside(table: Table, tables: Iterable[Table]) -> Table | None:
    """A table of the same units that everybody knows the headcounts of: one with a main census, if there is one."""
    found = [one for one in tables if one.unit == table.unit and is_counted(one)]
    return min(found, key=lambda one: (one.main_census is None, one.name), default=None)


def heads_sql(table: Table) -> str:
    """How many units (`n`) each cluster (`s`) has in each year (`y`): at the main census, or at each term.

    These are headcounts that everybody knows; how many there were in any term of a year is not.
    """
    assert table.cluster is not None, "it is of clusters"
    assert table.year is not None, "it is of years"
    where = [] if main_rows(table) is None else [main_condition(known(main_rows(table)))]
    where += [
        exp.EQ(
            this=exp.Column(this=identifier(name), table=identifier("main")),
            expression=exp.Literal.string(value),
        )
        for name, value in (table.main_census or {}).items()
    ]
    cluster, year, key = (
        exp.Column(this=identifier(name), table=identifier("main"))
        for name in (table.cluster.by, table.year.field, known(table.key))
    )
    count = exp.Count(this=exp.Distinct(expressions=[key]))
    made = From(table_named(table.name, "main"), where=where).select(
        [aliased(cluster, CLUSTER), aliased(year, YEAR), aliased(count, "n")]
    )
    by = [cluster, year]
    if table.term is not None and not table.main_census:
        by.append(exp.Column(this=identifier(table.term), table=identifier("main")))
    made.set("group", exp.Group(expressions=[one.copy() for one in by]))
    return made.sql(DUCKDB)


def heads_reads(table: Table) -> tuple[str, ...]:
    """The fields that `heads_sql` reads."""
    assert table.cluster is not None, "it is of clusters"
    assert table.year is not None, "it is of years"
    main = main_rows(table)
    names = [table.cluster.by, table.year.field, known(table.key), *(table.main_census or {})]
    names += [] if table.term is None else [table.term]
    return tuple(dict.fromkeys([*names, *([] if main is None else [main.field])]))


T = TypeVar("T")


def known(value: T | None) -> T:
    assert value is not None, "the catalogue has it"
    return value


def _select(scan: Scan, rows: Rows_, renderer: PeopleRenderer, cluster: str | None) -> exp.Select:
    """`cluster` is what its column is called; None: of all clusters, so only years are asked for."""
    table = scan.table
    assert table.year is not None, "it is of years"
    names = frozenset(census_names(table)) if cluster is None else _of_clusters(table)
    possible = {id: name for name, id in scan.columns.items() if name in names}
    conditions = [part for part in _conditions(rows) if _is_of(part, possible)]
    wanted = {id for part in conditions for id in column_ids(part)}
    said = {table.year.field, *([] if cluster is None or table.cluster is None else [table.cluster.by])}
    there = {name: scan.columns[name] for name in names if name in said or scan.columns.get(name) in wanted}
    inner = From(table_named(table.name, "main"))
    restricted = [(name, scalar) for name, scalar in renderer.restrictions(table) if name in names]
    inner.where = [scalar for _, scalar in restricted]
    read = dict.fromkeys([*sorted(there), *(name for name, _ in restricted)])
    apart = [name for name in read if table.stored_apart(name)]
    inner.joins = [renderer.apart(table, name) for name in apart]
    renderer.reads.update(
        (apart_name(table.name, name) if name in apart else table.name, name) for name in read
    )
    columns = [aliased(stored(name, apart, table), name) for name in sorted(there)]
    made = From(renderer.subselect(inner.select(columns)))
    called = {id: name for name, id in there.items()}
    made.where = [
        _renamed(renderer.scalar(part), called) for part in _conditions(rows) if _is_of(part, called)
    ]
    asked = [aliased(named(table.year.field), YEAR)]
    if cluster is not None:
        assert table.cluster is not None, "it is of clusters"
        asked.append(aliased(named(table.cluster.by), cluster))
    select = made.select(asked)
    select.set("distinct", exp.Distinct())
    return select


def _of_clusters(table: Table) -> frozenset[str]:
    """The fields that say where and when a row stands, and those that follow from its cluster."""
    assert table.cluster is not None, "it is of clusters"
    found = {table.cluster.by, *census_names(table)}
    for one in table.dependencies:
        if set(one.determining) <= found:
            found |= set(one.determined)
    return frozenset(
        name for name in found if table.fields[name].zeros is Zeros.SHOWN and not table.stored_apart(name)
    ) | {table.cluster.by, *census_names(table)}


def _conditions(rows: Rows_) -> Iterator[Scalar]:
    """What every row that is counted meets, wherever it comes from."""
    match rows:
        case Kept():
            yield from conjuncts(rows.condition)
            yield from _conditions(rows.source)
        case Linked() if rows.kind in (JoinKind.INNER, JoinKind.LEFT):
            yield from _conditions(rows.left)
            if rows.kind is JoinKind.INNER:
                yield from _conditions(rows.right)
                yield from () if rows.condition is None else conjuncts(rows.condition)
        case Summary() | Windowed():
            yield from _conditions(rows.source)
        case _:
            return


def _renamed(scalar: Scalar, called: Mapping[str, str]) -> Scalar:
    """The scalar with the names of fields, so that equal statements are equal texts."""
    for column in scalar.find_all(exp.Column):
        column.set("this", identifier(called[column.name]))
    return scalar


def _is_of(part: Scalar, ids: Mapping[str, str]) -> bool:
    """Whether a condition is over these columns alone: no other column, no subquery."""
    found = column_ids(part)
    return bool(found) and found <= ids.keys() and part.find(exp.Placeholder) is None
