"""Attacks on sums and means: one person who is most of a total, and ways to hide that from the rule."""

from decimal import Decimal

import pytest

from tests.attacks.support_worlds import Row, asked, hides, patient, people, refuses, shows, visit, world
from tests.oracle.world import World

COSTS = [Decimal(90 + person) for person in range(1, 31)]
EVEN = [visit(person, cost=cost, nights=1 + person % 3) for person, cost in enumerate(COSTS, start=1)]
ONE_RICH = [*EVEN, visit(31, cost=Decimal("49000.00"), nights=1)]
"""31 people with one visit each; the last one's cost is nearly the whole."""
TOTAL = Decimal("52165.00")


def rich(*, ward: str = "DAY") -> list[Row]:
    return [*EVEN, visit(31, cost=Decimal("49000.00"), nights=1, ward=ward)]


def test_a_total_that_is_mostly_one_person_is_hidden() -> None:
    """(n, k) dominance. Source: Hundepool and others, Handbook on SDC (ESSnet, 2010), section 4.2."""
    hides(world(visits=ONE_RICH), "SELECT sum(cost) FROM visit", [(TOTAL,)])
    hides(world(visits=ONE_RICH), "SELECT avg(cost) FROM visit", [(float(TOTAL) / 31,)])
    shows(world(visits=EVEN), "SELECT sum(cost), avg(cost) FROM visit")


def test_two_people_cannot_be_most_of_a_total_either() -> None:
    """(n, k) with n = 2: each of the two could work out the other. Source: the same handbook."""
    two = [*EVEN, *(visit(person, cost=Decimal("40000.00")) for person in (31, 32))]
    hides(world(visits=two), "SELECT sum(cost) FROM visit", [(Decimal("83165.00"),)])


def test_the_second_largest_cannot_estimate_the_largest() -> None:
    """p %: 400 and 500 beside 10 small ones; the second knows the first within ten per cent. Source: the same."""
    small = [visit(person, cost=Decimal(4)) for person in range(1, 11)]
    two = [visit(11, cost=Decimal(500)), visit(12, cost=Decimal(40))]
    hides(world(visits=[*small, *two]), "SELECT sum(cost) FROM visit", [(Decimal(580),)])


def test_losses_weigh_like_gains() -> None:
    """Signs: a dominating negative amount beside positive ones. Source: the rule on |x| per person."""
    loss = [*EVEN, visit(31, cost=Decimal("-400.00")), visit(32, cost=Decimal("-49000.00"))]
    hides(world(visits=loss), "SELECT sum(cost) FROM visit", [(Decimal("-46235.00"),)])


def test_many_visits_of_one_person_weigh_together() -> None:
    """Per person, not per row: twelve visits of one person are one contribution. Source: our rule on units."""
    often = [*EVEN, *(visit(31, number, cost=Decimal("9000.00")) for number in range(1, 7))]
    hides(world(visits=often), "SELECT sum(cost) FROM visit", [(Decimal("57165.00"),)])


@pytest.mark.parametrize(
    ("argument", "found"),
    [
        ("cost + 1000000", TOTAL + 31_000_000),
        ("1000000 - cost", 31_000_000 - TOTAL),
        ("cost * 2 + 1000000", 2 * TOTAL + 31_000_000),
        ("(cost + 1000000) / 2", (float(TOTAL) + 31_000_000) / 2),
        ("coalesce(cost, 0) + 1000000", TOTAL + 31_000_000),
        ("coalesce(cost + 1000000, 0)", TOTAL + 31_000_000),
        ("greatest(cost + 1000000, 0)", TOTAL + 31_000_000),
        ("abs(cost + 1000000)", TOTAL + 31_000_000),
        ("CAST(cost + 1000000 AS DOUBLE)", float(TOTAL) + 31_000_000),
        ("TRY(cost + 1000000)", TOTAL + 31_000_000),
        ("round(cost + 1000000, 2)", TOTAL + 31_000_000),
        ("nullif(cost + 1000000, 0)", TOTAL + 31_000_000),
        ("CASE WHEN true THEN cost + 1000000 END", TOTAL + 31_000_000),
        ("cost + beds * 100000", TOTAL + 31 * 5_000_000),
    ],
)
def test_a_constant_does_not_hide_who_holds_the_total(argument: str, found: object) -> None:
    """Shift: everybody holds a million more, and nobody dominates; the count takes it off again. Source: our design,
    which asks for the concentration of x, not of x + c."""
    joined = "SELECT sum({}) FROM visit JOIN hospital USING (hospital_id)"
    hides(world(visits=ONE_RICH), joined.format(argument), [(found,)])  # type: ignore[list-item]
    plain = argument.replace("1000000", "10")
    shows(world(visits=EVEN), joined.format(plain))


