"""Differencing between people by their rows at one census and people by a summary of all their rows.

A summary by key has no census: were it held against its like alone, everybody less those who never smoked would be
the few who ever did. Source: Griffiths and others, Handbook on SDC for Outputs (SDAP, 2019), differencing.
"""

import pytest

from tests.attacks.support_worlds import patient, people, visit, world
from tests.oracle.world import World
from tests.support.ask import Enclave

FEW = world(
    people(40, 4, smoker=True),
    visits=[visit(person, number, urgent=False) for person in range(1, 45) for number in (1, 2)],
)
EVERYBODY = "SELECT count(DISTINCT person) FROM patient"
ALL_BUT_FOUR = (
    "SELECT count(*) FROM (SELECT person FROM patient WHERE NOT smoker GROUP BY person) AS q",
    "SELECT count(*) FROM (SELECT DISTINCT person FROM patient WHERE NOT smoker) AS q",
    "SELECT count(*) FROM (SELECT person, bool_or(smoker) AS s FROM patient GROUP BY person) AS q WHERE NOT s",
    "SELECT count(*) FROM (SELECT person FROM patient WHERE NOT smoker AND year = 2022 GROUP BY person) AS q",
)


@pytest.mark.parametrize("summary", ALL_BUT_FOUR)
def test_a_summary_does_not_lack_a_few_of_everybody_who_was_counted(summary: str) -> None:
    with Enclave(FEW, min_units=10) as enclave:
        assert enclave.ask(EVERYBODY).rows == ((44,),)
        assert enclave.ask(summary).rows == ((None,),)


@pytest.mark.parametrize("summary", ALL_BUT_FOUR)
def test_everybody_is_not_a_few_more_than_a_summary_that_was_shown(summary: str) -> None:
    with Enclave(FEW, min_units=10) as enclave:
        assert enclave.ask(summary).rows == ((40,),)
        assert enclave.ask(EVERYBODY).rows == ((None,),)


def test_nor_inside_one_hospital() -> None:
    inner = "SELECT person, hospital_id FROM patient WHERE NOT smoker GROUP BY person, hospital_id"
    with Enclave(FEW, min_units=10) as enclave:
        enclave.ask("SELECT hospital_id, count(DISTINCT person) FROM patient GROUP BY 1")
        assert not enclave.ask(f"SELECT hospital_id, count(*) FROM ({inner}) AS q GROUP BY 1").rows


def test_a_summary_of_everybody_is_shown_beside_everybody() -> None:
    with Enclave(FEW, min_units=10) as enclave:
        assert enclave.ask(EVERYBODY).rows == ((44,),)
        again = "SELECT count(*) FROM (SELECT person, max(weight) AS w FROM patient GROUP BY person) AS q"
        assert enclave.ask(again).rows == ((44,),)


def smokers(most: int) -> World:
    """44 patients, half of either sex, at one census; those past `most` smoke."""
    return world([patient(n, sex="F" if n % 2 else "M", smoker=n > most) for n in range(1, 45)])


PARTS = {
    "a summary": "SELECT count(*) FROM (SELECT person FROM patient WHERE NOT smoker AND sex = '{}' GROUP BY person) q",
    "a summary by sex": (
        "SELECT count(*) FROM (SELECT person, sex FROM patient WHERE NOT smoker GROUP BY person, sex) q"
        " WHERE sex = '{}'"
    ),
    "a summary of a summary": (
        "SELECT count(*) FROM (SELECT person, max(s) AS s FROM (SELECT person, hospital_id, min(sex) AS s FROM patient"
        " WHERE NOT smoker GROUP BY person, hospital_id) p GROUP BY person) q WHERE s = '{}'"
    ),
    "a value of a summary": (
        "SELECT count(*) FROM (SELECT person, min(sex) AS s FROM patient WHERE NOT smoker GROUP BY person) q"
        " WHERE s = '{}'"
    ),
    "a list beside a summary": (
        "SELECT count(*) FROM (VALUES ('F'), ('M')) v(s) JOIN (SELECT person, sex FROM patient WHERE NOT smoker"
        " GROUP BY person, sex) q ON v.s = q.sex WHERE q.sex = '{}'"
    ),
    "windows": (
        "SELECT count(*) FROM (SELECT person, sex, row_number() OVER (PARTITION BY person ORDER BY sex) AS n FROM"
        " (SELECT person, sex FROM patient WHERE NOT smoker GROUP BY person, sex) p) q WHERE n = 1 AND sex = '{}'"
    ),
}


@pytest.mark.parametrize("part", PARTS.values(), ids=PARTS.keys())
@pytest.mark.parametrize("most", [40, 44], ids=["four smoke", "nobody smokes"])
def test_two_parts_by_summaries_are_not_shown_beside_the_whole(part: str, most: int) -> None:
    with Enclave(smokers(most), min_units=10) as enclave:
        assert enclave.ask(EVERYBODY).rows == ((44,),)
        assert enclave.ask(part.format("F")).rows == ((most // 2,),)
        assert enclave.ask(part.format("M")).rows == ((None,),)


@pytest.mark.parametrize("part", PARTS.values(), ids=PARTS.keys())
def test_nor_one_by_a_summary_and_one_by_rows(part: str) -> None:
    with Enclave(smokers(40), min_units=10) as enclave:
        assert enclave.ask(EVERYBODY).rows == ((44,),)
        assert enclave.ask(part.format("F")).rows == ((20,),)
        rows = "SELECT count(DISTINCT person) FROM patient WHERE NOT smoker AND sex = 'M'"
        assert enclave.ask(rows).rows == ((None,),)
