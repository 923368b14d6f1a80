"""Source files and a catalogue into an immutable data version and its identity vault.

The one thing to know before changing this: nothing is in force before the last line of `load`, and a finding anywhere
means that nothing will be.

Limits: code sets are checked for membership, not for the years in which a code was valid. A table of aggregates is left
out if the catalogue does not say which of its cells count people. Sources are read as they lie there: who can change a
file during the load can make two checks see different rows, but never puts an identifier into the store.
"""

from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path

import pyarrow as pa

from enclave.catalogue.model import Catalogue
from enclave.loading.correcting import Corrected
from enclave.loading.findings import Tally, refused
from enclave.loading.keys import Secrets
from enclave.loading.manifest import (
    FORMAT,
    DataVersion,
    Manifest,
    TableManifest,
    catalogue_hash,
    write_manifest,
)
from enclave.loading.source import SourceTable, can_be_judged, survey, tally_unreadable
from enclave.loading.tables import take_table
from enclave.loading.units import PERSONS, UNITS, number_units
from enclave.loading.vault import PERSONS_FILE, ROWS_PER_PIECE, UNITS_FILE, Vault, vault_folder
from enclave.loading.verifying import open_codes
from enclave.loading.versions import current_version, new_version
from enclave.loading.work import Load
from enclave.loading.workshop import LoadLimits, WorkshopFailed, open_workshop

USUAL_LIMITS = LoadLimits()
TIER_3 = "holds aggregates (tier 3), and the catalogue does not say which of them count people"


Accept = Callable[[DataVersion], None]


def as_it_is(_version: DataVersion) -> None:
    """Nothing more is asked of it."""


def load(
    source: Path,
    catalogue: Catalogue,
    *,
    home_data: Path,
    version: str,
    secrets: Secrets,
    now: datetime,
    synthetic: bool = False,
    limits: LoadLimits = USUAL_LIMITS,
    min_units: int | None = None,
    corrections: tuple[Corrected, ...] = (),
    accept: Accept = as_it_is,
) -> Manifest:
    """Load every table of the source as the data version `version`, and put it in force.

    Of tables of aggregates, cells about fewer than `min_units` people are hidden for good; without it, there are none.

    `accept` looks at the finished version before it exists for anybody; what it raises leaves nothing behind.

    The same source, catalogue, secrets, version, day and earlier versions give the same files, byte for byte.

    Raises:
        LoadRefused: with everything in which the source breaks its catalogue; nothing was kept.
        VersionName, VersionExists, LoadUnderWay, VaultUnreadable
    """
    with new_version(home_data, version) as building, open_workshop(building.spill, limits) as workshop:
        before = current_version(home_data)
        tally = Tally()
        found = survey(source, catalogue, workshop, tally, min_units=min_units)
        names = frozenset(each.table.name for each in found)
        vault = Vault(building.vault, version, secrets)
        work = Load(catalogue, workshop, building, vault, tally, names, min_units, now.date(), corrections)
        known = _known_persons(home_data, before, secrets)
        tables = _take_all(found, work, known, secrets)
        if tally.counts:
            raise refused(tally.findings, in_force=before)
        manifest = _closing(work, tables, now=now, synthetic=synthetic)
        write_manifest(manifest, building.folder)
        accept(DataVersion(building.folder, manifest))
        building.put_in_force()
        return manifest


def _closing(work: Load, tables: dict[str, TableManifest], *, now: datetime, synthetic: bool) -> Manifest:
    catalogue = work.catalogue
    left_out = sorted(
        name for name, one in catalogue.tables.items() if not can_be_judged(one, work.min_units)
    )
    return Manifest(
        format=FORMAT,
        version=work.building.version,
        created_at=now,
        catalogue=catalogue.name,
        catalogue_hash=catalogue_hash(catalogue),
        synthetic=synthetic,
        tables=tables,
        not_in_source=tuple(sorted(catalogue.tables.keys() - tables.keys() - set(left_out))),
        left_out=dict.fromkeys(left_out, TIER_3),
        corrected=dict(sorted(work.corrected.items())),
    )


def _take_all(
    found: tuple[SourceTable, ...], work: Load, known: Iterable[pa.Table], secrets: Secrets
) -> dict[str, TableManifest]:
    """Number the units, take each table, and seal who is who. An engine error is a finding if a file is to blame."""
    try:
        open_codes(work)
        number_units(found, work.workshop, known=known, secrets=secrets, version=work.building.version)
        taken = [take_table(each, work) for each in found]
        _seal_persons(work)
    except WorkshopFailed:
        tally_unreadable(found, work.workshop, work.tally)
        if not work.tally.counts:
            raise
        return {}
    return {table.name: table for table in taken if table is not None}


def _known_persons(home_data: Path, version: str | None, secrets: Secrets) -> Iterable[pa.Table]:
    """Everybody who has a number, from the vault of the version in force."""
    return Vault(vault_folder(home_data, version), version, secrets).read(PERSONS_FILE) if version else ()


def _seal_persons(work: Load) -> None:
    for name, table, order in (
        (PERSONS_FILE, PERSONS, "person, kind, value"),
        (UNITS_FILE, UNITS, "unit, id"),
    ):
        pieces = work.workshop.batches(
            f"SELECT * FROM {table} ORDER BY {order}", rows_per_batch=ROWS_PER_PIECE
        )
        work.vault.write(name, pieces)
