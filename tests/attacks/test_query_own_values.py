"""Attacks inside a person's own rows: a greatest value, an order, a correlation there is a condition nobody counts.

43 patients, of whom three weigh 200 and more and have stayed 30 nights; nobody else weighs 150 or stays 7. Each has
rows of two waves and two visits. A number of the attacker's is put among a person's rows, or a curve is made of them.
"""

from decimal import Decimal

import pytest

from tests.attacks.support_worlds import asked, hides, patient, plainly, refuses, shows, visit, world
from tests.support.tables import same_rows

WEIGHTS = [Decimal(60) + Decimal(place) / 2 for place in range(40)] + [
    Decimal(200),
    Decimal(210),
    Decimal(220),
]
HEAVY = 3
WORLD = world(
    [
        patient(person, weight=weight + step, wave=wave, diagnosis="RARE" if weight > 150 else "ASTHMA")
        for person, weight in enumerate(WEIGHTS, 1)
        for wave, step in (("AUT", Decimal(0)), ("SPR", Decimal(person % 7)))
    ],
    visits=[
        visit(person, number, nights=person * number % 7 if weight < 150 else 30, cost=weight + number)
        for person, weight in enumerate(WEIGHTS, 1)
        for number in (1, 2)
    ],
)
ORDINARY = world(WORLD.table("patient")[: 2 * 40])
COPIES = "patient, (VALUES (0), (1)) v(d) WHERE wave = 'AUT'"
MIXED = "v.d * weight + (1 - v.d) * 150"


def own(call: str, rows: str, outer: str = "sum(x)") -> str:
    return f"SELECT {outer} FROM (SELECT person, {call} AS x FROM {rows} GROUP BY person) q"


@pytest.mark.parametrize(
    ("call", "place", "found"),
    [
        (f"max({MIXED})", MIXED, 43 * 150 + 180),
        (f"quantile_disc({MIXED}, 1)", MIXED, 43 * 150 + 180),
        ("corr(v.d, v.d * (weight - 150))", "v.d * (weight - 150)", 2 * HEAVY - 43),
        (f"first(v.d ORDER BY {MIXED})", MIXED, 43 - HEAVY),
        (f"arg_max(v.d, {MIXED})", MIXED, HEAVY),
        (f"max_by(v.d, {MIXED})", MIXED, HEAVY),
        (f"first({MIXED} ORDER BY {MIXED} DESC)", MIXED, 43 * 150 + 180),
        (f"count(DISTINCT {MIXED})", MIXED, 2 * 43),
        ("max((v.d + 1) * weight / 70)", "(v.d + 1) * weight / 70", None),
    ],
)
def test_a_persons_value_is_not_compared_with_a_number_that_copies_put_beside_it(
    call: str, place: str, found: int | None
) -> None:
    """Source: our own; a public list of two rows makes two rows of each person's one, the second with the attacker's
    number in it. Greatest, order and correlation then say who is above it."""
    sql = own(call, COPIES)
    assert found is None or same_rows(plainly(WORLD, sql), [(found,)], ordered=False)
    refuses(WORLD, sql, "encodes-people", place)


CASED = "CASE WHEN wave = 'AUT' THEN weight ELSE 150 END"


IN_WINDOWS = "SELECT sum(x) FROM (SELECT wave, {} AS x FROM patient) q WHERE wave = 'AUT'"
UNITED = """SELECT sum(x) FROM (SELECT b, rank() OVER (PARTITION BY person ORDER BY w) AS x FROM (
    SELECT person, weight AS w, 1 AS b FROM patient WHERE wave = 'AUT'
    UNION ALL SELECT person, 150, 2 FROM patient WHERE wave = 'AUT') u) q WHERE b = 1"""
AROUND = """SELECT sum(x) FROM (SELECT sum(nights) OVER (
    PARTITION BY person ORDER BY cost RANGE BETWEEN 2 PRECEDING AND CURRENT ROW) AS x FROM visit) q"""

PARTED = "SELECT sum(x) FROM (SELECT sum(nights) OVER (PARTITION BY person, cost > 150) AS x FROM visit) q"


@pytest.mark.parametrize(
    ("sql", "place"),
    [
        (own(f"max({CASED})", "patient"), CASED),
        (own("max(coalesce(nullif(weight, 60), 150))", "patient"), "coalesce(nullif(weight, 60), 150)"),
        (own("max(m)", f"(SELECT person, wave, sum({CASED}) AS m FROM patient GROUP BY person, wave) s"), "m"),
        (f"SELECT sum((SELECT max({CASED}) FROM patient x WHERE x.person = p.person)) FROM patient p", CASED),
        (IN_WINDOWS.format(f"max({CASED}) OVER (PARTITION BY person)"), CASED),
        (IN_WINDOWS.format(f"rank() OVER (PARTITION BY person ORDER BY {CASED})"), CASED),
        (UNITED, "w"),
        (AROUND, "cost"),
        (PARTED, "cost > 150"),
    ],
)  # fmt: skip
def test_nor_with_one_that_a_case_a_union_or_a_window_puts_there(sql: str, place: str) -> None:
    """Source: as above. What a CASE chooses by a code is seen, and that the greatest is taken of it is not."""
    refuses(WORLD, sql, "encodes-people", place)


