"""Laws of whole answers, from the text of a query to its table, under every method.

`test_secondary_suppression` and `test_perturbation` hold the packages to the same laws, on many more tables.
"""

import random
from dataclasses import replace
from itertools import product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.attacks.support_worlds import Row, patient, world
from tests.support.ask import Enclave, policies

METHODS = pytest.mark.parametrize("method", ["suppress", "round", "cell_key"])
FEW = settings(max_examples=1, deadline=None)
seeds = st.integers(0, 2**32 - 1)
KEYS = ("hospital_id", "sex", "band")
TOTALS = (
    "SELECT hospital_id, sex, band, count(*) AS n, sum(change) AS s FROM patient "
    "GROUP BY CUBE (hospital_id, sex, band)"
)
RENAMED = (
    "SELECT p.hospital_id AS y, p.sex AS w, p.band AS x, count(*) AS z, sum(p.change) AS u FROM patient AS p "
    "GROUP BY CUBE (p.hospital_id, p.sex, p.band)"
)
PLAIN = "SELECT hospital_id, sex, band, count(*) AS n, avg(change) AS a FROM patient GROUP BY 1, 2, 3"
Shown = dict[tuple[Any, ...], Any]


def people(seed: int) -> list[Row]:
    """Groups of all sizes: of a few, of about the threshold, of many."""
    chance, found = random.Random(seed), []
    for hospital in (100, 101):
        for sex in "FM":
            for band in (1, 2):
                found += [{"hospital_id": hospital, "sex": sex, "band": band}] * chance.choice(
                    (0, 3, 8, 12, 25)
                )
    return [patient(key, change=chance.randint(-20, 20), **one) for key, one in enumerate(found, 1)]


def told(enclave: Enclave, sql: str, keys: int = 3) -> Shown:
    """What is shown of each cell."""
    found = enclave.ask(sql)
    assert found.released, found.line
    return {row[:keys]: row[keys:] for row in found.rows if any(value is not None for value in row[keys:])}


def stricter(enclave: Enclave, min_units: int, method: str) -> None:
    """The threshold is raised; all that was shown is remembered."""
    enclave._desk = replace(enclave._desk, policies=policies(min_units, 1, (), method))


@METHODS
@FEW
@given(seeds)
def test_raising_the_threshold_shows_nothing_more_and_nothing_else(method: str, seed: int) -> None:
    """A table without totals by itself; one with totals where the first is remembered, as its pattern binds."""
    rows = world(people(seed))
    with Enclave(rows, min_units=5, method=method) as low, Enclave(rows, min_units=10, method=method) as high:
        assert told(high, PLAIN).items() <= told(low, PLAIN).items()
        low.forget()
        first = told(low, TOTALS)
        stricter(low, 10, method)
        assert told(low, TOTALS).keys() <= first.keys()


@METHODS
@FEW
@given(seeds)
def test_what_a_table_hides_is_hidden_alone_afterwards_and_in_the_table_again(method: str, seed: int) -> None:
    with Enclave(world(people(seed)), min_units=10, method=method) as enclave:
        first = told(enclave, TOTALS)
        for hospital, sex in product((100, 101), "FM"):
            if (hospital, sex, None) not in first:
                where = f"sex = '{sex}' AND hospital_id = {hospital}"
                assert not told(enclave, f"SELECT count(*) FROM patient WHERE {where}", 0)
        assert told(enclave, TOTALS) == first


@METHODS
@FEW
@given(seeds)
def test_neither_the_order_of_rows_nor_names_make_a_difference(method: str, seed: int) -> None:
    found = people(seed)
    shuffled = random.Random(seed + 1).sample(found, len(found))
    with (
        Enclave(world(found), min_units=10, method=method) as one,
        Enclave(world(shuffled), min_units=10, method=method) as other,
    ):
        assert told(one, RENAMED) == told(other, TOTALS)


@METHODS
@FEW
@given(seeds)
def test_asking_again_changes_nothing(method: str, seed: int) -> None:
    with Enclave(world(people(seed)), min_units=10, method=method) as enclave:
        first = enclave.ask(TOTALS)
        told(enclave, PLAIN)
        assert enclave.ask(TOTALS) == first
