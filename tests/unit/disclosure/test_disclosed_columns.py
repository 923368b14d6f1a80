"""What a column of the safe table may carry: its shown values, in its own type, and no byte more."""

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest

from enclave.disclosure.asked import Cells, Measure, Rules, Statistic
from enclave.disclosure.disclose import disclose
from enclave.disclosure.promises import BrokenPromise
from enclave.disclosure.raw import Raw
from enclave.terms import Zeros

HOUSE = Rules(min_units=10, min_clusters=1, nk_contributors=2, nk_percent=90, p_percent=10)
BY_KEY = Cells(("key",), "units", None, ())
SUM = Cells(("key",), "units", None, (Measure("sum", Statistic.SUM, "n", Zeros.HIDDEN),))


def safe_table(columns: dict[str, Any], cells: Cells = SUM) -> pa.Table:
    return disclose(Raw(pa.table(columns)), cells, HOUSE).table


def wire(table: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as stream:
        stream.write_table(table)
    return sink.getvalue().to_pybytes()


def everything_behind(table: pa.Table) -> bytes:
    """All the memory that the table's columns hold on to, also where no value points."""
    buffers = [buffer for column in table.columns for chunk in column.chunks for buffer in chunk.buffers()]
    return b"".join(buffer.to_pybytes() for buffer in buffers if buffer is not None)


def test_the_label_of_a_hidden_cell_does_not_stay_in_a_dictionary() -> None:
    labels = pa.array(["Smallville", "Bigtown"]).dictionary_encode()
    table = safe_table({"key": labels, "units": [9, 10]}, BY_KEY)
    assert table.to_pydict() == {"key": ["Bigtown"]}
    assert table.schema.field("key").type == pa.string()
    assert b"Smallville" not in wire(table) + everything_behind(table)


@pytest.mark.parametrize("kind", [pa.string(), pa.large_string(), pa.string_view()])
def test_the_text_of_a_hidden_cell_does_not_stay_in_memory(kind: pa.DataType) -> None:
    labels = pa.array(["a long name: Smallville", "a long name: Bigtown"], kind)
    table = safe_table({"key": labels, "units": [9, 10]}, BY_KEY)
    assert table.to_pydict() == {"key": ["a long name: Bigtown"]}
    assert b"Smallville" not in wire(table) + everything_behind(table)


@pytest.mark.parametrize(
    "values",
    [
        pa.array([81985529216486895, 7], pa.int64()),
        pa.array([3.51e-123, 7], pa.float64()),
        pa.array([Decimal(81985529216486895), Decimal(7)], pa.decimal128(38, 0)),
    ],
)
def test_no_value_lies_under_the_null_of_a_hidden_number(values: "pa.Array[Any]") -> None:
    memory = everything_behind(pa.table({"sum": values}))
    hidden_bytes = memory[: values.type.bit_width // 8]
    table = safe_table({"key": ["A", "B"], "units": [40, 40], "n": [9, 10], "sum": values})
    assert table["sum"].to_pylist() == [None, 7]
    assert hidden_bytes not in wire(table) + everything_behind(table)


def test_what_the_engine_left_under_its_own_nulls_goes_too() -> None:
    validity, memory = pa.py_buffer(bytes([0b10])), pa.array([81985529216486895, 7]).buffers()[1]
    leftover = pa.Array.from_buffers(pa.int64(), 2, [validity, memory])
    table = safe_table({"key": leftover, "units": [40, 40], "n": [40, 40], "sum": leftover})
    assert table.to_pydict() == {"key": [7, None], "sum": [7, None]}
    assert (81985529216486895).to_bytes(8, "little") not in wire(table) + everything_behind(table)


def test_notes_on_the_raw_schema_go() -> None:
    key = pa.field("key", pa.string(), metadata={"least": "Smallville"})
    fields: list[pa.Field[Any]] = [key, pa.field("units", pa.int64())]
    noted = pa.schema(fields)
    raw = pa.Table.from_pydict({"key": ["A"], "units": [40]}, schema=noted.with_metadata({"cells": "2"}))
    assert disclose(Raw(raw), BY_KEY, HOUSE).table.schema.metadata is None
    assert disclose(Raw(raw), BY_KEY, HOUSE).table.schema.field("key").metadata is None


def test_whether_a_column_may_be_null_says_nothing_about_the_raw_one() -> None:
    fields: list[pa.Field[Any]] = [pa.field("key", pa.string(), False), pa.field("units", pa.int64())]
    strict = pa.schema(fields)
    raw = pa.Table.from_pydict({"key": ["A"], "units": [40]}, schema=strict)
    assert disclose(Raw(raw), BY_KEY, HOUSE).table.schema.field("key").nullable


def test_batches_of_the_raw_table_become_one() -> None:
    one = pa.table({"key": ["B"], "units": [40]})
    raw = pa.concat_tables(
        [one, pa.table({"key": ["A"], "units": [9]}), pa.table({"key": ["C"], "units": [40]})]
    )
    table = disclose(Raw(raw), BY_KEY, HOUSE).table
    assert table["key"].num_chunks == 1
    assert table["key"].to_pylist() == ["B", "C"]


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        (pa.bool_(), [False, True]),
        (pa.int8(), [-1, 7]),
        (pa.int32(), [-1, 7]),
        (pa.int64(), [-1, 7]),
        (pa.uint64(), [1, 2**63]),
        (pa.float32(), [0.5, 1.5]),
        (pa.float64(), [0.1, 0.3]),
        (pa.decimal128(10, 2), [Decimal("0.10"), Decimal("7.25")]),
        (pa.decimal128(38, 0), [Decimal(1), Decimal(10**30)]),
        (pa.string(), ["A", "Ã"]),
        (pa.large_string(), ["A", "B"]),
        (pa.date32(), [date(2023, 9, 1), date(2024, 9, 1)]),
        (pa.time64("us"), [time(8), time(9)]),
        (pa.timestamp("us"), [datetime(2023, 9, 1), datetime(2024, 9, 1)]),  # noqa: DTZ001 - the type has no zone
        (pa.duration("us"), [timedelta(1), timedelta(2)]),
    ],
)
def test_a_key_keeps_its_type_and_its_order(kind: pa.DataType, values: list[Any]) -> None:
    raw = {"key": pa.array([None, values[1], values[0]], kind), "units": [40, 40, 40]}
    table = safe_table(raw, BY_KEY)
    assert table.schema.field("key").type == kind
    assert table["key"].to_pylist() == [*values, None]


