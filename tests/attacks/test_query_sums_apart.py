"""Attacks with two sums that are both of many, and what lies between them: a sum of the few who have any, or of one.

60 patients were in the night ward, and three of them stayed over night. The sum of their nights is hidden, since three
add to it; so it must not follow from the sum of everybody and that of the other wards, whatever is asked first. Nor
must that of their costs, nearly all of which are one patient's. No two of these differ by few people, and no rule on
people sees it.
"""

from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal

import pytest

from tests.attacks.support_worlds import MIN_UNITS, patient, plainly, visit, world
from tests.oracle.values import Value
from tests.oracle.world import World
from tests.support.ask import Enclave

WARDS = ("DAY", "HEART", "DAY", "HEART", "NIGHT")
BANDS = {"DAY": 1, "HEART": 2, "NIGHT": 4}


RICH = 45_000


def stays(stayed: int, rich: Sequence[int]) -> World:
    """300 patients, of whom 60 were in the night ward, and so many of these stayed there. Some cost a lot."""
    visits, few = [], stayed < MIN_UNITS
    for person in range(1, 301):
        ward = WARDS[person % 5]
        nights = (5 if person <= 5 * stayed else 0) if ward == "NIGHT" else 1 + person % 4
        visits.append(
            visit(
                person, ward=ward, nights=nights, cost=Decimal(RICH if person in rich else 30 + person % 70)
            )
        )
    patients = [
        patient(
            int(str(row["person"])),
            band=BANDS[str(row["ward"])],
            change=int(str(row["nights"])),
            stage=1 + (row["nights"] != 0 if few and row["ward"] == "NIGHT" else int(str(row["person"])) % 3),
            weight=Decimal(50 if row["nights"] in (0, 1) else 120),
        )
        for row in visits
    ]
    return world(patients, visits)


FEW, MANY = stays(3, [4]), stays(40, range(1, 301, 3))


@pytest.fixture(scope="module")
def enclave() -> Iterator[Enclave]:
    with Enclave(FEW, min_units=MIN_UNITS) as opened:
        yield opened


Rows = Sequence[tuple[Value, ...]]
Solved = Callable[[Sequence[Rows]], float]


def number(value: Value) -> float:
    if value is None:
        raise TypeError("hidden")
    return float(str(value))


def less(found: Sequence[Rows]) -> float:
    """The first answer less all numbers of the others."""
    whole, *parts = [[number(row[-1]) for row in rows] for rows in found]
    return whole[0] - sum(one for part in parts for one in part)


def mean_less(found: Sequence[Rows]) -> float:
    """300 times a mean, less 240 times another."""
    (((mean,),), ((other,),)) = found
    return 300 * number(mean) - 240 * number(other)


def twice(found: Sequence[Rows]) -> float:
    """What the last two answers have twice, where the first has everybody."""
    return -less(found)


def by_ward(found: Sequence[Rows]) -> float:
    """The only number of the first, less what a table of the second has by ward, but for the night."""
    table = {row[0]: row[-1] for row in found[1]}
    return number(found[0][0][0]) - sum(number(table[ward]) for ward in TWO)


DAYS = "FROM visit WHERE ward <> 'NIGHT'"
TWO = ("DAY", "HEART")
BEDS = "visit JOIN hospital USING (hospital_id)"
JOINED = "FROM visit v JOIN patient p ON v.person = p.person"


