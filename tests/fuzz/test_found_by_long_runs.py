"""What long runs found, each as a small question that shows it."""

from collections.abc import Iterator
from dataclasses import replace

import duckdb
import pytest

from tests.fuzz.house import House
from tests.fuzz.meaning import difference, raw_rows
from tests.fuzz.questions import Fuzzed
from tests.support.tables import same_rows

AT_A_LINE = "CASE WHEN risk >= 0.25 THEN 'high' ELSE 'low' END AS band"


@pytest.fixture(scope="module")
def house() -> Iterator[House]:
    with House(0, units=20) as made:
        yield made


@pytest.fixture(scope="module")
def guarded() -> Iterator[House]:
    with House(0, units=50, min_units=5) as made:
        yield made


def test_no_change_is_offered_that_would_put_a_number_where_an_order_stands(house: House) -> None:
    rows = "SELECT *, ntile(3) OVER (ORDER BY points DESC) AS third FROM outcome"
    found = house.ask(f"SELECT count(*) AS n, sum(third / third) AS s FROM ({rows}) AS t")
    assert (found.status, found.code) == ("refused", "encodes-people")


@pytest.mark.parametrize(
    ("moment", "told"),
    [
        ("try_strptime(CAST(n - n AS VARCHAR), '%Y')", "0000-01-01T00:00:00"),
        ("DATE '2022-02-01' + to_years(CAST(n - n + 8000 AS INTEGER))", "10022-02-01T00:00:00"),
        ("DATE '2022-02-01' - to_years(CAST(n - n + 3000 AS INTEGER))", "-0978-02-01T00:00:00"),
        ("TRY_CAST(CASE WHEN n > 0 THEN 'infinity' END AS DATE)", "infinity"),
        ("TRY_CAST(CASE WHEN n > 0 THEN '-infinity' END AS TIMESTAMP)", "-infinity"),
    ],
)  # fmt: skip
def test_a_moment_past_pythons_calendar_is_told(house: House, moment: str, told: object) -> None:
    found = house.ask(f"SELECT {moment} AS moment FROM (SELECT count(*) AS n FROM outcome)")
    assert (found.status, found.rows) == ("released", ((told,),))


@pytest.mark.parametrize("number", ["sum(taken_on - DATE '2021-01-01')", "sum((taken_on - taken_on))"])
def test_a_sum_of_days_is_a_whole_number_for_whatever_is_made_of_it(house: House, number: str) -> None:
    sql = f"SELECT CAST(n AS VARCHAR) AS n FROM (SELECT {number} AS n FROM reading)"
    assert same_rows(house.ask(sql).rows, raw_rows(house.plain.sql(sql)), ordered=False)


@pytest.mark.parametrize("beside", ["trunc(nights)", "round(nights, -1)", "nights * 2"])
def test_a_sum_of_rounded_whole_numbers_is_a_whole_number_for_whatever_is_made_of_it(
    house: House, beside: str
) -> None:
    sql = f"SELECT CAST(n AS VARCHAR) AS n FROM (SELECT sum(nights + {beside}) AS n FROM visit)"
    assert same_rows(house.ask(sql).rows, raw_rows(house.plain.sql(sql)), ordered=False)


def test_a_sum_of_tiles_is_a_whole_number_for_whatever_is_made_of_it(house: House) -> None:
    tiles = "SELECT year, ntile(10) OVER (ORDER BY change) AS tile FROM patient"
    number = "sum(tile - CASE WHEN year = 2022 THEN 0 ELSE tile END)"
    sql = f"SELECT CAST(n AS VARCHAR) AS n FROM (SELECT {number} AS n FROM ({tiles}) AS t)"
    found = house.ask(sql).rows
    assert found == ((str(int(str(found[0][0]))),),)


@pytest.mark.parametrize(
    "number",
    [
        "avg(taken_on)",
        "mean(taken_on + INTERVAL 1 DAY)",
        "avg(INTERVAL 1 DAY * number)",
        "median(INTERVAL 1 DAY * number)",
    ],
)
def test_a_mean_of_what_is_no_number_is_refused(house: House, guarded: House, number: str) -> None:
    """Its checks failed on the first value that was there, and on none where there was none."""
    for where in (house, guarded):
        found = where.ask(f"SELECT {number} AS x FROM reading")
        assert (found.status, found.code) == ("refused", "function-not-allowed")


