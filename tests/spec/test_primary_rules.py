"""The primary rules, one small table each: what a leaf brings in, and what is published of it."""

from dataclasses import replace

import pytest

from enclave.disclosure.asked import Measure, Statistic
from enclave.terms import Zeros
from tests.spec.disclosure_tables import (
    HIDDEN,
    HOUSE,
    SHOWN,
    SYNTHETIC,
    added,
    classes,
    count,
    extremes,
    held,
    mean,
    path,
    published,
    shown,
)

both_zeros = pytest.mark.parametrize("zeros", [HIDDEN, SHOWN])


# Any cell


def test_a_cell_is_shown_from_ten_units_on() -> None:
    assert published(
        """
        school | units | rows
        A      |     9 |   90
        B      |    10 |   10
        C      |    11 |   11
        """,
        count("rows"),
    ) == shown(
        """
        school | rows
        B      |   10
        C      |   11
        """
    )


@both_zeros
def test_a_cell_of_nobody_is_as_absent_as_a_cell_of_few(zeros: Zeros) -> None:
    assert published(
        """
        school | units | rows
        A      |     0 |    0
        B      |     1 |    1
        C      |    10 |   10
        """,
        count("rows", zeros=zeros),
    ) == shown(
        """
        school | rows
        C      |   10
        """
    )


def test_a_cell_inside_too_few_clusters_is_absent() -> None:
    assert published(
        """
        school | units | clusters | rows
        A      |    50 |        2 |   50
        B      |    50 |        3 |   50
        """,
        count("rows"),
        clusters="clusters",
        rules=replace(HOUSE, min_clusters=3),
    ) == shown(
        """
        school | rows
        B      |   50
        """
    )


def test_a_threshold_stricter_than_the_house_rule_is_kept() -> None:
    assert published(
        """
        school | units | rows
        A      |    29 |   29
        B      |    30 |   30
        """,
        count("rows"),
        rules=replace(HOUSE, min_units=30),
    ) == shown(
        """
        school | rows
        B      |   30
        """
    )


def test_a_leaf_without_numbers_still_shows_only_large_cells() -> None:
    assert published(
        """
        school | units
        A      |     9
        B      |    10
        """
    ) == shown(
        """
        school
        B
        """
    )


def test_the_one_row_of_a_leaf_without_keys_stays_with_its_numbers_hidden() -> None:
    assert published(
        """
        units | rows | mean
            9 |    9 |  4.5
        """,
        count("rows"),
        mean("mean"),
        dimensions=(),
        always_one_row=True,
    ) == shown(
        """
        rows | mean
        c    |    c
        """
    )


def test_the_one_row_of_a_leaf_without_keys_is_shown_when_it_is_large() -> None:
    assert published(
        """
        units | rows | mean
           10 |   10 |  4.5
        """,
        count("rows"),
        mean("mean"),
        dimensions=(),
        always_one_row=True,
    ) == shown(
        """
        rows | mean
        10   |  4.5
        """
    )


def test_a_rolled_up_key_and_a_missing_one_are_two_cells() -> None:
    assert published(
        """
        set | school | units | rows
        1   | null   |    40 |   40
        0   | null   |    12 |   12
        0   | B      |     8 |    8
        0   | A      |    20 |   20
        """,
        count("rows"),
        grouping="set",
    ) == shown(
        """
        set | school | rows
        0   | A      |   20
        0   | null   |   12
        1   | null   |   40
        """
    )


def test_rows_come_sorted_by_their_keys_with_nulls_last() -> None:
    assert published(
        """
        school | year | units | rows
        null   |    1 |    10 |   10
        B      |    2 |    10 |   10
        B      | null |    10 |   10
        B      |    1 |    10 |   10
        A      |    3 |    10 |   10
        """,
        count("rows"),
        dimensions=("school", "year"),
    ) == shown(
        """
        school | year | rows
        A      |    3 |   10
        B      |    1 |   10
        B      |    2 |   10
        B      | null |   10
        null   |    1 |   10
        """
    )


# count(*), count(x)


def test_a_count_needs_ten_units_with_a_row_that_counts() -> None:
    assert published(
        """
        school | units | n  | values
        A      |    40 |  9 |     31
        B      |    40 | 10 |     10
        """,
        count("values", contributors="n"),
    ) == shown(
        """
        school | values
        A      |      c
        B      |     10
        """
    )