@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize(
    ("questions", "solved"),
    [
        (["SELECT sum(nights) FROM visit", f"SELECT sum(nights) {DAYS}"], less),
        (["SELECT avg(nights) FROM visit", f"SELECT avg(nights) {DAYS}"], mean_less),
        (["SELECT sum(nights) FROM visit", "SELECT ward, sum(nights) FROM visit GROUP BY ward"], by_ward),
        (["SELECT sum(nights) FROM visit", *(f"SELECT sum(nights) FROM visit WHERE ward = '{ward}'"
          for ward in TWO)], less),
        (["SELECT sum(nights) FROM visit", f"SELECT sum(2 * nights) / 2 {DAYS}"], less),
        (["SELECT sum(nights) FROM visit", f"SELECT sum(nights + 10) - 2400 {DAYS}"], less),
        (["SELECT sum(nights) FROM visit", "SELECT sum(nights) FILTER (WHERE ward <> 'NIGHT') FROM visit"], less),
        (["SELECT sum(nights) FROM visit", "SELECT sum(CASE WHEN ward <> 'NIGHT' THEN nights END) FROM visit"], less),
        (["SELECT sum(x) FROM (SELECT person, sum(nights) AS x FROM visit GROUP BY person) q",
          f"SELECT sum(nights) {DAYS}"], less),
        ([f"SELECT sum(p.change) {JOINED}", f"SELECT sum(p.change) {JOINED} WHERE v.ward <> 'NIGHT'"], less),
        (["SELECT sum(change) FROM patient", "SELECT sum(change) FROM patient WHERE band <> 4"], less),
    ],
)  # fmt: skip
def test_a_sum_of_the_few_who_have_any_does_not_follow_from_two_of_many(
    enclave: Enclave, questions: list[str], solved: Solved, turned: bool
) -> None:
    """Differencing of sums by who adds to them. Source: our own; what is between two sums is a sum."""
    assert solved([plainly(FEW, sql) for sql in questions]) == 15
    order = list(reversed(questions)) if turned else questions
    enclave.forget()
    found = {sql: enclave.ask(sql) for sql in order}
    assert {one.status for one in found.values()} <= {"released", "held"}
    with pytest.raises((TypeError, KeyError)):
        solved([found[sql].rows for sql in questions])


OTHERS = "FROM patient WHERE band <> 4"


@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize(
    ("number", "rest"),
    [
        ("sum(stage)", 60 + 3),
        ("sum(stage + 1)", 120 + 3),
        ("sum(floor(weight / 100))", 3),
        ("sum(floor(weight / 100) + change)", 3 + 15),
        ("sum(change * (change - 1))", 60),
        ("regr_count(change, weight) * regr_avgx(stage, change)", 15),
        ("count(*) * (var_pop(change) + power(avg(change), 2))", 75),
        ("count(*) * (var_pop(stage) + power(avg(stage), 2))", 57 + 12),
        ("count(*) * covar_pop(change, stage)", None),
    ],
)  # fmt: skip
def test_nor_is_it_told_who_has_a_rare_code_or_is_above_a_line(
    enclave: Enclave, number: str, rest: float | None, turned: bool
) -> None:
    """Codes, slices and squares by differencing: three of the night ward have a 2, or weigh 100. Source: as above."""
    questions = [f"SELECT {number} FROM patient", f"SELECT {number} {OTHERS}"]
    assert rest is None or less([plainly(FEW, sql) for sql in questions]) == pytest.approx(rest)
    enclave.forget()
    found = {sql: enclave.ask(sql) for sql in (reversed(questions) if turned else questions)}
    assert {one.status for one in found.values()} <= {"released", "held"}
    with pytest.raises(TypeError):
        less([found[sql].rows for sql in questions])


LARGE = "(VALUES (576460752303423488::DOUBLE)) v(large)"


@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize("number", ["sum(weight + large - large)", "sum((weight + large) - large + 0)"])
def test_nor_where_what_a_row_looks_up_rounds(enclave: Enclave, number: str, turned: bool) -> None:
    """Three of the night ward weigh more than 64, and beside so large a number they weigh 128 and the others nothing.

    So who adds to a measure with a looked-up value beside it is not who has any of the measure. Source: our own.
    """
    questions = [f"SELECT {number} FROM patient, {LARGE}{where}" for where in ("", " WHERE band <> 4")]
    assert less([plainly(FEW, sql) for sql in questions]) == 3 * 128
    enclave.forget()
    found = {sql: enclave.ask(sql) for sql in (reversed(questions) if turned else questions)}
    assert {one.status for one in found.values()} == {"released"}
    with pytest.raises(TypeError):
        less([found[sql].rows for sql in questions])


