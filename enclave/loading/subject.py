"""The rows about one person, identifiers included: read out of the vault and every data version, for their own copy.

The one thing to know before changing this: nothing else reads rows of people for anybody. It is called with the
warrant of a case by the adapter in `wiring`, and a test holds that nobody else imports it.

Names reach SQL only through `quoted`, values as parameters. Vault files are read piece by piece, and of a table with a
row of the person only those of the partitions that have one.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow as pa

from enclave.catalogue.marks import ALONE, ONCE
from enclave.loading.keys import Secrets
from enclave.loading.manifest import StoredFile, TableManifest, open_version
from enclave.loading.units import BY_KEY
from enclave.loading.vault import PERSONS_FILE, UNITS_FILE, Vault, vault_folder
from enclave.loading.versions import loaded_versions
from enclave.loading.work import PERSON, RECORD_KEY, ROW
from enclave.loading.workshop import path_literal, quoted

OURS = frozenset({RECORD_KEY, ROW, ONCE, ALONE, PERSON})
"""Columns that the loader made: numbers of this store, which hold nothing about anybody."""


@dataclass(frozen=True, slots=True, repr=False)
class Found:
    """One person: the number that never changes, the unit, and the key in each version."""

    person: int
    unit: str
    keys: Mapping[str, int]


@dataclass(frozen=True, slots=True, repr=False)
class PersonRow:
    version: str
    table: str
    values: Mapping[str, str | None]


@dataclass(frozen=True, slots=True)
class PersonReader:
    """The vault and the versions of one home, for one look-up.

    Attributes:
        identifiers: table -> its fields that are in the vault.
        keys: table -> its key, and what stands for it where that is null.
        units: table -> the unit it is about.
    """

    data: Path
    secrets: Secrets
    identifiers: Mapping[str, tuple[str, ...]]
    keys: Mapping[str, tuple[str, str | None]]
    units: Mapping[str, str]

    def find(self, criteria: Mapping[str, str]) -> Found | None:
        """The one person of the newest version whom every criterion fits; None for nobody, or for several."""
        versions = loaded_versions(self.data)
        if not versions or not criteria:
            return None
        fitting = [self._fitting(versions[-1], field, value) for field, value in criteria.items()]
        people = set.intersection(*fitting)
        if len(people) != 1:
            return None
        unit, person = people.pop()
        keys = {version: key for version in versions if (key := self._key_in(version, unit, person))}
        return Found(person, unit, keys)

    def rows_of(self, found: Found) -> Iterator[PersonRow]:
        """Newest version first; of each table in the order of the store."""
        for version in reversed(loaded_versions(self.data)):
            key = found.keys.get(version)
            if key is None:
                continue
            opened = open_version(self.data, version)
            for name, table in sorted(opened.manifest.tables.items()):
                if self.units.get(name) == found.unit:
                    yield from self._rows(opened.root, version, table, key, found)

    def _rows(
        self, root: Path, version: str, table: TableManifest, key: int, found: Found
    ) -> Iterator[PersonRow]:
        column, _ = self.keys[table.name]
        main = _selected(root, table.main, f"{quoted(column)} = ?", [key])
        numbers = [int(str(row[ROW])) for row in main]
        if not numbers:
            return
        handle = self._handle(
            version, found
        )  # the store's own key is a number of ours, the source's is theirs
        values = {number: _texts(row) | {column: handle} for number, row in zip(numbers, main, strict=True)}
        for name, files in sorted(table.apart.items()):
            wanted = [file for file in files if _has_one(file, numbers)]
            for row in _selected(root, wanted, f"{ROW} IN (SELECT unnest(?))", [numbers]):
                values[int(str(row[ROW]))][name] = _texts(row)[name]
        for number, sealed in self._sealed(version, table, numbers, found.person):
            values[number] |= sealed
        for number in sorted(values):
            yield PersonRow(version, table.name, values[number])

    def _sealed(
        self, version: str, table: TableManifest, numbers: list[int], person: int
    ) -> Iterator[tuple[int, dict[str, str | None]]]:
        """The identifiers of these rows. A row of another person is never among them, whatever its number says."""
        vault = self._vault(version)
        kept = set(vault.names())
        for file in table.main:
            name = f"rows/{table.name}/{Path(file.path).stem}"
            if name in kept and _has_one(file, numbers):
                mine = f"{ROW} IN (SELECT unnest(?)) AND {PERSON} = ?"
                for row in _picked(vault.read(name), mine, [numbers, person]):
                    yield int(str(row[ROW])), _texts(row)

    def _fitting(self, version: str, field: str, value: str) -> set[tuple[str, int]]:
        """Everybody (unit and person) whom one criterion fits. Letters count, capitals and blanks around do not."""
        vault = self._vault(version)
        found: set[tuple[str, int]] = set()
        kinds = self._kinds(field)
        if kinds:
            where = f"kind IN (SELECT unnest(?)) AND {_same('value')}"
            rows = _picked(vault.read(PERSONS_FILE), where, [kinds, value])
            found |= {(str(row["unit"]), int(str(row["person"]))) for row in rows}
        for table, names in self.identifiers.items():
            if field in names and table in self.units:
                pieces = (
                    piece
                    for name in vault.names()
                    if name.startswith(f"rows/{table}/")
                    for piece in vault.read(name)
                    if field in piece.column_names
                )
                rows = _picked(pieces, _same(quoted(field)), [value])
                found |= {(self.units[table], int(str(row[PERSON]))) for row in rows}
        return found

    def _kinds(self, field: str) -> list[str]:
        """The kinds of handles of this name: a key of some table, or what stands for one."""
        kinds = {BY_KEY for key, _ in self.keys.values() if key == field}
        kinds |= {f"otherwise:{field}" for _, otherwise in self.keys.values() if otherwise == field}
        return sorted(kinds)

    def _key_in(self, version: str, unit: str, person: int) -> int | None:
        rows = _picked(self._vault(version).read(UNITS_FILE), "unit = ? AND person = ?", [unit, person])
        return next((int(str(row["id"])) for row in rows), None)

    def _handle(self, version: str, found: Found) -> str | None:
        """How the source names the person in the tables' key; several names of one person together."""
        where = "unit = ? AND person = ? AND kind = ?"
        rows = _picked(self._vault(version).read(PERSONS_FILE), where, [found.unit, found.person, BY_KEY])
        return ", ".join(str(row["value"]) for row in rows) or None

    def _vault(self, version: str) -> Vault:
        return Vault(vault_folder(self.data, version), version, self.secrets)


