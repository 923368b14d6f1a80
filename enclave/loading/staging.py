"""The rows of one partition, with the dense key in place of the source's, sorted, in the workshop's table `stage`."""

import re
from collections.abc import Iterator

from enclave.catalogue.model import Table
from enclave.loading.findings import Tally
from enclave.loading.source import SourceTable
from enclave.loading.units import HANDLES, handle_kind, handle_value
from enclave.loading.work import PERSON, RECORD_KEY, Partition, partition_columns
from enclave.loading.workshop import Workshop, columns, quoted

MAX_PARTITIONS = 1_000
WHOLE = "all"


def partitions_of(found: SourceTable, workshop: Workshop, tally: Tally) -> tuple[Partition, ...]:
    """The partitions of the table in order. None where there are no rows, or more partitions than make sense."""
    by = partition_columns(found.table)
    if not by:
        (rows,) = workshop.whole_numbers(f"SELECT count(*) FROM {found.view}")
        tally.add("no-rows", found.table.name, count=int(rows == 0))
        return (Partition(WHOLE),) if rows else ()
    names = columns(by)
    order = ", ".join(f"{quoted(name)} NULLS FIRST" for name in by)
    values = workshop.rows(
        f"SELECT {names} FROM {found.view} GROUP BY {names} ORDER BY {order} LIMIT {MAX_PARTITIONS + 1}"
    )
    if len(values) > MAX_PARTITIONS:
        tally.add("too-many-partitions", found.table.name, about=f"{MAX_PARTITIONS:,}")
        return ()
    tally.add("no-rows", found.table.name, count=int(not values))
    return tuple(_partition(number, by, row) for number, row in enumerate(values, start=1))


def stage(found: SourceTable, partition: Partition, workshop: Workshop) -> None:
    """Make the table `stage`: the unit's columns first, then every other field of the catalogue, identifiers included.

    Sorted by cluster, then by the dense key, whose order tells nothing; what remains is put in order by the grain, so
    that the same source gives the same bytes.
    """
    table = found.table
    parts = " AND ".join(f"s.{quoted(name)} IS NOT DISTINCT FROM ?" for name, _ in partition.values)
    where = f"WHERE {parts}" if parts else ""
    values = [value for _, value in partition.values]
    if table.unit:
        others = columns([name for name in table.fields if name != table.key], of="s")
        kind, value = handle_kind(table, of="s"), handle_value(table, of="s")
        key = quoted(table.key or "")
        selection = (
            f"h.person AS {PERSON}, h.id AS {key}, h.rk AS {RECORD_KEY}{', ' if others else ''}{others}"
        )
        join = f"LEFT JOIN {HANDLES} AS h ON h.unit = ? AND h.kind = {kind} AND h.value = {value}"
        values = [table.unit, *values]
    else:
        selection, join = columns(list(table.fields), of="s"), ""
    workshop.run(
        f"CREATE TEMP TABLE stage AS SELECT {selection} FROM {found.view} AS s {join} {where} ORDER BY {_order(table)}",
        values,
    )


def _order(table: Table) -> str:
    """SQL for the order of rows. Names mean the staged columns: the key is the dense one."""
    unconditional = [grain.columns for grain in table.grain if grain.where is None]
    last = unconditional[0] if unconditional else tuple(table.fields)
    first = [name for name in (table.cluster.by if table.cluster else None, table.key) if name]
    return ", ".join(_staged(table, name) for name in dict.fromkeys((*first, *last)))


def _staged(table: Table, name: str) -> str:
    return "h.id" if table.unit and name == table.key else f"s.{quoted(name)}"


def _partition(number: int, by: tuple[str, ...], row: tuple[object, ...]) -> Partition:
    """A partition whose name is unique by its number and readable by its values."""
    words = ["none" if value is None else str(value) for value in row]
    year, term = (*(None if value is None else str(value) for value in row), None)[:2]
    return Partition("_".join([f"{number:03}", *_plain(words)]), year, term, tuple(zip(by, row, strict=True)))


def _plain(words: list[str]) -> Iterator[str]:
    for word in words:
        yield re.sub(r"[^A-Za-z0-9]", "-", word)[:20]
