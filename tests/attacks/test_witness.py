"""An operator who holds the log's key shows two histories to different people. The witness must not sign both."""

import base64
import json
import os
import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from enclave.audit import AuditLog
from enclave.audit.cosigning import cosigned, witness_key
from enclave.audit.notes import Signer
from enclave.audit.verify import NotVerified, read_checkpoint, verify_log
from enclave.audit.witness import Looked, WitnessUnusable, Wrong, look, new_witness
from tests.attacks.test_audit_files import leaf

LOG = Signer.new("enclave.test/audit", new_key=os.urandom)
KEY = str(LOG.verifier)
NAME = "witness.test/w1"
AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
EARLY, MIDDLE, LATE = 100, 300, 600
LEAVES = [leaf(seq) for seq in range(LATE)]
FORK = [*LEAVES[: EARLY - 1], leaf(EARLY - 1, "SELECT 2"), *LEAVES[EARLY:]]


def published(folder: Path, leaves: list[bytes], signer: Signer = LOG) -> Path:
    AuditLog(folder, signer).publish(lambda seq: leaves[seq:])
    return folder


@pytest.fixture(scope="module")
def logs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """What a log may show: itself at three sizes, and another history at two."""
    folder = tmp_path_factory.mktemp("logs")
    shown = {
        "early": LEAVES[:EARLY],
        "middle": LEAVES[:MIDDLE],
        "late": LEAVES,
        "forked early": FORK[:EARLY],
        "forked late": FORK,
        "empty": [],
    }
    return {name: published(folder / name, leaves) for name, leaves in shown.items()}


class Witness:
    """A witness in a folder of its own, with a clock that goes on by itself."""

    def __init__(self, folder: Path, held: str | None = None) -> None:
        self.folder = folder
        self.key = new_witness(folder, name=NAME, log_key=KEY, held=held, new_key=os.urandom)
        self.looks = 0

    def look(self, log: Path) -> Looked:
        def read(name: str) -> bytes | None:
            path = log / name
            return path.read_bytes() if path.is_file() else None

        self.looks += 1
        return look(self.folder, read, now=AT + timedelta(minutes=self.looks))

    def refuses(self, log: Path, wrong: Wrong) -> None:
        """It signs nothing, keeps what it had seen, and the alarm is among those of every later look."""
        before = (self.folder / "seen").read_bytes()
        found = self.look(log)
        assert found.note is None
        assert found.refused is not None
        assert found.refused.wrong is wrong
        assert (self.folder / "seen").read_bytes() == before
        assert wrong in [alarm.wrong for alarm in self.look(log).alarms]

    def signs(self, log: Path) -> str:
        found = self.look(log)
        assert found.refused is None
        assert found.note is not None
        return found.note


@pytest.fixture
def witness(tmp_path: Path) -> Witness:
    return Witness(tmp_path / "witness")


def test_a_log_that_grows_is_signed_at_every_size(witness: Witness, logs: dict[str, Path]) -> None:
    for name, size in (("empty", 0), ("early", EARLY), ("early", EARLY), ("middle", MIDDLE), ("late", LATE)):
        assert read_checkpoint(witness.signs(logs[name]), KEY, witness.key).size == size
    assert witness.look(logs["late"]).alarms == ()


def test_the_signature_is_a_cosignature_as_its_specification_spells_it(
    witness: Witness, logs: dict[str, Path]
) -> None:
    note = witness.signs(logs["early"])
    text, _, lines = note.rpartition("\n\n")
    _, name, spelled = lines.splitlines()[1].split(" ")
    raw, public = base64.b64decode(spelled), base64.b64decode(witness.key.split("+", 2)[2])
    assert (name, raw[:4].hex(), public[0], len(raw)) == (NAME, witness.key.split("+")[1], 4, 76)
    seconds = int.from_bytes(raw[4:12], "big")
    assert seconds == int((AT + timedelta(minutes=1)).timestamp())
    said = f"cosignature/v1\ntime {seconds}\n{text}\n"
    Ed25519PublicKey.from_public_bytes(public[1:]).verify(raw[12:], said.encode())


