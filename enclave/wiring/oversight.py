"""What of a home's folders overseers are shown: policy files and versions, data versions, the signed state."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from enclave.actions.check_policy import Policies, load_policies
from enclave.actions.replay_queries import MOST_REPLAYED, Replayed, Under, replay
from enclave.loading import Manifest, current_version, loaded_versions, read_manifest
from enclave.outputs.checking.line_changes import Line, changes
from enclave.outputs.keeping import MOST_LISTED, Reading
from enclave.outputs.records import QueryRecord
from enclave.terms import ProjectId
from enclave.wiring.catalogue_view import CatalogueView
from enclave.wiring.home import Home
from enclave.wiring.policies import CACHE, policies_of_version
from enclave.wiring.policy_versions import Version, files_of_version, version_in_force, versions
from enclave.wiring.records import audit_folder

MOST_BYTES: Final = 1 << 20
NO_CHECKPOINT: Final = ""
FILES: Final = "files"
"""The name of what stands in `policies/` now, whether it was applied or not."""


@dataclass(frozen=True, slots=True)
class DataVersion:
    """One data version; `current` is what a new project would be given."""

    manifest: Manifest
    current: bool

    @property
    def rows(self) -> int:
        return sum(table.rows for table in self.manifest.tables.values())


@dataclass(frozen=True, slots=True)
class Proposed:
    """Policies that are not in force, and where their files are. `version` is None for files that nobody applied."""

    policies: Policies
    folder: Path
    version: Version | None


@dataclass(frozen=True, slots=True)
class ChangedFile:
    name: str
    lines: tuple[Line, ...]


def data_versions(home: Home) -> tuple[DataVersion, ...]:
    """The versions that were loaded, the latest first."""
    current = current_version(home.data)
    found = [
        DataVersion(read_manifest(home.data / name), name == current) for name in loaded_versions(home.data)
    ]
    return tuple(reversed(found))


def folder_in_force(home: Home, now: datetime) -> Path:
    """Where the files are that are in force."""
    version = version_in_force(home, now)
    return home.policies if version is None else files_of_version(home, version)


def project_file(home: Home, project: ProjectId, now: datetime) -> str | None:
    """The file of a project that is known to be there, as it is in force."""
    return _text(folder_in_force(home, now) / "projects" / f"{project}.yaml")


def policy_versions(home: Home) -> tuple[Version, ...]:
    """The versions that were applied or wait for it, the latest first."""
    return tuple(reversed(versions(home)))


def proposed(home: Home, name: str, now: datetime) -> Proposed | None:
    """A version by its number, or the files as they stand; None when there is none of that name.

    Raises:
        Findings: the files have an error, or are not those that were applied.
    """
    if name == FILES:
        found = load_policies(home.policies, today=now.date(), cache=home.state / CACHE)
        return Proposed(found, home.policies, None)
    version = next((one for one in versions(home) if str(one.number) == name), None)
    if version is None:
        return None
    policies = policies_of_version(home, version, today=now.date())
    return Proposed(policies, files_of_version(home, version), version)


def changed_files(before: Path, after: Path) -> tuple[ChangedFile, ...]:
    """Every policy file that is in one folder and not the same in the other, line by line."""
    names = sorted({str(path.relative_to(folder)) for folder in (before, after) for path in _files(folder)})
    pairs = ((name, _text(before / name) or "", _text(after / name) or "") for name in names)
    return tuple(ChangedFile(name, changes(was, now)) for name, was, now in pairs if was != now)


def replayed(reading: Reading, before: Policies, after: Policies, now: datetime) -> tuple[Replayed, ...]:
    """The latest queries that would meet something else under other policies. Nothing runs: each is planned twice."""
    asked = tuple(_asked(reading))
    with closing(CatalogueView(before.catalogue)) as was, closing(CatalogueView(after.catalogue)) as then:
        met = replay(asked, Under(before, was), Under(after, then), now=now)
    return tuple(one for one in met if one.differs)


def checkpoint(home: Home) -> str:
    """The newest signed state of the log, as it is published; empty before the first entry."""
    path = audit_folder(home) / "checkpoint"
    return path.read_text("utf-8") if path.is_file() else NO_CHECKPOINT


def _asked(reading: Reading) -> Iterator[QueryRecord]:
    before: int | None = None
    for _ in range(MOST_REPLAYED // MOST_LISTED):
        page = reading.queries(before=before)
        yield from page
        if len(page) < MOST_LISTED:
            return
        before = int(page[-1].id.rpartition("-")[2])


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in folder.rglob("*.yaml") if ".git" not in path.parts)


def _text(path: Path) -> str | None:
    if not path.is_file() or path.stat().st_size > MOST_BYTES:
        return None
    return path.read_text("utf-8", errors="replace")
