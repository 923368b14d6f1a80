"""Populations as they lie in the database: named by a keyed hash, sealed with AES-256-GCM, read by whoever has the key.

What is sealed with a population is its name, so that none can be put in another's place. The nonce is a keyed hash of
the content: the same population is the same bytes, and a nonce can repeat only with the very same content.

Limit: how long a sealed population is tells roughly how many people it has.
"""

import hmac
import threading
import zlib
from collections import OrderedDict
from typing import Final

import numpy as np
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from enclave.disclosure.ledger.numbers import Labels
from enclave.disclosure.ledger.packed import pack, unpack
from enclave.outputs.ledger import LabelsKey
from enclave.problems import Problem

KEY_BYTES: Final = 32
NAME_BYTES: Final = 16
NONCE_BYTES: Final = 12
MOST_KEPT_BYTES: Final = 8 << 20
MOST_OF_ONE: Final = 1 << 16
"""Of populations that are kept sealed: a question that is asked again seals the same ones."""


class LedgerUnreadable(Problem):
    code = "ledger-unreadable"
    title = "The record of what was shown cannot be opened"
    status = 500


class LabelsSeal:
    """The uses of the ledger's one secret, each with a key of its own. Never shown: the `repr` is the object's own."""

    def __init__(self, secret: bytes) -> None:
        def key(purpose: bytes) -> bytes:
            return hmac.digest(secret, b"enclave ledger " + purpose, "sha256")

        self._check, self._names, self._nonces = key(b"check"), key(b"name"), key(b"nonce")
        self._box = AESGCM(key(b"content"))
        self._sealed = _SealedKept(MOST_KEPT_BYTES)

    def check(self) -> bytes:
        """Tells whether two secrets are the same, and nothing else."""
        return self._check

    def name(self, labels: Labels) -> LabelsKey:
        """The key of a population: the same for equal labels."""
        return LabelsKey(hmac.digest(self._names, _bytes(labels), "sha256")[:NAME_BYTES])

    def seal(self, labels: Labels, name: LabelsKey) -> bytes:
        """The labels, sealed under the name that `name` gives for them."""
        found = self._sealed.get(name)
        if found is None:
            content = pack(labels)
            nonce = hmac.digest(self._nonces, name + content, "sha256")[:NONCE_BYTES]
            found = nonce + self._box.encrypt(nonce, content, name)
            self._sealed.keep(name, found)
        return found

    def open(self, sealed: bytes, name: LabelsKey) -> Labels:
        """The labels that were sealed under the name.

        Raises:
            LedgerUnreadable: the secret is another, or the bytes are not as they were written.
        """
        nonce, content = sealed[:NONCE_BYTES], sealed[NONCE_BYTES:]
        try:
            found = unpack(self._box.decrypt(nonce, content, name))
        except (InvalidTag, ValueError):
            raise LedgerUnreadable(
                detail="A population cannot be opened: the ledger's key is another, or the database was changed."
            ) from None
        found.flags.writeable = False
        return found

    def seal_sketches(self, sketches: bytes, place: bytes) -> bytes:
        """Sketches of the numbers with the digest `place`."""
        content = zlib.compress(sketches, level=1)
        nonce = hmac.digest(self._nonces, place + content, "sha256")[:NONCE_BYTES]
        return nonce + self._box.encrypt(nonce, content, place)

    def open_sketches(self, sealed: bytes, place: bytes) -> bytes:
        """What was sealed there; nothing where nothing was kept.

        Raises:
            LedgerUnreadable: as `open`.
        """
        if not sealed:
            return b""
        try:
            return zlib.decompress(self._box.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], place))
        except InvalidTag:
            raise LedgerUnreadable(
                detail="Sketches cannot be opened: the ledger's key is another, or the database was changed."
            ) from None


class _SealedKept:
    """Sealed populations by name, those that were asked for last, up to so many bytes: the name says what they hold."""

    def __init__(self, most_bytes: int) -> None:
        self._most = most_bytes
        self._bytes = 0
        self._kept: OrderedDict[LabelsKey, bytes] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, name: LabelsKey) -> bytes | None:
        with self._lock:
            found = self._kept.get(name)
            if found is not None:
                self._kept.move_to_end(name)
            return found

    def keep(self, name: LabelsKey, sealed: bytes) -> None:
        if len(sealed) > MOST_OF_ONE:
            return
        with self._lock:
            if name not in self._kept:
                self._kept[name] = sealed
                self._bytes += len(sealed)
            while self._bytes > self._most:
                self._bytes -= len(self._kept.popitem(last=False)[1])


def _bytes(labels: Labels) -> bytes:
    return np.ascontiguousarray(labels, dtype="<i8").tobytes()
