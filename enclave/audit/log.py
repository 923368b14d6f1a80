"""The log as the public sees it: static files that follow the leaves in the store.

The leaves are the truth and are durable first. `publish` brings the files up to them: tiles, bundles of leaves, and
last the signed checkpoint. It signs only what begins with what it has signed before. Where the leaves say otherwise,
the record was changed behind our back, and nothing more is signed.

Limit: a process that starts reads and hashes all leaves once (seconds for a million).
"""

import base64
import threading
from collections.abc import Callable, Iterable
from functools import lru_cache
from pathlib import Path
from typing import Final

from enclave.audit.files import RecordChanged, alone, replace, settle
from enclave.audit.notes import Checkpoint, NotSigned, Signer
from enclave.audit.succession import CHECKPOINT, FOLDER, KEY, follows
from enclave.audit.tiles import ENTRIES, HASH_BYTES, WIDTH, Edge, bundle, nodes, rows_of, tile_path
from enclave.audit.tree import consistency_proof, inclusion_proof, leaf_hash, root
from enclave.audit.verify import NotVerified, cosigned_path, read_checkpoint

KEPT_TILES = 256
PROOF = "c2sp.org/tlog-proof@v1"
LeavesFrom = Callable[[int], Iterable[bytes]]
"""The leaves of the store from a number on, in order and without a gap."""


