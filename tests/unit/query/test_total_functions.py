"""What may stand over people's rows has a value, or null, for every value that a column can hold: tried on DuckDB."""

from collections.abc import Iterator
from itertools import product

import duckdb
import pytest
from sqlglot import exp

from enclave.query.functions import WRITABLE, FunctionKind, Role
from enclave.query.parse import parse
from enclave.query.text import may_fail
from tests.support.function_calls import call_over, calls, letters

NUMBERS = (
    "CAST('nan' AS DOUBLE)", "CAST('-inf' AS DOUBLE)", "CAST('inf' AS DOUBLE)", "-0.0", "1e308", "-1.5", "5e-324",
    "CAST(-9223372036854775808 AS BIGINT)", "CAST(9223372036854775807 AS BIGINT)", "CAST(-128 AS TINYINT)",
    "CAST(-32768 AS SMALLINT)", "CAST(-2147483648 AS INTEGER)", "99999999999999.9999", "9.9",
    "99999999999999999999999999999999999999", "-99999999999999999999999999999999999999",
)  # fmt: skip
WHOLES = ("0", "-1", "2147483647", "CAST(-2147483648 AS INTEGER)", "CAST(-9223372036854775808 AS BIGINT)")
TEXTS = ("''", "'a'", "repeat('é', 1000)", "'🦆'", "'%'", "'('", "chr(0) || 'a'", "'2024-02-30'", "'Z̸̈'")
DAYS = (
    "DATE '2024-02-29'", "DATE 'infinity'", "DATE '-infinity'", "DATE '5877642-06-25 (BC)'", "DATE '5881580-07-10'",
    "DATE '0044-03-15 (BC)'",
)  # fmt: skip
INSTANTS = (
    "TIMESTAMP '2024-02-29 23:59:59.999999'", "TIMESTAMP 'infinity'", "TIMESTAMP '290309-12-22 (BC) 00:00:00'",
    "TIMESTAMP '294247-01-10 04:00:54.775806'",
)  # fmt: skip
VALUES = {
    "x": NUMBERS,
    "y": NUMBERS,
    "i": WHOLES,
    "s": TEXTS,
    "r": TEXTS,
    "d": DAYS,
    "e": DAYS,
    "t": INSTANTS,
}
VALUES["b"] = ("true", "false")
OVER_PEOPLE = sorted(
    name
    for name in calls()
    if WRITABLE[name].role in (Role.RECODE, Role.NUMERIC)
    and WRITABLE[name].kind is FunctionKind.SCALAR
    and letters(calls()[name])
)


def values_of(name: str) -> Iterator[dict[str, str]]:
    """Every value, and of two numbers the pairs of one type: the binder casts the others, and is asked about that."""
    taken = sorted(letters(calls()[name]))
    for chosen in product(*(VALUES[letter] for letter in taken)):
        numbers = [one for letter, one in zip(taken, chosen, strict=True) if letter in "xy"]
        if len(set(numbers)) <= 1:
            yield dict(zip(taken, chosen, strict=True))


def is_guarded(name: str) -> bool:
    tree = parse(f"SELECT {calls()[name]} AS c FROM p").tree.expressions[0].this
    return isinstance(tree, exp.Try) or may_fail(tree)


@pytest.mark.parametrize("name", [name for name in OVER_PEOPLE if not is_guarded(name)])
def test_a_function_without_a_guard_raises_on_no_value(name: str) -> None:
    with duckdb.connect() as connection:
        for values in values_of(name):
            given = ", ".join(f"{value} AS {letter}" for letter, value in values.items())
            sql = f"SELECT {call_over(calls()[name], {})} IS NULL FROM (SELECT {given}) AS p"
            try:
                connection.execute(sql).fetchall()
            except duckdb.BinderException:  # it does not take this type: a refusal before anything runs
                continue


def test_most_functions_need_no_guard() -> None:
    assert len([name for name in OVER_PEOPLE if not is_guarded(name)]) >= 80
