"""Check an audit log from its public files alone. This file stands by itself: Python and `cryptography`, no more.

    python verify.py FOLDER --key KEY [--held CHECKPOINT]... [--witness KEY]... [--save CHECKPOINT]
    python verify.py --proof PROOF --leaf LEAF --key KEY

FOLDER is a copy of what the log publishes (C2SP tlog-tiles): `checkpoint`, `tile/…`. KEY is the log's public key,
`name+id+base64`, or a file that holds it: take it from somebody you trust, not from the folder. A CHECKPOINT that you
kept from an earlier visit is what shows that nothing before it was changed, taken away or put in between; so does a
witness, who keeps and signs checkpoints for others (C2SP tlog-cosignature) and whose newest is in `cosigned/`.

Checked: the signature, by KEY or one that it named as the next (`succession/`); that each leaf is in its place and in
the spelling of RFC 8785; that tiles and root are those of the leaves; that each held checkpoint is a beginning of the
log; that no file is left over from another history; that as many different people as a release needed had voted on
equal things before it. It shares no code with what writes the log.
"""

import argparse
import base64
import hashlib
import json
import re
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

WIDTH, HASH = 256, 32
LOG, WITNESS, MOST_NOTE_BYTES = b"\x01", b"\x04", 1 << 16  # kinds of keys, and how long a note may be
PROOF = r"c2sp\.org/tlog-proof@v1\n(?:extra [^\n]*\n)?index (0|[1-9][0-9]*)((?:\n[A-Za-z0-9+/]+=*)*)"
SUCCESSION = "enclave key succession v1"
LEAF_KEYS = {"actor", "commitments", "project", "seq", "time", "type"}
NEEDS, RELEASED, VOTES = "needs", "output.released", {"review.given", "output.adjudicated"}
HEX, TIME, TYPE = r"[0-9a-f]{64}", r"\d{4}-\d\d-\d\dT\d\d:\d\d:00Z", r"[a-z]+(?:[.-][a-z]+)*"
SIGNATURES = r"(?:— [^\s+]+ [A-Za-z0-9+/]+={0,2}\n)+"
MOST_FINDINGS, MOST_LOOKS, BETWEEN_LOOKS_SECONDS = 100, 5, 0.05


class NotVerified(Exception):
    """Something is not what it says it is."""


@dataclass(frozen=True)
class Head:
    """A checkpoint: the log's name, how many leaves it has, and the root of its tree."""

    origin: str
    size: int
    root: bytes


Keys = list[tuple[str, Head | None]]  # the log's, each with the head at which it was given up


@dataclass
class Report:
    """What was found. A log is good if `findings` is empty."""

    head: Head | None = None
    witnessed: list[int] = field(default_factory=list)  # how many leaves each witness has seen
    findings: list[str] = field(default_factory=list)

    def add(self, finding: str) -> None:
        if len(self.findings) < MOST_FINDINGS:
            self.findings.append(finding)


def verify_log(folder: Path, key: str, held: Sequence[str] = (), witnesses: Sequence[str] = ()) -> Report:
    """Check the log in `folder`, signed by `key`, against the checkpoints `held` and those that `witnesses` signed.

    Tiles are written before their checkpoint: a log found wrong while somebody writes to it is looked at again.
    """
    path, before = folder / "checkpoint", b""
    for _ in range(MOST_LOOKS):
        report = _looked_at(folder, key, held, witnesses)
        if not report.findings or before == (before := path.read_bytes() if path.is_file() else b""):
            break
        time.sleep(BETWEEN_LOOKS_SECONDS)
    return report


def _looked_at(folder: Path, key: str, held: Sequence[str], witnesses: Sequence[str]) -> Report:
    report = Report()
    try:
        keys = keys_of(
            key, lambda name: path.read_text("utf-8") if (path := folder / name).exists() else None
        )
        report.head = read_by(keys, (folder / "checkpoint").read_text("utf-8"))
        earlier = [read_by(keys, note) for note in held]
        for witness in witnesses:
            earlier.append(read_by(keys, (folder / cosigned_path(witness)).read_text("utf-8"), witness))
            report.witnessed.append(earlier[-1].size)
        earlier += [last for _, last in keys if last is not None]
        leaves = list(_leaves(folder, report.head.size))
    except (NotVerified, OSError, UnicodeDecodeError) as problem:
        report.add(str(problem))
        return report
    hashes = [_leaf_hash(leaf) for leaf in leaves]
    for head in (*earlier, report.head):
        _check_head(head, hashes, report)
    for seq, leaf in enumerate(leaves):
        if (wrong := leaf_fault(leaf, seq)) is not None:
            report.add(f"leaf {seq}: {wrong}")
    if not report.findings:
        _check_votes(leaves, report)
    _check_files(folder, _expected(leaves, hashes), report)
    return report


