"""The front door to a little world: sessions with a ledger of their own, and every byte that leaves."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from enclave.actions.answer_json import answer_json, stopped_json
from enclave.actions.ledger_books import Books
from enclave.actions.ledger_memory import MemoryLedger
from enclave.actions.plan_query import Question
from enclave.actions.run_query import Desk, Engine, run_query
from enclave.disclosure.perturbation.record_keys import RecordKeys
from enclave.problems import Problem, Refusals
from enclave.projects import Policy
from enclave.query.shadow import Shadow
from enclave.terms import PersonId, ProjectId
from tests.attacks.sessions.enclave import SiteEngine
from tests.attacks.sessions.policies import HIDDEN as HIDDEN_CODES
from tests.attacks.sessions.policies import Margins, policies
from tests.oracle.law.files import Row, rounded
from tests.oracle.law.questions import Asked
from tests.oracle.law.world import MEASURES, World, make_world
from tests.oracle.policies import RESEARCHER
from tests.support.ask import NOW, scratch


class Store:
    """The research store that holds one world in both its versions."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._engines: dict[int, SiteEngine] = {}

    def version(self, version: int) -> SiteEngine:
        if version not in self._engines:
            self._engines[version] = SiteEngine(self._world.tables(version))
        return self._engines[version]

    @contextmanager
    def engine(self, policy: Policy) -> Iterator[Engine]:
        yield self.version(_version(policy))

    @contextmanager
    def ledger_engine(self, policy: Policy, table: str, columns: tuple[str, ...]) -> Iterator[Engine]:
        del table, columns
        with self.engine(policy) as engine:
            yield engine

    def stored(self, policy: Policy, table: str) -> frozenset[str]:
        return self.version(_version(policy)).columns(table)

    def shadow(self, policy: Policy) -> Shadow:
        del policy
        return _shadow()

    def persons(self, policy: Policy, unit: str) -> None:
        """Keys are numbers of persons, the same in every version."""
        del policy, unit

    def record_keys(self, policy: Policy, unit: str) -> RecordKeys:
        del policy
        return RecordKeys.of(b"a secret of tests", unit)

    def has_table(self, policy: Policy, table: str) -> bool:
        del policy
        return table in ("hospital", "patient", "outcome")

    def close(self) -> None:
        for engine in self._engines.values():
            engine.close()


def _version(policy: Policy) -> int:
    return int(policy.project.data_version.removeprefix("world-"))


@cache
def _shadow() -> Shadow:
    engine = SiteEngine(make_world(0).tables(1))
    try:
        return engine.described()
    finally:
        engine.close()


@contextmanager
def opened(world: World) -> Iterator[Store]:
    store = Store(world)
    try:
        yield store
    finally:
        store.close()


@dataclass(frozen=True, slots=True)
class Told:
    """All that left for one question. `cells`: by key, the numbers of each row, where they are shown."""

    line: str
    cells: Mapping[Row, list[Row]]


HIDDEN = object()
SECRET = (*HIDDEN_CODES, *MEASURES, "points")
"""Fields whose zeros are hidden: of measures too, as bands of them pick people."""


@dataclass(slots=True)
class Session:
    """The front door, with a ledger that knows this session alone."""

    store: Store
    min_units: int
    ledger: MemoryLedger = field(default_factory=MemoryLedger)
    books: Books = field(default_factory=Books)
    excluded: Counter[str] = field(default_factory=Counter)
    margins: Margins = ()

    def ask(self, asked: Asked) -> Told:
        rules = policies(f"world-{asked.version}", self.margins, min_units=self.min_units, hidden=SECRET)
        desk = Desk(rules, self.store, scratch(), self.ledger, NOW, self.books)
        question = Question(
            ProjectId(asked.project), PersonId(RESEARCHER), asked.sql, self.excluded[asked.project]
        )
        steps: list[float] = []
        try:
            answer = run_query(question, desk, came_to=steps.append)
        except Refusals as refusals:
            return _told(stopped_json(refusals.problems, status="refused"), asked, steps)
        except Problem as problem:
            return _told(stopped_json([problem], status="failed"), asked, steps)
        self.excluded[asked.project] += answer.planned.exclusions
        return _told({**answer_json(answer), "route": str(answer.planned.routing)}, asked, steps)


def _told(line: dict[str, Any], asked: Asked, steps: list[float]) -> Told:
    rows = [[rounded(value) for value in row] for row in line["rows"]]
    cells: dict[Row, list[Row]] = {}
    for row, marks in zip(rows, line["cells"], strict=True):
        marked = tuple(value if mark == "ok" else HIDDEN for value, mark in zip(row, marks, strict=True))
        cells.setdefault(tuple(row[: asked.keys]), []).append(marked[asked.keys :])
    return Told(json.dumps({**line, "rows": rows, "steps": steps}), cells)
