"""The front door to a little world: sessions with a ledger of their own, and every byte that leaves."""

import json
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

from enclave.actions.answer_json import answer_json, frame_json, stopped_json, table_json
from enclave.actions.ledger_books import Books
from enclave.actions.plan_query import Question
from enclave.actions.run_query import Answer, Desk, Engine, run_query
from enclave.disclosure.perturbation.record_keys import RecordKeys
from enclave.outputs.records import QueryId, Wanted
from enclave.problems import Problem, Refusals
from enclave.projects import Policy
from enclave.query.shadow import Shadow
from enclave.terms import PersonId, ProjectId
from tests.attacks.sessions.enclave import SiteEngine
from tests.attacks.sessions.policies import HIDDEN as HIDDEN_CODES
from tests.attacks.sessions.policies import Margins, policies
from tests.oracle.law.checked import CheckedLedger
from tests.oracle.law.files import Row, rounded
from tests.oracle.law.questions import Asked, Fate
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
    """All that left for one question. `cells`: by key, the numbers of each row, where they are shown.

    `decided`: what left of earlier questions, as checkers decided then; its lines stand below the question's `own`.
    """

    line: str
    cells: dict[Row, list[Row]]
    own: str = ""
    decided: tuple["Told", ...] = ()


@dataclass(frozen=True, slots=True)
class Undecided:
    """An answer before checkers. What was told of it when it was asked takes its cells when they approve it."""

    fate: Fate
    answer: Told
    held: Told
    query: QueryId

    def decided(self, ledger: CheckedLedger) -> Told:
        """Carry out what becomes of it; returns all that leaves by it."""
        if self.fate is Fate.REJECTED:
            ledger.free(self.query)
            return Told(self.fate, {}, self.fate)
        ledger.release(self.query)
        self.held.cells.update(self.answer.cells)
        return self.answer


HIDDEN = object()
SECRET = (*HIDDEN_CODES, *MEASURES, "points")
"""Fields whose zeros are hidden: of measures too, as bands of them pick people."""


@dataclass(slots=True)
class Session:
    """The front door, with a ledger that knows this session alone.

    An answer that checkers are asked for is told when they approve it, after the next question: its cells are in what
    was told of the question from then on, and the line of the next one says what was decided.
    """

    store: Store
    min_units: int
    ledger: CheckedLedger = field(default_factory=CheckedLedger)
    books: Books = field(default_factory=Books)
    excluded: Counter[str] = field(default_factory=Counter)
    margins: Margins = ()
    undecided: list[Undecided] = field(default_factory=list)
    flags: int = 0
    """Numbers of approved answers that were left to checkers."""
    asked_so_far: int = 0

    def ask(self, asked: Asked) -> Told:
        """Ask, and then have checkers decide what was asked of them before."""
        before, self.undecided = self.undecided, []
        told = self._asked(asked)
        self.flags += sum(self.ledger.flags(one.query) for one in before if one.fate is Fate.APPROVED)
        decided = tuple(one.decided(self.ledger) for one in before)
        line = "\n".join([told.line, *(one.line for one in decided)])
        return replace(told, line=line, own=told.line, decided=decided)

    def _asked(self, asked: Asked) -> Told:
        steps: list[float] = []
        self.asked_so_far += 1
        query = QueryId(f"Q-{self.asked_so_far}")
        answer = self._answered(asked, query, steps)
        if not isinstance(answer, Answer):
            self.ledger.free(query)
            return _told(answer, asked, steps)
        self.excluded[asked.project] += answer.planned.exclusions
        route = {"route": str(answer.planned.routing)}
        if not answer.held:
            self.ledger.release(query)
            return _told({**answer_json(answer), **route}, asked, steps)
        held = _told({**answer_json(answer), **route}, asked, steps)
        if asked.fate in (Fate.APPROVED, Fate.REJECTED):
            self.undecided.append(Undecided(asked.fate, _of_held(answer, asked), held, query))
        return held

    def _answered(self, asked: Asked, query: QueryId, steps: list[float]) -> Answer | dict[str, Any]:
        """The answer, or what stopped it."""
        rules = policies(f"world-{asked.version}", self.margins, min_units=self.min_units, hidden=SECRET)
        desk = Desk(rules, self.store, scratch(), self.ledger, NOW, self.books)
        question = Question(
            ProjectId(asked.project),
            PersonId(RESEARCHER),
            asked.sql,
            self.excluded[asked.project],
            wanted=Wanted.ORDINARY if asked.fate is Fate.AT_ONCE else Wanted.CHECKERS,
        )
        try:
            return run_query(question, desk, came_to=steps.append, query=query)
        except Refusals as refusals:
            return stopped_json(refusals.problems, status="refused")
        except Problem as problem:
            return stopped_json([problem], status="failed")


def _of_held(answer: Answer, asked: Asked) -> Told:
    """What leaves when checkers have approved it."""
    older = answer.older_versions
    return _told(table_json(answer.columns, answer.table, frame=frame_json(answer), older=older), asked, [])


def _told(line: dict[str, Any], asked: Asked, steps: list[float]) -> Told:
    rows = [[rounded(value) for value in row] for row in line["rows"]]
    cells: dict[Row, list[Row]] = {}
    for row, marks in zip(rows, line["cells"], strict=True):
        marked = tuple(value if mark == "ok" else HIDDEN for value, mark in zip(row, marks, strict=True))
        cells.setdefault(tuple(row[: asked.keys]), []).append(marked[asked.keys :])
    text = json.dumps({**line, "rows": rows, "steps": steps})
    return Told(text, cells, text)
