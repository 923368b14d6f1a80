"""Attacks with many sums over the same people, none of which is of a few: as many equations as there are values.

No two differ in whom they are about, so nothing is left over between them. But the sum of `floor(1.37 * x + b)` with
other b counts those whose x lies in a slice, a few dozen sums of logarithms are a few dozen equations, and what a
person's own rows give of a measure is the measure under another name.
"""

import random
from collections.abc import Iterator
from decimal import Decimal
from itertools import pairwise

import pytest

from tests.attacks.support_worlds import MIN_UNITS, patient, plainly, world
from tests.oracle.values import Value
from tests.support.ask import Enclave

CHANCE = random.Random(25)
WORLD = world(
    [
        patient(person, weight=Decimal(CHANCE.randrange(500, 1300)) / 10, risk=CHANCE.random())
        for person in range(1, 201)
    ]
)
FORMS = "max(weight) AS a, min(weight) AS b, sum(weight) AS c, any_value(weight) AS d"
OWN = f"(SELECT person, {FORMS} FROM patient GROUP BY person) q"
POINTS = [Decimal(place) / 100 for place in range(8, 96, 4)]


@pytest.fixture(scope="module")
def enclave() -> Iterator[Enclave]:
    with Enclave(WORLD, min_units=MIN_UNITS) as opened:
        yield opened


def shown(enclave: Enclave, numbers: list[str], rows: str) -> list[Value]:
    """What is shown of the numbers, each asked by itself in one session."""
    enclave.forget()
    found = [enclave.ask(f"SELECT {number} AS x FROM {rows}") for number in numbers]
    assert {one.status for one in found} <= {"released", "held"}
    return [one.rows[0][0] for one in found if one.rows and one.rows[0][0] is not None]


SLICES = [f"sum(floor(weight * 2 + 0.{place}))" for place in range(10)]


def test_slices_of_the_people_follow_from_what_is_rounded() -> None:
    """The control: ten sums count the people by the last digit of their weight."""
    sums = [int(str(plainly(WORLD, f"SELECT {one} FROM patient")[0][0])) for one in SLICES]
    steps = [later - earlier for earlier, later in pairwise(sums)]
    digits = [int(Decimal(str(row["weight"])) * 20) % 10 for row in WORLD.table("patient")]
    assert steps == [digits.count(10 - place) for place in range(1, 10)]


@pytest.mark.parametrize(
    ("numbers", "rows"),
    [
        (SLICES, "patient"),
        (["sum(round(weight))", "sum(ceil(weight))", "sum(weight // 1)", "sum(CAST(weight AS INTEGER))"], "patient"),
        ([f"sum(ln(weight + {place}))" for place in range(1, 9)], "patient"),
        (["sum(sqrt(weight))", "sum(1 / weight)", "sum(weight * weight)", "var_pop(weight)"], "patient"),
        (["var_pop(a)", "skewness(b)", "kurtosis(c)", "sum(d * d)", "sum(a * a * a)"], OWN),
        (["var_pop(weight)", "var_pop(weight + 0.0001 * risk)", "var_pop(weight - 0.0001 * risk)"], "patient"),
        (["sum(sqrt(weight))", "sum(sqrt(weight) + 0.0001 * sqrt(risk))"], "patient"),
    ],
)  # fmt: skip
def test_one_moment_beside_the_mean_is_shown_by_whatever_name(
    enclave: Enclave, numbers: list[str], rows: str
) -> None:
    """Linear reconstruction over one population. Source: Dinur and Nissim, Revealing information while preserving
    privacy (2003); our rule on the moments of a measure."""
    assert len(shown(enclave, numbers, rows)) == 1


@pytest.mark.parametrize(
    ("values", "rows"),
    [
        (("a", "b", "c", "d"), OWN),
        (("weight", "2 * weight", "weight + 0.0001 * risk"), "patient"),
    ],
)
def test_twenty_points_are_shown_by_whatever_name(
    enclave: Enclave, values: tuple[str, ...], rows: str
) -> None:
    """A grid of quantiles, by another name past the twentieth. Source: as above."""
    numbers = [f"quantile_cont({value}, {point})" for value in values for point in POINTS]
    enclave.forget()
    found = enclave.ask(f"SELECT {', '.join(numbers[: len(POINTS) - 4])} FROM {rows}")
    more = enclave.ask(f"SELECT {', '.join(numbers[len(POINTS) :][:20])} FROM {rows}")
    there = [value for one in (found, more) for value in one.rows[0] if value is not None]
    assert len(there) == 20


def test_mean_deviation_and_deciles_are_shown_together(enclave: Enclave) -> None:
    deciles = [f"quantile_cont(weight, 0.{place})" for place in range(1, 10)]
    assert (
        len(
            shown(
                enclave, ["avg(weight)", "stddev(weight)", "avg(risk)", "stddev(risk)", *deciles], "patient"
            )
        )
        == 13
    )


def test_shares_of_one_field_are_shown_together(enclave: Enclave) -> None:
    assert (
        len(
            shown(
                enclave,
                ["avg(risk / weight)", "avg(change / weight)", "avg(weight)", "stddev(weight)"],
                "patient",
            )
        )
        == 4
    )
