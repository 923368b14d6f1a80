"""The identity vault: who is behind a person number, and every identifying field. Read by subject access alone.

A file is a row of sealed pieces (AES-256-GCM), so that a large one is never whole in memory. What is sealed with a
piece is its place: version, file and number. Pieces cannot be moved, repeated or left out without being noticed, nor
can the end be cut off, for the last piece is an empty one.

The nonce is a keyed hash of the content and its place: the same load writes the same bytes, and a nonce can repeat only
with the very same piece.
"""

import hmac
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from enclave.loading.durable import settle
from enclave.loading.keys import Secrets
from enclave.problems import Problem

MAGIC = b"enclave-vault-1\n"
NONCE_BYTES, LENGTH_BYTES = 12, 4
ROWS_PER_PIECE = 100_000
PERSONS_FILE, UNITS_FILE = "persons", "units"


class VaultUnreadable(Problem):
    code = "vault-unreadable"
    title = "The identity vault cannot be opened"
    status = 500


@dataclass(frozen=True, slots=True)
class Vault:
    """The vault of one data version, in its folder."""

    folder: Path
    version: str
    secrets: Secrets

    def write(self, name: str, pieces: Iterable[pa.RecordBatch]) -> None:
        """Seal the pieces into a new file `name`, which may have slashes."""
        path = self._path(name)
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with path.open("xb") as file:
            path.chmod(0o600)
            file.write(MAGIC)
            contents = chain((_packed(piece) for piece in pieces), [b""])
            for number, content in enumerate(contents, start=1):
                file.write(self._sealed(content, place=self._place(name, number)))
        settle(path)

    def read(self, name: str) -> Iterator[pa.Table]:
        """The pieces of the file in order.

        Raises:
            VaultUnreadable: the key is another, or the file is not as it was written.
        """
        with self._path(name).open("rb") as file:
            if file.read(len(MAGIC)) != MAGIC:
                raise self._unreadable(name)
            number = 1
            while content := self._opened(file, name, number):
                yield pq.read_table(io.BytesIO(content))
                number += 1
            if file.read(1):
                raise self._unreadable(name)

    def names(self) -> tuple[str, ...]:
        """All files of the vault, by the names that `read` takes."""
        return tuple(
            sorted(
                str(path.relative_to(self.folder).with_suffix("")) for path in self.folder.rglob("*.sealed")
            )
        )

    def _path(self, name: str) -> Path:
        return self.folder / f"{name}.sealed"

    def _place(self, name: str, number: int) -> bytes:
        return f"{self.version}\n{name}\n{number}".encode()

    def _sealed(self, content: bytes, *, place: bytes) -> bytes:
        nonce = hmac.new(self._key("nonce"), place + b"\0" + content, "sha256").digest()[:NONCE_BYTES]
        sealed = AESGCM(self._key("content")).encrypt(nonce, content, place)
        return len(sealed).to_bytes(LENGTH_BYTES) + nonce + sealed

    def _opened(self, file: io.BufferedReader, name: str, number: int) -> bytes:
        length = int.from_bytes(file.read(LENGTH_BYTES))
        nonce, sealed = file.read(NONCE_BYTES), file.read(length)
        try:
            return AESGCM(self._key("content")).decrypt(nonce, sealed, self._place(name, number))
        except (InvalidTag, ValueError):  # ValueError: a nonce cut short
            raise self._unreadable(name) from None

    def _key(self, purpose: str) -> bytes:
        return hmac.new(self.secrets.vault, purpose.encode(), "sha256").digest()

    def _unreadable(self, name: str) -> VaultUnreadable:
        return VaultUnreadable(
            detail=f"{name} in the vault of version {self.version} does not open with this home's vault key."
            " Put back the key, or restore the vault from a copy."
        )


def vault_folder(home_data: Path, version: str) -> Path:
    return home_data / "vault" / version


def _packed(piece: pa.RecordBatch) -> bytes:
    packed = io.BytesIO()
    pq.write_table(pa.Table.from_batches([piece]), packed, compression="zstd", store_schema=False)
    return packed.getvalue()