def test_a_count_of_nobody_is_hidden_like_nine_where_zeros_are_hidden() -> None:
    assert published(
        """
        school | units | n | values
        A      |    40 | 0 |      0
        B      |    40 | 9 |      9
        """,
        count("values", contributors="n", zeros=HIDDEN),
    ) == shown(
        """
        school | values
        A      |      c
        B      |      c
        """
    )


def test_a_count_of_nobody_is_a_zero_where_zeros_are_shown() -> None:
    assert published(
        """
        school | units | n | values
        A      |    40 | 0 |      0
        B      |    40 | 1 |      1
        C      |    40 | 9 |      9
        """,
        count("values", contributors="n", zeros=SHOWN),
    ) == shown(
        """
        school | values
        A      |      0
        B      |      c
        C      |      c
        """
    )


def test_rows_of_nobody_are_not_shown_as_a_count_of_nobody() -> None:
    """A public table left-joined to people has rows of nobody: how many would tell which groups are empty."""
    assert published(
        """
        school | units | n | empty
        A      |    40 | 0 |     3
        B      |    40 | 0 |     0
        C      |     0 | 0 |     1
        """,
        count("empty", contributors="n", zeros=SHOWN),
    ) == shown(
        """
        school | empty
        A      |     c
        B      |     0
        """
    )


def test_a_count_of_rows_that_one_unit_dominates_is_hidden() -> None:
    assert published(
        """
        school | units | rows | total | first | second
        A      |    10 |  100 |   100 |    91 |      1
        B      |    10 |  100 |   100 |    20 |     10
        """,
        count("rows", by_unit=held()),
    ) == shown(
        """
        school | rows
        A      |    c
        B      |  100
        """
    )


def test_rows_per_unit_that_are_one_or_two_need_ten_units_of_each() -> None:
    """In A one unit has two rows, in B ten; in C one has two and one three; in D everybody has one."""
    assert published(
        """
        school | units | rows | adding | least | greatest | sum | squares
        A      |    40 |   41 |     40 |     1 |        2 |  41 |      43
        B      |    40 |   50 |     40 |     1 |        2 |  50 |      70
        C      |    40 |   43 |     40 |     1 |        3 |  43 |      51
        D      |    40 |   40 |     40 |     1 |        1 |  40 |      40
        """,
        count("rows", added=added()),
    ) == shown(
        """
        school | rows
        A      |    c
        B      |   50
        C      |   43
        D      |   40
        """
    )


# count(DISTINCT key)


def test_a_count_of_units_is_shown_as_its_cell_is() -> None:
    units = Measure("units", Statistic.UNITS, contributors="units", zeros=HIDDEN)
    assert published(
        """
        school | units
        A      |     9
        B      |    10
        """,
        units,
    ) == shown(
        """
        school | units
        B      |    10
        """
    )


# sum, avg


@pytest.mark.parametrize("statistic", [Statistic.SUM, Statistic.MEAN])
@both_zeros
def test_a_sum_or_mean_needs_ten_units_with_a_value(statistic: Statistic, zeros: Zeros) -> None:
    assert published(
        """
        school | units |  n | value
        A      |    40 |  0 | null
        B      |    40 |  9 |  50.5
        C      |    40 | 10 |  60.5
        """,
        Measure("value", statistic, contributors="n", zeros=zeros),
    ) == shown(
        """
        school | value
        A      |     c
        B      |     c
        C      |  60.5
        """
    )


def test_a_sum_is_hidden_once_two_units_hold_ninety_per_cent_of_it() -> None:
    assert published(
        """
        school | units | mean | total | first | second
        A      |    40 |   25 |  1000 |   500 |    400
        B      |    40 |   25 |  1000 |   500 |    399
        """,
        mean("mean", by_unit=held()),
    ) == shown(
        """
        school | mean
        A      |    c
        B      |   25
        """
    )


def test_a_rule_on_one_contributor_looks_at_the_largest_alone() -> None:
    assert published(
        """
        school | units | mean | total | first | second
        A      |    40 |   25 |  1000 |   700 |      1
        B      |    40 |   25 |  1000 |   699 |    150
        """,
        mean("mean", by_unit=held()),
        rules=replace(HOUSE, nk_contributors=1, nk_percent=70),
    ) == shown(
        """
        school | mean
        A      |    c
        B      |   25
        """
    )


