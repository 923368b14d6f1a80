"""What analysts write is taken, and keeps its meaning: with the rules off, answers are DuckDB's own, types included."""

from collections import Counter
from collections.abc import Iterator

import pytest

from enclave.actions.run_query import Answer
from enclave.problems import Refusals
from tests.support.corpus import SurfaceQuery, research_queries, surface_queries
from tests.support.made_up import MadeUp, unprotected
from tests.support.tables import same_rows

SURFACE = surface_queries()
RESEARCH = tuple(SurfaceQuery("research", name, sql) for name, sql in research_queries().items())
REFUSED: dict[str, str] = {
    "length of a placement": "encodes-people",
    "months between two dates": "encodes-people",
}
"""Queries of the surface that are refused, with the code; there is a rule behind each, in the docs."""
RESEARCH_REFUSED: dict[str, str] = {
    "length of episodes": "encodes-people",
    "looked-after children by need": "field-not-granted",
    "published school results": "field-not-granted",
    "pupils against published results": "field-not-granted",
}
LEAST_A_ROW = 3
TILES = "ntile by protected cut points"
"""The declared exception: tiles are cut at quantiles, so that they may differ by the size of a tie or a remainder."""
SOURCE_NAMES = "the names of the source"
"""DuckDB does not know these: it is asked with the fields' own names in their places."""
ANY_OF_EQUALS = "union in brackets"
"""LIMIT among rows that ORDER BY leaves equal: which of them, DuckDB does not say."""


@pytest.fixture(scope="module")
def made_up() -> Iterator[MadeUp]:
    with MadeUp(unprotected(), seed=1) as found:
        yield found


def test_each_form_has_three_queries() -> None:
    assert min(Counter(query.row for query in SURFACE).values()) >= LEAST_A_ROW


@pytest.mark.parametrize("query", [*SURFACE, *RESEARCH], ids=lambda query: f"{query.row}: {query.name}")
def test_a_query_is_answered_as_duckdb_answers_it(query: SurfaceQuery, made_up: MadeUp) -> None:
    refused = (RESEARCH_REFUSED if query.row == "research" else REFUSED).get(query.name)
    if refused is not None:
        with pytest.raises(Refusals) as found:
            made_up.answer(query.sql)
        assert found.value.problems[0].code == refused
        return
    answer = made_up.answer(query.sql)
    parsed = answer.planned.plan.protected.authorised.resolved.parsed
    result = made_up.plainly(parsed.bare if query.row == SOURCE_NAMES else query.sql)
    assert [(column.name, column.type) for column in answer.columns] == list(result.columns)
    if query.row == TILES or query.name == ANY_OF_EQUALS:
        assert answer.table.num_rows == len(result.rows)
        return
    assert same_rows(_rows(answer), result.rows, ordered=False)


def _rows(answer: Answer) -> list[tuple[object, ...]]:
    values = [answer.table.column(column.id).to_pylist() for column in answer.columns]
    return list(zip(*values, strict=True))
