"""At a threshold of 1, which only made-up data may have, protection changes nothing: DuckDB's answer comes out."""

import duckdb
from hypothesis import given
from hypothesis import strategies as st

from tests.oracle.questions import questions
from tests.oracle.tree import Query, render
from tests.oracle.world import fill, make_world
from tests.support.ask import Enclave
from tests.support.budget import one_in
from tests.support.tables import same_rows

LEAST_RELEASED_PERCENT = 60


def test_at_threshold_1_an_answer_is_duckdbs_own_types_included() -> None:
    asked, answered = [0], [0]

    @given(questions(), st.integers(0, 1_000), st.sampled_from((1, 20, 50)))
    @one_in(2)
    def each(question: Query, seed: int, units: int) -> None:
        world = make_world(seed, units=units)
        with Enclave(world, min_units=1) as enclave:
            found = enclave.ask(question)
        asked[0] += 1
        if not found.released:
            return
        answered[0] += 1
        with duckdb.connect() as connection:
            fill(connection, world)
            result = connection.execute(render(question))
            columns = tuple((name, str(kind)) for name, kind, *_ in result.description)
            rows = result.fetchall()
        assert found.columns == columns, render(question)
        assert same_rows(found.rows, rows, ordered=bool(question.order)), render(question)

    each()
    assert answered[0] * 100 >= asked[0] * LEAST_RELEASED_PERCENT
