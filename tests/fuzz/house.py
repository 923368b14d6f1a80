"""A little deployment with the types that ordinary tables have: dates, long numbers, text with accents."""

import random
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from types import TracebackType
from unittest.mock import patch

import duckdb
import pyarrow as pa

import enclave.actions.plan_query as planning
from enclave.actions.check_policy import Policies, load_policies
from enclave.actions.ledger_books import Books
from enclave.actions.ledger_memory import MemoryLedger
from enclave.actions.plan_query import Planned, Question, View, plan_query
from enclave.actions.run_query import Desk
from enclave.problems import Problem
from enclave.projects import Policy
from enclave.query.authorise import Access
from enclave.query.shadow import Shadow
from enclave.terms import PersonId, ProjectId
from tests.oracle.policies import PROJECT, RESEARCHER, write_policies
from tests.oracle.schema import PERSON, TABLES, Field, Table
from tests.oracle.world import World, arrow, make_world
from tests.support.answers import Answered
from tests.support.ask import NOW, Enclave, InProcessEngine, WorldStore, scratch
from tests.support.marked import mark

LABELS = ("", "Ärger", "a", "A", "o'Brien", "x%_y", "zoë 12")
FIXES_EVERY = 10
FIRST_DAY = date(2020, 2, 27)
SECRET = {"label": "zqx7kept", "long": 437_891_265_903}
"""What a few people alone have. It stands in no other row, and no fraction of small numbers has such digits."""

READING = Table(
    "reading",
    unit=True,
    cluster="hospital_id",
    fields={
        column.name: column
        for column in (
            Field(PERSON, "VARCHAR(18)", "key"),
            Field("year", "SMALLINT", "dimension", values=(2021, 2022, 2023)),
            Field("number", "SMALLINT", "dimension", values=(1, 2, 3)),
            Field("hospital_id", "INTEGER", "dimension", references="hospital.hospital_id"),
            Field("label", "VARCHAR", "dimension", nullable=True),
            Field("taken_on", "DATE", "dimension", nullable=True),
            Field("long", "BIGINT", "measure", bounds=(-(10**12), 10**12), cuts=(0, 1000)),
            Field("exact", "DECIMAL(18,4)", "measure", bounds=(-(10**9), 10**9), cuts=(0, 10), nullable=True),
            Field("level", "DOUBLE", "measure", bounds=(-1000, 1000), cuts=(0, 100), nullable=True),
        )
    },
    grain=({"columns": [PERSON, "year", "number"]},),
    rows_per_unit=({"per": ["year"], "max": 3}, {"per": [], "max": 9}),
)
EVERYTHING: Mapping[str, Table] = {**TABLES, "reading": READING}
_TYPES: dict[str, pa.DataType] = {"BIGINT": pa.int64(), "DATE": pa.date32(), "DOUBLE": pa.float64()}
_TYPES |= {"SMALLINT": pa.int16(), "INTEGER": pa.int32(), "VARCHAR": pa.string()}


def _schema() -> pa.Schema:
    kinds: dict[str, pa.DataType] = {"exact": pa.decimal128(18, 4), PERSON: pa.int32()}
    return pa.schema([(one.name, kinds.get(one.name) or _TYPES[one.type]) for one in READING.fields.values()])


def readings(seed: int, world: World, secrets: int = 0) -> pa.Table:
    """Up to three readings a year of each person of the world; the first people's are secret."""
    chance = random.Random(f"readings {seed}")
    homes = {row[PERSON]: row["hospital_id"] for row in world.table("patient")}
    rows = [
        _reading(chance, person, home, year, number)
        for person, home in homes.items()
        for year in (2021, 2022, 2023)
        for number in range(1, 1 + chance.choice((0, 1, 1, 2, 3)))
    ]
    few = list(homes)[:secrets]
    rows = [row | SECRET if row[PERSON] in few else row for row in rows]
    return pa.Table.from_pylist(rows, schema=_schema())


def _reading(
    chance: random.Random, person: object, home: object, year: int, number: int
) -> dict[str, object]:
    day = FIRST_DAY.replace(year=year) + timedelta(days=chance.choice((0, 1, 2, 30, 100, 307)))
    return {
        PERSON: person,
        "year": year,
        "number": number,
        "hospital_id": home,
        "label": chance.choice((None, *LABELS)),
        "taken_on": None if chance.random() < 0.1 else day,
        "long": chance.choice((-(10**12), -1, 0, 0, 7, 1000, 10**12)),
        "exact": chance.choice((None, Decimal("-0.0001"), Decimal(0), Decimal("12.3450"), Decimal(10**9))),
        "level": chance.choice((None, -0.0, 0.0, 0.1, 0.2, 99.5, -1000.0)),
    }


