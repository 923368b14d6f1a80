"""An answer that only names and orders a safe table is made without an engine, and is what DuckDB would make of it."""

from collections.abc import Iterator
from typing import Any

import duckdb
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from enclave.actions.bare_answers import bare_answer
from enclave.query.plan import Bare, RemainderStep
from tests.support.planning import Planner, planner

TYPES = {"a": "TEXT", "b": "BIGINT", "c": "DOUBLE", "d": "BOOLEAN", "e": "DECIMAL(5, 2)", "f": "DATE"}
FIELDS: "list[pa.Field[Any]]" = [
    pa.field("a", pa.string()),
    pa.field("b", pa.int64()),
    pa.field("c", pa.float64()),
    pa.field("d", pa.bool_()),
    pa.field("e", pa.decimal128(5, 2)),
    pa.field("f", pa.date32()),
]
ARROW = pa.schema(FIELDS)
ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "a": st.none() | st.sampled_from(["", "a", "A", "ä", "é", "z", "\U0001f600", "￿"]),
            "b": st.none() | st.integers(-2, 2),
            "c": st.none() | st.sampled_from([0.0, -0.0, 1.5, -1.5, float("inf")]),
            "d": st.none() | st.booleans(),
            "e": st.none() | st.decimals(-2, 2, places=2),
            "f": st.none() | st.dates(),
        }
    ),
    max_size=12,
)
ORDERS = st.lists(st.tuples(st.sampled_from(sorted(TYPES)), st.booleans()), max_size=3)


def bare_step(orders: list[tuple[str, bool]]) -> RemainderStep:
    """The last step as the compiler writes it: what is asked for, then everything else, nulls last."""
    by = dict.fromkeys([*(name for name, _ in orders), *TYPES])
    falls = dict(reversed(orders))
    words = ", ".join(f'"{name}" {"DESC" if falls.get(name) else "ASC"} NULLS LAST' for name in by)
    columns = ", ".join(f'TRY_CAST("{name}" AS {kind}) AS "o{name}"' for name, kind in TYPES.items())
    return RemainderStep(
        "answer",
        f"SELECT {columns} FROM step_1 ORDER BY {words}",
        {f"o{name}": kind for name, kind in TYPES.items()},
        ("step_1",),
        Bare({f"o{name}": name for name in TYPES}, tuple((name, falls.get(name, False)) for name in by)),
    )


@given(rows=ROWS, orders=ORDERS)
def test_a_bare_answer_is_the_one_that_duckdb_gives(
    rows: list[dict[str, object]], orders: list[tuple[str, bool]]
) -> None:
    step, step_1 = bare_step(orders), pa.Table.from_pylist(rows, schema=ARROW)
    made = bare_answer(step, step_1)
    assert made is not None, "nothing has to be cast"
    with duckdb.connect(config={"threads": 1}) as connection:
        connection.register("step_1", step_1)
        wanted = connection.sql(step.sql).to_arrow_table()
    assert repr(made.to_pydict()) == repr(wanted.to_pydict())
    assert made.schema == wanted.schema


def test_a_table_that_needs_a_cast_has_no_bare_answer() -> None:
    narrow = pa.table({name: pa.nulls(1, ARROW.field(name).type) for name in TYPES})
    narrow = narrow.set_column(1, "b", pa.array([1], pa.int32()))
    assert bare_answer(bare_step([]), narrow) is None


def test_what_is_no_number_is_sorted_by_duckdb() -> None:
    step_1 = pa.Table.from_pylist([{"c": float("nan")}, {"c": 1.0}], schema=ARROW)
    assert bare_answer(bare_step([("c", True)]), step_1) is None
    assert bare_answer(bare_step([("c", False)]), step_1) is not None


@pytest.fixture(scope="module")
def plans() -> Iterator[Planner]:
    with planner() as ready:
        yield ready


def last_step(plans: Planner, order: str) -> RemainderStep:
    asked = "SELECT gender, nc_year, count(*) AS n FROM school_census_pupil WHERE academic_year = '2024/25'"
    step = plans.plan(f"{asked} GROUP BY ALL {order}").plan.steps[-1]
    assert isinstance(step, RemainderStep), "the answer comes last"
    return step


def test_the_compiler_says_what_a_bare_step_names_and_sorts_by(plans: Planner) -> None:
    bare = last_step(plans, "ORDER BY n DESC, gender").bare
    assert bare is not None, "nothing is computed"
    gender, nc_year, n = bare.columns.values()
    assert bare.by == ((n, True), (gender, False), (nc_year, False))


@pytest.mark.parametrize(
    "order", ["LIMIT 3", "ORDER BY gender NULLS FIRST", "ORDER BY n + 1", "HAVING n > 20"]
)
def test_what_is_limited_filtered_or_computed_is_left_to_an_engine(plans: Planner, order: str) -> None:
    assert last_step(plans, order).bare is None
