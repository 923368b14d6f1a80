"""Answer one question: the sentence that the whole product is about, from a researcher's text to a protected table."""

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from typing import Protocol

import numpy as np
import pyarrow as pa

from enclave.actions import held_answers
from enclave.actions.bare_answers import bare_answer
from enclave.actions.check_policy import Policies
from enclave.actions.consented import NO_UNITS, Consenting, below, mark_of, nobody
from enclave.actions.drawn_frames import Drawn, drawn_once
from enclave.actions.ledger_books import Books, limits_of, mixes_methods
from enclave.actions.ledger_desk import Ledger, QuestionLedger, scope_of
from enclave.actions.linked_numbers import linked_words
from enclave.actions.plan_query import Planned, Question, plan_query
from enclave.actions.published_margins import Publishing, margins_at
from enclave.actions.reach_kept import Reaching, Unkept
from enclave.disclosure.amounts import amounts_of
from enclave.disclosure.columns import Column, Mask
from enclave.disclosure.disclose import disclose
from enclave.disclosure.ledger.census_margins import CensusMargins
from enclave.disclosure.ledger.counted import CensusRows
from enclave.disclosure.ledger.judge import LedgerVerdict
from enclave.disclosure.ledger.numbers import Labels
from enclave.disclosure.ledger.reading import (
    MembersTable,
    key_list,
    list_table,
    listed,
    read_members,
    table_lines,
    units_counted,
)
from enclave.disclosure.ledger.standard import areas_of, listed_areas, read_rows
from enclave.disclosure.ledger.structure import read_structure
from enclave.disclosure.perturbation.alterations import alterations
from enclave.disclosure.perturbation.method import CellKeys, Perturbing, name_of
from enclave.disclosure.perturbation.perturbed import Changed, perturbed
from enclave.disclosure.perturbation.record_keys import RecordKeys
from enclave.disclosure.raw import Raw
from enclave.disclosure.report import Alteration, Codes, RiskReport
from enclave.outputs.ledger import Judged, Known
from enclave.outputs.records import QueryId
from enclave.problems import MethodsMixed, TimedOut
from enclave.projects import Policy
from enclave.query.plan import LeafStep, MembersStep, PublicStep, RemainderStep, ResultColumn, StructureStep
from enclave.query.shadow import Shadow
from enclave.query.standard_margins import AreasStep, MarginsStep, areas_step, margins_step
from enclave.query.standing_lists import is_list
from enclave.terms.kept import Kept
from enclave.terms.versions import as_loaded, changed_by
from enclave.transparency.reach import ReachLog

MOST_ROWS = 1_000_000
"""Cells of one leaf, and rows of a public table read for a remainder."""
MOST_BYTES = 1 << 28
FRAME_ROWS = 20_000
MOST_MEMBERS = 50_000_000
MOST_MEMBER_BYTES = 1 << 32
"""Of the members of a leaf, and of who stands where: they stay inside."""
STEPS: Kept[MarginsStep | None] = Kept(64)
"""How the standard margins of tables are read: that follows from the catalogue and the house."""
AREAS: Kept[AreasStep | None] = Kept(64)
"""How the areas of clusters are read: that follows from the catalogue."""
TRIES = 5
"""Of a question whose numbers may not be shown beside those which came while it ran."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Of one statement. The deadline is that of the whole question, less what it has used.

    `came_to` is told the share of the statement that is done, by an engine that knows it: in steps of 5 %.
    """

    max_rows: int
    max_bytes: int
    deadline_seconds: float
    came_to: Callable[[float], None] | None = None


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

    def persons(self, policy: Policy, unit: str) -> Labels | None:
        """Number of the person behind each dense key of the data version; None where keys are such numbers."""
        ...

    def has_table(self, policy: Policy, table: str) -> bool:
        """Whether the data version that the project is pinned to holds the table."""
        ...

    def stored(self, policy: Policy, table: str) -> frozenset[str]:
        """The fields of a table that the data version holds outside files of their own, granted or not."""
        ...

    def record_keys(self, policy: Policy, unit: str) -> RecordKeys:
        """The keys from which the noise of cell keys is made: the same for every version of the data."""
        ...

    def ledger_engine(
        self, policy: Policy, table: str, columns: tuple[str, ...]
    ) -> AbstractContextManager[Engine]:
        """An engine over these columns of one table in all its years, for the ledger alone."""
        ...


