"""The sandbox and the engine's settings are gone: the rings in the gateway hold alone, and each holds without another.

The front door stands here before a DuckDB that may read, write and call whatever it likes, over a table that has a
column the project was not granted. Then one ring after another is taken out: the gate, the permissions, the binder's
second reading. Two at once are too many for one kind of attack: that is tested too, or the rest would prove nothing.
"""

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pytest
from sqlglot import exp

from enclave.actions.plan_query import Question, plan_query
from enclave.actions.run_query import run_query
from enclave.engines.duckdb.reads import NotReadable, check_reads
from enclave.problems import Problem, Refusals
from enclave.query.leaf_sql import compile_leaf
from enclave.query.parse import parse
from enclave.query.plan import LeafStep, Plan
from enclave.query.shadow import Shadow, ShadowRefused, disagreements
from enclave.query.witness import Disagreement
from enclave.terms import PersonId, ProjectId
from tests.attacks.breach.statements import CLASSES
from tests.attacks.breach.trials import contents, place
from tests.attacks.support_worlds import NarrowProject, outcome, patient, people, visit, world
from tests.attacks.test_query_permissions import USED
from tests.oracle.policies import PROJECT, RESEARCHER
from tests.oracle.schema import TABLES
from tests.support.ask import InProcessEngine, WorldStore, shadow

STATEMENTS = [text for texts in CLASSES.values() for text in texts]
RARE = "rare-canary"
WORLD = world(
    [patient(person, diagnosis=RARE if person > 30 else "ASTHMA") for person in range(1, 61)],
    visits=people(60, make=visit),
    outcomes=people(60, make=outcome),
)
UNGRANTED = [text.replace("RARE", RARE) for text in USED]
PLAIN_NAMES = {"SELECT * FROM a_variable_of_python", "SELECT * FROM a_local_variable", "FROM imported"}
REFUSED, FAULT, ANSWERED = "refused", "fault", "answered"


@dataclass(frozen=True)
class Met:
    """How a question ended, and every word that its asker is told."""

    how: str
    told: str


@dataclass(frozen=True)
class Door:
    project: NarrowProject
    targets: dict[str, str]
    folder: Path

    def meet(self, text: str) -> Met:
        """Ask. A broken promise inside is a fault, none of whose words go out."""
        sql = text.format(**self.targets) if text in STATEMENTS else text
        try:
            answer = run_query(Question(ProjectId(PROJECT), PersonId(RESEARCHER), sql), self.project.desk)
        except Refusals as refusals:
            return Met(REFUSED, " ".join(problem.detail for problem in refusals.problems))
        except Problem as problem:
            return Met(REFUSED, problem.detail)
        except Exception:  # noqa: BLE001 - the edge of a run, as in `run_jobs`
            return Met(FAULT, "")
        return Met(ANSWERED, str(answer.table.to_pydict()))

    def ends(self, texts: list[str]) -> set[str]:
        return {self.meet(text).how for text in texts}


@pytest.fixture
def door(tmp_path: Path) -> Iterator[Door]:
    folder = tmp_path / "place"
    with NarrowProject(WORLD, without={"patient": ["diagnosis"]}) as project:
        shadow().plans = type(shadow().plans)(
            256
        )  # what another arrangement planned is not planned for this one
        yield Door(project, place(folder) | {"port": "9"}, folder)


def no_gate(patched: pytest.MonkeyPatch) -> None:
    """Also the two lists of words that stand before it."""
    patched.setattr("enclave.query.parse.gate", lambda *_: None)
    patched.setattr("enclave.query.parse.first_unknown", lambda *_: None)
    patched.setattr("enclave.query.parse.misreadings", lambda *_: ())


def no_permissions(patched: pytest.MonkeyPatch) -> None:
    patched.setattr("enclave.query.authorise._refused", lambda *_: iter(()))


def no_binder(patched: pytest.MonkeyPatch) -> None:
    patched.setattr("enclave.query.compile.check_reads", lambda *_, **__: None)
    patched.setattr("enclave.query.compile._Compiler.same_meaning", lambda *_: None)


RINGS: dict[str, Callable[[pytest.MonkeyPatch], None]] = {
    "nothing": lambda _: None,
    "the gate": no_gate,
    "the binder": no_binder,
}


