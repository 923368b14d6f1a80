"""A witness: it remembers what a log has shown it, and signs only what begins with that.

Its folder is its memory: its key, the log's keys one after another, the last checkpoint it signed (`seen`), and its
alarms. What it has seen is on the disk before anybody gets its signature. What a log shows that does not go with it is
an alarm, which is kept with its evidence and told at every look. Two roots of one size, both signed by the log, prove a
split view by themselves: after that the witness signs nothing of this log any more.

Limit: who puts back an older copy of the witness's own folder makes it forget: keep it away from the log's machine.
Limit: without `held`, what it sees first it believes.
"""

import json
import os
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from pathlib import Path

from enclave.audit.consistency import verify_consistency
from enclave.audit.cosigning import cosigned, witness_key
from enclave.audit.files import alone, replace
from enclave.audit.keys import make_audit_key, read_audit_key
from enclave.audit.notes import NotSigned, Signer, Verifier
from enclave.audit.tiles import HASH_BYTES, WIDTH, nodes, rows_of, tile_path
from enclave.audit.tree import EMPTY, consistency_proof
from enclave.audit.verify import Head, Keys, NotVerified, keys_of, read_by, read_checkpoint

KEY, LOG_KEY, SEEN, ALARMS = "witness.key", "log.vkey", "seen", "alarms.json"
NOTHING_YET = "nothing yet\n"
MOST_ALARMS = 200  # kept with their evidence; the first ones stay
KEPT_TILES = 64

Read = Callable[[str], bytes | None]
"""A public file of the log by its name; None if the log has no such file."""


class WitnessUnusable(Exception):
    """The memory of the witness is not whole, or the log cannot be asked. Nothing is signed, and nothing judged."""


class Wrong(StrEnum):
    NOT_SIGNED = "not-signed"
    ROLL_BACK = "roll-back"
    SPLIT_VIEW = "split-view"
    NO_PROOF = "no-proof"


@dataclass(frozen=True, slots=True)
class Alarm:
    """What a log showed that it must not. `shown` and `seen` are the two notes, as evidence."""

    at: str
    wrong: Wrong
    detail: str
    shown: str
    seen: str


@dataclass(frozen=True, slots=True)
class Looked:
    """What came of a look: the cosigned checkpoint, or why not; and every alarm there ever was."""

    note: str | None
    refused: Alarm | None
    alarms: tuple[Alarm, ...]


class _Refused(Exception):
    def __init__(self, wrong: Wrong, detail: str) -> None:
        super().__init__(detail)
        self.wrong = wrong
        self.detail = detail


def new_witness(
    folder: Path, *, name: str, log_key: str, held: str | None, new_key: Callable[[int], bytes]
) -> str:
    """Make the memory of a new witness of one log, and return its public key.

    Raises:
        NotVerified: the log's key is none, or it has not signed the checkpoint `held`.
    """
    _must_be_a_key(log_key)
    if held is not None:
        read_checkpoint(held, log_key)
    signer = make_audit_key(folder, origin=name, new_key=new_key, name=KEY)
    with alone(folder):
        replace(folder / LOG_KEY, f"{log_key.strip()}\n".encode())
        replace(folder / ALARMS, b"[]\n")
        _keep(folder / SEEN, (NOTHING_YET if held is None else held).encode())
    return witness_key(signer)


def look(folder: Path, read: Read, *, now: datetime) -> Looked:
    """Look at the log once: sign its checkpoint if it begins with what was seen before, else raise an alarm.

    Raises:
        WitnessUnusable: a part of the memory is missing or unreadable.
    """
    if not folder.is_dir():
        raise WitnessUnusable(f"there is no witness in {folder}")
    with alone(folder):
        memory = _Memory.of(folder)
        note = (read("checkpoint") or b"").decode("utf-8", "replace")
        try:
            keys = _judge(note, memory, read)
        except _Refused as refused:
            alarm = Alarm(now.isoformat(), refused.wrong, refused.detail, note, memory.seen)
            return Looked(None, alarm, _remembered(folder, memory, alarm))
        if len(keys) > 1:  # what is remembered next may be signed with the last of them
            known = (*memory.log_keys, *(key for key, _ in keys[1:]))
            _keep(folder / LOG_KEY, "".join(f"{key}\n" for key in known).encode())
        if note != memory.seen:
            _keep(folder / SEEN, note.encode())
        return Looked(cosigned(note, memory.signer, at=now), None, memory.alarms)


