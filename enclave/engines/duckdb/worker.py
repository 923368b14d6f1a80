"""The worker's own program: a fresh interpreter with one descriptor, the channel to its gateway.

Order: imports, then the sandbox, then the engine. It answers each job with one table or one code, tells meanwhile how
far it is, in whole steps, and says nothing else, anywhere: its output and its errors go nowhere. It ends when its
gateway does.
"""

import os
import queue
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

import pyarrow as pa

from enclave.engines.duckdb import kernel, wire
from enclave.engines.duckdb.sandbox import Layer, Meter, Prison, confine, level_of, limit_growth
from enclave.engines.duckdb.session import Session, TooLarge, is_out_of_memory
from enclave.engines.duckdb.spec import OVERHEAD_BYTES, FailureCode

_ADDRESSES_PER_BYTE = 2
"""Freed memory leaves holes: a query within the engine's limit was seen to map 1.6 times as much.

What a worker really holds is the gateway's to watch; this stops the one big leap between two looks.
"""

_CHANNEL = 0
_PROGRESS_SECONDS = 0.1
_READ_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class _Work:
    request: wire.Request
    inputs: tuple[pa.Table, ...]


def main(parent: int) -> None:
    """Serve one gateway until it hangs up."""
    kernel.die_with_parent(parent)
    _be_first_to_go()
    received = _receive()
    _expect(wire.SPEC, received)
    setting = wire.read_setting(received[1])
    meter = Meter()
    layers = confine(_prison(setting))
    level = level_of(layers)
    if level < setting.minimum_level:
        _send(wire.READY, wire.write_level(level))
        return
    session = Session(setting if Layer.FILES in layers else replace(setting, temp_bytes=0))
    waiting = _listen(session)
    line = _Line(session)
    limit_growth(meter, _ADDRESSES_PER_BYTE * setting.memory_bytes + OVERHEAD_BYTES)
    meter.close()
    _send(wire.READY, wire.write_level(level))
    while True:
        work = waiting.get()
        with line.telling(work.request.number):
            kind, payload = _answer(session, work)
        _send(kind, payload)


class _Line:
    """Tells how far a job is while it runs, in whole steps, and nothing once its answer is there."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._lock = threading.Lock()
        self._running = threading.Event()
        self._number, self._told = -1, 0
        threading.Thread(target=self._tell_forever, daemon=True).start()

    @contextmanager
    def telling(self, number: int) -> Iterator[None]:
        with self._lock:
            self._number, self._told = number, 0
        self._running.set()
        try:
            yield
        finally:
            with self._lock:
                self._running.clear()

    def _tell_forever(self) -> None:
        while self._running.wait():
            time.sleep(_PROGRESS_SECONDS)
            number, percent = self._session.progress()
            with self._lock:
                if self._running.is_set() and number == self._number:
                    self._tell(percent)

    def _tell(self, percent: float) -> None:
        step = int(min(max(percent, 0.0), 100.0) * wire.STEPS / 100) if percent == percent else 0
        if self._told < step < wire.STEPS:
            self._told = step
            _send(wire.PROGRESS, wire.write_progress(step))


def _be_first_to_go() -> None:
    """If the machine runs out of memory, the kernel should end workers before gateways."""
    with suppress(OSError):  # the gateway's own watch does not depend on it
        Path("/proc/self/oom_score_adj").write_text("1000")


def _prison(setting: wire.Setting) -> Prison:
    files = tuple(file for table in setting.tables for file in table.files)
    spill = setting.spill if setting.temp_bytes else None
    return Prison(readable=files, spill=spill, temp_bytes=setting.temp_bytes)


def _listen(session: Session) -> "queue.SimpleQueue[_Work]":
    """Read on a thread of its own, so that a running job can be interrupted and a hang-up noticed."""
    waiting: queue.SimpleQueue[_Work] = queue.SimpleQueue()
    threading.Thread(target=_read_forever, args=(session, waiting), daemon=True).start()
    return waiting


def _read_forever(session: Session, waiting: "queue.SimpleQueue[_Work]") -> None:
    try:
        while True:
            kind, payload = _receive()
            if kind == wire.INTERRUPT:
                session.interrupt(int(payload))
            else:
                _expect(wire.JOB, (kind, payload))
                request = wire.read_request(payload)
                waiting.put(_Work(request, tuple(_read_input() for _ in request.inputs)))
    finally:
        os._exit(1)


def _read_input() -> pa.Table:
    received = _receive()
    _expect(wire.INPUT, received)
    return pa.ipc.open_stream(received[1]).read_all()


def _answer(session: Session, work: _Work) -> tuple[bytes, "bytes | pa.Buffer"]:
    """One answer to one job. What went wrong is told by a code alone: its words may hold anybody's data."""
    try:
        return wire.TABLE, session.run(work.request, work.inputs)
    except TooLarge:
        code = FailureCode.TOO_LARGE
    except Exception as error:  # noqa: BLE001 - the edge: whatever it is, it becomes a code
        if session.interrupted:
            code = FailureCode.CANCELLED
        else:
            code = FailureCode.OUT_OF_MEMORY if is_out_of_memory(error) else FailureCode.FAILED
    return wire.ERROR, code.encode()


def _expect(kind: bytes, received: tuple[bytes, bytes]) -> None:
    if received[0] != kind:
        os._exit(1)


def _receive() -> tuple[bytes, bytes]:
    kind, length = wire.HEADER.unpack(_read_exactly(wire.HEADER.size))
    return kind, _read_exactly(length)


def _read_exactly(length: int) -> bytes:
    parts: list[bytes] = []
    missing = length
    while missing:
        part = os.read(_CHANNEL, min(missing, _READ_BYTES))
        if not part:
            os._exit(0)  # the gateway hung up
        parts.append(part)
        missing -= len(part)
    return b"".join(parts)


def _send(kind: bytes, payload: "bytes | pa.Buffer") -> None:
    _write(wire.HEADER.pack(kind, len(payload)))
    _write(payload)


def _write(payload: "bytes | pa.Buffer") -> None:
    left = memoryview(payload)
    while left:
        left = left[os.write(_CHANNEL, left) :]
