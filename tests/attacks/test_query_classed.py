"""Attacks with what only together is few: weights that leave some out, and correlations of two things.

`sum(x * (w - 1))` adds up those whose weight is not 1, and a covariance of two conditions counts who meets both. Each
factor by itself has enough people on every side.
"""

import random
from decimal import Decimal

import pytest

from tests.attacks.support_worlds import MIN_UNITS, asked, patient, plainly, shows, visit, world
from tests.oracle.values import Value
from tests.oracle.world import World
from tests.support.ask import Enclave

CHANCE = random.Random(29)
FEW = 20


def risks(of_few: list[float]) -> World:
    """Twenty light people of band 2, whose risks are these and then 0; and 180 heavy ones with some risk each."""
    own = of_few + [0.0] * (FEW - len(of_few))
    return world(
        [
            patient(
                person,
                band=2 if person <= FEW else 1,
                weight=Decimal(60 if person <= FEW else 80),
                risk=own[person - 1] if person <= FEW else CHANCE.random(),
            )
            for person in range(1, 201)
        ]
    )


SOME = risks([0.3, 0.4, 0.5])
ONE = risks([0.9] + [0.0001] * (FEW - 1))
MANY = risks([CHANCE.random() for _ in range(FEW)])
WEIGHED = "patient JOIN (VALUES (1, 1), (2, 2)) v(band, c) USING (band)"
NOBODY = "SELECT risk FROM patient WHERE sex = 'M'"
PARTS = [
    f"SELECT sum(risk * (c - 1)) FROM {WEIGHED}",
    f"SELECT sum(risk * c - risk) FROM {WEIGHED}",
    f"SELECT sum(s) FROM (SELECT person, sum(risk * (c - 1)) AS s FROM {WEIGHED} GROUP BY 1) q",
    "SELECT sum(risk * (1 - (weight > 70)::INT)) FROM patient",
    "SELECT sum(s) FROM (SELECT person, sum(risk * (1 - (weight > 70)::INT)) AS s FROM patient GROUP BY 1) q",
    "SELECT sum(risk * (80 - weight)) / 20 FROM patient",
    "SELECT sum(s) / 20 FROM (SELECT person, sum(risk * (80 - weight)) AS s FROM patient GROUP BY 1) q",
    f"SELECT sum(s) / 20 FROM (SELECT risk * (80 - weight) AS s FROM patient UNION ALL {NOBODY}) q",
]


def told(where: World, sql: str) -> list[Value]:
    """The numbers that leave."""
    found = asked(where, sql)
    assert found.status in ("released", "held"), found.line
    return [value for row in found.rows for value in row if value is not None]


@pytest.mark.parametrize("sql", PARTS)
def test_weights_that_leave_most_out_do_not_sum_the_few_that_are_left(sql: str) -> None:
    """Of twenty three have any, or one has nearly all: their sum is hidden, however the others are taken away. Source:
    (n, k) and p per cent in the Handbook on SDC (ESSnet, 2010), section 4.2; our rule on who adds."""
    for where, of_few in ((SOME, 1.2), (ONE, 0.9019)):
        assert [float(str(row[0])) for row in plainly(where, sql)] == [pytest.approx(of_few)]
        assert told(where, sql) == []
    assert told(MANY, sql) != []


def test_a_measure_that_is_nearly_a_constant_does_not_leave_the_few_who_are_far_from_it() -> None:
    """Of `80 - weight` twenty have 20, the others a tenth or nothing: one of the twenty has nearly all that is left."""
    rows = [
        {**row, "weight": Decimal("79.9")} if row["person"] in range(30, 45) else row
        for row in ONE.table("patient")
    ]
    sql = "SELECT sum(risk * (80 - weight)) / 20 FROM patient"
    assert 0.9 < float(str(plainly(world(rows), sql)[0][0])) < 1.0
    assert told(world(rows), sql) == []


@pytest.mark.parametrize(
    "call",
    [
        "covar_pop(band, risk)",
        "regr_slope(risk, weight)",
        "corr(risk, CASE WHEN band = 2 THEN 1 ELSE 0 END)",
        "regr_sxy(c, risk)",
    ],
)
def test_a_correlation_does_not_sum_one_side_of_the_other_value(call: str) -> None:
    """Of two values the covariance with a measure, beside the means, is its sum over one of them. Source: as above."""
    sql = f"SELECT {call} FROM {WEIGHED}"
    assert told(SOME, sql) == told(ONE, sql) == []
    assert told(MANY, sql) != []


def rare(both: int, *, apart: bool = False) -> World:
    """Forty are rare and sixty not insured, and so many are both; or all but so many of the rare are not insured."""
    first = 41 - both if not apart else both + 1
    return world(
        [
            patient(
                person,
                diagnosis="RARE" if person <= 40 else "HEART",
                smoker=person <= 40,
                stage=2 if person <= 40 else 1,
                band=1 if first <= person < first + 60 else 2,
                insured=not first <= person < first + 60,
                weight=Decimal(50 + person % 31),
            )
            for person in range(1, 201)
        ]
    )


IS_RARE = "CASE WHEN diagnosis = 'RARE' THEN 1 ELSE 0 END"
PAIRS = [
    f"covar_pop({IS_RARE}, CASE WHEN insured THEN 0 ELSE 1 END)",
    f"corr({IS_RARE}, insured::INT)",
    f"regr_slope({IS_RARE}, band)",
    f"regr_r2(CASE WHEN band = 1 THEN 5 ELSE 2 END, {IS_RARE})",
]


