"""How many of the ordinary research queries the planner takes, and which it does not yet."""

from collections.abc import Iterator

import pytest

from enclave.problems import Refusals
from tests.support.corpus import research_queries
from tests.support.planning import Planner, planner

QUERIES = research_queries()
REFUSED = {
    "length of episodes": "encodes-people",
    "looked-after children by need": "field-not-granted",
    "published school results": "field-not-granted",
    "pupils against published results": "field-not-granted",
}
"""The first code of each refusal. What is planned one day leaves this list."""


@pytest.fixture(scope="module")
def plans() -> Iterator[Planner]:
    with planner() as made:
        yield made


def refusals(plans: Planner) -> dict[str, str]:
    found = {}
    for name, sql in QUERIES.items():
        try:
            plans.plan(sql)
        except Refusals as refused:
            found[name] = refused.problems[0].code
    return found


def test_the_planner_takes_all_but_the_queries_listed_here(plans: Planner) -> None:
    """Planned means: typed, authorised, cut, compiled, and every statement read back by the binder."""
    assert refusals(plans) == REFUSED


def test_nine_in_ten_are_taken() -> None:
    assert len(REFUSED) * 10 <= len(QUERIES)