def test_a_sum_is_hidden_where_the_second_unit_could_estimate_the_first_within_ten_per_cent() -> None:
    assert published(
        """
        school | units | mean | total | first | second
        A      |    40 |   25 |  1000 |   890 |     22
        B      |    40 |   25 |  1000 |   890 |     21
        """,
        mean("mean", by_unit=held()),
        rules=replace(HOUSE, nk_percent=100),
    ) == shown(
        """
        school | mean
        A      |    c
        B      |   25
        """
    )


def test_values_of_both_signs_cannot_cancel_a_dominant_unit() -> None:
    """Amounts are sums of |x|: a sum of 0 may still be one unit's 900 against the others' -900."""
    assert published(
        """
        school | units | sum | total | first | second
        A      |    40 |   0 |  1800 |   900 |    800
        B      |    40 |   0 |  1800 |    90 |     80
        """,
        Measure("sum", Statistic.SUM, contributors="units", zeros=HIDDEN, by_unit=held()),
    ) == shown(
        """
        school | sum
        A      |   c
        B      |   0
        """
    )


def test_a_sum_that_two_clusters_hold_is_hidden_where_clusters_are_judged() -> None:
    assert published(
        """
        school | units | mean | total | first | second
        A      |    40 |   25 |  1000 |   600 |    300
        B      |    40 |   25 |  1000 |   400 |    300
        """,
        mean("mean", by_cluster=held()),
    ) == shown(
        """
        school | mean
        A      |    c
        B      |   25
        """
    )


@pytest.mark.parametrize(("zeros", "expected"), [(HIDDEN, "c"), (SHOWN, "0.0")])
def test_a_mean_of_zeros_alone_tells_everybodys_value_and_follows_the_zeros(
    zeros: Zeros, expected: str
) -> None:
    assert published(
        """
        school | units | mean | total | first | second
        A      |    40 |  0.0 |   0.0 |   0.0 |    0.0
        """,
        mean("mean", zeros=zeros, by_unit=held()),
    ) == shown(
        f"""
        school | mean
        A      | {expected}
        """
    )


# Arguments with conditions


@pytest.mark.parametrize("zeros", [HIDDEN, SHOWN])
def test_each_side_of_a_condition_needs_ten_units(zeros: Zeros) -> None:
    """40 units, several rows each. B: 9 some true. C: 9 some not. D: 9 never. E: 9 always. F: 1 never."""
    assert published(
        """
        school | units | domain | true | not_true | mean
        A      |    40 |     40 |   30 |       30 |  1.5
        B      |    40 |     40 |    9 |       40 |  1.5
        C      |    40 |     40 |   40 |        9 |  1.5
        D      |    40 |     40 |   31 |       20 |  1.5
        E      |    40 |     40 |   20 |       31 |  1.5
        F      |    40 |     40 |   39 |       20 |  1.5
        """,
        mean("mean", paths=(path(zeros),)),
    ) == shown(
        """
        school | mean
        A      |  1.5
        B      |    c
        C      |    c
        D      |    c
        E      |    c
        F      |    c
        """
    )


@pytest.mark.parametrize(("zeros", "expected"), [(HIDDEN, "c"), (SHOWN, "1.5")])
def test_an_empty_side_of_a_condition_follows_the_zeros(zeros: Zeros, expected: str) -> None:
    """A: always true for all. B: never true for anyone. C: nobody is always true. D: nobody is never true."""
    assert published(
        """
        school | units | domain | true | not_true | mean
        A      |    40 |     40 |   40 |        0 |  1.5
        B      |    40 |     40 |    0 |       40 |  1.5
        C      |    40 |     40 |   20 |       40 |  1.5
        D      |    40 |     40 |   40 |       20 |  1.5
        """,
        mean("mean", paths=(path(zeros),)),
    ) == shown(
        f"""
        school | mean
        A      | {expected}
        B      | {expected}
        C      | {expected}
        D      | {expected}
        """
    )


