"""A ledger with many numbers in it, as a project's own session leaves them, and one that keeps nothing more."""

from dataclasses import dataclass

from enclave.actions.ledger_books import Books
from enclave.actions.ledger_desk import scope_of
from enclave.actions.ledger_memory import MemoryLedger
from enclave.actions.run_query import Desk, run_query
from enclave.outputs.ledger import Known, LabelsOf, NewNumbers, Recheck, Scope
from enclave.wiring.session import Answering
from tests.support.corpus import session_queries


@dataclass(frozen=True, slots=True)
class Fixed:
    """A ledger as it is, in which nothing is reserved, so that a question can be asked again and again."""

    ledger: MemoryLedger

    def shown(self, scope: Scope) -> Known:
        return self.ledger.shown(scope)

    @property
    def labels_of(self) -> LabelsOf:
        return self.ledger.labels_of

    def reserve(self, new: NewNumbers) -> None:
        del new

    def reserve_alone(self, new: NewNumbers, recheck: Recheck) -> None:
        del new, recheck


def remembered(desk: Answering, numbers: int) -> MemoryLedger:
    """The ledger once so much of the session of `tests/corpus/sessions.sql` is answered, schools first."""
    ledger, books, session = MemoryLedger(), Books(), desk.session
    for query in sorted(session_queries(), key=lambda query: query.level != "school"):
        if recorded(desk, ledger) >= numbers:
            break
        at_desk = Desk(session.policies, desk.store, desk.scratch, ledger, session.clock.now(), books)
        run_query(session.question(query.sql), at_desk)
    return ledger


def recorded(desk: Answering, ledger: MemoryLedger) -> int:
    """How many numbers it holds for the project of the session."""
    scope = scope_of(desk.session.project, desk.session.policies)
    return sum(len(one.numbers) for one in ledger.shown(scope).reservations)
