"""The log's key is made once, kept for its owner alone, and never replaced by itself."""

import os
from pathlib import Path

import pytest

from enclave.audit import make_audit_key, read_audit_key
from enclave.audit.keys import AUDIT_KEY, AuditKeyUnusable


def test_a_key_that_was_made_is_read(tmp_path: Path) -> None:
    made = make_audit_key(tmp_path / "keys", origin="enclave.test/audit", new_key=os.urandom)
    assert read_audit_key(tmp_path / "keys") == made
    assert (tmp_path / "keys" / AUDIT_KEY).stat().st_mode & 0o777 == 0o600


def test_a_key_is_never_replaced(tmp_path: Path) -> None:
    made = make_audit_key(tmp_path, origin="enclave.test/audit", new_key=os.urandom)
    with pytest.raises(AuditKeyUnusable):
        make_audit_key(tmp_path, origin="enclave.test/audit", new_key=os.urandom)
    assert read_audit_key(tmp_path) == made


def test_a_missing_key_is_not_made_in_passing(tmp_path: Path) -> None:
    with pytest.raises(AuditKeyUnusable, match="missing"):
        read_audit_key(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_key_that_others_can_read_is_refused(tmp_path: Path) -> None:
    make_audit_key(tmp_path, origin="enclave.test/audit", new_key=os.urandom)
    (tmp_path / AUDIT_KEY).chmod(0o640)
    with pytest.raises(AuditKeyUnusable, match="can be read by others"):
        read_audit_key(tmp_path)


def test_a_file_that_is_no_key_is_refused_without_its_words(tmp_path: Path) -> None:
    (tmp_path / AUDIT_KEY).write_text("PRIVATE+KEY+name+00000000+c2VjcmV0")
    (tmp_path / AUDIT_KEY).chmod(0o600)
    with pytest.raises(AuditKeyUnusable) as raised:
        read_audit_key(tmp_path)
    assert "c2VjcmV0" not in str(raised.value)
