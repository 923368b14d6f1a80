"""One key of a log after another: the old key signs which is the next, and what the log was when it was given up.

The note is public (`succession/1`, `2`, …), and the new key signs it too. So who was given an old key follows to the
present one, and who finds a checkpoint which an old key signed later than that knows that it is none of the log.

Limit: who has stolen the old key can name another heir. Two notes of one old key are the proof of it; a held checkpoint
or a witness tells which log is the true one.
"""

from collections.abc import Callable
from pathlib import Path

from enclave.audit.files import RecordChanged, alone, replace
from enclave.audit.keys import take_up_next_key
from enclave.audit.notes import Checkpoint, NotSigned, Signer, Verifier
from enclave.audit.tree import EMPTY
from enclave.audit.verify import SUCCESSION, NotVerified, keys_of

FOLDER, CHECKPOINT, KEY = "succession", "checkpoint", "log.vkey"


def hand_over(folder: Path, keys: Path, *, old: Signer, new: Signer) -> None:
    """Let the new key sign the log in `folder` from here on. What was begun before a power cut is gone on with.

    The order is the promise: the note of the old key is on the disk before the new one signs anything of the log, and
    the key file in `keys` changes last.

    Raises:
        RecordChanged: what is published is signed by neither.
    """
    assert old.name == new.name, "a log keeps its name"
    with alone(folder):
        path = folder / CHECKPOINT
        note = path.read_text("utf-8") if path.exists() else old.sign(Checkpoint(old.name, 0, EMPTY).text)
        held = _signed_by(note, old.verifier)
        if held is not None:
            _announce(folder, held, old, new)
            replace(path, new.sign(held.text).encode())
        elif _signed_by(note, new.verifier) is None:
            raise RecordChanged(detail="the checkpoint is signed neither by the old key nor by the new one")
        replace(folder / KEY, f"{new.verifier}\n".encode())
        take_up_next_key(keys)


def follows(folder: Path, old: Verifier, new: Verifier) -> bool:
    """Whether the old key has named the new one as an heir, directly or through others."""
    try:
        return str(new) in [key for key, _ in keys_of(str(old), reader(folder))]
    except NotVerified:
        return False


def first_key(folder: Path, key: Verifier) -> str:
    """The oldest key from which the notes lead to `key`: what a checkpoint of any time may be signed with."""
    note = reader(folder)(f"{FOLDER}/1")
    named = [*(note or "").split("\n"), *[""] * 5][4]
    try:
        return named if str(key) in [found for found, _ in keys_of(named, reader(folder))] else str(key)
    except NotVerified:
        return str(key)


def reader(folder: Path) -> Callable[[str], str | None]:
    """Reads the public files of a log from a folder; None for one that is not there."""
    return lambda name: path.read_text("utf-8") if (path := folder / name).is_file() else None


def _announce(folder: Path, held: Checkpoint, old: Signer, new: Signer) -> None:
    (folder / FOLDER).mkdir(exist_ok=True)
    text = f"{SUCCESSION}\n{held.text}{old.verifier}\n{new.verifier}\n"
    note = old.sign(text) + new.sign(text).rpartition("\n\n")[2]
    number = 1
    while (path := folder / FOLDER / str(number)).exists():
        if path.read_text("utf-8") == note:
            return
        number += 1
    replace(path, note.encode())


def _signed_by(note: str, verifier: Verifier) -> Checkpoint | None:
    try:
        return Checkpoint.read(verifier.text_of(note))
    except NotSigned:
        return None