@pytest.mark.parametrize(
    "kind", [pa.int32(), pa.int64(), pa.float64(), pa.decimal128(38, 0), pa.decimal128(30, 2)]
)
def test_a_number_keeps_its_type_where_it_is_hidden_and_where_it_is_not(kind: pa.DataType) -> None:
    sums = pa.array([1, 2]).cast(kind)
    table = safe_table({"key": ["A", "B"], "units": [40, 40], "n": [9, 10], "sum": sums})
    assert table.schema.field("sum").type == kind
    assert table["sum"].is_null().to_pylist() == [True, False]


def test_a_key_that_is_null_everywhere_is_one_cell() -> None:
    assert safe_table({"key": pa.nulls(1), "units": [10]}, BY_KEY).to_pydict() == {"key": [None]}


@pytest.mark.parametrize(
    "values",
    [
        pa.array([["Smallville"], ["B"]]),
        pa.array([{"name": "Smallville"}, {"name": "B"}]),
        pa.array([b"a", b"b"]),
        pa.array([(1, 1, 1), (2, 1, 1)], pa.month_day_nano_interval()),
    ],
)
def test_a_key_of_a_type_not_known_to_be_plain_is_never_shown(values: "pa.Array[Any]") -> None:
    with pytest.raises(BrokenPromise, match="key"):
        safe_table({"key": values, "units": [40, 40]}, BY_KEY)


def test_a_key_of_minus_zero_is_zero() -> None:
    """The engine groups both and keeps the sign of whichever row came first."""
    minus = safe_table({"key": pa.array([-0.0, -1.5]), "units": [40, 40]}, BY_KEY)
    plus = safe_table({"key": pa.array([0.0, -1.5]), "units": [40, 40]}, BY_KEY)
    assert wire(minus) == wire(plus)


def test_a_key_that_is_not_a_number_comes_after_the_numbers_and_before_null() -> None:
    keys = pa.array([None, float("nan"), float("inf"), -1.0])
    assert [
        str(value) for value in safe_table({"key": keys, "units": [40] * 4}, BY_KEY)["key"].to_pylist()
    ] == [
        "-1.0",
        "inf",
        "nan",
        "None",
    ]


def test_text_is_sorted_by_its_bytes_whatever_the_language() -> None:
    keys = ["b", "a", "B", "é", "e"]
    assert safe_table({"key": keys, "units": [40] * 5}, BY_KEY)["key"].to_pylist() == [
        "B",
        "a",
        "b",
        "e",
        "é",
    ]


def test_a_leaf_without_cells_gives_a_table_without_rows() -> None:
    raw = pa.table({"key": ["A"], "units": [40], "n": [40], "sum": [1.5]}).slice(0, 0)
    table = disclose(Raw(raw), SUM, HOUSE).table
    assert table.num_rows == 0
    assert [(field.name, str(field.type)) for field in table.schema] == [("key", "string"), ("sum", "double")]


def test_a_leaf_whose_cells_are_all_hidden_looks_like_one_without_cells() -> None:
    hidden = pa.table({"key": ["A"], "units": [9], "n": [9], "sum": [1.5]})
    assert wire(disclose(Raw(hidden), SUM, HOUSE).table) == wire(
        disclose(Raw(hidden.schema.empty_table()), SUM, HOUSE).table
    )
