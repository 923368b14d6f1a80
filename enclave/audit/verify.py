"""Check an audit log from its public files alone. This file stands by itself: Python and `cryptography`, no more.

    python verify.py FOLDER --key KEY [--held CHECKPOINT]... [--witness KEY]... [--save CHECKPOINT]
    python verify.py --proof PROOF --leaf LEAF --key KEY

FOLDER is a copy of what the log publishes (C2SP tlog-tiles): `checkpoint`, `tile/…`. KEY is the log's public key,
`name+id+base64`, or a file that holds it: take it from somebody you trust, not from the folder. A CHECKPOINT that you
kept from an earlier visit is what shows that nothing before it was changed, taken away or put in between; so does a
witness, who keeps and signs checkpoints for others (C2SP tlog-cosignature) and whose newest is in `cosigned/`.

What is checked: the signature; that every leaf is in its place, in the spelling of RFC 8785 and with its own number;
that the tiles are those of the leaves, and the root that of the tiles; that each held checkpoint is a beginning of the
log; that no file is left over from another history. It shares no code with what writes the log.
"""

import argparse
import base64
import hashlib
import json
import re
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

WIDTH, HASH = 256, 32
LOG, WITNESS = b"\x01", b"\x04"  # kinds of keys
MOST_NOTE_BYTES = 1 << 16
PROOF = "c2sp.org/tlog-proof@v1"
LEAF_KEYS = {"actor", "commitments", "project", "seq", "time", "type"}
HEX, TIME, TYPE = r"[0-9a-f]{64}", r"\d{4}-\d\d-\d\dT\d\d:\d\d:00Z", r"[a-z]+(?:[.-][a-z]+)*"
SIGNATURES = r"(?:— [^\s+]+ [A-Za-z0-9+/]+={0,2}\n)+"
MOST_FINDINGS = 100
MOST_LOOKS, BETWEEN_LOOKS_SECONDS = 5, 0.05


class NotVerified(Exception):
    """Something is not what it says it is."""