def test_the_mean_of_dates_that_is_offered_in_its_place_is_answered(house: House) -> None:
    days = "DATE '2020-01-01' + avg(taken_on - DATE '2020-01-01')::INTEGER"
    sql = f"SELECT {days} AS day FROM reading"
    assert same_rows(house.ask(sql).rows, raw_rows(house.plain.sql(sql)), ordered=False)


def test_rows_without_a_table_have_a_name_too(guarded: House) -> None:
    found = guarded.ask("SELECT count(*) AS n FROM patient WHERE EXISTS (SELECT CAST(sex AS INTEGER))")
    assert found.status == "released"


def test_a_persons_median_of_decimals_is_a_decimal_and_does_not_overflow(house: House) -> None:
    own = "SELECT person, median(exact) AS middle FROM reading GROUP BY person"
    sql = f"SELECT sum(middle * greatest(middle, 0)) AS n FROM ({own}) AS t"
    found = house.ask(sql)
    assert (found.status, found.columns) == ("released", (("n", "DECIMAL(38,8)"),))


def test_a_number_is_the_same_whatever_was_asked_beside_it(guarded: House) -> None:
    """Its base has given all that it ever may; what it gave stays to be had, in whatever company."""
    number = "stddev_samp(risk * 2 + 1) AS spread"
    beside = f"SELECT {AT_A_LINE}, {number}, count(DISTINCT year) FILTER (WHERE smoker = FALSE) AS years"
    guarded.forget()
    first = guarded.ask(f"{beside} FROM patient GROUP BY 1 ORDER BY 1")
    alone = guarded.ask(f"SELECT {AT_A_LINE}, {number} FROM patient GROUP BY 1 ORDER BY 1")
    assert [row[:2] for row in first.rows] == list(alone.rows)
    assert any(marks[1] for marks in first.shown)


def test_rows_that_are_nearly_alike_find_their_partners() -> None:
    """One by one, the first of them takes the other's."""
    some = [(1.0, "a"), (1.0 + 1e-10, "a")]
    near = [(1.0 + 9e-10, "a"), (1.0 - 5e-10, "a")]
    assert same_rows(some, near, ordered=False)
    assert not same_rows(some, [near[0], (1.0 + 5e-9, "a")], ordered=False)


def test_duckdb_is_asked_in_many_orders_of_its_rows(house: House) -> None:
    found = {
        tuple(row[0] for row in one.sql("SELECT long FROM reading").fetchall()) for one in house.reordered(4)
    }
    assert len(found) == 4
    assert {tuple(sorted(one)) for one in found} == {
        tuple(sorted(long for (long,) in house.plain.sql("SELECT long FROM reading").fetchall()))
    }
    with duckdb.connect() as other:
        assert raw_rows(other.sql("SELECT DATE '0044-03-15 (BC)' AS d")) == [("-0043-03-15",)]


def test_how_often_a_group_has_its_own_value_asks_no_second_table(guarded: House) -> None:
    """It did, and could be hidden beside numbers of the first one."""
    sql = "SELECT stage, count(DISTINCT stage) AS n FROM patient WHERE year = 2022 GROUP BY stage"
    assert len(guarded.plan(sql).plan.steps) == len(
        guarded.plan(sql.replace("DISTINCT stage", "*")).plan.steps
    )
    found = guarded.answer(sql)
    assert found.rows
    assert all(count == (stage is not None) for stage, count in found.rows)


def test_a_zero_that_has_a_sign_as_duckdb_has_it_is_no_difference(house: House) -> None:
    sql = "SELECT CAST(quantile_cont(level, 0.5) AS VARCHAR) AS zero FROM reading WHERE level = 0"
    asked = Fuzzed(sql, False, frozenset(), frozenset())
    assert difference(house, asked, house.answer(sql)) is None
    told = replace(house.answer(sql), rows=(("0.1",),))
    assert difference(house, asked, told) is not None


def test_a_large_value_that_a_row_looks_up_is_taken_off_as_it_is(house: House) -> None:
    """It was left out beside a measure, as one so large would round it."""
    level = "long - avg(long) OVER (PARTITION BY label)"
    rows = f"(SELECT {level} AS m FROM reading) q"
    sql = f"SELECT CASE WHEN m > 10 THEN 'many' ELSE 'few' END AS k, count(m) AS n FROM {rows} GROUP BY 1"
    asked = Fuzzed(sql, False, frozenset(), frozenset())
    assert difference(house, asked, house.answer(sql)) is None
