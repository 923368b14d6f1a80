"""The versions of a home's policies that were applied: whole copies of a commit's files, numbered, never changed.

The one thing to know before changing this: what is in force is the highest version whose time has come, and the file of
a version is written last and at once. So whoever looks sees all of a version or none of it, in every process.

A home in which nothing was applied follows the files in `policies/` as they stand; with data about real people it is
not served (`gateway`).

Limit: whoever may write in the home's `state/` decides what is in force. The log tells what was applied by whom.
"""

import fcntl
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from enclave.loading.durable import write_durably
from enclave.wiring.home import Home, WrongUse

FOLDER: Final = "policy-versions"
FILES, ABOUT, LOCK = "policies", "version.json", ".lock"


@dataclass(frozen=True, slots=True)
class Version:
    """One version. `in_force_from` is None while it waits for a second administrator.

    `against` is the content hash of what was in force when it was compared; `widened` says what it lets through.
    """

    number: int
    commit: str
    author: str
    reason: str
    content_hash: str
    against: str | None
    widened: tuple[str, ...]
    proposed_by: str
    proposed_at: datetime
    confirmed_by: str | None = None
    in_force_from: datetime | None = None

    @property
    def waits(self) -> bool:
        return self.in_force_from is None


def versions(home: Home) -> tuple[Version, ...]:
    """All versions, the first one first."""
    found = (_read(path) for path in sorted((home.state / FOLDER).glob(f"*/{ABOUT}")))
    return tuple(sorted(found, key=lambda version: version.number))


def version_in_force(home: Home, now: datetime) -> Version | None:
    """The version that is in force; None where nothing was applied yet."""
    begun = [one for one in versions(home) if one.in_force_from is not None and one.in_force_from <= now]
    return begun[-1] if begun else None


def must_be_reviewed(home: Home, now: datetime, *, synthetic: bool) -> None:
    """With data about real people only what was applied is in force: a commit, a reason, a second administrator.

    Raises:
        WrongUse
    """
    if not synthetic and version_in_force(home, now) is None:
        raise WrongUse("nothing was applied yet, and the data are real. Apply a commit: enclave policy apply")


def versions_to_come(home: Home, now: datetime) -> tuple[Version, ...]:
    """The versions that were agreed to and whose notice is not over; what another has overtaken never comes."""
    current = version_in_force(home, now)
    return tuple(
        one
        for one in versions(home)
        if one.in_force_from is not None
        and one.in_force_from > now
        and (current is None or one.number > current.number)
    )


def files_of_version(home: Home, version: Version) -> Path:
    """Where the files of a version are."""
    return _folder(home, version.number) / FILES


def numbered(home: Home, number: int) -> Version:
    """A version by its number.

    Raises:
        WrongUse: there is none.
    """
    found = next((one for one in versions(home) if one.number == number), None)
    if found is None:
        raise WrongUse(f"there is no version {number}; `enclave policy versions` lists them")
    return found


@contextmanager
def alone(home: Home) -> Iterator[None]:
    """Nobody else applies meanwhile."""
    folder = home.state / FOLDER
    folder.mkdir(mode=0o700, exist_ok=True)
    with (folder / LOCK).open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def next_number(home: Home) -> int:
    """The number of the next version; numbers of what was never finished are not given again."""
    there = [int(path.name) for path in (home.state / FOLDER).glob("*") if path.name.isdecimal()]
    return max(there, default=0) + 1


def new_files(home: Home, number: int) -> Path:
    """An empty place for the files of a version that is being made."""
    folder = _folder(home, number) / FILES
    folder.mkdir(parents=True, mode=0o700)
    return folder


def write_version(home: Home, version: Version) -> None:
    """Put a version on the disk, in one step. What is in force follows from it."""
    told = asdict(version) | {
        name: None if at is None else at.isoformat()
        for name, at in (("proposed_at", version.proposed_at), ("in_force_from", version.in_force_from))
    }
    path = _folder(home, version.number) / ABOUT
    unfinished = path.with_suffix(".new")
    unfinished.unlink(missing_ok=True)
    write_durably(unfinished, json.dumps(told, indent=2).encode())
    unfinished.replace(path)


def confirmed(version: Version, *, by: str, from_: datetime) -> Version:
    """A version that a second administrator has agreed to."""
    return replace(version, confirmed_by=by, in_force_from=from_)


def _folder(home: Home, number: int) -> Path:
    return home.state / FOLDER / f"{number:06}"


def _read(path: Path) -> Version:
    told: dict[str, Any] = json.loads(path.read_text("utf-8"))
    in_force_from = told["in_force_from"]
    times = {
        "proposed_at": datetime.fromisoformat(told["proposed_at"]),
        "in_force_from": None if in_force_from is None else datetime.fromisoformat(in_force_from),
    }
    return Version(**told | times | {"widened": tuple(told["widened"])})
