"""The worker's prison, applied by the worker to itself: after its imports, before it connects.

Four layers, each of which stands alone. Order matters: Landlock binds one thread, and DuckDB starts threads
when it connects; imports read files, and afterwards no file but the named ones can be read.

Limit: Landlock does not hide metadata. A taken-over worker can learn whether a path exists, and its size.
"""

import os
import platform
import resource
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path

from enclave.engines.duckdb import kernel
from enclave.engines.duckdb.calls import compile_filter

_DESCRIPTORS = 64
_DESCRIPTORS_PER_FILE = 4
_SPILL_ACCESS = (
    kernel.FS_READ_FILE
    | kernel.FS_WRITE_FILE
    | kernel.FS_READ_DIR
    | kernel.FS_MAKE_REG
    | kernel.FS_REMOVE_FILE
    | kernel.FS_TRUNCATE
)


_CGROUP_FILES = (Path("/proc/self/cgroup"), Path("/sys/fs/cgroup"))
"""DuckDB 2.0 ends the process at connect if these exist and cannot be read. They tell limits, not names."""


class Layer(IntEnum):
    """The layers in the order in which a house asks for them. A level is the last of an unbroken row."""

    LIMITS = 0
    CALLS = 1
    FILES = 2
    NETWORK = 3


ALL_LAYERS = frozenset(Layer)


@dataclass(frozen=True, slots=True)
class Prison:
    """What may still be reached. `spill` is a private folder, or None: then nothing can be written."""

    readable: tuple[Path, ...]
    spill: Path | None
    temp_bytes: int


def level_of(layers: frozenset[Layer]) -> int:
    """The highest level that stands on all the levels below it; -1 if even the limits are missing."""
    return next((layer - 1 for layer in Layer if layer not in layers), max(Layer).value)


def confine(prison: Prison, layers: frozenset[Layer] = ALL_LAYERS) -> frozenset[Layer]:
    """Apply what this machine can do of `layers`, and say which are on.

    Spilling needs the layer of files, which holds it to its folder: without it, nothing can be written.
    """
    if len(list(Path("/proc/self/task").iterdir())) != 1:
        raise RuntimeError("a sandbox must be entered by the only thread")
    kernel.prctl(kernel.PR_SET_NO_NEW_PRIVS, 1)
    on: set[Layer] = set()
    if Layer.NETWORK in layers and _leave_the_network():
        on.add(Layer.NETWORK)
    if Layer.FILES in layers and kernel.landlock_version() > 0:
        kernel.restrict_files(_accesses(prison))
        on.add(Layer.FILES)
    if Layer.LIMITS in layers:
        _limit(prison)
        on.add(Layer.LIMITS)
    if Layer.CALLS in layers and _filter_calls(may_spill=prison.spill is not None and Layer.FILES in on):
        on.add(Layer.CALLS)
    return frozenset(on)


class Meter:
    """Reads this process's size, also after the layer of files: the file is opened before."""

    def __init__(self) -> None:
        self._handle = os.open("/proc/self/statm", os.O_RDONLY | os.O_CLOEXEC)

    def mapped_bytes(self) -> int:
        pages = int(os.pread(self._handle, 64, 0).split()[0])
        return pages * resource.getpagesize()

    def close(self) -> None:
        os.close(self._handle)


def limit_growth(meter: Meter, extra_bytes: int) -> None:
    """Hold the address space to what is mapped now and so much more, and start no thread after these.

    Limit: Linux counts no processes of user 0, so for root the filter alone stops new ones.
    """
    top = meter.mapped_bytes() + extra_bytes
    resource.setrlimit(resource.RLIMIT_AS, (top, top))
    resource.setrlimit(resource.RLIMIT_NPROC, (0, 0))


def _leave_the_network() -> bool:
    """Move to a network namespace with nothing in it; as an ordinary user, by way of a user namespace."""
    for flags in (kernel.CLONE_NEWUSER | kernel.CLONE_NEWNET | kernel.CLONE_NEWIPC, kernel.CLONE_NEWNET):
        try:
            kernel.unshare(flags)
        except OSError:
            continue
        return True
    return False


def _accesses(prison: Prison) -> dict[Path, int]:
    machinery = (path for path in _CGROUP_FILES if path.exists())
    allowed = dict.fromkeys((*prison.readable, *machinery), kernel.FS_READ_FILE)
    if prison.spill is not None:
        allowed[prison.spill] = _SPILL_ACCESS
    return allowed


def _limit(prison: Prison) -> None:
    files = _DESCRIPTORS + _DESCRIPTORS_PER_FILE * len(prison.readable)
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    descriptors = files if hard == resource.RLIM_INFINITY else min(files, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (descriptors, descriptors))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (prison.temp_bytes, prison.temp_bytes))
    kernel.drop_capabilities()
    kernel.prctl(kernel.PR_SET_DUMPABLE, 0)


def _filter_calls(*, may_spill: bool) -> bool:
    try:
        program = compile_filter(platform.machine(), own_pid=os.getpid(), may_spill=may_spill)
        kernel.install_filter(program)
    except (KeyError, OSError):  # an unreviewed machine, or a kernel without filters
        return False
    return True
