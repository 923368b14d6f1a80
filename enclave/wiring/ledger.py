"""The ledger of a session without a server: that of its home, or one that is forgotten with it.

A session opens the home's own record, which is made if there is none, beside a gateway that may be serving it: whoever
writes holds the writers' lock of the database, and its leaf is the next one; the public files are brought up to the
leaves under a lock of their own. So both record in one log, and each is judged with what the other showed.

Limit: where several gateways share a database that is not in the home, a session does not see it.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol, TypeAlias

from enclave.actions.check_policy import Policies
from enclave.actions.ledger_desk import Ledger, scopes_of
from enclave.actions.ledger_memory import MemoryLedger
from enclave.actions.reach_kept import Unkept
from enclave.audit import Entry
from enclave.outputs.ledger import Known, LabelsOf, NewNumbers, Recheck, Scope
from enclave.store import Store
from enclave.transparency.reach import ReachLog
from enclave.wiring.home import Home, WrongUse
from enclave.wiring.records import open_records
from enclave.wiring.sources import SystemClock

LedgerFor: TypeAlias = Callable[[Entry], Ledger]
"""The ledger for one question, whose entry is given: it is written when numbers are shown."""


class SessionReach(ReachLog, Protocol):
    """Where a session keeps whose records it reached."""

    def shown(self, uses: Iterable[int]) -> None:
        """What these came to was shown."""
        ...


@dataclass(frozen=True, slots=True)
class SessionRecord:
    """What a session keeps its answers' numbers in, and whose records they are from."""

    ledger_of: LedgerFor
    reach: SessionReach


class Counts(StrEnum):
    """What was shown before that counts for a session: all that the home remembers, or only what the session showed."""

    HOME = "home"
    SESSION = "session"


@dataclass(frozen=True, slots=True)
class ShownAtOnce:
    """The home's ledger for one question whose answer nobody has to release: its numbers are shown when reserved."""

    store: Store
    entry: Entry

    def shown(self, scope: Scope) -> Known:
        return self.store.ledger.shown(scope)

    @property
    def labels_of(self) -> LabelsOf:
        return self.store.ledger.labels_of

    def reserve(self, new: NewNumbers) -> None:
        """Raises: Raced."""
        self.store.write(self.entry, lambda change: change.show_at_once(new))

    def reserve_alone(self, new: NewNumbers, recheck: Recheck) -> None:
        """Raises: NotTogether."""
        self.store.write_alone(self.entry, lambda change: change.show_at_once(new, recheck=recheck))


@contextmanager
def ledger_for(home: Home, policies: Policies, counts: Counts) -> Iterator[SessionRecord]:
    """The record of a session.

    Raises:
        WrongUse: what others were shown is to be left out, and the people in the data are real.
        RecordChanged: the home's record is not what was signed.
    """
    if counts is Counts.SESSION:
        if not policies.house.synthetic:
            raise WrongUse("The data of this home are real, so what was shown before always counts.")
        forgotten = MemoryLedger()
        yield SessionRecord(lambda _entry: forgotten, Unkept())
        return
    with open_records(home, clock=SystemClock()) as store:
        store.ledger.remember(scopes_of(policies))
        yield SessionRecord(lambda entry: ShownAtOnce(store, entry), store.reach)
