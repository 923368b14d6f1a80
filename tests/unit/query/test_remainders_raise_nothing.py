"""What is made of safe tables is null where DuckDB would raise: an error would tell of numbers that nobody counts."""

import pytest

from tests.oracle.world import make_world
from tests.support.ask import Enclave

CELLS = "WITH c AS (SELECT hospital_id AS h, count(*) AS n FROM patient GROUP BY 1) SELECT"
RAISING = (
    "strptime(CAST(n AS VARCHAR), '%Y-%m')",
    "CAST('a' || n AS INTEGER)",
    "CAST(n * 1000 AS TINYINT)",
    "make_date(n, 13, 1)",
    "make_time(n + 99, 2, 3.0)",
    "make_timestamp(n, 13, 3, 4, 5, 5.0)",
    "chr(CAST(n * 9999999 AS INTEGER))",
    "n * 9223372036854775807",
    "n % 0",
    "mod(n, n - n)",
    "n // (n - n)",
    "abs(n - n - 9223372036854775807 - 1)",
    "lcm(n * 9999999999, n * 7777777777 + 1)",
    "gcd(n - n - 9223372036854775807 - 1, 0)",
    "DATE '2020-01-01' + to_years(CAST(n * 9999999 AS INTEGER))",
    "to_days(CAST(n * 9999999999 AS INTEGER))",
    "printf('%s %s', n)",
    "format('{} {}', n)",
    "left('a', n * 99999999999)",
    "substr('a', n * 99999999999, 3)",
    "CASE WHEN n > 0 THEN 9223372036854775807 + 9223372036854775807 END",
    "CASE WHEN n > 0 THEN CAST('a' AS INTEGER) END",
)


@pytest.fixture(scope="module")
def enclave() -> Enclave:
    return Enclave(make_world(1, units=60), min_units=1)


@pytest.mark.parametrize("raising", RAISING)
def test_what_would_raise_is_null(enclave: Enclave, raising: str) -> None:
    answered = enclave.ask(f"{CELLS} {raising} AS x FROM c")
    assert answered.status == "released", answered.line
    assert {row[0] for row in answered.rows} == {None}


@pytest.mark.parametrize(
    "rest",
    [
        "h FROM c ORDER BY CAST('a' || n AS INTEGER), h",
        "h FROM c WHERE CAST('a' || n AS INTEGER) IS NULL",
        "CAST('a' || n AS INTEGER) AS k, count(*) AS m FROM c GROUP BY 1",
        "CAST('a' || n AS INTEGER) AS k, count(*) AS m FROM c GROUP BY CAST('a' || n AS INTEGER)",
        "sum(CAST('a' || n AS INTEGER)) AS s FROM c",
        "h, sum(n) OVER (ORDER BY CAST('a' || n AS INTEGER)) AS s FROM c",
        "c.h FROM c JOIN c AS d ON c.h = d.h AND CAST('a' || c.n AS INTEGER) IS NULL",
    ],
)
def test_nothing_raises_wherever_it_stands(enclave: Enclave, rest: str) -> None:
    answered = enclave.ask(f"{CELLS} {rest}")
    assert answered.status == "released", answered.line


@pytest.mark.parametrize(
    "raising",
    [
        "time_bucket(to_days(CAST(0 - n AS INTEGER)), DATE '2020-01-01')",
        "time_bucket(INTERVAL '-3' MONTH, DATE '2020-01-01')",
        "time_bucket(INTERVAL 0 DAY, DATE '2020-01-01')",
        "ntile(n - n) OVER (ORDER BY h)",
        "ntile(0) OVER (ORDER BY h)",
    ],
)
def test_what_try_does_not_stop_is_refused(enclave: Enclave, raising: str) -> None:
    answered = enclave.ask(f"{CELLS} {raising} AS x FROM c")
    assert answered.code == "function-not-allowed", answered.line


def test_what_does_not_raise_is_what_it_is(enclave: Enclave) -> None:
    dated = "strptime('2024-02', '%Y-%m') AS e"
    answered = enclave.ask(
        f"{CELLS} DISTINCT n - n - 1 AS a, -1 AS b, CAST('7' AS INTEGER) AS d, {dated}, 7 // 2 AS f FROM c"
    )
    assert answered.rows == ((-1, -1, 7, "2024-02-01T00:00:00", 3),)
