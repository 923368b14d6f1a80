"""No ordinary research query is refused by the outer rings, and both readers read each of them alike."""

from collections.abc import Iterator

import pytest

from enclave.query.parse import parse
from enclave.query.shadow import Shadow, disagreements
from tests.support.corpus import research_queries, schema

QUERIES = research_queries()
EVERYTHING = frozenset((table, column) for table, columns in schema().items() for column, _ in columns)


@pytest.fixture(scope="module")
def shadow() -> Iterator[Shadow]:
    shadow = Shadow(schema())
    yield shadow
    shadow.close()


def test_the_corpus_is_large_enough_to_mean_something() -> None:
    assert len(QUERIES) >= 150


@pytest.mark.parametrize("name", QUERIES)
def test_an_ordinary_query_passes_and_keeps_its_meaning(name: str, shadow: Shadow) -> None:
    parsed = parse(QUERIES[name])
    assert shadow.reads_alike(parsed)
    assert disagreements(shadow.bind(parsed.tree.sql("duckdb")), EVERYTHING) == ()


@pytest.mark.parametrize("name", QUERIES)
def test_every_node_of_an_ordinary_query_has_a_place_in_its_text(name: str) -> None:
    parsed = parse(QUERIES[name])
    for node in parsed.tree.walk():
        span = parsed.places.span(node)
        assert span.text
        assert parsed.text[span.start : span.end] == span.text
