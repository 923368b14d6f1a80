"""The rules for statistics of spread and of order, one small table each: what a leaf brings in, what is published."""

import pytest

from enclave.disclosure.asked import Leverage, Measure, Ranks, Statistic
from tests.spec.disclosure_tables import SHOWN, SYNTHETIC, published, shown


def spread(parameters: int = 1, *, held: bool = False) -> Measure:
    leverage = (Leverage("total", "first"),) if held else ()
    return Measure("sd", Statistic.VARIANCE, "units", SHOWN, parameters=parameters, leverage=leverage)


def quantile(point: float) -> Measure:
    return Measure("q", Statistic.QUANTILE, "units", SHOWN, ranks=Ranks(point, "near"))


@pytest.mark.parametrize(("parameters", "least"), [(1, 11), (2, 12), (3, 13)])
def test_ten_units_are_left_beyond_the_parameters(parameters: int, least: int) -> None:
    """Residual degrees of freedom of 10, in units."""
    assert published(
        f"""
        school |       units |  sd
        A      | {least - 1} | 1.5
        B      |     {least} | 2.5
        """,
        spread(parameters),
    ) == shown(
        """
        school | sd
        A      | c
        B      | 2.5
        """
    )


def test_a_spread_is_hidden_where_one_unit_holds_more_than_half_of_it() -> None:
    """Half of the sum of squares around the mean, and what floating point cannot tell from it, is too much."""
    assert published(
        """
        school | units |  sd | total | first
        A      |    20 | 1.5 |  90.0 |  50.0
        B      |    20 | 2.5 |  90.0 |  40.0
        C      |    20 | 3.5 |  90.0 |  45.0
        D      |    20 | 4.5 |  null |   1.0
        E      |    20 | 5.5 |  90.0 |  null
        """,
        spread(held=True),
    ) == shown(
        """
        school | sd
        A      | c
        B      | 2.5
        C      | c
        D      | c
        E      | c
        """
    )


def test_nobody_holds_a_spread_that_there_is_not() -> None:
    """Everybody has the same value: how many values there are is judged by the classes."""
    table = """
        school | units |  sd | total | first
        A      |    20 | 0.0 |   0.0 |   0.0
        """
    assert published(table, spread(held=True)) == shown("school | sd\nA | 0.0")


def test_a_quantile_needs_ten_units_on_either_side() -> None:
    """The point lies within [t/n, 1 - t/n]; at the line it is shown."""
    table = """
        school | units |  q  | near
        A      |    99 | 1.5 |   10
        B      |   100 | 2.5 |   10
        """
    for point in (0.1, 0.9):
        assert published(table, quantile(point)) == shown("school | q\nA | c\nB | 2.5")
    assert published(table, quantile(0.5)) == shown("school | q\nA | 1.5\nB | 2.5")


def test_the_values_around_a_quantile_are_of_ten_units() -> None:
    """Many rows of few people around the point: the mean of them is theirs."""
    table = """
        school | units |  q  | near
        A      |   100 | 1.5 |    9
        B      |   100 | 2.5 |   10
        C      |   100 | 3.5 | null
        """
    with_nulls = published(table, quantile(0.5))
    assert with_nulls == shown("school | q\nA | c\nB | 2.5\nC | c")


def test_threshold_one_switches_these_rules_off_too() -> None:
    table = """
        school | units |  sd | total | first
        A      |     2 | 1.5 |  90.0 |  50.0
        """
    assert published(table, spread(held=True), rules=SYNTHETIC) == shown("school | sd\nA | 1.5")