def test_a_condition_is_judged_within_the_units_that_the_filter_lets_through() -> None:
    """9 of the 20 in the domain are never true, though 29 of the 40 in the cell are."""
    assert published(
        """
        school | units | n  | domain | true | not_true | mean
        A      |    40 | 20 |     20 |   11 |       20 |  1.5
        B      |    40 | 20 |     20 |   10 |       10 |  1.5
        """,
        mean("mean", contributors="n", paths=(path(HIDDEN),)),
    ) == shown(
        """
        school | mean
        A      |    c
        B      |  1.5
        """
    )


def test_a_count_under_a_condition_does_not_give_the_others_away() -> None:
    """31 of 40 are late: beside the total, a count of 31 tells that 9 are not."""
    assert published(
        """
        school | units | domain | true | not_true | late
        A      |    40 |     40 |   31 |        9 |   31
        B      |    40 |     40 |   30 |       10 |   30
        """,
        count("late", contributors="true", paths=(path(SHOWN),)),
    ) == shown(
        """
        school | late
        A      |    c
        B      |   30
        """
    )


def test_a_zero_under_a_condition_is_shown_only_if_the_condition_may_show_it() -> None:
    text = """
        school | units | domain | true | not_true | late
        A      |    40 |     40 |    0 |       40 |    0
        """
    zero = "school | late\nA | 0"
    hidden = "school | late\nA | c"
    assert published(text, count("late", "true", SHOWN, paths=(path(SHOWN),))) == zero
    assert published(text, count("late", "true", SHOWN, paths=(path(HIDDEN),))) == hidden
    assert published(text, count("late", "true", HIDDEN, paths=(path(SHOWN),))) == hidden


def test_a_count_of_nobody_has_no_classes_or_values_that_could_hide_its_zero() -> None:
    text = """
        school | units | domain | true | not_true | late | smallest | classes | low | high | between | differ
        A      |    40 |     40 |    0 |       40 |    0 | null     | null    | null | null |   null | null
        B      |    40 |     40 |   20 |       20 |   25 |       10 |       2 |   10 |   10 |      5 | true
        """
    for companions in ({"classes": (classes(SHOWN),)}, {"extremes": (extremes(SHOWN),)}):
        late = count("late", "true", SHOWN, paths=(path(SHOWN),), **companions)
        assert published(text, late) == "school | late\nA | 0\nB | 25"


def test_a_count_of_nobody_has_no_shares_that_could_hide_its_zero() -> None:
    assert published(
        """
        school | units | domain | true | not_true | late | total | first | second
        A      |    40 |     40 |    0 |       40 |    0 | null  | null  | null
        B      |    40 |     40 |   20 |       20 |   25 |    25 |     2 |      2
        """,
        count("late", "true", SHOWN, paths=(path(SHOWN),), by_unit=held()),
    ) == shown(
        """
        school | late
        A      |    0
        B      |   25
        """
    )


def test_every_condition_of_an_argument_is_judged() -> None:
    second = replace(path(HIDDEN), true_units="true2", not_true_units="not_true2")
    assert published(
        """
        school | units | domain | true | not_true | true2 | not_true2 | mean
        A      |    40 |     40 |   20 |       20 |    39 |         1 |  1.5
        B      |    40 |     40 |   20 |       20 |    15 |        25 |  1.5
        """,
        mean("mean", paths=(path(HIDDEN), second)),
    ) == shown(
        """
        school | mean
        A      |    c
        B      |  1.5
        """
    )


# Arguments with selectors


@both_zeros
def test_the_smallest_class_of_a_selector_needs_ten_units(zeros: Zeros) -> None:
    assert published(
        """
        school | units | smallest | classes | sum
        A      |    40 |        1 |       3 | 1.5
        B      |    40 |        9 |       2 | 1.5
        C      |    40 |       10 |       4 | 1.5
        """,
        mean("sum", classes=(classes(zeros),)),
    ) == shown(
        """
        school | sum
        A      |   c
        B      |   c
        C      | 1.5
        """
    )


@pytest.mark.parametrize(("zeros", "expected"), [(HIDDEN, "c"), (SHOWN, "1.5")])
def test_one_class_alone_tells_everybodys_class_and_follows_the_zeros(zeros: Zeros, expected: str) -> None:
    assert published(
        """
        school | units | smallest | classes | sum
        A      |    40 |       40 |       1 | 1.5
        """,
        mean("sum", classes=(classes(zeros),)),
    ) == shown(
        f"""
        school | sum
        A      | {expected}
        """
    )


