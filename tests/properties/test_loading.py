"""What is loaded is what was in the source, for every table that keeps its catalogue."""

import tempfile
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from hypothesis import given, settings
from hypothesis import strategies as st

from enclave.loading import DataVersion, Vault, load, open_version, vault_folder
from tests.unit.loading.hospital import CATALOGUE, NOON, SECRETS, hospitals, stays, write_source

PATIENTS = st.text("aZ0 é'\"", min_size=1, max_size=4).filter(lambda text: text.strip())
WARDS = st.sampled_from([("W1", "A"), ("W2", "A"), ("W3", "B")])
SLOTS = st.tuples(PATIENTS, st.sampled_from(["2022/23", "2023/24"]), st.sampled_from(["Q1", "Q2", None]))
DETAILS = st.fixed_dictionaries(
    {
        "hospital": st.sampled_from([101, 102, 103]),
        "surname": st.none() | st.text(st.characters(codec="utf-8"), max_size=6),
        "born": st.none() | st.dates(date(1900, 1, 1)),
        "main": st.booleans(),
        "diagnosis": st.none() | st.sampled_from(["D01", "D02"]),
        "weight": st.none() | st.floats(allow_nan=False, allow_infinity=False),
        "nights": st.none() | st.integers(0, 90),
        "cost": st.none() | st.decimals(Decimal("-99999.99"), Decimal("99999.99"), places=2),
    }
)
Row = dict[str, object]


@st.composite
def stay_rows(draw: st.DrawFn) -> list[Row]:
    """Stays that keep the catalogue: one row for each patient, year and quarter."""
    slots = draw(st.lists(SLOTS, min_size=1, max_size=12, unique=True))
    rows: list[Row] = []
    for patient, year, quarter in slots:
        ward, wing = draw(WARDS)
        row: Row = {
            **draw(DETAILS),
            "patient": patient,
            "year": year,
            "quarter": quarter,
            "ward": ward,
            "wing": wing,
        }
        if ward == "W3":
            row["diagnosis"] = None  # a diagnosis implies one of the other wards
        rows.append(row)
    return rows


@settings(max_examples=25)
@given(stay_rows())
def test_what_is_loaded_equals_the_source(rows: list[Row]) -> None:
    schema = stays(1).schema
    with tempfile.TemporaryDirectory() as folder:
        source = write_source(Path(folder) / "source", {"hospital": hospitals()})
        pq.write_table(pa.Table.from_pylist(rows, schema), source / "stay.parquet")
        data = Path(folder) / "data"
        load(source, CATALOGUE, home_data=data, version="v1", secrets=SECRETS, now=NOON)
        assert in_order(put_together(open_version(data, "v1"), data, schema.names)) == in_order(rows)


def put_together(version: DataVersion, data: Path, names: list[str]) -> list[Row]:
    """The rows as they were: main and apart files by row number, keys and identifiers by the vault."""
    vault = Vault(vault_folder(data, "v1"), "v1", SECRETS)
    keys = {row["person"]: row["value"] for piece in vault.read("persons") for row in piece.to_pylist()}
    by_id = {row["id"]: keys[row["person"]] for piece in vault.read("units") for row in piece.to_pylist()}
    table = version.table("stay")
    rows = {row["_row"]: row for row in read(table.main_files)}
    others = [read(table.apart_files(field)) for field in table.manifest.apart]
    sealed = [
        row
        for name in vault.names()
        if name.startswith("rows/stay/")
        for piece in vault.read(name)
        for row in piece.to_pylist()
    ]
    for row in (row for each in [*others, sealed] for row in each):
        rows[row["_row"]].update(row)
    for row in rows.values():
        assert keys[row["_person"]] == by_id[row["patient"]]
        row["patient"] = by_id[row["patient"]]
    return [{name: row[name] for name in names} for row in rows.values()]


def read(files: tuple[Path, ...]) -> Iterator[Row]:
    for file in files:
        yield from pq.read_table(file).to_pylist()


def in_order(rows: list[Row]) -> list[list[str]]:
    return sorted([repr(row[name]) for name in sorted(row)] for row in rows)
