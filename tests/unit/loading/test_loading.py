"""What a loaded version is like: layout, keys, hashes, vault."""

from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from enclave.loading import (
    DataVersion,
    Manifest,
    Secrets,
    UnknownVersion,
    Vault,
    VaultUnreadable,
    VersionBroken,
    VersionExists,
    VersionName,
    current_version,
    load,
    open_version,
    vault_folder,
)
from tests.unit.loading.hospital import (
    CATALOGUE,
    NOON,
    SECRETS,
    all_rows,
    patient,
    plans,
    stays,
    write_source,
)


def load_rows(
    home: Path, rows: dict[str, pa.Table], version: str = "v1", secrets: Secrets = SECRETS
) -> Manifest:
    source = write_source(home / f"source-{version}", rows)
    return load(source, CATALOGUE, home_data=home / "data", version=version, secrets=secrets, now=NOON)


@pytest.fixture
def version(tmp_path: Path) -> DataVersion:
    load_rows(tmp_path, all_rows())
    return open_version(tmp_path / "data", "v1")


def read(files: tuple[Path, ...]) -> pa.Table:
    return pa.concat_tables(pq.read_table(file) for file in files)


def units_of(home: Path, version: str = "v1") -> dict[str, tuple[int, int]]:
    """Dense id and record key by the source's own key, through the vault."""
    vault = Vault(vault_folder(home / "data", version), version, SECRETS)
    persons = {row["person"]: row["value"] for piece in vault.read("persons") for row in piece.to_pylist()}
    rows = (row for piece in vault.read("units") for row in piece.to_pylist())
    return {persons[row["person"]]: (row["id"], row["rk"]) for row in rows}


def test_the_version_in_force_is_the_one_loaded_last(tmp_path: Path) -> None:
    assert current_version(tmp_path / "data") is None
    load_rows(tmp_path, all_rows())
    load_rows(tmp_path, all_rows(), "v2")
    assert current_version(tmp_path / "data") == "v2"
    assert open_version(tmp_path / "data", "v1").manifest.version == "v1"


def test_a_table_is_parted_by_year_and_term_and_sorted_by_cluster(version: DataVersion) -> None:
    stored = version.table("stay")
    assert [file.name for file in stored.main_files] == [
        "001_2022-23_Q1.parquet",
        "002_2022-23_Q2.parquet",
        "003_2023-24_Q1.parquet",
        "004_2023-24_Q2.parquet",
    ]
    for path, file in zip(stored.main_files, stored.manifest.main, strict=True):
        rows = pq.read_table(path)
        assert rows["year"].unique().to_pylist() == [file.year]
        assert rows["quarter"].unique().to_pylist() == [file.term]
        assert rows["hospital"].to_numpy().tolist() == sorted(rows["hospital"].to_numpy().tolist())
        assert rows["_row"].to_pylist() == list(range(file.first_row, file.first_row + file.rows))


def test_tier_1_fields_lie_apart_and_identifiers_nowhere(version: DataVersion) -> None:
    stored = version.table("stay")
    assert pq.read_schema(stored.main_files[0]).names == [
        *(
            "patient",
            "_rk",
            "_once",
            "_alone",
            "year",
            "quarter",
            "hospital",
            "main",
            "ward",
            "wing",
            "nights",
        ),
        *("cost", "_row"),
    ]
    assert set(stored.manifest.apart) == {"diagnosis", "weight"}
    for name in ("diagnosis", "weight"):
        apart = read(stored.apart_files(name))
        assert apart.column_names == [name, "_row"]
        assert apart["_row"].to_pylist() == read(stored.main_files)["_row"].to_pylist()


def test_a_public_table_is_one_file_without_a_record_key(version: DataVersion) -> None:
    stored = version.table("hospital")
    assert [file.name for file in stored.main_files] == ["all.parquet"]
    assert read(stored.main_files).drop_columns(["_row"]).to_pylist() == all_rows()["hospital"].to_pylist()
    assert stored.manifest.units is None


def test_the_store_has_no_unsigned_dictionary_or_arrow_schema(version: DataVersion) -> None:
    for file in version.root.rglob("*.parquet"):
        schema = pq.read_schema(file)
        assert not (schema.metadata or {}).keys() & {b"ARROW:schema"}
        for field in schema:
            assert not pa.types.is_dictionary(field.type)
            assert not pa.types.is_unsigned_integer(field.type)
    main = pq.read_schema(version.table("stay").main_files[0])
    assert (main.field("patient").type, main.field("_rk").type) == (pa.int32(), pa.int16())


