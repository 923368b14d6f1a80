"""A loader that dies at any point, by a kill that no handler sees, leaves the version in force as it was."""

import fcntl
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from enclave.loading import (
    LoadUnderWay,
    Manifest,
    UnknownVersion,
    current_version,
    load,
    loaded_versions,
    open_version,
)
from tests.unit.loading.hospital import CATALOGUE, NOON, SECRETS, all_rows, write_source

DYING_LOADER = """
import importlib, os, signal, sys
from pathlib import Path
from enclave.loading import load
from tests.unit.loading.hospital import CATALOGUE, NOON, SECRETS

home, place, calls = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
module, name = place.split(":")
room = importlib.import_module(module)
real, left = getattr(room, name), [calls]

def die_before(*args, **kwargs):
    if left[0] == 0:
        os.kill(os.getpid(), signal.SIGKILL)
    left[0] -= 1
    return real(*args, **kwargs)

setattr(room, name, die_before)
load(home / "source", CATALOGUE, home_data=home / "data", version="v2", secrets=SECRETS, now=NOON)
"""
POINTS = {
    "before anything is written": ("enclave.loading.loader:survey", 0),
    "while the first table is written": ("enclave.loading.writing:_write", 0),
    "in the middle of a table": ("enclave.loading.writing:_write", 9),
    "before the manifest": ("enclave.loading.loader:write_manifest", 0),
    "before the vault is in place": ("enclave.loading.versions:move_into_place", 0),
    "before the store is in place": ("enclave.loading.versions:move_into_place", 1),
    "before the list of versions is in place": ("enclave.loading.versions:move_into_place", 2),
}


def load_version(home: Path, version: str) -> Manifest:
    source = write_source(home / "source", all_rows())
    return load(source, CATALOGUE, home_data=home / "data", version=version, secrets=SECRETS, now=NOON)


@pytest.mark.parametrize(("place", "calls"), POINTS.values(), ids=POINTS.keys())
def test_a_killed_load_leaves_no_trace(tmp_path: Path, place: str, calls: int) -> None:
    home, data = tmp_path / "home", tmp_path / "home" / "data"
    load_version(home, "v1")
    before = contents(data)
    root = Path(__file__).parents[3]
    arguments = [sys.executable, "-c", DYING_LOADER, str(home), place, str(calls)]
    died = subprocess.run(arguments, cwd=root, capture_output=True, check=False)
    assert died.returncode == -signal.SIGKILL, died.stderr.decode()

    assert current_version(data) == "v1"
    open_version(data, "v1").verify()
    with pytest.raises(UnknownVersion):
        open_version(data, "v2")

    load_version(home, "v3")
    assert loaded_versions(data) == ("v1", "v3")
    assert sorted(path.name for path in data.iterdir()) == [".lock", "current", "v1", "v3", "vault"]
    assert sorted(path.name for path in (data / "vault").iterdir()) == ["v1", "v3"]
    assert before.items() - contents(data).items() == {("current", before["current"])}


def test_a_load_killed_after_its_last_rename_is_in_force(tmp_path: Path) -> None:
    write_source(tmp_path / "source", all_rows())
    arguments = [sys.executable, "-c", DYING_LOADER, str(tmp_path), "enclave.loading.versions:clean_up", "1"]
    subprocess.run(arguments, cwd=Path(__file__).parents[3], capture_output=True, check=False)
    assert current_version(tmp_path / "data") == "v2"
    load_version(tmp_path, "v3")
    open_version(tmp_path / "data", "v2").verify()
    assert not (tmp_path / "data" / ".loading").exists()


def test_a_load_after_a_crash_is_as_if_there_had_been_none(tmp_path: Path) -> None:
    crashed, calm = tmp_path / "crashed", tmp_path / "calm"
    write_source(crashed / "source", all_rows())
    arguments = [
        sys.executable,
        "-c",
        DYING_LOADER,
        str(crashed),
        "enclave.loading.versions:move_into_place",
        "2",
    ]
    subprocess.run(arguments, cwd=Path(__file__).parents[3], capture_output=True, check=False)
    load_version(crashed, "v2")
    load_version(calm, "v2")
    assert contents(crashed / "data") == contents(calm / "data")


def test_two_loads_at_once_are_refused(tmp_path: Path) -> None:
    load_version(tmp_path, "v1")
    with (tmp_path / "data" / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(LoadUnderWay):
            load_version(tmp_path, "v2")


def test_a_fault_of_ours_leaves_no_trace_either(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    load_version(tmp_path, "v1")
    before = contents(tmp_path / "data")

    def full_disk(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("enclave.loading.loader.write_manifest", full_disk)
    with pytest.raises(OSError, match="No space"):
        load_version(tmp_path, "v2")
    assert contents(tmp_path / "data") == before


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
