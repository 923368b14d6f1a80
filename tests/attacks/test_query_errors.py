"""Attacks by errors: whether a query fails must not tell whether somebody is there on whose row it fails.

Every query here fails in plain DuckDB exactly when somebody is RARE. Through the front door the world with such people
and the world without them behave alike.
"""

from decimal import Decimal

import duckdb
import pytest

from tests.attacks.support_worlds import asked, patient, people, plainly, visit, world
from tests.oracle.world import World

WITHOUT = world(people(60, weight=Decimal(70)), visits=people(60, make=visit))
WITH = world(
    [*people(56), *(patient(person, diagnosis="RARE", weight=Decimal(200)) for person in range(57, 61))],
    visits=[*people(56, make=visit), *(visit(person, nights=3) for person in range(57, 61))],
)


def fails(where: World, sql: str) -> bool:
    try:
        plainly(where, sql)
    except duckdb.Error:
        return True
    return False


@pytest.mark.parametrize(
    "failing",
    [
        "CAST(diagnosis AS INTEGER) > 0",
        "CAST(weight AS TINYINT) > 1000",
        "CAST(weight AS DECIMAL(3,1)) > 1000",
        "CAST(weight AS SMALLINT) * CAST(weight AS SMALLINT) > 0",
        "CAST(weight AS INTEGER) // 0 > 0",
        "diagnosis = 1",
        "diagnosis IN (1, 2)",
        "nullif(diagnosis, 1) IS NULL",
        "band > 'much'",
        "year = 'x'",
        "insured = 'perhaps'",
        "abs(2147483647 + band) > 0",
        "1 // 0 > 0",
        "CAST('x' AS INTEGER) > 0",
        "abs(CAST(-128 AS TINYINT)) > 0",
        "round(9223372036854775807, -1) > 0",
        "weight * 1000000000000000000000000000000000000 > 1",
        "CAST(weight AS DECIMAL(18,8)) * CAST(weight AS DECIMAL(18,8)) > 0",
        "date_trunc('month', DATE '5881580-07-10') IS NULL",
        "date_diff('day', DATE '5881580-07-10', TIMESTAMP '2020-01-01 00:00:00') > 0",
        "date_sub('month', DATE '2020-01-01', DATE '5881580-07-10') > 0",
        "days_in_month(DATE '5881580-07-10') > 0",
        "isoyear(DATE '5877642-06-25 (BC)') > 0",
        "yearweek(DATE '5877642-06-25 (BC)') > 0",
        "DATE '5881580-07-10' > TIMESTAMP '2020-01-01 00:00:00'",
        "coalesce(DATE '5881580-07-10', TIMESTAMP '2020-01-01 00:00:00') IS NULL",
        "lcm(9223372036854775807, 2) > 0",
        "least_common_multiple(9223372036854775807, 2) > 0",
        "left(diagnosis, 9223372036854775807) = 'RARE'",
        "left_grapheme(diagnosis, 9223372036854775807) = 'RARE'",
        "left('x', 5000000000 * 2) = 'x'",
        "regexp_replace(diagnosis, 'R', '\\1') IS NULL",
        "greatest(9223372036854775807, CAST(weight AS DECIMAL(38,20))) > 0",
        "CAST(weight AS DECIMAL(18,8)) * 123456789.12345678 > 0",
        "abs(change * (SELECT 32767::SMALLINT) + CAST(2 AS SMALLINT)) > 0",
        "EXISTS (SELECT 1 FROM hospital h WHERE CAST(p.diagnosis AS INTEGER) = h.beds)",
        "CAST(p.diagnosis AS INTEGER) IN (SELECT beds FROM hospital)",
        "DATE '2020-01-01' + CAST(weight AS INTEGER) * 100000000 > DATE '2020-01-01'",
    ],
)
def test_a_query_does_not_fail_on_one_persons_row(failing: str) -> None:
    """Error as an oracle: a cast, an overflow or a division by nought that only some rows reach. Source: our hardening
    notes on what raises on data; our rule that nothing which depends on the data is an error."""
    sql = f"SELECT count(*) FROM patient p WHERE CASE WHEN diagnosis = 'RARE' THEN {failing} ELSE true END"
    assert fails(WITH, sql), "the unprotected query fails on the secret"
    assert asked(WITH, sql).status == asked(WITHOUT, sql).status
    assert asked(WITH, sql).code == asked(WITHOUT, sql).code
    inside = f"SELECT sum(CASE WHEN diagnosis = 'RARE' AND {failing} THEN 1 ELSE 0 END) FROM patient p"
    assert asked(WITH, inside).status == asked(WITHOUT, inside).status


@pytest.mark.parametrize(
    "number",
    [
        "sum(CAST(nights AS HUGEINT) * 50000000000000000000000000000000000000)",
        "sum(CAST(nights AS DECIMAL(38,0)) * 9000000000000)",
        "avg(CAST(nights AS HUGEINT) * 170000000000000000000000000000000000000)",
        "sum(nights * (SELECT 9223372036854775807))",
        "sum(nights * (SELECT max(x) FROM (VALUES (9223372036854775807)) v(x)))",
        "sum(cost * cost * cost * 100000000000000)",
    ],
)
def test_a_sum_does_not_overflow(number: str) -> None:
    """Overflow of an aggregate: the sum itself raises past a line, for hidden cells too. Source: as above."""
    with_sum = f"SELECT {number} FROM visit"
    assert asked(WITH, with_sum).status == asked(WITHOUT, with_sum).status
    own = f"SELECT avg(s) FROM (SELECT person, {number} AS s FROM visit GROUP BY person) q"
    assert asked(WITH, own).status == asked(WITHOUT, own).status


