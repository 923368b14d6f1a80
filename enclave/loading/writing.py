"""The staged rows into files: research fields together, tier-1 fields each in files of their own, identifiers sealed.

Files are plain Parquet for any engine: no Arrow schema inside, no dictionary types, no unsigned numbers.
"""

from collections.abc import Sequence
from pathlib import Path

from enclave.catalogue.marks import ALONE, ONCE, marks_of
from enclave.catalogue.model import Table
from enclave.loading.durable import READ_ONLY, settle
from enclave.loading.manifest import Column, LargestCluster, RowsSeen, StoredFile, TableManifest, sha256_of
from enclave.loading.stored_types import stored_type
from enclave.loading.vault import ROWS_PER_PIECE
from enclave.loading.work import PERSON, RECORD_KEY, ROW, Load, Partition, Progress, Stage
from enclave.loading.workshop import Workshop, literal, path_literal, quoted


def write_stage(stage: Stage, load: Load, progress: Progress) -> None:
    """Write each staged partition to the store and the vault, and note the files in `progress`."""
    table = stage.table
    for partition in stage.partitions:
        main = _write(stage, partition, _main_columns(table), f"store/{table.name}/main", load)
        progress.main.append(main)
        for name in _apart_fields(table):
            apart = _write(stage, partition, [name], f"store/{table.name}/apart/{name}", load)
            progress.apart.setdefault(name, []).append(apart)
        _seal_identifiers(stage, partition, load)


def described(table: Table, load: Load, progress: Progress) -> TableManifest:
    """What the manifest says of a table that kept all promises."""
    folder = load.building.folder
    main = [folder / file.path for file in progress.main]
    return TableManifest(
        name=table.name,
        rows=sum(file.rows for file in progress.main),
        units=_units(table, main, load.workshop) if table.unit else None,
        years=tuple(dict.fromkeys(file.year for file in progress.main if file.year is not None)),
        columns=tuple(Column(name, _type_of(table, name)) for name in [*_main_columns(table), ROW]),
        main=tuple(progress.main),
        apart={name: tuple(files) for name, files in progress.apart.items()},
        apart_types={name: _type_of(table, name) for name in progress.apart},
        grains=table.grain,
        rows_per_unit=_rows_seen(progress),
        bounds={field.name: field.bounds for field in table.fields.values() if field.bounds is not None},
        largest_cluster=_largest_cluster(table, main, load, progress),
        null_free=tuple(
            name for name in table.fields if table.in_store(name) and name not in progress.with_nulls
        ),
        suppressed_below=load.min_units if table.tier_3 else None,
    )


def _main_columns(table: Table) -> list[str]:
    fields = [name for name in table.fields if table.in_store(name) and not table.stored_apart(name)]
    if not table.unit:
        return fields
    key = table.key or ""
    return [key, RECORD_KEY, *marks_of(table), *(name for name in fields if name != key)]


def _apart_fields(table: Table) -> list[str]:
    return [name for name in table.fields if table.in_store(name) and table.stored_apart(name)]


def _type_of(table: Table, name: str) -> str:
    if name == ROW or (table.unit and name == table.key):
        return "INTEGER"
    if name in (ONCE, ALONE):
        return "BOOLEAN"
    return "SMALLINT" if name == RECORD_KEY else stored_type(table.fields[name].type).sql


def _write(stage: Stage, partition: Partition, names: Sequence[str], folder: str, load: Load) -> StoredFile:
    """One file of these columns of a partition and `_row`, in the staged order."""
    path = load.building.folder / folder / f"{partition.name}.parquet"
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o750)
    selection = ", ".join([*map(quoted, names), stage.row_numbers()])
    load.workshop.run(
        f"COPY (SELECT {selection} FROM stage WHERE {stage.only(partition)})"
        f" TO {literal(str(path))} (FORMAT parquet, COMPRESSION zstd{_encoding(stage.table, names)})"
    )
    path.chmod(READ_ONLY)
    settle(path)
    return StoredFile(
        path=f"{folder}/{path.name}",
        sha256=sha256_of(path),
        bytes=path.stat().st_size,
        rows=partition.rows,
        first_row=partition.first_row,
        year=partition.year,
        term=partition.term,
    )


def _encoding(table: Table, names: Sequence[str]) -> str:
    """Delta encoding takes the row numbers of a file apart from 2.7 bytes a row to nothing.

    Not for floating numbers, whose newer encoding Spark does not read, nor for main files, whose columns are read most.
    """
    apart = len(names) == 1 and names[0] in table.fields and table.stored_apart(names[0])
    return ", PARQUET_VERSION v2" if apart and not stored_type(table.fields[names[0]].type).floating else ""


def _seal_identifiers(stage: Stage, partition: Partition, load: Load) -> None:
    """Row number, person and identifiers of each row, into the vault."""
    table = stage.table
    names = [name for name in table.fields if not table.in_store(name)]
    if not names:
        return
    selection = ", ".join([stage.row_numbers(), *([PERSON] if table.unit else []), *map(quoted, names)])
    pieces = load.workshop.batches(
        f"SELECT {selection} FROM stage WHERE {stage.only(partition)}", rows_per_batch=ROWS_PER_PIECE
    )
    load.vault.write(f"rows/{table.name}/{partition.name}", pieces)


def _units(table: Table, main: Sequence[Path], workshop: Workshop) -> int:
    return workshop.whole_numbers(f"SELECT count(DISTINCT {quoted(table.key or '')}) FROM {_reading(main)}")[
        0
    ]


def _rows_seen(progress: Progress) -> tuple[RowsSeen, ...]:
    bounds = ((promise.bound, most) for promise, most in progress.most.items() if promise.bound is not None)
    return tuple(RowsSeen(per=bound.per, most=bound.most, seen=most) for bound, most in bounds)


def _largest_cluster(
    table: Table, main: Sequence[Path], load: Load, progress: Progress
) -> LargestCluster | None:
    if table.cluster is None or not table.unit:
        return None
    cluster, key = quoted(table.cluster.by), quoted(table.key or "")
    source = _reading(main)
    if table.stored_apart(table.cluster.by):
        apart = [load.building.folder / file.path for file in progress.apart[table.cluster.by]]
        source = f"{source} JOIN {_reading(apart)} USING ({ROW})"
    rows, units = load.workshop.whole_numbers(
        "SELECT max(rows), max(units) FROM (SELECT sum(n) AS rows, count(*) AS units FROM"
        f" (SELECT {cluster} AS cluster, {key}, count(*) AS n FROM {source} GROUP BY ALL) GROUP BY cluster)"
    )
    return LargestCluster(rows=rows, units=units)


def _reading(files: Sequence[Path]) -> str:
    return f"read_parquet([{', '.join(path_literal(file) for file in files)}], hive_partitioning = false)"
