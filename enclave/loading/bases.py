"""How many units two row restrictions of one table tell apart, in each of its years. Only counts leave the engine.

Read when a policy is applied, on the administrator's side: two tables over bases that differ by a few units could be
subtracted, and nobody who asks over one of them can see the other.
"""

import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pyarrow as pa

from enclave.catalogue.model import Table
from enclave.loading.manifest import DataVersion, StoredFile
from enclave.loading.work import ROW
from enclave.loading.workshop import LoadLimits, Workshop, open_workshop, path_literal, quoted

LIMITS: Final = LoadLimits(memory="2GB", threads=2)
LISTED: Final = "listed"
Rows = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Base:
    """The rows of one table that a project has. `rows` None: all of them; `years` None: of every year."""

    years: tuple[str, ...] | None
    rows: Rows | None


def least_difference(version: DataVersion, table: Table, one: Base, other: Base) -> int | None:
    """The fewest units, but not none, that either base has and the other has not, in any year that both have.

    None when in each year the two have the same units. Years that one of them lacks are no difference: nobody can
    mistake a table of another year for the same people.
    """
    if table.key is None or table.name not in version.manifest.tables or one.rows == other.rows:
        return None
    if not any(_of_both(file, one, other) for file in version.table(table.name).manifest.main):
        return None
    conditions = [_condition(base.rows or {}) for base in (one, other)]
    values = [value for _, bound in conditions for value in bound]
    key, year = quoted(table.key), quoted(table.year.field) if table.year else "0"
    sql = (
        f"SELECT count(*) FILTER (a AND NOT b), count(*) FILTER (b AND NOT a) FROM ("
        f"SELECT {key} AS unit, {year} AS year, bool_or({conditions[0][0]}) AS a, bool_or({conditions[1][0]}) AS b"
        f" FROM {_relation(version, table, one, other)} GROUP BY ALL) GROUP BY year"
    )
    with (
        tempfile.TemporaryDirectory(prefix="enclave-bases-") as spill,
        open_workshop(Path(spill), LIMITS) as opened,
    ):
        return min((count for count in _counts(opened, sql, values) if count), default=None)


def least_beside(version: DataVersion, table: Table, base: Base, units: pa.Table) -> int | None:
    """The fewest units, but not none, that a list takes of a base or leaves of it, in any of its years.

    Args:
        units: the list, as dense keys in the column `unit`.
    Returns:
        None where in each year the list takes everybody or nobody.
    """
    if table.key is None or table.name not in version.manifest.tables:
        return None
    if not any(_of_both(file, base, base) for file in version.table(table.name).manifest.main):
        return None
    condition, values = _condition(base.rows or {})
    key, year = quoted(table.key), quoted(table.year.field) if table.year else "0"
    sql = (
        "SELECT count(*) FILTER (a), count(*) FILTER (NOT a) FROM ("
        f"SELECT DISTINCT {key}, {year} AS year, {key} IN (SELECT unit FROM {LISTED}) AS a"
        f" FROM {_relation(version, table, base, base)} WHERE {condition}) GROUP BY year"
    )
    with (
        tempfile.TemporaryDirectory(prefix="enclave-bases-") as spill,
        open_workshop(Path(spill), LIMITS) as opened,
    ):
        opened.run(f"CREATE TEMP TABLE {LISTED} (unit INTEGER)")
        opened.insert(LISTED, units)
        return min(_split(opened, sql, values), default=None)


def _split(opened: Workshop, sql: str, values: list[str]) -> Iterator[int]:
    """What is taken and what is left, of the years in which something is of both."""
    for taken, left in opened.rows(sql, values):
        if isinstance(taken, int) and isinstance(left, int) and taken and left:
            yield from (taken, left)


def _counts(opened: Workshop, sql: str, values: list[str]) -> Iterator[int]:
    for row in opened.rows(sql, values):
        yield from (count for count in row if isinstance(count, int))


def _condition(rows: Rows) -> tuple[str, list[str]]:
    """Whether a row is within the restriction, and the values that are compared. A null is in no list."""
    parts = [
        f"coalesce(lower({quoted(name)}::VARCHAR) IN ({', '.join('?' * len(allowed))}), false)"
        if allowed
        else "false"
        for name, allowed in rows.items()
    ]
    return " AND ".join(parts) or "true", [value.lower() for allowed in rows.values() for value in allowed]


def _relation(version: DataVersion, table: Table, one: Base, other: Base) -> str:
    """The main files of the years that both have, with the columns of their own that the restrictions need."""
    manifest = version.table(table.name).manifest
    joined = _files(version, [file for file in manifest.main if _of_both(file, one, other)])
    for name in dict.fromkeys((*(one.rows or ()), *(other.rows or ()))):
        if table.stored_apart(name):
            apart = _files(version, [file for file in manifest.apart[name] if _of_both(file, one, other)])
            joined += f" JOIN {apart} USING ({ROW})"
    return joined


def _of_both(file: StoredFile, one: Base, other: Base) -> bool:
    return file.year is None or all(base.years is None or file.year in base.years for base in (one, other))


def _files(version: DataVersion, files: list[StoredFile]) -> str:
    paths = ", ".join(path_literal(version.root / file.path) for file in files)
    return f"read_parquet([{paths}], hive_partitioning = false)"
