"""Somebody changes the public files of the log. Whoever checks them must notice, whatever was changed and however.

With the log's own key an operator can make a history that is consistent in itself; then only a checkpoint that somebody
kept from before gives it away (RFC 9162, section 8; Crosby and Wallach, Efficient Data Structures for Tamper-Evident
Logging, 2009).
"""

import base64
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from enclave.audit import AuditLog, Entry, Kind
from enclave.audit import verify as verifier
from enclave.audit.leaves import seal
from enclave.audit.notes import Checkpoint, Signer
from enclave.audit.verify import verify_log
from enclave.terms import PersonId, ProjectId

SIGNER = Signer.new("enclave.test/audit", new_key=os.urandom)
KEY = str(SIGNER.verifier)
EARLY, LATE = 100, 300  # one whole tile, and a part of the next
AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def leaf(seq: int, what: str = "SELECT 1") -> bytes:
    entry = Entry(Kind.QUERY_ASKED, PersonId("ann"), ProjectId("P-1"), {"sql": f"{what} {seq}".encode()})
    salt = seq.to_bytes(32, "big")
    return seal(entry, {}, seq=seq, at=AT, salt_of=lambda *_: salt, body_salt=salt).leaf


LEAVES = [leaf(seq) for seq in range(LATE)]


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The files of a log, and the checkpoint that somebody kept when it was smaller."""
    log = AuditLog(tmp_path_factory.mktemp("log"), SIGNER)
    log.publish(lambda seq: LEAVES[seq:EARLY])
    held = (log.folder / "checkpoint").read_text()
    log.publish(lambda seq: LEAVES[seq:])
    return log.folder, held


@pytest.fixture
def copy(published: tuple[Path, str], tmp_path: Path) -> Path:
    shutil.copytree(published[0], tmp_path / "copy")
    return tmp_path / "copy"


def files(folder: Path) -> list[Path]:
    """Every file that says something: the checkpoint, the tiles and the bundles that make up the log as it is."""
    found = [path for path in folder.rglob("*") if path.is_file() and not path.name.startswith(".")]
    return sorted(path for path in found if path.name != "log.vkey")


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])


def lengthen(path: Path) -> None:
    path.write_bytes(path.read_bytes() + bytes(32))


def empty(path: Path) -> None:
    path.write_bytes(b"")


def remove(path: Path) -> None:
    path.unlink()


def test_the_files_as_they_are_are_believed(published: tuple[Path, str]) -> None:
    report = verify_log(published[0], KEY, [published[1]])
    assert report.findings == []
    assert report.head is not None
    assert report.head.size == LATE


@pytest.mark.parametrize("act", [flip, cut, lengthen, empty])
def test_no_file_can_be_changed(copy: Path, act: Callable[[Path], None]) -> None:
    for path in files(copy):
        before = path.read_bytes()
        act(path)
        assert verify_log(copy, KEY).findings, path
        path.write_bytes(before)
    assert verify_log(copy, KEY).findings == []


def test_no_file_of_the_log_as_it_is_can_be_taken_away(copy: Path) -> None:
    for path in files(copy):
        if path.match("*.p/*") and path.name != str(LATE % 256):
            continue  # a part from before, which may go
        before = path.read_bytes()
        path.unlink()
        assert verify_log(copy, KEY).findings, path
        path.write_bytes(before)


def test_no_two_files_can_be_swapped(copy: Path) -> None:
    found = files(copy)
    for one in found:
        for two in found:
            if one.read_bytes() == two.read_bytes():
                continue
            swap(one, two)
            assert verify_log(copy, KEY).findings, (one, two)
            swap(one, two)
    assert verify_log(copy, KEY).findings == []


def swap(one: Path, two: Path) -> None:
    aside = one.with_name(".aside")
    one.rename(aside)
    two.rename(one)
    aside.rename(two)


def test_an_old_checkpoint_with_the_files_of_today_is_noticed(
    copy: Path, published: tuple[Path, str]
) -> None:
    """Replay: the log pretends that the last 200 acts did not happen, but keeps their files."""
    (copy / "checkpoint").write_text(published[1])
    assert verify_log(copy, KEY).findings


def test_a_file_left_over_from_another_history_is_noticed(copy: Path) -> None:
    (copy / "tile" / "0" / "007").write_bytes(bytes(8192))
    assert "left over" in verify_log(copy, KEY).findings[0]


def test_a_link_out_of_the_log_is_noticed(copy: Path, tmp_path: Path) -> None:
    tile = copy / "tile" / "0" / "000"
    tile.rename(tmp_path / "000")
    tile.symlink_to(tmp_path / "000")
    assert verify_log(copy, KEY).findings


def test_a_log_signed_by_another_key_is_not_believed(copy: Path) -> None:
    other = Signer.new(SIGNER.name, new_key=os.urandom)
    text = (copy / "checkpoint").read_text().split("\n\n")[0] + "\n"
    (copy / "checkpoint").write_text(other.sign(text))
    assert "not signed" in verify_log(copy, KEY).findings[0]


def rewritten(leaves: list[bytes], folder: Path) -> Path:
    """The whole log made anew over other leaves, with the log's own key: consistent in itself."""
    log = AuditLog(folder / "anew", SIGNER)
    log.publish(lambda seq: leaves[seq:])
    return log.folder


