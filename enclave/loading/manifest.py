"""What a data version holds: files with their hashes, and what was verified about each table.

The manifest is written last and closes the version. It holds no value of a measure: the bounds are the catalogue's,
which every value was found to keep.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from datetime import datetime
from decimal import Decimal
from enum import Enum
from functools import cache
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from enclave.catalogue.model import Catalogue, Grain
from enclave.loading.durable import READ_ONLY, write_durably
from enclave.loading.versions import loaded_versions
from enclave.problems import Problem

MANIFEST = "manifest.json"
UNDER_WAY = ".emptying"
"""A note in a version's folder: values are being taken out of it, or that broke off."""
FORMAT = 1
HASH_PIECE_BYTES = 1 << 20


class VersionBroken(Problem):
    code = "version-broken"
    title = "The data version is not as it was loaded"
    status = 500


class UnknownVersion(Problem):
    code = "unknown-version"
    title = "There is no such data version"
    status = 404


@dataclass(frozen=True, slots=True)
class StoredFile:
    """One Parquet file; `path` is relative to the version's folder. `year` and `term` are those of all its rows."""

    path: str
    sha256: str
    bytes: int
    rows: int
    first_row: int  # the least `_row` in it; the others follow without a gap
    year: str | None = None
    term: str | None = None


@dataclass(frozen=True, slots=True)
class Column:
    name: str
    type: str  # as DuckDB writes it


@dataclass(frozen=True, slots=True)
class RowsSeen:
    """One unit has at most `most` rows per combination of `per`; no unit was seen with more than `seen`."""

    per: tuple[str, ...]
    most: int
    seen: int


@dataclass(frozen=True, slots=True)
class LargestCluster:
    """The most rows, and the most units, that any one cluster has in the whole table."""

    rows: int
    units: int


@dataclass(frozen=True, slots=True)
class TableManifest:
    """One table. `main` and each of `apart` hold the same rows in the same order, partition by partition."""

    name: str
    rows: int
    units: int | None  # None for public tables
    years: tuple[str, ...]
    columns: tuple[Column, ...]  # of the main files, in order
    main: tuple[StoredFile, ...]
    apart: Mapping[str, tuple[StoredFile, ...]]
    apart_types: Mapping[str, str]
    grains: tuple[Grain, ...]
    rows_per_unit: tuple[RowsSeen, ...]
    bounds: Mapping[str, tuple[Decimal, Decimal]]
    largest_cluster: LargestCluster | None
    null_free: tuple[str, ...]  # fields in which no null was seen, apart ones included
    suppressed_below: int | None = (
        None  # of a table of aggregates: cells about fewer people are hidden in the files
    )

    def files(self) -> Iterator[StoredFile]:
        yield from self.main
        for files in self.apart.values():
            yield from files


@dataclass(frozen=True, slots=True)
class Manifest:
    """One immutable data version."""

    format: int
    version: str
    created_at: datetime
    catalogue: str
    catalogue_hash: str
    synthetic: bool
    tables: Mapping[str, TableManifest]
    not_in_source: tuple[str, ...]
    left_out: Mapping[str, str]  # table -> why
    corrected: Mapping[str, int] = field(default_factory=dict)  # table -> values that people had corrected
    emptied: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Table.field -> years of which the values went after the version was loaded (`emptying`)."""

    def to_json(self) -> bytes:
        """One canonical text: equal manifests give equal bytes."""
        plain = _adapter().dump_python(self, mode="json")
        if not self.emptied:
            del plain["emptied"]  # so that a version that lost nothing has the text that it always had
        return json.dumps(plain, indent=1, sort_keys=True, ensure_ascii=False).encode() + b"\n"

    @property
    def content_hash(self) -> str:
        return hashlib.sha256(self.to_json()).hexdigest()


@dataclass(frozen=True, slots=True)
class StoredTable:
    """One table of an opened version, with absolute paths."""

    root: Path
    manifest: TableManifest

    @property
    def main_files(self) -> tuple[Path, ...]:
        return tuple(self.root / file.path for file in self.manifest.main)

    def apart_files(self, field: str) -> tuple[Path, ...]:
        """The files of a field which is stored apart, in the order of `main_files`."""
        return tuple(self.root / file.path for file in self.manifest.apart[field])


@dataclass(frozen=True, slots=True)
class DataVersion:
    """A loaded version, found complete when it was opened."""

    root: Path
    manifest: Manifest

    def table(self, name: str) -> StoredTable:
        return StoredTable(self.root, self.manifest.tables[name])

    def verify(self) -> None:
        """Read every file and compare its hash.

        Raises:
            VersionBroken: naming the files that differ.
        """
        files = (file for table in self.manifest.tables.values() for file in table.files())
        changed = [file.path for file in files if sha256_of(self.root / file.path) != file.sha256]
        if changed:
            raise _broken(self.root, f"{len(changed)} files have other content, the first {changed[0]}")


def open_version(home_data: Path, name: str) -> DataVersion:
    """The loaded version `name`.

    Raises:
        UnknownVersion: it was never loaded, or not to the end.
        VersionBroken: a file is missing or has another size.
    """
    if name not in loaded_versions(home_data):
        raise UnknownVersion(
            detail=f"{name} was never loaded here. `enclave data load --version {name}` would."
        )
    return DataVersion(home_data / name, read_manifest(home_data / name))


def read_manifest(folder: Path) -> Manifest:
    """The manifest of a version's folder, whose files are all there at their full size."""
    if (folder / UNDER_WAY).exists():
        raise _broken(
            folder, "values were being taken out of it and that broke off. Run `enclave retain` again"
        )
    manifest = manifest_as_written(folder)
    files = [file for table in manifest.tables.values() for file in table.files()]
    missing = [file.path for file in files if not _has_size(folder / file.path, file.bytes)]
    if missing:
        raise _broken(folder, f"{len(missing)} files are missing or cut short, the first {missing[0]}")
    return manifest


def manifest_as_written(folder: Path) -> Manifest:
    """What the manifest says, whatever its files are like."""
    try:
        manifest = _adapter().validate_json((folder / MANIFEST).read_bytes())
    except (OSError, ValidationError):
        raise _broken(folder, f"{MANIFEST} is missing or cannot be read") from None
    if manifest.format != FORMAT:
        raise _broken(folder, f"{MANIFEST} has format {manifest.format}, and this program reads {FORMAT}")
    return manifest


def write_manifest(manifest: Manifest, folder: Path) -> None:
    write_durably(folder / MANIFEST, manifest.to_json())
    (folder / MANIFEST).chmod(READ_ONLY)


def sha256_of(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(HASH_PIECE_BYTES):
            digest.update(piece)
    return digest.hexdigest()


def catalogue_hash(catalogue: Catalogue) -> str:
    """A hash of all that the catalogue says, the same for equal catalogues in every process."""
    return hashlib.sha256(json.dumps(_plain(catalogue), sort_keys=True).encode()).hexdigest()


def _plain(value: object) -> object:
    """The value as lists, dictionaries and texts, with sets in order."""
    if is_dataclass(value):
        return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, frozenset):
        return sorted(str(item) for item in value)
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    if isinstance(value, Decimal | Enum):
        return str(value)
    return value


def _has_size(path: Path, size: int) -> bool:
    return path.is_file() and path.stat().st_size == size


def _broken(folder: Path, what: str) -> VersionBroken:
    return VersionBroken(
        detail=f"Version {folder.name}: {what}. Restore it from a copy; nothing is answered from it."
    )


@cache
def _adapter() -> TypeAdapter[Manifest]:
    return TypeAdapter(Manifest)
