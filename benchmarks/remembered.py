"""A ledger with many numbers in it, as a project's own session leaves them, and one that keeps nothing more."""

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass

from enclave.actions.ledger_books import Books
from enclave.actions.ledger_desk import scope_of
from enclave.actions.ledger_memory import MemoryLedger
from enclave.actions.run_query import Desk, run_query
from enclave.outputs.ledger import Known, LabelsOf, NewNumbers, Recheck, Scope
from enclave.problems import Refusals
from enclave.wiring.session import Answering
from tests.support.corpus import session_queries

YEARS_BACK = 6
_YEAR = re.compile(r"'(20[0-9]{2})/[0-9]{2}'")


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
    """The ledger once so many numbers are in it, or all of the session of `tests/corpus/sessions.sql`, schools first.

    Where one session leaves fewer, the same is asked about the years before too.
    """
    ledger, books, session = MemoryLedger(), Books(), desk.session
    for sql in _texts():
        if recorded(desk, ledger) >= numbers:
            break
        at_desk = Desk(session.policies, desk.store, desk.scratch, ledger, session.clock.now(), books)
        with suppress(Refusals):  # a year that there is no data of
            run_query(session.question(sql), at_desk)
    return ledger


def _texts() -> Iterator[str]:
    for back in range(YEARS_BACK):
        for query in sorted(session_queries(), key=lambda query: query.level != "school"):
            sql = years_back(query.sql, back)
            if not back or sql != query.sql:
                yield sql


def years_back(sql: str, back: int) -> str:
    """The same about so many years before."""

    def before(found: re.Match[str]) -> str:
        year = int(found[1]) - back
        return f"'{year}/{(year + 1) % 100:02d}'"

    return _YEAR.sub(before, sql)


def recorded(desk: Answering, ledger: MemoryLedger) -> int:
    """How many numbers it holds for the project of the session."""
    scope = scope_of(desk.session.project, desk.session.policies)
    return sum(len(one.numbers) for one in ledger.shown(scope).reservations)
