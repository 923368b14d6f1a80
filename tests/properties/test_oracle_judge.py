"""The oracle itself: its interpreter means by each question what DuckDB means."""

import duckdb
from hypothesis import given
from hypothesis import strategies as st

from tests.oracle.judge import answer
from tests.oracle.questions import questions
from tests.oracle.rules import Rules
from tests.oracle.tree import Query, render
from tests.oracle.world import fill, make_world
from tests.support.tables import same_rows


@given(questions(), st.integers(0, 1_000), st.sampled_from((1, 5, 20, 40)))
def test_the_judge_computes_what_duckdb_computes(question: Query, seed: int, units: int) -> None:
    world = make_world(seed, units=units)
    with duckdb.connect() as connection:
        fill(connection, world)
        theirs = connection.execute(render(question)).fetchall()
    ours = answer(question, world, Rules(min_units=1)).rows
    assert same_rows(ours, theirs, ordered=bool(question.order)), render(question)
