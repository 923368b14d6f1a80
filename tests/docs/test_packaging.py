"""The wheel has all that an installed `enclave` needs: policy files and the generator travel in it."""

import subprocess
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).parents[2]


def built(folder: Path) -> set[str]:
    """The names of the files in a wheel built from this tree."""
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = folder.glob("five_safes_enclave-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


def test_the_wheel_has_every_source_policy_and_table_of_the_tree(tmp_path: Path) -> None:
    listed = subprocess.run(
        ["git", "ls-files", "-z", "enclave", "synthetic_data", "policies"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    tracked = {name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()}
    expected = {f"enclave/_{name}" if name.startswith("policies/") else name for name in tracked}
    names = built(tmp_path)
    assert expected - names == set()
    assert "enclave/_policies/house.yaml" in names
