"""The rows of a few partitions, sorted, with the dense key in place of the source's: the workshop's table `stage`."""

import re
from collections.abc import Iterator

from enclave.catalogue.marks import ONCE, marks_of
from enclave.catalogue.model import Table
from enclave.loading.findings import Tally
from enclave.loading.source import SourceTable
from enclave.loading.units import HANDLES, handle_kind, handle_value
from enclave.loading.work import PERSON, RECORD_KEY, Partition, Stage, partition_columns
from enclave.loading.workshop import Workshop, columns, quoted

MAX_PARTITIONS = 1_000
ROWS_TOGETHER = 250_000
WHOLE = "all"
SEVERAL = "several"


def stages_of(found: SourceTable, workshop: Workshop, tally: Tally) -> tuple[Stage, ...]:
    """The partitions of the table in order, small ones together, so that the engine's threads have enough to do.

    Empty where there are no rows, or more partitions than make sense.
    """
    by = partition_columns(found.table)
    names = f"{columns(by)}, " if by else ""
    values = workshop.rows(
        f"SELECT {names}count(*) FROM {found.view} GROUP BY ALL{_partition_order(by)} LIMIT {MAX_PARTITIONS + 1}"
    )
    if len(values) > MAX_PARTITIONS:
        tally.add("too-many-partitions", found.table.name, about=f"{MAX_PARTITIONS:,}")
        return ()
    partitions = tuple(_partitions(values))
    hidden = found.table.tier_3  # all its rows may be about too few
    tally.add("no-rows", found.table.name, count=int(not partitions and not hidden))
    return tuple(Stage(found.table, together) for together in _batches(partitions))


def fill(stage: Stage, found: SourceTable, workshop: Workshop) -> None:
    """Make the table `stage`: the unit's columns first, then every other field of the catalogue, identifiers included.

    Sorted by partition and cluster, then by the dense key, whose order tells nothing; what remains is put in order by
    the grain, so that the same source gives the same bytes.
    """
    table, by = stage.table, partition_columns(stage.table)
    one = " AND ".join(f"s.{quoted(name)} IS NOT DISTINCT FROM ?" for name in by)
    where = f"WHERE {' OR '.join(f'({one})' for _ in stage.partitions)}" if by else ""
    values = [value for partition in stage.partitions for value in partition.values]
    if table.unit:
        others = columns([name for name in table.fields if name != table.key], of="s")
        kind, handle = handle_kind(table, of="s"), handle_value(table, of="s")
        selection = f"h.person AS {PERSON}, h.id AS {quoted(table.key or '')}, h.rk AS {RECORD_KEY}"
        selection = ", ".join([selection, *_marks(table), *([others] if others else [])])
        join = (
            f"LEFT JOIN {HANDLES} AS h ON h.unit = ? AND h.kind = {kind} AND h.value = {handle}"
            f" LEFT JOIN {SEVERAL} AS v ON v.id = h.id"
        )
        values = [table.unit, *values]
    else:
        selection, join = columns(list(table.fields), of="s"), ""
    workshop.run(
        f"CREATE TEMP TABLE stage AS SELECT {selection} FROM {found.view} AS s {join} {where}"
        f"{_partition_order(by, of='s.')}{', ' if by else ' ORDER BY '}{_order(table)}",
        values,
    )


def find_several(found: SourceTable, workshop: Workshop) -> None:
    """Make the table `several`: the units with more than one row in the whole table of people."""
    table = found.table
    kind, handle = handle_kind(table, of="s"), handle_value(table, of="s")
    workshop.run(
        f"CREATE OR REPLACE TEMP TABLE {SEVERAL} AS SELECT h.id FROM {found.view} AS s"
        f" JOIN {HANDLES} AS h ON h.unit = ? AND h.kind = {kind} AND h.value = {handle}"
        " GROUP BY h.id HAVING count(*) > 1",
        [table.unit],
    )


def _marks(table: Table) -> Iterator[str]:
    """SQL for the marks of a row. All rows of a census stand in one stage."""
    for mark, census in marks_of(table).items():
        same = ", ".join(["h.id", *(f"s.{quoted(name)}" for name in census)])
        once = f"count(*) OVER (PARTITION BY {same}) = 1" if mark == ONCE else "v.id IS NULL"
        yield f"{once} AS {mark}"


def _partition_order(by: tuple[str, ...], *, of: str = "") -> str:
    """SQL that puts partitions in order; nothing for a table which has only one."""
    order = ", ".join(f"{of}{quoted(name)} NULLS FIRST" for name in by)
    return f" ORDER BY {order}" if order else ""


def _order(table: Table) -> str:
    """SQL for the order of rows. Names mean the staged columns: the key is the dense one."""
    unconditional = [grain.columns for grain in table.grain if grain.where is None]
    last = unconditional[0] if unconditional else tuple(table.fields)
    first = [name for name in (table.cluster.by if table.cluster else None, table.key) if name]
    return ", ".join(_staged(table, name) for name in dict.fromkeys((*first, *last)))


def _staged(table: Table, name: str) -> str:
    return "h.id" if table.unit and name == table.key else f"s.{quoted(name)}"


def _partitions(values: list[tuple[object, ...]]) -> Iterator[Partition]:
    """Partitions with names that are unique by their number and readable by their values."""
    first_row = 0
    for number, (*parts, count) in enumerate(values, start=1):
        rows, words = int(str(count)), [None if part is None else str(part) for part in parts]
        if rows == 0:  # a table without years and without rows
            continue
        year, term = (*words, None, None)[:2]
        name = "_".join([f"{number:03}", *_plain([word or "none" for word in words])]) if parts else WHOLE
        yield Partition(name, first_row, rows, year, term, tuple(parts))
        first_row += rows


def _batches(partitions: tuple[Partition, ...]) -> Iterator[tuple[Partition, ...]]:
    """Consecutive partitions of at most `ROWS_TOGETHER` rows; a larger one by itself."""
    together: list[Partition] = []
    for partition in partitions:
        if together and sum(each.rows for each in together) + partition.rows > ROWS_TOGETHER:
            yield tuple(together)
            together = []
        together.append(partition)
    if together:
        yield tuple(together)


def _plain(words: list[str]) -> Iterator[str]:
    for word in words:
        yield re.sub(r"[^A-Za-z0-9]", "-", word)[:20]
