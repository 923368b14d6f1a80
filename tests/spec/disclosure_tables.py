"""Small tables as text: what a leaf brings in, and what is published of it."""

from typing import Any

import pyarrow as pa

from enclave.disclosure.asked import (
    Added,
    Cells,
    ClassCounts,
    Concentration,
    Extremes,
    Measure,
    PathCounts,
    Rules,
    Statistic,
)
from enclave.disclosure.disclose import disclose
from enclave.disclosure.raw import Raw
from enclave.terms import Zeros

HIDDEN, SHOWN = Zeros.HIDDEN, Zeros.SHOWN

HOUSE = Rules(min_units=10, min_clusters=1, nk_contributors=2, nk_percent=90, p_percent=10)
SYNTHETIC = Rules(min_units=1, min_clusters=1, nk_contributors=2, nk_percent=90, p_percent=10)

WORDS = {"null": None, "true": True, "false": False}


def published(text: str, *measures: Measure, rules: Rules = HOUSE, **cells: Any) -> str:
    """The safe table as text, `c` for each hidden number. `units` is the units column, `school` the key."""
    leaf: dict[str, Any] = {"dimensions": ("school",), "units": "units", "clusters": None} | cells
    safe = disclose(Raw(raw_table(text)), Cells(measures=measures, **leaf), rules).table
    numbers = {measure.column for measure in measures}
    rows = [[_word(row[name], name in numbers) for name in safe.column_names] for row in safe.to_pylist()]
    return _aligned([safe.column_names, *rows])


def shown(text: str) -> str:
    """A published table as the test writes it, spaces evened out."""
    return _aligned(_split(text))


def raw_table(text: str) -> pa.Table:
    header, *rows = _split(text)
    values = [[_value(word) for word in row] for row in rows]
    return pa.table({name: [row[at] for row in values] for at, name in enumerate(header)})


def count(column: str, contributors: str = "units", zeros: Zeros = HIDDEN, **companions: Any) -> Measure:
    return Measure(column, Statistic.ROWS, contributors, zeros, **companions)


def mean(column: str, contributors: str = "units", zeros: Zeros = HIDDEN, **companions: Any) -> Measure:
    return Measure(column, Statistic.MEAN, contributors, zeros, **companions)


def path(zeros: Zeros) -> PathCounts:
    return PathCounts(domain_units="domain", true_units="true", not_true_units="not_true", zeros=zeros)


def classes(zeros: Zeros) -> ClassCounts:
    return ClassCounts(smallest_units="smallest", classes="classes", zeros=zeros)


def extremes(zeros: Zeros) -> Extremes:
    return Extremes(low_units="low", high_units="high", between_rows="between", differ="differ", zeros=zeros)


def added() -> Added:
    return Added(units="adding", least="least", greatest="greatest", total="sum", squares="squares")


def held() -> Concentration:
    return Concentration(total="total", first="first", second="second")


def _split(text: str) -> list[list[str]]:
    return [[word.strip() for word in line.split("|")] for line in text.strip().splitlines()]


def _aligned(rows: list[list[str]]) -> str:
    return "\n".join(" | ".join(row) for row in rows)


def _value(word: str) -> Any:
    if word in WORDS:
        return WORDS[word]
    for kind in (int, float):
        try:
            return kind(word)
        except ValueError:
            continue
    return word


def _word(value: Any, is_number: bool) -> str:
    if value is None:
        return "c" if is_number else "null"
    return str(value)
