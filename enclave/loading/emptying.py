"""Values of single years leave a field in every data version: rows stay where they are, their values do not.

The one thing to know before changing this: with other rows the ledger would take populations for others than they were.
So a version that lost values is another one for it, by its name (`terms.versions`), which counts what it lost since it
was loaded (`Manifest.emptied`). Files are written anew before the manifest says so, beside a note of what is under way:
what broke off goes on when run again.

Limit: as for `retracting`, blocks of old files are given back and not overwritten.
"""

import json
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from enclave.loading.durable import READ_ONLY, settle, write_durably
from enclave.loading.keys import Secrets
from enclave.loading.manifest import (
    MANIFEST,
    UNDER_WAY,
    StoredFile,
    TableManifest,
    manifest_as_written,
    sha256_of,
)
from enclave.loading.retracting import (
    RETRACTED,
    UNFINISHED,
    Rewritten,
    Scanned,
    replace_manifest,
    rewrite_sealed,
    without_promises,
)
from enclave.loading.vault import Vault, vault_folder
from enclave.loading.versions import clean_up, loaded_versions, nobody_else_loading
from enclave.loading.workshop import LoadLimits, Workshop, literal, open_workshop, path_literal, quoted
from enclave.terms import FieldRef

BESIDE = frozenset({MANIFEST, RETRACTED, UNDER_WAY, "current", ".lock"})
"""Files that hold no rows."""


@dataclass(frozen=True, slots=True)
class Emptied:
    """What was done: files that were written anew, with their hashes before and after."""

    field: FieldRef
    years: tuple[str, ...]
    files: tuple[Rewritten, ...]
    scan: Scanned


def years_held(home_data: Path, field: FieldRef) -> frozenset[str]:
    """The years of whose rows some version has a value of the field, by what its files say of themselves."""
    found = set[str]()
    for version in loaded_versions(home_data):
        found |= _under_way(home_data / version, field)
        table = manifest_as_written(home_data / version).tables.get(field.table)
        for file in () if table is None else files_of(table, field.field):
            if file.year is not None and _may_hold(home_data / version / file.path, field.field):
                found.add(file.year)
    return frozenset(found)


def files_of(table: TableManifest, name: str) -> tuple[StoredFile, ...]:
    """Those that have the field, main or apart."""
    if name in table.apart:
        return table.apart[name]
    return table.main if any(column.name == name for column in table.columns) else ()


def empty_years(
    home_data: Path, field: FieldRef, years: Collection[str], secrets: Secrets, spill: Path
) -> Emptied:
    """Take the values of these years out of every version and its vault, and scan what is left.

    Raises:
        LoadUnderWay
    """
    with nobody_else_loading(home_data):
        done: list[Rewritten] = []
        for version in loaded_versions(home_data):
            done += _emptied_in_store(home_data / version, version, field, years, spill)
            done += _emptied_in_vault(home_data, version, field, years, secrets)
        clean_up(home_data)
        found = scan_years(home_data, field, years, secrets)
        return Emptied(field, tuple(sorted(years)), tuple(done), found)


def scan_years(home_data: Path, field: FieldRef, years: Collection[str], secrets: Secrets) -> Scanned:
    """Read every file below the data folder and find those that hold a value of the field in rows of these years.

    Of Parquet the column is read, of the vault each piece. A file of the table that no manifest names, and one of which
    it is not known what is in it, count as holding.
    """
    others = frozenset(_stems(home_data, field, lambda year: year not in years))
    holding, files, size = [], 0, 0
    for path in sorted(path for path in home_data.rglob("*") if path.is_file()):
        name = str(path.relative_to(home_data))
        files, size = files + 1, size + path.stat().st_size
        version, *_ = path.relative_to(home_data).parts
        in_store = path.suffix == ".parquet" and f"/{field.table}/" in f"/{name}"
        in_vault = path.suffix == ".sealed" and f"/rows/{field.table}/" in f"/{name}"
        if in_store:
            found = (version, path.stem) not in others and _holds(path, field.field)
        elif in_vault:
            version = path.relative_to(home_data).parts[1]
            found = (version, path.stem) not in others and _sealed_holds(home_data, path, field, secrets)
        else:
            found = path.suffix not in (".parquet", ".sealed") and path.name not in BESIDE
        if found:
            holding.append(name)
    return Scanned(files, size, tuple(holding))


def _stems(home_data: Path, field: FieldRef, wanted: Callable[[str], bool]) -> Iterator[tuple[str, str]]:
    """By version, the names that files of these years of a table have, in the store and in the vault."""
    for version in loaded_versions(home_data):
        table = manifest_as_written(home_data / version).tables.get(field.table)
        for file in () if table is None else table.main:
            if file.year is not None and wanted(file.year):
                yield version, Path(file.path).stem


