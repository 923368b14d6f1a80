"""What an attacker can do: ask in SQL, in one of two projects, on some day, of some data version; and read answers.

Three enclaves can be attacked: a plain gate, which adds `HAVING count(*) >= 10` and nothing else; this product without
a ledger; and this product with one. An attack does not know which.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from functools import cache
from typing import Protocol

import duckdb
import pyarrow as pa
import sqlglot
from sqlglot import exp

from enclave.actions.ledger_books import Books
from enclave.actions.ledger_memory import MemoryLedger
from enclave.actions.plan_query import Planned, Question, plan_query
from enclave.actions.run_query import Desk, Engine, run_query
from enclave.disclosure.disclose import disclose
from enclave.disclosure.perturbation.record_keys import RecordKeys
from enclave.disclosure.raw import Raw
from enclave.problems import Problem, Refusals
from enclave.projects import Policy
from enclave.query.plan import LeafStep, PublicStep, RemainderStep, ResultColumn
from enclave.query.shadow import Shadow
from enclave.terms import PersonId, ProjectId
from tests.attacks.sessions.policies import MIN_UNITS, Margins, policies
from tests.attacks.sessions.world import Site, one_term
from tests.oracle.policies import PROJECT, RESEARCHER
from tests.support.ask import NOW, InProcessEngine, scratch

Value = object


class Defence(StrEnum):
    PLAIN_GATE = "a plain gate"
    NO_LEDGER = "without the ledger"
    LEDGER = "with the ledger"


@dataclass(frozen=True, slots=True)
class Released:
    """All that an attacker sees of one answer. Refused, failed and held answers have no rows.

    `has_older`: some numbers are said to be those of an older version of the data.
    """

    rows: tuple[tuple[Value, ...], ...]
    status: str
    has_older: bool = False

    def by_seed(self, column: int = 1) -> dict[int, float | None]:
        """One number for each seed: the first column is the region, or the hospital of a site of one per region."""
        return {
            int(str(row[0])) % 1000: None if (cell := row[column]) is None else float(str(cell))
            for row in self.rows
        }


class Session(Protocol):
    """A sequence of questions which one ledger sees."""

    def ask(self, sql: str, *, project: str = PROJECT, day: int = 0, version: int = 1) -> Released: ...


class SiteEngine(InProcessEngine):
    """DuckDB over one data version of a site."""

    def __init__(self, tables: Mapping[str, pa.Table]) -> None:
        super().__init__()
        for name, table in tables.items():
            self._connection.register("incoming", table)
            self._connection.execute(f"CREATE TABLE {name} AS FROM incoming")
            self._connection.unregister("incoming")

    def described(self) -> Shadow:
        names = [str(row[0]) for row in self._connection.sql("SHOW TABLES").fetchall()]
        rows = {name: self._connection.sql(f"DESCRIBE {name}").fetchall() for name in names}
        return Shadow({name: [(column, kind) for column, kind, *_ in rows[name]] for name in names})


class Versions:
    """The research store: the site as it was, and without its targets, who objected."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._engines: dict[str, SiteEngine] = {}

    def version(self, name: str) -> SiteEngine:
        if name not in self._engines:
            self._engines[name] = SiteEngine(self._site.tables(without_targets=name == "world-2"))
        return self._engines[name]

    @contextmanager
    def engine(self, policy: Policy) -> Iterator[Engine]:
        yield self.version(policy.project.data_version)

    @contextmanager
    def ledger_engine(self, policy: Policy, table: str, columns: tuple[str, ...]) -> Iterator[Engine]:
        del table, columns
        yield self.version(policy.project.data_version)

    def stored(self, policy: Policy, table: str) -> frozenset[str]:
        return self.version(policy.project.data_version).columns(table)

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


@cache
def _shadow() -> Shadow:
    """The tables of every site without a row. What is planned with it is planned once for all defences."""
    engine = SiteEngine(one_term().tables())
    try:
        return engine.described()
    finally:
        engine.close()


