"""The engine's private folder: where workers stand and spill, and where nothing outlives its owner."""

import fcntl
import os
import shutil
import tempfile
from pathlib import Path

_PREFIX = "engine-"
_LOCK = "lock"


class PrivateFolder:
    """A folder of this process alone, locked while it lives.

    What a killed gateway left (spilled rows of people, perhaps) goes when the next one starts.
    """

    def __init__(self, parent: Path) -> None:
        parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with (parent / _LOCK).open("w") as gate:
            fcntl.flock(gate, fcntl.LOCK_EX)
            for left in parent.glob(f"{_PREFIX}*"):
                _remove_if_nobodys(left)
            self.path = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=parent))
            self._lock = os.open(self.path / _LOCK, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
            fcntl.flock(self._lock, fcntl.LOCK_EX)

    def remove(self) -> None:
        """Delete it with all that is in it."""
        shutil.rmtree(self.path)
        os.close(self._lock)


def _remove_if_nobodys(folder: Path) -> None:
    try:
        lock = os.open(folder / _LOCK, os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:  # its owner is removing it, or died while doing so
        shutil.rmtree(folder, ignore_errors=True)
        return
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return
    else:
        shutil.rmtree(folder)
    finally:
        os.close(lock)
