"""Attack: add up the numbers of schools over everybody, and over everybody but a few dozen.

Each sum has enough people in every school. But of those left out two go to another school than the rest, and the
difference of the sums, beside that of the counts, spells out that they are two: a count that is hidden when asked.
"""

import pytest

from tests.attacks.support_worlds import MIN_UNITS, patient, visit, world
from tests.support.ask import Enclave

GROUPS = {(1, 100): 40, (1, 101): 38, (2, 100): 20, (2, 101): 2}
"""By band and hospital, how many people."""
WORLD = world(
    [
        patient(number, band=band, hospital_id=hospital)
        for number, (band, hospital) in enumerate((of for of, many in GROUPS.items() for _ in range(many)), 1)
    ],
    [visit(number) for number in range(1, 101)],
)
OWN = "(SELECT person, band, max(hospital_id) AS place FROM patient GROUP BY ALL)"


@pytest.mark.parametrize(
    "asked",
    [
        "sum(hospital_id) AS s FROM patient",
        "avg(hospital_id) AS s FROM patient",
        "avg(hospital_id * 2) AS s FROM patient",
        "avg(CASE WHEN insured THEN hospital_id END) AS s FROM patient",
        "var_pop(hospital_id) AS s FROM patient",
        "covar_pop(weight, hospital_id) AS s FROM patient",
        "regr_avgx(weight, hospital_id) AS s FROM patient",
        f"avg(place) AS s FROM {OWN}",
        "sum(h.hospital_id) AS s FROM patient p JOIN hospital h ON h.hospital_id = p.hospital_id",
        f"sum(place + 0.5) AS s FROM {OWN}",
    ],
)
def test_names_are_not_added_up(asked: str) -> None:
    with Enclave(WORLD, min_units=MIN_UNITS) as enclave:
        answered = enclave.ask(f"SELECT {asked}")
    assert answered.code == "encodes-people"
    assert " names one of very many things" in answered.line


def test_what_is_offered_instead_runs_and_hides_the_two() -> None:
    counted = "SELECT hospital_id, count(*) AS n FROM patient WHERE band = 2 GROUP BY 1"
    compared = (
        "SELECT avg(CASE WHEN hospital_id = 101 THEN 1 ELSE 0 END) AS share FROM patient WHERE band = {}"
    )
    with Enclave(WORLD, min_units=MIN_UNITS) as enclave:
        assert enclave.ask(counted).rows == ((100, 20),)
        assert enclave.ask(compared.format(1)).rows[0][0] is not None
        assert enclave.ask(compared.format(2)).rows == ((None,),)


@pytest.mark.parametrize("asked", ["avg(band)", "sum(stage)", "median(hospital_id)", "count(hospital_id)"])
def test_codes_of_short_lists_and_other_statistics_are_not_refused(asked: str) -> None:
    with Enclave(WORLD, min_units=MIN_UNITS) as enclave:
        assert enclave.ask(f"SELECT {asked} AS v FROM patient").status != "refused"
