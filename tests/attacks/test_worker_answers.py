"""A worker that was taken over may answer anything. The gateway must neither break nor believe it.

Source: the answer is the one channel from a taken-over worker to the process that holds policy and keys.
"""

import socket
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Literal

import pyarrow as pa
import pytest

from enclave.engines.duckdb import process, wire
from enclave.engines.duckdb.answers import Untrustworthy, read_answer
from enclave.engines.duckdb.channel import Broken, Channel
from enclave.engines.duckdb.engine import DuckDBEngine
from enclave.engines.duckdb.spec import FailureCode
from tests.unit.engines.tools import SOON_SECONDS, failure, is_there, job_of, spec_of

ASKED = job_of("SELECT 1 AS a", max_rows=10)


def stream(table: pa.Table, *, compression: Literal["lz4", "zstd"] | None = None) -> bytearray:
    sink = pa.BufferOutputStream()
    options = pa.ipc.IpcWriteOptions(compression=compression)
    with pa.ipc.new_stream(sink, table.schema, options=options) as writer:
        writer.write_table(table)
    return bytearray(sink.getvalue())


def lying_strings() -> bytearray:
    """A column of strings whose offsets point far outside its text."""
    offsets = pa.py_buffer(struct.pack("<3i", 0, 1 << 30, 3))
    array = pa.StringArray.from_buffers(2, offsets, pa.py_buffer(b"abc"))
    return stream(pa.table({"a": array}))


def bad_text() -> bytearray:
    array = pa.array([b"\xff\xfe"], pa.binary()).view(pa.string())
    return stream(pa.table({"a": array}))


BAD: dict[str, Callable[[], bytearray]] = {
    "nothing": bytearray,
    "no table": lambda: bytearray(b"\x80\x04K\x01."),
    "zeros": lambda: bytearray(4096),
    "half a table": lambda: stream(pa.table({"a": [1, 2, 3]}))[:-40],
    "a compressed table (lz4)": lambda: stream(pa.table({"a": [0] * 10}), compression="lz4"),
    "a compressed table (zstd)": lambda: stream(pa.table({"a": [0] * 10}), compression="zstd"),
    "too many rows": lambda: stream(pa.table({"a": list(range(11))})),
    "too many rows in small batches": lambda: stream(
        pa.Table.from_batches(
            [pa.record_batch({"a": [1, 2]}) for _ in range(6)], schema=pa.schema([("a", pa.int64())])
        )
    ),
    "rows without memory": lambda: stream(pa.table({"a": pa.nulls((1 << 31) - 1)})),
    "dictionaries": lambda: stream(pa.table({"a": pa.array(["x"]).dictionary_encode()})),
    "runs": lambda: stream(
        pa.table({"a": pa.RunEndEncodedArray.from_arrays(pa.array([1 << 30], pa.int32()), pa.array([1]))})
    ),
    "bytes": lambda: stream(pa.table({"a": [b"x"]})),
    "an extension type": lambda: stream(pa.table({"a": pa.array([b"x" * 16], pa.uuid())})),
    "offsets that point outside": lying_strings,
    "text that is no text": bad_text,
}


@pytest.mark.parametrize("name", BAD)
def test_an_answer_that_is_not_a_plain_sound_table_is_not_read(name: str) -> None:
    with pytest.raises(Untrustworthy) as refused:
        read_answer(BAD[name](), ASKED)
    assert refused.value.args == ()
    assert refused.value.__cause__ is None
    assert refused.value.__suppress_context__ or refused.value.__context__ is None


@pytest.mark.parametrize(
    "table",
    [
        pa.table({"b": [1]}),
        pa.table({"a": ["1"]}),
        pa.table({"a": pa.array([1], pa.int32())}),
        pa.table({"a": [1], "b": [1]}),
        pa.table({}),
    ],
)
def test_an_answer_of_another_schema_than_expected_is_not_read(table: pa.Table) -> None:
    job = job_of("SELECT 1 AS a", expected=pa.schema([("a", pa.int64())]))
    with pytest.raises(Untrustworthy):
        read_answer(stream(table), job)