@dataclass(frozen=True, slots=True)
class Desk:
    """What a question is answered with."""

    policies: Policies
    store: Store
    scratch: Scratch
    ledger: Ledger
    now: datetime
    books: Books = field(default_factory=Books)
    reach: ReachLog = field(default_factory=Unkept)
    consenting: Consenting = nobody


@dataclass(frozen=True, slots=True)
class Answer:
    """A protected table. `held` ones are not for the researcher before checkers have approved them."""

    columns: tuple[ResultColumn, ...]
    table: pa.Table
    frame: Drawn | None
    reports: tuple[RiskReport, ...]
    planned: Planned
    engine_ms: float
    linked: Mapping[int, str] = field(default_factory=dict)  # what reports call each witness, by its handle
    older_versions: tuple[str, ...] = ()  # of the data, of which some numbers are: shown again as they were
    perturbed: str = ""  # how its numbers were changed, for whoever reads them; empty where they are exact
    uses: tuple[int, ...] = ()  # by which the reach of its leaves is kept
    judged: Judged | None = None  # what of the ledger it was judged against
    whole: bool = True  # else what was to be computed did not come to its end, and it is empty
    known_seconds: float | None = None  # of a held one: how long it took to have what it is computed from
    room: int | None = None  # of such a one: the bytes that it is kept in, whatever was computed

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
    `came_to` is told which share is done, below 1 until the answer is there: after each step of the plan, and within a
    leaf as far as its engine knows.

    Raises:
        Refusals: found before anything ran.
        Problem: a coded end of the run (timeout, out-of-memory, cancelled, fault).
    """
    planned = plan_query(question, desk.policies, desk.store, now=desk.now)
    ledger = QuestionLedger(desk.ledger, scope_of(question.project, desk.policies), query)
    reaching = Reaching(desk.reach, planned, query, at=desk.now)
    with desk.store.engine(planned.policy) as engine:
        for _ in range(TRIES):
            answer = _Run(engine, desk, planned, ledger, cancel, came_to, reaching).answer()
            if answer is not None:
                return answer
    raise TimedOut(
        detail="Other answers came first each time, and this one could not be shown beside them. Ask again."
    )


def _refuse_mixing(known: Known, version: str) -> None:
    """
    Raises:
        MethodsMixed: in the scope numbers of this version of the data were shown which were changed in another way.
    """
    if mixes_methods(known.reservations, version):
        raise MethodsMixed(
            detail="This project, or one that shares a person or an organisation with it, was shown numbers of this "
            "version of the data by another method. Exact and changed numbers of the same people give both away."
        )


class _Run:
    """One run of a plan: safe tables as they come to be. Nothing raw is kept."""

    def __init__(
        self,
        engine: Engine,
        desk: Desk,
        planned: Planned,
        ledger: QuestionLedger,
        cancel: threading.Event | None,
        came_to: Callable[[float], None] | None,
        reaching: Reaching,
    ) -> None:
        self._engine = engine
        self._reaching = reaching
        self._scratch = desk.scratch
        self._store = desk.store
        self._catalogue = desk.policies.catalogue
        self._books = desk.books
        self._planned = planned
        self._ledger = ledger
        self._turns = desk.books.turns_taken(planned.policy.project.id)
        self._known = ledger.shown()
        self._tables = dict(below(planned, desk.consenting))
        self._by = planned.rules.perturbing
        version = planned.policy.project.data_version + mark_of(self._tables)
        self._version = changed_by(version, name_of(self._by))
        _refuse_mixing(self._known, self._version)
        self._session = desk.books.session(
            self._known,
            ledger.labels_of,
            data_version=self._version,
            limits=limits_of(planned.policy, desk.policies.catalogue),
            checked=None if planned.routing.route.automatic else planned.policy.project.id,
        )
        self._cancel = cancel
        self._came_to = came_to
        self._reports: list[RiskReport] = []
        self._older_versions: set[str] = set()
        self._altered: tuple[Alteration, ...] = ()  # of the present leaf
        self._steps_done = 0
        self._reserved = 0  # of the numbers of the session
        self._started = time.monotonic()
        self._engine_seconds = 0.0
        self._whole = True
        self._known_seconds: float | None = None

    def answer(self) -> Answer | None:
        """The answer, with all its numbers reserved; None when they may not be shown beside what came meanwhile.

        They are reserved before anything is computed from them: how that ends, and when, can tell of them too.
        """
        for step in self._planned.plan.steps:
            if isinstance(step, RemainderStep) and not self._reserve():
                return None
            self._tables[step.id] = self._step(step)
            self._steps_done += 1
            self._tell(0.0)
        if not self._reserve():
            return None
        return Answer(
            columns=self._planned.plan.columns,
            table=self._tables["answer"] if self._whole else self._tables["answer"].slice(0, 0),
            frame=self._frame(),
            reports=tuple(self._reports),
            planned=self._planned,
            engine_ms=self._engine_seconds * 1000,
            linked=linked_words(self._reports, self._known, project=self._planned.policy.project.id),
            older_versions=tuple(sorted({as_loaded(name) for name in self._older_versions})),
            perturbed="" if self._by is None else self._by.said(self._totals_out()),
            uses=self._reaching.uses,
            judged=self._known.judged,
            whole=self._whole,
            known_seconds=self._known_seconds,
            room=None if self._known_seconds is None else held_answers.room_for(self._planned.cells),
        )

    def _tell(self, share: float) -> None:
        """That a share of the present step is done. The frame and the keeping of the answer come last.

        How long it takes to compute from numbers that checkers have not seen yet is not told.
        """
        if self._came_to is not None and self._known_seconds is None:
            self._came_to((self._steps_done + share) / (len(self._planned.plan.steps) + 1))

    def _step(self, step: LeafStep | PublicStep | RemainderStep) -> pa.Table:
        match step:
            case LeafStep():
                return self._leaf(step)
            case PublicStep():
                return self._engine.read_public(step.sql, limits=self._limits(), cancel=self._cancel)
            case RemainderStep():
                made = None if step.bare is None else bare_answer(step, self._tables[step.inputs[0]])
                return self._computed(step) if made is None else made

    def _leaf(self, step: LeafStep) -> pa.Table:
        self._reaching.by(step, self._inputs(step.reach.write().inputs))
        self._altered = ()
        started = time.monotonic()
        behind = step.behind
        own_part = 1.0 if behind is None else 0.5  # who stands behind its cells is read after it
        limits = replace(self._limits(), came_to=lambda share: self._tell(share * own_part))
        raw = self._engine.run(step.sql, self._inputs(step.inputs), limits=limits, cancel=self._cancel)
        self._engine_seconds += time.monotonic() - started
        if behind is None or not raw.reveal().num_rows:
            safe = disclose(raw, step.cells, self._planned.rules)
        else:
            safe = disclose(
                raw,
                step.cells,
                self._planned.rules,
                ledger=lambda cells, measures: self._judged(step, behind, raw, cells, measures),
                may_repeat=self._session.may_repeat,
            )
        self._reports.append(replace(safe.report, altered=self._altered))
        self._older_versions |= safe.older_versions
        return safe.table

    def _judged(
        self, step: LeafStep, behind: MembersStep, raw: Raw, cells: Codes, measures: Mapping[str, Codes]
    ) -> LedgerVerdict:
        """What the ledger says of a leaf: the members of its cells are read, and held against all that is known."""
        members = self._members(step, behind, raw)
        margins: Sequence[CensusMargins] = ()
        table = behind.members.tables[0]
        areas = self._areas(table)
        if behind.structure is not None:
            censuses = members.censuses.table.select(behind.structure.censuses)
            self._standing(behind.structure, censuses, self._persons(behind))
            margins = self._margins(behind.structure, censuses)
        change = None if self._by is None else partial(self._changed, step, raw, members, self._by)
        amounts = amounts_of(raw, step.cells, self._planned.rules)
        self._session.prepare(members, cells, measures)
        with self._books.judging():
            self._session.publish(margins, table, areas)
            return self._session.judge(
                raw, members, primary=(cells, measures), change=change, amounts=amounts
            )

    def _changed(
        self, step: LeafStep, raw: Raw, members: MembersTable, by: Perturbing, hidden: Mapping[str, Mask]
    ) -> Changed:
        """The measures of a leaf as they may be seen, where the method of the project changes them."""
        how = partial(perturbed, raw.reveal(), step.cells, by, hidden=hidden)
        units_of = partial(units_counted, members)
        shown, lines = {name: ~away for name, away in hidden.items()}, table_lines(members)
        if isinstance(by, CellKeys):
            keys = self._store.record_keys(self._planned.policy, members.members.unit)
            changed = how(units_of=units_of, keys=keys)
        else:
            wanted = {name: np.flatnonzero(there).tolist() for name, there in shown.items()}
            before = self._session.shown_before(members, wanted)
            changed = how(units_of=units_of, keys=None, lines=lines, before=before)
        self._altered = alterations(raw.reveal(), step.cells, changed, shown, lines)
        return changed

    def _totals_out(self) -> int:
        return sum(one.totals_out for report in self._reports for one in report.altered)

    def _members(self, step: LeafStep, behind: MembersStep, raw: Raw) -> MembersTable:
        lists = {
            one.column: key_list(raw, one.column) if one.sql is None else self._listed(one.sql, one.inputs)
            for one in behind.lists
        }
        inputs = {one.input: list_table(lists[one.column]) for one in behind.lists}
        found = self._inside(behind.sql, inputs | self._inputs(behind.inputs))
        return read_members(raw, found, step.cells, behind.members, self._persons(behind), lists)

    def _listed(self, sql: str, inputs: tuple[str, ...]) -> Column:
        """The values of a field, as far as the project sees them, and that there is none.

        What lies above a list of people is read anew: it may be another list now.
        """
        if inputs:
            return listed(self._inside(sql, self._inputs(inputs)))
        name = f"{self._planned.policy.content_hash} {sql}"
        return self._books.values(self._version, name, lambda: listed(self._inside(sql, {})))

    def _standing(self, structure: StructureStep, censuses: pa.Table, persons: Labels | None) -> None:
        name = f"{structure.table} {sorted(censuses.to_pylist(), key=str)}"
        if not self._books.knows_structure(self._version, name):
            table = self._inside(structure.sql, {structure.censuses_input: censuses})
            read = read_structure(
                table,
                name=structure.table,
                is_register=structure.is_register,
                cluster=structure.cluster,
                part=structure.part,
                main=structure.main,
                censuses=structure.censuses,
                persons=persons,
            )
            self._books.keep_structure(self._version, name, read)

    def _margins(self, structure: StructureStep, censuses: pa.Table) -> Sequence[CensusMargins]:
        """The standard margins at these censuses of the table that says where units stand."""
        policy, name = self._planned.policy, structure.table
        stored = self._store.stored(policy, name)
        margins, catalogue = policy.house.standard_margins, self._catalogue
        step = STEPS.of(
            catalogue,
            margins,
            by=(name, stored),
            make=lambda: margins_step(name, catalogue, margins, stored=stored),
        )
        if step is None:
            return ()
        return margins_at(
            step,
            censuses,
            Publishing(self._books, self._version, policy.rules.min_units, structure.is_register),
            read=lambda inputs: self._margin_rows(step, inputs),
        )

    def _areas(self, table: str) -> Mapping[str, str]:
        """In which area each cluster of a table stands, as the public list has it that the data version holds."""
        catalogue, policy = self._catalogue, self._planned.policy
        step = AREAS.of(catalogue, by=table, make=lambda: areas_step(table, catalogue))
        if step is None or self._session.knows_areas(table):
            return {}
        if not self._store.stored(policy, step.table) >= {*step.reads}:
            return {}

        def read() -> Column:
            with self._store.ledger_engine(policy, step.table, step.reads) as engine:
                found = self._run_inside(engine, step.sql, {})
            return listed_areas(found, clusters=step.clusters, areas=step.areas)

        return areas_of(self._books.values(self._version, f"areas of {step.table}", read))

    def _margin_rows(self, step: MarginsStep, inputs: Mapping[str, pa.Table]) -> Iterator[CensusRows]:
        policy = self._planned.policy
        with self._store.ledger_engine(policy, step.table, step.reads) as engine:
            raw = self._run_inside(engine, step.sql, inputs)
        yield from read_rows(raw, step.layout, self._store.persons(policy, step.unit))

    def _persons(self, behind: MembersStep) -> Labels | None:
        return self._store.persons(self._planned.policy, behind.members.unit)

    def _inside(self, sql: str, inputs: Mapping[str, pa.Table]) -> Raw:
        return self._run_inside(self._engine, sql, inputs)

    def _run_inside(self, engine: Engine, sql: str, inputs: Mapping[str, pa.Table]) -> Raw:
        """Rows that stay inside: of them only populations are kept."""
        limits = replace(self._limits(), max_rows=MOST_MEMBERS, max_bytes=MOST_MEMBER_BYTES)
        started = time.monotonic()
        found = engine.run(sql, inputs, limits=limits, cancel=self._cancel)
        self._engine_seconds += time.monotonic() - started
        return found

    def _reserve(self) -> bool:
        """Reserve what is to be shown so far; False when it may not be shown beside what came meanwhile.

        With a server a reservation takes the place of the one before. Without one nobody could ever release what is
        held, so that it is never shown.
        """
        has_server = self._ledger.query_id is not None
        numbers = self._session.numbers
        new = numbers if has_server else numbers[self._reserved :]
        held = not self._planned.routing.route.automatic
        if len(numbers) == self._reserved or (held and not has_server):
            return True
        policy = self._planned.policy
        with self._books.turn(policy.project.id) as turns:
            reserved = self._ledger.reserve(
                new,
                data_version=self._version,
                known=self._known,
                recheck=lambda meeting: self._books.may_all_be_shown(meeting, policy, self._catalogue),
                overtaken=turns != self._turns,
            )
        self._turns += 1
        self._reserved = len(numbers)
        return reserved

    def _computed(self, step: RemainderStep) -> pa.Table:
        inputs = self._inputs(step.inputs)
        if self._planned.routing.route.automatic or step.bare is not None:
            return self._remainder(step.sql, inputs)
        self._known_seconds = time.monotonic() - self._started
        seconds = min(self._limits().deadline_seconds, held_answers.MOST_SECONDS)
        is_last = step is self._planned.plan.steps[-1]
        room = held_answers.room_for(self._planned.cells) if is_last else held_answers.MOST_BYTES
        limits = Limits(MOST_ROWS, room, seconds)
        table, whole = held_answers.computed(
            lambda tables: self._scratch.run(step.sql, tables, limits=limits, cancel=self._cancel), inputs
        )
        self._whole = self._whole and whole
        return table

    def _remainder(self, sql: str, inputs: Mapping[str, pa.Table]) -> pa.Table:
        return self._scratch.run(sql, inputs, limits=self._limits(), cancel=self._cancel)

    def _inputs(self, names: tuple[str, ...]) -> dict[str, pa.Table]:
        return {
            name: self._tables[name] if name in self._tables or not is_list(name) else NO_UNITS
            for name in names
        }

    def _limits(self) -> Limits:
        used = time.monotonic() - self._started
        deadline = self._planned.policy.house.sandbox.deadline_seconds - used
        return Limits(MOST_ROWS, MOST_BYTES, max(deadline, 0.001))

    def _frame(self) -> Drawn | None:
        frame = self._planned.plan.frame
        if frame is None:
            return None
        shadow = self._store.shadow(self._planned.policy)
        return drawn_once(frame, shadow, run=lambda sql: self._remainder(sql, {}))
