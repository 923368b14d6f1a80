"""Statements that are made once: a question runs a hundred and more, which would cost more to spell than to run.

On SQLite they run on the driver's own connection, inside the transaction that is open: what stands between costs ten
times what SQLite does. Elsewhere a statement crosses a network anyway, and goes the common way. Either way values lie
and are read as the types of the columns say, and what the driver raises is raised as what it is everywhere else.
"""

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeVar

from sqlalchemy import BindParameter, Connection, Dialect, Table, bindparam, insert
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.expression import Executable
from sqlalchemy.types import TypeEngine

from enclave.store.database import SQLITE, driver_of

R = TypeVar("R")
Row = tuple[Any, ...]
Process = Callable[[Any], Any] | None
NEW = "new_"
"""Before the names of what is written, which are those of columns. No other parameter may be called like a column that
is written: SQLAlchemy would write it."""


class Made:
    """A statement with parameters, which are given by name each time. It has no list of unknown length in it."""

    def __init__(self, statement: Executable) -> None:
        self._statement = statement
        self._lite: _Lite | None = None

    def all(self, connection: Connection, **given: object) -> Sequence[Row]:
        """The rows that it finds."""
        if connection.dialect.name != SQLITE:
            return [tuple(row) for row in connection.execute(self._statement, given)]
        return self._spelled(connection.dialect).rows(connection, given)

    def records(self, record: Callable[..., R], connection: Connection, **given: object) -> tuple[R, ...]:
        """The rows that it finds, each as a record with a field for each column."""
        if connection.dialect.name != SQLITE:
            return tuple(record(**row) for row in connection.execute(self._statement, given).mappings())
        lite = self._spelled(connection.dialect)
        return tuple(
            record(**dict(zip(lite.names, row, strict=True))) for row in lite.rows(connection, given)
        )

    def record(self, record: Callable[..., R], connection: Connection, **given: object) -> R | None:
        """The one row that it finds, if it does."""
        found = self.records(record, connection, **given)
        assert len(found) <= 1, "there is one of it"
        return found[0] if found else None

    def scalar(self, connection: Connection, **given: object) -> Any:
        """The first value of the first row; None where there is no row."""
        found = self.all(connection, **given)
        return found[0][0] if found else None

    def run(self, connection: Connection, **given: object) -> int:
        """Write, and return how many rows that was."""
        if connection.dialect.name != SQLITE:
            return connection.execute(self._statement, given).rowcount
        return self._spelled(connection.dialect).run(connection, given)

    def run_each(self, connection: Connection, rows: Iterable[Mapping[str, object]]) -> None:
        """Write once for each of some rows."""
        given = list(rows)
        if not given:
            return
        if connection.dialect.name != SQLITE:
            connection.execute(self._statement, given)
            return
        self._spelled(connection.dialect).run_each(connection, given)

    def _spelled(self, dialect: Dialect) -> "_Lite":
        if self._lite is None:
            self._lite = _lite(self._statement, dialect)
        return self._lite


@cache
def insert_into(table: Table, *names: str) -> Made:
    """A row more, with these columns given as `new_NAME`."""
    return Made(insert(table).values({name: bindparam(NEW + name) for name in names}))


def written(values: Mapping[str, object]) -> dict[str, object]:
    """Values of columns as the parameters of what writes them."""
    return {NEW + name: value for name, value in values.items()}


@contextmanager
def undone_alone(connection: Connection) -> Iterator[None]:
    """What raises in it is undone, and nothing else of the transaction."""
    if connection.dialect.name != SQLITE:
        with connection.begin_nested():
            yield
        return
    driver = _driver(connection)
    driver.execute("SAVEPOINT alone")
    try:
        yield
    except BaseException:
        driver.execute("ROLLBACK TO alone")
        driver.execute("RELEASE alone")
        raise
    driver.execute("RELEASE alone")


@dataclass(frozen=True, slots=True)
class _Lite:
    """A statement as SQLite's driver takes it: its text, its parameters in order, how values are written and read."""

    text: str
    parameters: tuple[tuple[str, Process], ...]
    fixed: Mapping[str, object]
    names: tuple[str, ...]
    reads: tuple[tuple[int, Callable[[Any], Any]], ...]
    dialect: Dialect

    def rows(self, connection: Connection, given: Mapping[str, object]) -> list[Row]:
        values = self._values(given)
        try:
            found: list[Row] = _driver(connection).execute(self.text, values).fetchall()
        except sqlite3.Error as error:
            raise self._refusal(error) from error
        return [self._read(row) for row in found] if self.reads else found

    def run(self, connection: Connection, given: Mapping[str, object]) -> int:
        values = self._values(given)
        try:
            return _driver(connection).execute(self.text, values).rowcount
        except sqlite3.Error as error:
            raise self._refusal(error) from error

    def run_each(self, connection: Connection, rows: Iterable[Mapping[str, object]]) -> None:
        values = [self._values(row) for row in rows]
        try:
            _driver(connection).executemany(self.text, values)
        except sqlite3.Error as error:
            raise self._refusal(error) from error

    def _values(self, given: Mapping[str, object]) -> list[object]:
        known = {**self.fixed, **given} if self.fixed else given
        assert len(known) == len(self.fixed) + len(given), "what is fixed is not given"
        return [known[name] if process is None else process(known[name]) for name, process in self.parameters]

    def _read(self, row: Row) -> Row:
        values = list(row)
        for place, process in self.reads:
            values[place] = process(values[place])
        return tuple(values)

    def _refusal(self, error: sqlite3.Error) -> BaseException:
        """What the driver raised, as SQLAlchemy raises it; without the values."""
        return DBAPIError.instance(
            self.text, None, error, sqlite3.Error, hide_parameters=True, dialect=self.dialect
        )


def _lite(statement: Executable, dialect: Dialect) -> _Lite:
    compiled = statement.compile(dialect=dialect)  # type: ignore[attr-defined]
    assert isinstance(compiled, SQLCompiler), "it is a statement of rows"
    assert not compiled.post_compile_params, "it has no open list"
    binds: Mapping[str, BindParameter[Any]] = compiled.binds
    fixed = {name: bind.value for name, bind in binds.items() if not bind.required}
    columns = list(statement.selected_columns) if hasattr(statement, "selected_columns") else []
    reads = [(place, _reader(column.type, dialect)) for place, column in enumerate(columns)]
    return _Lite(
        str(compiled),
        tuple((name, _writer(binds[name].type, dialect)) for name in compiled.positiontup or ()),
        fixed,
        tuple(column.key for column in columns),
        tuple((place, process) for place, process in reads if process is not None),
        dialect,
    )


def _writer(type: TypeEngine[Any], dialect: Dialect) -> Process:
    return type.dialect_impl(dialect).bind_processor(dialect)


def _reader(type: TypeEngine[Any], dialect: Dialect) -> Process:
    return type.dialect_impl(dialect).result_processor(dialect, None)


def _driver(connection: Connection) -> sqlite3.Connection:
    """The driver's own connection, in the transaction that is open."""
    driver = driver_of(connection)
    assert driver.in_transaction, "a statement is part of a transaction"
    return driver
