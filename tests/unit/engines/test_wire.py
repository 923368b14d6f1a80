"""The messages between gateway and worker."""

from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from enclave.engines.duckdb import wire
from enclave.engines.duckdb.spec import Job, TableFiles, WorkerSpec


@given(
    sql=st.text(max_size=200),
    inputs=st.lists(st.from_regex(r"[A-Za-z_][A-Za-z0-9_]{0,8}", fullmatch=True), unique=True, max_size=4),
    number=st.integers(0, 1 << 40),
)
def test_a_request_arrives_as_it_was_sent(sql: str, inputs: list[str], number: int) -> None:
    job = Job(sql, dict.fromkeys(inputs, pa.table({})), max_rows=1, max_bytes=2, deadline_seconds=3.0)
    read = wire.read_request(wire.write_request(job, number))
    assert read == wire.Request(number, sql, tuple(inputs), 1, 2, ())


def test_a_worker_learns_its_tables_and_limits_and_neither_project_nor_policy() -> None:
    table = TableFiles("t", (Path("/data/a.parquet"), Path("/data/b.parquet")), ("a", "b"))
    spec = WorkerSpec("P-SECRET", "HASH-SECRET", (table,), 1, 2, 3, 1)
    sent = wire.write_setting(spec, Path("/spill"))
    assert b"SECRET" not in sent
    assert wire.read_setting(sent) == wire.Setting((table,), 1, 2, 3, 1, Path("/spill"))


@pytest.mark.parametrize("level", [-1, 0, 1, 2, 3])
def test_a_level_arrives_as_it_was_sent(level: int) -> None:
    assert wire.read_level(wire.write_level(level)) == level


@pytest.mark.parametrize("payload", [b"", b"\x05", b"\xff", b"\x04\x04"])
def test_anything_else_than_a_level_is_the_lowest(payload: bytes) -> None:
    assert wire.read_level(payload) == -1
