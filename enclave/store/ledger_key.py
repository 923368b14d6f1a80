"""The ledger's own secret, in a file that only its owner can read. With another one nothing of the ledger can be read.

A home of an earlier version has none: it gets one when it is first opened. Should the file be lost later, the new one
is found to be another by the check that the database keeps, and nothing is opened.
"""

import os
import stat
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from enclave.problems import Problem
from enclave.store.ledger_seal import KEY_BYTES

LEDGER_KEY = "ledger.key"
OWNER_ONLY = 0o600


class LedgerKeyUnusable(Problem):
    code = "key-unusable"
    title = "A key file is missing or open to others"
    status = 500


def make_ledger_key(keys: Path, *, new_key: Callable[[int], bytes]) -> bytes:
    """The key there is, or a new one: whoever comes first makes it."""
    keys.mkdir(parents=True, exist_ok=True, mode=0o700)
    path, part = keys / LEDGER_KEY, keys / f".{LEDGER_KEY}.{new_key(4).hex()}"
    if path.exists():
        return read_ledger_key(keys)
    handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ONLY)
    with os.fdopen(handle, "wb") as file:
        file.write(new_key(KEY_BYTES))
        file.flush()
        os.fsync(file.fileno())
    with suppress(FileExistsError):  # somebody else was first: theirs stays
        os.link(part, path)
    part.unlink()
    return read_ledger_key(keys)


def read_ledger_key(keys: Path) -> bytes:
    path = keys / LEDGER_KEY
    if not path.is_file():
        raise LedgerKeyUnusable(detail=f"{LEDGER_KEY} is missing. Put back the key of this home.")
    if stat.S_IMODE(path.stat().st_mode) & ~OWNER_ONLY:
        raise LedgerKeyUnusable(detail=f"{LEDGER_KEY} can be read by others. Set its mode to 600.")
    content = path.read_bytes()
    if len(content) != KEY_BYTES:
        raise LedgerKeyUnusable(detail=f"{LEDGER_KEY} does not hold {KEY_BYTES} bytes.")
    return content
