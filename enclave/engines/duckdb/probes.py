"""The prisoner's program: enter the sandbox as a worker does, and try to break out in every way we know.

Written in plain Python, as code would be that took a worker over. Nothing here harms if it succeeds.
"""

import ctypes
import mmap
import os
import resource
import socket
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from enclave.engines.duckdb import kernel
from enclave.engines.duckdb.prisoner import HAPPENED, Met, Targets, serve
from enclave.engines.duckdb.sandbox import Layer, Meter, Prison, confine, limit_growth

ALLOCATION_BYTES = 4 << 30
GROWTH_BYTES = 1 << 29
_MAP_NORESERVE = 0x4000
_PTRACE_ATTACH = 16
_NO_PROCESS = 0x7FFFFFF0
_NO_PROGRAM = "/nonexistent/program"


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
    flags = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | _MAP_NORESERVE  # so that only a limit can refuse it
    mmap.mmap(-1, ALLOCATION_BYTES, flags=flags).close()


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
    """Try everything under each asked set of layers."""
    serve(parent, _try_all)


def _try_all(names: list[str], targets: Targets) -> Met:
    layers = frozenset(Layer[name] for name in names)
    meter = Meter()
    if layers:
        confine(Prison(readable=(Path(targets.allowed),), spill=None, temp_bytes=0), layers)
    if Layer.LIMITS in layers:
        limit_growth(meter, GROWTH_BYTES)
    meter.close()
    return {name: _met(attempt, targets) for name, attempt in ATTEMPTS.items()}


def _met(attempt: Callable[[Targets], object], targets: Targets) -> str:
    """A call that finds nothing there was let through."""
    try:
        attempt(targets)
    except (FileNotFoundError, ProcessLookupError):
        return HAPPENED
    except (OSError, MemoryError, ValueError) as refusal:
        return type(refusal).__name__
    return HAPPENED
