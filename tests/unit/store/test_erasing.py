"""Lawful erasure takes away what an entry says and who it is of. The tree, and the check, stay whole."""

import base64
import hashlib
import json
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import text

from enclave.audit import Kind
from enclave.audit.verify import verify_log
from enclave.store import Store, check_database_at
from tests.support.acts import ANN, BOB, ask, asked, entry
from tests.support.records import log_in, past_our_code


def test_an_erased_entry_keeps_its_leaf_and_nothing_that_opens_it(
    open_it: Callable[..., Store], url: str, tmp_path: Path
) -> None:
    store = open_it()
    store.write(entry(actor=BOB, sql="SELECT secret"), asked)
    ask(store)
    store.write(entry(Kind.RECORD_ERASED), lambda change: change.erase([0]))
    with store.read() as reading:
        erased = reading.entries(limit=10)[-1]
    store.close()
    assert (erased.seq, erased.kind, erased.actor, erased.body) == (0, "query.asked", None, None)
    with past_our_code(url) as connection:
        salts = {
            (name, bytes(digest))
            for name, digest in connection.execute(text("SELECT name, digest FROM audit_salts"))
        }
    assert ("actor", hashlib.sha256(b"bob").digest()) not in salts
    assert ("sql", hashlib.sha256(b"SELECT secret").digest()) not in salts
    assert ("actor", hashlib.sha256(ANN.encode()).digest()) in salts

    log = log_in(tmp_path)
    found = check_database_at(url, log.checkpoint())
    assert (found.findings, found.entries, found.erased) == ([], 3, 1)
    key = (tmp_path / "audit" / "log.vkey").read_text()
    assert verify_log(tmp_path / "audit", key).findings == []


def test_a_salt_that_another_entry_rests_on_is_kept(
    open_it: Callable[..., Store], url: str, tmp_path: Path
) -> None:
    store = open_it()
    ask(store)
    ask(store)
    store.write(entry(Kind.RECORD_ERASED, actor=None, sql="nothing"), lambda change: change.erase([0]))
    store.close()
    found = check_database_at(url, log_in(tmp_path).checkpoint())
    assert (found.findings, found.erased) == ([], 1)


def test_after_an_erasure_an_edit_is_still_noticed(
    open_it: Callable[..., Store], url: str, tmp_path: Path
) -> None:
    store = open_it()
    ask(store)
    store.write(entry(Kind.RECORD_ERASED), lambda change: change.erase([0]))
    store.close()
    with past_our_code(url) as connection:
        connection.execute(text("UPDATE queries SET name = 'another'"))
    found = check_database_at(url, log_in(tmp_path).checkpoint())
    assert found.findings == ["Q-1: it is not as the last entry about it left it"]


def test_a_leaf_whose_salts_are_gone_cannot_be_guessed(open_it: Callable[..., Store], tmp_path: Path) -> None:
    """Everything that an attacker can know or guess of the act, hashed without the salt, is nowhere in the leaf."""
    store = open_it()
    store.write(entry(sql="SELECT 1"), asked)
    proof = store.proof(0)
    store.close()
    assert proof is not None
    leaf = json.loads((tmp_path / "audit" / "tile" / "entries" / "000.p" / "1").read_bytes()[2:])
    guessed = hashlib.sha256(b"SELECT 1")
    assert guessed.hexdigest() not in leaf["commitments"].values()
    assert base64.b64encode(guessed.digest()).decode() not in json.dumps(leaf)
