"""A home: the folder that is one deployment. `policies/`, `data/` and `state/`, and what makes a new one."""

import os
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from enclave.audit import make_audit_key
from enclave.loading.keys import make_secrets
from enclave.store.ledger_key import make_ledger_key
from enclave.wiring.sources import new_key

OWNER_ONLY = 0o700
NAME_BYTES = 4  # of the name of a home's log: no two are alike
NOT_COPIED = shutil.ignore_patterns(".git", "__pycache__")


class WrongUse(Exception):
    """What the caller named is not there, or cannot be used so. The message says what to do."""


@dataclass(frozen=True, slots=True)
class Home:
    """Where things are in a deployment."""

    root: Path

    @property
    def policies(self) -> Path:
        return self.root / "policies"

    @property
    def data(self) -> Path:
        return self.root / "data"

    @property
    def state(self) -> Path:
        return self.root / "state"

    @property
    def keys(self) -> Path:
        return self.state / "keys"

    @property
    def outbox(self) -> Path:
        """Letters to people, where the house has them written to files."""
        return self.state / "outbox"

    @property
    def faults(self) -> Path:
        return self.state / "faults.jsonl"


def open_home(root: Path) -> Home:
    """The home in the folder `root`, which `make_home` made."""
    home = Home(root.resolve())
    for folder in (home.policies, home.data, home.state):
        if not folder.is_dir():
            raise WrongUse(
                f"{root} is not an enclave home: it has no {folder.name}/. Make one: enclave init {root}"
            )
    return home


def make_home(root: Path, *, policies: Path) -> Home:
    """A new home with a copy of `policies`, fresh keys and no data. All of it appears at once, or nothing does."""
    if root.exists() and (not root.is_dir() or any(root.iterdir())):
        raise WrongUse(f"{root} exists and is not empty; choose another folder")
    if not (policies / "house.yaml").is_file():
        raise WrongUse(f"{policies} has no house.yaml, so it is not a folder of policy files")
    root.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".enclave-init-", dir=root.parent) as unfinished:
        made = Home(Path(unfinished) / "home")
        _furnish(made, policies)
        made.root.replace(root)
    return open_home(root)


def _furnish(home: Home, policies: Path) -> None:
    home.root.mkdir()
    shutil.copytree(policies, home.policies, ignore=NOT_COPIED)
    home.data.mkdir(mode=OWNER_ONLY)
    home.state.mkdir(mode=OWNER_ONLY)
    make_secrets(home.keys, new_key=new_key)
    make_ledger_key(home.keys, new_key=new_key)
    make_audit_key(home.keys, origin=f"enclave-{new_key(NAME_BYTES).hex()}/audit", new_key=new_key)
    _start_history(home.policies)


def _start_history(policies: Path) -> None:
    """Put the policy files under git, where git is there: a change to who may see what is a reviewed change."""
    if shutil.which("git") is None:
        return
    author = [
        "-c",
        "user.name=enclave init",
        "-c",
        "user.email=enclave@localhost",
        "-c",
        "commit.gpgsign=false",
    ]
    for words in (
        ["init", "--quiet"],
        ["add", "."],
        ["commit", "--quiet", "-m", "Policy files of a new home"],
    ):
        outside = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
        subprocess.run(["git", *author, *words], cwd=policies, env=outside, check=True, capture_output=True)
