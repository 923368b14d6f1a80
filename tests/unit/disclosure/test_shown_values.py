"""Values are written down with their types and come back as they were, or not at all."""

from datetime import UTC, date, datetime, time
from decimal import Decimal

import pyarrow as pa
import pytest

from enclave.disclosure.ledger.shown_values import text_of, value_of

VALUES = [
    (7, pa.int64()),
    (-(2**70), pa.decimal128(38, 0)),
    (0.1 + 0.2, pa.float64()),
    (-0.0, pa.float64()),
    (True, pa.bool_()),
    (False, pa.bool_()),
    (Decimal("-12.50"), pa.decimal128(18, 2)),
    ("two words, and \x1e", pa.string()),
    ("", pa.string()),
    (date(2026, 11, 26), pa.date32()),
    (datetime(2026, 11, 26, 12, 30, 1, 5, tzinfo=UTC), pa.timestamp("us", tz="UTC")),
    (time(12, 30), pa.time64("us")),
]


@pytest.mark.parametrize(("value", "type"), VALUES)
def test_a_value_comes_back_as_it_was(value: object, type: pa.DataType) -> None:
    column = pa.array([value], type=type)
    found = value_of(text_of(column[0].as_py()), type)
    assert pa.array([found], type=type).equals(column)


@pytest.mark.parametrize("value", [None, float("nan"), float("inf"), [1, 2], {"a": 1}, b"bytes"])
def test_what_is_no_single_value_is_not_written_down(value: object) -> None:
    assert text_of(value) == ""
    assert value_of("", pa.int64()) is None


def test_a_value_that_fits_its_column_no_more_is_none() -> None:
    assert value_of(text_of(300), pa.int8()) is None
    assert value_of(text_of("a"), pa.int64()) is None
    assert value_of(text_of(1.5), pa.int64()) is None
    assert value_of(text_of(Decimal("1.234")), pa.decimal128(18, 2)) is None
