"""An answer as JSON: what stands in a cell, and what does not."""

import json
from datetime import date, datetime
from decimal import Decimal
from types import SimpleNamespace
from typing import Any, cast

import pyarrow as pa
import pytest

from enclave.actions.answer_json import answer_json, problems_json, stopped_json
from enclave.actions.drawn_frames import Drawn, FrameSet
from enclave.actions.plan_query import Planned
from enclave.actions.run_query import Answer
from enclave.outputs import Routing
from enclave.problems import IndividualRows, UnknownField
from enclave.projects import Route
from enclave.query.plan import ResultColumn
from enclave.terms import Edit, Fix, Span


def answer(table: pa.Table, *, safe: frozenset[str] = frozenset(), checkers: int = 0) -> Answer:
    planned = SimpleNamespace(routing=Routing(Route(checkers), ()))
    columns = tuple(
        ResultColumn(id=name, name=name.upper(), type="BIGINT", safe=name in safe, incomplete=False)
        for name in table.column_names
    )
    return Answer(
        columns=columns,
        table=table,
        frame=Drawn((FrameSet({"A": ("x", "y")}),)),
        reports=(),
        planned=cast(Planned, planned),
        engine_ms=1.0,
    )


def test_a_null_is_hidden_in_a_protected_column_and_a_null_in_any_other() -> None:
    table = pa.table({"a": pa.array([None, "x"], pa.string()), "n": pa.array([None, 12], pa.int64())})
    told = answer_json(answer(table, safe=frozenset({"n"})))
    assert told["rows"] == [[None, None], ["x", 12]]
    assert told["cells"] == [["ok", "c"], ["ok", "ok"]]
    assert told["frame"] == {"sets": [{"A": ["x", "y"]}]}


def test_a_held_answer_tells_that_it_is_held_and_nothing_else() -> None:
    told = answer_json(answer(pa.table({"n": [12]}), checkers=2))
    assert told == {
        "status": "held",
        "problem": None,
        "columns": [],
        "rows": [],
        "cells": [],
        "frame": None,
        "incomplete": [],
    }


@pytest.mark.parametrize(
    ("value", "kind", "told"),
    [
        (Decimal(12), pa.decimal128(38, 0), 12),
        (Decimal("12.50"), pa.decimal128(9, 2), 12.5),
        (Decimal("12.00"), pa.decimal128(9, 2), 12.0),
        (float("nan"), pa.float64(), None),
        (float("inf"), pa.float64(), None),
        (0.1, pa.float64(), 0.1),
        (True, pa.bool_(), True),
        (date(2024, 9, 1), pa.date32(), "2024-09-01"),
        (datetime(2024, 9, 1, 8, 30), pa.timestamp("us"), "2024-09-01T08:30:00"),  # noqa: DTZ001 - SQL has these
        (2_932_897, pa.date32(), "10000-01-01"),
        (-735_160, pa.date32(), "-0043-03-15"),
        (-719_528, pa.date32(), "0000-01-01"),
        (2**31 - 1, pa.date32(), "infinity"),
        (2**63 - 1, pa.timestamp("us"), "infinity"),
        (1 - 2**63, pa.timestamp("us"), "-infinity"),
        (253_402_300_800_500_000, pa.timestamp("us"), "10000-01-01T00:00:00.500000"),
        (253_402_300_800, pa.timestamp("s", "UTC"), "10000-01-01T00:00:00+00:00"),
        (1_123_456_789, pa.timestamp("ns"), "1970-01-01T00:00:01.123456789"),
        (86_400_000_000, pa.time64("us"), "24:00:00"),
        ([2_932_897, None], pa.list_(pa.date32()), ["10000-01-01", None]),
        ({"a": 2_932_897}, pa.struct([("a", pa.date32())]), {"a": "10000-01-01"}),
        ([1, None], pa.list_(pa.int64()), [1, None]),
        ((14, 3, 5_500_000_000), pa.month_day_nano_interval(), "P14M3DT5.5S"),
        ((0, 20, 0), pa.month_day_nano_interval(), "P20D"),
        ((0, 0, 0), pa.month_day_nano_interval(), "PT0S"),
        ((0, 0, 100 * 10**9), pa.month_day_nano_interval(), "PT100S"),
    ],
)
def test_every_value_travels_as_json_has_it(value: Any, kind: pa.DataType, told: Any) -> None:
    (row,) = answer_json(answer(pa.table({"v": pa.array([value], kind)})))["rows"]
    assert row == [told]
    json.dumps(row, allow_nan=False)


def test_an_answer_without_a_row_keeps_its_columns() -> None:
    told = answer_json(answer(pa.table({"n": pa.array([], pa.int64())})))
    assert (told["columns"], told["rows"], told["cells"]) == ([{"name": "N", "type": "BIGINT"}], [], [])


def test_the_gravest_problem_comes_first_and_the_others_beside_it() -> None:
    place = Span.of("SELECT x", 7, 8)
    unknown = UnknownField(
        detail="no such field", spans=(place,), fixes=(Fix("Write y", (Edit(7, 8, "y"),)),)
    )
    assert problems_json([unknown]) == {
        "code": "unknown-field",
        "title": "There is no such field",
        "detail": "no such field",
        "spans": [{"start": 7, "end": 8, "line": 1, "column": 8, "text": "x"}],
        "fixes": [{"title": "Write y", "edits": [{"start": 7, "end": 8, "text": "y"}]}],
    }
    told = stopped_json([unknown, IndividualRows(detail="rows")], status="refused")
    assert told["problem"]["others"][0]["code"] == "individual-rows"
    assert told["rows"] == []