def test_a_product_of_decimals_does_not_overflow() -> None:
    """Of two decimals in 64 bits DuckDB makes a third in 64 bits, though the product has more digits: the cube of one
    person's cost raises, that of everybody else does not. Source: DuckDB's rule for the width of a product."""
    ordinary = people(60, make=visit)
    one = world(visits=[*ordinary[:59], visit(60, cost=Decimal("49999.50"))])
    nobody = world(visits=ordinary)
    for sql in (
        "SELECT avg(cost * cost * cost) AS x FROM visit",
        "SELECT count(*) AS n FROM visit WHERE cost * cost * cost > 10",
        "SELECT count(*) FROM (SELECT person, max(cost) AS c FROM visit GROUP BY person) AS p WHERE c * c * c > 10",
    ):
        assert fails(one, sql)
        assert not fails(nobody, sql)
        assert asked(one, sql).status == asked(nobody, sql).status
        assert asked(one, sql).code == asked(nobody, sql).code


def test_what_two_numbers_share_does_not_overflow_outside_of_their_try() -> None:
    """DuckDB computes once what `TRY(abs(x))` and `TRY(x)` share, outside of either: the first is a number of ours, the
    second a condition that is judged with it. Source: its optimizer of common subexpressions."""
    ordinary = [patient(person, stage=1) for person in range(1, 61)]
    one, nobody = world([*ordinary[:59], patient(60, stage=4)]), world(ordinary)
    sql = "SELECT sum(abs(stage * 16384)) AS x FROM patient"
    assert fails(one, sql)
    assert not fails(nobody, sql)
    assert asked(one, sql).status == asked(nobody, sql).status == "released"


@pytest.mark.parametrize("times", ["nights * 600", "-600 * coalesce(nights, 0)"])
def test_a_number_beside_a_small_column_does_not_overflow(times: str) -> None:
    """DuckDB gives a number that is written out the type of what it stands beside: `nights * 600` is a SMALLINT, and
    raises for whoever has 55 nights or more. Who asks with other numbers, for fewer people, learns how many each has.
    Source: DuckDB's rule for the types of whole numbers."""
    ordinary = people(60, make=visit)
    one = world(visits=[*ordinary[:59], visit(60, nights=58)])
    nobody = world(visits=ordinary)
    for sql in (
        f"SELECT sum({times}) AS x FROM visit",
        f"SELECT count(*) AS n FROM visit WHERE {times} % 7 <> 5",
        f"SELECT {times} % 7 > 3 AS k, count(*) AS n FROM visit GROUP BY 1",
        f"SELECT avg(own) AS x FROM (SELECT person, sum({times}) AS own FROM visit GROUP BY person) AS p",
    ):
        assert fails(one, sql)
        assert not fails(nobody, sql)
        assert asked(one, sql).status == asked(nobody, sql).status
        assert asked(one, sql).code == asked(nobody, sql).code


@pytest.mark.parametrize(
    "sql",
    [
        (
            "SELECT count(s) FROM (SELECT first_value(CASE WHEN diagnosis = 'RARE' THEN 1 // 0 ELSE 1 END) "
            "OVER (PARTITION BY person ORDER BY year) AS s FROM patient) q"
        ),
        (
            "SELECT count(s) FROM (SELECT count(*) OVER (PARTITION BY person ORDER BY CASE WHEN diagnosis = 'RARE' "
            "THEN CAST('x' AS INT) ELSE 1 END) AS s FROM patient) q"
        ),
        (
            "SELECT t, count(*) FROM (SELECT ntile(2) OVER (ORDER BY CASE WHEN diagnosis = 'RARE' THEN 1 // 0 "
            "ELSE weight END) AS t FROM patient) q GROUP BY t"
        ),
        (
            "SELECT count(*) FROM (SELECT person, diagnosis AS x FROM patient UNION ALL SELECT person, diagnosis "
            "FROM patient) q WHERE CASE WHEN x = 'RARE' THEN CAST(x AS INT) > 0 ELSE true END"
        ),
        (
            "SELECT count(*) FROM patient WHERE person IN (SELECT person FROM patient WHERE CASE WHEN "
            "diagnosis = 'RARE' THEN CAST('x' AS INT) = 1 ELSE true END INTERSECT SELECT person FROM patient)"
        ),
        (
            "SELECT count(*) FROM patient WHERE date_trunc('month', CASE WHEN diagnosis = 'RARE' THEN "
            "DATE '5881580-07-10' ELSE DATE '2020-01-01' END) IS NOT NULL"
        ),
        (
            "SELECT count(*) FROM (SELECT string_agg(diagnosis, ',') OVER (PARTITION BY person) AS s FROM patient) q "
            "WHERE CASE WHEN s = 'RARE' THEN CAST(s AS INT) > 0 ELSE true END"
        ),
    ],
)
def test_windows_and_unions_do_not_fail_on_one_persons_row(sql: str) -> None:
    """The same oracle in a window over a person's own rows, in its order, in tiles, below a UNION and on the key.
    Source: as above."""
    assert fails(WITH, sql)
    assert not fails(WITHOUT, sql)
    assert asked(WITH, sql).status == asked(WITHOUT, sql).status
    assert asked(WITH, sql).code == asked(WITHOUT, sql).code
