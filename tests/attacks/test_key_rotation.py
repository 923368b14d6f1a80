"""The log's key changes hands. Whoever was given an old key follows to the new one, and nobody else gets in between.

Stolen old keys, heirs that nobody named, and power cuts between any two steps (compare the succession of keys in TUF,
The Update Framework, section 5.3).
"""

import base64
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from enclave.audit import AuditLog, Entry, RecordChanged, files, keys, succession
from enclave.audit.notes import Checkpoint, Signer
from enclave.audit.succession import hand_over
from enclave.audit.verify import NotVerified, read_checkpoint, verify_log
from enclave.audit.witness import Wrong
from enclave.cli.main import app
from enclave.wiring import records
from enclave.wiring.home import Home, make_home
from enclave.wiring.packaged import packaged_policies
from enclave.wiring.records import open_log, open_records, rotate_key, verify_records
from enclave.wiring.sources import SystemClock
from tests.attacks.test_audit_files import leaf
from tests.attacks.test_witness import KEY, LOG, NAME, Witness
from tests.support.acts import ANN, ask
from tests.support.records import FakeClock, without_waiting_for_the_disk

HEIR, SECOND, THIEF = (Signer.new(LOG.name, new_key=os.urandom) for _ in range(3))
LEAVES = [leaf(seq) for seq in range(40)]


def publish(folder: Path, signer: Signer, size: int) -> str:
    AuditLog(folder, signer).publish(lambda seq: LEAVES[seq:size])
    return (folder / "checkpoint").read_text()


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """Ten leaves under the first key, twenty under the second, thirty under the third."""
    folder, own = tmp_path / "log", tmp_path / "keys"
    for signer, heir, size in ((LOG, HEIR, 10), (HEIR, SECOND, 20)):
        publish(folder, signer, size)
        hand_over(folder, own, old=signer, new=heir)
    publish(folder, SECOND, 30)
    return folder


def findings(folder: Path, key: str = KEY, held: str | None = None) -> list[str]:
    return verify_log(folder, key, [] if held is None else [held]).findings


def test_who_was_given_any_of_the_keys_follows_to_the_present_one(log: Path) -> None:
    for signer in (LOG, HEIR, SECOND):
        assert findings(log, str(signer.verifier)) == []
    assert (log / "log.vkey").read_text().strip() == str(SECOND.verifier)


def test_a_checkpoint_of_an_earlier_key_is_still_held_against_the_log(log: Path) -> None:
    early = LOG.sign(Checkpoint(LOG.name, 5, _root(5)).text)
    assert findings(log, held=early) == []
    other = LOG.sign(Checkpoint(LOG.name, 5, bytes(32)).text)
    assert "are not those of the checkpoint" in findings(log, held=other)[0]


def _root(size: int) -> bytes:
    from enclave.audit.tree import leaf_hash
    from enclave.audit.verify import _root as root

    return root([leaf_hash(one) for one in LEAVES[:size]])


def test_a_key_that_was_given_up_signs_nothing_later(log: Path) -> None:
    text = (log / "checkpoint").read_text().split("\n\n")[0] + "\n"
    for signer in (LOG, HEIR):
        (log / "checkpoint").write_text(signer.sign(text))
        assert findings(log) == ["the checkpoint is signed with a key that had been given up"]


def test_without_the_notes_an_old_key_leads_nowhere(log: Path) -> None:
    shutil.rmtree(log / "succession")
    assert "is not signed by" in findings(log)[0]
    assert findings(log, str(SECOND.verifier)) == []


def test_a_note_out_of_the_middle_cannot_be_left_out(log: Path) -> None:
    (log / "succession" / "1").unlink()
    assert findings(log)


NOTES: dict[str, Callable[[str], str]] = {
    "another heir, which the old key has not signed": lambda note: note.replace(
        str(HEIR.verifier), str(THIEF.verifier)
    ),
    "signed by the heir alone": lambda note: _note(note, HEIR),
    "signed by the old key alone": lambda note: _note(note, LOG),
    "signed by somebody else as the heir": lambda note: _note(note, LOG, THIEF),
    "another number of leaves": lambda note: note.replace("\n10\n", "\n11\n"),
    "the number in another spelling": lambda note: _note(note.replace("\n10\n", "\n010\n"), LOG, HEIR),
    "another root, signed by both": lambda note: _note(
        note.replace(base64.b64encode(_root(10)).decode(), base64.b64encode(bytes(32)).decode()), LOG, HEIR
    ),
    "a line more, signed by both": lambda note: _note(note.replace("\n\n", "\nmore\n\n"), LOG, HEIR),
    "of another log, signed by both": lambda note: _note(
        note.replace(f"\n{LOG.name}\n", "\nother\n"), LOG, HEIR
    ),
    "under another title, signed by both": lambda note: _note(f"x{note}", LOG, HEIR),
    "nothing": lambda _: "",
    "no text": lambda _: "\x00",
}


def _note(note: str, *signers: Signer) -> str:
    text = note.split("\n\n")[0] + "\n"
    return f"{text}\n" + "".join(signer.sign(text).rpartition("\n\n")[2] for signer in signers)


@pytest.mark.parametrize("what", NOTES)
def test_a_note_that_is_not_as_both_keys_signed_it_names_nobody(log: Path, what: str) -> None:
    path = log / "succession" / "1"
    before = path.read_text()
    path.write_text(NOTES[what](before))
    assert path.read_text() != before
    assert findings(log)
    path.write_text(before)
    assert findings(log) == []


def test_a_note_of_succession_is_no_checkpoint_and_a_checkpoint_no_note(log: Path) -> None:
    note = (log / "succession" / "1").read_text()
    with pytest.raises(NotVerified):
        read_checkpoint(note, KEY)
    (log / "succession" / "1").write_text(LOG.sign(Checkpoint(LOG.name, 10, _root(10)).text))
    assert findings(log)


