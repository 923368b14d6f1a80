"""What is said to fit its type is held against DuckDB, with the least and the greatest value of each column."""

from collections.abc import Iterator, Mapping
from decimal import Decimal

import duckdb
import pytest
import sqlglot

from enclave.query.people_rows import Base, Size
from enclave.query.sizes import size_of

LIMITS: Mapping[str, tuple[str, str, str]] = {
    "y": ("TINYINT", "-128", "127"),
    "s": ("SMALLINT", "-32768", "32767"),
    "i": ("INTEGER", "-2147483648", "2147483647"),
    "b": ("BIGINT", "-9223372036854775808", "9223372036854775807"),
    "n": ("SMALLINT", "-60", "60"),
    "d": ("DECIMAL(5,2)", "-999.99", "999.99"),
    "e": ("DECIMAL(18,4)", "-99999999999999.9999", "99999999999999.9999"),
    "w": ("DECIMAL(18,0)", "-999999999999999999", "999999999999999999"),
}
NUMBERS = ("1", "3", "-3", "100", "127", "-128", "1000", "32767", "-32768", "32768", "2147483647", "2147483648",
           "9223372036854775807", "2.5", "1000.0", "(1 + 2)", "NULL")  # fmt: skip
OPERATORS = ("+", "-", "*", "//", "%")
ROUNDINGS = ("abs({})", "sign({})", "-{}", "floor({})", "ceil({})", "trunc({})", "round({})", "round({}, 1)",
             "round({}, -1)", "round({}, -3)", "trunc({}, 1)")  # fmt: skip


@pytest.fixture(scope="module")
def extremes() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        columns = ", ".join(f"{name} {kind}" for name, (kind, _, _) in LIMITS.items())
        connection.execute(f"CREATE TABLE t ({columns})")
        for end in (1, 2):
            values = ", ".join(limits[end] for limits in LIMITS.values())
            connection.execute(f"INSERT INTO t VALUES ({values})")
        yield connection


def _base(name: str) -> Base:
    kind, least, most = LIMITS[name]
    whole = kind.partition("(")[0]
    places = len(most.partition(".")[2])
    return Base(
        name, frozenset(), None, code=False, public=False, key=False, boolean=False,
        size=Size(max(abs(Decimal(least)), Decimal(most)), places, whole),
    )  # fmt: skip


def _written() -> Iterator[str]:
    """Columns beside numbers and one another, rounded, and in what picks one of several."""
    for name in LIMITS:
        for number in NUMBERS:
            yield from (f"{name} {operator} {number}" for operator in OPERATORS)
            yield from (f"{number} {operator} {name}" for operator in "+-*")
            yield from (f"{call}({name}, {number}) * {name}" for call in ("coalesce", "greatest", "least"))
            yield f"CASE WHEN {name} > 0 THEN {number} ELSE {name} END * {number}"
            yield f"CASE WHEN {name} > 0 THEN {number} END * {name}"
            yield f"CAST({name} AS BIGINT) * {number}"
        for rounding in ROUNDINGS:
            made = rounding.format(name)
            yield from (
                made,
                f"{made} + {name}",
                f"{made} * n",
                f"{made} * 1000",
                f"{name} + {rounding.format('n')}",
            )
        yield from (f"{name} {operator} {other}" for operator in OPERATORS for other in LIMITS)


def test_what_is_said_to_fit_raises_on_no_value_and_has_duckdbs_type(
    extremes: duckdb.DuckDBPyConnection,
) -> None:
    bases = {name: _base(name) for name in LIMITS}
    said = 0
    wrong = []
    for text in _written():
        size = size_of(sqlglot.parse_one(text, read="duckdb"), bases)
        if size is None:
            continue
        said += 1
        try:
            found = extremes.sql(f"SELECT {text} AS x FROM t")
            values, kind = [value for (value,) in found.fetchall()], str(found.types[0])
        except duckdb.Error as error:
            wrong.append(f"{text}: {type(error).__name__}")
            continue
        if kind != '"NULL"' and size.type != kind.partition("(")[0]:
            wrong.append(f"{text}: {size.type} instead of {kind}")
        if not size.floating and any(value is not None and abs(value) > size.most for value in values):
            wrong.append(f"{text}: {values} is more than {size.most}")
    assert not wrong, wrong[:40]
    assert said > 300
