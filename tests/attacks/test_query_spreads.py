"""Attacks on statistics of spread: one person who is the regression, and histograms in a few moments."""

from decimal import Decimal

import pytest

from tests.attacks.support_worlds import (
    Row,
    asked,
    hides,
    patient,
    people,
    plainly,
    refuses,
    shows,
    visit,
    world,
)
from tests.oracle.world import World

COSTS = [Decimal(90 + person) for person in range(1, 31)]
EVEN = [visit(person, cost=cost, nights=1 + person % 5) for person, cost in enumerate(COSTS, start=1)]
ONE_FAR = [*EVEN, visit(31, cost=Decimal("49000.00"), nights=4)]
FAR = world(visits=ONE_FAR)
"""31 people with one visit each, the last one's cost far from all the others."""


def near() -> World:
    """The thirty without that one. Made anew for each session, since what was shown is remembered."""
    return world(visits=EVEN)


OF_ONE = (
    "var_samp",
    "var_pop",
    "variance",
    "stddev",
    "stddev_samp",
    "stddev_pop",
    "sem",
    "skewness",
    "kurtosis",
)
OF_TWO = ("corr", "covar_pop", "covar_samp", "regr_slope", "regr_intercept", "regr_r2", "regr_sxy")


def hides_it(where: World, sql: str) -> None:
    """Plain DuckDB gives a value, and the front door does not."""
    secret = plainly(where, sql)
    assert all(value is not None for row in secret for value in row)
    hides(where, sql, secret)


@pytest.mark.parametrize("name", OF_ONE)
def test_a_spread_that_is_one_person_is_hidden(name: str) -> None:
    """Leverage: of 31, one holds nearly all of the sum of squares, so its square root is that person's cost. Source:
    SDAP handbook, section on residuals and leverage; our rule of one half."""
    hides_it(FAR, f"SELECT {name}(cost) FROM visit")
    shows(near(), f"SELECT {name}(cost) FROM visit")


@pytest.mark.parametrize("name", OF_TWO)
@pytest.mark.parametrize("arguments", ["nights, cost", "cost, nights"])
def test_a_line_through_one_person_is_hidden(name: str, arguments: str) -> None:
    """A regression on a value of which one person has most passes through that person. Source: as above."""
    hides_it(FAR, f"SELECT {name}({arguments}) FROM visit")
    shows(near(), f"SELECT {name}({arguments}) FROM visit")


def test_many_rows_of_one_person_hold_the_spread_together() -> None:
    """Six visits of one person, each far from the mean by less than half of it all. Source: our rule counts units."""
    often = [*EVEN, *(visit(31, number, cost=Decimal("9000.00")) for number in range(1, 7))]
    hides_it(world(visits=often), "SELECT var_pop(cost) FROM visit")
    hides_it(world(visits=often), "SELECT regr_slope(nights, cost) FROM visit WHERE nights < 9")
    even = [row for one in EVEN for row in (one, {**one, "visit_number": 2})]
    shows(world(visits=even), "SELECT var_pop(cost), corr(cost, nights) FROM visit")


@pytest.mark.parametrize("argument", ["cost + 1000000", "cost * 2 - 7", "cost + nights * 1000000"])
def test_another_measure_does_not_hide_who_holds_the_spread(argument: str) -> None:
    """Shift and mixing: a large even measure beside the dominated one; its own variance takes it off again."""
    hides_it(FAR, f"SELECT var_pop({argument}) FROM visit")
    shows(near(), "SELECT var_pop(cost + nights * 1000) FROM visit")


@pytest.mark.parametrize(
    ("call", "least"),
    [
        ("stddev(cost)", 11),
        ("corr(cost, nights)", 12),
        ("regr_r2(cost, nights)", 12),
        ("regr_sxx(cost, nights)", 11),
    ],
)
def test_a_statistic_needs_ten_people_beyond_its_parameters(call: str, least: int) -> None:
    """Residual degrees of freedom: a model with as many parameters as people is the people. Source: ONS rule of 10."""
    hides_it(world(visits=EVEN[: least - 1]), f"SELECT {call} FROM visit")
    shows(world(visits=EVEN[:least]), f"SELECT {call} FROM visit")


def test_degrees_of_freedom_are_counted_in_people_not_in_rows() -> None:
    """Ten people with three visits each are ten. Source: what ACRO gets wrong, which counts rows."""
    ten = [{**one, "visit_number": number} for one in EVEN[:10] for number in (1, 2, 3)]
    hides_it(world(visits=ten), "SELECT stddev(cost) FROM visit")