@both_zeros
def test_a_number_that_counts_no_class_at_all_is_hidden(zeros: Zeros) -> None:
    assert published(
        """
        school | units | smallest | classes | sum
        A      |    40 |       40 |       0 | 1.5
        B      |    40 |        0 |       3 | 1.5
        """,
        mean("sum", classes=(classes(zeros),)),
    ) == shown(
        """
        school | sum
        A      |   c
        B      |   c
        """
    )


# Two-valued arguments


@both_zeros
def test_both_values_of_a_two_valued_argument_need_ten_units(zeros: Zeros) -> None:
    assert published(
        """
        school | units | low | high | between | differ | mean
        A      |    40 |  39 |    1 |       0 | true   |  1.5
        B      |    40 |   9 |   31 |       0 | true   |  1.5
        C      |    40 |  30 |   10 |       0 | true   |  1.5
        """,
        mean("mean", extremes=(extremes(zeros),)),
    ) == shown(
        """
        school | mean
        A      |    c
        B      |    c
        C      |  1.5
        """
    )


def test_a_third_value_makes_the_least_and_the_greatest_free() -> None:
    assert published(
        """
        school | units | low | high | between | differ | mean
        A      |    40 |   1 |    1 |       1 | true   |  1.5
        """,
        mean("mean", extremes=(extremes(HIDDEN),)),
    ) == shown(
        """
        school | mean
        A      |  1.5
        """
    )


@pytest.mark.parametrize(("zeros", "expected"), [(HIDDEN, "c"), (SHOWN, "1.5")])
def test_one_value_alone_tells_everybodys_and_follows_the_zeros(zeros: Zeros, expected: str) -> None:
    assert published(
        """
        school | units | low | high | between | differ | mean
        A      |    40 |  40 |   40 |       0 | false  |  1.5
        """,
        mean("mean", extremes=(extremes(zeros),)),
    ) == shown(
        f"""
        school | mean
        A      | {expected}
        """
    )


# What is true of every rule


def test_a_number_is_hidden_alone_and_leaves_its_neighbours() -> None:
    assert published(
        """
        school | units | rows | n | mean
        A      |    40 |   40 | 9 |  1.5
        """,
        count("rows"),
        mean("mean", contributors="n"),
    ) == shown(
        """
        school | rows | mean
        A      |   40 |    c
        """
    )


def test_no_companion_is_published() -> None:
    assert published(
        """
        school | units | n  | spare | mean
        A      |    40 | 30 |     7 |  1.5
        """,
        mean("mean", contributors="n"),
    ) == shown(
        """
        school | mean
        A      |  1.5
        """
    )


@pytest.mark.parametrize("unknown", ["total", "first", "second"])
@pytest.mark.parametrize("word", ["null", "nan", "inf"])
def test_an_unknown_amount_hides_its_number(unknown: str, word: str) -> None:
    amounts = {"total": "1000.0", "first": "100.0", "second": "50.0"} | {unknown: word}
    assert published(
        f"""
        school | units | mean | {" | ".join(amounts)}
        A      |    40 |  1.5 | {" | ".join(amounts.values())}
        B      |    40 |  2.5 | 1000.0 | 100.0 | 50.0
        """,
        mean("mean", by_unit=held(), zeros=SHOWN),
    ) == shown(
        """
        school | mean
        A      |    c
        B      |  2.5
        """
    )


def test_amounts_that_contradict_one_another_hide_their_number() -> None:
    """A: a negative part. B: the second above the first. C and F: parts of nothing. D: more than the whole."""
    assert published(
        """
        school | units | mean | total | first | second
        A      |    40 |  1.5 |  1000 |   100 |    -50
        B      |    40 |  1.5 |  1000 |    50 |    100
        C      |    40 |  1.5 |     0 |   100 |      0
        D      |    40 |  1.5 |   100 |   101 |      0
        E      |    40 |  1.5 |  1000 |   100 |     50
        F      |    40 |  1.5 |     0 |    -5 |     -5
        """,
        mean("mean", by_unit=held(), zeros=SHOWN),
    ) == shown(
        """
        school | mean
        A      |    c
        B      |    c
        C      |    c
        D      |    c
        E      |  1.5
        F      |    c
        """
    )


