"""Equal subqueries are one: what is grouped by can be selected, filtered and ordered by as it was written."""

import pytest

from tests.oracle.world import make_world
from tests.support.ask import Enclave

IN = "(p.hospital_id IN (SELECT hospital_id FROM hospital WHERE region = 'North'))"
EXISTS = "EXISTS (SELECT 1 FROM hospital h WHERE h.hospital_id = p.hospital_id AND h.region = 'North')"
VALUE = "(p.hospital_id = (SELECT min(hospital_id) FROM hospital))"


def answers(*questions: str) -> list[tuple[object, object]]:
    with Enclave(make_world(1, units=60), min_units=1) as enclave:
        found: list[tuple[object, object]] = []
        for sql in questions:
            enclave.forget()
            answered = enclave.ask(sql)
            assert answered.status == "released", answered.line
            found.append((answered.columns, answered.rows))
    return found


@pytest.mark.parametrize("key", [IN, EXISTS, VALUE])
@pytest.mark.parametrize(
    "rest",
    ["GROUP BY {0}", "GROUP BY {0} HAVING {0} OR count(*) > 1", "GROUP BY ROLLUP ({0})", "GROUP BY ALL"],
)
def test_a_key_that_is_written_twice_is_the_key(key: str, rest: str) -> None:
    asked = f"SELECT {key} AS k, count(*) AS n FROM patient p WHERE year = 2022 "
    twice, by_place = answers(
        f"{asked} {rest.format(key)} ORDER BY {key}", f"{asked} {rest.format('k')} ORDER BY 1"
    )
    assert twice == by_place


def test_a_key_that_is_written_twice_is_the_key_after_an_aggregate() -> None:
    cells = "WITH p AS (SELECT hospital_id, count(*) AS n FROM patient GROUP BY 1) SELECT"
    key = f"{IN} AS k, sum(n) AS n FROM p GROUP BY"
    twice, by_place = answers(f"{cells} {key} {IN} ORDER BY {IN}", f"{cells} {key} 1 ORDER BY 1")
    assert twice == by_place
