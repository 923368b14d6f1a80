"""Memory in a process that answers questions for long: what can be thrown away, and what the machine gets back."""

import atexit
import ctypes
import gc
import mmap
from pathlib import Path
from typing import Final

ALLOCATIONS = 20_000
"""Between two looks at what is newest: a plan makes thousands of small objects, nearly all of which live on nowhere."""
GENERATIONS = (20, 50)


def settle() -> None:
    """What a service holds once it has started (policies, catalogue, code) stays: it is not looked through again.

    To be called once, by a process of its own.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(ALLOCATIONS, *GENERATIONS)
    atexit.register(gc.unfreeze)  # at the end all of it goes, in its order


MUCH: Final = 64 << 20
"""Bytes by which a process has to grow until it looks what it can give back."""
_HELD: Final = Path("/proc/self/statm")


def held() -> int:
    """Bytes of memory that this process has now."""
    return int(_HELD.read_bytes().split()[1]) * mmap.PAGESIZE


class Slack:
    """Gives back what was freed between two things that are still in use: the C library keeps it, for later.

    A large answer frees hundreds of megabytes so. With another C library than glibc nothing is given back.
    """

    def __init__(self) -> None:
        self._before = held()
        self._trim = getattr(ctypes.CDLL(None), "malloc_trim", None)

    def give_back(self) -> None:
        """Let it go if the process has grown by much since the last time. Takes milliseconds, without the GIL."""
        if self._trim is not None and held() - self._before > MUCH:
            self._trim(0)
            self._before = held()
        self._before = min(self._before, held())