def test_metadata_that_came_with_an_answer_is_dropped() -> None:
    table = pa.table({"a": [1]}).replace_schema_metadata({"pandas": "{}"})
    field = pa.field("a", pa.int64(), metadata={"x": "y"})
    found = read_answer(stream(table.cast(pa.schema([field], metadata={"pandas": "{}"}))), ASKED)
    assert not found.schema.metadata
    assert not found.schema.field("a").metadata
    assert found.to_pydict() == {"a": [1]}


def test_a_length_is_refused_before_anything_is_allocated_for_it() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall(wire.HEADER.pack(wire.TABLE, 1 << 60))
        with pytest.raises(Broken):
            Channel(ours).receive(1 << 20, lambda: None)


LIAR = """
import os, struct, sys, time
def read(n):
    data = b""
    while len(data) < n:
        data += os.read(0, n - len(data))
    return data
def message():
    kind, length = struct.unpack(">cQ", read(9))
    return read(length)
message()
os.write(0, struct.pack(">cQ", b"R", 1) + bytes([4]))
message()
{lie}
time.sleep(600)  # {module}
"""

LIES = {
    "an unknown code": 'os.write(0, struct.pack(">cQ", b"E", 7) + b"Jones 1")',
    "a code of the gateway's own": 'os.write(0, struct.pack(">cQ", b"E", 7) + b"timeout")',
    "an unknown kind": 'os.write(0, struct.pack(">cQ", b"?", 0))',
    "a second greeting": 'os.write(0, struct.pack(">cQ", b"R", 1) + bytes([4]))',
    "a pickle": 'os.write(0, struct.pack(">cQ", b"T", 5) + bytes([128, 4, 75, 1, 46]))',
    "progress that stands still": 'os.write(0, 2 * (struct.pack(">cQ", b"P", 1) + bytes([3])))',
    "progress that goes back": 'for step in (7, 6): os.write(0, struct.pack(">cQ", b"P", 1) + bytes([step]))',
    "progress to the end": 'os.write(0, struct.pack(">cQ", b"P", 1) + bytes([20]))',
    "progress of nothing": 'os.write(0, struct.pack(">cQ", b"P", 1) + bytes([0]))',
    "progress in words": 'os.write(0, struct.pack(">cQ", b"P", 7) + b"Jones 1")',
    "a flood": 'os.write(0, struct.pack(">cQ", b"T", 1 << 40))',
    "a hang-up": "os._exit(0)",
}


@pytest.mark.parametrize("name", LIES)
def test_a_worker_that_lies_is_killed_and_believed_in_nothing(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process, "_PROGRAM", LIAR.replace("{lie}", LIES[name]))
    with DuckDBEngine(folder=tmp_path, spares=0) as engine:
        assert failure(engine, spec_of(minimum_level=0), job_of("SELECT 1 AS a")) is FailureCode.FAILED
        assert not engine._pool._idle or engine._pool._idle[-1].jobs == 0


@pytest.mark.parametrize(
    "lie",
    [
        'os.write(0, struct.pack(">cQ", b"T", 100) + b"x")  # and never the rest',
        'os.write(0, b"T")',
        "pass",
    ],
)
def test_a_worker_that_stops_in_mid_answer_is_killed_at_the_deadline(
    lie: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process, "_PROGRAM", LIAR.replace("{lie}", lie))
    with DuckDBEngine(folder=tmp_path, spares=0) as engine:
        job = job_of("SELECT 1 AS a", deadline_seconds=SOON_SECONDS)
        assert failure(engine, spec_of(minimum_level=0), job) is FailureCode.TIMEOUT


def test_a_worker_that_answers_before_it_is_asked_is_killed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Or its first answer would pass for the answer to another question."""
    twice = 'os.write(0, 2 * (struct.pack(">cQ", b"E", 9) + b"too-large"))'
    monkeypatch.setattr(process, "_PROGRAM", LIAR.replace("{lie}", twice))
    with DuckDBEngine(folder=tmp_path, spares=0) as engine:
        spec = spec_of(minimum_level=0)
        assert failure(engine, spec, job_of("SELECT 1 AS a")) is FailureCode.TOO_LARGE
        liar = engine._pool._idle[-1]._process.pid
        assert failure(engine, spec, job_of("SELECT 2 AS a")) is FailureCode.FAILED
        assert not is_there(liar)
