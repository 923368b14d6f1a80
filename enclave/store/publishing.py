"""Bringing the public files up to the leaves, on a thread of its own and on a beat.

The beat is not for speed alone: a checkpoint for every commit would tell the world when each thing happened.
"""

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Engine, select

from enclave.audit import AuditLog, RecordChanged
from enclave.store.database import reading
from enclave.store.tables import LEAVES

LOG = logging.getLogger(__name__)
ROWS_AT_ONCE = 1_000


class Publisher:
    """Publishes at most once every `seconds` after something was committed. `stop` publishes what is left."""

    def __init__(self, engine: Engine, log: AuditLog, *, seconds: float) -> None:
        self._engine = engine
        self._log = log
        self._seconds = seconds
        self._something = threading.Event()
        self._stopping = threading.Event()
        self._changed: RecordChanged | None = None
        self.publish()
        self._thread = threading.Thread(target=self._run, name="enclave-publisher", daemon=True)
        self._thread.start()

    def publish(self) -> None:
        """Publish now.

        Raises:
            RecordChanged: now, and whenever `check` is asked from now on.
        """
        with self._remembering():
            self._log.publish(self._leaves_from)

    def proof(self, seq: int) -> str | None:
        """The proof of the entry `seq`, which is published first if it was not; None if there is no such entry.

        Raises:
            RecordChanged: as `publish`.
        """
        with self._remembering():
            found = self._log.proof(seq)
            if found is None:
                self._log.publish(self._leaves_from)
                found = self._log.proof(seq)
            return found

    @contextmanager
    def _remembering(self) -> Iterator[None]:
        self.check()
        try:
            yield
        except RecordChanged as changed:
            self._changed = changed
            raise

    def tell(self) -> None:
        """There is something to publish."""
        self._something.set()

    def check(self) -> None:
        """Raises: RecordChanged, if it was ever found: nothing more is recorded on top of a changed record."""
        if self._changed is not None:
            raise RecordChanged(detail=self._changed.detail)

    def stop(self) -> None:
        self._stopping.set()
        self._something.set()
        self._thread.join()
        self._try()

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._something.wait()
            self._something.clear()
            self._try()
            self._stopping.wait(self._seconds)

    def _try(self) -> None:
        """Publish. What cannot be published now is durable, and waits for the next beat or the next start."""
        try:
            self.publish()
        except Exception as error:  # noqa: BLE001 - the edge of a thread
            LOG.error("the audit log was not published: %s", type(error).__name__)
            if self._changed is None:
                self._something.set()

    def _leaves_from(self, seq: int) -> Iterator[bytes]:
        wanted = select(LEAVES.c.seq, LEAVES.c.leaf).where(LEAVES.c.seq >= seq).order_by(LEAVES.c.seq)
        with reading(self._engine) as connection:
            found = connection.execution_options(yield_per=ROWS_AT_ONCE).execute(wanted)
            for expected, row in enumerate(found, start=seq):
                if row.seq != expected:
                    raise RecordChanged(detail=f"the leaf {expected} is missing")
                yield bytes(row.leaf)