def test_a_share_that_floating_point_rounds_below_the_line_is_hidden() -> None:
    """0.6 + 0.3 is 0.8999999999999999 there, and is ninety per cent."""
    assert published(
        """
        school | units | mean | total | first | second
        A      |    40 |  1.5 |   1.0 |   0.6 |    0.3
        B      |    40 |  1.5 |   1.0 |   0.6 |   0.29
        """,
        mean("mean", by_unit=held()),
    ) == shown(
        """
        school | mean
        A      |    c
        B      |  1.5
        """
    )


def test_whole_numbers_too_large_for_floating_point_are_not_shown_at_the_line() -> None:
    """A's first holds ninety per cent, which 53 bits round to less."""
    assert published(
        """
        school | units | mean | total               | first               | second
        A      |    40 |  1.5 | 1204392787950485210 | 1083953509155436689 |      0
        B      |    40 |  1.5 | 1204392787950485210 | 1000000000000000000 |      0
        """,
        mean("mean", by_unit=held()),
    ) == shown(
        """
        school | mean
        A      |    c
        B      |  1.5
        """
    )


def test_amounts_too_large_to_compare_hide_their_number() -> None:
    assert published(
        """
        school | units | mean | total   | first  | second
        A      |    40 |  1.5 | 1.7e308 | 1e305  | 1e305
        B      |    40 |  1.5 | 1.7e300 | 1.0e295 | 1e295
        """,
        mean("mean", by_unit=held()),
        rules=replace(HOUSE, p_percent=1_000_000),
    ) == shown(
        """
        school | mean
        A      |    c
        B      |  1.5
        """
    )


@pytest.mark.parametrize(
    "unknown", ["n", "domain", "true", "not_true", "smallest", "classes", "low", "high", "between", "differ"]
)
def test_an_unknown_companion_hides_its_number(unknown: str) -> None:
    companions = {"n": "40", "domain": "40", "true": "20", "not_true": "20", "smallest": "20", "classes": "2"}
    companions |= {"low": "20", "high": "20", "between": "9", "differ": "true"}
    assert published(
        f"""
        school | units | mean | {" | ".join(companions)}
        A      |    40 |  1.5 | {" | ".join((companions | {unknown: "null"}).values())}
        B      |    40 |  2.5 | {" | ".join(companions.values())}
        """,
        mean(
            "mean", "n", SHOWN, paths=(path(SHOWN),), classes=(classes(SHOWN),), extremes=(extremes(SHOWN),)
        ),
    ) == shown(
        """
        school | mean
        A      |    c
        B      |  2.5
        """
    )


def test_an_unknown_number_of_units_or_clusters_hides_the_cell() -> None:
    assert published(
        """
        school | units | clusters | rows
        A      | null  |        5 |   40
        B      |    40 | null     |   40
        C      |    40 |        5 |   40
        """,
        count("rows"),
        clusters="clusters",
    ) == shown(
        """
        school | rows
        C      |   40
        """
    )


@pytest.mark.parametrize("word", ["nan", "inf", "-inf"])
def test_a_mean_that_is_no_finite_number_is_hidden(word: str) -> None:
    assert published(
        f"""
        school | units | mean
        A      |    40 | {word}
        B      |    40 | 2.5
        """,
        mean("mean"),
    ) == shown(
        """
        school | mean
        A      |    c
        B      |  2.5
        """
    )


def test_threshold_one_switches_every_rule_off() -> None:
    text = """
        school | units | clusters | rows | mean | total | first | second | domain | true | not_true
        A      |     0 |        0 |    1 | null |     0 |     0 |      0 |      0 |    0 |        0
        B      |     1 |        1 |    1 |  7.5 |   7.5 |   7.5 |   null |      1 |    1 |        0
        C      |     2 |        1 |    2 |  nan |   nan |   nan |    nan |      2 |    1 |        1
        """
    assert published(
        text,
        count("rows"),
        mean("mean", by_unit=held(), by_cluster=held(), paths=(path(HIDDEN),)),
        clusters="clusters",
        rules=SYNTHETIC,
    ) == shown(
        """
        school | rows | mean
        A      |    1 |    c
        B      |    1 |  7.5
        C      |    2 |  nan
        """
    )
