"""One worker process, as the gateway holds it: started, asked, watched and, if need be, killed.

The worker cannot be trusted to stop: the engine's own limits do not hold in every case. So the gateway
counts the seconds and watches the memory, and its last word is SIGKILL.
"""

import os
import resource
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import TypeAlias

import pyarrow as pa

from enclave.engines.duckdb import wire
from enclave.engines.duckdb.answers import Untrustworthy, read_answer
from enclave.engines.duckdb.channel import Broken, Channel, Check
from enclave.engines.duckdb.spec import OVERHEAD_BYTES, FailureCode, Job, WorkerSpec

GRACE_SECONDS = 0.25
"""How long an interrupted worker has before it is killed."""

START_SECONDS = 30.0
"""How long a worker may take to import and to enter its sandbox, also on a machine under load."""

_KILLED_WITHIN_SECONDS = 10.0
_CODE_BYTES = 64
_SPILL_SLACK = 1.25

Outcome: TypeAlias = pa.Table | FailureCode

_ENVIRONMENT = {
    "JE_ARROW_MALLOC_CONF": "background_thread:false",  # pyarrow would start a thread at import
    "ARROW_DEFAULT_MEMORY_POOL": "system",  # the other pools reserve a gigabyte of addresses
}
_PROGRAM = (
    "import sys; sys.modules['numpy'] = None; sys.path.append(sys.argv[1]); "  # numpy would start threads
    "from enclave.engines.duckdb.{module} import main; main(int(sys.argv[2]))"
)


