"""The second prisoner: the same aims as `probes`, reached for with the engine's own SQL.

Tried with the engine's settings and no sandbox, and with the sandbox and an engine as it comes, external
access on: each has to hold alone. Nothing here harms if it succeeds.
"""

from pathlib import Path

import duckdb

from enclave.engines.duckdb.prisoner import HAPPENED, Met, Targets, serve
from enclave.engines.duckdb.sandbox import Prison, confine
from enclave.engines.duckdb.session import connect
from enclave.engines.duckdb.spec import TableFiles
from enclave.engines.duckdb.wire import Setting

SETTINGS, SANDBOX = "settings", "sandbox"
EMPTY = "empty"

_MEMORY_BYTES = 1 << 28

ATTEMPTS = {
    "read a file outside": "SELECT content FROM read_text('{secret}')",
    "read another table": "SELECT * FROM read_parquet('{other_table}')",
    "read another table by its path": "SELECT * FROM '{other_table}'",
    "read another table's statistics": "SELECT * FROM parquet_metadata('{other_table}')",
    "list a folder": "SELECT * FROM glob('{folder}/*')",
    "write a file": "COPY (SELECT 1) TO '{folder}/left.csv'",
    "write over the table": "COPY (SELECT 1 AS a) TO '{allowed}' (FORMAT parquet)",
    "make a database": "ATTACH '{folder}/left.duckdb'",
    "export everything": "EXPORT DATABASE '{folder}/left'",
    "load a library": "LOAD '{folder}/left.duckdb_extension'",
    "turn external access on": "SET enable_external_access = true",
    "allow a path": "SET allowed_paths = ['{secret}']",
    "spill elsewhere": "SET temp_directory = '{folder}'",
    "raise the memory limit": "SET memory_limit = '64GB'",
    "unlock the settings": "SET lock_configuration = false",
    "read what it may": "SELECT * FROM read_parquet('{allowed}')",
}


def main(parent: int) -> None:
    """Try everything under the engine's settings, under the sandbox, and under neither."""
    serve(parent, _try_all)


def _try_all(measures: list[str], targets: Targets) -> Met:
    allowed = Path(targets.allowed)
    if SANDBOX in measures:
        confine(Prison(readable=(allowed,), spill=None, temp_bytes=0))
    if SETTINGS in measures:
        table = TableFiles("t", (allowed,), ("a",))
        connection = connect(Setting((table,), _MEMORY_BYTES, 1, 0, 0, allowed.parent))
    else:
        connection = duckdb.connect()
    paths = {name: getattr(targets, name) for name in ("allowed", "secret", "other_table", "folder")}
    return {name: _met(connection, sql.format(**paths)) for name, sql in ATTEMPTS.items()}


def _met(connection: duckdb.DuckDBPyConnection, sql: str) -> str:
    try:
        rows = connection.execute(sql).fetchall()
    except duckdb.Error as refusal:
        return type(refusal).__name__
    return HAPPENED if rows or not sql.startswith("SELECT") else EMPTY