class Attacked:
    """One site, open to sessions. Close it, or use it in a `with`.

    `margins`: by which fields counts are published. `method`: how numbers are changed; where one changes them, "without
    the ledger" is with one that remembers nothing from one question to the next, since it reads who is in a cell.
    """

    def __init__(
        self, site: Site, defence: Defence, *, margins: Margins = (), method: str = "suppress"
    ) -> None:
        self.site = site
        self._method = method
        self._defence = defence
        self._margins = margins
        self._versions = Versions(site)

    def __enter__(self) -> "Attacked":
        return self

    def __exit__(self, *_: object) -> None:
        self._versions.close()

    def session(self) -> Session:
        """A session of which no other knows."""
        match self._defence:
            case Defence.PLAIN_GATE:
                return PlainGate(self._versions)
            case Defence.NO_LEDGER if self._method == "suppress":
                return EachByItself(self._versions)
            case Defence.NO_LEDGER:
                return FrontDoor(self._versions, self._margins, self._method, remembers=False)
            case Defence.LEDGER:
                return FrontDoor(self._versions, self._margins, self._method)


class FrontDoor:
    """The product's own way of a question, with a ledger that knows this session alone."""

    def __init__(
        self,
        versions: Versions,
        margins: Margins = (),
        method: str = "suppress",
        *,
        remembers: bool = True,
    ) -> None:
        self._versions = versions
        self._margins = margins
        self._method = method
        self._remembers = remembers
        self._ledger = MemoryLedger()
        self._books = Books()

    def ask(self, sql: str, *, project: str = PROJECT, day: int = 0, version: int = 1) -> Released:
        now = NOW + timedelta(days=day)
        in_force = policies(f"world-{version}", self._margins, method=self._method)
        if not self._remembers:
            self._ledger, self._books = MemoryLedger(), Books()
        desk = Desk(in_force, self._versions, scratch(), self._ledger, now, self._books)
        try:
            answer = run_query(_question(project, sql), desk)
        except (Refusals, Problem) as problem:
            return _stopped(problem)
        if answer.held:
            return Released((), "held")
        rows = _rows(answer.table, answer.columns)
        return Released(rows, "released", has_older=bool(answer.older_versions))


class EachByItself:
    """The product without a ledger: each leaf is protected by the primary rules, and nothing is remembered."""

    def __init__(self, versions: Versions) -> None:
        self._versions = versions

    def ask(self, sql: str, *, project: str = PROJECT, day: int = 0, version: int = 1) -> Released:
        now = NOW + timedelta(days=day)
        try:
            planned = plan_query(
                _question(project, sql), policies(f"world-{version}"), self._versions, now=now
            )
        except (Refusals, Problem) as problem:
            return _stopped(problem)
        if not planned.routing.route.automatic:
            return Released((), "held")
        table = _primary_alone(planned, self._versions.version(planned.policy.project.data_version))
        return Released(_rows(table, planned.plan.columns), "released")


def _primary_alone(planned: Planned, engine: SiteEngine) -> pa.Table:
    tables: dict[str, pa.Table] = {}
    for step in planned.plan.steps:
        match step:
            case LeafStep():
                raw = Raw(engine.table(step.sql, {name: tables[name] for name in step.inputs}))
                tables[step.id] = disclose(raw, step.cells, planned.rules).table
            case PublicStep():
                tables[step.id] = engine.table(step.sql, {})
            case RemainderStep():
                tables[step.id] = scratch().table(step.sql, {name: tables[name] for name in step.inputs})
    return tables["answer"]


def _question(project: str, sql: str) -> Question:
    return Question(ProjectId(project), PersonId(RESEARCHER), sql)


def _stopped(problem: Refusals | Problem) -> Released:
    return Released((), problem.problems[0].code if isinstance(problem, Refusals) else problem.code)


def _rows(table: pa.Table, columns: Sequence[ResultColumn]) -> tuple[tuple[Value, ...], ...]:
    return tuple(zip(*(table.column(column.id).to_pylist() for column in columns), strict=True))


class PlainGate:
    """What a gateway that judges each group by its rows would answer. It stops nothing else."""

    def __init__(self, versions: Versions) -> None:
        self._versions = versions

    def ask(self, sql: str, *, project: str = PROJECT, day: int = 0, version: int = 1) -> Released:
        del project, day
        query = sqlglot.parse_one(sql, dialect="duckdb")
        assert isinstance(query, exp.Select)
        gated = query.having(f"count(*) >= {MIN_UNITS}").sql(dialect="duckdb")
        try:
            table = self._versions.version(f"world-{version}").table(gated, {})
        except duckdb.Error:
            return Released((), "failed")
        return Released(
            tuple(zip(*(column.to_pylist() for column in table.columns), strict=True)), "released"
        )