@pytest.mark.parametrize("call", PAIRS)
@pytest.mark.parametrize(
    "where", [rare(3), rare(0), rare(3, apart=True)], ids=["both", "nobody", "one alone"]
)
def test_a_correlation_of_two_conditions_does_not_count_who_meets_both(where: World, call: str) -> None:
    """Beside the two shares it is the number of those who meet both: three of two hundred, or nobody. Source: Dobra and
    Fienberg, Bounds for cell entries in contingency tables given marginal totals (2000); exact with one moment more."""
    assert plainly(where, f"SELECT {call} FROM patient") != [(None,)]
    assert told(where, f"SELECT {call} FROM patient") == []


@pytest.mark.parametrize("call", PAIRS[:3])
def test_a_correlation_of_two_conditions_is_shown_where_each_combination_has_enough(call: str) -> None:
    shows(rare(20), f"SELECT {call} FROM patient")


def wards(day: range, heart: range) -> World:
    """Two hundred at night, of whom these were there by day, and those for their heart."""
    rows = [visit(person, 1, ward="NIGHT") for person in range(1, 201)]
    rows += [visit(person, 2, ward="DAY") for person in day]
    return world(visits=[*rows, *(visit(person, 3, ward="HEART") for person in heart)])


OWN = (
    "(SELECT person, count(*) FILTER (WHERE ward = 'DAY') AS a, count(*) FILTER (WHERE ward = 'HEART') AS b "
    "FROM visit GROUP BY person) q"
)


@pytest.mark.parametrize(
    "pair", ["sum(a * b)", "covar_pop(a, b)", "corr(a, b)", "sum(a * (1 - b))", "var_pop(a + 2 * b)"]
)
def test_a_product_of_two_own_counts_does_not_count_who_has_one_alone(pair: str) -> None:
    """Forty were there by day and 37 of them for their heart too: a person's own count of 0 or 1 is a condition, and
    `sum(a) - sum(a * b)` is three. Source: differencing within one query."""
    where = wards(range(1, 41), range(4, 121))
    sql = f"SELECT {pair}, sum(a), sum(b) FROM {OWN}"
    assert plainly(where, sql)[0][1:] == (40, 117)
    assert told(where, sql) == [40, 117]
    assert len(told(wards(range(1, 41), range(21, 121)), sql)) == 3


def test_correlations_of_many_values_are_shown() -> None:
    """The control: measures, and a code beside one, overall and by hospital."""
    where = world(
        [
            patient(
                person,
                band=1 + person % 4,
                hospital_id=100 + person % 2,
                insured=person % 3 > 0,
                weight=Decimal(CHANCE.randrange(500, 900)) / 10,
                risk=CHANCE.random(),
            )
            for person in range(1, 201)
        ]
    )
    for call in ("corr(risk, weight)", "corr(band, risk)", "corr(band, insured::INT)", "sum(risk * weight)"):
        shows(where, f"SELECT hospital_id, {call} FROM patient GROUP BY ROLLUP (hospital_id)")


def parted(apart: int) -> World:
    """Of 140 women 40 are rare and twenty of these not insured; of sixty men twenty, and so many of these."""
    first = 161 - apart
    return world(
        [
            patient(
                person,
                sex="M" if person > 140 else "F",
                diagnosis="RARE" if person <= 40 or 140 < person <= 160 else "HEART",
                insured=not (21 <= person <= 80 or first <= person < first + 20),
            )
            for person in range(1, 201)
        ]
    )


def test_correlations_of_all_and_of_nearly_all_do_not_count_who_meets_both() -> None:
    """Each is shown alone; what lies between them is three who meet both. Source: differencing."""
    call = f"SELECT covar_pop({IS_RARE}, CASE WHEN insured THEN 0 ELSE 1 END) FROM patient"
    for apart, shown in ((3, 1), (10, 2)):
        with Enclave(parted(apart), min_units=MIN_UNITS) as enclave:
            rows = [enclave.ask(sql).rows for sql in (call, f"{call} WHERE sex = 'F'")]
        assert len([row for one in rows for row in one if row[0] is not None]) == shown


OFTEN = world(
    visits=[
        *(visit(person, 1, ward="DAY") for person in range(1, 204)),
        *(visit(person, number, ward="DAY") for person in range(1, 21) for number in (2, 3)),
        *(visit(person, 2, ward="NIGHT") for person in range(201, 204)),
    ]
)
"""Twenty with three visits by day; and three with one by day and one at night, who have three rows where the night's is
copied."""
TWICE = "(VALUES ('DAY', 1), ('NIGHT', 1), ('NIGHT', 2)) v(found, c)"
BOTH = f"visit JOIN {TWICE} ON ward = found"


@pytest.mark.parametrize(
    "sql",
    [
        f"SELECT count(*) FROM {BOTH}",
        f"SELECT sum(nights) FROM visit, {TWICE} WHERE ward = found",
        f"SELECT count(*) FROM (SELECT * FROM visit, {TWICE}) q WHERE ward = found",
        f"SELECT sum(n) FROM (SELECT person, count(*) AS n FROM {BOTH} GROUP BY 1) q",
        f"SELECT count(*) FROM (SELECT c FROM {BOTH} UNION ALL SELECT 1 FROM visit WHERE nights = 9) q",
    ],
)
def test_rows_that_are_copied_do_not_hide_among_those_of_people_with_more_rows(sql: str) -> None:
    """246 visits, and 249 where those at night count twice: so three were. Source: our own; copies as a weight."""
    assert plainly(OFTEN, sql) == [(249,)]
    assert told(OFTEN, sql) == []


def test_copies_are_counted_where_enough_people_have_each() -> None:
    ward = ("DAY", "NIGHT")
    visits = [visit(person, n, ward=ward[(person + n) % 2]) for person in range(1, 41) for n in (1, 2)]
    assert told(world(visits=visits), f"SELECT count(*) FROM {BOTH}") == [120]
