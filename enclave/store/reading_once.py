"""A reading that does not ask twice for a query or an output while nothing can have changed it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar, cast

from sqlalchemy import Connection

from enclave.outputs.records import OutputId, OutputRecord, QueryId, QueryRecord
from enclave.store.reading import StoreReading

Id = TypeVar("Id", QueryId, OutputId)
Record = TypeVar("Record", QueryRecord, OutputRecord)


class ReadingOnce(StoreReading):
    """A reading inside a transaction that changes things: what is read is kept within `unchanged` alone."""

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection)
        self._seen: dict[str, QueryRecord | OutputRecord | None] | None = None

    @contextmanager
    def unchanged(self) -> Iterator[None]:
        """Whoever opens it changes no query and no output until it is closed."""
        before, self._seen = self._seen, {}
        try:
            yield
        finally:
            self._seen = before

    def query(self, id: QueryId) -> QueryRecord | None:
        return self._once(id, super().query)

    def output(self, id: OutputId) -> OutputRecord | None:
        return self._once(id, super().output)

    def _once(self, id: Id, read: Callable[[Id], Record | None]) -> Record | None:
        if self._seen is None:
            return read(id)
        if id not in self._seen:
            self._seen[id] = read(id)
        return cast("Record | None", self._seen[id])