def test_no_identifier_stands_in_any_byte_of_the_store_or_of_the_sealed_vault(tmp_path: Path) -> None:
    load_rows(tmp_path, all_rows())
    canaries = [b"Surname-", b"clinic-", b"XYZ", b"PAT0"]
    for file in (path for path in (tmp_path / "data").rglob("*") if path.is_file()):
        content = file.read_bytes()
        if file.suffix == ".parquet":  # pages are packed, so the cells are looked at too
            content += str(pq.read_table(file).to_pylist()).encode()
        assert not [canary for canary in canaries if canary in content], file
    tables = open_version(tmp_path / "data", "v1").manifest.tables
    names = {column.name for table in tables.values() for column in table.columns}
    assert not names & {"surname", "born", "clinic_number"}


def test_the_dense_key_has_no_gap_and_another_order_than_the_source(tmp_path: Path) -> None:
    load_rows(tmp_path, all_rows())
    by_key = units_of(tmp_path)
    ids = [by_key[patient(number)][0] for number in range(40)]
    assert sorted(id_ for id_, _ in by_key.values()) == list(range(1, len(by_key) + 1))
    assert ids not in (sorted(ids), sorted(ids, reverse=True))


def test_the_record_key_survives_versions_and_the_dense_key_does_not(tmp_path: Path) -> None:
    load_rows(tmp_path, all_rows())
    load_rows(tmp_path, all_rows() | {"stay": stays(60)}, "v2")
    before, after = units_of(tmp_path), units_of(tmp_path, "v2")
    assert before.keys() < after.keys()
    assert {key: rk for key, (_, rk) in before.items()} == {key: after[key][1] for key in before}
    assert {key: id_ for key, (id_, _) in before.items()} != {key: after[key][0] for key in before}
    assert all(0 <= rk <= 255 for _, rk in after.values())


def test_a_person_keeps_the_number_through_a_version_without_them(tmp_path: Path) -> None:
    load_rows(tmp_path, all_rows())
    load_rows(tmp_path, {"hospital": all_rows()["hospital"], "stay": stays(2)}, "v2")
    load_rows(tmp_path, all_rows(), "v3")
    assert len(units_of(tmp_path, "v2")) == 2
    assert {key: rk for key, (_, rk) in units_of(tmp_path).items()} == {
        key: rk for key, (_, rk) in units_of(tmp_path, "v3").items()
    }


def test_rows_without_a_key_are_units_of_their_own_and_nobody_is_two(version: DataVersion) -> None:
    """Four clinic numbers stand alone; the fifth stands beside a key elsewhere, so it is that patient."""
    assert version.manifest.tables["plan"].units == 14
    assert version.manifest.tables["stay"].units == 40
    everyone = pc.count_distinct(
        pa.chunked_array(
            chunk
            for name in ("plan", "stay")
            for chunk in read(version.table(name).main_files)["patient"].chunks
        )
    )
    assert everyone.as_py() == 44


def test_the_same_load_writes_the_same_bytes(tmp_path: Path) -> None:
    first, second = load_rows(tmp_path / "a", all_rows()), load_rows(tmp_path / "b", all_rows())
    assert first.to_json() == second.to_json()
    assert hashed(tmp_path / "a" / "data") == hashed(tmp_path / "b" / "data")


def test_the_order_of_the_source_does_not_matter(tmp_path: Path) -> None:
    backwards = {name: rows.take(list(reversed(range(len(rows))))) for name, rows in all_rows().items()}
    assert load_rows(tmp_path / "a", all_rows()) == load_rows(tmp_path / "b", backwards)


def test_another_secret_gives_other_keys(tmp_path: Path) -> None:
    other = Secrets(vault=b"v" * 32, record=b"s" * 32)
    assert load_rows(tmp_path / "a", all_rows()) != load_rows(tmp_path / "b", all_rows(), secrets=other)


def test_the_vault_opens_with_its_key_only(tmp_path: Path) -> None:
    load_rows(tmp_path, all_rows())
    folder = vault_folder(tmp_path / "data", "v1")
    vault = Vault(folder, "v1", SECRETS)
    surnames = {
        surname
        for name in vault.names()
        if name.startswith("rows/stay/")
        for piece in vault.read(name)
        for surname in piece["surname"].to_pylist()
    }
    assert surnames == {f"Surname-{number}" for number in range(40)}
    with pytest.raises(VaultUnreadable):
        list(Vault(folder, "v1", Secrets(vault=b"w" * 32, record=b"r" * 32)).read("persons"))


