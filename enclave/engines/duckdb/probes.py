"""The prisoner's program: enter the sandbox as a worker does, and try to break out in every way we know.

Each set of layers is tried in a fork of its own, as none can be taken off again. What an attempt met is
reported, not judged: `selftest` knows what each layer should refuse. Nothing here harms if it succeeds.
"""

import ctypes
import json
import mmap
import os
import resource
import socket
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from enclave.engines.duckdb import kernel, wire
from enclave.engines.duckdb.sandbox import Layer, Meter, Prison, confine, limit_growth

ALLOCATION_BYTES = 4 << 30
GROWTH_BYTES = 1 << 29
HAPPENED = "happened"

_CHANNEL = 0
_PTRACE_ATTACH = 16
_NO_PROCESS = 0x7FFFFFF0
_NO_PROGRAM = "/nonexistent/program"


@dataclass(frozen=True, slots=True)
class Targets:
    """What to aim at, all of it made for the purpose by the gateway."""

    allowed: str
    secret: str
    other_table: str
    folder: str
    port: int
    gateway: int


def _read(path: str) -> None:
    with Path(path).open("rb") as file:
        file.read(1)


def _write(folder: str) -> None:
    with (Path(folder) / f"left-by-{os.getpid()}").open("wb") as file:
        file.write(b"x")
        file.flush()


def _connect(port: int) -> None:
    with socket.socket() as line:
        line.settimeout(2)
        line.connect(("127.0.0.1", port))


def _fork() -> None:
    child = os.fork()
    if child == 0:
        os._exit(0)
    os.waitpid(child, 0)


def _trace() -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    libc.ptrace(ctypes.c_long(_PTRACE_ATTACH), ctypes.c_long(_NO_PROCESS), None, None)
    raise OSError(ctypes.get_errno(), "ptrace")


def _allocate() -> None:
    mmap.mmap(-1, ALLOCATION_BYTES, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS).close()


def _raise_a_limit() -> None:
    resource.setrlimit(resource.RLIMIT_CORE, (1, 1))


def _use_a_descriptor() -> None:
    """Look for one that was inherited, beside the channel and the three of an interpreter."""
    for number in range(3, 256):
        with suppress(OSError):
            os.fstat(number)
            return
    raise PermissionError


ATTEMPTS: dict[str, Callable[[Targets], object]] = {
    "read a file outside": lambda targets: _read(targets.secret),
    "read another table": lambda targets: _read(targets.other_table),
    "list a folder": lambda targets: list(Path(targets.folder).iterdir()),
    "write a file": lambda targets: _write(targets.folder),
    "remove a file": lambda targets: (Path(targets.folder) / "not-there").unlink(),
    "open a socket": lambda _: socket.socket().close(),
    "connect to the gateway": lambda targets: _connect(targets.port),
    "run a program": lambda _: os.execv(_NO_PROGRAM, [_NO_PROGRAM]),
    "start a process": lambda _: _fork(),
    "signal the gateway": lambda targets: os.kill(targets.gateway, 0),
    "trace a process": lambda _: _trace(),
    "make memory executable": lambda _: mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_EXEC).close(),
    "enter a new namespace": lambda _: kernel.unshare(kernel.CLONE_NEWIPC | kernel.CLONE_NEWUSER),
    "allocate 4 GiB": lambda _: _allocate(),
    "raise a limit": lambda _: _raise_a_limit(),
    "use an inherited descriptor": lambda _: _use_a_descriptor(),
    "read what it may": lambda targets: _read(targets.allowed),
}


def main(parent: int) -> None:
    """Take the targets, try everything under each asked set of layers, and report."""
    kernel.die_with_parent(parent)
    kind, length = wire.HEADER.unpack(os.read(_CHANNEL, wire.HEADER.size))
    asked: dict[str, Any] = json.loads(os.read(_CHANNEL, length))
    targets = Targets(**asked["targets"])
    met = [_in_a_fork([Layer(layer) for layer in layers], targets) for layers in asked["layers"]]
    answer = wire.frame(kind, json.dumps(met).encode())
    os.write(_CHANNEL, answer)


def _in_a_fork(layers: list[Layer], targets: Targets) -> dict[str, str]:
    """What each attempt met; empty if the fork came to grief."""
    main_process = os.getpid()
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        try:
            kernel.die_with_parent(main_process)
            os.dup2(writing, 1)
            os.close(writing)
            os.write(1, json.dumps(_try_all(frozenset(layers), targets)).encode())
        finally:
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as report:
        told = report.read()
    os.waitpid(child, 0)
    return dict(json.loads(told)) if told else {}


def _try_all(layers: frozenset[Layer], targets: Targets) -> dict[str, str]:
    meter = Meter()
    if layers:
        confine(Prison(readable=(Path(targets.allowed),), spill=None, temp_bytes=0), layers)
    if Layer.LIMITS in layers:
        limit_growth(meter, GROWTH_BYTES)
    meter.close()
    return {name: _met(attempt, targets) for name, attempt in ATTEMPTS.items()}


def _met(attempt: Callable[[Targets], object], targets: Targets) -> str:
    """`happened`, or the name of what refused it. A call that finds nothing there was let through."""
    try:
        attempt(targets)
    except (FileNotFoundError, ProcessLookupError):
        return HAPPENED
    except (OSError, MemoryError, ValueError) as refusal:
        return type(refusal).__name__
    return HAPPENED
