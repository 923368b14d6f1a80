"""An operator releases what too few people agreed to. Anybody who counts the public leaves must notice."""

import json
import os
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest

from enclave.audit import AuditLog, Entry, Kind
from enclave.audit.canonical import canonical
from enclave.audit.leaves import seal
from enclave.audit.notes import Signer
from enclave.audit.verify import verify_log
from enclave.terms import PersonId, ProjectId

SIGNER = Signer.new("enclave.test/votes", new_key=os.urandom)
AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
THINGS = {"sql": b"SELECT 1", "table": b"the table", "policy": b"p1", "report": b"the report"}
VOTE, RELEASE, JUDGE = Kind.REVIEW_GIVEN, Kind.OUTPUT_RELEASED, Kind.OUTPUT_ADJUDICATED


def entry(
    kind: Kind,
    actor: str | None = None,
    *,
    project: str = "P-1",
    needs: int | None = None,
    **other: bytes,
) -> Entry:
    person = None if actor is None else PersonId(actor)
    return Entry(kind, person, ProjectId(project), {**THINGS, **other}, needs=needs)


def release(needs: int, table: bytes = THINGS["table"]) -> Entry:
    return entry(RELEASE, needs=needs, table=table)


def findings(
    folder: Path, *entries: Entry, changed: Mapping[int, Mapping[str, object]] | None = None
) -> list[str]:
    def salt_of(name: str, digest: bytes) -> bytes:
        return (name.encode() + digest).ljust(32, b"0")[:32]

    leaves = [
        seal(one, {}, seq=seq, at=AT, salt_of=salt_of, body_salt=bytes(32)).leaf
        for seq, one in enumerate(entries)
    ]
    for seq, change in (changed or {}).items():
        found = {**json.loads(leaves[seq]), **change}
        leaves[seq] = canonical({name: value for name, value in found.items() if value is not None})
    AuditLog(folder, SIGNER).publish(lambda seq: leaves[seq:])
    return verify_log(folder, str(SIGNER.verifier)).findings


ENOUGH = {
    "two people": (entry(VOTE, "bob"), entry(VOTE, "cat"), release(2)),
    "three, where two are enough": (entry(VOTE, "bob"), entry(VOTE, "cat"), entry(VOTE, "dan"), release(2)),
    "one and who decided the dispute": (entry(VOTE, "bob"), entry(JUDGE, "cat"), release(2)),
    "nobody, where nobody has to": (release(0),),
}
TOO_FEW = {
    "nobody": (release(1),),
    "one of two": (entry(VOTE, "bob"), release(2)),
    "one person twice": (entry(VOTE, "bob"), entry(VOTE, "bob"), release(2)),
    "one person who decides, too": (entry(VOTE, "bob"), entry(JUDGE, "bob"), release(2)),
    "a vote afterwards": (entry(VOTE, "bob"), release(2), entry(VOTE, "cat")),
    "a vote on another table": (entry(VOTE, "bob"), entry(VOTE, "cat", table=b"another"), release(2)),
    "a vote on other SQL": (entry(VOTE, "bob"), entry(VOTE, "cat", sql=b"SELECT 2"), release(2)),
    "a vote under another policy": (entry(VOTE, "bob"), entry(VOTE, "cat", policy=b"p2"), release(2)),
    "a vote with another report": (entry(VOTE, "bob"), entry(VOTE, "cat", report=b"other"), release(2)),
    "a vote on another project": (entry(VOTE, "bob"), entry(VOTE, "cat", project="P-2"), release(2)),
    "a table that nobody voted on": (entry(VOTE, "bob"), entry(VOTE, "cat"), release(2, table=b"another")),
    "the system's own vote": (entry(VOTE, "bob"), entry(VOTE, None), release(2)),
    "a look afterwards is no vote": (entry(VOTE, "bob"), entry(Kind.RELEASE_LOOKED_AT, "cat"), release(2)),
}


@pytest.mark.parametrize("what", ENOUGH)
def test_a_release_that_enough_people_agreed_to_is_ok(what: str, tmp_path: Path) -> None:
    assert findings(tmp_path / "log", *ENOUGH[what]) == []


@pytest.mark.parametrize("what", TOO_FEW)
def test_a_release_that_too_few_agreed_to_is_noticed(what: str, tmp_path: Path) -> None:
    found = findings(tmp_path / "log", *TOO_FEW[what])
    assert len(found) == 1
    assert "had voted" in found[0]


@pytest.mark.parametrize("needs", [None, -1, "2", True])
def test_a_release_says_how_many_people_it_needed(needs: object, tmp_path: Path) -> None:
    found = findings(tmp_path / "log", release(0), changed={0: {"needs": needs}})
    assert found[0].startswith("leaf 0: ")


def test_nothing_but_a_release_says_it(tmp_path: Path) -> None:
    found = findings(tmp_path / "log", entry(VOTE, "bob"), changed={0: {"needs": 0}})
    assert found == ["leaf 0: it does not have the parts of a leaf"]
    with pytest.raises(AssertionError):
        findings(tmp_path / "other", entry(VOTE, "bob", needs=1))
    with pytest.raises(AssertionError):
        findings(tmp_path / "third", entry(RELEASE))