@dataclass(frozen=True)
class Head:
    """A checkpoint: the log's name, how many leaves it has, and the root of its tree."""

    origin: str
    size: int
    root: bytes


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

    Tiles are written before the checkpoint that is about them. So a log that is found wrong and has another checkpoint
    by then, because somebody writes to it, is looked at again.
    """
    report = _looked_at(folder, key, held, witnesses)
    for _ in range(MOST_LOOKS - 1):
        if not report.findings or not _has_moved(folder, key, report.head):
            break
        report = _looked_at(folder, key, held, witnesses)
    return report


def _has_moved(folder: Path, key: str, head: Head | None) -> bool:
    time.sleep(BETWEEN_LOOKS_SECONDS)
    try:
        return read_checkpoint(_text(folder / "checkpoint"), key) != head
    except (NotVerified, OSError):
        return False


def _looked_at(folder: Path, key: str, held: Sequence[str], witnesses: Sequence[str]) -> Report:
    report = Report()
    try:
        report.head = read_checkpoint(_text(folder / "checkpoint"), key)
        earlier = [read_checkpoint(note, key) for note in held]
        for witness in witnesses:
            earlier.append(read_checkpoint(_text(folder / cosigned_path(witness)), key, witness))
            report.witnessed.append(earlier[-1].size)
        leaves = list(_leaves(folder, report.head.size))
    except (NotVerified, OSError) as problem:
        report.add(str(problem))
        return report
    hashes = [_leaf_hash(leaf) for leaf in leaves]
    for head in (*earlier, report.head):
        _check_head(head, hashes, report)
    for seq, leaf in enumerate(leaves):
        if (wrong := leaf_fault(leaf, seq)) is not None:
            report.add(f"leaf {seq}: {wrong}")
    _check_files(folder, _expected(leaves, hashes), report)
    return report


def read_checkpoint(note: str, key: str, witness: str | None = None) -> Head:
    """The checkpoint in a note which the key has signed, and the witness too if one is named, whoever else has."""
    text, name = _signed(note, key, LOG), _key(key, LOG)[0]
    if witness is not None:
        _signed(note, witness, WITNESS)
    lines = re.fullmatch(r"([^\n]+)\n(0|[1-9][0-9]{0,18})\n([^\n]+)\n", text)
    root = _decoded(lines[3]) if lines else b""
    if lines is None or len(root) != HASH or base64.b64encode(root).decode() != lines[3]:
        raise NotVerified("the checkpoint does not have its three lines")
    if lines[1] != name:
        raise NotVerified(f"the checkpoint is of {lines[1]}, not of {name}")
    return Head(lines[1], int(lines[2]), root)


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
    lines = top.split("\n")
    if lines[0] != PROOF:
        raise NotVerified("this is no proof")
    lines = lines[2:] if len(lines) > 1 and lines[1].startswith("extra ") else lines[1:]
    index = re.fullmatch(r"index (0|[1-9][0-9]*)", lines[0] if lines else "")
    if index is None:
        raise NotVerified("the proof does not say which leaf it is of")
    head = read_checkpoint(note, key)
    path = [_decoded(line) for line in lines[1:]]
    if not verify_inclusion(_leaf_hash(leaf), int(index[1]), head, path):
        raise NotVerified("the leaf is not in the log where the proof says")
    return head, int(index[1])


def verify_inclusion(leaf: bytes, index: int, head: Head, path: Sequence[bytes]) -> bool:
    """RFC 9162, section 2.1.3.2. `leaf` is the hash of the leaf."""
    if not 0 <= index < head.size:
        return False
    place, last, found = index, head.size - 1, leaf
    for other in path:
        if last == 0:
            return False
        if place & 1 or place == last:
            found = _node_hash(other, found)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            found = _node_hash(found, other)
        place, last = place >> 1, last >> 1
    return last == 0 and found == head.root


def verify_consistency(old: Head, new: Head, path: Sequence[bytes]) -> bool:
    """RFC 9162, section 2.1.4.2: the newer tree begins with the older one."""
    if old.size == new.size:
        return not path and old.root == new.root
    if not 0 < old.size < new.size or not path:
        return False
    hashes = [old.root, *path] if old.size & (old.size - 1) == 0 else list(path)
    place, last = old.size - 1, new.size - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    first = second = hashes[0]
    for other in hashes[1:]:
        if last == 0:
            return False
        if place & 1 or place == last:
            first, second = _node_hash(other, first), _node_hash(other, second)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            second = _node_hash(second, other)
        place, last = place >> 1, last >> 1
    return last == 0 and first == old.root and second == new.root


def leaf_fault(leaf: bytes, seq: int) -> str | None:
    """What is wrong with a leaf in this place, if anything is."""
    try:
        found = json.loads(leaf)
        spelled = json.dumps(found, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()
    except (ValueError, RecursionError):
        return "it is not JSON"
    if not isinstance(found, dict) or found.keys() != LEAF_KEYS:
        return "it does not have the parts of a leaf"
    if spelled != leaf:  # a name that stands twice is spelled once
        return "it is not in canonical form"
    commitments = found["commitments"]
    good = (
        found["seq"] == seq
        and type(found["seq"]) is int
        and _is(found["time"], TIME)
        and _is(found["type"], TYPE)
        and (found["actor"] is None or _is(found["actor"], HEX))
        and (found["project"] is None or _is(found["project"], r"\S+"))
        and isinstance(commitments, dict)
        and "body" in commitments
        and all(_is(value, HEX) for value in commitments.values())
    )
    return None if good else "a part of it is not what it has to be, or it has the number of another"


def _leaves(folder: Path, size: int) -> Iterator[bytes]:
    """Every leaf, in order, from the bundles."""
    for index in range(-(-size // WIDTH)):
        width = min(WIDTH, size - index * WIDTH)
        path = folder / _path("entries", index, width)
        if not path.exists():
            path = folder / _path("entries", index, WIDTH)
        content, at = path.read_bytes(), 0
        for _ in range(width):
            end = at + 2 + int.from_bytes(content[at : at + 2], "big")
            if end > len(content) or end - at < 2:
                raise NotVerified(f"{path}: the bundle ends too early")
            yield content[at + 2 : end]
            at = end
        if at != len(content):
            raise NotVerified(f"{path}: the bundle has more than its leaves")


def _check_head(head: Head, hashes: Sequence[bytes], report: Report) -> None:
    if head.size > len(hashes):
        report.add(
            f"a checkpoint of {head.size} leaves was given out, and the log has {len(hashes)}: it was cut"
        )
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
    pieces = [len(leaf).to_bytes(2, "big") + leaf for leaf in leaves]
    rows: list[tuple[str, Sequence[bytes]]] = [("entries", pieces)]
    level, row = 0, list(hashes)
    while row:
        rows.append((str(level), row))
        level, row = level + 1, [_root(row[at : at + WIDTH]) for at in range(0, len(row) - WIDTH + 1, WIDTH)]
    return {
        _path(name, at // WIDTH, WIDTH): list(row[at : at + WIDTH])
        for name, row in rows
        for at in range(0, len(row), WIDTH)
    }


def _check_files(folder: Path, expected: dict[str, list[bytes]], report: Report) -> None:
    """Every file below `tile/` is a tile of this log or the beginning of one, and none is missing."""
    seen: set[str] = set()
    for path in sorted((folder / "tile").rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_dir() or path.name.startswith("."):
            continue
        part = re.fullmatch(r"(.+)\.p/([1-9][0-9]{0,2})", name)
        pieces = expected.get(part[1] if part else name)
        width = int(part[2]) if part else WIDTH
        if pieces is None or width > len(pieces) or (part and width == WIDTH) or path.is_symlink():
            report.add(f"{name}: no file of this log; it may be left over from another history")
        elif path.read_bytes() != b"".join(pieces[:width]):
            report.add(f"{name}: it is not what the leaves make of it")
        elif width == len(pieces):
            seen.add(part[1] if part else name)
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


def _text(path: Path) -> str:
    try:
        return path.read_bytes().decode()
    except UnicodeDecodeError:
        raise NotVerified(f"{path}: it is not text") from None


def _is(value: object, pattern: str) -> bool:
    return isinstance(value, str) and re.fullmatch(pattern, value, re.ASCII) is not None


def _leaf_hash(leaf: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + leaf).digest()


def _node_hash(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def main(words: Sequence[str] | None = None) -> int:
    """0 if everything holds, 1 if anything does not."""
    parser = argparse.ArgumentParser(description="Check an audit log, or a proof, from public files alone.")
    parser.add_argument("folder", type=Path, nargs="?", help="a copy of the log's files")
    parser.add_argument("--key", required=True, help="the log's public key, or a file that holds it")
    parser.add_argument(
        "--held", type=Path, action="append", default=[], help="a checkpoint kept from earlier"
    )
    parser.add_argument(
        "--witness", action="append", default=[], help="the key of a witness that has to agree"
    )
    parser.add_argument("--save", type=Path, help="keep the checkpoint here, if everything holds")
    parser.add_argument("--proof", type=Path, help="a proof that a leaf is in the log")
    parser.add_argument("--leaf", type=Path, help="the leaf that the proof is of")
    given = parser.parse_args(words)
    try:
        key = given.key if "+" in given.key else _text(Path(given.key))
        if given.proof and given.leaf:
            head, index = verify_proof(_text(given.proof), given.leaf.read_bytes(), key)
            print(f"ok: leaf {index} is in {head.origin}, which had {head.size} leaves")
            return 0
        if given.folder is None:
            parser.error("say which folder, or which proof and leaf")
        witnesses = [spelled if "+" in spelled else _text(Path(spelled)) for spelled in given.witness]
        return _told(given.folder, key, [_text(path) for path in given.held], witnesses, given.save)
    except (NotVerified, OSError) as problem:
        print(f"NOT VERIFIED: {problem}", file=sys.stderr)
        return 1


def _told(folder: Path, key: str, held: list[str], witnesses: list[str], save: Path | None) -> int:
    report = verify_log(folder, key, held, witnesses)
    for finding in report.findings:
        print(f"NOT VERIFIED: {finding}", file=sys.stderr)
    if report.findings or report.head is None:
        return 1
    root = base64.b64encode(report.head.root).decode()
    print(
        f"ok: {report.head.origin} has {report.head.size} leaves, root {root}; {len(held)} held checkpoint(s) agree"
    )
    for witness, size in zip(witnesses, report.witnessed, strict=True):
        print(f"ok: witness {witness.split('+')[0]} has seen its first {size} leaves")
    if save is not None:
        save.write_bytes((folder / "checkpoint").read_bytes())
    return 0


if __name__ == "__main__":
    sys.exit(main())
