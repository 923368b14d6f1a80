"""Policy files as git has them: the commit that is to be applied, and the files of any commit.

git runs with nothing of the caller's environment that would change what it reads, and with no hooks or monitors of the
repository's own: policy files may come from anybody who can propose a change.
"""

import os
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Final

from enclave.wiring.home import WrongUse

SECONDS: Final = 60
MOST_BYTES: Final = 200_000_000
MOST_FILES: Final = 20_000
QUIET: Final = ("-c", "core.hooksPath=/dev/null", "-c", "core.fsmonitor=false", "-c", "color.ui=false")
NOTHING: Final = "\0"


@dataclass(frozen=True, slots=True)
class Commit:
    """A commit of the policy files: who wrote it, and what it says it is for."""

    id: str
    author: str
    email: str
    subject: str


def clean_commit(policies: Path) -> Commit:
    """The commit that the files of a folder are, exactly.

    Raises:
        WrongUse: they are not under git, or differ from the last commit.
    """
    if _git(policies, "rev-parse", "--is-inside-work-tree") is None:
        raise WrongUse(
            f"{policies} is not under git. Only a commit can be applied: git init, git add, git commit"
        )
    changed = _git(policies, "status", "--porcelain", "--untracked-files=all", "--", ".")
    if changed is None or changed.strip():
        named = ", ".join(line[3:] for line in (changed or "").splitlines()[:5])
        raise WrongUse(
            f"there are changes which are in no commit: {named}. Commit them first, or put them aside"
        )
    return commit_of(policies, "HEAD")


def commit_of(policies: Path, revision: str) -> Commit:
    """A commit by its name.

    Raises:
        WrongUse: there is none.
    """
    written = None
    if not revision.startswith("-"):
        end = f"{revision}^{{commit}}"
        written = _git(policies, "log", "-1", "--format=%H%x00%an%x00%ae%x00%s", "--end-of-options", end)
    if not written:
        raise WrongUse(f"{revision} is no commit of {policies}")
    id, author, email, subject = written.rstrip("\n").split(NOTHING)
    return Commit(id, author, email, subject)


@contextmanager
def files_of(policies: Path, commit: Commit) -> Iterator[Path]:
    """The policy files of a commit, in a folder that is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="enclave-policy-") as folder:
        unpack(policies, commit, Path(folder))
        yield Path(folder)


def unpack(policies: Path, commit: Commit, to: Path) -> None:
    """Write the policy files of a commit to a folder. Plain files only; anything else is refused.

    Raises:
        WrongUse
    """
    archive = subprocess.run(
        ["git", *QUIET, "archive", "--format=tar", commit.id, "--", "."],
        cwd=policies,
        env=_environment(),
        capture_output=True,
        timeout=SECONDS,
        check=False,
    )
    if archive.returncode or len(archive.stdout) > MOST_BYTES:
        raise WrongUse(f"git cannot give the files of {commit.id[:12]}")
    with tarfile.open(fileobj=BytesIO(archive.stdout)) as files:
        members = files.getmembers()
        odd = [member.name for member in members if not (member.isfile() or member.isdir())]
        if odd or len(members) > MOST_FILES:
            raise WrongUse(f"the commit has what is no plain file: {', '.join(odd[:5])}")
        files.extractall(to, members, filter="data")


def _git(policies: Path, *words: str) -> str | None:
    """What git says; None when it cannot."""
    try:
        said = subprocess.run(
            ["git", *QUIET, *words],
            cwd=policies,
            env=_environment(),
            capture_output=True,
            timeout=SECONDS,
            check=False,
        )
    except FileNotFoundError:
        raise WrongUse("git is not installed here; policies are applied from a commit") from None
    return said.stdout.decode("utf-8", "replace") if said.returncode == 0 else None


def _environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
