"""How a data version comes to be: all of it or nothing, whatever happens in between.

`data/current` lists the loaded versions, the one in force last. A version that it does not list does not exist.
Building goes on in `data/.loading`; when everything is on the disk, vault and version are renamed into place and then,
in one rename, the list. Whoever loads next removes what a crashed load left: `.loading`, and the folders of the version
named in it.
"""

import fcntl
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from enclave.loading.durable import move_into_place, settle_folders, write_durably
from enclave.loading.vault import vault_folder
from enclave.problems import Problem

CURRENT, LOADING, LOCK, UNDER_WAY = "current", ".loading", ".lock", "version"
NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
RESERVED = frozenset({"vault", CURRENT})


class VersionName(Problem):
    code = "version-name"
    title = "This cannot be the name of a data version"
    status = 422


class VersionExists(Problem):
    code = "version-exists"
    title = "The data version exists already"
    status = 409


class LoadUnderWay(Problem):
    code = "load-under-way"
    title = "Another load is under way"
    status = 409


@dataclass(frozen=True, slots=True)
class Building:
    """The place in which a version is built."""

    home_data: Path
    version: str

    @property
    def root(self) -> Path:
        return self.home_data / LOADING

    @property
    def folder(self) -> Path:
        """Becomes `data/<version>`."""
        return self.root / "folder"

    @property
    def store(self) -> Path:
        """The research store in it."""
        return self.folder / "store"

    @property
    def vault(self) -> Path:
        """Becomes `data/vault/<version>`."""
        return self.root / "vault"

    @property
    def spill(self) -> Path:
        return self.root / "spill"

    def put_in_force(self) -> None:
        """Make the finished version the one in force. The last rename is the moment from which it exists."""
        settle_folders(self.folder)
        settle_folders(self.vault)
        listed = "".join(f"{name}\n" for name in (*loaded_versions(self.home_data), self.version))
        write_durably(self.root / CURRENT, listed.encode())
        move_into_place(self.vault, vault_folder(self.home_data, self.version))
        move_into_place(self.folder, self.home_data / self.version)
        move_into_place(self.root / CURRENT, self.home_data / CURRENT)


def loaded_versions(home_data: Path) -> tuple[str, ...]:
    """The versions in the order in which they were loaded."""
    listed = home_data / CURRENT
    return tuple(listed.read_text().split()) if listed.is_file() else ()


def current_version(home_data: Path) -> str | None:
    """The name of the version in force; None before the first load."""
    return next(reversed(loaded_versions(home_data)), None)


@contextmanager
def new_version(home_data: Path, version: str) -> Iterator[Building]:
    """A place to build in, with nobody else loading. What is not in force at the end is removed.

    Raises:
        VersionName, VersionExists, LoadUnderWay
    """
    if not NAME.fullmatch(version) or version in RESERVED:
        raise VersionName(
            detail=f"A name has up to 64 of a-z 0-9 . _ - and begins with a letter or digit: {version!r}"
        )
    home_data.mkdir(parents=True, exist_ok=True, mode=0o700)
    with nobody_else_loading(home_data):
        clean_up(home_data)
        if version in loaded_versions(home_data):
            raise VersionExists(
                detail=f"{version} is loaded already, and versions do not change. Choose another name."
            )
        building = Building(home_data, version)
        try:
            _begin(building)
            yield building
        finally:
            clean_up(home_data)


def clean_up(home_data: Path) -> None:
    """Remove what an unfinished load left. Only for who holds the lock."""
    loading = home_data / LOADING
    under_way = loading / UNDER_WAY
    if under_way.is_file():
        version = under_way.read_text()
        if NAME.fullmatch(version) and version not in loaded_versions(home_data):
            shutil.rmtree(home_data / version, ignore_errors=True)
            shutil.rmtree(vault_folder(home_data, version), ignore_errors=True)
    shutil.rmtree(loading, ignore_errors=True)


def _begin(building: Building) -> None:
    """Write down the version's name before anything of it can stand outside `.loading`."""
    building.root.mkdir(mode=0o700)
    write_durably(building.root / UNDER_WAY, building.version.encode())
    for folder in (building.folder, building.store, building.vault, building.spill):
        folder.mkdir(mode=0o700)
    vault_folder(building.home_data, building.version).parent.mkdir(exist_ok=True, mode=0o700)
    settle_folders(building.root)


@contextmanager
def nobody_else_loading(home_data: Path) -> Iterator[None]:
    """Hold the lock; the kernel lets go of it when the process ends, however it ends."""
    with (home_data / LOCK).open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise LoadUnderWay(
                detail="Another process is loading into this home. Wait for it to end."
            ) from None
        yield