def read_checkpoint(note: str, key: str, witness: str | None = None) -> Head:
    """The checkpoint in a note which the key has signed, and the witness too if one is named, whoever else has."""
    text = _signed(note, key, LOG)
    if witness is not None:
        _signed(note, witness, WITNESS)
    return _head(text, _key(key, LOG)[0])


def _head(text: str, name: str) -> Head:
    lines = re.fullmatch(r"([^\n]+)\n(0|[1-9][0-9]{0,18})\n([^\n]+)\n", text)
    root = _decoded(lines[3]) if lines else b""
    if lines is None or len(root) != HASH or base64.b64encode(root).decode() != lines[3]:
        raise NotVerified("the checkpoint does not have its three lines")
    if lines[1] != name:
        raise NotVerified(f"the checkpoint is of {lines[1]}, not of {name}")
    return Head(lines[1], int(lines[2]), root)


def keys_of(key: str, read: Callable[[str], str | None]) -> Keys:
    """The log's keys from `key` on: each has signed (`succession/1`, `2`, …) which is the next, and at which head."""
    keys, number = Keys([(key.strip(), None)]), 0
    while (note := read(f"succession/{(number := number + 1)}")) is not None:
        top, origin, size, root, given_up, following, *rest = [*note.split("\n\n")[0].split("\n"), *[""] * 6]
        if len(keys) == 1 and given_up != keys[0][0]:
            continue  # of keys before this one
        text = _signed(note, keys[-1][0], LOG)
        if top != SUCCESSION or any(rest) or given_up != keys[-1][0] or _signed(note, following, LOG) != text:
            raise NotVerified(f"succession/{number} does not name the next key, which has to sign it too")
        last = _head(f"{origin}\n{size}\n{root}\n", _key(following, LOG)[0])
        keys[-1:] = [(keys[-1][0], last), (following, None)]
    return keys


def read_by(keys: Keys, note: str, witness: str | None = None) -> Head:
    """The checkpoint in a note that one of the keys has signed, while it was the log's."""
    for key, last in keys[:-1]:
        try:
            head = read_checkpoint(note, key, witness)
        except NotVerified:
            continue
        if last is not None and head.size <= last.size:
            return head
        raise NotVerified("the checkpoint is signed with a key that had been given up")
    return read_checkpoint(note, keys[-1][0], witness)


def _signed(note: str, key: str, kind: bytes) -> str:
    """The text of a note that the key has signed: as a log signs, or as a witness (C2SP tlog-cosignature) does."""
    name, id, public = _key(key, kind)
    if len(note.encode("utf-8", "replace")) > MOST_NOTE_BYTES:
        raise NotVerified("the checkpoint is too long")
    body, _, signatures = note.rpartition("\n\n")
    if re.fullmatch(SIGNATURES, signatures) is None or re.search(r"[\x00-\x09\x0b-\x1f]", note):
        raise NotVerified("the checkpoint is not a signed note")
    found = [line.split(" ")[1:] for line in signatures.splitlines()]
    mine = [raw[4:] for raw in (_decoded(spelled) for who, spelled in found if who == name) if raw[:4] == id]
    if not mine:
        raise NotVerified(f"the checkpoint is not signed by {name}")
    for raw in mine:
        said, at = "", 0
        if kind == WITNESS:
            said, at = f"cosignature/v1\ntime {int.from_bytes(raw[:8], 'big')}\n", 8
        try:
            public.verify(raw[at:], f"{said}{body}\n".encode())
        except InvalidSignature:
            raise NotVerified(f"the signature of {name} on the checkpoint is wrong") from None
    return f"{body}\n"


def cosigned_path(witness: str) -> str:
    """Where a log keeps the newest checkpoint that the witness with this key has signed."""
    return f"cosigned/{_key(witness, WITNESS)[1].hex()}"


def verify_proof(proof: str, leaf: bytes, key: str) -> tuple[Head, int]:
    """The checkpoint and the number of the leaf that the proof (C2SP tlog-proof) shows to be in the log."""
    top, _, note = proof.partition("\n\n")
    found = re.fullmatch(PROOF, top)
    if found is None:
        raise NotVerified("this is no proof, or it does not say which leaf it is of")
    index, path = int(found[1]), [_decoded(line) for line in found[2].split()]
    head = read_checkpoint(note, key)
    if not verify_inclusion(_leaf_hash(leaf), index, head, path):
        raise NotVerified("the leaf is not in the log where the proof says")
    return head, index


