"""What questions are answered with, for each policy in force: one research store, one scratch, many projects."""

import threading
from collections.abc import Callable, Iterable
from datetime import datetime

from enclave.actions.check_policy import Policies
from enclave.actions.ledger_books import Books
from enclave.actions.ledger_desk import Ledger
from enclave.actions.run_query import Desk
from enclave.engines.duckdb.engine import DuckDBEngine
from enclave.engines.project import ProjectScratch
from enclave.engines.scratch import Scratch
from enclave.people.consents import Consent
from enclave.terms import ProjectId
from enclave.transparency.reach import ReachLog
from enclave.wiring.consents import ConsentLists, Found
from enclave.wiring.home import Home
from enclave.wiring.store import HomeStore, LeftOut, SandboxTooWeak, nobody

POLICIES_KEPT = 2  # the one in force, and the one before it, which queries may still run under


class QuestionDesks:
    """Call it for the desk of a question."""

    def __init__(
        self,
        home: Home,
        engine: DuckDBEngine,
        ledger: Ledger,
        books: Books,
        *,
        minimum_level: int,
        reach: ReachLog,
        consents: Callable[[], Iterable[Consent]],
        left_out: LeftOut = nobody,
    ) -> None:
        self._left_out = left_out
        self._data, self._keys = home.data, home.keys
        self._books = books
        self._engine = engine
        self._ledger = ledger
        self._reach = reach
        self._scratch = Scratch(engine, minimum_level=minimum_level)
        self._lock = threading.Lock()
        self._consents = consents
        self._bases: Found = {}
        self._stores: dict[tuple[str, int], HomeStore] = {}

    def __call__(self, policies: Policies, project: ProjectId, now: datetime) -> Desk:
        store = self._store(policies)
        return Desk(
            policies,
            store,
            ProjectScratch(self._scratch, project),
            self._ledger,
            now,
            self._books,
            self._reach,
            ConsentLists(store, self._consents, now, self._bases),
        )

    def _store(self, policies: Policies) -> HomeStore:
        with self._lock:
            named = policies.content_hash, id(policies.catalogue)  # a field can go while the files stay
            if named not in self._stores:
                self._stores[named] = HomeStore(
                    self._data, policies.catalogue, self._engine, self._keys, self._left_out
                )
            while len(self._stores) > POLICIES_KEPT:
                del self._stores[next(iter(self._stores))]
            return self._stores[named]


def strong_enough(engine: DuckDBEngine, policies: Policies) -> int:
    """The level that the sandbox reaches on this machine.

    Raises:
        SandboxTooWeak: the house requires more.
    """
    required = policies.house.sandbox.minimum_level
    level = engine.sandbox_level().level
    if level < required:
        raise SandboxTooWeak(
            detail=f"house.yaml requires level {required}, and this machine reaches {level}."
        )
    return level