AUTUMN = "patient WHERE wave = 'AUT'"
NIGHTS = "nights * (nights - 1) * (nights - 2)"


@pytest.mark.parametrize(
    ("call", "rows", "outer", "places"),
    [
        ("product((nights - v.c) / (30 - v.c))", "visit, (VALUES (0), (1), (2), (3), (4), (5), (6)) v(c)",
         "sum(x)", ("(nights - v.c) / (30 - v.c)",)),
        ("max((weight - 150) * (weight - 150))", AUTUMN, "sum(sqrt(x))",
         ("(weight - 150) * (weight - 150)", "sqrt(x)")),
        ("sum((weight - 150) * (weight - 150))", "patient WHERE wave = 'AUT'", "sum(sqrt(x))", ("sqrt(x)",)),
        (f"sum({NIGHTS})", "visit WHERE visit_number = 1", "sum(x * (x - 60))", ("x * (x - 60)",)),
        ("sum(weight - 150)", "patient WHERE wave = 'AUT'", "sum(1 / x)", ("1 / x",)),
        ("geomean(weight - 150)", "patient WHERE wave = 'AUT'", "sum(x)", ("weight - 150",)),
    ],
)  # fmt: skip
def test_a_curve_does_not_grow_through_a_persons_own_aggregate(
    call: str, rows: str, outer: str, places: tuple[str, ...]
) -> None:
    """Sharp curves: a polynomial that is 1 for thirty nights and 0 for all others counts who stayed so long. Source: as
    for curves of a measure; a person's own sum of one row is that row."""
    refuses(WORLD, own(call, rows, outer), "encodes-people", *places)


LARGE = "round(weight / 300) * 1000000 + weight"
RARE = "CASE WHEN diagnosis = 'RARE' THEN weight + 1000 ELSE weight END"
LAGGED = f"""SELECT sum(x) FROM (SELECT visit_number, lag({NIGHTS}) OVER (
    PARTITION BY person ORDER BY visit_number) AS x FROM visit) q"""
STACKED = f"""SELECT sum(x) FROM (SELECT person, {LARGE} AS x FROM {AUTUMN}
    UNION ALL SELECT person, {LARGE} AS x FROM {AUTUMN}) u"""


@pytest.mark.parametrize(
    ("sql", "found"),
    [
        (own(f"sum({NIGHTS})", "visit WHERE visit_number = 1"), 74220),
        (own(f"sum({LARGE})", AUTUMN), 3003420),
        (LAGGED, 74220),
        (STACKED, 6006840),
        (own(f"first({RARE} ORDER BY year)", AUTUMN), 6420),
        (own(f"last({RARE} ORDER BY year DESC)", AUTUMN), 6420),
        (own(f"any_value({RARE} ORDER BY year)", AUTUMN), 6420),
        (own(f"sum({RARE} ORDER BY year)", AUTUMN), 6420),
    ],
)
def test_what_is_bent_or_chosen_in_a_persons_own_rows_is_judged_above_them(sql: str, found: int) -> None:
    """Source: as above. ORDER BY in an aggregate hid all that it takes; a rounding was forgotten above the summary."""
    hides(WORLD, sql, [(found,)])


@pytest.mark.parametrize(
    ("taken", "code"),
    [
        ("person", "value-of-one-person"),
        ("1000 * band + stage", "encodes-people"),
        ("exp(-50 * weight)", "encodes-people"),
    ],
)
@pytest.mark.parametrize("call", ["first", "last", "any_value"])
def test_an_order_inside_an_aggregate_hides_nothing_that_it_takes(call: str, taken: str, code: str) -> None:
    """Source: our own; a reader that looked at what follows ORDER BY looked at nothing before it."""
    refuses(WORLD, own(f"{call}({taken} ORDER BY year)", "patient", "count(DISTINCT x)"), code, taken)


def test_a_line_is_held_for_checkers_inside_an_ordered_aggregate_too() -> None:
    ordered = own("first(CASE WHEN weight > 63.7 THEN 1 ELSE 0 END ORDER BY year)", "patient")
    assert asked(WORLD, ordered).status == "held"


@pytest.mark.parametrize(
    "sql",
    [
        own("max(weight)", "patient", "avg(x)"),
        own("max(CASE WHEN wave = 'SPR' THEN weight END)", "patient", "avg(x)"),
        own("max(CASE WHEN wave = 'SPR' THEN weight ELSE 0 END)", "patient", "avg(x)"),
        own("coalesce(max(weight), 0)", "patient", "avg(x)"),
        own("min(weight - 10) * 2", "patient", "avg(x)"),
        own("arg_max(weight, wave)", "patient", "avg(x)"),
        own("first(weight ORDER BY wave DESC)", "patient", "avg(x)"),
        own("sum(weight * weight)", "patient", "avg(x)"),
        own("max(t)", "(SELECT person, wave, sum(weight + risk) AS t FROM patient GROUP BY person, wave) s", "avg(x)"),
    ],
)  # fmt: skip
def test_a_persons_own_values_are_summarised_as_before(sql: str) -> None:
    """The rule is no refusal of what people's rows say: greatest, first, latest, with a condition by codes."""
    shows(ORDINARY, sql)