def test_another_measure_does_not_hide_who_holds_the_total() -> None:
    """Mixing: an even measure times a million beside the dominated one; its own sum takes it off again. Source: as
    above."""
    found = TOTAL + sum(1 + person % 3 for person in range(1, 31)) * 1_000_000 + 1_000_000
    hides(world(visits=ONE_RICH), "SELECT sum(cost + nights * 1000000) FROM visit", [(found,)])


def test_the_other_branch_does_not_hide_who_holds_the_total() -> None:
    """ELSE: the branch not taken adds a million each. Source: as above."""
    mixed = [{**row, "ward": "NIGHT" if int(str(row["person"])) % 2 else "DAY"} for row in EVEN]
    with_rich = [*mixed, visit(31, cost=Decimal("49000.00"))]
    found = sum((cost for cost in COSTS[1::2]), Decimal(0)) + 49_000 + 15_000_000
    hides(
        world(visits=with_rich),
        "SELECT sum(CASE WHEN ward = 'DAY' THEN cost ELSE 1000000 END) FROM visit",
        [(found,)],
    )
    hides(
        world(visits=with_rich),
        "SELECT sum(IF(ward = 'DAY', cost, 1000000)) FROM visit",
        [(found,)],
    )


@pytest.mark.parametrize(
    "summary",
    [
        "SELECT person, sum(cost + 1000000) AS s FROM visit GROUP BY person",
        "SELECT person, max(cost + 1000000) AS s FROM visit GROUP BY person",
        "SELECT person, sum(cost) + 1000000 AS s FROM visit GROUP BY person",
        "SELECT person, sum(cost) FILTER (WHERE nights > 0) + 1000000 AS s FROM visit GROUP BY person",
        "SELECT person, sum(cost + 1000000) FILTER (WHERE nights > 0) AS s FROM visit GROUP BY person",
        "SELECT person, cost + 1000000 AS s FROM visit GROUP BY person, cost + 1000000",
        "SELECT DISTINCT person, cost + 1000000 AS s FROM visit",
        "SELECT person, cost + 1000000 AS s FROM visit",
    ],
)
def test_a_summary_of_each_person_does_not_hide_who_holds_the_total(summary: str) -> None:
    """Shift inside a person's own summary, where the leaf sees a plain column. Source: as above."""
    hides(world(visits=ONE_RICH), f"SELECT sum(s) FROM ({summary}) q", [(TOTAL + 31_000_000,)])


def test_a_mean_of_two_values_is_a_count() -> None:
    """Two-valued arguments: clipped or rounded, a sum counts those at one value. Source: our two-valued rule."""
    few_long = world(visits=people(40, 3, make=visit, nights=9))
    hides(few_long, "SELECT sum(least(nights, 2)) FROM visit", [(46,)])
    hides(few_long, "SELECT sum(greatest(nights, 8)) FROM visit", [(347,)])
    hides(few_long, "SELECT avg(least(nights, 2)) FROM visit", [(46 / 43,)])
    hides(few_long, "SELECT sum(nights // 9) FROM visit", [(3,)])
    hides(world(people(40, 3, band=2)), "SELECT sum(band) FROM patient", [(46,)])


def test_few_people_below_a_line_are_no_sum_of_their_own() -> None:
    """Filtered sums: three people's costs. Source: threshold rule on contributors."""
    three = [*EVEN, *(visit(person, cost=Decimal(100), ward="HEART") for person in (31, 32, 33))]
    hides(world(visits=three), "SELECT sum(cost) FILTER (WHERE ward = 'HEART') FROM visit", [(Decimal(300),)])
    hides(world(visits=three), "SELECT avg(CASE WHEN ward = 'HEART' THEN cost END) FROM visit", [(100.0,)])
    all_others = sum(COSTS, Decimal(0))
    hides(world(visits=three), "SELECT sum(cost) FILTER (WHERE ward <> 'HEART') FROM visit", [(all_others,)])