FEW = world(visits=people(40, 3, make=visit, nights=9))


@pytest.mark.parametrize(
    "call", ["var_pop(nights)", "stddev(nights)", "kurtosis(nights)", "skewness(nights)"]
)
def test_the_spread_of_two_values_is_a_count(call: str) -> None:
    """With n and the mean, the variance of a two-valued field gives the three at the other value. Source: our rule on
    two values; any moment does it."""
    hides_it(FEW, f"SELECT {call} FROM visit")


def test_the_spread_of_three_values_is_a_histogram() -> None:
    """n, mean and variance are three equations for three classes. Source: facts on moments, our classes rule."""
    three = [visit(person, nights=person % 2) for person in range(1, 41)]
    three += [visit(person, nights=2) for person in (41, 42, 43)]
    hides_it(world(visits=three), "SELECT var_pop(nights) FROM visit")
    hides_it(world(visits=three), "SELECT regr_sxx(cost, nights) FROM visit")
    even = [visit(person, nights=person % 3) for person in range(1, 41)]
    shows(world(visits=even), "SELECT var_pop(nights) FROM visit")


@pytest.mark.parametrize("call", ["kurtosis(nights)", "skewness(nights)"])
def test_higher_moments_of_few_values_are_a_histogram(call: str) -> None:
    """Five values, one of them with three people: n and four moments solve it. Source: as above."""
    five = [visit(person, nights=person % 4) for person in range(1, 45)]
    five += [visit(person, nights=4) for person in (45, 46, 47)]
    hides_it(world(visits=five), f"SELECT {call} FROM visit")


@pytest.mark.parametrize("call", ["kurtosis(band)", "skewness(band)", "kurtosis((band = 2)::INTEGER)"])
def test_higher_moments_of_codes_are_refused(call: str) -> None:
    """A code has few values by its nature. Source: our table of what may be asked."""
    refuses(world(people(40, 3, band=2)), f"SELECT {call} FROM patient", "function-not-allowed", call)


def test_the_spread_of_a_condition_is_a_count() -> None:
    """0/1: three of 43 meet it; p(1 - p) gives them away. Source: conditions rule."""
    rare = world(people(40, 3, diagnosis="RARE"))
    test = "CASE WHEN diagnosis = 'RARE' THEN 1 ELSE 0 END"
    hides_it(rare, f"SELECT var_pop({test}) FROM patient")
    hides_it(rare, f"SELECT regr_sxx(weight, {test}) FROM patient")


def test_the_slope_on_a_condition_is_a_difference_of_means() -> None:
    """Regression on 0/1: intercept and slope are the means of both sides, and one side is three people."""
    rows = [patient(person, weight=Decimal(50 + person)) for person in range(1, 41)]
    rows += [patient(person, weight=Decimal(50 + person), diagnosis="RARE") for person in (41, 42, 43)]
    test = "CASE WHEN diagnosis = 'RARE' THEN 1 ELSE 0 END"
    hides_it(world(rows), f"SELECT regr_slope(weight, {test}), regr_intercept(weight, {test}) FROM patient")


def lacking(number: int) -> World:
    """So many of forty people have no `change`."""
    rows = [patient(person, weight=Decimal(50 + person), change=person % 7) for person in range(1, 41)]
    missing: Row = {"change": None}
    return world([*rows[number:], *({**row, **missing} for row in rows[:number])])


@pytest.mark.parametrize(
    "call",
    [
        "regr_avgx(change, weight)",
        "regr_sxx(change, weight)",
        "regr_avgy(weight, change)",
        "covar_pop(weight, change)",
        "regr_slope(weight, change)",
        "regr_count(weight, change)",
    ],
)
def test_a_pair_does_not_tell_of_those_who_lack_one_of_it(call: str) -> None:
    """avg(weight) beside regr_avgx(change, weight): the difference is the three without `change`. Source: differencing
    within one query; a null is a condition."""
    hides_it(lacking(3), f"SELECT {call} FROM patient")
    shows(lacking(0), f"SELECT {call}, avg(weight) FROM patient")
    shows(lacking(15), f"SELECT {call}, avg(weight) FROM patient")