@dataclass(frozen=True, slots=True)
class _Memory:
    signer: Signer
    log_keys: tuple[str, ...]
    seen: str
    alarms: tuple[Alarm, ...]

    @classmethod
    def of(cls, folder: Path) -> "_Memory":
        try:
            texts = [(folder / name).read_text("utf-8") for name in (LOG_KEY, SEEN, ALARMS)]
            log_keys = tuple(texts[0].split())
            for key in (log_keys[-1], *log_keys):
                _must_be_a_key(key)
            alarms = tuple(
                Alarm(**{**found, "wrong": Wrong(found["wrong"])}) for found in json.loads(texts[2])
            )
        except (OSError, ValueError, TypeError, LookupError, NotVerified) as problem:
            raise WitnessUnusable(
                f"the memory of the witness is not whole: {type(problem).__name__}"
            ) from problem
        return cls(read_audit_key(folder, name=KEY), log_keys, texts[1], alarms)


def _judge(note: str, memory: _Memory, read: Read) -> Keys:
    """The log's keys from the last that was known on, if the checkpoint may be signed."""
    try:
        keys = keys_of(memory.log_keys[-1], lambda name: _told(read(name)))
        shown = read_by(keys, note)
    except NotVerified as problem:
        raise _Refused(Wrong.NOT_SIGNED, str(problem)) from None
    if shown.size == 0 and shown.root != EMPTY:
        raise _Refused(Wrong.SPLIT_VIEW, "a log without leaves has another root")
    seen = _seen(memory, keys)
    for before in (seen, *(last for _, last in keys)):
        if before is not None:
            _compare(before, shown, read)
    if any(alarm.wrong is Wrong.SPLIT_VIEW for alarm in memory.alarms):
        raise _Refused(Wrong.SPLIT_VIEW, "the log has shown two histories; nothing of it is signed any more")
    return keys


def _told(content: bytes | None) -> str | None:
    return None if content is None else content.decode("utf-8", "replace")


def _seen(memory: _Memory, keys: Keys) -> Head | None:
    if memory.seen == NOTHING_YET:
        return None
    found: NotVerified | None = None
    before: Keys = [(key, None) for key in memory.log_keys[:-1]]
    for key, last in [*keys, *before]:
        try:
            seen = read_checkpoint(memory.seen, key)
        except NotVerified as problem:
            found = problem
            continue
        if last is not None and last.size < seen.size:
            raise _Refused(
                Wrong.NO_PROOF, f"a key had signed {seen.size} leaves, and was given up at {last.size}"
            )
        return seen
    raise WitnessUnusable(f"the checkpoint in memory is not the log's: {found}")


def _compare(seen: Head, shown: Head, read: Read) -> None:
    if shown.size < seen.size:
        raise _Refused(Wrong.ROLL_BACK, f"the log had {seen.size} leaves, and shows {shown.size}")
    if shown.size == seen.size and shown.root != seen.root:
        raise _Refused(Wrong.SPLIT_VIEW, f"the log shows two trees of {seen.size} leaves")
    if 0 < seen.size < shown.size and not verify_consistency(
        seen, shown, _proof(seen.size, shown.size, read)
    ):
        raise _Refused(
            Wrong.NO_PROOF, f"the {shown.size} leaves do not begin with the {seen.size} that were seen before"
        )


def _proof(old: int, size: int, read: Read) -> list[bytes]:
    """The consistency proof, from the log's tiles. It is worth what `verify_consistency` says of it."""

    @lru_cache(KEPT_TILES)
    def rows(level: int, index: int, width: int) -> tuple[list[bytes], ...]:
        content = read(tile_path(str(level), index, width))
        if content is None and width < WIDTH:  # it was filled up meanwhile
            content = read(tile_path(str(level), index))
        if content is None or len(content) < width * HASH_BYTES:
            raise _Refused(Wrong.NO_PROOF, f"tile {index} of level {level} is missing or too short")
        return rows_of(content[: width * HASH_BYTES])

    return consistency_proof(old, size, nodes(size, rows))


def _remembered(folder: Path, memory: _Memory, alarm: Alarm) -> tuple[Alarm, ...]:
    """The alarms with this one, on the disk. The same thing shown again is the same alarm."""
    if any((one.wrong, one.shown) == (alarm.wrong, alarm.shown) for one in memory.alarms):
        return memory.alarms
    kinds = {one.wrong for one in memory.alarms}
    if len(memory.alarms) >= MOST_ALARMS and alarm.wrong in kinds:
        return memory.alarms
    alarms = (*memory.alarms, alarm)
    _keep(folder / ALARMS, json.dumps([asdict(one) for one in alarms], indent=1).encode())
    return alarms


def _keep(path: Path, content: bytes) -> None:
    """The file, and its name in the folder, are on the disk when the call returns."""
    replace(path, content)
    handle = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _must_be_a_key(log_key: str) -> None:
    try:
        Verifier.read(log_key)
    except NotSigned as problem:
        raise NotVerified(f"the log's key: {problem}") from None
