"""Signed notes and checkpoints (C2SP signed-note, tlog-checkpoint), with keys spelled as in Go's `sumdb/note`."""

import base64
import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

ED25519 = b"\x01"
SECRET = "PRIVATE+KEY"
DASH = "— "
MOST_BYTES = 1 << 16  # of a note: text and every witness's signature
SEED_BYTES = 32
SIGNATURES = re.compile(r"(?:— [^\s+]+ [A-Za-z0-9+/]+={0,2}\n)+")
CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f]")


class NotSigned(Exception):
    """A note, or a key, is not what it says it is."""


@dataclass(frozen=True, slots=True)
class Verifier:
    """A name and a public key."""

    name: str
    key: bytes

    @classmethod
    def read(cls, spelled: str) -> Self:
        """From `name+id+key`."""
        name, id, key = _parts(spelled.strip(), 3)
        found = cls(name, _key(key))
        if id != found.id.hex():
            raise NotSigned("the id of the key does not belong to it")
        return found

    @property
    def id(self) -> bytes:
        return hashlib.sha256(self.name.encode() + b"\n" + ED25519 + self.key).digest()[:4]

    def __str__(self) -> str:
        return f"{self.name}+{self.id.hex()}+{_base64(ED25519 + self.key)}"

    def text_of(self, note: str) -> str:
        """The text of a note that this key has signed. Other signatures are passed over.

        Raises:
            NotSigned: no signature of this key, or one that is wrong.
        """
        if len(note.encode("utf-8", "replace")) > MOST_BYTES:
            raise NotSigned("the note is too long")
        text, _, signatures = note.rpartition("\n\n")
        if SIGNATURES.fullmatch(signatures) is None or CONTROL.search(note):
            raise NotSigned("this is no signed note")
        lines = [line.split(" ") for line in signatures.splitlines()]
        mine = [sig for name, sig in ((line[1], _unbase64(line[2])) for line in lines) if self._is(name, sig)]
        if not mine:
            raise NotSigned(f"{self.name} has not signed it")
        try:
            for signature in mine:
                Ed25519PublicKey.from_public_bytes(self.key).verify(signature[4:], f"{text}\n".encode())
        except InvalidSignature:
            raise NotSigned(f"the signature of {self.name} is wrong") from None
        return f"{text}\n"

    def _is(self, name: str, signature: bytes) -> bool:
        return name == self.name and signature[:4] == self.id


@dataclass(frozen=True, slots=True, repr=False)
class Signer:
    """A name and a private key. Its `repr` is the object's own."""

    name: str
    seed: bytes

    @classmethod
    def new(cls, name: str, *, new_key: Callable[[int], bytes]) -> Self:
        if not name or "+" in name or any(letter.isspace() for letter in name):
            raise ValueError("the name of a log has no spaces and no +")
        return cls(name, new_key(SEED_BYTES))

    @classmethod
    def read(cls, spelled: str) -> Self:
        """From `PRIVATE+KEY+name+id+seed`."""
        private, word, name, id, seed = _parts(spelled.strip(), 5)
        found = cls(name, _key(seed))
        if f"{private}+{word}" != SECRET or id != found.verifier.id.hex():
            raise NotSigned("this is no private key of a log")
        return found

    @property
    def spelled(self) -> str:
        return f"{SECRET}+{self.name}+{self.verifier.id.hex()}+{_base64(ED25519 + self.seed)}"

    @property
    def verifier(self) -> Verifier:
        public = Ed25519PrivateKey.from_private_bytes(self.seed).public_key()
        return Verifier(self.name, public.public_bytes_raw())

    def sign(self, text: str) -> str:
        """The note of `text`, which ends with a newline."""
        assert text.endswith("\n"), "the last line of a note is a whole line"
        signature = Ed25519PrivateKey.from_private_bytes(self.seed).sign(text.encode())
        return f"{text}\n{DASH}{self.name} {_base64(self.verifier.id + signature)}\n"


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """How large the log is, and the root of its tree."""

    origin: str
    size: int
    root: bytes

    @classmethod
    def read(cls, text: str) -> Self:
        """From the text of a note, which somebody has verified."""
        lines = text.split("\n")
        if len(lines) != 4 or lines[3] or not lines[0] or not lines[1].isdecimal():
            raise NotSigned("this is no checkpoint")
        found = cls(lines[0], int(lines[1]), _unbase64(lines[2]))
        if found.text != text:
            raise NotSigned("this is no checkpoint")
        return found

    @property
    def text(self) -> str:
        return f"{self.origin}\n{self.size}\n{_base64(self.root)}\n"


def _parts(spelled: str, count: int) -> list[str]:
    parts = spelled.split("+", count - 1)  # base64 has plus signs of its own
    if len(parts) != count:
        raise NotSigned("this is no key")
    return parts


def _key(spelled: str) -> bytes:
    found = _unbase64(spelled)
    if found[:1] != ED25519 or len(found) != 1 + SEED_BYTES:
        raise NotSigned("this is no Ed25519 key")
    return found[1:]


def _base64(content: bytes) -> str:
    return base64.b64encode(content).decode()


def _unbase64(spelled: str) -> bytes:
    try:
        return base64.b64decode(spelled, validate=True)
    except ValueError:
        raise NotSigned("this is no base64") from None
