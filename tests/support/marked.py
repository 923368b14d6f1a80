"""The loader's marks, in plain DuckDB: for stores that a test fills itself."""

from collections.abc import Iterable

import duckdb

from enclave.catalogue.marks import marks_of
from enclave.catalogue.model import Table


def mark(connection: duckdb.DuckDBPyConnection, tables: Iterable[Table]) -> None:
    """Add the columns that the loader adds to tables of people, row by row in the order that is there."""
    for table in tables:
        marks = ", ".join(
            f"{_once(table, ('t.' + name for name in (str(table.key), *census)))} AS {mark}"
            for mark, census in marks_of(table).items()
        )
        if marks and table.key is not None:
            connection.execute(
                f'CREATE OR REPLACE TABLE "{table.name}" AS SELECT t.*, {marks} FROM "{table.name}" AS t ORDER BY rowid'
            )


def _once(table: Table, columns: Iterable[str]) -> str:
    same = " AND ".join(f"o.{one[2:]} IS NOT DISTINCT FROM {one}" for one in columns)
    return f'(SELECT count(*) FROM "{table.name}" AS o WHERE {same}) = 1'
