"""Statements that are made once: the same rows, the same types and the same errors as any other statement has."""

import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine, bindparam, select, update
from sqlalchemy.exc import IntegrityError

from enclave.outputs.records import QueryStatus
from enclave.store.database import connect, reading, sqlite_url, writing
from enclave.store.made import Made, insert_into, undone_alone, written
from enclave.store.migrating import bring_up_to_date
from enclave.store.tables import COUNTERS, QUERIES
from enclave.store.writer import NotRecorded, Writer

ROW: dict[str, object] = {
    "id": "Q-7",
    "project": "P-1",
    "person": "ada@university.example",
    "sql": "SELECT 1",
    "name": "a name",
    "status": QueryStatus.QUEUED,
    "created_at": datetime(2026, 1, 2, 3, 4, 5, 678901, UTC),
    "policy_hash": "",
    "data_version": "v1",
    "route_checkers": 0,
    "route_reasons": ("one", "two"),
    "cells": None,
    "problem": {"code": "é", "spans": []},
    "started_at": None,
    "finished_at": None,
    "progress": 0,
    "output_id": None,
    "version": 1,
}
QUERY = Made(select(QUERIES).where(QUERIES.c.id == bindparam("id")))
LAST = Made(select(COUNTERS.c.last).where(COUNTERS.c.name == bindparam("name")))
NEW_COUNTER = insert_into(COUNTERS, "name", "last")


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    made = connect(sqlite_url(tmp_path / "made.db"))
    bring_up_to_date(made)
    yield made
    made.dispose()


def test_values_are_written_and_read_as_the_common_way_does(engine: Engine) -> None:
    with writing(engine) as connection:
        insert_into(QUERIES, *ROW).run(connection, **written(ROW))
        common = connection.execute(select(QUERIES).where(QUERIES.c.id == "Q-7")).mappings().one()
        assert QUERY.record(dict, connection, id="Q-7") == dict(common)
        assert {name: common[name] for name in ROW} == ROW


def test_a_refusal_of_the_database_is_the_same_and_tells_no_values(engine: Engine) -> None:
    with writing(engine) as connection:
        NEW_COUNTER.run(connection, new_name="of somebody", new_last=1)
        with (
            pytest.raises(IntegrityError, match="UNIQUE constraint failed") as refused,
            undone_alone(connection),
        ):
            NEW_COUNTER.run(connection, new_name="of somebody", new_last=2)
        assert "of somebody" not in str(refused.value)
        assert LAST.scalar(connection, name="of somebody") == 1


def test_what_raises_alone_is_undone_alone(engine: Engine) -> None:
    with writing(engine) as connection:
        NEW_COUNTER.run(connection, new_name="kept", new_last=1)
        with pytest.raises(ZeroDivisionError):
            _broken(connection)
    with reading(engine) as connection:
        assert (LAST.scalar(connection, name="kept"), LAST.scalar(connection, name="gone")) == (1, None)


def _broken(connection: Connection) -> None:
    with undone_alone(connection):
        NEW_COUNTER.run(connection, new_name="gone", new_last=1)
        raise ZeroDivisionError


def test_nothing_runs_outside_a_transaction(engine: Engine) -> None:
    with engine.connect() as connection, pytest.raises(AssertionError, match="part of a transaction"):
        LAST.scalar(connection, name="kept")


def test_how_many_rows_were_written_is_told(engine: Engine) -> None:
    here = COUNTERS.c.name == bindparam("of_name")
    change = Made(update(COUNTERS).where(here).values(last=bindparam("new_last")))
    with writing(engine) as connection:
        NEW_COUNTER.run(connection, new_name="kept", new_last=1)
        assert change.run(connection, of_name="kept", new_last=5) == 1
        assert change.run(connection, of_name="other", new_last=5) == 0


def test_nobody_is_answered_when_the_database_has_undone_the_whole_transaction(engine: Engine) -> None:
    """A full disk makes SQLite undo all of it; its commit then has nothing to write, and says nothing."""

    def lost(connection: Connection) -> None:
        driver = connection.connection.driver_connection
        assert isinstance(driver, sqlite3.Connection)
        driver.execute("ROLLBACK")

    writer = Writer(engine, committed=lambda: None)
    try:
        with pytest.raises(NotRecorded):
            writer.do(lost)
    finally:
        writer.close()


def test_a_transaction_reads_what_was_committed_before_it_began(engine: Engine) -> None:
    """Connections are kept open between transactions, and no moment is kept with them."""
    for last in (1, 2):
        with writing(engine) as connection:
            NEW_COUNTER.run(connection, new_name=f"n{last}", new_last=last)
        with reading(engine) as connection:
            assert LAST.scalar(connection, name=f"n{last}") == last
