"""Somebody with the database in hand makes a query have reached others, or nobody, or makes up one that did."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from enclave.actions.cancel_query import cancel_query
from enclave.outputs.records import QueryId
from enclave.store import check_database_at
from enclave.store.reach_tables import REACH_DEFINITIONS, REACH_USES
from enclave.terms import FieldRef
from enclave.transparency.reach import Definition, NewUse
from tests.support.records import log_in, without_waiting_for_the_disk
from tests.support.service import AUTOMATIC, CHECKED, NOW, THIS, Service

TABLES = {table.name: table for table in (REACH_DEFINITIONS, REACH_USES)}
UNTOLD = {("reach_uses", "shown"), ("reach_definitions", "id")}
"""That something was shown is said of sessions without a server alone; a definition's number names it here alone."""
COLUMNS = [
    (table.name, column.name)
    for table in TABLES.values()
    for column in table.columns
    if (table.name, column.name) not in UNTOLD
]
LATE = Definition("world-1", "patient", "SELECT 1", "late", (("patient", "person"),), ())


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two queries that ran, each through a leaf of its own."""
    folder = tmp_path_factory.mktemp("reached")
    with pytest.MonkeyPatch.context() as patch:
        without_waiting_for_the_disk(patch)
        service = Service(folder)
        service.ran(AUTOMATIC)
        service.clock.move(minutes=1)
        service.ran(CHECKED)
        service.close()
    return folder


@pytest.fixture
def folder(made: Path, tmp_path: Path) -> Path:
    return shutil.copytree(made, tmp_path / "copy")


def faults(folder: Path) -> list[str]:
    return check_database_at(f"sqlite:///{folder / 'enclave.db'}", log_in(folder).checkpoint()).findings


def tampered(folder: Path, *statements: str) -> list[str]:
    """What is found after somebody ran these behind the log."""
    with closing(sqlite3.connect(folder / "enclave.db")) as database:
        database.execute("PRAGMA foreign_keys = OFF")
        for statement in statements:
            assert database.execute(statement).rowcount != 0, statement
        database.commit()
    return faults(folder)


def test_what_an_honest_service_kept_is_as_its_entries_tell(folder: Path) -> None:
    assert faults(folder) == []


@pytest.mark.parametrize(("table", "column"), COLUMNS)
def test_no_field_of_a_use_or_its_definition_is_edited_behind_the_log(
    folder: Path, table: str, column: str
) -> None:
    first = f"(SELECT min(rowid) FROM {table})"
    number = column in ("id", "definition", "at")
    value = f"{column} + 1000" if number else f"coalesce({column}, '') || 'x'"
    assert tampered(folder, f"UPDATE {table} SET {column} = {value} WHERE rowid = {first}")


@pytest.mark.parametrize(
    ("table", "column"), [one for one in COLUMNS if one[1] not in ("id", "name", "unit")]
)
def test_no_field_is_swapped_between_two_queries(folder: Path, table: str, column: str) -> None:
    with closing(sqlite3.connect(folder / "enclave.db")) as database:
        rows = database.execute(f"SELECT rowid, {column} FROM {table} ORDER BY rowid").fetchall()
        other = next((row for row in rows if row[1] != rows[0][1]), None)
        if other is None:
            assert len({value for _, value in rows}) == 1, "what is the same everywhere cannot be swapped"
            return
        for row, value in ((rows[0][0], other[1]), (other[0], rows[0][1])):
            database.execute(f"UPDATE {table} SET {column} = ? WHERE rowid = ?", (value, row))
        database.commit()
    assert faults(folder)


@pytest.mark.parametrize("table", TABLES)
def test_no_row_is_taken_away(folder: Path, table: str) -> None:
    assert tampered(folder, f"DELETE FROM {table} WHERE rowid = (SELECT max(rowid) FROM {table})")


@pytest.mark.parametrize("query", ["'Q-1'", "'Q-2'", "'Q-77'"])
def test_no_use_is_added(folder: Path, query: str) -> None:
    assert tampered(
        folder,
        f"INSERT INTO reach_uses (definition, query_id, project, at, fields, shown)"
        f" SELECT definition, {query}, project, at, fields, shown FROM reach_uses LIMIT 1",
    )


def test_a_leaf_that_began_as_its_query_was_cancelled_is_no_fault(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    without_waiting_for_the_disk(monkeypatch)
    with closing(Service(tmp_path)) as service:
        query = service.ask(CHECKED)
        cancel_query(service.asker(query.person), query.id, service.desk)
        service.records.reach.reads(
            NewUse(QueryId(query.id), THIS, NOW, LATE, (FieldRef("patient", "weight"),))
        )
    assert faults(tmp_path) == []
