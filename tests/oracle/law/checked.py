"""A ledger whose numbers wait for whoever releases or frees them: that of the store, without a store."""

from dataclasses import replace

from enclave.actions.ledger_memory import MemoryLedger
from enclave.outputs.ledger import Judged, NewNumbers, NumbersState
from enclave.outputs.records import QueryId


class CheckedLedger(MemoryLedger):
    """What is of a query is reserved until the query is released or freed."""

    def release(self, query: QueryId) -> None:
        """Its numbers were shown."""
        self._reservations = [
            replace(one, state=NumbersState.SHOWN) if one.query_id == query else one
            for one in self._reservations
        ]

    def free(self, query: QueryId) -> None:
        """Its numbers will never be shown."""
        self._reservations = [one for one in self._reservations if one.query_id != query]

    def flags(self, query: QueryId) -> int:
        """How many of its numbers are left to checkers."""
        mine = (one for one in self._reservations if one.query_id == query)
        return sum(bool(number.flagged) for one in mine for number in one.numbers)

    def _add(self, new: NewNumbers, judged: Judged) -> None:
        super()._add(new, judged)
        if new.query_id is not None:
            self._reservations[-1] = replace(self._reservations[-1], state=NumbersState.RESERVED)
