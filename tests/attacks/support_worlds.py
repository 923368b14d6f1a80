"""Worlds of a few dozen people with a planted secret, and two ways to ask them: plainly, and through the front door.

Each test says in its own words who is special in its world; everybody else is the same ordinary person.
"""

import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from functools import lru_cache
from pathlib import Path

import duckdb
from ruamel.yaml import YAML

from enclave.actions.check_policy import load_policies
from enclave.actions.ledger_memory import MemoryLedger
from enclave.actions.plan_query import Question
from enclave.actions.run_query import Desk, run_query
from enclave.problems import Problem, Refusals
from enclave.terms import PersonId, ProjectId
from tests.oracle.policies import PROJECT, RESEARCHER, write_policies
from tests.oracle.values import Value
from tests.oracle.world import World, fill
from tests.support.answers import Answered
from tests.support.ask import NOW, Enclave, InProcessEngine, WorldStore, scratch
from tests.support.tables import same_rows, same_value

MIN_UNITS = 10
Row = dict[str, Value]

HOSPITALS: tuple[Row, ...] = (
    {"hospital_id": 100, "region": "North", "teaching": True, "beds": 50},
    {"hospital_id": 101, "region": "South", "teaching": False, "beds": 20},
    {"hospital_id": 102, "region": "West", "teaching": False, "beds": 300},
)


def patient(person: int, **special: Value) -> Row:
    """One row of an ordinary patient."""
    ordinary: Row = {
        "person": person,
        "year": 2022,
        "wave": "AUT",
        "entry_status": None,
        "hospital_id": 100,
        "sex": "F",
        "smoker": False,
        "insured": True,
        "band": 1,
        "stage": 1,
        "diagnosis": "ASTHMA",
        "weight": Decimal("70.0"),
        "change": 1,
        "risk": 0.5,
    }
    return ordinary | special


def visit(person: int, number: int = 1, **special: Value) -> Row:
    """One ordinary visit."""
    ordinary: Row = {
        "person": person,
        "year": 2022,
        "visit_number": number,
        "hospital_id": 100,
        "ward": "DAY",
        "urgent": False,
        "nights": 1,
        "cost": Decimal("100.00"),
    }
    return ordinary | special


def outcome(person: int, **special: Value) -> Row:
    """One ordinary outcome."""
    ordinary: Row = {
        "person": person,
        "year": 2022,
        "hospital_id": 100,
        "recovered": True,
        "grade": 0,
        "points": Decimal("10.00"),
    }
    return ordinary | special


def world(
    patients: Iterable[Mapping[str, Value]] = (),
    visits: Iterable[Mapping[str, Value]] = (),
    outcomes: Iterable[Mapping[str, Value]] = (),
    hospitals: Iterable[Mapping[str, Value]] = HOSPITALS,
) -> World:
    return World(
        {
            "hospital": tuple(hospitals),
            "patient": tuple(patients),
            "visit": tuple(visits),
            "outcome": tuple(outcomes),
        }
    )


def people(
    ordinary: int, few: int = 0, *, make: Callable[..., Row] = patient, **special: Value
) -> tuple[Row, ...]:
    """So many ordinary rows and, after them, a few special ones, each of a person of its own."""
    plain = [make(person) for person in range(1, ordinary + 1)]
    rare = [make(person, **special) for person in range(ordinary + 1, ordinary + few + 1)]
    return (*plain, *rare)


class _Opened:
    """A world as the very object that it is, with plain DuckDB and the front door over it."""

    def __init__(self, where: World) -> None:
        self.where = where

    def __hash__(self) -> int:
        return id(self.where)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Opened) and self.where is other.where


@lru_cache(maxsize=8)
def _plain(opened: _Opened) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect(config={"threads": 1})
    fill(connection, opened.where)
    return connection


@lru_cache(maxsize=8)
def _enclave(opened: _Opened) -> Enclave:
    return Enclave(opened.where, min_units=MIN_UNITS)


def plainly(where: World, sql: str) -> list[tuple[Value, ...]]:
    """What plain DuckDB answers: what would leave without protection."""
    return _plain(_Opened(where)).sql(sql).fetchall()


