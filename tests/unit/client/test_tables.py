"""Released tables as they are drawn, as data frames and as masks."""

from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from enclave.client.tables import drawn, frame_of, mask_of


def answer(
    columns: dict[str, str],
    rows: list[list[Any]],
    frame: dict[str, list[Any]] | list[dict[str, list[Any]]] | None = None,
) -> dict[str, Any]:
    """A table whose nulls are hidden."""
    sets = None if frame is None else {"sets": frame if isinstance(frame, list) else [frame]}
    cells = [["c" if value is None and place else "ok" for place, value in enumerate(row)] for row in rows]
    named = [{"name": name, "type": kind} for name, kind in columns.items()]
    return {"columns": named, "rows": rows, "cells": cells, "frame": sets, "incomplete": []}


TWO = {"a": "VARCHAR", "n": "BIGINT"}


def test_rows_of_the_frame_that_are_not_there_are_drawn_hidden_in_published_order() -> None:
    table = drawn(answer(TWO, [["x", 12], ["z", 30]], {"a": ["x", "y", "z"]}))
    assert table.rows == (("x", 12), ("y", None), ("z", 30))
    assert table.words() == [["x", "12"], ["y", "c"], ["z", "30"]]


def test_an_order_that_was_asked_for_stays_and_what_is_not_there_comes_last() -> None:
    table = drawn(answer(TWO, [["z", 30], ["x", 12]], {"a": ["x", "y", "z"]}))
    assert [row[0] for row in table.rows] == ["z", "x", "y"]


def test_the_frame_is_drawn_in_the_order_of_the_columns_whatever_the_order_of_its_names() -> None:
    columns = {"a": "VARCHAR", "b": "VARCHAR", "n": "BIGINT"}
    table = drawn(answer(columns, [["x", "2", 9], ["y", "1", 8]], {"b": ["1", "2"], "a": ["x", "y"]}))
    assert [row[:2] for row in table.rows] == [("x", "1"), ("x", "2"), ("y", "1"), ("y", "2")]


def test_totals_and_codes_that_are_null_are_told_apart_by_number() -> None:
    sets = [{"a": ["x", None]}, {}]
    table = drawn(answer(TWO, [["x", 20], [None, 50]], sets))
    assert sorted(table.rows, key=str) == sorted((("x", 20), (None, 50)), key=str)
    table = drawn(answer(TWO, [["x", 20], [None, 50], [None, 30]], sets))
    assert len(table.rows) == 3


def test_a_table_without_a_frame_stays_as_it_came() -> None:
    table = drawn(answer(TWO, [["z", None], ["x", 12]]))
    assert table.rows == (("z", None), ("x", 12))


def test_a_hidden_cell_is_missing_and_a_null_that_is_no_number_is_not_hidden() -> None:
    table = drawn(answer(TWO, [["x", None], [None, 12]]))
    assert frame_of(table).n.isna().tolist() == [True, False]
    assert mask_of(table).to_numpy().tolist() == [[False, True], [False, False]]


@pytest.mark.parametrize(
    ("kind", "values", "dtype"),
    [
        ("BIGINT", [1, None], "Int64"),
        ("HUGEINT", [1, None], "Int64"),
        ("HUGEINT", [2**70, None], "object"),
        ("DOUBLE", [1, None], "Float64"),
        ("DECIMAL(5,2)", [1.25, None], "Float64"),
        ("BOOLEAN", [True, None], "boolean"),
        ("VARCHAR", ["x", None], "string"),
        ("DATE", ["2026-11-26", None], "datetime64[us]"),
        ("BIGINT[]", [[1], None], "object"),
        ("DATE", ["10022-02-01", None], "object"),
        ("TIMESTAMP", ["-0978-02-01T00:00:00", None], "object"),
        ("DATE", ["infinity", None], "object"),
        ("DATE", ["0000-02-01", None], "object"),
    ],
)
def test_columns_have_types_that_can_be_missing(kind: str, values: list[Any], dtype: str) -> None:
    frame = frame_of(drawn(answer({"a": "VARCHAR", "v": kind}, [["x", value] for value in values])))
    assert str(frame.v.dtype) == dtype
    assert frame.v.isna().tolist() == [False, True]


def test_columns_of_one_name_stay_two() -> None:
    given_answer = answer({"a": "VARCHAR"}, [["x", "y"]])
    given_answer["columns"] = [{"name": "a", "type": "VARCHAR"}] * 2
    table = drawn(given_answer)
    assert list(frame_of(table).columns) == ["a", "a"]
    assert mask_of(table).shape == (1, 2)


def test_an_empty_answer_is_an_empty_frame() -> None:
    frame = frame_of(drawn(answer(TWO, [])))
    assert (list(frame.columns), len(frame)) == (["a", "n"], 0)
    assert drawn(answer(TWO, [])).words() == []


def test_numbers_of_a_column_have_the_same_places() -> None:
    table = drawn(answer({"a": "VARCHAR", "r": "DOUBLE"}, [["x", 13.0], ["y", 9.25], ["z", None]]))
    assert [row[1] for row in table.words()] == ["13.00", "9.25", "c"]


@given(
    codes=st.lists(st.text("abcdef", max_size=2), min_size=1, max_size=6, unique=True),
    data=st.data(),
)
def test_every_code_of_the_frame_is_drawn_once_and_nothing_shown_is_lost(
    codes: list[str], data: st.DataObject
) -> None:
    shown = data.draw(st.lists(st.sampled_from(codes), unique=True))
    rows = [[code, place] for place, code in enumerate(shown)]
    table = drawn(answer(TWO, rows, {"a": codes}))
    assert sorted(row[0] for row in table.rows) == sorted(codes)
    assert [tuple(row) for row in rows] == [row for row in table.rows if row[1] is not None]
    frame: pd.DataFrame = frame_of(table)
    assert frame.isna().equals(mask_of(table))


def test_what_the_catalogue_rules_out_is_not_applicable_and_codes_are_printed_with_their_labels() -> None:
    told = answer(
        {"a": "VARCHAR", "b": "VARCHAR", "n": "BIGINT"}, [["x", "2", 9]], {"a": ["x", "y"], "b": ["1", "2"]}
    )
    told["frame"]["not_applicable"] = [{"a": ["y"], "b": ["1"]}]
    told["columns"][0]["code_set"] = "letters"
    told["code_sets"] = {"letters": [{"code": "x", "label": "Ex"}, {"code": "y", "label": "Why"}]}
    table = drawn(told)
    assert table.words() == [
        ["Ex (x)", "1", "c"],
        ["Ex (x)", "2", "9"],
        ["Why (y)", "1", "z"],
        ["Why (y)", "2", "c"],
    ]
    assert frame_of(table).a.tolist() == ["x", "x", "y", "y"]
    assert mask_of(table).n.tolist() == [True, False, True, True]
