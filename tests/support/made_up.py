"""Made-up rows for the product's own catalogue, and the whole pipeline over them in this process, protection off.

Rows keep the catalogue's grain, its code lists and its references. The raw tables stand beside, so that an answer can
be held against what DuckDB says of them.
"""

import random
import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import duckdb
import pyarrow as pa

from benchmarks.deployment import PERSON, WIDE
from benchmarks.deployment import _widen as widened
from enclave.actions.check_policy import Policies
from enclave.actions.ledger_memory import MemoryLedger
from enclave.actions.plan_query import Question
from enclave.actions.run_query import Answer, Desk, Engine, Limits, run_query
from enclave.catalogue.model import Catalogue, Field, Table
from enclave.disclosure.perturbation.record_keys import RecordKeys
from enclave.disclosure.raw import Raw
from enclave.projects import Policy
from enclave.query.rendering import ROW, apart_name
from enclave.query.shadow import Shadow
from enclave.terms import PersonId, ProjectId
from enclave.wiring.home import make_home
from enclave.wiring.packaged import packaged_policies
from enclave.wiring.policies import policies_of
from tests.support.ask import scratch
from tests.support.marked import mark
from tests.support.planning import NOW, EmptyView

FILLED = (
    "local_authority", "school", "area_lsoa", "school_census_pupil", "ks4_pupil", "ks2_pupil", "absence", "exclusion",
    "cla_child", "cla_episode", "cin_child", "ks4_exam",
)  # fmt: skip
"""The tables with rows, those that others refer to first."""
ACADEMIC = {"ks2_pupil": ("2017/18", "2018/19")}
YEARS, ENDING = ("2022/23", "2023/24"), (2023, 2024)
TERMS = ("AUT", "SPR", "SUM")
UNITS, SCHOOLS, MOST_CODES = 60, 6, 4
NUMBERED = {"exclusion": "exclusion_number", "ks4_exam": "qan", "cla_episode": "episode_number"}
"""Where a unit has several rows a year, the field that tells them apart."""

Row = dict[str, object]


@dataclass(frozen=True, slots=True)
class Plain:
    """A plain answer: columns as (name, type), and rows."""

    columns: tuple[tuple[str, str], ...]
    rows: tuple[tuple[object, ...], ...]


class _Maker:
    """Draws rows; the same seed, the same rows."""

    def __init__(self, catalogue: Catalogue, seed: int) -> None:
        self._catalogue, self._draw = catalogue, random.Random(seed)
        self.rows: dict[str, list[Row]] = {}

    def fill(self) -> None:
        for name in FILLED:
            table = self._catalogue.tables[name]
            self.rows[name] = list(self._people(table) if table.unit is not None else self._public(table))

    def _public(self, table: Table) -> Iterator[Row]:
        for number in range(SCHOOLS):
            row = {name: self._value(field, f"{number}") for name, field in table.fields.items()}
            for name in ("urn", "laestab", "lsoa_code", "la_code"):
                if name in row:
                    row[name] = self._named(table.fields[name], number)
            yield row

    def _named(self, field: Field, number: int) -> object:
        if field.code_set is not None:
            return self._catalogue.code_sets[field.code_set].values[number % MOST_CODES]
        return 100_000 + number if field.type == "INTEGER" else f"{3010000 + number}"

    def _people(self, table: Table) -> Iterator[Row]:
        ending = table.year is not None and "INT" in table.fields[table.year.field].type
        years: tuple[object, ...] = ENDING if ending else ACADEMIC.get(table.name, YEARS)
        for unit in range(1, UNITS + 1):
            for year in years:
                for term in TERMS if table.term is not None else ("",):
                    for number in range(
                        self._draw.choice((0, 1, 1, 1) if table.name not in NUMBERED else (0, 0, 1, 2, 3))
                    ):
                        yield self._person(table, unit, year, term, number)

    def _person(self, table: Table, unit: int, year: object, term: str, number: int) -> Row:
        row = {name: self._value(field, f"{number}") for name, field in table.fields.items()}
        row[str(table.key)] = unit
        if table.year is not None:
            row[table.year.field] = year
        if table.term is not None:
            row[table.term] = term
        if table.name in NUMBERED:
            row[NUMBERED[table.name]] = number
        if "record_status" in row:
            row["record_status"] = 1
        if table.name == "cla_child":
            row["cla_child_id"] = f"{unit}"
        school = self._draw.choice(self.rows["school"])
        return row | {name: school[name] for name in ("urn", "laestab", "la_code") if name in row}

    def _value(self, field: Field, number: str) -> object:
        if not field.never_null and self._draw.random() < 0.05:
            return None
        if field.references is not None and self.rows.get(field.references.table):
            return self._draw.choice(self.rows[field.references.table])[field.references.field]
        if field.code_set is not None:
            codes = self._catalogue.code_sets[field.code_set].values[:MOST_CODES]
            return _typed(field, self._draw.choice(codes))
        return self._plain(field, number)

    def _plain(self, field: Field, number: str) -> object:
        low, high = field.bounds or (Decimal(0), Decimal(60))
        match field.type.split("(")[0]:
            case "BOOLEAN":
                return self._draw.random() < 0.5
            case "DATE":
                return date(2023, 1, 1) + timedelta(days=self._draw.randrange(700))
            case "SMALLINT" | "INTEGER" | "BIGINT":
                return self._draw.randint(int(low), int(high))
            case "DECIMAL":
                places = int(field.type.rstrip(")").split(",")[1])
                return Decimal(self._draw.randint(int(low), int(high))).quantize(Decimal(1).scaleb(-places))
            case "DOUBLE" | "FLOAT":
                return float(low) + (float(high) - float(low)) * self._draw.random()
            case _:
                return f"x{number}"


