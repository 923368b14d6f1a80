"""The two secrets of the loader, in files that only their owner can read.

`vault` encrypts the identity vault. `record` makes person numbers, dense keys and record keys unguessable; it stays the
same for as long as any data version is in use, for the cell keys and the ledger rest on it.
"""

import os
import stat
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from enclave.problems import Problem

KEY_BYTES = 32
VAULT_KEY, RECORD_KEY = "vault.key", "record.key"
OWNER_ONLY = 0o600


class KeyUnusable(Problem):
    code = "key-unusable"
    title = "A key file is missing or open to others"
    status = 500


@dataclass(frozen=True, slots=True, repr=False)
class Secrets:
    """Never shown: the `repr` is the object's own."""

    vault: bytes
    record: bytes


def make_secrets(keys: Path, *, new_key: Callable[[int], bytes]) -> Secrets:
    """Write both key files, each of `new_key(32)` bytes. A key that exists is never replaced: it is a problem."""
    keys.mkdir(parents=True, exist_ok=True, mode=0o700)
    for name in (VAULT_KEY, RECORD_KEY):
        _write_new(keys / name, new_key(KEY_BYTES))
    return read_secrets(keys)


def read_secrets(keys: Path) -> Secrets:
    """Both keys. A missing or short one, or one that others can read, is a problem; none is made in its place."""
    return Secrets(vault=_read(keys / VAULT_KEY), record=_read(keys / RECORD_KEY))


def _write_new(path: Path, content: bytes) -> None:
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ONLY)
    except FileExistsError:
        raise KeyUnusable(detail=f"{path.name} exists already and is not replaced.") from None
    with os.fdopen(handle, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _read(path: Path) -> bytes:
    if not path.is_file():
        raise KeyUnusable(
            detail=f"{path.name} is missing. Put back the key of this home; a new one cannot open its vault."
        )
    if stat.S_IMODE(path.stat().st_mode) & ~OWNER_ONLY:
        raise KeyUnusable(detail=f"{path.name} can be read by others. Set its mode to 600.")
    content = path.read_bytes()
    if len(content) != KEY_BYTES:
        raise KeyUnusable(detail=f"{path.name} does not hold {KEY_BYTES} bytes.")
    return content