def histories() -> Iterator[tuple[str, list[bytes]]]:
    """Other pasts, each with leaves that are well-formed and numbered."""
    yield "one act changed", [*LEAVES[:42], leaf(42, "SELECT 2"), *LEAVES[43:]]
    yield "one act left out", [*LEAVES[:42], *(leaf(seq, f"SELECT {seq}") for seq in range(42, LATE))]
    yield "two acts swapped", [*LEAVES[:42], leaf(42, "SELECT 43"), leaf(43, "SELECT 42"), *LEAVES[44:]]
    yield (
        "one act put in between",
        [*LEAVES[:42], leaf(42, "new"), *(leaf(seq, "s") for seq in range(43, LATE))],
    )
    yield "the end cut off", LEAVES[: EARLY - 1]
    yield "everything cut off", []
    yield "another log altogether", [leaf(seq, "fork") for seq in range(LATE)]


@pytest.mark.parametrize("leaves", [pytest.param(leaves, id=what) for what, leaves in histories()])
def test_another_past_signed_with_the_logs_own_key_is_given_away_by_a_held_checkpoint(
    leaves: list[bytes], published: tuple[Path, str], tmp_path: Path
) -> None:
    folder = rewritten(leaves, tmp_path)
    assert verify_log(folder, KEY).findings == []  # by itself it looks well
    assert verify_log(folder, KEY, [published[1]]).findings


def test_a_fork_after_the_held_checkpoint_is_given_away_by_two_who_compare(
    published: tuple[Path, str], tmp_path: Path
) -> None:
    """Split view: each of two readers gets another future. Each checkpoint gives the other log away."""
    folder = rewritten([*LEAVES[:EARLY], *(leaf(seq, "fork") for seq in range(EARLY, LATE))], tmp_path)
    assert verify_log(folder, KEY, [published[1]]).findings == []
    assert verify_log(folder, KEY, [(published[0] / "checkpoint").read_text()]).findings
    assert verify_log(published[0], KEY, [(folder / "checkpoint").read_text()]).findings


@pytest.mark.parametrize(
    "wrong",
    [
        pytest.param(LEAVES[8], id="replayed under another number"),
        pytest.param(LEAVES[7].replace(b'"seq":7', b'"seq":7.0'), id="its number in another form"),
        pytest.param(LEAVES[7].replace(b'"seq":7', b'"seq":true'), id="its number a truth"),
        pytest.param(LEAVES[7].replace(b",", b", ", 1), id="a space too many"),
        pytest.param(LEAVES[7].replace(b'"P-1"', b'"P-1","project":"P-2"'), id="a name twice"),
        pytest.param(LEAVES[7].replace(b'"seq"', b'"more":1,"seq"'), id="something added"),
        pytest.param(LEAVES[7].replace(b'"body":"', b'"body":"z'), id="a commitment that is none"),
        pytest.param(LEAVES[7].replace(b":00Z", b":01Z"), id="a time finer than a minute"),
        pytest.param(b"[]", id="no object"),
        pytest.param(b"", id="nothing"),
        pytest.param(b"[" * 60_000, id="nested without end"),
    ],
)
def test_a_leaf_that_is_not_well_formed_is_noticed_even_when_it_was_signed(
    wrong: bytes, tmp_path: Path
) -> None:
    assert wrong != LEAVES[7]
    folder = rewritten([*LEAVES[:7], wrong, *LEAVES[8:20]], tmp_path)
    assert any(finding.startswith("leaf 7") for finding in verify_log(folder, KEY).findings)


