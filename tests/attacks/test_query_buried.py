"""Attacks by an OR that stands deep: below a person's own summary, a DISTINCT, or a subquery on the key."""

import pytest

from tests.attacks.support_worlds import asked, patient, people, world
from tests.oracle.world import World
from tests.support.ask import Enclave

FORMS = {
    "plain": "SELECT count(*) FROM patient WHERE {}",
    "summary": "SELECT count(*) FROM (SELECT person FROM patient WHERE {} GROUP BY person) q",
    "distinct": "SELECT count(*) FROM (SELECT DISTINCT person FROM patient WHERE {}) q",
    "in": "SELECT count(*) FROM patient WHERE person IN (SELECT person FROM patient WHERE {})",
    "exists": "SELECT count(*) FROM patient p WHERE EXISTS (SELECT 1 FROM patient x WHERE x.person = p.person AND {})",
    "filter": "SELECT count(*) FILTER (WHERE person IN (SELECT person FROM patient WHERE {})) FROM patient",
    "deep": "SELECT count(*) FROM (SELECT n FROM (SELECT person, count(*) AS n FROM patient WHERE {} GROUP BY 1)) q",
}
KNOWN = "band = 2"
"""One person alone has it, as the attacker knows."""


def one_is(diagnosis: str) -> World:
    """Forty women, the one known man with this diagnosis, and other men."""
    others = [patient(person, sex="M", band=3) for person in range(42, 60)]
    return world([*people(40), patient(41, sex="M", band=2, diagnosis=diagnosis), *others])


WITH, WITHOUT = one_is("RARE"), one_is("ASTHMA")


@pytest.mark.parametrize("form", FORMS)
def test_all_women_or_the_known_man_if_he_has_it_is_the_same_whether_he_has_or_not(form: str) -> None:
    """The branch picks out one person: 41 says yes, 40 no. Source: branches are numbers, wherever they stand."""
    sql = FORMS[form].format(f"(sex = 'F' OR {KNOWN} AND diagnosis = 'RARE')")
    assert asked(WITH, sql).rows == asked(WITHOUT, sql).rows


@pytest.mark.parametrize("form", FORMS)
def test_all_but_the_known_man_if_he_has_it_is_the_same_too(form: str) -> None:
    """The same by a denial. Source: a denial is an answer."""
    sql = FORMS[form].format(f"NOT ({KNOWN} AND diagnosis = 'RARE')")
    for total in ("", "SELECT count(*) FROM patient"):
        told = []
        for where in (WITH, WITHOUT):
            with Enclave(where, min_units=10) as enclave:
                told.append([enclave.ask(each).rows for each in (total, sql) if each])
        assert told[0] == told[1]


@pytest.mark.parametrize("form", FORMS)
def test_a_condition_of_one_field_is_answered_wherever_it_stands(form: str) -> None:
    assert asked(WITH, FORMS[form].format("sex IN ('F')")).rows == ((40,),)
