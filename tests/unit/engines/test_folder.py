"""The engine's private folder."""

import os
import stat
from pathlib import Path

from enclave.engines.duckdb.folder import PrivateFolder


def test_it_is_for_its_owner_alone(tmp_path: Path) -> None:
    folder = PrivateFolder(tmp_path / "engines")
    assert stat.S_IMODE(folder.path.stat().st_mode) == 0o700
    assert stat.S_IMODE(folder.path.parent.stat().st_mode) == 0o700
    folder.remove()


def test_what_the_dead_left_is_removed_and_what_the_living_have_is_not(tmp_path: Path) -> None:
    dead, alive = PrivateFolder(tmp_path), PrivateFolder(tmp_path)
    (dead.path / "spill").write_text("rows of people")
    (alive.path / "spill").write_text("rows of people")
    (tmp_path / "engine-halfway").mkdir()
    os.close(dead._lock)  # as the kernel does at the end of a process
    newcomer = PrivateFolder(tmp_path)
    assert sorted(tmp_path.glob("engine-*")) == sorted([alive.path, newcomer.path])
    assert (alive.path / "spill").exists()
    for folder in (alive, newcomer):
        folder.remove()
    assert list(tmp_path.glob("engine-*")) == []
