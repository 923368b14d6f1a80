"""Runs hostile statements in a process of its own, under the measures that are asked, and reports what each gave.

Each arrangement of measures has a fork, since no layer of a sandbox can be taken off again. What counts are
effects: what came back, and what the gateway finds beside it: changed files, callers at its door.
"""

import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from enclave.engines.duckdb import session
from enclave.engines.duckdb.sandbox import Prison, confine
from enclave.engines.duckdb.spec import TableFiles
from enclave.engines.duckdb.wire import Setting

SETTINGS, SANDBOX = "settings", "sandbox"
STOPPED = "! "
CONFIGURED = (
    "python_enable_replacements",
    "autoload_known_extensions",
    "autoinstall_known_extensions",
    "memory_limit",
    "threads",
    "async_threads",
)
_MEMORY_BYTES = 1 << 28
_MOST_TOLD = 4_000
_AT_ONCE = 8
a_variable_of_python = pa.table({"a": ["python-canary"]})


def settings() -> tuple[str, ...]:
    """Every setting of a worker's engine, by name, as it is made there."""
    made = session._hardening(_setting(Path("/a"), Path("/b")))
    own = (line.split(" = ")[0].removeprefix("SET ") for line in made if line.startswith("SET "))
    return (*CONFIGURED, *own)


def _setting(allowed: Path, spill: Path) -> Setting:
    return Setting((TableFiles("t", (allowed,), ("a",)),), _MEMORY_BYTES, 1, 1 << 20, 0, spill)


def _connected(
    measures: list[str], left_out: list[str], targets: dict[str, str]
) -> duckdb.DuckDBPyConnection:
    allowed, spill = Path(targets["allowed"]), Path(targets["spill"])
    door: dict[str, str | bool | int | float | list[str]] = {
        "custom_extension_repository": f"http://127.0.0.1:{targets['port']}",
        "extension_directory": f"{targets['folder']}/extensions",
        "secret_directory": f"{targets['folder']}/secrets",
        "home_directory": f"{targets['folder']}/home",
    }
    if SANDBOX in measures:
        confine(Prison(readable=(allowed,), spill=None, temp_bytes=0))
    if SETTINGS in measures:
        _loosen(left_out, door)
        return session.connect(_setting(allowed, spill))
    connection = duckdb.connect(config=door)
    connection.execute(f"CREATE VIEW t AS SELECT a FROM read_parquet('{allowed}')")
    return connection


def _loosen(left_out: list[str], door: dict[str, Any]) -> None:
    """Take settings out of what a worker does, and lead all calls to our door. This process is a fork."""
    dropped = tuple(f"SET {name} =" for name in left_out)
    hardening: Callable[[Setting], Iterator[str]] = session._hardening
    connect = duckdb.connect

    def fewer(setting: Setting) -> Iterator[str]:
        return (line for line in hardening(setting) if not line.startswith(dropped))

    def looser(database: str, config: dict[str, Any]) -> duckdb.DuckDBPyConnection:
        kept = {name: value for name, value in config.items() if name not in left_out}
        return connect(database, config=door | kept)

    session._hardening = fewer
    duckdb.connect = looser  # type: ignore[assignment]


def _told(connection: duckdb.DuckDBPyConnection, text: str, a_local_variable: pa.Table) -> str:
    """What a statement gives. The last argument is there to be found by a statement that looks for variables."""
    del a_local_variable
    cursor = connection.cursor()
    try:
        return repr(cursor.execute(text).fetchall())
    except Exception as error:  # noqa: BLE001 - whatever it is, it is a report
        return f"{STOPPED}{type(error).__name__}"
    finally:
        with suppress(duckdb.Error):
            cursor.close()


def _begun(words: list[str], statements: list[str], targets: dict[str, str]) -> tuple[int, int]:
    """A fork that tries every statement and tells line by line, because one of them can end its process."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.close(reading)
            left_out, *measures = words
            connection = _connected(measures, left_out.split(","), targets)
            for text in statements:
                given = _told(connection, text.format(**targets), a_variable_of_python)[:_MOST_TOLD]
                os.write(writing, json.dumps([text, given]).encode() + b"\n")
        finally:
            os._exit(0)
    os.close(writing)
    return child, reading


def _ended(child: int, reading: int, statements: list[str]) -> dict[str, str]:
    with os.fdopen(reading, encoding="utf-8") as report:
        met = dict(json.loads(line) for line in report)
    os.waitpid(child, 0)
    return {text: met.get(text, f"{STOPPED}the process ended") for text in statements}


def main() -> None:
    """Read orders, make every trial in a fork, a few at once, and report."""
    orders: dict[str, Any] = json.loads(sys.stdin.read())
    statements, trials, met = orders["statements"], orders["trials"], []
    for first in range(0, len(trials), _AT_ONCE):
        begun = [_begun(words, statements, targets) for words, targets in trials[first : first + _AT_ONCE]]
        met += [_ended(child, reading, statements) for child, reading in begun]
    sys.stdout.write(json.dumps(met))


if __name__ == "__main__":
    main()