def _selected(
    root: Path, files: Iterable[StoredFile], where: str, values: list[object]
) -> list[dict[str, object]]:
    paths = ", ".join(path_literal(root / file.path) for file in files)
    with _engine() as engine:
        found = engine.execute(
            f"SELECT * FROM read_parquet([{paths}], hive_partitioning = false) WHERE {where} ORDER BY {ROW}",
            values,
        )
        return _dictionaries(found)


def _picked(pieces: Iterable[pa.Table], where: str, values: list[object]) -> Iterator[dict[str, object]]:
    """The rows of pieces that are to be had; a piece is gone when the next one is opened."""
    with _engine() as engine:
        for piece in pieces:
            engine.register("piece", piece)
            yield from _dictionaries(engine.execute(f"SELECT * FROM piece WHERE {where}", values))
            engine.unregister("piece")


def _dictionaries(found: duckdb.DuckDBPyConnection) -> list[dict[str, object]]:
    names = [column[0] for column in found.description or ()]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


@contextmanager
def _engine() -> Iterator[duckdb.DuckDBPyConnection]:
    """In memory, never on disk, and nothing of it outlives the look-up."""
    engine = duckdb.connect(":memory:", config={"temp_directory": "", "threads": 2})
    try:
        yield engine
    finally:
        engine.close()


def _has_one(file: StoredFile, numbers: Iterable[int]) -> bool:
    return any(file.first_row <= number < file.first_row + file.rows for number in numbers)


def _texts(row: Mapping[str, object]) -> dict[str, str | None]:
    return {name: None if value is None else str(value) for name, value in row.items() if name not in OURS}


def _same(column: str) -> str:
    """SQL: the column says the parameter. What is no text is compared as it is written."""
    return f"lower(trim({column}::VARCHAR)) = lower(trim(?))"