def _emptied_in_store(
    root: Path, version: str, field: FieldRef, years: Collection[str], spill: Path
) -> Iterator[Rewritten]:
    manifest = manifest_as_written(root)
    table = manifest.tables.get(field.table)
    files = () if table is None else files_of(table, field.field)
    due = [file for file in files if file.year in years and _is_due(root, file, field.field)]
    if table is None or not due:
        (root / UNDER_WAY).unlink(missing_ok=True)
        return
    _note_under_way(root, field, years)
    with open_workshop(spill, LoadLimits()) as workshop:
        for file in due:
            _write_without_values(root / file.path, table, field.field, workshop)
    made = {file.path: _as_it_is(root, file) for file in due}
    known = manifest.emptied.get(str(field), ())
    emptied = {**manifest.emptied, str(field): tuple(sorted({*known, *(str(file.year) for file in due)}))}
    changed = _with_files(without_promises(table, field.field, bounds=False), field.field, made)
    replace_manifest(
        root, replace(manifest, tables={**manifest.tables, field.table: changed}, emptied=emptied)
    )
    (root / UNDER_WAY).unlink()
    for file in due:
        yield f"{version}/{file.path}", file.sha256, made[file.path].sha256


def _note_under_way(root: Path, field: FieldRef, years: Collection[str]) -> None:
    note = root / UNDER_WAY
    if not note.exists():
        write_durably(note, json.dumps([str(field), sorted(years)]).encode())
        settle(root)


def _under_way(root: Path, field: FieldRef) -> set[str]:
    """Years that a run was at when it broke off."""
    note = root / UNDER_WAY
    name, years = json.loads(note.read_bytes()) if note.is_file() else ("", [])
    return set(years) if name == str(field) else set()


def _is_due(root: Path, file: StoredFile, name: str) -> bool:
    """It may hold a value, or was written anew by a run that broke off before the manifest said so."""
    return _may_hold(root / file.path, name) or sha256_of(root / file.path) != file.sha256


def _as_it_is(root: Path, file: StoredFile) -> StoredFile:
    path = root / file.path
    return replace(file, sha256=sha256_of(path), bytes=path.stat().st_size)


def _with_files(table: TableManifest, name: str, made: dict[str, StoredFile]) -> TableManifest:
    if name not in table.apart:
        return replace(table, main=tuple(made.get(file.path, file) for file in table.main))
    apart = tuple(made.get(file.path, file) for file in table.apart[name])
    return replace(table, apart={**table.apart, name: apart})


def _write_without_values(path: Path, table: TableManifest, name: str, workshop: Workshop) -> None:
    """The same rows in the same order, with no value of the field."""
    types = {column.name: column.type for column in table.columns} | dict(table.apart_types)
    empty = f"CAST(NULL AS {types[name]}) AS {quoted(name)}"
    names = pq.ParquetFile(path).schema_arrow.names
    columns = ", ".join(empty if column == name else quoted(column) for column in names)
    unfinished = path.with_name(f"{UNFINISHED}-{path.name}")
    unfinished.unlink(missing_ok=True)
    workshop.run(
        f"COPY (SELECT {columns} FROM read_parquet({path_literal(path)}, hive_partitioning = false))"
        f" TO {literal(str(unfinished))} (FORMAT parquet, COMPRESSION zstd)"
    )
    unfinished.chmod(READ_ONLY)
    settle(unfinished)
    unfinished.replace(path)
    settle(path.parent)


def _emptied_in_vault(
    home_data: Path, version: str, field: FieldRef, years: Collection[str], secrets: Secrets
) -> Iterator[Rewritten]:
    stems = frozenset(_stems(home_data, field, lambda year: year in years))
    vault = Vault(vault_folder(home_data, version), version, secrets)
    for name in vault.names():
        path = vault.folder / f"{name}.sealed"
        if not name.startswith(f"rows/{field.table}/") or (version, path.stem) not in stems:
            continue
        if _sealed_holds(home_data, path, field, secrets):
            before = sha256_of(path)
            rewrite_sealed(vault, name, _pieces_without_values(vault, name, field.field))
            yield f"vault/{version}/{name}.sealed", before, sha256_of(path)


def _pieces_without_values(vault: Vault, name: str, field: str) -> Iterator[pa.RecordBatch]:
    for piece in vault.read(name):
        at = piece.column_names.index(field)
        empty = pa.nulls(piece.num_rows, piece.schema.field(at).type)
        yield from piece.set_column(at, field, empty).combine_chunks().to_batches()


def _may_hold(path: Path, name: str) -> bool:
    """Whether a file says that it has a value of the field in some row group, or does not say."""
    about = pq.ParquetFile(path).metadata
    for at in range(about.num_row_groups):
        group = about.row_group(at)
        for column in map(group.column, range(group.num_columns)):
            known = column.statistics
            if column.path_in_schema == name and (
                known is None or known.null_count is None or known.null_count < group.num_rows
            ):
                return True
    return False


def _holds(path: Path, name: str) -> bool:
    """Whether a value of the field is in a file: the column is read, whatever the file says of it."""
    if name not in pq.ParquetFile(path).schema_arrow.names:
        return False
    column = pq.ParquetFile(path).read(columns=[name])[name]
    return column.null_count < len(column)


def _sealed_holds(home_data: Path, path: Path, field: FieldRef, secrets: Secrets) -> bool:
    version, *rest = path.relative_to(home_data / "vault").with_suffix("").parts
    vault = Vault(vault_folder(home_data, version), version, secrets)
    return any(
        piece[field.field].null_count < piece.num_rows
        for piece in vault.read("/".join(rest))
        if field.field in piece.column_names
    )
