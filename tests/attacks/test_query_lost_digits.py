"""Attacks with digits that arithmetic lets go: rounding without a function that rounds.

A double has sixteen digits, a single seven. A large number beside a measure, or a measure made tiny beside a small one,
leaves of the measure what `floor` would; and sums of that with other numbers beside it count the people slice by slice,
or in one number how many of them are above a line.
"""

import random
from collections.abc import Iterator
from decimal import Decimal

import pytest

from tests.attacks.support_worlds import MIN_UNITS, asked, patient, plainly, shows, world
from tests.oracle.values import Value
from tests.support.ask import Enclave

CHANCE = random.Random(28)
WORLD = world(
    [
        patient(
            person,
            weight=Decimal(CHANCE.randrange(500, 1300)) / 10,
            risk=CHANCE.random(),
            band=1 + person % 4,
        )
        for person in range(1, 201)
    ]
)
HUGE = 2**52
TIMES = "* 0.00001 * 0.00001 * 0.00001"
LISTED = "patient JOIN (VALUES {}) v(band, c) USING (band)"


def number(value: Value) -> float:
    return float(str(value))


def same(c: str) -> str:
    """A list that has the number for everybody."""
    return LISTED.format(", ".join(f"({band}, {c})" for band in range(1, 5)))


@pytest.fixture(scope="module")
def enclave() -> Iterator[Enclave]:
    with Enclave(WORLD, min_units=MIN_UNITS) as opened:
        yield opened


BESIDE = ("0.2", "0.4")
ROUNDING = [
    ("risk * 10 + {b} + 900000000000000 * 5 - 900000000000000 * 5", "patient"),
    ("CAST(weight * 2 + {b} + 8388608 AS FLOAT)", "patient"),
    ("CAST(weight AS FLOAT) * 0.001 + {b} + 9999999", "patient"),
    (f"((risk + {{b}}) {TIMES} + 1) - 1", "patient"),
    (f"{'radians(' * 9}risk + {{b}}{')' * 9} + 1", "patient"),
    (f"{'degrees(' * 9}risk + {{b}}{')' * 9} + risk", "patient"),
    (f"CASE WHEN band = 9 THEN 1 ELSE 1 + (risk + {{b}}) {TIMES} END", "patient"),
    ("risk * 10 + {b} + c - c", same(f"{HUGE}e0")),
    ("(risk * 10 + {b}) * c + 1", same("1e-16")),
    (f"risk * 10 + {{b}} + (SELECT {HUGE}e0) - (SELECT {HUGE}e0)", "patient"),
    ("risk * 10 + {b} + c - c", f"(SELECT *, beds * {HUGE}e0 AS c FROM hospital) JOIN patient USING (hospital_id)"),
    ("risk * c", LISTED.format("(1, 1e18 + {b}e18), (2, 1), (3, 1), (4, 1)")),
    ("a - b", f"(SELECT person, sum(risk * 10 + {{b}} + c) AS a, sum(c) AS b FROM {same(f'{HUGE}e0')} GROUP BY 1) q"),
    ("x + 900000000000000", "(SELECT risk * 0.00001 * 0.1 + {b} AS x FROM patient) q"),
]  # fmt: skip


def test_a_large_number_rounds_as_well_as_floor_does() -> None:
    """The control: such sums count the people by a digit."""
    forms = (f"(risk * 10 + {{b}} + {HUGE}e0) - {HUGE}e0", "floor(risk * 10 + 0.5 + {b})")
    sums = [
        [number(plainly(WORLD, f"SELECT sum({form.format(b=b)}) FROM patient")[0][0]) for b in BESIDE]
        for form in forms
    ]
    assert sums[0] == sums[1]
    assert sums[0][0] < sums[0][1]


@pytest.mark.parametrize(("sum_of", "rows"), ROUNDING)
def test_what_loses_digits_is_shown_once_or_not_at_all(enclave: Enclave, sum_of: str, rows: str) -> None:
    """Slices by floating point. Source: Goldberg, What every computer scientist should know about floating-point
    arithmetic (1991); Mironov, On significance of the least significant bits (2012); reconstruction as by `floor`."""
    enclave.forget()
    found = [enclave.ask(f"SELECT sum({sum_of.format(b=b)}) AS x FROM {rows.format(b=b)}") for b in BESIDE]
    assert {one.status for one in found} <= {"released", "held", "refused"}
    assert len([one for one in found if one.rows and one.rows[0][0] is not None]) <= 1


RARE = world([patient(person, risk=0.9 if person <= 3 else person / 1000) for person in range(1, 201)])


@pytest.mark.parametrize(
    ("mean", "rows"),
    [
        ("avg(risk + 4503599627370497 - 4503599627370496)", "patient"),
        ("avg(risk + 999999999999999 * 5 + 6 - 999999999999999 * 5)", "patient"),
        ("avg(risk + (SELECT 4503599627370497e0) - 4503599627370496)", "patient"),
        ("avg(CAST(risk + 8388609 AS FLOAT) - 8388608)", "patient"),
        ("avg(risk + c - c + 1)", same(f"{HUGE}e0")),
    ],
)
def test_a_mean_that_was_rounded_so_does_not_print_how_few_are_above_a_line(mean: str, rows: str) -> None:
    """A condition that nobody sees: three of 200 are above a half, and the mean is 1.015. Source: as above."""
    values: list[Value] = [row[0] for row in asked(RARE, f"SELECT {mean} AS x FROM {rows}").rows]
    assert [
        value for value in values if value is not None and 200 * number(value) == pytest.approx(203)
    ] == []


MEANS = "(SELECT hospital_id, avg(weight) AS m FROM patient GROUP BY 1)"


@pytest.mark.parametrize("made", [f"{'radians(' * 9}risk{')' * 9} + 1 - 1", f"risk {TIMES} * 0.3 + 1 - 1"])
def test_what_is_left_of_a_measure_made_tiny_does_not_print_how_few_are_above_a_line(made: str) -> None:
    """`radians` is a constant times a number, nine times over 1e-16: of each of the three one last digit of a double is
    left, and of nobody else. Source: as above."""
    assert 200 * number(plainly(RARE, f"SELECT avg({made}) FROM patient")[0][0]) == pytest.approx(3 * 2**-52)
    assert asked(RARE, f"SELECT avg({made}) AS x FROM patient").code == "encodes-people"


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT avg(risk * 100 + 50), sum((weight - 32) * 5 / 9) FROM patient",
        f"SELECT avg(weight - m) FROM patient JOIN {MEANS} h USING (hospital_id)",
        "SELECT avg(CAST(weight AS FLOAT)), avg(weight * 100000 + 1000000) FROM patient",
    ],
)
def test_ordinary_arithmetic_is_shown(sql: str) -> None:
    """The control: centred, scaled and cast as people do."""
    shows(WORLD, sql)
