"""Attacks on quantiles: one person's value in the order, the ends of the order, and grids that are the list itself."""

from decimal import Decimal
from functools import cache

import pytest

from tests.attacks.support_worlds import asked, hides, patient, people, plainly, refuses, shows, visit, world
from tests.oracle.world import World

SQUARES = [Decimal(person * person) for person in range(1, 100)]


def costs() -> World:
    """99 people, the cost of each a different square: the median is that of the fiftieth person."""
    return world(visits=[visit(person, cost=cost) for person, cost in enumerate(SQUARES, start=1)])


POINTS = ("0.50", "0.51", "0.52")


def value(where: World, sql: str) -> object:
    """The one value of the answer."""
    found = asked(where, sql)
    assert found.status == "released", found.line
    return found.rows[0][0]


@pytest.mark.parametrize(
    "call",
    [
        "median(cost)",
        "quantile_cont(cost, 0.5)",
        "quantile_disc(cost, 0.5)",
        "quantile(cost, 0.5)",
        "percentile_cont(0.5) WITHIN GROUP (ORDER BY cost)",
        "percentile_disc(0.5) WITHIN GROUP (ORDER BY cost DESC)",
    ],
)
def test_a_median_is_nobodys_value(call: str) -> None:
    """The middle of 99 is one person. Source: ONS and SDAP rules on percentiles: a mean of the nearest."""
    hides(costs(), f"SELECT {call} FROM visit", [(Decimal(2500),)])
    nearest = sum(SQUARES[44:54], Decimal(0)) / 10  # the 45th to the 54th, as 50 lies between the two middles
    told = value(costs(), f"SELECT {call} FROM visit")
    assert isinstance(told, int | float | Decimal)
    assert min(
        abs(Decimal(told) - nearest), abs(Decimal(told) - sum(SQUARES[45:55], Decimal(0)) / 10)
    ) <= Decimal("0.01")


def test_the_median_of_eleven_is_hidden() -> None:
    """Eleven people, one of them extreme: fewer than ten on either side. Source: p within [t/n, 1 - t/n]."""
    eleven = [visit(person, cost=cost) for person, cost in enumerate(SQUARES[:11], start=1)]
    hides(world(visits=eleven), "SELECT median(cost) FROM visit", [(Decimal(36),)])
    found = asked(world(visits=eleven), "SELECT count(*) AS n, median(cost) AS m FROM visit")
    assert found.rows == ((11, None),)


@pytest.mark.parametrize("point", ["0.05", "0.95", "0.001", "0.999"])
def test_the_ends_of_the_order_are_hidden_not_refused(point: str) -> None:
    """Whether a point is too near to the end depends on the size of the cell: refusing would tell it."""
    found = asked(costs(), f"SELECT quantile_cont(cost, {point}) AS q FROM visit")
    assert found.status == "released"
    assert found.rows == ((None,),)


@pytest.mark.parametrize(
    "call", ["quantile_cont(cost, 1)", "quantile_cont(cost, [0.5, 0.0])", "quantile_disc(cost, 1.0)"]
)
def test_the_least_and_the_greatest_are_no_quantiles(call: str) -> None:
    """0 and 1 are min and max in another spelling. Source: no minimum, no maximum."""
    refuses(costs(), f"SELECT {call} FROM visit", "value-of-one-person", call)


def test_a_grid_of_quantiles_is_refused() -> None:
    """Twenty-one points of one expression, in however many calls. Source: our lifetime of points."""
    grid = ", ".join(f"0.{point}" for point in range(30, 51))
    refuses(
        costs(),
        f"SELECT quantile_cont(cost, [{grid}]) FROM visit",
        "function-not-allowed",
        f"quantile_cont(cost, [{grid}])",
    )
    single = [f"quantile_cont(cost, 0.{point})" for point in range(30, 51)]
    refuses(costs(), f"SELECT {', '.join(single)} FROM visit", "function-not-allowed", single[-1])
    shows(costs(), "SELECT count(*) FROM visit")
    assert asked(costs(), f"SELECT {', '.join(single[:-1])} FROM visit").status == "released"


