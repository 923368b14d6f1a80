"""A project of the press: it counts who has consented and nobody else, whatever its people write."""

import tempfile
from collections.abc import Collection, Iterator, Mapping
from contextlib import closing
from dataclasses import replace
from datetime import date
from pathlib import Path

import pyarrow as pa
import pytest

from enclave.actions.check_policy import Policies, load_policies
from enclave.actions.consented import Consenting
from enclave.actions.ledger_memory import MemoryLedger
from enclave.actions.plan_query import Question
from enclave.actions.run_query import Answer, Desk, run_query
from enclave.problems import ConsentBase
from enclave.projects import Policy
from enclave.projects.model import Route, Routes
from enclave.query.standing_lists import consenting
from enclave.terms import PersonId, ProjectId
from tests.oracle.policies import PROJECT, RESEARCHER, write_policies
from tests.oracle.world import World, make_world
from tests.support.ask import NOW, InProcessEngine, WorldStore, scratch
from tests.support.service import edit_yaml

UNITS = 300
HALF = frozenset(range(1, UNITS + 1, 2))
ASKED = [
    "SELECT count(*) AS n FROM patient WHERE year = 2022",
    "SELECT hospital_id, count(*) AS n FROM patient WHERE year = 2022 AND wave = 'SPR' GROUP BY 1",
    "SELECT count(*) AS n FROM patient WHERE year = 2022 AND (1 = 1 OR sex = 'F' OR person IS NOT NULL)",
    "WITH here AS (SELECT * FROM patient WHERE year = 2022) SELECT sex, count(*) AS n FROM here GROUP BY 1",
    """SELECT n, count(*) AS m FROM (SELECT person, count(*) AS n FROM visit WHERE year = 2022 GROUP BY 1) AS v
    GROUP BY 1""",
    """SELECT p.sex, count(*) AS n FROM patient p LEFT JOIN visit v ON v.person = p.person AND v.year = p.year
    WHERE p.year = 2022 AND p.wave = 'SPR' AND v.person IS NULL GROUP BY 1""",
    """SELECT count(*) AS n FROM patient p WHERE year = 2022 AND EXISTS
    (SELECT 1 FROM visit v WHERE v.person = p.person AND v.year = 2022)""",
    """SELECT count(*) AS n FROM patient p WHERE year = 2022 AND NOT EXISTS
    (SELECT 1 FROM visit v WHERE v.person = p.person AND v.year = 2022)""",
    "SELECT band, sum(change) AS s, avg(weight) AS w FROM patient WHERE year = 2022 GROUP BY 1",
    "SELECT year, count(DISTINCT person) AS n FROM visit GROUP BY 1",
]
"""Ways of asking, among them all by which somebody might get below the list."""


@pytest.fixture(scope="module")
def world() -> World:
    return make_world(7, units=UNITS)


@pytest.fixture(scope="module")
def press() -> Policies:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_policies(folder, min_units=3, min_clusters=1)
        edit_yaml(folder / "organisations/infirmary.yaml", lambda one: one.update(type="press"))
        return load_policies(folder, today=NOW.date())


def consent_of(persons: Collection[int]) -> Consenting:
    def lists(_policy: Policy, _tables: Collection[str]) -> Mapping[str, pa.Table]:
        return {consenting("patient"): pa.table({"unit": pa.array(sorted(persons), pa.int32())})}

    return lists


@pytest.fixture
def desk(world: World, press: Policies) -> Iterator[Desk]:
    with closing(InProcessEngine(world)) as engine:
        yield Desk(press, WorldStore(engine), scratch(), MemoryLedger(), NOW, consenting=consent_of(HALF))


def answer(desk: Desk, sql: str) -> Answer:
    return run_query(Question(ProjectId(PROJECT), PersonId(RESEARCHER), sql), desk)


def test_it_is_looked_at_by_a_checker_whatever_it_asks(press: Policies) -> None:
    routes = press.in_force[ProjectId(PROJECT)].routes
    assert min(routes.ordinary.checkers, routes.tier_1.checkers, routes.off_cut_points.checkers) >= 1


def within(world: World, persons: Collection[int]) -> World:
    """The world in which nobody else lives."""
    for name in ("patient", "visit", "outcome"):
        world = world.with_rows(name, tuple(row for row in world.table(name) if row["person"] in persons))
    return world


