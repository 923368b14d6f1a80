"""The loader's two secrets, and the hashes made with them."""

from pathlib import Path

import duckdb
import pytest

from enclave.loading import KeyUnusable, Secrets, make_secrets, read_secrets
from enclave.loading.keyed import KeyedHash
from enclave.loading.stored_types import stored_type


def numbered(size: int) -> bytes:
    return bytes(range(size))


def test_keys_are_made_once_and_read_back(tmp_path: Path) -> None:
    made = make_secrets(tmp_path / "keys", new_key=numbered)
    assert read_secrets(tmp_path / "keys") == made
    assert {oct(path.stat().st_mode & 0o777) for path in (tmp_path / "keys").iterdir()} == {"0o600"}
    with pytest.raises(KeyUnusable, match="not replaced"):
        make_secrets(tmp_path / "keys", new_key=numbered)


def test_a_missing_key_is_never_made_anew(tmp_path: Path) -> None:
    with pytest.raises(KeyUnusable, match="missing"):
        read_secrets(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_key_open_to_others_is_refused(tmp_path: Path) -> None:
    make_secrets(tmp_path, new_key=numbered)
    (tmp_path / "record.key").chmod(0o640)
    with pytest.raises(KeyUnusable, match="600"):
        read_secrets(tmp_path)


def test_a_short_key_is_refused(tmp_path: Path) -> None:
    make_secrets(tmp_path, new_key=numbered)
    (tmp_path / "vault.key").write_bytes(b"short")
    with pytest.raises(KeyUnusable, match="32 bytes"):
        read_secrets(tmp_path)


def test_secrets_do_not_show_themselves() -> None:
    assert "vvv" not in repr(Secrets(vault=b"v" * 32, record=b"r" * 32))


def test_the_engine_computes_the_same_keyed_hash() -> None:
    keyed = KeyedHash("rk", b"r" * 32)
    with duckdb.connect() as connection:
        (found,) = connection.execute(
            f"SELECT {keyed.sql('$text')}", {**keyed.values, "text": "zoë 7"}
        ).fetchall()
    assert found == (keyed.hex("zoë 7"),)


def test_each_purpose_has_hashes_of_its_own() -> None:
    assert KeyedHash("rk", b"r" * 32).hex("7") != KeyedHash("shuffle", b"r" * 32).hex("7")


@pytest.mark.parametrize(
    ("declared", "source", "takes"),
    [
        ("SMALLINT", "UTINYINT", True),
        ("SMALLINT", "USMALLINT", False),
        ("INTEGER", "BIGINT", False),
        ("CHAR(4)", "VARCHAR", True),
        ("VARCHAR", "BLOB", False),
        ("DECIMAL(5,2)", "DECIMAL(4,2)", True),
        ("DECIMAL(5,2)", "DECIMAL(5,1)", False),
        ("DECIMAL(5,2)", "DOUBLE", False),
        ("DOUBLE", "FLOAT", True),
        ("DATE", "TIMESTAMP", False),
    ],
)
def test_a_column_is_taken_only_if_nothing_is_lost(declared: str, source: str, takes: bool) -> None:
    assert stored_type(declared).takes(source) is takes
