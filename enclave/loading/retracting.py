"""A field is taken out of every data version for good: no file that is left holds it, and a scan of the files says so.

The one thing to know before changing this: a version whose files are half rewritten has a manifest that they do not
keep, so it does not open and nothing is answered from it. Run again, the retraction goes on where it stopped.

Limit: the blocks of the old files are given back to the file system, not overwritten; keep a home on an encrypted disk.
Copies of the home elsewhere are not known here.
"""

import json
import mmap
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeAlias

import pyarrow as pa
import pyarrow.parquet as pq

from enclave.catalogue.model import Catalogue, rows_stand_on
from enclave.loading.durable import READ_ONLY, settle, write_durably
from enclave.loading.keys import Secrets
from enclave.loading.manifest import (
    MANIFEST,
    Manifest,
    TableManifest,
    manifest_as_written,
    sha256_of,
    write_manifest,
)
from enclave.loading.vault import Vault, vault_folder
from enclave.loading.versions import clean_up, loaded_versions, nobody_else_loading
from enclave.loading.workshop import LoadLimits, literal, open_workshop, path_literal, quoted
from enclave.problems import Problem
from enclave.terms import FieldRef

RETRACTED = "retracted.json"
UNFINISHED = ".retracting"
Rewritten: TypeAlias = tuple[str, str, str | None]
"""A file, and its hash before and after; None: it was removed."""


class CannotRetract(Problem):
    code = "cannot-retract"
    title = "This field cannot be retracted"
    status = 409


@dataclass(frozen=True, slots=True)
class Scanned:
    """What a scan of the files found: how many were read, and those that still hold the field."""

    files: int
    bytes: int
    holding: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Retraction:
    """What was done: files that were rewritten or removed, with their hashes before and after (None: removed)."""

    field: FieldRef
    files: tuple[Rewritten, ...]
    scan: Scanned


def retracted_fields(home_data: Path) -> tuple[FieldRef, ...]:
    """Every field that was retracted here, in that order."""
    path = home_data / RETRACTED
    found = json.loads(path.read_text("utf-8")) if path.is_file() else []
    return tuple(FieldRef(table, field) for table, field in found)


def may_be_retracted(field: FieldRef, catalogue: Catalogue) -> None:
    """Whether the data can be read without the field.

    Raises:
        CannotRetract: there is no such field, or the table stands on it.
    """
    table = catalogue.tables.get(field.table)
    if table is None or field.field not in table.fields:
        raise CannotRetract(detail=f"The catalogue has no field {field}.")
    referenced = {
        one.references
        for other in catalogue.tables.values()
        for one in other.fields.values()
        if one.references
    }
    if field.field in rows_stand_on(table) or field in referenced:
        raise CannotRetract(
            detail=f"The rows of {field.table} are told apart by {field}. Retract the table's data instead."
        )


def retract(home_data: Path, field: FieldRef, secrets: Secrets, spill: Path) -> Retraction:
    """Take the field out of every version, list it as retracted, and scan what is left.

    Raises:
        LoadUnderWay
    """
    with nobody_else_loading(home_data):
        _list(home_data, field)  # first: from here on nothing can ask for it
        done: list[Rewritten] = []
        for version in loaded_versions(home_data):
            done += _out_of(home_data, version, field, secrets, spill)
        clean_up(home_data)
        return Retraction(field, tuple(done), scan(home_data, field, secrets))


def scan(home_data: Path, field: FieldRef, secrets: Secrets) -> Scanned:
    """Read every file below the data folder and find those that hold a column of the field.

    Of Parquet the schema, its metadata and each column's path in each row group are looked at, of the vault each piece.
    A file that is neither, and not a manifest or list, is named too: it is not known what is in it.
    """
    holding, files, size = [], 0, 0
    for path in sorted(path for path in home_data.rglob("*") if path.is_file()):
        name = str(path.relative_to(home_data))
        files, size = files + 1, size + path.stat().st_size
        if path.suffix == ".parquet":
            found = f"/{field.table}/" in f"/{name}" and _names(path, field.field)
        elif path.suffix == ".sealed":
            found = f"/rows/{field.table}/" in f"/{name}" and _sealed_names(home_data, path, field, secrets)
        else:
            found = path.name not in (MANIFEST, RETRACTED, "current", ".lock")
        if found:
            holding.append(name)
    return Scanned(files, size, tuple(holding))


def _list(home_data: Path, field: FieldRef) -> None:
    known = retracted_fields(home_data)
    if field in known:
        return
    listed = json.dumps([[one.table, one.field] for one in (*known, field)]).encode()
    unfinished = home_data / f".{RETRACTED}"
    unfinished.unlink(missing_ok=True)
    write_durably(unfinished, listed)
    unfinished.replace(home_data / RETRACTED)
    settle(home_data)


def _out_of(
    home_data: Path, version: str, field: FieldRef, secrets: Secrets, spill: Path
) -> Iterator[Rewritten]:
    root = home_data / version
    manifest = manifest_as_written(root)
    yield from _vault_without(home_data, version, field, secrets)
    table = manifest.tables.get(field.table)
    if table is None:
        return
    done: list[Rewritten] = []
    if field.field in table.apart:
        changed = _without_apart(root, version, table, field.field, done)
    elif any(column.name == field.field for column in table.columns):
        changed = _without_column(root, version, table, field.field, done, spill)
    else:
        return
    yield from done
    replace_manifest(root, replace(manifest, tables={**manifest.tables, field.table: changed}))