def launch(module: str, line: socket.socket, folder: Path) -> "subprocess.Popen[bytes]":
    """Start a fresh interpreter on one of this room's programs, with `line` and nothing else.

    It dies with the *thread* that calls this, so that thread must live as long as the worker may.
    """
    root = Path(__file__).parents[3]
    return subprocess.Popen(
        [sys.executable, "-I", "-B", "-c", _PROGRAM.format(module=module), str(root), str(os.getpid())],
        stdin=line.fileno(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=_ENVIRONMENT,
        cwd=folder,
        close_fds=True,
        start_new_session=True,
    )


def _nobody(_share: float) -> None:
    """Where nobody asked how far a job is."""


class Stopped(Exception):
    """A wait was ended, and this is why."""

    def __init__(self, code: FailureCode) -> None:
        self.code = code


class Watch:
    """What may end a caller's wait: its deadline or its own wish."""

    def __init__(self, seconds: float, cancel: threading.Event | None = None) -> None:
        self._until = time.monotonic() + seconds
        self._cancel = cancel

    def check(self) -> None:
        """Raise `Stopped` once it is time."""
        if self._cancel is not None and self._cancel.is_set():
            raise Stopped(FailureCode.CANCELLED)
        if time.monotonic() >= self._until:
            raise Stopped(FailureCode.TIMEOUT)


class Worker:
    """A worker process and its folder. Once bound it serves one spec, for one caller at a time."""

    def __init__(self, folder: Path) -> None:
        self.spec: WorkerSpec | None = None
        self.jobs = 0
        self.alive = True
        self._folder = folder
        self._spill = folder / "spill"
        self._level: int | None = None
        self._steps_done = 0
        self._came_to: Callable[[float], None] = _nobody
        (folder / "empty").mkdir(parents=True)
        self._spill.mkdir(mode=0o700)
        ours, theirs = socket.socketpair()
        with theirs, ExitStack() as undo:
            undo.enter_context(ours)
            self._process = launch("worker", theirs, folder / "empty")
            undo.pop_all()
        self._channel = Channel(ours)
        self._size = os.open(f"/proc/{self._process.pid}/statm", os.O_RDONLY | os.O_CLOEXEC)

    def bind(self, spec: WorkerSpec) -> None:
        """Tell the worker whom it serves. It prepares itself while its gateway goes on."""
        self.spec = spec
        told = wire.frame(wire.SPEC, wire.write_setting(spec, self._spill))
        try:
            self._channel.send([told], Watch(START_SECONDS).check)
        except (Broken, Stopped):
            self.kill()

    def prepare(self, spec: WorkerSpec, cancel: threading.Event | None) -> FailureCode | None:
        """Wait until the worker stands in its sandbox; say what is wrong, or None."""
        if not self.alive:  # it did not live to hear whom it serves
            return FailureCode.FAILED
        if self._level is None:
            try:
                kind, payload = self._channel.receive(1, Watch(START_SECONDS, cancel).check)
            except Broken:
                return self._kill_for(FailureCode.FAILED)
            except Stopped as stopped:
                cancelled = stopped.code is FailureCode.CANCELLED
                return self._kill_for(stopped.code if cancelled else FailureCode.FAILED)
            self._level = wire.read_level(payload) if kind == wire.READY else -1
        if self._level < spec.minimum_level:
            return self._kill_for(FailureCode.SANDBOX_TOO_WEAK)
        return None

    def ask(
        self, job: Job, spec: WorkerSpec, watch: Watch, *, came_to: Callable[[float], None] = _nobody
    ) -> Outcome:
        """The table, or why there is none. Afterwards the worker is fit for the next job, or dead.

        `came_to` is called with the share of the job that the worker says is done: rising, in whole steps.
        """
        self._steps_done, self._came_to = 0, came_to
        if not self._channel.is_quiet():  # it speaks before it is asked
            return self._kill_for(FailureCode.FAILED)
        self.jobs += 1
        outcome = self._ask(job, spec, watch)
        if self.alive and spec.temp_bytes and self._spilled_bytes():
            self.kill()  # an engine keeps its files for later, and rows of people in them
        return outcome

    def _ask(self, job: Job, spec: WorkerSpec, watch: Watch) -> Outcome:
        check = partial(self._check, watch, spec)
        sent = False
        try:
            self._channel.send(self._question(job), check)
            sent = True
            kind, payload = self._receive(job, check)
        except Broken:
            return self._kill_for(FailureCode.FAILED)
        except Stopped as stopped:
            if sent and stopped.code is not FailureCode.OUT_OF_MEMORY:
                self._interrupt(job)
            else:
                self.kill()
            return stopped.code
        return self._read(kind, payload, job)

    def _receive(self, job: Job, check: Check) -> tuple[bytes, bytearray]:
        """The answer. How far the job is may come before it, each time further, so that it comes to an end."""
        while True:
            kind, payload = self._channel.receive(job.max_bytes + _CODE_BYTES, check)
            if kind != wire.PROGRESS:
                return kind, payload
            steps = wire.read_progress(payload)
            if steps <= self._steps_done:
                raise Broken
            self._steps_done = steps
            self._came_to(steps / wire.STEPS)

    def is_running(self) -> bool:
        """Whether the process is there at all: an idle one may have been ended by somebody else."""
        return self.alive and self._process.poll() is None

    def end(self) -> None:
        """Stop the process and no more: another thread is in the middle of a talk with it."""
        self._process.kill()

    def kill(self) -> None:
        """End the process, wait until it is gone, and empty its folder. May be called again."""
        if not self.alive:
            return
        self.alive = False
        self._process.kill()
        self._process.wait(_KILLED_WITHIN_SECONDS)
        self._channel.close()
        os.close(self._size)
        shutil.rmtree(self._folder)

    def _question(self, job: Job) -> Iterator[bytes | pa.Buffer]:
        yield wire.frame(wire.JOB, wire.write_request(job, self.jobs))
        for table in job.inputs.values():
            sink = pa.BufferOutputStream()
            with pa.ipc.new_stream(sink, table.schema) as stream:
                stream.write_table(table)
            yield wire.HEADER.pack(wire.INPUT, sink.tell())
            yield sink.getvalue()

    def _check(self, watch: Watch, spec: WorkerSpec) -> None:
        watch.check()
        if self._resident_bytes() > spec.memory_bytes + OVERHEAD_BYTES:
            raise Stopped(FailureCode.OUT_OF_MEMORY)
        if spec.temp_bytes and self._spilled_bytes() > spec.temp_bytes * _SPILL_SLACK:
            raise Stopped(FailureCode.OUT_OF_MEMORY)

    def _resident_bytes(self) -> int:
        """What the process holds. A process that cannot be measured is as good as gone."""
        try:
            return int(os.pread(self._size, 64, 0).split()[1]) * resource.getpagesize()
        except (OSError, IndexError):
            raise Broken from None

    def _spilled_bytes(self) -> int:
        with os.scandir(self._spill) as entries:
            return sum(_size_of(entry) for entry in entries)

    def _interrupt(self, job: Job) -> None:
        """Ask the worker to stop; kill it if it has not answered by the end of its grace."""
        grace = Watch(GRACE_SECONDS).check
        try:
            self._channel.send([wire.frame(wire.INTERRUPT, str(self.jobs).encode())], grace)
            self._receive(job, grace)
        except (Broken, Stopped):
            self.kill()

    def _read(self, kind: bytes, payload: bytearray, job: Job) -> Outcome:
        if kind == wire.TABLE:
            try:
                return read_answer(payload, job)
            except Untrustworthy:
                return self._kill_for(FailureCode.FAILED)
        if kind == wire.ERROR and payload == FailureCode.TOO_LARGE.encode():
            return FailureCode.TOO_LARGE
        memory = kind == wire.ERROR and payload == FailureCode.OUT_OF_MEMORY.encode()
        return self._kill_for(FailureCode.OUT_OF_MEMORY if memory else FailureCode.FAILED)

    def _kill_for(self, code: FailureCode) -> FailureCode:
        self.kill()
        return code


def _size_of(entry: "os.DirEntry[str]") -> int:
    try:
        return entry.stat(follow_symlinks=False).st_size
    except FileNotFoundError:  # the engine removed it meanwhile
        return 0