def test_a_checkpoint_that_promises_more_than_there_is_is_noticed(copy: Path) -> None:
    for size in (LATE + 1, 10**9):
        text = Checkpoint(SIGNER.name, size, bytes(32)).text
        (copy / "checkpoint").write_text(SIGNER.sign(text))
        assert verify_log(copy, KEY).findings


def test_the_verifier_runs_where_nothing_of_ours_is_installed(
    copy: Path, published: tuple[Path, str], tmp_path: Path
) -> None:
    """The file itself, copied elsewhere, without our package on the path."""
    alone = tmp_path / "verify.py"
    shutil.copy(str(verifier.__file__), alone)
    (tmp_path / "held").write_text(published[1])
    words = [str(copy), "--key", KEY, "--held", str(tmp_path / "held"), "--save", str(tmp_path / "saved")]
    ran = run_alone(alone, *words)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout.startswith(f"ok: {SIGNER.name} has {LATE} leaves")
    assert (tmp_path / "saved").read_bytes() == (copy / "checkpoint").read_bytes()
    flip(copy / "tile" / "0" / "000")
    ran = run_alone(alone, *words)
    assert (ran.returncode, ran.stdout) == (1, "")
    assert "tile/0/000: it is not what the leaves make of it" in ran.stderr


def test_the_verifier_checks_one_proof_without_the_log(published: tuple[Path, str], tmp_path: Path) -> None:
    proof = AuditLog(published[0], SIGNER).proof(7)
    assert proof is not None
    (tmp_path / "key").write_text(f"{KEY}\n")
    (tmp_path / "proof").write_text(proof)
    (tmp_path / "leaf").write_bytes(LEAVES[7])
    words = [
        "--proof",
        str(tmp_path / "proof"),
        "--leaf",
        str(tmp_path / "leaf"),
        "--key",
        str(tmp_path / "key"),
    ]
    assert run_alone(Path(str(verifier.__file__)), *words).returncode == 0
    (tmp_path / "leaf").write_bytes(LEAVES[8])
    assert run_alone(Path(str(verifier.__file__)), *words).returncode == 1
    (tmp_path / "leaf").write_bytes(LEAVES[7])
    (tmp_path / "proof").write_text(proof.replace("index 7", "index 8"))
    assert run_alone(Path(str(verifier.__file__)), *words).returncode == 1


def run_alone(file: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-I", str(file), *words], capture_output=True, text=True, check=False
    )


def test_the_verifier_needs_nothing_but_python_and_cryptography_and_is_short_enough_to_read() -> None:
    source = Path(str(verifier.__file__)).read_text()
    lines = source.splitlines()
    imported = {line.split()[1].split(".")[0] for line in lines if line.startswith(("import ", "from "))}
    assert imported <= set(sys.stdlib_module_names) | {"cryptography"}
    assert len(lines) <= 400


def test_a_hash_in_a_proof_that_is_no_hash_proves_nothing(published: tuple[Path, str]) -> None:
    proof = AuditLog(published[0], SIGNER).proof(7)
    assert proof is not None
    top, note = proof.split("\n\n", 1)
    longer = "\n".join([*top.split("\n")[:-1], base64.b64encode(bytes(33)).decode()])
    with pytest.raises(verifier.NotVerified):
        verifier.verify_proof(f"{longer}\n\n{note}", LEAVES[7], KEY)
