"""The messages between gateway and worker: a kind, a length, and that many bytes.

Headers are JSON and tables are Arrow IPC streams: nothing here can carry code. The worker's side reads
what the gateway wrote; what a worker wrote is read by `channel` and `reading`, which trust none of it.
"""

import json
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from enclave.engines.duckdb.spec import Job, TableFiles, WorkerSpec

HEADER = struct.Struct(">cQ")

# gateway to worker
SPEC, JOB, INPUT, INTERRUPT = b"S", b"J", b"I", b"X"
# worker to gateway
READY, TABLE, ERROR, PROGRESS = b"R", b"T", b"E", b"P"

STEPS = 20
"""Of progress. A worker tells how many are done, each time more; the last is never told, for it is the answer."""


def frame(kind: bytes, payload: bytes = b"") -> bytes:
    """One message, ready to be sent."""
    return HEADER.pack(kind, len(payload)) + payload


@dataclass(frozen=True, slots=True)
class Setting:
    """What a worker is told of its spec. It learns neither the project's name nor the policy."""

    tables: tuple[TableFiles, ...]
    memory_bytes: int
    threads: int
    temp_bytes: int
    minimum_level: int
    spill: Path


@dataclass(frozen=True, slots=True)
class Request:
    """What a worker is told of a job; `inputs` are names, and their tables follow in this order."""

    number: int
    sql: str
    inputs: tuple[str, ...]
    max_rows: int
    max_bytes: int
    disabled_optimizers: tuple[str, ...]


def write_setting(spec: WorkerSpec, spill: Path) -> bytes:
    tables = [
        [table.name, [str(file) for file in table.files], list(table.columns), table.without]
        for table in spec.tables
    ]
    told = {
        "tables": tables,
        "memory_bytes": spec.memory_bytes,
        "threads": spec.threads,
        "temp_bytes": spec.temp_bytes,
        "minimum_level": spec.minimum_level,
        "spill": str(spill),
    }
    return json.dumps(told).encode()


def read_setting(payload: bytes) -> Setting:
    told: dict[str, Any] = json.loads(payload)
    tables = tuple(
        TableFiles(
            name,
            tuple(Path(file) for file in files),
            tuple(columns),
            None if without is None else (without[0], tuple(without[1])),
        )
        for name, files, columns, without in told.pop("tables")
    )
    return Setting(tables=tables, spill=Path(told.pop("spill")), **told)


def write_level(level: int) -> bytes:
    return bytes([level + 1])  # -1 is: not even the limits


def read_level(payload: bytes | bytearray) -> int:
    """The level that a worker says it reached; -1 for anything but one small number."""
    return payload[0] - 1 if len(payload) == 1 and payload[0] <= 4 else -1


def write_progress(step: int) -> bytes:
    return bytes([step])


def read_progress(payload: bytes | bytearray) -> int:
    """The steps that a worker says are done; 0 for anything but one number of them."""
    return payload[0] if len(payload) == 1 and payload[0] < STEPS else 0


def write_request(job: Job, number: int) -> bytes:
    asked = {
        "number": number,
        "sql": job.sql,
        "inputs": list(job.inputs),
        "max_rows": job.max_rows,
        "max_bytes": job.max_bytes,
        "disabled_optimizers": list(job.disabled_optimizers),
    }
    return json.dumps(asked).encode()


def read_request(payload: bytes) -> Request:
    asked: dict[str, Any] = json.loads(payload)
    for key in ("inputs", "disabled_optimizers"):
        asked[key] = tuple(asked[key])
    return Request(**asked)