def verify_inclusion(leaf: bytes, index: int, head: Head, path: Sequence[bytes]) -> bool:
    """RFC 9162, section 2.1.3. `leaf` is the hash of the leaf; `path` what stands beside its way up to the root."""
    return 0 <= index < head.size and _climbed(leaf, index, head.size, path) == head.root


def _climbed(leaf: bytes, index: int, size: int, path: Sequence[bytes]) -> bytes | None:
    if size == 1 or not path:
        return leaf if size == 1 and not path else None
    split = 1 << ((size - 1).bit_length() - 1)
    left = index < split
    below = _climbed(leaf, index if left else index - split, split if left else size - split, path[:-1])
    return None if below is None else _node_hash(*((below, path[-1]) if left else (path[-1], below)))


def leaf_fault(leaf: bytes, seq: int) -> str | None:
    """What is wrong with a leaf in this place, if anything is."""
    try:
        found = json.loads(leaf)
        spelled = json.dumps(found, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()
    except (ValueError, RecursionError):
        return "it is not JSON"
    released = isinstance(found, dict) and found.get("type") == RELEASED
    if not isinstance(found, dict) or found.keys() ^ LEAF_KEYS != ({NEEDS} if released else set()):
        return "it does not have the parts of a leaf"
    if spelled != leaf:  # a name that stands twice is spelled once
        return "it is not in canonical form"
    commitments = found["commitments"]
    spellings = {"time": TIME, "type": TYPE, "actor": HEX, "project": r"\S+"}
    good = (
        (type(found["seq"]), found["seq"]) == (int, seq)
        and all(_is(found[name], spelling) for name, spelling in spellings.items() if found[name] is not None)
        and isinstance(commitments, dict)
        and "body" in commitments
        and None not in (found["time"], found["type"])
        and all(_is(value, HEX) for value in commitments.values())
        and (not released or (type(found[NEEDS]) is int and found[NEEDS] >= 0))
    )
    return None if good else "a part of it is not what it has to be, or it has the number of another"


def _leaves(folder: Path, size: int) -> Iterator[bytes]:
    """Every leaf, in order, from the bundles."""
    for index in range(-(-size // WIDTH)):
        width = min(WIDTH, size - index * WIDTH)
        part, whole = (folder / _path("entries", index, width) for width in (width, WIDTH))
        path, at = part if part.exists() else whole, 0
        content = path.read_bytes()
        for _ in range(width):
            end = at + 2 + int.from_bytes(content[at : at + 2], "big")
            if end > len(content) or end - at < 2:
                raise NotVerified(f"{path}: the bundle ends too early")
            yield content[at + 2 : end]
            at = end
        if at != len(content):
            raise NotVerified(f"{path}: the bundle has more than its leaves")


def _check_votes(leaves: Sequence[bytes], report: Report) -> None:
    """Before each release as many pseudonyms as it needed have voted on equal things, on the same project."""
    voted: dict[str, set[str]] = {}
    for leaf in map(json.loads, leaves):
        things = {name: value for name, value in leaf["commitments"].items() if name != "body"}
        about = json.dumps([leaf["project"], things], sort_keys=True)
        if leaf["type"] in VOTES and leaf["actor"] is not None:
            voted.setdefault(about, set()).add(leaf["actor"])
        elif leaf["type"] == RELEASED and len(voted.get(about, ())) < leaf[NEEDS]:
            report.add(f"leaf {leaf['seq']}: a release for which fewer than {leaf[NEEDS]} people had voted")


def _check_head(head: Head, hashes: Sequence[bytes], report: Report) -> None:
    if head.size > len(hashes):
        report.add(f"a checkpoint of {head.size} leaves was given out; there are {len(hashes)}: it was cut")
    elif _root(hashes[: head.size]) != head.root:
        report.add(f"the first {head.size} leaves are not those of the checkpoint that was signed for them")


def _root(hashes: Sequence[bytes]) -> bytes:
    """The root over the hashes of leaves: the definition of RFC 9162, section 2.1.1."""
    if len(hashes) < 2:
        return hashes[0] if hashes else hashlib.sha256(b"").digest()
    split = 1 << ((len(hashes) - 1).bit_length() - 1)
    return _node_hash(_root(hashes[:split]), _root(hashes[split:]))


def _expected(leaves: Sequence[bytes], hashes: Sequence[bytes]) -> dict[str, list[bytes]]:
    """What stands in each tile and bundle of this log, whole or not, piece by piece."""
    rows, level, row = (
        [("entries", [len(leaf).to_bytes(2, "big") + leaf for leaf in leaves])],
        0,
        list(hashes),
    )
    while row:
        rows.append((str(level), row))
        level, row = level + 1, [_root(row[at : at + WIDTH]) for at in range(0, len(row) - WIDTH + 1, WIDTH)]
    places = [(name, row, at) for name, row in rows for at in range(0, len(row), WIDTH)]
    return {_path(name, at // WIDTH, WIDTH): row[at : at + WIDTH] for name, row, at in places}


def _check_files(folder: Path, expected: dict[str, list[bytes]], report: Report) -> None:
    """Every file below `tile/` is a tile of this log or the beginning of one, and none is missing."""
    seen: set[str] = set()
    for path in sorted((folder / "tile").rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_dir() or path.name.startswith("."):
            continue
        part = re.fullmatch(r"(.+)\.p/([1-9][0-9]{0,2})", name)
        whole, width = (part[1], int(part[2])) if part else (name, WIDTH)
        pieces = expected.get(whole)
        if pieces is None or width > len(pieces) or (part and width == WIDTH) or path.is_symlink():
            report.add(f"{name}: no file of this log; it may be left over from another history")
        elif path.read_bytes() != b"".join(pieces[:width]):
            report.add(f"{name}: it is not what the leaves make of it")
        elif width == len(pieces):
            seen.add(whole)
    for name in expected.keys() - seen:
        report.add(f"{name}: it is missing")


def _path(level: str, index: int, width: int) -> str:
    parts = [f"{index % 1000:03d}"]
    while index := index // 1000:
        parts.insert(0, f"x{index % 1000:03d}")
    return f"tile/{level}/{'/'.join(parts)}" + ("" if width == WIDTH else f".p/{width}")


def _key(spelled: str, kind: bytes) -> tuple[str, bytes, Ed25519PublicKey]:
    found = re.fullmatch(r"([^+\s]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/=]+)", spelled.strip())
    raw = _decoded(found[3]) if found else b""
    if found is None or len(raw) != 1 + HASH or raw[:1] != kind:
        raise NotVerified("the key is no Ed25519 key of a log, or of a witness where one is asked for")
    id = hashlib.sha256(found[1].encode() + b"\n" + raw).digest()[:4]
    if id.hex() != found[2]:
        raise NotVerified("the id of the key does not belong to it")
    return found[1], id, Ed25519PublicKey.from_public_bytes(raw[1:])


def _decoded(spelled: str) -> bytes:
    try:
        return base64.b64decode(spelled, validate=True)
    except ValueError:
        raise NotVerified("what should be base64 is not") from None


def _is(value: object, pattern: str) -> bool:
    return isinstance(value, str) and re.fullmatch(pattern, value, re.ASCII) is not None


def _leaf_hash(leaf: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + leaf).digest()


def _node_hash(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def main(words: Sequence[str] | None = None) -> int:
    """0 if everything holds, 1 if anything does not."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path, nargs="?")
    parser.add_argument("--key", required=True)
    for name, kind in (("--held", Path), ("--witness", str)):
        parser.add_argument(name, type=kind, action="append", default=[])
    for name in ("--save", "--proof", "--leaf"):
        parser.add_argument(name, type=Path)
    given = parser.parse_args(words)
    if given.folder is None and not (given.proof and given.leaf):
        parser.error("say which folder, or which proof and leaf")
    try:
        key, *witnesses = (
            spelled if "+" in spelled else Path(spelled).read_text("utf-8")
            for spelled in (given.key, *given.witness)
        )
        if given.folder is None:
            head, index = verify_proof(given.proof.read_text("utf-8"), given.leaf.read_bytes(), key)
            print(f"ok: leaf {index} is in {head.origin}, which had {head.size} leaves")
            return 0
        held = [path.read_text("utf-8") for path in given.held]
    except (NotVerified, OSError, UnicodeDecodeError) as problem:
        print(f"NOT VERIFIED: {problem}", file=sys.stderr)
        return 1
    report = verify_log(given.folder, key, held, witnesses)
    for finding in report.findings:
        print(f"NOT VERIFIED: {finding}", file=sys.stderr)
    if report.findings or report.head is None:
        return 1
    name, size, root = report.head.origin, report.head.size, base64.b64encode(report.head.root).decode()
    print(f"ok: {name} has {size} leaves, root {root}; {len(held)} held checkpoint(s) agree")
    for witness, size in zip(witnesses, report.witnessed, strict=True):
        print(f"ok: witness {witness.split('+')[0]} has seen its first {size} leaves")
    if given.save is not None:
        given.save.write_bytes((given.folder / "checkpoint").read_bytes())
    return 0


if __name__ == "__main__":
    sys.exit(main())
