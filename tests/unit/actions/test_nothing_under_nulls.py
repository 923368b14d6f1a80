"""What is kept of an answer, and leaves as a file, holds nothing but what it says.

An engine leaves under a NULL whatever its memory held: addresses of a worker's process, or what it worked on before.
"""

import json

import pyarrow as pa

from enclave.actions.kept_answers import read_table, said_hash, table_hash
from enclave.outputs.records import QueryId, ResultRecord
from enclave.web.tables import arrow_bytes

SHAPE = json.dumps(
    {
        "columns": [
            {"id": "o0", "name": "n", "type": "BIGINT", "safe": True, "incomplete": False, "code_set": None}
        ],
        "frame": None,
    }
).encode()
SHOWN, MEMORY = (437).to_bytes(8, "little"), b"a secret"


def kept(under: bytes) -> ResultRecord:
    """A number, and a NULL with something under it, as a table of two pieces."""
    there = pa.py_buffer(b"\x01")
    column = pa.Array.from_buffers(pa.int64(), 2, [there, pa.py_buffer(SHOWN + under)])
    table = pa.table([pa.chunked_array([column, column[1:]])], names=["o0"])
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    content = sink.getvalue().to_pybytes()
    return ResultRecord(QueryId("Q-1"), content, SHAPE, b"{}", table_hash(content, SHAPE), "")


def test_a_table_says_the_same_whatever_lay_under_its_nulls() -> None:
    first, second = kept(MEMORY), kept(bytes(8))
    assert first.table_hash != second.table_hash
    assert said_hash(first) == said_hash(second)


def test_no_file_of_it_has_what_lay_under_a_null_not_even_of_one_that_was_kept_so() -> None:
    table = read_table(kept(MEMORY))
    assert MEMORY in kept(MEMORY).table
    assert SHOWN in arrow_bytes(table, about={})
    assert MEMORY not in arrow_bytes(table, about={})
    assert table.as_json()["rows"] == [[437], [None], [None]]
