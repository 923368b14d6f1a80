"""Files that anybody may read while they are written: each is whole or not there, and what was signed never changes."""

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from enclave.problems import Problem

LOCK = ".lock"


class RecordChanged(Problem):
    """Somebody changed the record, or put an older one in its place. Nothing may be built on it."""

    code = "record-changed"
    title = "The record is not what was signed"
    status = 503


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Nobody else, in this process or another, works on the files of `folder` meanwhile."""
    handle = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def settle(path: Path, content: bytes) -> None:
    """See that the file is there with this content, for ever.

    A shorter one is what a power cut leaves, and is written anew. Partial ones before it are removed.

    Raises:
        RecordChanged: it is there with another content.
    """
    if path.exists():
        there = path.read_bytes()
        if there == content:
            return
        if len(there) >= len(content):
            raise RecordChanged(detail=f"{path.name} among the tiles is not what was published")
    path.parent.mkdir(parents=True, exist_ok=True)
    replace(path, content)
    partial = path.with_name(f"{path.name}.p")
    if partial.exists():
        shutil.rmtree(partial)


def replace(path: Path, content: bytes) -> None:
    """Put a file with this content in the place of the one there may be. It is on the disk when the call returns.

    Only for who is `alone`: the unfinished file has one name.
    """
    unfinished = path.with_name(f".{path.name}.new")
    with unfinished.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)