def test_points_close_to_each_other_tell_of_no_single_value() -> None:
    """Sliding: the windows of two near points differ by a person or two, and each is a mean of ten."""
    sql = f"SELECT quantile_cont(cost, [{', '.join(POINTS)}]) FROM visit"
    told = {point: value(costs(), f"SELECT quantile_cont(cost, {point}) FROM visit") for point in POINTS}
    assert not set(told.values()) & {float(cost) for cost in SQUARES}
    assert repr(asked(costs(), sql).rows) == repr((([told[point] for point in POINTS],),))


def test_many_rows_of_one_person_do_not_fill_the_middle() -> None:
    """Six visits of each of five people lie around the median: theirs would be the mean of it. Source: our rule on
    the units of the nearest values."""
    rows = [visit(person, cost=Decimal(person)) for person in range(1, 41)]
    rows += [visit(person, cost=Decimal(1000 + person)) for person in range(41, 81)]
    rows += [visit(person, number, cost=Decimal(500)) for person in range(81, 86) for number in range(1, 7)]
    hides(world(visits=rows), "SELECT median(cost) FROM visit", [(Decimal(500),)])
    assert value(world(visits=rows), "SELECT median(cost) FROM visit") is None


def test_a_condition_in_a_quantile_is_a_condition() -> None:
    """The median of three people's values. Source: contributors and conditions."""
    rare = [patient(person, weight=Decimal(50 + person)) for person in range(1, 41)]
    rare += [patient(person, weight=Decimal(200), diagnosis="RARE") for person in (41, 42, 43)]
    hides(
        world(rare), "SELECT median(weight) FILTER (WHERE diagnosis = 'RARE') FROM patient", [(Decimal(200),)]
    )
    hides(
        world(rare),
        "SELECT median(CASE WHEN diagnosis = 'RARE' THEN weight END) FROM patient",
        [(Decimal(200),)],
    )
    few = "SELECT quantile_cont(CASE WHEN diagnosis = 'RARE' THEN 1 ELSE 0 END, 0.5) FROM patient"
    assert value(world(rare), few) is None


def test_quantiles_of_few_values_count_nobody() -> None:
    """Three of 43 at another value: a mean over the border of two values tells where it lies. Source: classes rule."""
    where = world(visits=people(40, 3, make=visit, nights=9))
    assert value(where, "SELECT quantile_cont(nights, 0.5) FROM visit") is None
    even = world(visits=[visit(person, nights=person % 2) for person in range(1, 41)])
    assert value(even, "SELECT quantile_cont(nights, 0.3) FROM visit") == 0


@pytest.mark.parametrize("of_a_third", [0, 3, 20])
def test_a_quantile_of_few_hidden_values_is_never_shown(of_a_third: int) -> None:
    """Were it shown where nobody has a third value, it would say so. Nobody is told from three, nor from twenty."""
    values = [0.25, 0.75] * 20 + [0.5] * of_a_third
    rows = [patient(person, risk=one) for person, one in enumerate(values, start=1)]
    assert value(world(rows), "SELECT quantile_cont(risk, 0.3) FROM patient") is None


def test_a_quantile_of_many_hidden_values_is_shown() -> None:
    rows = [patient(person, risk=person / 64) for person in range(1, 61)]
    assert value(world(rows), "SELECT median(risk) FROM patient") is not None


@cache
def by_sex() -> World:
    return world([patient(p, weight=Decimal(40 + p), sex="FM"[p % 2]) for p in range(1, 101)])


@pytest.mark.parametrize(
    ("call", "fix"),
    [
        ("max(weight)", "quantile_cont(weight, 0.95)"),
        ("min(weight)", "quantile_cont(weight, 0.05)"),
        ("any_value(weight)", "quantile_cont(weight, 0.5)"),
        ("max(weight * 2)", "quantile_cont(weight * 2, 0.95)"),
    ],
)
def test_the_fix_for_an_extreme_is_a_quantile_and_is_accepted(call: str, fix: str) -> None:
    """A refusal that teaches: what it offers can be asked."""
    sql = f"SELECT sex, {call} AS m FROM patient GROUP BY sex"
    plainly(by_sex(), sql)
    found = asked(by_sex(), sql)
    assert found.code == "value-of-one-person"
    assert f'"text": "{fix}"' in found.line
    assert asked(by_sex(), sql.replace(call, fix)).status == "released"