def _typed(field: Field, code: str) -> object:
    return int(code) if field.type in ("SMALLINT", "INTEGER", "BIGINT") else code


class MadeUp:
    """One made-up deployment with the rules off. Use it in a `with`."""

    def __init__(self, policies: Policies, *, seed: int) -> None:
        self._view = EmptyView(policies)
        maker = _Maker(policies.catalogue, seed)
        maker.fill()
        self._stored, self.raw = (duckdb.connect(config={"threads": 1}) for _ in range(2))
        self._policies, self._rows = policies, maker.rows

    def __enter__(self) -> "MadeUp":
        self._fill()
        return self

    def __exit__(self, *_: object) -> None:
        self._stored.close()
        self.raw.close()
        self._view.close()

    def answer(self, sql: str) -> Answer:
        """What run_query gives, whatever its route.

        Raises:
            Refusals: the planner does not take it.
        """
        desk = Desk(self._policies, self, scratch(), MemoryLedger(), NOW)
        return run_query(Question(ProjectId(WIDE), PersonId(PERSON), sql), desk)

    def plainly(self, sql: str) -> "Plain":
        """What DuckDB says of the raw tables."""
        found = self.raw.sql(sql)
        columns = tuple((name, str(kind)) for name, kind in zip(found.columns, found.types, strict=True))
        ids = [str(place) for place in range(len(columns))]
        rows = found.to_arrow_table().rename_columns(ids).to_pylist()
        return Plain(columns, tuple(tuple(row[id] for id in ids) for row in rows))

    # As a store

    @contextmanager
    def engine(self, policy: Policy) -> Iterator[Engine]:
        del policy
        yield self

    @contextmanager
    def ledger_engine(self, policy: Policy, table: str, columns: tuple[str, ...]) -> Iterator[Engine]:
        """Nobody asks for it: nothing is published of made-up rows."""
        del table, columns
        with self.engine(policy) as engine:
            yield engine

    def stored(self, policy: Policy, table: str) -> frozenset[str]:
        del policy, table
        return frozenset()

    def shadow(self, policy: Policy) -> Shadow:
        return self._view.shadow(policy)

    def persons(self, policy: Policy, unit: str) -> None:
        """Keys are numbers of persons."""
        del policy, unit

    def record_keys(self, policy: Policy, unit: str) -> RecordKeys:
        del policy
        return RecordKeys.of(b"a secret of tests", unit)

    def has_table(self, policy: Policy, table: str) -> bool:
        return self._view.has_table(policy, table)

    # As an engine

    def run(
        self, sql: str, inputs: Mapping[str, pa.Table], *, limits: Limits, cancel: threading.Event | None
    ) -> Raw:
        del limits, cancel
        return Raw(self._table(sql, inputs))

    def read_public(self, sql: str, *, limits: Limits, cancel: threading.Event | None) -> pa.Table:
        del limits, cancel
        return self._table(sql, {})

    def _table(self, sql: str, inputs: Mapping[str, pa.Table]) -> pa.Table:
        for name, table in inputs.items():
            self._stored.register(name, table)
        found: pa.Table = self._stored.sql(sql).to_arrow_table()
        for name in inputs:
            self._stored.unregister(name)
        return found

    def _fill(self) -> None:
        for name, table in self._policies.catalogue.tables.items():
            kept = {field: _type(table, field) for field in table.fields}
            rows = self._rows.get(name, [])
            for connection in (self._stored, self.raw):
                columns = ", ".join(f'"{field}" {kind}' for field, kind in kept.items())
                connection.execute(f'CREATE TABLE "{name}" ({ROW} BIGINT, {columns})')
                if rows:
                    values = pa.table({ROW: range(len(rows)), **_columns(self._rows[name])})
                    connection.register("made", values)
                    connection.execute(f'INSERT INTO "{name}" SELECT * FROM made')
                    connection.unregister("made")
            self.raw.execute(f'ALTER TABLE "{name}" DROP COLUMN {ROW}')
            mark(self._stored, [table])
            for field in kept if table.unit is not None else ():
                if table.stored_apart(field):
                    self._stored.execute(
                        f'CREATE TABLE "{apart_name(name, field)}" AS SELECT "{field}", {ROW} FROM "{name}"'
                    )


def _columns(rows: list[Row]) -> dict[str, list[object]]:
    return {name: [row[name] for row in rows] for name in rows[0]}


def _type(table: Table, name: str) -> str:
    kind = str(table.fields[name].type)
    if name == table.key and table.unit is not None:
        return "INTEGER"
    return "VARCHAR" if "CHAR" in kind else kind


def unprotected() -> Policies:
    """The product's policies with the wide project, every threshold at 1."""
    with tempfile.TemporaryDirectory() as folder:
        home = make_home(Path(folder) / "home", policies=packaged_policies())
        for path in (home.policies / "house.yaml", *(home.policies / "projects").glob("*.yaml")):
            text = (
                path.read_text("utf-8")
                .replace("min_units: 10", "min_units: 1")
                .replace("[ons_srs]", "[none]")
            )
            path.write_text(text.replace("min_clusters: 2", "min_clusters: 1"), "utf-8")
        widened(home)
        return policies_of(home)
