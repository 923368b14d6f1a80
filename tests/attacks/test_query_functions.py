"""Attacks with functions that are allowed: forms of a call which do more than its name says."""

import pytest

from enclave.problems import FunctionNotAllowed, Refusals
from enclave.query.parse import parse


def refused(sql: str) -> None:
    with pytest.raises(Refusals) as found:
        parse(sql)
    assert all(isinstance(problem, FunctionNotAllowed) for problem in found.value.problems)


@pytest.mark.parametrize(
    "call",
    [
        "format('{:{}}', 'x', 1999999999)",
        "format('{:>{}}', name, 1999999999)",
        "format('{0:{1}}', 'x', 1999999999)",
        "format('{:.{}f}', 1.5, 1999999999)",
        "format('{:*^{}}', 'x', 1999999999)",
        "printf('%*d', 1999999999, 1)",
        "printf('%.*f', 1999999999, 1.5)",
        "printf('%2$*1$d', 1999999999, 1)",
    ],
)
def test_a_format_takes_no_width_from_an_argument(call: str) -> None:
    """A width written in the format is small; one that stands among the values could be two thousand million, and
    DuckDB's binder fills memory with a constant before any limit of its own. Source: the format language of fmt."""
    refused(f"SELECT {call} FROM school")


@pytest.mark.parametrize("call", ["age(d)", "age(DATE '2012-09-01')"])
def test_age_without_a_second_date_is_refused(call: str) -> None:
    """With one argument it counts to today, though the engine calls it consistent: the same query would have another
    answer tomorrow, and two days' answers differ by who had a birthday. Source: DuckDB's manual."""
    refused(f"SELECT {call} FROM p")


@pytest.mark.parametrize(
    "call", ["format('{:>10} {:.1f} {} {{x}}', name, 1.5, n)", "age(d, DATE '2012-09-01')"]
)
def test_the_plain_form_is_read(call: str) -> None:
    """What analysts write: small widths in the format, and two dates."""
    assert parse(f"SELECT {call} AS x FROM school").tree.sql()


@pytest.mark.parametrize("form", ["LIKE 'R' ESCAPE 'xx'", "LIKE '%\\' ESCAPE '\\'", "ILIKE 'a' ESCAPE ''"])
def test_an_escape_that_fails_on_the_first_row_is_refused(form: str) -> None:
    """DuckDB looks at ESCAPE when a row gets that far: behind a CASE it fails where a person with the secret is there.
    Source: the error oracle of our hardening notes."""
    with pytest.raises(Refusals) as found:
        parse(f"SELECT count(*) FROM p WHERE CASE WHEN d = 'RARE' THEN d {form} ELSE true END")
    assert found.value.problems[0].code == "syntax"


@pytest.mark.parametrize(
    "call", ["lpad(d, 10, '')", "rpad(d, 10, r)", "lpad(d, n, '0')", "lpad(d, 201, '0')"]
)
def test_padding_has_a_width_and_a_filling_that_are_written_out(call: str) -> None:
    """Without a filling it raises on the first text that is too short; with a wide one it fills memory. Source: the
    error oracle and the amplifiers of our hardening notes."""
    refused(f"SELECT {call} AS x FROM p")