def asked(where: World, sql: str) -> Answered:
    """What a researcher gets, or would get once checkers have approved it: also what is held must be protected.

    Each call is a session of its own.
    """
    enclave = _enclave(_Opened(where))
    enclave.forget()
    found = enclave.ask(sql)
    if found.status != "held":
        return found
    answer = run_query(Question(ProjectId(PROJECT), PersonId(RESEARCHER), sql), enclave._desk)
    values = [answer.table.column(column.id).to_pylist() for column in answer.columns]
    return replace(found, rows=tuple(zip(*values, strict=True)))


def hides(where: World, sql: str, secret: Sequence[tuple[Value, ...]]) -> None:
    """The query would give the secret, and through the front door no cell of it is there."""
    assert same_rows(plainly(where, sql), secret, ordered=False), "the unprotected query gives the secret"
    found = asked(where, sql)
    assert found.status in ("released", "held"), found.line
    for row, kept in ((row, kept) for row in found.rows for kept in secret):
        told = [
            value
            for value, other in zip(row, kept, strict=True)
            if value is not None and same_value(value, other)
        ]
        assert not told, f"{found.rows} tells of {secret}"


def shows(where: World, sql: str) -> None:
    """The same kind of query, where it tells of nobody, is answered as it is: protection is not mere refusal."""
    found = asked(where, sql)
    assert found.status in ("released", "held"), found.line
    assert same_rows(found.rows, plainly(where, sql), ordered=False)


def refuses(where: World, sql: str, code: str, *places: str) -> None:
    """The query would run, and the front door refuses it, pointing at exactly these places of its text."""
    plainly(where, sql)
    found = problems(_enclave(_Opened(where))._desk, sql)
    assert [problem.code for problem in found] == [code] * len(found), found
    assert [span.text for problem in found for span in problem.spans] == list(places)
    assert all(sql[span.start : span.end] == span.text for problem in found for span in problem.spans)


def problems(desk: Desk, sql: str) -> tuple[Problem, ...]:
    """Why a query is refused; none where it is answered."""
    try:
        run_query(Question(ProjectId(PROJECT), PersonId(RESEARCHER), sql), desk)
    except Refusals as refusals:
        return refusals.problems
    return ()


class NarrowProject:
    """The project with some fields, rows or years taken away."""

    def __init__(
        self,
        where: World,
        *,
        without: Mapping[str, Sequence[str]] | None = None,
        uses: Mapping[tuple[str, str], Sequence[str]] | None = None,
        years: Sequence[int] | None = None,
        rows: Mapping[str, Mapping[str, Sequence[str]]] | None = None,
    ) -> None:
        self._engine = InProcessEngine(where)
        with tempfile.TemporaryDirectory() as folder:
            write_policies(Path(folder), min_units=MIN_UNITS)
            path = Path(folder) / f"projects/{PROJECT}.yaml"
            yaml = YAML(typ="safe", pure=True)
            project = yaml.load(path)
            for table in project["data"]["tables"]:
                _narrow(table, without or {}, uses or {}, years, rows or {})
            yaml.dump(project, path)
            policies = load_policies(Path(folder), today=NOW.date())
        self.desk = Desk(policies, WorldStore(self._engine), scratch(), MemoryLedger(), NOW)

    def __enter__(self) -> "NarrowProject":
        return self

    def __exit__(self, *_: object) -> None:
        self._engine.close()

    def answer(self, sql: str) -> list[tuple[Value, ...]]:
        found = run_query(Question(ProjectId(PROJECT), PersonId(RESEARCHER), sql), self.desk)
        values = [found.table.column(column.id).to_pylist() for column in found.columns]
        return list(zip(*values, strict=True))


def _narrow(
    table: dict[str, object],
    without: Mapping[str, Sequence[str]],
    uses: Mapping[tuple[str, str], Sequence[str]],
    years: Sequence[int] | None,
    rows: Mapping[str, Mapping[str, Sequence[str]]],
) -> None:
    name, fields = str(table["name"]), table["fields"]
    if not isinstance(fields, list):
        return
    table["fields"] = [field for field in fields if field["name"] not in without.get(name, ())]
    for field in fields:
        field["use"] = list(uses.get((name, field["name"]), field["use"]))
    if years is not None:
        table["years"] = list(years)
    if name in rows:
        table["rows"] = {field: list(values) for field, values in rows[name].items()}
