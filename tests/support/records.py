"""A store in a folder of its own, with a clock that stands until it is moved."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

import pytest
from sqlalchemy import Connection, create_engine

from enclave.audit import AuditLog, make_audit_key, read_audit_key
from enclave.store import Store, database
from enclave.store.database import connect
from enclave.store.migrating import bring_up_to_date

ORIGIN = "enclave.test/audit"
LEDGER_KEY = bytes(range(32))
START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@dataclass
class FakeClock:
    """Stands still; `move` it."""

    time: datetime = START

    def now(self) -> datetime:
        return self.time

    def move(self, **by: float) -> None:
        self.time += timedelta(**by)


@contextmanager
def past_our_code(url: str) -> Iterator[Connection]:
    """A transaction of somebody who uses the database and not the store."""
    engine = create_engine(url)
    try:
        with engine.begin() as connection:
            yield connection
    finally:
        engine.dispose()


def without_waiting_for_the_disk(patch: pytest.MonkeyPatch) -> None:
    """For tests of what is kept, not of whether a power cut spares it."""
    patch.setattr(database, "SETTINGS", (*database.SETTINGS, "synchronous=OFF"))
    patch.setattr(os, "fsync", lambda _: None)


def make_tables(url: str) -> None:
    engine = connect(url)
    bring_up_to_date(engine)
    engine.dispose()


@cache
def new_database() -> bytes:
    """A database of SQLite with nothing in its tables, to be written: to make one takes longer than most tests."""
    with tempfile.TemporaryDirectory(prefix="enclave-test-") as folder:
        place = Path(folder) / "enclave.db"
        make_tables(f"sqlite:///{place}")
        return place.read_bytes()


def new_salt() -> bytes:
    return os.urandom(32)


def log_in(folder: Path) -> AuditLog:
    """The log in `folder`, with the key that it has, or a new one."""
    keys = folder / "keys"
    if not keys.exists():
        make_audit_key(keys, origin=ORIGIN, new_key=os.urandom)
    return AuditLog(folder / "audit", read_audit_key(keys))


def open_store(
    folder: Path,
    *,
    clock: FakeClock | None = None,
    url: str | None = None,
    publish_seconds: float = 60,
    ledger_key: bytes = LEDGER_KEY,
) -> Store:
    """The store in `folder`: a new one, or the one that is there. Its log is published when it is closed, or asked."""
    if url is None and not (folder / "enclave.db").exists():
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "enclave.db").write_bytes(new_database())
    return Store.open(
        url or f"sqlite:///{folder / 'enclave.db'}",
        log=log_in(folder),
        clock=clock or FakeClock(),
        new_salt=new_salt,
        ledger_key=ledger_key,
        publish_seconds=publish_seconds,
    )