@pytest.mark.parametrize(
    "change", [lambda b: b[:-1], lambda b: b[:60], lambda b: b[:-9] + b"x" + b[-8:], lambda b: b + b"x"]
)
def test_a_changed_vault_file_does_not_open(tmp_path: Path, change: object) -> None:
    load_rows(tmp_path, all_rows())
    path = vault_folder(tmp_path / "data", "v1") / "persons.sealed"
    content = path.read_bytes()
    path.write_bytes(change(content))  # type: ignore[operator]
    with pytest.raises(VaultUnreadable):
        list(Vault(vault_folder(tmp_path / "data", "v1"), "v1", SECRETS).read("persons"))


def test_a_load_refuses_to_number_anew_when_the_vault_does_not_open(tmp_path: Path) -> None:
    load_rows(tmp_path, all_rows())
    with pytest.raises(VaultUnreadable):
        load_rows(tmp_path, all_rows(), "v2", secrets=Secrets(vault=b"w" * 32, record=b"r" * 32))
    assert current_version(tmp_path / "data") == "v1"


def test_the_manifest_says_what_was_verified(version: DataVersion) -> None:
    stay = version.manifest.tables["stay"]
    assert (stay.rows, stay.units, stay.years) == (192, 40, ("2022/23", "2023/24"))
    assert [(each.per, each.most, each.seen) for each in stay.rows_per_unit] == [
        (("year", "quarter"), 2, 2),
        (("year",), 8, 4),
        ((), 20, 8),
    ]
    assert stay.grains == CATALOGUE.tables["stay"].grain
    assert stay.largest_cluster is not None
    assert (stay.largest_cluster.rows, stay.largest_cluster.units) == largest_hospital()
    assert "diagnosis" not in stay.null_free
    assert "weight" in stay.null_free
    assert "surname" not in stay.null_free
    assert version.manifest.left_out.keys() == {"totals"}


def largest_hospital() -> tuple[int, int]:
    rows = stays().to_pylist()
    sizes = {h: [row["patient"] for row in rows if row["hospital"] == h] for h in (101, 102, 103)}
    return max(map(len, sizes.values())), max(len(set(each)) for each in sizes.values())


def test_a_table_may_be_missing_from_the_source(tmp_path: Path) -> None:
    manifest = load_rows(tmp_path, {"plan": plans()})
    assert manifest.not_in_source == ("hospital", "stay")


def test_a_table_may_lie_in_many_files_at_any_depth(tmp_path: Path) -> None:
    rows = all_rows()
    source = write_source(tmp_path / "source", {"hospital": rows["hospital"], "plan": rows["plan"]})
    for number in range(2):
        folder = source / "stay" / f"year={number}"
        folder.mkdir(parents=True)
        half = len(rows["stay"]) // 2
        pq.write_table(rows["stay"].slice(number * half, half), folder / "part[0]*.parquet")
    (source / "_SUCCESS").touch()
    manifest = load(source, CATALOGUE, home_data=tmp_path / "data", version="v1", secrets=SECRETS, now=NOON)
    assert manifest.tables == load_rows(tmp_path / "b", rows).tables


def test_a_file_that_changed_or_went_is_noticed(version: DataVersion) -> None:
    victim = version.table("stay").main_files[0]
    content = victim.read_bytes()
    victim.chmod(0o640)
    victim.write_bytes(content[:-1] + b"x")
    with pytest.raises(VersionBroken):
        version.verify()
    victim.write_bytes(content[:-1])
    with pytest.raises(VersionBroken):
        open_version(version.root.parent, "v1")


def test_an_untouched_version_verifies(version: DataVersion) -> None:
    version.verify()


def test_a_version_name_is_used_once(tmp_path: Path) -> None:
    load_rows(tmp_path, all_rows())
    with pytest.raises(VersionExists):
        load_rows(tmp_path, all_rows())


@pytest.mark.parametrize("name", ["../v1", "vault", "", "V1", ".loading", "a/b", "current"])
def test_a_version_name_cannot_lead_elsewhere(tmp_path: Path, name: str) -> None:
    source = write_source(tmp_path / "source", all_rows())
    with pytest.raises(VersionName):
        load(source, CATALOGUE, home_data=tmp_path / "data", version=name, secrets=SECRETS, now=NOON)


def test_a_version_that_was_never_loaded_is_unknown(tmp_path: Path) -> None:
    (tmp_path / "v9").mkdir()
    with pytest.raises(UnknownVersion):
        open_version(tmp_path, "v9")


def hashed(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}
