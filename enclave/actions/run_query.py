"""Answer one question: the sentence that the whole product is about, from a researcher's text to a protected table."""

import threading
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

import pyarrow as pa

from enclave.actions.check_policy import Policies
from enclave.actions.ledger_desk import Ledger, QuestionLedger, scope_of
from enclave.actions.plan_query import Planned, Question, plan_query
from enclave.disclosure.disclose import disclose
from enclave.disclosure.raw import Raw
from enclave.disclosure.report import RiskReport
from enclave.outputs.records import QueryId
from enclave.projects import Policy
from enclave.query.plan import LeafStep, PublicStep, RemainderStep, ResultColumn
from enclave.query.shadow import Shadow

MOST_ROWS = 1_000_000
"""Cells of one leaf, and rows of a public table read for a remainder."""
MOST_BYTES = 1 << 28
FRAME_ROWS = 20_000


@dataclass(frozen=True, slots=True)
class Limits:
    """Of one statement. The deadline is that of the whole question, less what it has used."""

    max_rows: int
    max_bytes: int
    deadline_seconds: float


class Engine(Protocol):
    """Runs generated SQL over the research store for one project under one policy."""

    def run(
        self, sql: str, inputs: Mapping[str, pa.Table], *, limits: Limits, cancel: threading.Event | None
    ) -> Raw: ...

    def read_public(self, sql: str, *, limits: Limits, cancel: threading.Event | None) -> pa.Table: ...


class Scratch(Protocol):
    """Runs remainders over safe tables, where no person's row has ever been."""

    def run(
        self, sql: str, inputs: Mapping[str, pa.Table], *, limits: Limits, cancel: threading.Event | None
    ) -> pa.Table: ...


class Store(Protocol):
    """The research store, as one project sees it."""

    def engine(self, policy: Policy) -> AbstractContextManager[Engine]: ...

    def shadow(self, policy: Policy) -> Shadow: ...

    def has_table(self, policy: Policy, table: str) -> bool:
        """Whether the data version that the project is pinned to holds the table."""
        ...


@dataclass(frozen=True, slots=True)
class Desk:
    """What a question is answered with."""

    policies: Policies
    store: Store
    scratch: Scratch
    ledger: Ledger
    now: datetime


@dataclass(frozen=True, slots=True)
class FrameSet:
    """Published values per dimension of one grouping set; the combinations are their product."""

    values: Mapping[str, tuple[object, ...]]


@dataclass(frozen=True, slots=True)
class Answer:
    """A protected table. `held` ones are not for the researcher before checkers have approved them."""

    columns: tuple[ResultColumn, ...]
    table: pa.Table
    frame: tuple[FrameSet, ...] | None
    reports: tuple[RiskReport, ...]
    planned: Planned
    engine_ms: float

    @property
    def held(self) -> bool:
        return not self.planned.routing.route.automatic


def run_query(
    question: Question,
    desk: Desk,
    *,
    cancel: threading.Event | None = None,
    came_to: Callable[[float], None] | None = None,
    query: QueryId | None = None,
) -> Answer:
    """Answer one question, or raise what stopped it.

    `query` is its id where there is a server: its numbers are reserved for it, and shown when its answer is released.
    `came_to` is told after each step of the plan which share of them is done, below 1 until the answer is there.

    Limit: inside one step there is no progress; a query of one long leaf stays where it is until that leaf is read.

    Raises:
        Refusals: found before anything ran.
        Problem: a coded end of the run (timeout, out-of-memory, cancelled, fault).
    """
    planned = plan_query(question, desk.policies, desk.store, now=desk.now)
    ledger = QuestionLedger(desk.ledger, scope_of(question.project, desk.policies), query)
    with desk.store.engine(planned.policy) as engine:
        run = _Run(engine, desk.scratch, planned, ledger, cancel, came_to)
        return run.answer()


class _Run:
    """One run of a plan: safe tables as they come to be. Nothing raw is kept."""

    def __init__(
        self,
        engine: Engine,
        scratch: Scratch,
        planned: Planned,
        ledger: QuestionLedger,
        cancel: threading.Event | None,
        came_to: Callable[[float], None] | None,
    ) -> None:
        self._engine = engine
        self._scratch = scratch
        self._planned = planned
        self._ledger = ledger
        self._cancel = cancel
        self._came_to = came_to
        self._tables: dict[str, pa.Table] = {}
        self._reports: list[RiskReport] = []
        self._started = time.monotonic()
        self._engine_seconds = 0.0

    def answer(self) -> Answer:
        steps = self._planned.plan.steps
        for done, step in enumerate(steps, start=1):
            self._tables[step.id] = self._step(step)
            if self._came_to is not None:
                self._came_to(done / (len(steps) + 1))  # the frame and the keeping of the answer come last
        return Answer(
            columns=self._planned.plan.columns,
            table=self._tables["answer"],
            frame=self._frame(),
            reports=tuple(self._reports),
            planned=self._planned,
            engine_ms=self._engine_seconds * 1000,
        )

    def _step(self, step: LeafStep | PublicStep | RemainderStep) -> pa.Table:
        match step:
            case LeafStep():
                return self._leaf(step)
            case PublicStep():
                return self._engine.read_public(step.sql, limits=self._limits(), cancel=self._cancel)
            case RemainderStep():
                return self._remainder(step.sql, self._inputs(step.inputs))

    def _leaf(self, step: LeafStep) -> pa.Table:
        started = time.monotonic()
        raw = self._engine.run(
            step.sql, self._inputs(step.inputs), limits=self._limits(), cancel=self._cancel
        )
        self._engine_seconds += time.monotonic() - started
        safe = disclose(raw, step.cells, self._planned.rules)
        self._reports.append(safe.report)
        return safe.table

    def _remainder(self, sql: str, inputs: Mapping[str, pa.Table]) -> pa.Table:
        return self._scratch.run(sql, inputs, limits=self._limits(), cancel=self._cancel)

    def _inputs(self, names: tuple[str, ...]) -> dict[str, pa.Table]:
        return {name: self._tables[name] for name in names}

    def _limits(self) -> Limits:
        used = time.monotonic() - self._started
        deadline = self._planned.policy.house.sandbox.deadline_seconds - used
        return Limits(MOST_ROWS, MOST_BYTES, max(deadline, 0.001))

    def _frame(self) -> tuple[FrameSet, ...] | None:
        frame = self._planned.plan.frame
        if frame is None:
            return None
        lists = {column: self._values(column.sql) for one in frame.sets for column in one}
        return tuple(FrameSet({column.name: lists[column] for column in one}) for one in frame.sets)

    def _values(self, sql: str) -> tuple[object, ...]:
        return tuple(self._remainder(sql, {}).column("v").to_pylist())
