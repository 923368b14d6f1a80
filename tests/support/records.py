"""A store in a folder of its own, with a clock that stands until it is moved."""

import os
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from enclave.audit import AuditLog, make_audit_key, read_audit_key
from enclave.store import Store

ORIGIN = "enclave.test/audit"
START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@dataclass
class FakeClock:
    """Stands still; `move` it."""

    time: datetime = START

    def now(self) -> datetime:
        return self.time

    def move(self, **by: float) -> None:
        self.time += timedelta(**by)


def new_salt() -> bytes:
    return os.urandom(32)


def log_in(folder: Path) -> AuditLog:
    """The log in `folder`, with the key that it has, or a new one."""
    keys = folder / "keys"
    if not keys.exists():
        make_audit_key(keys, origin=ORIGIN, new_key=os.urandom)
    return AuditLog(folder / "audit", read_audit_key(keys))


def open_store(
    folder: Path, *, clock: FakeClock | None = None, url: str | None = None, publish_seconds: float = 60
) -> Store:
    """The store in `folder`: a new one, or the one that is there. Its log is published when it is closed, or asked."""
    return Store.open(
        url or f"sqlite:///{folder / 'enclave.db'}",
        log=log_in(folder),
        clock=clock or FakeClock(),
        new_salt=new_salt,
        publish_seconds=publish_seconds,
    )