@pytest.mark.parametrize("ring", RINGS)
def test_with_no_sandbox_no_settings_and_one_ring_gone_the_gateway_refuses_every_statement(
    door: Door, ring: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = contents(door.folder)
    RINGS[ring](monkeypatch)
    for text in STATEMENTS:
        met = door.meet(text)
        assert met.how == REFUSED, text
        assert "canary" not in met.told.replace("tier-1-canary-3", "")  # which is in the asker's own text
    assert door.ends(UNGRANTED) == {REFUSED}
    assert contents(door.folder) == before


# The gate


def parsed(targets: dict[str, str]) -> set[str]:
    """The statements that are taken for queries."""
    return {text for text in STATEMENTS if _parses(text.format(**targets))}


def _parses(sql: str) -> bool:
    try:
        parse(sql)
    except Refusals:
        return False
    return True


def test_the_gate_alone_refuses_all_but_plain_names_of_tables(door: Door) -> None:
    assert parsed(door.targets) == PLAIN_NAMES


def test_without_the_gate_a_reader_of_sql_takes_many_statements_for_queries(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    no_gate(monkeypatch)
    assert len(parsed(door.targets)) > 50


# The permissions, and what the store has


def test_without_permissions_a_column_that_was_not_granted_is_not_there_to_be_read(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The store gives binder and workers the granted columns alone."""
    no_permissions(monkeypatch)
    with closing(granted_shadow()) as granted:
        monkeypatch.setattr(WorldStore, "shadow", lambda *_: granted)
        assert ANSWERED not in door.ends(UNGRANTED[:12])


def test_without_permissions_and_with_the_column_there_it_is_told(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    no_permissions(monkeypatch)
    met = [door.meet(text) for text in UNGRANTED[:12]]
    assert {one.how for one in met} == {ANSWERED}
    assert any(RARE in one.told for one in met)


def granted_shadow() -> Shadow:
    """What a binder is given by the store: no column that the project lacks."""
    with closing(InProcessEngine(WORLD)) as engine:
        described = {name: engine.table(f"DESCRIBE {name}", {}).to_pydict() for name in TABLES}
    columns = {
        name: [
            pair
            for pair in zip(rows["column_name"], rows["column_type"], strict=True)
            if pair[0] != "diagnosis"
        ]
        for name, rows in described.items()
    }
    return Shadow(columns)


# The binder


PLAIN = "SELECT sex, count(*) AS n FROM patient GROUP BY sex"


def confuse_the_planner(patched: pytest.MonkeyPatch) -> None:
    """A planner with a fault: it writes one column for another."""
    well = compile_leaf

    def badly(*args: Any, **kwargs: Any) -> Any:
        tree, cells = well(*args, **kwargs)
        for column in tree.find_all(exp.Column):
            if column.name == "sex":
                column.set("this", exp.to_identifier("diagnosis", quoted=True))
        return tree, cells

    patched.setattr("enclave.query.compile.compile_leaf", badly)


def plan_of(door: Door, sql: str) -> Plan:
    desk = door.project.desk
    question = Question(ProjectId(PROJECT), PersonId(RESEARCHER), sql)
    return plan_query(question, desk.policies, desk.store, now=desk.now).plan


def test_a_planner_that_writes_another_column_than_was_asked_for_is_stopped_by_the_binder(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    confuse_the_planner(monkeypatch)
    with pytest.raises(Disagreement, match="diagnosis"):
        plan_of(door, PLAIN)
    assert door.meet(PLAIN) == Met(FAULT, "")


def test_without_the_binder_such_a_planner_would_have_its_way(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    confuse_the_planner(monkeypatch)
    no_binder(monkeypatch)
    leaf = plan_of(door, PLAIN).steps[0]
    assert isinstance(leaf, LeafStep)
    assert '"diagnosis"' in leaf.sql


def test_the_binder_alone_accepts_none_of_the_statements(door: Door) -> None:
    with closing(Shadow({"t": [("a", "VARCHAR"), ("name", "VARCHAR")]})) as binder:
        assert {text for text in STATEMENTS if _binds(binder, text.format(**door.targets))} == set()


def _binds(binder: Shadow, sql: str) -> bool:
    try:
        return disagreements(binder.bind(sql), frozenset({("t", "a")})) == ()
    except ShadowRefused:
        return False


# The worker's own reader


def test_the_workers_reader_alone_lets_none_of_the_statements_to_the_engine(door: Door) -> None:
    with duckdb.connect() as connection:
        assert {text for text in STATEMENTS if _reads(connection, text.format(**door.targets))} == set()
        assert _reads(connection, "SELECT a FROM t")


def _reads(connection: duckdb.DuckDBPyConnection, sql: str) -> bool:
    """An error of any kind is a code to the gateway, and the statement does not run."""
    try:
        check_reads(connection, sql, frozenset({"t"}))
    except (NotReadable, duckdb.Error, ValueError):
        return False
    return True
