"""What several numbers of a leaf share is computed once, and each number is judged as it is when asked alone."""

from typing import Any

import pyarrow as pa
import pytest

from enclave.actions.plan_query import Question, plan_query
from enclave.disclosure.disclose import disclose
from enclave.disclosure.raw import Raw
from enclave.query.plan import LeafStep
from enclave.terms import PersonId, ProjectId
from tests.oracle.policies import PROJECT, RESEARCHER
from tests.oracle.world import make_world
from tests.support.ask import NOW, InProcessEngine, WorldStore, policies

NUMBERS = (
    "count(*)",
    "count(points)",
    "sum(points)",
    "avg(points)",
    "avg(points + 1)",
    "median(points)",
    "quantile_cont(points, 0.25)",
    "stddev(points)",
    "regr_slope(points, year)",
    "count(*) FILTER (WHERE recovered)",
    "avg(recovered::INT)",
    "sum(points) FILTER (WHERE recovered)",
)
ONE_ROW, SEVERAL = "FROM outcome WHERE year = 2022", "FROM outcome WHERE year > 2020"
ROLLED_UP = f"{ONE_ROW} GROUP BY ROLLUP (hospital_id, recovered)"
SOURCES = [
    ("hospital_id", f"{ONE_ROW} GROUP BY ALL"),
    ("hospital_id", f"{SEVERAL} GROUP BY ALL"),
    ("hospital_id, recovered, grouping(hospital_id, recovered) AS level", ROLLED_UP),
]


def leaf_of(store: WorldStore, sql: str) -> LeafStep:
    question = Question(ProjectId(PROJECT), PersonId(RESEARCHER), sql)
    step = plan_query(question, policies(5, 2), store, now=NOW).plan.steps[0]
    assert isinstance(step, LeafStep), "a leaf comes first"
    return step


def shown(engine: InProcessEngine, store: WorldStore, sql: str) -> pa.Table:
    question = Question(ProjectId(PROJECT), PersonId(RESEARCHER), sql)
    planned = plan_query(question, policies(5, 2), store, now=NOW)
    step = planned.plan.steps[0]
    assert isinstance(step, LeafStep), "a leaf comes first"
    return disclose(Raw(engine.table(step.sql, {})), step.cells, planned.rules).table


def as_told(column: "pa.ChunkedArray[Any]") -> list[object]:
    """Sums of floating point differ in their last digits by the order of rows."""
    return [f"{value:.9g}" if isinstance(value, float) else value for value in column.to_pylist()]


@pytest.mark.parametrize(("keys", "source"), SOURCES)
def test_a_number_beside_others_is_shown_as_it_is_alone(keys: str, source: str) -> None:
    engine = InProcessEngine(make_world(7, units=120))
    store = WorldStore(engine)
    together = shown(engine, store, f"SELECT {keys}, {', '.join(NUMBERS)} {source}")
    for place, number in enumerate(NUMBERS):
        alone = shown(engine, store, f"SELECT {keys}, {number} {source}")
        wanted = together.column(together.num_columns - len(NUMBERS) + place)
        assert as_told(alone.column(alone.num_columns - 1)) == as_told(wanted), number
    engine.close()


def test_numbers_of_one_argument_read_it_once_and_share_their_pieces() -> None:
    engine = InProcessEngine(make_world(0, units=1))
    store = WorldStore(engine)
    leaf = leaf_of(
        store, f"SELECT hospital_id, avg(points), sum(points), median(points) {ONE_ROW} GROUP BY 1"
    )
    averages = {measure.by_unit for measure in leaf.cells.measures if measure.by_unit is not None}
    assert len(averages) == 1
    spread = leaf_of(store, f"SELECT hospital_id, var_pop(points), stddev(points) {ONE_ROW} GROUP BY 1")
    assert spread.sql.count("_parts") == 1
    engine.close()