@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize(
    ("questions", "solved"),
    [
        (["SELECT sum(cost) FROM visit", f"SELECT sum(cost) {DAYS}"], less),
        (["SELECT avg(cost) FROM visit", f"SELECT avg(cost) {DAYS}"], mean_less),
        (["SELECT sum(cost) FROM visit", "SELECT ward, sum(cost) FROM visit GROUP BY ward"], by_ward),
        (["SELECT sum(cost) FROM visit", *(f"SELECT sum(cost) FROM visit WHERE ward = '{ward}'" for ward in TWO)],
         less),
        (["SELECT sum(cost) FROM visit", *(f"SELECT sum(cost) FROM visit WHERE ward <> '{ward}'" for ward in TWO)],
         twice),
        (["SELECT sum(cost) FROM visit", "SELECT ward, sum(3 * cost) / 3 FROM visit GROUP BY ward"], by_ward),
        (["SELECT sum(cost) FROM visit", f"SELECT sum(cost + 1000) - 240000 {DAYS}"], less),
        (["SELECT sum(cost) FROM visit", f"SELECT sum(round(cost)) {DAYS}"], less),
        (["SELECT sum(cost) FROM visit", f"SELECT sum(coalesce(cost, 0)) {DAYS}"], less),
        (["SELECT sum(cost) FROM visit", f"SELECT sum(cost * beds) / 50 {DAYS.replace('visit', BEDS)}"], less),
        (["SELECT sum(cost) FROM visit", "SELECT sum(CASE WHEN ward <> 'NIGHT' THEN cost END) FROM visit"], less),
        (["SELECT sum(x) FROM (SELECT person, sum(cost) AS x FROM visit GROUP BY person) q",
          f"SELECT sum(cost) {DAYS}"], less),
    ],
)  # fmt: skip
def test_what_one_person_adds_does_not_follow_from_two_sums_or_three_either(
    enclave: Enclave, questions: list[str], solved: Solved, turned: bool
) -> None:
    """Dominance by differencing: the costs of the night ward are 92 per cent one patient's. Source: our own, after
    Hundepool and others, Handbook on SDC (ESSnet, 2010), section 4.2."""
    nights = number(plainly(FEW, "SELECT sum(cost) FROM visit WHERE ward = 'NIGHT'")[0][0])
    assert 0.9 * nights < RICH < nights
    assert solved([plainly(FEW, sql) for sql in questions]) == pytest.approx(nights)
    order = list(reversed(questions)) if turned else questions
    enclave.forget()
    found = {sql: enclave.ask(sql) for sql in order}
    assert {one.status for one in found.values()} <= {"released", "held"}
    with pytest.raises((TypeError, KeyError)):
        solved([found[sql].rows for sql in questions])


def test_sums_of_many_who_have_some_are_shown_in_all_parts() -> None:
    """Forty stayed in the night ward: nothing is hidden."""
    with Enclave(MANY, min_units=MIN_UNITS) as enclave:
        asked = ["SELECT sum(nights) FROM visit", "SELECT ward, sum(nights) FROM visit GROUP BY ward"]
        found = [enclave.ask(sql).rows for sql in asked]
        more = [enclave.ask(sql.replace("nights", "cost")).rows for sql in asked]
        codes = [
            enclave.ask(f"SELECT avg(stage), stddev(change) {rows}").rows for rows in ("FROM patient", OTHERS)
        ]
    assert by_ward(found) == 40 * 5
    assert by_ward(more) > 10 * RICH
    assert None not in codes[0][0] + codes[1][0]
    assert [number(row[-1]) for row in found[1] if row[0] == "NIGHT"] == [40 * 5]


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT max(cost) - quantile_cont(cost, 0.96) FROM visit",
        "SELECT quantile_cont(cost, 0.97) FROM visit",
        "SELECT arg_max(cost, cost) - avg(cost) FROM visit",
        "SELECT max(x) - avg(x) FROM (SELECT person, sum(cost) AS x FROM visit GROUP BY person) q",
        "SELECT max(d) FROM (SELECT cost - lag(cost) OVER (ORDER BY cost) AS d FROM visit) q",
        "SELECT avg(cost) FROM visit WHERE cost < (SELECT max(cost) FROM visit)",
        "SELECT sum(greatest(cost, 1000)) - 300 * 1000 FROM visit",
        "SELECT sum(cost) FROM visit WHERE cost > (SELECT quantile_cont(cost, 0.96) FROM visit)",
        "SELECT power(sum(power(cost, 40)), 0.025) FROM visit",
    ],
)
def test_no_form_tells_the_greatest_or_how_far_above_the_second_it_is(enclave: Enclave, sql: str) -> None:
    """Ends of an order: one patient cost 45,000, and the next 100. Source: our own."""
    enclave.forget()
    found = enclave.ask(sql)
    assert found.status == "refused" or found.rows == ((None,),)