def test_an_heir_of_a_stolen_old_key_is_given_away_by_a_held_checkpoint_and_by_the_witness(
    log: Path, tmp_path: Path
) -> None:
    """Whoever has the first key only can make another future. By itself it looks well: that is the limit."""
    forged, own = tmp_path / "forged", tmp_path / "none"
    publish(forged, LOG, 10)
    hand_over(forged, own, old=LOG, new=THIEF)
    other = [*LEAVES[:10], *(leaf(seq, "other") for seq in range(10, 30))]
    AuditLog(forged, THIEF).publish(lambda seq: other[seq:])
    assert findings(forged) == []
    assert findings(forged, str(HEIR.verifier))
    assert findings(forged, held=(log / "checkpoint").read_text())
    witness = Witness(tmp_path / "witness")
    witness.signs(log)
    assert witness.look(forged).refused is not None


def test_a_witness_that_was_given_the_first_key_follows(log: Path, tmp_path: Path) -> None:
    witness = Witness(tmp_path / "witness")
    early = tmp_path / "early"
    publish(early, LOG, 7)
    witness.signs(early)
    note = witness.signs(log)
    (log / "cosigned").mkdir()
    (log / "cosigned" / _id(witness.key)).write_text(note)
    report = verify_log(log, KEY, witnesses=[witness.key])
    assert (report.findings, report.witnessed) == ([], [30])
    assert NAME in note


def _id(key: str) -> str:
    return key.split("+")[1]


def test_a_witness_does_not_follow_to_a_key_that_was_given_up_before_what_it_has_seen(
    log: Path, tmp_path: Path
) -> None:
    witness = Witness(tmp_path / "witness")
    early = tmp_path / "early"
    publish(early, LOG, 12)  # the first key signed more than it was given up at
    witness.signs(early)
    witness.refuses(log, Wrong.NO_PROOF)


def test_what_is_signed_by_neither_key_is_not_handed_over(tmp_path: Path) -> None:
    publish(tmp_path / "log", THIEF, 5)
    with pytest.raises(RecordChanged):
        hand_over(tmp_path / "log", tmp_path, old=LOG, new=HEIR)


# The whole way, in a home.


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    without_waiting_for_the_disk(monkeypatch)
    made = make_home(tmp_path / "home", policies=packaged_policies())
    with open_records(made, clock=FakeClock()) as store:
        ask(store)
    return made


def good(home: Home, key: Path | None = None) -> bool:
    found = verify_records(home, held=[], key=key)
    assert found.findings == ()
    return found.good


def test_an_administrator_lets_a_new_key_sign_and_the_old_one_still_verifies(
    home: Home, tmp_path: Path
) -> None:
    shutil.copy(home.state / "audit" / "log.vkey", tmp_path / "given")
    (tmp_path / "held").write_bytes((home.state / "audit" / "checkpoint").read_bytes())
    ran = CliRunner().invoke(
        app, ["audit", "rotate-key", "--home", str(home.root), "--as", "adm@demo", "--json"]
    )
    assert ran.exit_code == 2  # nobody of that id
    assert "adm@demo" in ran.output
    admin = _admin(home)
    ran = CliRunner().invoke(app, ["audit", "rotate-key", "--home", str(home.root), "--as", admin])
    assert ran.exit_code == 0, ran.output
    assert (home.state / "audit" / "log.vkey").read_text() != (tmp_path / "given").read_text()
    with open_records(home, clock=FakeClock()) as store:
        ask(store)
    assert good(home)
    assert good(home, tmp_path / "given")
    words = ["audit", "verify", "--home", str(home.root), "--held", str(tmp_path / "held")]
    ran = CliRunner().invoke(app, words)
    assert ran.exit_code == 0, ran.output
    assert not (home.keys / "audit.key.next").exists()


def _admin(home: Home) -> str:
    from enclave.people import Role
    from enclave.wiring.policies import policies_of

    found = policies_of(home, now=SystemClock().now())
    return next(id for id, person in found.people.items() if Role.ADMIN in person.roles)


def test_a_service_that_is_running_takes_the_new_key_up(home: Home) -> None:
    with open_records(home, clock=FakeClock()) as store:
        ask(store)
        rotate_key(home, by=ANN)
        ask(store)
    assert good(home)


class PowerCut(BaseException):
    """The process is gone: nothing catches it."""


@pytest.mark.parametrize("step", range(6))
def test_a_power_cut_at_any_step_leaves_a_log_that_goes_on(
    home: Home, step: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    cut(monkeypatch, step)
    with pytest.raises(PowerCut):
        rotate_key(home, by=ANN)
    monkeypatch.undo()
    without_waiting_for_the_disk(monkeypatch)
    with open_records(home, clock=FakeClock()) as store:
        ask(store)
    assert good(home)
    rotate_key(home, by=ANN)
    assert good(home)
    assert not (home.keys / "audit.key.next").exists()
    assert str(open_log(home).checkpoint().origin)


def cut(patch: pytest.MonkeyPatch, step: int) -> None:
    """Let the step with this number of a hand-over not happen any more."""
    count = iter(range(100))

    def one(act: Callable[..., object]) -> Callable[..., object]:
        def stepped(*words: object, **named: object) -> object:
            if next(count) == step:
                raise PowerCut
            return act(*words, **named)

        return stepped

    patch.setattr(succession, "replace", one(files.replace))
    patch.setattr(succession, "take_up_next_key", one(keys.take_up_next_key))
    patch.setattr(records, "make_audit_key", one(keys.make_audit_key))
    patch.setattr(records, "Entry", one(Entry))
