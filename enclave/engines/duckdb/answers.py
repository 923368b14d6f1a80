"""Reading what a worker sent, as if somebody else had written it.

Without compression, dictionaries and unlisted types, a table takes no more memory than the message it came
in; so these are refused before the message is decoded, and every offset in it is checked afterwards.
"""

import struct

import pyarrow as pa
import pyarrow.types as kinds

from enclave.engines.duckdb.spec import Job

_RECORD_BATCH = 3  # of the union MessageHeader in Arrow's Message.fbs
_HEADER_TYPE, _HEADER = 1, 2  # fields of Message
_COMPRESSION = 3  # field of RecordBatch

_SCALARS = (
    kinds.is_boolean,
    kinds.is_integer,
    kinds.is_floating,
    kinds.is_decimal,
    kinds.is_string,
    kinds.is_large_string,
    kinds.is_temporal,
)


class Untrustworthy(Exception):
    """The answer is not the table that was asked for."""


def read_answer(payload: bytearray, job: Job) -> pa.Table:
    """The table in an Arrow IPC stream, without any metadata that came with it.

    Raises:
        Untrustworthy: it is not plain, not within its caps, not of the expected schema, or not sound.
    """
    try:
        message = pa.py_buffer(payload)
        _refuse_disguises(message)
        with pa.ipc.open_stream(message) as reader:
            schema = _plain_schema(reader.schema, job)
            table = pa.Table.from_batches(_capped(reader, job.max_rows), schema=reader.schema)
        table.validate(full=True)
        return pa.Table.from_arrays(table.columns, schema=schema)
    except (pa.ArrowException, OSError, ValueError, struct.error, IndexError):
        raise Untrustworthy from None


def _refuse_disguises(message: pa.Buffer) -> None:
    """Let through a schema and uncompressed record batches, nothing else."""
    reader = pa.ipc.MessageReader.open_stream(message)
    for position, part in enumerate(iter(reader)):
        wanted = "schema" if position == 0 else "record batch"
        if part.type != wanted or _is_compressed(part.metadata.to_pybytes()):
            raise Untrustworthy


def _is_compressed(metadata: bytes) -> bool:
    """Look into the flatbuffer: pyarrow tells everything of a message but this."""
    (root,) = struct.unpack_from("<I", metadata, 0)
    header_type = _field(metadata, root, _HEADER_TYPE)
    header = _field(metadata, root, _HEADER)
    if header_type is None or header is None:
        raise Untrustworthy
    if metadata[header_type] != _RECORD_BATCH:
        return False
    (distance,) = struct.unpack_from("<I", metadata, header)
    return _field(metadata, header + distance, _COMPRESSION) is not None


def _field(metadata: bytes, table: int, number: int) -> int | None:
    """Where a table of a flatbuffer keeps a field; None where it keeps the default."""
    (back,) = struct.unpack_from("<i", metadata, table)
    slot = 4 + 2 * number
    (size,) = struct.unpack_from("<H", metadata, table - back)
    if slot + 2 > size:
        return None
    (offset,) = struct.unpack_from("<H", metadata, table - back + slot)
    return table + offset if offset else None


def _plain_schema(schema: pa.Schema, job: Job) -> pa.Schema:
    plain = pa.schema([(field.name, field.type) for field in schema])
    if not all(_is_plain(field.type) for field in plain):
        raise Untrustworthy
    if job.expected is not None:
        expected = pa.schema([(field.name, field.type) for field in job.expected])
        if not plain.equals(expected):
            raise Untrustworthy
    return plain


def _is_plain(kind: pa.DataType) -> bool:
    if kinds.is_list(kind) or kinds.is_large_list(kind):
        return _is_plain(kind.value_type)
    if kinds.is_struct(kind):
        return all(_is_plain(kind.field(position).type) for position in range(kind.num_fields))
    return any(is_kind(kind) for is_kind in _SCALARS)


def _capped(reader: pa.RecordBatchStreamReader, max_rows: int) -> list[pa.RecordBatch]:
    batches: list[pa.RecordBatch] = []
    rows = 0
    for batch in reader:
        rows += batch.num_rows
        if rows > max_rows:
            raise Untrustworthy
        batches.append(batch)
    return batches