def _without_apart(
    root: Path, version: str, table: TableManifest, name: str, done: list[Rewritten]
) -> TableManifest:
    for file in table.apart[name]:
        (root / file.path).unlink(missing_ok=True)
        done.append((f"{version}/{file.path}", file.sha256, None))
    folder = (root / table.apart[name][0].path).parent
    if folder.is_dir():
        folder.rmdir()
        settle(folder.parent)
    return replace(
        without_promises(table, name),
        apart={other: files for other, files in table.apart.items() if other != name},
        apart_types={other: kind for other, kind in table.apart_types.items() if other != name},
    )


def _without_column(
    root: Path,
    version: str,
    table: TableManifest,
    name: str,
    done: list[Rewritten],
    spill: Path,
) -> TableManifest:
    kept = [column for column in table.columns if column.name != name]
    files = []
    with open_workshop(spill, LoadLimits()) as workshop:
        for file in table.main:
            path = root / file.path
            if _names(path, name):
                unfinished = path.with_name(f"{UNFINISHED}-{path.name}")
                unfinished.unlink(missing_ok=True)
                columns = ", ".join(quoted(column.name) for column in kept)
                workshop.run(
                    f"COPY (SELECT {columns} FROM read_parquet({path_literal(path)}, hive_partitioning = false))"
                    f" TO {literal(str(unfinished))} (FORMAT parquet, COMPRESSION zstd)"
                )
                unfinished.chmod(READ_ONLY)
                settle(unfinished)
                unfinished.replace(path)
                settle(path.parent)
            made = replace(file, sha256=sha256_of(path), bytes=path.stat().st_size)
            files.append(made)
            done.append((f"{version}/{file.path}", file.sha256, made.sha256))
    return replace(without_promises(table, name), main=tuple(files), columns=tuple(kept))


def without_promises(table: TableManifest, name: str, *, bounds: bool = True) -> TableManifest:
    """The table without what was verified of the field; with `bounds` its bounds too."""
    return replace(
        table,
        bounds={field: bound for field, bound in table.bounds.items() if not bounds or field != name},
        null_free=tuple(field for field in table.null_free if field != name),
    )


def _vault_without(home_data: Path, version: str, field: FieldRef, secrets: Secrets) -> Iterator[Rewritten]:
    vault = Vault(vault_folder(home_data, version), version, secrets)
    for name in vault.names():
        if not name.startswith(f"rows/{field.table}/"):
            continue
        path = vault.folder / f"{name}.sealed"
        if not _sealed_names(home_data, path, field, secrets):
            continue
        before = sha256_of(path)
        rewrite_sealed(vault, name, _pieces_without(vault, name, field.field))
        yield f"vault/{version}/{name}.sealed", before, sha256_of(path)


def rewrite_sealed(vault: Vault, name: str, pieces: Iterable[pa.RecordBatch]) -> None:
    """Seal other pieces in the place of a file of a vault, in one rename."""
    path = vault.folder / f"{name}.sealed"
    aside = Vault(vault.folder / UNFINISHED, vault.version, vault.secrets)
    unfinished = aside.folder / f"{name}.sealed"
    unfinished.unlink(missing_ok=True)
    aside.write(name, pieces)
    unfinished.replace(path)
    settle(path.parent)
    for folder in (unfinished.parent, unfinished.parent.parent, aside.folder):
        folder.rmdir()


def _pieces_without(vault: Vault, name: str, field: str) -> Iterator[pa.RecordBatch]:
    for piece in vault.read(name):
        left = piece.drop_columns([field]).combine_chunks()
        yield from left.to_batches()


def replace_manifest(root: Path, manifest: Manifest) -> None:
    """The new manifest, in the place of the old one in one rename."""
    aside = root / UNFINISHED
    aside.mkdir(exist_ok=True)
    (aside / MANIFEST).unlink(missing_ok=True)
    write_manifest(manifest, aside)
    (aside / MANIFEST).replace(root / MANIFEST)
    aside.rmdir()
    settle(root)


def _names(path: Path, field: str) -> bool:
    """Whether a Parquet file has a column of this name, in its schema or in any row group of it."""
    read = pq.ParquetFile(path)
    groups = read.metadata
    paths = {
        groups.row_group(at).column(column).path_in_schema
        for at in range(groups.num_row_groups)
        for column in range(groups.num_columns)
    }
    return field in read.schema_arrow.names or field in paths


def _sealed_names(home_data: Path, path: Path, field: FieldRef, secrets: Secrets) -> bool:
    version, *rest = path.relative_to(home_data / "vault").with_suffix("").parts
    vault = Vault(vault_folder(home_data, version), version, secrets)
    return any(field.field in piece.column_names for piece in vault.read("/".join(rest)))


def holds_bytes(path: Path, value: bytes) -> bool:
    """Whether the bytes stand anywhere in a file, as they are: for whoever knows a value that was in the field."""
    if not path.stat().st_size:
        return False
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        return content.find(value) >= 0
