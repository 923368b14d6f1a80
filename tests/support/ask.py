"""The front door without a server or a sandbox: the whole pipeline in this process, over a little world.

Engine, scratch and store are small classes that keep the protocols of `run_query`, on plain DuckDB: what leaves is
decided by the product's own code alone.
"""

import json
import tempfile
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from types import TracebackType

import duckdb
import pyarrow as pa

from enclave.actions.answer_json import answer_json, stopped_json
from enclave.actions.check_policy import Policies, load_policies
from enclave.actions.count_reach import CountDesk, count_reach
from enclave.actions.ledger_books import Books
from enclave.actions.ledger_memory import MemoryLedger
from enclave.actions.plan_query import Question
from enclave.actions.run_query import Desk, Engine, Limits, run_query
from enclave.catalogue.model import Catalogue, Table
from enclave.disclosure.perturbation.record_keys import RecordKeys
from enclave.disclosure.raw import Raw
from enclave.engines.duckdb.session import unsafe_optimizers
from enclave.engines.reached import heads_of, looked_at, reached_by
from enclave.problems import Problem, Refusals
from enclave.projects import Policy
from enclave.query.shadow import Shadow
from enclave.terms import PersonId, ProjectId
from enclave.transparency.reach import Definition, DefinitionName, Looked, NewUse, units_of
from enclave.transparency.reach_counts import Counted
from tests.oracle.policies import PROJECT, RESEARCHER, Margins, write_policies
from tests.oracle.schema import TABLES, Usual, with_usual
from tests.oracle.tree import Query, render
from tests.oracle.world import World, fill
from tests.support.answers import Answered, read_line
from tests.support.marked import mark

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)


class InProcess:
    """DuckDB in this process, as an engine over a world or, empty, as a scratch."""

    def __init__(self, world: World | None = None) -> None:
        self._connection = duckdb.connect(config={"threads": 1})
        if world is not None:
            fill(self._connection, world)
            mark(self._connection, _tables())

    def table(self, sql: str, inputs: Mapping[str, pa.Table]) -> pa.Table:
        for name, table in inputs.items():
            self._connection.register(name, table)
        self._connection.execute(f"SET disabled_optimizers = '{','.join(unsafe_optimizers(sql))}'")
        found: pa.Table = self._connection.sql(sql).to_arrow_table()
        for name in inputs:
            self._connection.unregister(name)
        return found

    @property
    def connection(self) -> duckdb.DuckDBPyConnection:
        return self._connection

    def columns(self, table: str) -> frozenset[str]:
        found = self._connection.execute(f"DESCRIBE {table}").fetchall()
        return frozenset(str(name) for name, *_ in found)

    def read_public(self, sql: str, *, limits: Limits, cancel: threading.Event | None) -> pa.Table:
        del limits, cancel
        return self.table(sql, {})

    def close(self) -> None:
        self._connection.close()


class InProcessEngine(InProcess):
    def run(
        self, sql: str, inputs: Mapping[str, pa.Table], *, limits: Limits, cancel: threading.Event | None
    ) -> Raw:
        del limits, cancel
        return Raw(self.table(sql, inputs))


class InProcessScratch(InProcess):
    def run(
        self, sql: str, inputs: Mapping[str, pa.Table], *, limits: Limits, cancel: threading.Event | None
    ) -> pa.Table:
        del limits, cancel
        return self.table(sql, inputs)


class WorldStore:
    """A research store that holds one world."""

    def __init__(self, engine: InProcessEngine) -> None:
        self._engine = engine

    @contextmanager
    def engine(self, policy: Policy) -> Iterator[Engine]:
        del policy
        yield self._engine

    @contextmanager
    def ledger_engine(self, policy: Policy, table: str, columns: tuple[str, ...]) -> Iterator[Engine]:
        del policy, table, columns
        yield self._engine

    def stored(self, policy: Policy, table: str) -> frozenset[str]:
        del policy
        return self._engine.columns(table)

    def shadow(self, policy: Policy) -> Shadow:
        del policy
        return shadow()

    def persons(self, policy: Policy, unit: str) -> None:
        """Keys are numbers of persons, the same in every version."""
        del policy, unit

    def record_keys(self, policy: Policy, unit: str) -> RecordKeys:
        del policy
        return RecordKeys.of(b"a secret of tests", unit)

    def has_table(self, policy: Policy, table: str) -> bool:
        del policy
        return table in TABLES


@cache
def _tables() -> tuple[Table, ...]:
    """What the catalogue says of the world's tables."""
    return tuple(policies(1, 1).catalogue.tables.values())


