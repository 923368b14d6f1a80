"""How fast acts are recorded, durably, and how long a proof takes.

    python -m benchmarks.record [FOLDER]

FOLDER should be on the disk that the service will use: most of the time is the disk's.
"""

import os
import random
import secrets
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from enclave.audit import AuditLog, Entry, Kind, make_audit_key
from enclave.store import Store
from enclave.terms import PersonId, ProjectId

SECONDS = 3.0
ENTRY = Entry(Kind.CHECK_MADE, PersonId("ann"), ProjectId("P-1"), {"sql": b"SELECT 1"})
LEAVES = 1_000_000


class Clock:
    def now(self) -> datetime:
        return datetime.now(UTC)


def appends_per_second(store: Store, callers: int) -> float:
    """Acts recorded, each answered when it is on the disk."""
    counts, ends = [0] * callers, time.perf_counter() + SECONDS

    def call(mine: int) -> None:
        while time.perf_counter() < ends:
            store.write(ENTRY, lambda _: None)
            counts[mine] += 1

    threads = [threading.Thread(target=call, args=(mine,)) for mine in range(callers)]
    started = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(counts) / (time.perf_counter() - started)


def milliseconds(work: Callable[[], object], *, times: int) -> float:
    started = time.perf_counter()
    for _ in range(times):
        work()
    return (time.perf_counter() - started) / times * 1_000


def _salt() -> bytes:
    return secrets.token_bytes(32)


def _write_through(probe: BinaryIO) -> None:
    probe.write(bytes(4096))
    probe.flush()
    os.fsync(probe.fileno())


def main(folder: Path) -> None:
    signer = make_audit_key(folder / "keys", origin="bench.example/audit", new_key=secrets.token_bytes)
    log = AuditLog(folder / "audit", signer)
    with (folder / "probe").open("wb") as probe:
        sync = milliseconds(lambda: _write_through(probe), times=50)
    print(f"one fsync {sync:.2f} ms")
    url = f"sqlite:///{folder / 'enclave.db'}"
    with Store.open(url, log=log, clock=Clock(), new_salt=_salt, ledger_key=_salt()) as store:
        for callers in (1, 8, 32):
            print(f"{callers} caller(s): {appends_per_second(store, callers):,.0f} entries a second")
    large = AuditLog(folder / "large", signer)
    leaves = [b"leaf %d" % number for number in range(LEAVES)]
    started = time.perf_counter()
    large.publish(lambda seq: leaves[seq:])
    print(f"{LEAVES:,} leaves published in {time.perf_counter() - started:.1f} s")
    started = time.perf_counter()
    again = AuditLog(folder / "large", signer)
    again.publish(lambda seq: leaves[seq:])
    print(f"{LEAVES:,} leaves compared with what was signed in {time.perf_counter() - started:.1f} s")
    took = milliseconds(lambda: again.proof(random.randrange(LEAVES)), times=500)
    print(f"an inclusion proof among {LEAVES:,} leaves, tiles from the disk: {took:.2f} ms")


if __name__ == "__main__":
    if len(sys.argv) > 1:
        main(Path(sys.argv[1]))
    else:
        with tempfile.TemporaryDirectory() as made:
            main(Path(made))
