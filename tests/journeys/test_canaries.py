"""No value of anybody leaves the data: not in an answer, a header, a log line, a row of the database or an audit file.

Every protected column of a deployment holds canaries. By design they are in the home's `data/` alone: the research
store, and the sealed vault. What the service keeps of results are protected tables, which are opened here.
"""

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pytest

from enclave.wiring.home import open_home
from enclave.wiring.service_key import service_key
from tests.support.canary_scan import Scanner
from tests.support.canary_session import Session
from tests.support.canary_world import PATIENT, VISIT, canary_home
from tests.support.commands import done
from tests.support.processes import serving

TYPES = {
    "VARCHAR",
    "VARCHAR(20)",
    "CHAR(12)",
    "DATE",
    "SMALLINT",
    "INTEGER",
    "BIGINT",
    "DOUBLE",
    "DECIMAL(18,2)",
}


@dataclass(frozen=True)
class Ran:
    """A session that is over."""

    home: Path
    planted: set[object]
    said: list[bytes]
    statuses: list[str]
    kept: dict[str, bytes]

    @property
    def scanner(self) -> Scanner:
        return Scanner(self.planted)


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Ran:
    home, planted = canary_home(tmp_path_factory.mktemp("canaries"))
    with serving(home) as served:
        session = Session(served)
        session.everything()
    return Ran(home, planted, session.said, session.statuses, kept(home))


def kept(home: Path) -> dict[str, bytes]:
    """Every file that the service wrote, and what is packed or sealed in its database."""
    found = {
        str(path.relative_to(home)): path.read_bytes()
        for path in (home / "state").rglob("*")
        if path.is_file() and "keys" not in path.parts
    }
    key = service_key(open_home(home).keys, new_key=lambda _size: b"")
    with closing(sqlite3.connect(home / "state" / "enclave.db")) as database:
        tables = [row[0] for row in database.execute('SELECT "table" FROM results')]
        answers = [key.unseal(row[0]) for row in database.execute("SELECT answer FROM answers")]
    assert tables
    assert answers
    assert None not in answers
    found["opened tables"] = b"\n".join(
        str(pa.ipc.open_stream(table).read_all()).encode() for table in tables
    )
    found["opened answers"] = b"\n".join(answer for answer in answers if answer is not None)
    return found


def test_no_canary_is_anywhere_but_in_the_data(ran: Ran) -> None:
    scanner = ran.scanner
    assert scanner.found(b"\n".join(ran.said)) == set()
    found = {name: scanner.found(text) for name, text in ran.kept.items()}
    assert {name: values for name, values in found.items() if values} == {}
    assert found.keys() >= {"state/enclave.db", "state/gateway.log", "state/audit/checkpoint"}
    assert done("audit", "verify", "--home", ran.home).startswith("ok")


def test_the_session_came_to_every_end_there_is(ran: Ran) -> None:
    assert {"released", "400", "403", "422", "done", "rejected", "with checkers"} <= set(ran.statuses)
    assert ran.statuses.count("released") >= 20
    assert ran.statuses.count("bundled") >= 4
    assert {column.type for column in (*PATIENT, *VISIT)} == TYPES


def test_every_canary_is_in_the_data_and_would_be_known(ran: Ran) -> None:
    scanner = ran.scanner
    stored = b"".join(path.read_bytes() for path in (ran.home / "data").rglob("*.parquet"))
    assert scanner.found(stored)
    said = scanner.found("\n".join(f'{{"x": "{value}"}}' for value in ran.planted).encode())
    assert said >= {str(value) for value in ran.planted}
    numbers = [
        value for value in ran.planted if isinstance(value, float) or (type(value) is int and value > 10**9)
    ]
    for number in numbers[::50]:
        column = pa.record_batch({"x": pa.array([number])})
        assert scanner.found(b"-" + column.serialize().to_pybytes()), number
    for money in [value for value in ran.planted if isinstance(value, Decimal)][::50]:
        column = pa.record_batch({"x": pa.array([money], pa.decimal128(18, 2))})
        assert scanner.found(column.serialize().to_pybytes()), money


def test_a_canary_that_is_put_into_an_answer_is_found_there_and_in_the_database_and_in_no_log(
    ran: Ran,
) -> None:
    """The test can fail: somebody names a query after a value of each kind, and the scanner finds each."""
    scanner, by_kind = ran.scanner, {type(value): str(value) for value in ran.planted}
    with serving(ran.home) as served:
        session = Session(served)
        session.ask("SELECT sex, count(*) AS n FROM patient GROUP BY 1", name=" ".join(by_kind.values()))
    assert scanner.found(session.said[-1]) >= set(by_kind.values())
    found = {name: scanner.found(text) for name, text in kept(ran.home).items()}
    assert found["state/enclave.db"] >= set(by_kind.values())
    assert found["state/gateway.log"] == set()
    assert len(by_kind) == 5