@pytest.mark.parametrize(
    ("first", "then", "wrong"),
    [
        ("late", "middle", Wrong.ROLL_BACK),
        ("middle", "early", Wrong.ROLL_BACK),
        ("early", "empty", Wrong.ROLL_BACK),
        ("early", "forked early", Wrong.SPLIT_VIEW),
        ("late", "forked late", Wrong.SPLIT_VIEW),
        ("early", "forked late", Wrong.NO_PROOF),
        ("forked early", "middle", Wrong.NO_PROOF),
    ],
)
def test_what_does_not_begin_with_what_was_seen_is_refused(
    witness: Witness, logs: dict[str, Path], first: str, then: str, wrong: Wrong
) -> None:
    witness.signs(logs[first])
    witness.refuses(logs[then], wrong)


def test_an_old_checkpoint_beside_new_tiles_is_refused(
    witness: Witness, logs: dict[str, Path], tmp_path: Path
) -> None:
    witness.signs(logs["late"])
    shutil.copytree(logs["late"], tmp_path / "log")
    shutil.copy(logs["early"] / "checkpoint", tmp_path / "log" / "checkpoint")
    witness.refuses(tmp_path / "log", Wrong.ROLL_BACK)


def test_after_two_trees_of_one_size_nothing_is_signed_any_more(
    witness: Witness, logs: dict[str, Path]
) -> None:
    witness.signs(logs["early"])
    witness.refuses(logs["forked early"], Wrong.SPLIT_VIEW)
    witness.refuses(logs["late"], Wrong.SPLIT_VIEW)
    kept = json.loads((witness.folder / "alarms.json").read_text())
    roots = {read_checkpoint(kept[0][name], KEY).root for name in ("shown", "seen")}
    assert len(roots) == 2  # both signed by the log: the evidence stands by itself


def test_after_a_roll_back_that_was_mended_it_signs_again_and_still_tells_of_it(
    witness: Witness, logs: dict[str, Path]
) -> None:
    witness.signs(logs["middle"])
    witness.refuses(logs["early"], Wrong.ROLL_BACK)
    found = witness.look(logs["late"])
    assert found.note is not None
    assert [alarm.wrong for alarm in found.alarms] == [Wrong.ROLL_BACK]


def test_one_thing_shown_again_and_again_is_one_alarm(witness: Witness, logs: dict[str, Path]) -> None:
    witness.signs(logs["middle"])
    for _ in range(5):
        witness.look(logs["early"])
    assert len(witness.look(logs["early"]).alarms) == 1


def stripped(note: str) -> str:
    return note.partition("\n\n")[0] + "\n\n"


def re_signed_by_another(note: str) -> str:
    return Signer.new(LOG.name, new_key=os.urandom).sign(note.partition("\n\n")[0] + "\n")


def of_another_origin(note: str) -> str:
    return LOG.sign("other.test/audit\n" + note.partition("\n\n")[0].partition("\n")[2] + "\n")


def grown_by_hand(note: str) -> str:
    return note.replace(f"\n{MIDDLE}\n", f"\n{MIDDLE + 1}\n")


def signed_as_a_witness(note: str) -> str:
    return cosigned(stripped(note), LOG, at=AT)


@pytest.mark.parametrize(
    "change",
    [stripped, re_signed_by_another, of_another_origin, grown_by_hand, signed_as_a_witness, lambda _: ""],
)
def test_a_checkpoint_without_the_signature_of_this_log_is_refused(
    witness: Witness, logs: dict[str, Path], tmp_path: Path, change: Callable[[str], str]
) -> None:
    witness.signs(logs["early"])
    shutil.copytree(logs["middle"], tmp_path / "log")
    path = tmp_path / "log" / "checkpoint"
    path.write_text(change(path.read_text()))
    witness.refuses(tmp_path / "log", Wrong.NOT_SIGNED)