def fill(connection: duckdb.DuckDBPyConnection, seed: int, *, units: int, secrets: int = 0) -> None:
    """The tables of one seed, in plain DuckDB. `secrets`: how many people have what nobody else has."""
    world = make_world(seed, units=units)
    tables = {name: arrow(world, name) for name in TABLES} | {"reading": readings(seed, world, secrets)}
    for name, table in tables.items():
        connection.register("incoming", table)
        connection.execute(f"CREATE OR REPLACE TABLE {name} AS FROM incoming")
        connection.unregister("incoming")


@cache
def shadow() -> Shadow:
    with duckdb.connect() as connection:
        fill(connection, 0, units=0)
        mark(connection, policies().catalogue.tables.values())
        described = {name: connection.execute(f"DESCRIBE {name}").fetchall() for name in EVERYTHING}
    return Shadow({name: [(column, kind) for column, kind, *_ in rows] for name, rows in described.items()})


class Store(WorldStore):
    """The research store, with the fifth table."""

    def shadow(self, policy: Policy) -> Shadow:
        del policy
        return shadow()

    def has_table(self, policy: Policy, table: str) -> bool:
        del policy
        return table in EVERYTHING


@cache
def policies(min_units: int = 1) -> Policies:
    """Threshold 1 switches protection off: for made-up data alone."""
    with tempfile.TemporaryDirectory() as folder:
        write_policies(Path(folder), min_units=min_units, tables=tuple(EVERYTHING.values()))
        return load_policies(Path(folder), today=NOW.date())


class _Engine(InProcessEngine):
    """DuckDB over the five tables of one seed."""

    def __init__(self, seed: int, *, units: int, secrets: int) -> None:
        super().__init__()
        fill(self._connection, seed, units=units, secrets=secrets)
        mark(self._connection, policies().catalogue.tables.values())


def _problems_alone(sql: str, policies: Policies, view: View, access: Access) -> tuple[Problem, ...]:
    return planning._attempt(sql, policies, view, access).problems


class House(Enclave):
    """The pipeline over the five tables of one seed, and the same tables in plain DuckDB."""

    def __init__(self, seed: int, *, units: int, min_units: int = 1) -> None:
        secrets = min_units - 1
        self._policies = policies(min_units)
        self._engine = _Engine(seed, units=units, secrets=secrets)
        self._store = Store(self._engine)
        self._desk = Desk(self._policies, self._store, scratch(), MemoryLedger(), NOW)
        self.min_units = min_units
        self._asked = 0
        self.plain = duckdb.connect(config={"threads": 1})
        fill(self.plain, seed, units=units, secrets=secrets)

    def __enter__(self) -> "House":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.plain.close()
        super().__exit__(kind, error, trace)

    def answer(self, sql: str) -> Answered:
        """The answer to the first question of a session. Fixes of a refusal are looked for now and then: they cost."""
        self._desk = replace(self._desk, ledger=MemoryLedger(), books=Books())
        self._asked += 1
        if self._asked % FIXES_EVERY == 0:
            return self.ask(sql)
        with patch.object(planning, "_with_fixes", _problems_alone):
            return self.ask(sql)

    @contextmanager
    def unoptimised(self) -> Iterator[None]:
        """DuckDB without its optimizer on either side. It makes a sum and a count of `avg` where these stand beside."""
        connections = (self.plain, self._engine.connection, scratch().connection)
        try:
            for one in connections:
                one.execute("PRAGMA disable_optimizer")
            yield
        finally:
            for one in connections:
                one.execute("PRAGMA enable_optimizer")

    def reordered(self, times: int) -> Iterator[duckdb.DuckDBPyConnection]:
        """The plain tables with their rows in so many other orders, one after the other.

        Every second time without the optimizer: groups come in the order of another table then.
        """
        with duckdb.connect(config={"threads": 1}) as other:
            for turn in range(times):
                other.execute(f"PRAGMA {'disable' if turn % 2 else 'enable'}_optimizer")
                for name in EVERYTHING:
                    table = self.plain.sql(
                        f"FROM {name} ORDER BY hash(rowid + {turn}::BIGINT)"
                    ).to_arrow_table()
                    other.register("incoming", table)
                    other.execute(f"CREATE OR REPLACE TABLE {name} AS FROM incoming")
                yield other

    def plan(self, sql: str) -> Planned:
        return plan_query(
            Question(ProjectId(PROJECT), PersonId(RESEARCHER), sql), self._policies, self._store, now=NOW
        )
