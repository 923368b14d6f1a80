"""Writing so that it is still there after a power cut: content first, then the folder that names it."""

import os
from pathlib import Path

READ_ONLY = 0o440


def write_durably(path: Path, content: bytes) -> None:
    """A new file with this content, on the disk when the call returns."""
    with path.open("xb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def settle(path: Path) -> None:
    """Put a finished file or a folder's list of names on the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def settle_folders(root: Path) -> None:
    """`settle` for the folder and every folder below it."""
    for folder in (root, *(path for path in root.rglob("*") if path.is_dir())):
        settle(folder)


def move_into_place(there: Path, here: Path) -> None:
    """Rename, over what was `here` if that is a file. Afterwards one or the other is on the disk, never a mixture."""
    there.rename(here)
    settle(here.parent)