@cache
def shadow() -> Shadow:
    """The world's tables without a row."""
    with duckdb.connect() as connection:
        fill(connection, World(dict.fromkeys(TABLES, ())))
        mark(connection, _tables())
        described = {name: connection.execute(f"DESCRIBE {name}").fetchall() for name in TABLES}
    return Shadow({name: [(column, kind) for column, kind, *_ in rows] for name, rows in described.items()})


@cache
def scratch() -> InProcessScratch:
    return InProcessScratch()


@cache
def policies(
    min_units: int,
    min_clusters: int,
    margins: Margins = (),
    method: str = "suppress",
    usual: Usual = (),
) -> Policies:
    with tempfile.TemporaryDirectory() as folder:
        write_policies(
            Path(folder),
            min_units=min_units,
            min_clusters=min_clusters,
            tables=with_usual(usual),
            margins=margins,
            method=method,
        )
        return load_policies(Path(folder), today=NOW.date())


class Kept:
    """Uses in memory."""

    def __init__(self) -> None:
        self.uses: list[NewUse] = []

    def reads(self, use: NewUse) -> int:
        self.uses.append(use)
        return len(self.uses)


@dataclass(frozen=True)
class UsedInMemory:
    kept: Kept

    def used_before(
        self, at: datetime, *, since: datetime | None = None
    ) -> tuple[tuple[ProjectId, DefinitionName], ...]:
        del since
        return tuple(sorted({(use.project, use.definition.name) for use in self.kept.uses if use.at < at}))

    def definition(self, name: DefinitionName) -> Definition:
        return next(use.definition for use in self.kept.uses if use.definition.name == name)


@dataclass(frozen=True)
class PlacesOfWorld:
    engine: InProcessEngine
    catalogue: Catalogue

    def looked(self, looked: Looked, version: str) -> Sequence[tuple[str, str]]:
        del version
        year = self.catalogue.tables[looked.of].year
        assert year is not None
        return looked_at(looked, year.form, self.engine, limits=Limits(1_000_000, 1 << 28, 60))

    def heads(self, table: str, version: str) -> Mapping[tuple[str, str], int]:
        del version
        return heads_of(self.catalogue.tables[table], self.engine, limits=Limits(1_000_000, 1 << 28, 60))


class Enclave:
    """One deployment over one world. Close it, or use it in a `with`. `margins`: the counts that it publishes.

    `method`: suppress, round, round 10 or cell_key. `usual`: values that the catalogue says are.
    """

    def __init__(
        self,
        world: World,
        *,
        min_units: int,
        min_clusters: int = 1,
        margins: Margins = (),
        method: str = "suppress",
        usual: Usual = (),
    ) -> None:
        self._engine = InProcessEngine(world)
        store = WorldStore(self._engine)
        in_force = policies(min_units, min_clusters, margins, method, usual)
        self._desk = Desk(in_force, store, scratch(), MemoryLedger(), NOW)

    def __enter__(self) -> "Enclave":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._engine.close()

    def reached(self, question: Query | str) -> dict[str, frozenset[int]] | None:
        """Whom a question reached, by year of the data; None where it was refused or failed."""
        kept = Kept()
        before, self._desk = self._desk, replace(self._desk, reach=kept)
        answered = self.ask(question)
        self._desk = before
        if answered.status not in ("released", "held"):
            return None
        limits = Limits(1_000_000, 1 << 28, 60)
        found: dict[str, frozenset[int]] = {}
        for use in kept.uses:
            for year, bits in reached_by(use.definition, self._engine, limits=limits).items():
                found[year] = found.get(year, frozenset()) | frozenset(units_of(bits).tolist())
        return found

    def counted(self, questions: Iterable[Query | str]) -> Counted:
        """The public numbers of reach after these questions."""
        kept = Kept()
        before, self._desk = self._desk, replace(self._desk, reach=kept)
        for question in questions:
            self.ask(question)
        self._desk = before
        desk = CountDesk(UsedInMemory(kept), PlacesOfWorld(self._engine, before.policies.catalogue))
        return count_reach(desk, before.policies.house, date(2027, 1, 1))

    def forget(self) -> None:
        """What was shown so far counts no more: the next question is the first of another session."""
        self._desk = replace(self._desk, ledger=MemoryLedger(), books=Books())

    def ask(self, question: Query | str) -> Answered:
        """The answer to a question, or its refusal. Whatever else is raised is a bug, and goes through."""
        text = question if isinstance(question, str) else render(question)
        try:
            told = answer_json(
                run_query(Question(ProjectId(PROJECT), PersonId(RESEARCHER), text), self._desk)
            )
        except Refusals as refusals:
            told = stopped_json(refusals.problems, status="refused")
        except Problem as problem:
            told = stopped_json([problem], status="failed")
        return read_line(json.dumps(told, allow_nan=False))