@pytest.mark.parametrize("change", ["cut", "flipped", "missing"])
def test_tiles_that_prove_nothing_get_no_signature(
    witness: Witness, logs: dict[str, Path], tmp_path: Path, change: str
) -> None:
    witness.signs(logs["early"])
    shutil.copytree(logs["late"], tmp_path / "log")
    for path in (tmp_path / "log" / "tile" / "0").rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            flipped = bytes(byte ^ 1 for byte in content)
            path.write_bytes({"cut": content[:-1], "flipped": flipped, "missing": b""}[change])
            if change == "missing":
                path.unlink()
    witness.refuses(tmp_path / "log", Wrong.NO_PROOF)


def test_a_witness_that_begins_with_a_held_checkpoint_believes_no_other(
    tmp_path: Path, logs: dict[str, Path]
) -> None:
    held = (logs["early"] / "checkpoint").read_text()
    Witness(tmp_path / "one", held).refuses(logs["forked late"], Wrong.NO_PROOF)
    Witness(tmp_path / "two", held).signs(logs["late"])
    with pytest.raises(NotVerified):
        Witness(tmp_path / "three", re_signed_by_another(held))


@pytest.mark.parametrize("name", ["seen", "alarms.json", "log.vkey"])
@pytest.mark.parametrize("change", ["missing", "empty", "torn"])
def test_a_witness_that_lost_a_part_of_its_memory_does_not_begin_anew(
    witness: Witness, logs: dict[str, Path], name: str, change: str
) -> None:
    witness.signs(logs["early"])
    path = witness.folder / name
    path.write_bytes(b"" if change == "empty" else path.read_bytes()[: len(path.read_bytes()) // 2])
    if change == "missing":
        path.unlink()
    with pytest.raises(WitnessUnusable):
        witness.look(logs["early"])


def test_a_second_witness_never_takes_the_folder_of_the_first(witness: Witness) -> None:
    before = (witness.folder / "witness.key").read_bytes()
    with pytest.raises(Exception, match="exists already"):
        Witness(witness.folder)
    assert (witness.folder / "witness.key").read_bytes() == before
    assert (witness.folder / "witness.key").stat().st_mode & 0o077 == 0


# what the service keeps of it, and who checks it


def test_a_log_keeps_what_its_witness_signed_and_everybody_can_check_it(
    witness: Witness, logs: dict[str, Path], tmp_path: Path
) -> None:
    shutil.copytree(logs["late"], tmp_path / "log")
    log = AuditLog(tmp_path / "log", LOG)
    log.keep_cosigned(witness.signs(logs["early"]), witness.key)
    report = verify_log(log.folder, KEY, witnesses=[witness.key])
    assert (report.findings, report.witnessed) == ([], [EARLY])
    log.keep_cosigned(witness.signs(logs["late"]), witness.key)
    assert verify_log(log.folder, KEY, witnesses=[witness.key]).witnessed == [LATE]


def test_a_log_keeps_nothing_that_its_witness_did_not_sign_or_that_is_older_or_another_history(
    tmp_path: Path, logs: dict[str, Path]
) -> None:
    shutil.copytree(logs["late"], tmp_path / "log")
    log = AuditLog(tmp_path / "log", LOG)
    one, two = Witness(tmp_path / "one"), Witness(tmp_path / "two")
    early, late = one.signs(logs["early"]), one.signs(logs["late"])
    log.keep_cosigned(late, one.key)
    forked = two.signs(logs["forked early"])
    for note, key in (
        (early, one.key),
        (late, two.key),
        (forked, two.key),
        (late, KEY),
        (stripped(late), one.key),
    ):
        with pytest.raises(NotVerified):
            log.keep_cosigned(note, key)
    assert verify_log(log.folder, KEY, witnesses=[one.key]).witnessed == [LATE]


def test_who_rewrites_the_log_and_signs_it_anew_is_given_away_by_the_witness(
    witness: Witness, logs: dict[str, Path], tmp_path: Path
) -> None:
    """With the log's key a whole new history is good in itself; the witness's signature is what it cannot make."""
    note = witness.signs(logs["early"])
    shutil.copytree(logs["forked late"], tmp_path / "log")
    assert verify_log(tmp_path / "log", KEY).findings == []
    kept = tmp_path / "log" / "cosigned" / witness.key.split("+")[1]
    kept.parent.mkdir()
    for content in (note, LOG.sign(note.partition("\n\n")[0] + "\n"), signed_as_a_witness(note), ""):
        kept.write_text(content)
        assert verify_log(tmp_path / "log", KEY, witnesses=[witness.key]).findings
    kept.unlink()
    assert verify_log(tmp_path / "log", KEY, witnesses=[witness.key]).findings


def test_the_key_of_a_log_is_no_key_of_a_witness_and_the_other_way_about(
    witness: Witness, logs: dict[str, Path]
) -> None:
    note = witness.signs(logs["early"])
    assert read_checkpoint(note, KEY, witness.key).size == EARLY
    for log_key, key in ((KEY, KEY), (witness.key, witness.key), (KEY, witness_key(LOG))):
        with pytest.raises(NotVerified):
            read_checkpoint(note, log_key, key)


def test_a_size_that_no_log_can_have_is_an_alarm_and_no_fault(
    witness: Witness, logs: dict[str, Path], tmp_path: Path
) -> None:
    """The log's key signs it. Numbers of thousands of digits must not stop the witness before it has told of them."""
    witness.signs(logs["early"])
    shutil.copytree(logs["middle"], tmp_path / "log")
    root = (logs["middle"] / "checkpoint").read_text().splitlines()[2]
    for size, wrong in (
        ("9" * 19, Wrong.NO_PROOF),
        ("9" * 20, Wrong.NOT_SIGNED),
        ("9" * 5000, Wrong.NOT_SIGNED),
        ("0300", Wrong.NOT_SIGNED),
        ("-1", Wrong.NOT_SIGNED),
    ):
        (tmp_path / "log" / "checkpoint").write_text(LOG.sign(f"{LOG.name}\n{size}\n{root}\n"))
        witness.refuses(tmp_path / "log", wrong)


def test_alarms_are_bounded_and_the_first_of_each_kind_is_kept(
    witness: Witness, logs: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("enclave.audit.witness.MOST_ALARMS", 3)
    witness.signs(logs["late"])
    (tmp_path / "log").mkdir()
    for number in range(6):
        (tmp_path / "log" / "checkpoint").write_text(f"garbage {number}")
        assert witness.look(tmp_path / "log").note is None
    witness.refuses(logs["early"], Wrong.ROLL_BACK)
    witness.refuses(logs["forked late"], Wrong.SPLIT_VIEW)
    kept = [alarm["wrong"] for alarm in json.loads((witness.folder / "alarms.json").read_text())]
    assert kept == [Wrong.NOT_SIGNED] * 3 + [Wrong.ROLL_BACK, Wrong.SPLIT_VIEW]


@pytest.mark.parametrize(
    "content",
    [
        b'{"a":1,"a":1}',
        b"[" * 60_000,
        b"[" * 900 + b"]" * 900,
        b'{"actor":null,"commitments":{"body":"\\ud800"},"project":null,"seq":0,"time":"","type":""}',
        LEAVES[0].replace(b'"project"', b'"project":"P-0","project"', 1),
        LEAVES[0].replace(b'"body"', b'"body":"","body"', 1),
        LEAVES[0].replace(b'"seq":0', b'"seq":' + b"9" * 5000),
        b"",
        b"\xff",
    ],
)
def test_a_leaf_that_is_none_is_a_finding_and_stops_no_verifier(content: bytes, tmp_path: Path) -> None:
    published(tmp_path / "log", [content])
    report = verify_log(tmp_path / "log", KEY)
    assert [finding.partition(":")[0] for finding in report.findings] == ["leaf 0"]
