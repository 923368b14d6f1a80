"""The loader's own DuckDB: trusted code on the admin's side, over files that nobody has checked yet.

Names from the catalogue reach SQL only through `quoted`, values as parameters. The engine's words quote people's data,
so an engine error leaves this module as a kind and nothing else.

The tables here hold identifying fields, so what spills to disk is encrypted, and removed with the load. Limit: the
engine makes the key of its spill files with a generator that its authors do not call secure (the secure one is a
download). It keeps names out of a plain look at the disk; against more, put the home on an encrypted disk.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias, TypeVar

import duckdb
import pyarrow as pa

Parameters: TypeAlias = Sequence[object] | Mapping[str, object]
T = TypeVar("T")


MOST_OF_MACHINE = "70%"


@dataclass(frozen=True, slots=True)
class LoadLimits:
    """What one load may take of the machine. Memory beyond the limit goes to an encrypted spill file.

    What spills first is the rows of one census in all their columns, sorted. Limit: the engine does not spill what it
    buffers for each file that it writes, a row group of all columns for each thread. 200 MB are too little.
    """

    memory: str = "8GB"  # and never more than `MOST_OF_MACHINE`
    threads: int | None = None  # None: as many as there are cores
    spill: str = "500GB"


class WorkshopFailed(Exception):
    """The engine gave up. Holds the kind of error only: its message could quote a person's row."""


def quoted(name: str) -> str:
    """The name as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """The text as an SQL string. For paths, where the engine takes no parameter."""
    return "'" + text.replace("'", "''") + "'"


def path_literal(path: Path) -> str:
    """The path as an SQL string that names this one file, whatever wildcard characters stand in it."""
    return literal("".join(f"[{letter}]" if letter in "*?[" else letter for letter in str(path)))


def columns(names: Sequence[str], *, of: str = "") -> str:
    """The names as a list of columns, each of the relation `of` if one is given."""
    prefix = f"{of}." if of else ""
    return ", ".join(prefix + quoted(name) for name in names)


class Workshop:
    """One open in-memory database. Nothing in it outlives the load."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection

    def run(self, sql: str, values: Parameters = ()) -> None:
        self._execute(sql, values)

    def rows(self, sql: str, values: Parameters = ()) -> list[tuple[object, ...]]:
        return _wordless(self._execute(sql, values).fetchall)

    def row(self, sql: str, values: Parameters = ()) -> tuple[object, ...]:
        """The only row of the answer."""
        (row,) = self.rows(sql, values)
        return row

    def whole_numbers(self, sql: str, values: Parameters = ()) -> tuple[int, ...]:
        """The only row of an answer which holds whole numbers; null counts as 0."""
        return tuple(int(str(value or 0)) for value in self.row(sql, values))

    def batches(self, sql: str, *, rows_per_batch: int) -> Iterator[pa.RecordBatch]:
        """The answer in pieces, so that a large one never stands in memory as a whole."""
        reader = _wordless(lambda: self._connection.sql(sql).to_arrow_reader(rows_per_batch))
        while (piece := _wordless(lambda: next(reader, None))) is not None:
            yield piece

    def insert(self, table: str, piece: pa.Table) -> None:
        """Add the rows of `piece`, whose columns are in the table's order."""
        self._connection.register("arriving", piece)
        self._execute(f"INSERT INTO {table} SELECT * FROM arriving", ())
        self._connection.unregister("arriving")

    def columns_of(self, path: Path) -> dict[str, str]:
        """Name and type of each column of a Parquet file, as the engine sees them."""
        reading = f"SELECT * FROM read_parquet({path_literal(path)}, hive_partitioning = false)"
        return {str(name): str(kind) for name, kind, *_ in self.rows(f"DESCRIBE {reading}")}

    def _execute(self, sql: str, values: Parameters) -> duckdb.DuckDBPyConnection:
        return _wordless(lambda: self._connection.execute(sql, values))


@contextmanager
def open_workshop(spill: Path, limits: LoadLimits) -> Iterator[Workshop]:
    """A workshop that spills into the folder `spill`; closed, with all it held, at the end."""
    settings: dict[str, str | bool | int | float | list[str]] = {
        "temp_directory": str(spill),
        "temp_file_encryption": True,
        "force_mbedtls_unsafe": True,  # else the engine refuses to write an encrypted spill file at all
        "max_temp_directory_size": limits.spill,
        "memory_limit": MOST_OF_MACHINE,
        "preserve_insertion_order": True,
        "python_enable_replacements": False,
        "autoload_known_extensions": False,
        "autoinstall_known_extensions": False,
        "allow_community_extensions": False,
    }
    if limits.threads is not None:
        settings["threads"] = limits.threads
    connection = duckdb.connect(":memory:", config=settings)
    try:
        _hold(connection, limits.memory)
        yield Workshop(connection)
    finally:
        connection.close()


def _hold(connection: duckdb.DuckDBPyConnection, memory: str) -> None:
    """Lower the engine's limit to `memory`, if it is not lower already."""
    smaller = "least(parse_formatted_bytes(?), parse_formatted_bytes(current_setting('memory_limit')))"
    ((size,),) = connection.execute(f"SELECT {smaller}", [memory]).fetchall()
    connection.execute(f"SET memory_limit = '{int(size)}B'")


def _wordless(call: Callable[[], T]) -> T:
    """What the call returns. Raises outside the handler, so that the engine's own error is not even the context."""
    try:
        return call()
    except (duckdb.Error, pa.ArrowException) as error:
        kind = type(error).__name__
    raise WorkshopFailed(kind)
