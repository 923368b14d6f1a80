"""An answer, and what stopped one, as JSON: the same for a line of a session and for a page of a service.

The names are part of the interface and change only with a version.
"""

import math
from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any, TypeAlias

import pyarrow as pa

from enclave.actions.run_query import Answer
from enclave.problems import Problem
from enclave.query.plan import ResultColumn
from enclave.terms.moments import python_values

Json: TypeAlias = dict[str, Any]
SHOWN, HIDDEN, NOT_APPLICABLE = "ok", "c", "z"
NOTHING_SHOWN: Json = {"columns": [], "rows": [], "cells": [], "frame": None, "incomplete": []}


def answer_json(answer: Answer) -> Json:
    """What the researcher gets. Of a held answer, that it is held."""
    if answer.held:
        return {"status": "held", "problem": None, **NOTHING_SHOWN}
    told = table_json(
        answer.columns,
        answer.table,
        frame=frame_json(answer),
        older=answer.older_versions,
        perturbed=answer.perturbed,
    )
    return {"status": "released", "problem": None, **told}


CodeLists: TypeAlias = Mapping[str, Mapping[str, str]]
"""By code set, the label of each value that has one, in published order."""


def table_json(
    columns: Sequence[ResultColumn],
    table: pa.Table,
    *,
    frame: Json | None,
    older: Sequence[str] = (),
    perturbed: str = "",
    code_lists: CodeLists | None = None,
) -> Json:
    """A protected table by rows, each cell with its symbol.

    `older` are the data versions of which some numbers are, where those were shown again as they were. `perturbed` says
    how the numbers were changed, if they were. With
    `code_lists` each column names its list, and the lists stand beside the table.
    """
    values = [python_values(table.column(column.id)) for column in columns]
    rows = list(zip(*values, strict=True)) if values else []
    return {
        "columns": columns_json(columns, code_lists or {}),
        "rows": [[_plain(value) for value in row] for row in rows],
        "cells": [[_cell(*pair) for pair in zip(columns, row, strict=True)] for row in rows],
        "frame": frame,
        "incomplete": incomplete(columns),
        **({"older_versions": list(older)} if older else {}),
        **({"perturbed": perturbed} if perturbed else {}),
        **({"code_sets": _lists_json(code_lists)} if code_lists else {}),
    }


def _lists_json(lists: CodeLists) -> Json:
    return {
        name: [{"code": value, "label": label} for value, label in labels.items()]
        for name, labels in lists.items()
    }


def stopped_json(problems: Sequence[Problem], *, status: str) -> Json:
    """An answer that there is not: `refused` before anything ran, or `failed`."""
    return {"status": status, "problem": problems_json(problems), **NOTHING_SHOWN}


def problems_json(problems: Sequence[Problem]) -> Json:
    """The gravest problem, which is the first; `others` beside it where there are more."""
    first, *others = (_problem(problem) for problem in problems)
    return first | {"others": others} if others else first


def columns_json(columns: Sequence[ResultColumn], code_lists: Collection[str] = ()) -> list[Json]:
    """What each column is; the code set that its values are of, where that is among `code_lists`."""
    return [
        {"name": column.name, "type": column.type}
        | ({"code_set": column.code_set} if column.code_set in code_lists else {})
        for column in columns
    ]


def incomplete(columns: Sequence[ResultColumn]) -> list[str]:
    return [column.name for column in columns if column.incomplete]


def _problem(problem: Problem) -> Json:
    spans = [
        {"start": span.start, "end": span.end, "line": span.line, "column": span.column, "text": span.text}
        for span in problem.spans
    ]
    fixes = [
        {
            "title": fix.title,
            "edits": [{"start": edit.start, "end": edit.end, "text": edit.text} for edit in fix.edits],
        }
        for fix in problem.fixes
    ]
    return {
        "code": problem.code,
        "title": problem.title,
        "detail": problem.detail,
        "spans": spans,
        "fixes": fixes,
    }


def _cell(column: ResultColumn, value: object) -> str:
    """A null in a protected column is a hidden number; a null in any other is a null."""
    return HIDDEN if column.safe and value is None else SHOWN


def frame_json(answer: Answer) -> Json | None:
    """The frame; in `not_applicable`, if anything, what the catalogue rules out: values whose combinations are `z`."""
    if answer.frame is None:
        return None
    ruled_out = [_values(block) for block in answer.frame.ruled_out]
    return {
        "sets": [_values(one.values) for one in answer.frame.sets],
        **({"not_applicable": ruled_out} if ruled_out else {}),
    }


def _values(by_name: Mapping[str, Sequence[object]]) -> Json:
    return {name: [_plain(value) for value in values] for name, values in by_name.items()}


def _plain(value: object) -> object:
    """A value as JSON has it. A number that is not finite is null, since JSON has no word for it."""
    match value:
        case Decimal():
            return (
                int(value)
                if value == value.to_integral_value() and value.as_tuple().exponent == 0
                else float(value)
            )
        case float():
            return value if math.isfinite(value) else None
        case datetime() | date() | time():
            return value.isoformat()
        case None | bool() | int() | str():
            return value
        case pa.MonthDayNano():
            return _duration(value)
        case list() | tuple():
            return [_plain(item) for item in value]
        case dict():
            return {str(key): _plain(item) for key, item in value.items()}
        case _:
            return str(value)


def _duration(interval: pa.MonthDayNano) -> str:
    """An interval as ISO 8601 writes it, in the parts that the engine keeps apart: P14M3DT5S."""
    seconds = Decimal(interval.nanoseconds) / 1_000_000_000
    parts = [f"{interval.months}M" if interval.months else "", f"{interval.days}D" if interval.days else ""]
    return f"P{''.join(parts)}" + (f"T{seconds.normalize():f}S" if seconds or not any(parts) else "")
