"""Whether an answer at threshold 1 is DuckDB's own over the raw tables, and what a run of such questions covered."""

import math
import re
import zlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal

import duckdb
import pyarrow as pa

from tests.fuzz.house import House
from tests.fuzz.questions import Fuzzed, question
from tests.support.answers import Answered
from tests.support.tables import Row, same_rows

QUESTIONS_PER_HOUSE = 50


@dataclass(frozen=True, slots=True)
class Difference:
    """A question whose answer is not DuckDB's."""

    seed: str
    sql: str
    what: str


@dataclass
class Covered:
    """What a run has been through. Rows and calls are of answered questions only."""

    asked: int = 0
    answered: int = 0
    rows: Counter[str] = field(default_factory=Counter)
    calls: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    refusals: list[tuple[str, str]] = field(default_factory=list)
    shapes: set[str] = field(default_factory=set)
    plans: set[int] = field(default_factory=set)
    raw_failed: int = 0
    unsteady: int = 0
    differences: list[Difference] = field(default_factory=list)


def run(seeds: Sequence[int], *, name: str = "meaning") -> Covered:
    """Ask the questions of these seeds, in houses of different people."""
    covered = Covered()
    for start in range(0, len(seeds), QUESTIONS_PER_HOUSE):
        few = seeds[start : start + QUESTIONS_PER_HOUSE]
        with House(few[0], units=(1, 20, 50)[few[0] // QUESTIONS_PER_HOUSE % 3]) as house:
            for seed in few:
                ask_one(house, f"{name} {seed}", covered)
    return covered


def merged(one: Covered, other: Covered) -> Covered:
    """Two runs as one."""
    return Covered(
        asked=one.asked + other.asked,
        answered=one.answered + other.answered,
        rows=one.rows + other.rows,
        calls=one.calls + other.calls,
        refused=one.refused + other.refused,
        refusals=one.refusals + other.refusals[:_MOST_REFUSALS],
        shapes=one.shapes | other.shapes,
        plans=one.plans | other.plans,
        raw_failed=one.raw_failed + other.raw_failed,
        unsteady=one.unsteady + other.unsteady,
        differences=one.differences + other.differences,
    )


_MOST_REFUSALS = 20


def ask_one(house: House, seed: str, covered: Covered) -> None:
    asked = question(seed)
    covered.asked += 1
    try:
        found = house.answer(asked.sql)
    except Exception as error:  # noqa: BLE001 - whatever it is, it is a finding, and the run goes on
        if isinstance(error, duckdb.Error) and _raw_raises(house, asked, error):
            covered.raw_failed += 1
            return
        covered.differences.append(Difference(seed, asked.sql, f"{type(error).__name__}: {error}"))
        return
    if not found.released:
        covered.refused[found.code or found.status] += 1
        covered.refusals.append((asked.sql, found.line))
        return
    covered.answered += 1
    covered.plans.add(plan_shape(house, asked.sql))
    covered.rows.update(asked.rows)
    covered.calls.update(asked.calls)
    covered.shapes.add(shape(asked.sql))
    what = difference(house, asked, found)
    if what == _RAW_FAILED:
        covered.raw_failed += 1
    elif what == UNSTEADY:
        covered.unsteady += 1
    elif what is not None:
        covered.differences.append(Difference(seed, asked.sql, what))


def _raw_raises(house: House, asked: Fuzzed, error: duckdb.Error) -> bool:
    """Whether DuckDB itself raises the very same of the question over the raw tables."""
    try:
        house.plain.sql(asked.raw).fetchall()
    except duckdb.Error as raw:
        return (type(raw), str(raw)) == (type(error), str(error))
    return False


_RAW_FAILED = "raw failed"


def difference(house: House, asked: Fuzzed, found: Answered) -> str | None:
    """What differs from DuckDB over the raw tables; where DuckDB itself fails on a value, that."""
    try:
        found_raw = house.plain.sql(asked.raw)
        columns = tuple(
            (name, str(kind)) for name, kind in zip(found_raw.columns, found_raw.types, strict=True)
        )
        rows = raw_rows(found_raw)
    except duckdb.Error:
        return _RAW_FAILED
    if found.columns != columns:
        return f"columns {found.columns} instead of {columns}"
    ours = [tuple(map(listed, row)) for row in found.rows]
    if any(same_rows(ours, told, ordered=asked.ordered) for told in (rows, _without_signs(rows))):
        return None
    steady = [place for place in range(len(columns)) if _is_steady(place, asked, house, rows)]
    if len(steady) < len(columns) and same_rows(
        _only(ours, steady), _only(rows, steady), ordered=asked.ordered
    ):
        return UNSTEADY
    numbers = [place for place in steady if columns[place][1] != "VARCHAR"]
    nearly = same_rows(_only(ours, numbers), _only(rows, numbers), ordered=asked.ordered)
    if nearly and len(numbers) < len(steady) and _same_unoptimised(house, asked):
        return UNSTEADY
    return f"rows {found.rows[:8]} instead of {rows[:8]}"


def _without_signs(rows: Sequence[Row]) -> list[Row]:
    """Zeros as text without a sign: DuckDB keeps whichever zero of a key came first, an answer has 0.0."""
    return [[unsigned(value) for value in row] for row in rows]


def unsigned(value: object) -> object:
    return "0.0" if value == "-0.0" else value


UNSTEADY = "unsteady"
"""DuckDB's own answer is another one when its rows come in another order or without its optimizer: rounding alone."""
ORDERS = 8


def _same_unoptimised(house: House, asked: Fuzzed) -> bool:
    """Whether both sides have the same texts of numbers where DuckDB computes what is said as it is said."""
    with house.unoptimised():
        found = house.answer(asked.sql)
        rows = raw_rows(house.plain.sql(asked.raw))
    return same_rows([tuple(map(listed, row)) for row in found.rows], rows, ordered=asked.ordered)


def _is_steady(place: int, asked: Fuzzed, house: House, rows: Sequence[Row]) -> bool:
    """Whether DuckDB has the same in a column, in whatever order the rows of its tables come."""
    return all(
        same_rows(
            _only(raw_rows(reordered.sql(asked.raw)), [place]), _only(rows, [place]), ordered=asked.ordered
        )
        for reordered in house.reordered(ORDERS)
    )


def _only(rows: Sequence[Row], places: Sequence[int]) -> list[Row]:
    return [[row[place] for place in places] for row in rows]


def raw_rows(found: duckdb.DuckDBPyRelation) -> list[tuple[object, ...]]:
    """DuckDB's rows, as an answer's line would have them."""
    table = found.to_arrow_table()
    columns = []
    for name, column in zip(found.columns, table.columns, strict=True):
        try:
            columns.append(column.to_pylist())
        except OverflowError:  # a date past Python's calendar: as DuckDB itself writes it
            quoted = name.replace('"', '""')
            texts = found.project(f'CAST("{quoted}" AS VARCHAR)').fetchall()
            columns.append([text and moment(text) for (text,) in texts])
    return [tuple(map(plain, row)) for row in zip(*columns, strict=True)]


_MOMENT = re.compile(r"(\d+)(-\d\d-\d\d)( \(BC\))?(?: ([\d:]+)(\.\d+)?)?")


def moment(text: str) -> str:
    """A date or an instant of DuckDB's text in the form of ISO 8601, where 1 BC is the year 0."""
    found = _MOMENT.fullmatch(text)
    if found is None:
        return text
    year, day, before_christ, time_, fraction = found.groups()
    number = 1 - int(year) if before_christ else int(year)
    sign = "-" if number < 0 else ""
    end = f"T{time_}" if time_ else ""
    return f"{sign}{abs(number):04}{day}{end}" + (f"{fraction:0<7}" if fraction else "")


def plain(value: object) -> object:
    """A value as an answer's line has it."""
    match value:
        case float():
            return value if math.isfinite(value) else None
        case datetime() | date() | time():
            return value.isoformat()
        case pa.MonthDayNano():
            return duration(value.months, value.days, value.nanoseconds)
        case list():
            return tuple(plain(item) for item in value)
        case None | bool() | int() | str() | Decimal():
            return value
        case _:
            return str(value)


def duration(months: int, days: int, nanoseconds: int) -> str:
    """An interval as ISO 8601 writes it."""
    seconds = f"T{Decimal(nanoseconds) / 10**9:f}S"
    if "." in seconds:
        seconds = seconds[:-1].rstrip("0").rstrip(".") + "S"
    date_part = (f"{months}M" if months else "") + (f"{days}D" if days else "")
    return f"P{date_part}" + (seconds if nanoseconds or not date_part else "")


def listed(value: object) -> object:
    return tuple(value) if isinstance(value, list) else value


_NAME = re.compile(r"\b[a-z]+\d+\b")
_CODE = re.compile(r"'(?:[^']|'')*'|\b\d+(?:\.\d+)?\b")


def shape(sql: str) -> str:
    """The text without names and constants."""
    return _CODE.sub("?", _NAME.sub("_", sql))


def plan_shape(house: House, sql: str) -> int:
    """The texts of a plan's steps without names of columns and constants."""
    steps = house.plan(sql).plan.steps
    return zlib.crc32("\n".join(shape(step.sql) for step in steps).encode())


def report(covered: Covered) -> str:
    lines = [
        f"asked {covered.asked}, answered {covered.answered}, of which DuckDB itself fails on {covered.raw_failed}",
        f"DuckDB has other digits in another order of its rows: {covered.unsteady}",
        f"distinct texts {len(covered.shapes)}, distinct plans {len(covered.plans)}",
        "refused: " + ", ".join(f"{code} {count}" for code, count in covered.refused.most_common()),
        "rows of the design:",
        *(f"  {count:7}  {row}" for row, count in sorted(covered.rows.items())),
        f"functions: {len(covered.calls)}",
        f"differences: {len(covered.differences)}",
        *(f"  {one.seed}\n    {one.sql}\n    {one.what}" for one in covered.differences[:20]),
    ]
    return "\n".join(lines)
