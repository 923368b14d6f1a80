"""What of a home's folders overseers are shown: policy files as they stand, data versions, the signed state."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from enclave.loading import Manifest, current_version, loaded_versions, read_manifest
from enclave.terms import ProjectId
from enclave.wiring.home import Home
from enclave.wiring.records import audit_folder

MOST_BYTES: Final = 1 << 20
NO_CHECKPOINT: Final = ""


@dataclass(frozen=True, slots=True)
class DataVersion:
    """One data version; `current` is what a new project would be given."""

    manifest: Manifest
    current: bool

    @property
    def rows(self) -> int:
        return sum(table.rows for table in self.manifest.tables.values())


def data_versions(home: Home) -> tuple[DataVersion, ...]:
    """The versions that were loaded, the latest first."""
    current = current_version(home.data)
    found = [
        DataVersion(read_manifest(home.data / name), name == current) for name in loaded_versions(home.data)
    ]
    return tuple(reversed(found))


def project_file(folder: Path, project: ProjectId) -> str | None:
    """The policy file of a project that is known to be there, as it is written."""
    path = folder / "projects" / f"{project}.yaml"
    if not path.is_file() or path.stat().st_size > MOST_BYTES:
        return None
    return path.read_text("utf-8", errors="replace")


def checkpoint(home: Home) -> str:
    """The newest signed state of the log, as it is published; empty before the first entry."""
    path = audit_folder(home) / "checkpoint"
    return path.read_text("utf-8") if path.is_file() else NO_CHECKPOINT
