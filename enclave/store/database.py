"""Connections to the database: SQLite beside the home by default, PostgreSQL where several gateways share one.

SQLite: write-ahead log, and `synchronous=FULL`: a commit returns when it is on the disk, and no reader sees it before.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import DBAPIError, OperationalError

BUSY_SECONDS = 30
MOST_IDLE = 4  # connections of one database that read, and as many that write
STATEMENTS_KEPT = 512  # prepared, by each connection
WRITERS_LOCK = 0x456E636C617665  # "Enclave": whoever holds it appends to the log

CONNECTION_TROUBLE = {None, "57P01", "57P03", "53300"}  # shut down, starting, too many
SQLITE = "sqlite"
SETTINGS = (
    "journal_mode=WAL",
    "synchronous=FULL",
    "foreign_keys=ON",
    "trusted_schema=OFF",
    "secure_delete=ON",
)


def sqlite_url(path: Path) -> str:
    """The URL of a database in a file, whatever the file is called."""
    return URL.create(SQLITE, database=str(path)).render_as_string()


def connect(url: str) -> Engine:
    """An engine for the database at `url`: `sqlite:///PATH` or `postgresql+psycopg://…`."""
    if make_url(url).get_backend_name() == SQLITE:
        engine = create_engine(
            url, connect_args={"timeout": BUSY_SECONDS, "cached_statements": STATEMENTS_KEPT}
        )
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        _IDLE[engine] = ([], [])
        event.listen(engine, "engine_disposed", _close_idle)
        return engine
    return create_engine(url, pool_pre_ping=True)


def _prepare_sqlite(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # we begin transactions ourselves: savepoints need it
    cursor = connection.cursor()
    for setting in SETTINGS:
        cursor.execute(f"PRAGMA {setting}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    """Begin, unless SQLAlchemy joins a transaction of ours: its first statement of its own is the time for that."""
    if not driver_of(connection).in_transaction:
        connection.exec_driver_sql("BEGIN")


def is_busy(error: Exception) -> bool:
    """Whether somebody else held the database for longer than we wait: no fault of what is in it."""
    return isinstance(error, OperationalError) and (
        "locked" in str(error.orig) or getattr(error.orig, "sqlstate", "") in CONNECTION_TROUBLE
    )


class TransactionLost(Exception):
    """SQLite has undone a whole transaction by itself, as it does when its disk is full."""


def driver_of(connection: Connection) -> sqlite3.Connection:
    """The driver's own connection to SQLite."""
    driver = connection.connection.driver_connection
    assert isinstance(driver, sqlite3.Connection), "it is SQLite"
    return driver


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """A transaction which no other writer of this database overlaps, in this process or another.

    Raises:
        TransactionLost: the database has undone it on the way, so that there is nothing to commit.
    """
    if engine.dialect.name == SQLITE:
        with _idle_one(engine, writing=True) as connection, _one_change(connection):
            yield connection
        return
    with engine.connect() as connection, connection.begin():
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": WRITERS_LOCK})
        yield connection


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """A transaction that sees one moment of the database."""
    if engine.dialect.name == SQLITE:
        with _idle_one(engine, writing=False) as connection, _one_moment(connection):
            yield connection
        return
    with engine.connect().execution_options(**_ONE_MOMENT) as connection, connection.begin():
        yield connection


@contextmanager
def _one_moment(connection: Connection) -> Iterator[None]:
    """A transaction that reads, begun and ended by the driver itself.

    A question reads some forty times, and SQLAlchemy's own begin and commit took four times what these take.
    """
    driver = driver_of(connection)
    driver.execute("BEGIN")
    try:
        yield
    finally:
        if connection.in_transaction():  # SQLAlchemy joined, and has to know of the end
            connection.rollback()
        if driver.in_transaction:
            driver.rollback()


@contextmanager
def _one_change(connection: Connection) -> Iterator[None]:
    """A transaction that writes, begun and ended by the driver itself as well."""
    driver = driver_of(connection)
    _ask_driver(connection, "BEGIN IMMEDIATE")
    try:
        yield
        if not driver.in_transaction:
            raise TransactionLost
        commit(connection)
    finally:
        if connection.in_transaction():
            connection.rollback()
        if driver.in_transaction:
            driver.rollback()


def commit(connection: Connection) -> None:
    """Make what was written durable."""
    if connection.in_transaction():  # SQLAlchemy joined, and has to know of the end
        connection.commit()
    else:
        _ask_driver(connection, "COMMIT")


def _ask_driver(connection: Connection, statement: str) -> None:
    """What the driver raises is raised as what it is everywhere else."""
    try:
        driver_of(connection).execute(statement)
    except sqlite3.Error as error:
        raise DBAPIError.instance(
            statement, None, error, sqlite3.Error, hide_parameters=True, dialect=connection.dialect
        ) from error


@contextmanager
def _idle_one(engine: Engine, *, writing: bool) -> Iterator[Connection]:
    """A connection that is kept open for the next who wants one: to open one costs more than to read."""
    idle = _IDLE[engine][writing]
    try:
        connection = idle.pop()  # a list gives one away once, whoever asks at the same moment
    except IndexError:
        connection = engine.connect()
    try:
        yield connection
    except BaseException:
        connection.close()
        raise
    if len(idle) < MOST_IDLE:
        idle.append(connection)
    else:
        connection.close()


def _close_idle(engine: Engine) -> None:
    for idle in _IDLE[engine]:
        while idle:
            one = idle.pop()
            one.detach()  # from a pool that is no more: closed, and not put back
            one.close()


_IDLE: WeakKeyDictionary[Engine, tuple[list[Connection], list[Connection]]] = WeakKeyDictionary()
"""Of each database, those that read and those that write."""
_ONE_MOMENT = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