def rows(found: Answer) -> list[tuple[object, ...]]:
    return [tuple(row.values()) for row in found.table.to_pylist()]


@pytest.mark.parametrize("sql", ASKED)
def test_an_answer_is_that_of_a_world_in_which_nobody_else_lives(
    sql: str, world: World, press: Policies, desk: Desk
) -> None:
    """Two unlike means: the list below the tables, and rows that were taken out before anybody asked."""
    everybody = consent_of(range(1, UNITS + 1))
    with closing(InProcessEngine(within(world, HALF))) as engine:
        other = Desk(press, WorldStore(engine), scratch(), MemoryLedger(), NOW, consenting=everybody)
        expected = rows(answer(other, sql))
    found = rows(answer(desk, sql))
    known = dict.fromkeys(expected)
    assert found, "something is told"
    for row in found:  # what is known of everybody can hide more here, and never shows anything else
        assert row in known or None in row, (row, expected)


def test_most_of_it_is_told(desk: Desk) -> None:
    """Safe and useless would be a failure too."""
    told = [row for sql in ASKED[:2] for row in rows(answer(desk, sql))]
    assert sum(None not in row for row in told) > len(told) / 2


@pytest.mark.parametrize("sql", ASKED)
def test_where_nobody_has_consented_nobody_is_counted(sql: str, desk: Desk) -> None:
    for nobody in (replace(desk, consenting=consent_of(())), _without(desk)):
        assert all(value in (0, None) for row in rows(answer(nobody, sql)) for value in row[-1:])


def _without(desk: Desk) -> Desk:
    """A desk that nobody gave a register to."""
    return Desk(desk.policies, desk.store, desk.scratch, MemoryLedger(), desk.now)


def test_who_has_withdrawn_is_in_no_computation_that_begins_afterwards(world: World, desk: Desk) -> None:
    """And the change tells nothing of the one who went: what was shown before is shown again as it was."""
    sql = ASKED[0]
    desk = replace(
        desk, policies=_shown_at_once(desk.policies)
    )  # else nobody has released the first answer yet
    here = {row["person"] for row in world.table("patient") if row["year"] == 2022 and row["person"] in HALF}
    ((before,),) = rows(answer(desk, sql))
    leaver = min(here)
    later = replace(desk, consenting=consent_of(HALF - {leaver}))
    ((after,),) = rows(answer(later, sql))
    assert before is not None
    assert after == before
    fresh = replace(later, ledger=MemoryLedger(), books=type(desk.books)())
    ((alone,),) = rows(answer(fresh, sql))
    mine = sum(row["person"] == leaver and row["year"] == 2022 for row in world.table("patient"))
    assert alone == before - mine  # type: ignore[operator]


def _shown_at_once(policies: Policies) -> Policies:
    policy = policies.in_force[ProjectId(PROJECT)]
    open_to_all = replace(policy, routes=Routes(Route(), Route(), Route()))
    return replace(policies, in_force={ProjectId(PROJECT): open_to_all})


def test_a_base_that_could_be_subtracted_stops_the_run(desk: Desk) -> None:
    def too_near(_policy: Policy, tables: Collection[str]) -> Mapping[str, pa.Table]:
        raise ConsentBase(detail=f"{sorted(tables)}")

    with pytest.raises(ConsentBase, match="patient"):
        answer(replace(desk, consenting=too_near), ASKED[0])


def test_one_person_from_the_press_makes_a_project_one_of_the_press(tmp_path: Path) -> None:
    write_policies(tmp_path, min_units=3, min_clusters=1)
    edit_yaml(tmp_path / "projects" / f"{PROJECT}.yaml", lambda one: one.update(organisation="keeper"))
    keeper = tmp_path / "organisations/keeper.yaml"
    keeper.write_bytes((tmp_path / "organisations/infirmary.yaml").read_bytes())
    edit_yaml(keeper, lambda one: one.update(id="keeper"))
    edit_yaml(tmp_path / "organisations/infirmary.yaml", lambda one: one.update(type="commercial"))
    policy = load_policies(tmp_path, today=date(2026, 11, 26)).in_force[ProjectId(PROJECT)]
    assert policy.consent_of == {"commercial"}
