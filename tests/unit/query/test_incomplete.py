"""Where hidden numbers go with the empty ones, the column of what is left says that it is incomplete."""

from collections.abc import Iterator

import pytest

from tests.support.planning import Planner, planner

MEANS = "SELECT gender, count(*) AS n, avg(att8) AS m FROM ks4_pupil GROUP BY gender"


@pytest.fixture(scope="module")
def plans() -> Iterator[Planner]:
    with planner() as made:
        yield made


INCOMPLETE = {
    f"UNPIVOT ({MEANS}) ON n, m INTO NAME what VALUE x": ["x"],
    f"SELECT * FROM ({MEANS}) UNPIVOT (x FOR what IN (n, m))": ["x"],
    f"SELECT gender, x FROM (SELECT * FROM ({MEANS}) UNPIVOT (x FOR what IN (n, m))) WHERE what = 'n'": ["x"],
    f"SELECT * FROM ({MEANS}) UNPIVOT INCLUDE NULLS (x FOR what IN (n, m))": [],
    f"SELECT gender, n, m FROM ({MEANS}) WHERE m IS NOT NULL": ["m"],
    f"{MEANS} HAVING count(*) > 100": [],
}


@pytest.mark.parametrize("sql", INCOMPLETE)
def test_what_is_tested_for_null_is_incomplete(plans: Planner, sql: str) -> None:
    assert [column.name for column in plans.plan(sql).plan.columns if column.incomplete] == INCOMPLETE[sql]