def smokers(lacking: int) -> World:
    """Twenty who smoke and forty who do not; of these twenty have no `change`, and so many of those."""
    rows = [
        patient(
            person,
            smoker=person <= 20,
            weight=Decimal(60 + person % 13),
            change=None if person > 40 or person <= lacking else 1 + person % 7,
        )
        for person in range(1, 61)
    ]
    return world(rows)


@pytest.mark.parametrize(
    ("alone", "pair"),
    [
        ("avg(weight)", "regr_avgy(weight, change)"),
        ("avg(weight)", "regr_avgx(change, weight)"),
        ("regr_avgx(insured::INT, weight)", "regr_avgx(change, weight)"),
        ("count(*)", "regr_count(weight, change)"),
    ],
)
def test_that_nobody_of_a_group_lacks_one_of_a_pair_is_not_told(alone: str, pair: str) -> None:
    """Both are equal, so nobody who smokes lacks `change`, and who lacks it does not smoke. Shown for none and hidden
    for three, the second says so by being there. Source: our rule that a difference of 0 is one of a few."""
    for lacking in (0, 3):
        found = asked(
            smokers(lacking),
            f"SELECT {alone} FILTER (WHERE smoker), {pair} FILTER (WHERE smoker) FROM patient",
        )
        assert [value is None for value in found.rows[0]].count(True) == 1, (lacking, found.rows)


ONLY_SMOKERS = "FILTER (WHERE smoker)"


@pytest.mark.parametrize(
    "asking",
    [
        "SELECT smoker, avg(change) FROM patient GROUP BY smoker ORDER BY smoker DESC",
        "SELECT smoker, count(*), sum(change) / count(*) FROM patient GROUP BY smoker ORDER BY smoker DESC",
        "SELECT stddev(change), avg(change + 1) FROM patient WHERE smoker",
        "SELECT corr(change, weight) FROM patient WHERE smoker",
        f"SELECT count(*) {ONLY_SMOKERS}, avg(change) {ONLY_SMOKERS}, sum(change) {ONLY_SMOKERS} FROM patient",
        f"SELECT count(change) {ONLY_SMOKERS} FROM patient",
    ],
)
def test_that_nobody_of_a_group_lacks_a_value_is_not_told(asking: str) -> None:
    """Whoever knows who has no `change` would know that these do not smoke, if what smokers have was shown where none
    of them lacks it, and hidden where three do. Source: our rule that a difference of 0 is one of a few."""
    nobody, three = (asked(smokers(lacking), asking).rows[0] for lacking in (0, 3))
    assert [value is None for value in nobody] == [value is None for value in three]
    assert nobody[-1] is None


def test_a_mean_is_shown_where_nobody_can_lack_the_value_or_enough_do() -> None:
    shows(smokers(0), "SELECT smoker, avg(change) FROM patient WHERE change IS NOT NULL GROUP BY smoker")
    shows(smokers(10), "SELECT smoker, count(*), avg(change) FROM patient GROUP BY smoker")
    shows(smokers(0), "SELECT sex, count(*), avg(change) FROM patient GROUP BY sex")


def test_a_pair_of_a_sensitive_case_does_not_tell_that_nobody_lacks_the_other() -> None:
    """Alone, too: it is hidden where three of those who smoke lack `change`, so it is where none does. Where it can be
    lacking nowhere, there is nothing to tell. Source: conditions rule, 0 on a sensitive field."""
    case = "CASE WHEN smoker THEN weight END"
    for call in (f"regr_avgy({case}, change)", f"regr_avgx(change, {case})", f"regr_sxx(change, {case})"):
        for lacking in (0, 3):
            assert asked(smokers(lacking), f"SELECT {call} FROM patient").rows == ((None,),)
    shows(smokers(0), f"SELECT regr_avgy({case}, insured::INT) FROM patient")
    shows(smokers(0), "SELECT regr_avgy(CASE WHEN smoker THEN change END, change) FROM patient")


def test_no_value_makes_a_higher_moment_raise() -> None:
    """DuckDB raises where a moment overflows: whether it does would tell of one value. Source: telling errors."""
    zeros = [visit(person, cost=cost, nights=person % 2) for person, cost in enumerate(COSTS, start=1)]
    for name in ("skewness", "kurtosis", "kurtosis_pop"):
        found = f"SELECT {name}(cost / nights) FROM visit WHERE nights >= 0"
        with pytest.raises(Exception, match="out of range"):
            plainly(world(visits=zeros), found)
        shows(world(visits=[{**row, "nights": 1} for row in zeros]), found)