def test_everybody_at_nought_is_told_of_no_hidden_field() -> None:
    """All the same: a mean of 0 on a hidden measure gives each one's value. Source: class disclosure, SDAP handbook."""
    hides(
        world(people(40, make=patient)),
        "SELECT sum(CASE WHEN risk > 0.5 THEN 1 ELSE 0 END) FROM patient",
        [(0,)],
    )
    hides(
        world([patient(person, risk=0.0) for person in range(1, 41)]),
        "SELECT sum(risk) FROM patient",
        [(0.0,)],
    )


@pytest.mark.parametrize(
    ("call", "code"),
    [
        ("min(cost)", "value-of-one-person"),
        ("max(cost)", "value-of-one-person"),
        ("any_value(cost)", "value-of-one-person"),
        ("first(cost)", "value-of-one-person"),
        ("last(cost)", "value-of-one-person"),
        ("mode(cost)", "value-of-one-person"),
        ("list(cost)", "value-of-one-person"),
        ("arg_max(nights, cost)", "value-of-one-person"),
        ("arg_min(cost, nights)", "value-of-one-person"),
        ("string_agg(ward, ',')", "function-not-allowed"),
        ("approx_quantile(cost, 0.5)", "function-not-allowed"),
        ("max(cost) FILTER (WHERE nights > 0)", "value-of-one-person"),
        ("max(cost) + 1", "value-of-one-person"),
    ],
)
def test_a_value_of_one_person_is_no_statistic(call: str, code: str) -> None:
    """Extremes, lists and orders give one person's value. Source: ONS and SDAP rules: no
    minimum, no maximum; our table of what may be asked."""
    place = call.removesuffix(" + 1")
    refuses(world(visits=ONE_RICH), f"SELECT {call} FROM visit", code, place)
    refuses(world(visits=ONE_RICH), f"SELECT ward, {call} AS x FROM visit GROUP BY ward", code, place)
    refuses(world(visits=ONE_RICH), f"SELECT ward FROM visit GROUP BY ward ORDER BY {call}", code, place)
    refuses(
        world(visits=ONE_RICH), f"SELECT ward FROM visit GROUP BY ward HAVING {call} IS NOT NULL", code, place
    )


def sparse(few: int) -> World:
    """A hundred patients, of whom so many have a risk and a change other than nought."""
    return world(
        [
            patient(person, risk=1.0 if person <= few else 0.0, change=int(person <= few))
            for person in range(1, 101)
        ]
    )


SPARSE = {few: sparse(few) for few in (0, 1, 3, 9)}
OWN_RISK = "(SELECT person, max(risk) AS risk FROM patient GROUP BY person) q"


@pytest.mark.parametrize(
    ("number", "rows"),
    [
        ("sum(risk)", "patient"),
        ("avg(risk)", "patient"),
        ("avg(risk + 1)", "patient"),
        ("sum(risk * weight)", "patient"),
        ("sum(risk / weight)", "patient"),
        ("sum(risk)", OWN_RISK),
        ("avg(x)", "(SELECT risk - avg(risk) OVER () AS x FROM patient) q"),
    ],
)
def test_a_sum_of_the_few_who_have_any_is_hidden_like_their_count(number: str, rows: str) -> None:
    """Of a hundred people three have a 1 and all others 0: the mean is 0.03, and prints how many. No two of the three
    are most of it. Source: our own; those with 0 stand in the cell and add nothing."""
    assert [asked(where, f"SELECT {number} AS x FROM {rows}").rows for where in SPARSE.values()] == [
        ((None,),)
    ] * 4
    if "OVER" not in rows:
        shows(sparse(20), f"SELECT {number} AS x FROM {rows}")


def test_nobody_who_has_any_is_no_secret_of_an_open_field() -> None:
    found = {few: asked(where, "SELECT sum(change) AS x FROM patient").rows for few, where in SPARSE.items()}
    assert found == {0: ((0,),), 1: ((None,),), 3: ((None,),), 9: ((None,),)}