class AuditLog:
    """The files of one log, below `folder`. Several processes may publish the same log."""

    def __init__(
        self, folder: Path, signer: Signer, *, signer_now: Callable[[], Signer] | None = None
    ) -> None:
        """`signer_now` reads the key again: another process may have let a next one take its place."""
        self.folder: Final = folder
        self._signer = signer
        self._signer_now = signer_now
        self._edge = Edge()
        self._bundle: list[bytes] = []
        self._signed = Checkpoint(signer.name, 0, Edge().root())
        self._publishing = threading.Lock()
        self._tile = lru_cache(KEPT_TILES)(self._read_tile)
        folder.mkdir(parents=True, exist_ok=True)
        with alone(folder):
            self._take_up_successor()
            replace(folder / KEY, f"{self._signer.verifier}\n".encode())

    @property
    def origin(self) -> str:
        return self._signer.name

    def publish(self, leaves_from: LeavesFrom) -> Checkpoint:
        """Bring the files up to the leaves there are, and return what is signed then.

        Raises:
            RecordChanged: the leaves, or a file, are not what was signed before. Nothing more is signed.
        """
        with self._publishing, alone(self.folder):
            held = self._held()
            if held.size < self._signed.size:
                raise RecordChanged(detail="the checkpoint was replaced by an older one")
            try:
                self._grow(leaves_from, held)
            except BaseException:
                self._edge, self._bundle = Edge(), []  # what was written is not known: begin again
                raise
            self._sign(held)
            return self._signed

    def checkpoint(self) -> Checkpoint:
        """What is signed and published now."""
        with alone(self.folder):
            return self._held()

    def proof(self, seq: int) -> str | None:
        """That the leaf `seq` is in the log, for anybody to check (C2SP tlog-proof); None if it is not published."""
        with alone(self.folder):
            self._take_up_successor()
            note = self._note()
            held = self._read(note)
        if not 0 <= seq < held.size:
            return None
        hashes = inclusion_proof(seq, held.size, nodes(held.size, self._tile))
        lines = [PROOF, f"index {seq}", *(base64.b64encode(found).decode() for found in hashes), "", note]
        return "\n".join(lines)

    def consistency(self, old: int) -> list[bytes]:
        """That the log as published begins with its first `old` leaves."""
        size = self.checkpoint().size
        return consistency_proof(old, size, nodes(size, self._tile))

    def begins_with(self, old: Checkpoint) -> bool:
        """Whether the log as published begins with what `old` says."""
        size = self.checkpoint().size
        return old.size <= size and root(old.size, nodes(size, self._tile)) == old.root

    def keep_cosigned(self, note: str, witness: str) -> Checkpoint:
        """Serve a checkpoint that a witness has cosigned, beside our own: the newest of each witness.

        Raises:
            NotVerified: it is not ours, the witness has not signed it, or a newer one is kept.
        """
        self.checkpoint()  # and so with the key that is in use now
        key = str(self._signer.verifier)
        head = read_checkpoint(note, key, witness)
        found = Checkpoint(head.origin, head.size, head.root)
        if not self.begins_with(found):
            raise NotVerified("the log does not begin with the checkpoint that was cosigned")
        path = self.folder / cosigned_path(witness)
        path.parent.mkdir(exist_ok=True)
        with alone(self.folder):
            if path.exists() and _size(path.read_text("utf-8"), key, witness) > head.size:
                raise NotVerified("a newer checkpoint which this witness has signed is kept")
            replace(path, note.encode())
        return found

    def _grow(self, leaves_from: LeavesFrom, held: Checkpoint) -> None:
        for leaf in leaves_from(self._edge.size):
            self._add(leaf)
            if self._edge.size == held.size:
                self._compare(held)
        if self._edge.size < held.size:
            raise RecordChanged(detail=f"{held.size} leaves were signed, and there are {self._edge.size}")

    def _add(self, leaf: bytes) -> None:
        self._bundle.append(leaf)
        for tile in self._edge.add(leaf_hash(leaf)):
            settle(self.folder / tile.path, tile.content)
            if tile.level == 0:
                settle(self.folder / tile_path(ENTRIES, tile.index), bundle(self._bundle))
                self._bundle = []

    def _compare(self, held: Checkpoint) -> None:
        if self._edge.root() != held.root:
            raise RecordChanged(detail=f"the first {held.size} leaves are not those that were signed")

    def _sign(self, held: Checkpoint) -> None:
        if self._edge.size > held.size or not (self.folder / CHECKPOINT).exists():
            for tile in self._edge.partial():
                settle(self.folder / tile.path, tile.content)
            if self._bundle:
                path = tile_path(ENTRIES, self._edge.size // WIDTH, len(self._bundle))
                settle(self.folder / path, bundle(self._bundle))
            held = Checkpoint(self.origin, self._edge.size, self._edge.root())
            replace(self.folder / CHECKPOINT, self._signer.sign(held.text).encode())
        self._signed = held

    def _held(self) -> Checkpoint:
        self._take_up_successor()
        return self._read(self._note())

    def _take_up_successor(self) -> None:
        """If our key has named an heir which is in its place by now, sign with that one from here on."""
        if self._signer_now is None or not (self.folder / FOLDER).exists():
            return
        found = self._signer_now()
        if found.verifier != self._signer.verifier and follows(
            self.folder, self._signer.verifier, found.verifier
        ):
            self._signer = found

    def _note(self) -> str:
        path = self.folder / CHECKPOINT
        if not path.exists():
            return self._signer.sign(Checkpoint(self.origin, 0, Edge().root()).text)
        return path.read_text(encoding="utf-8")

    def _read(self, note: str) -> Checkpoint:
        try:
            held = Checkpoint.read(self._signer.verifier.text_of(note))
        except NotSigned as problem:
            raise RecordChanged(detail=f"the checkpoint is not ours: {problem}") from problem
        if held.origin != self.origin:
            raise RecordChanged(detail="the checkpoint is that of another log")
        return held

    def _read_tile(self, level: int, index: int, width: int) -> tuple[list[bytes], ...]:
        """The hashes of a tile, and above them those of the whole subtrees that they make up."""
        path = self.folder / tile_path(str(level), index, width)
        if not path.exists():  # the whole tile is there before its parts are removed
            path = self.folder / tile_path(str(level), index)
        return rows_of(path.read_bytes()[: width * HASH_BYTES])


def _size(note: str, key: str, witness: str) -> int:
    """How many leaves a kept checkpoint is about; none if it is not of this key, but of one before it."""
    try:
        return read_checkpoint(note, key, witness).size
    except NotVerified:
        return 0
