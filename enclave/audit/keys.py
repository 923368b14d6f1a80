"""The log's own key, in a file that only its owner can read. A lost one is never replaced: the log would be another."""

import os
import stat
from collections.abc import Callable
from pathlib import Path

from enclave.audit.notes import NotSigned, Signer
from enclave.problems import Problem

AUDIT_KEY, NEXT_KEY = "audit.key", "audit.key.next"
OWNER_ONLY = 0o600


class AuditKeyUnusable(Problem):
    code = "key-unusable"
    title = "A key file is missing or open to others"
    status = 500


def make_audit_key(
    keys: Path, *, origin: str, new_key: Callable[[int], bytes], name: str = AUDIT_KEY
) -> Signer:
    """A new key for the log (or witness) that is called `origin`. One that exists is never replaced."""
    signer = Signer.new(origin, new_key=new_key)
    keys.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        handle = os.open(keys / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ONLY)
    except FileExistsError:
        raise AuditKeyUnusable(detail=f"{name} exists already and is not replaced.") from None
    with os.fdopen(handle, "w") as file:
        file.write(signer.spelled + "\n")
        file.flush()
        os.fsync(file.fileno())
    return signer


def take_up_next_key(keys: Path) -> None:
    """Put the next key in the place of the one in use. On the disk when the call returns; nothing to do is no error."""
    if (keys / NEXT_KEY).exists():
        (keys / NEXT_KEY).replace(keys / AUDIT_KEY)
        handle = os.open(keys, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def read_audit_key(keys: Path, *, name: str = AUDIT_KEY) -> Signer:
    path = keys / name
    if not path.is_file():
        raise AuditKeyUnusable(
            detail=f"{name} is missing. Put back the key of this home; with a new one it is another log."
        )
    if stat.S_IMODE(path.stat().st_mode) & ~OWNER_ONLY:
        raise AuditKeyUnusable(detail=f"{name} can be read by others. Set its mode to 600.")
    try:
        return Signer.read(path.read_text())
    except NotSigned:
        raise AuditKeyUnusable(detail=f"{name} does not hold the key of a log.") from None
