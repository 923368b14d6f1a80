"""The engine inside a worker: one hardened, locked connection, and a cursor of its own for each job.

Nothing of a job outlives its cursor: temporary tables, variables and prepared statements belong to it, and
a read-only transaction keeps it from making anything else.
"""

import re
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pyarrow as pa

from enclave.engines.duckdb.reads import check_reads
from enclave.engines.duckdb.spec import TableFiles
from enclave.engines.duckdb.wire import Request, Setting

_BATCH_ROWS = 65_536
_REMEMBERED = 256
_INCOMING = "enclave_incoming"
_OPEN = ("disabled_optimizers", "enable_progress_bar", "enable_progress_bar_print")
_OUT_OF_MEMORY = "Out of Memory Error"


_TRY = re.compile(r"\bTRY\s*\(", re.IGNORECASE)


def unsafe_optimizers(sql: str) -> tuple[str, ...]:
    """What must not rewrite the statement: DuckDB computes what two expressions share once, outside of their TRY.

    `TRY(abs(x * 1000))` beside `TRY(x * 1000)` raises where `x * 1000` overflows, and so tells a value.
    """
    return ("common_subexpressions",) if _TRY.search(sql) else ()


class TooLarge(Exception):
    """The result passes its cap on rows or bytes."""


def quoted(name: str) -> str:
    """A name as SQL writes it."""
    return '"' + name.replace('"', '""') + '"'


def _text(value: str | Path) -> str:
    return "'" + str(value).replace("'", "''") + "'"


def _texts(values: Sequence[str | Path]) -> str:
    return "[" + ", ".join(map(_text, values)) + "]"


def _without(table: TableFiles) -> str:
    """SQL that leaves out the rows of those who are not to be counted."""
    if table.without is None or not table.without[1]:
        return ""
    column, values = table.without
    return f" WHERE {quoted(column)} NOT IN ({', '.join(str(int(value)) for value in values)})"


def connect(setting: Setting) -> duckdb.DuckDBPyConnection:
    """An in-memory database with the setting's views, no way out, and its configuration locked.

    The order matters: paths are allowed before external access ends, and locking is the last step.
    """
    connection = duckdb.connect(
        ":memory:",
        config={
            "threads": setting.threads,
            "async_threads": 1,
            "memory_limit": f"{setting.memory_bytes}B",
            "python_enable_replacements": False,
            "autoload_known_extensions": False,
            "autoinstall_known_extensions": False,
        },
    )
    for statement in _hardening(setting):
        connection.execute(statement)
    return connection


def _hardening(setting: Setting) -> Iterator[str]:
    files = [file for table in setting.tables for file in table.files]
    spill = setting.spill if setting.temp_bytes else ""
    yield f"SET temp_directory = {_text(spill)}"
    yield f"SET max_temp_directory_size = '{setting.temp_bytes}B'"
    yield "SET enable_progress_bar = false"
    yield "SET allow_community_extensions = false"
    yield "SET allow_extension_repositories = 'forbidden'"
    yield "SET allow_persistent_secrets = false"
    yield f"SET allowed_paths = {_texts(files)}"
    for table in setting.tables:
        columns = ", ".join(map(quoted, table.columns))
        source = f"read_parquet({_texts(table.files)}, hive_partitioning = false)"
        yield f"CREATE VIEW {quoted(table.name)} AS SELECT {columns} FROM {source}{_without(table)}"
    yield f"SET allowed_configs = {_texts(_OPEN)}"  # which `Session` sets, and no SELECT can
    yield "SET enable_external_access = false"
    yield "SET lock_configuration = true"


