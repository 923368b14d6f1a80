"""What lies in a source folder: which tables, in which files, with which columns.

A table is `<table>.parquet` or a folder `<table>/` with Parquet files at any depth. Names that begin with a dot or an
underscore belong to the programs that wrote the files and are passed over; anything else unknown is a finding.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from enclave.catalogue.model import Catalogue, Table
from enclave.loading.findings import Tally
from enclave.loading.stored_types import stored_type
from enclave.loading.workshop import Workshop, WorkshopFailed, path_literal, quoted

PARQUET = ".parquet"
MAGIC = b"PAR1"  # the first and the last four bytes of every Parquet file


@dataclass(frozen=True, slots=True)
class SourceTable:
    """One table of the catalogue with the files that hold it. Its rows are in the workshop's view `view`."""

    table: Table
    files: tuple[Path, ...]

    @property
    def view(self) -> str:
        return source_view(self.table.name)

    @property
    def raw(self) -> str:
        """The rows as they were delivered. Of a table of aggregates these are not yet those of `view`."""
        return quoted(f"raw {self.table.name}") if self.table.tier_3 else self.view


def source_view(table: str) -> str:
    return quoted(f"source {table}")


def survey(
    source: Path, catalogue: Catalogue, workshop: Workshop, tally: Tally, *, min_units: int | None
) -> tuple[SourceTable, ...]:
    """The tables of the source whose files can be read and have the catalogue's columns, public ones first.

    What is wrong with the others goes into `tally`. Tables of aggregates that cannot be judged are passed over unread.
    """
    sound = []
    for name, files in _files_by_table(source, tally).items():
        table = catalogue.tables.get(name)
        if table is None:
            tally.add("unknown-table", name)
        elif can_be_judged(table, min_units) and _is_sound(table, files, workshop, tally):
            sound.append(SourceTable(table, files))
    for found in sound:
        _open_view(found, workshop)
    return tuple(sorted(sound, key=lambda found: (not found.table.public, found.table.name)))


def can_be_judged(table: Table, min_units: int | None) -> bool:
    """Whether a table is no table of aggregates, or one whose small cells can be found."""
    return not table.tier_3 or (table.population is not None and min_units is not None)


def tally_unreadable(tables: tuple[SourceTable, ...], workshop: Workshop, tally: Tally) -> None:
    """Read every value of every file, and count the files in which that fails."""
    for found in tables:
        for file in found.files:
            try:
                workshop.rows(f"SELECT bit_xor(hash(COLUMNS(*))) FROM read_parquet({path_literal(file)})")
            except WorkshopFailed:
                tally.add("unreadable-file", found.table.name)


def _files_by_table(source: Path, tally: Tally) -> Mapping[str, tuple[Path, ...]]:
    if not source.is_dir():
        tally.add("no-source", source.name)
        return {}
    tables: dict[str, tuple[Path, ...]] = {}
    for entry in _visible(source):
        if entry.is_file() and entry.suffix != PARQUET:
            tally.add("unknown-file", entry.name)
            continue
        name = entry.name if entry.is_dir() else entry.stem
        if name in tables:
            tally.add("table-twice", name)
        tables[name] = _files_in(entry, tally) if entry.is_dir() else (entry,)
    if not tables:
        tally.add("no-files", source.name)
    return tables


def _files_in(folder: Path, tally: Tally) -> tuple[Path, ...]:
    files = tuple(_walk(folder))
    tally.add("unknown-file", folder.name, count=sum(file.suffix != PARQUET for file in files))
    parquet = tuple(file for file in files if file.suffix == PARQUET)
    if not parquet:
        tally.add("no-files", folder.name)
    return parquet


def _walk(folder: Path) -> Iterator[Path]:
    for entry in _visible(folder):
        if entry.is_dir():
            yield from _walk(entry)
        else:
            yield entry


def _visible(folder: Path) -> list[Path]:
    return sorted(entry for entry in folder.iterdir() if not entry.name.startswith((".", "_")))


def _is_sound(table: Table, files: tuple[Path, ...], workshop: Workshop, tally: Tally) -> bool:
    for file in files:
        fault = _fault_of(file)
        if fault:
            tally.add(fault, table.name)
            continue
        try:
            found = workshop.columns_of(file)
        except WorkshopFailed:
            tally.add("unreadable-file", table.name)
        else:
            _compare(table, found, tally)
    return bool(files) and tally.clears(table.name)


def _fault_of(file: Path) -> str | None:
    """A look at the two ends of the file, which tells a truncated one from one that never was Parquet."""
    size = file.stat().st_size
    if size == 0:
        return "empty-file"
    with file.open("rb") as content:
        first = content.read(len(MAGIC))
        content.seek(max(0, size - len(MAGIC)))
        last = content.read()
    if first != MAGIC:
        return "unreadable-file"
    return None if last == MAGIC and size > 2 * len(MAGIC) else "truncated-file"


def _compare(table: Table, found: Mapping[str, str], tally: Tally) -> None:
    for name in table.fields.keys() - found.keys():
        tally.add("missing-column", table.name, name)
    for name in found.keys() - table.fields.keys():
        tally.add("extra-column", table.name, name)
    for name in table.fields.keys() & found.keys():
        declared = table.fields[name].type
        if not stored_type(declared).takes(found[name]):
            tally.add("wrong-type", table.name, name, about=declared)


def _open_view(found: SourceTable, workshop: Workshop) -> None:
    """A view with the stored types and the catalogue's order of columns. `columns_of` proved the casts lossless."""
    paths = ", ".join(path_literal(file) for file in found.files)
    casts = ", ".join(
        f"{quoted(field.name)}::{stored_type(field.type).sql} AS {quoted(field.name)}"
        for field in found.table.fields.values()
    )
    workshop.run(
        f"CREATE TEMP VIEW {found.raw} AS SELECT {casts}"
        f" FROM read_parquet([{paths}], union_by_name = true, hive_partitioning = false)"
    )