class Session:
    """Runs one job at a time, which another thread may interrupt."""

    def __init__(self, setting: Setting) -> None:
        self._connection = connect(setting)
        self._views = frozenset(table.name.lower() for table in setting.tables)
        self._lock = threading.Lock()
        self._running: duckdb.DuckDBPyConnection | None = None
        self._number = -1
        self._interrupted = False
        self._disabled: tuple[str, ...] = ()
        self._checked: set[tuple[str, frozenset[str]]] = set()

    @property
    def interrupted(self) -> bool:
        """Whether the last job was stopped from outside."""
        return self._interrupted

    def run(self, request: Request, inputs: Sequence[pa.Table]) -> pa.Buffer:
        """The result as one Arrow IPC stream of at most the request's rows and bytes.

        Raises:
            TooLarge: it would be more.
            Exception: whatever else happens; `is_out_of_memory` tells the one kind that matters.
        """
        with self._cursor(request.number) as cursor:
            self._disable(cursor, (*request.disabled_optimizers, *unsafe_optimizers(request.sql)))
            cursor.execute("SET enable_progress_bar = true")  # of this cursor: progress is counted
            cursor.execute("SET enable_progress_bar_print = false")  # and drawn nowhere
            cursor.execute("BEGIN TRANSACTION READ ONLY")
            for name, table in zip(request.inputs, inputs, strict=True):
                self._load(cursor, name, table)
            self._check(cursor, request)
            return self._collect(cursor, request)

    def progress(self) -> tuple[int, float]:
        """The number of the running job and how far the engine thinks it is, in percent; -1 where it cannot say."""
        with self._lock:
            if self._running is None:
                return self._number, -1.0
            return self._number, self._running.query_progress()

    def interrupt(self, number: int) -> None:
        """Stop this job if it is the one that runs; a late message must not hit the next."""
        with self._lock:
            if self._running is not None and self._number == number:
                self._interrupted = True
                self._running.interrupt()

    @contextmanager
    def _cursor(self, number: int) -> Iterator[duckdb.DuckDBPyConnection]:
        cursor = self._connection.cursor()
        with self._lock:
            self._running, self._number, self._interrupted = cursor, number, False
        try:
            yield cursor
        finally:
            with self._lock:
                self._running = None
            cursor.close()

    def _check(self, cursor: duckdb.DuckDBPyConnection, request: Request) -> None:
        """Hold the SQL against the names it may read; what passed is not parsed again."""
        given = frozenset(name.lower() for name in request.inputs)
        if (request.sql, given) in self._checked:
            return
        check_reads(cursor, request.sql, self._views | given)
        if len(self._checked) >= _REMEMBERED:
            self._checked.clear()
        self._checked.add((request.sql, given))

    def _disable(self, cursor: duckdb.DuckDBPyConnection, optimizers: tuple[str, ...]) -> None:
        """The one setting that is left open: it holds for all cursors, so it is kept in step with each job."""
        if optimizers != self._disabled:
            self._disabled = optimizers
            cursor.execute(f"SET disabled_optimizers = {_text(','.join(optimizers))}")

    def _load(self, cursor: duckdb.DuckDBPyConnection, name: str, table: pa.Table) -> None:
        if name.lower() in self._views or name.lower() == _INCOMING:
            raise ValueError("an input would hide a relation")
        cursor.register(_INCOMING, table)
        cursor.execute(f"CREATE TEMP TABLE {quoted(name)} AS FROM {_INCOMING}")
        cursor.unregister(_INCOMING)

    def _collect(self, cursor: duckdb.DuckDBPyConnection, request: Request) -> pa.Buffer:
        reader = cursor.sql(request.sql).to_arrow_reader(min(_BATCH_ROWS, request.max_rows + 1))
        sink = pa.BufferOutputStream()
        rows = 0
        with pa.ipc.new_stream(sink, reader.schema) as stream:
            for batch in reader:
                rows += batch.num_rows
                if rows > request.max_rows:
                    raise TooLarge
                if self._interrupted:
                    raise InterruptedError
                stream.write_batch(batch)
                if sink.tell() > request.max_bytes:
                    raise TooLarge
        if sink.tell() > request.max_bytes:
            raise TooLarge
        return sink.getvalue()


def is_out_of_memory(error: BaseException) -> bool:
    """Whether memory was what ran out. Errors of a streamed result lose their class, not their first words."""
    kinds = (duckdb.OutOfMemoryException, MemoryError, pa.ArrowMemoryError)
    return isinstance(error, kinds) or str(error).startswith(_OUT_OF_MEMORY)
