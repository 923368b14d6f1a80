"""Laws of the primary rules that hold for every table."""

import random
from typing import Any

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from enclave.disclosure.asked import Cells, Concentration, Measure, Rules, Statistic
from enclave.disclosure.disclose import disclose
from enclave.disclosure.raw import Raw
from enclave.disclosure.safe import Safe
from enclave.terms import Zeros
from tests.properties.disclosure_judge import cell_may_be_shown, concentration_allows, number_may_be_shown
from tests.properties.disclosure_leaves import (
    KEYS,
    Row,
    cells_of,
    count_fields,
    keys,
    leaves,
    mean_fields,
    rule_sets,
    table_of,
)

OFF = Rules(min_units=1, min_clusters=1, nk_contributors=2, nk_percent=90, p_percent=10)


@st.composite
def raw_rows(draw: st.DrawFn) -> list[Row]:
    return [draw(cells_of(key)) for key in draw(keys)]


def key_of(row: Row) -> tuple[Any, ...]:
    return tuple(row[name] for name in KEYS)


def wire(safe: Safe) -> bytes:
    """The safe table as it travels: what a byte under a NULL or a left-over label would show."""
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, safe.table.schema) as stream:
        stream.write_table(safe.table)
    return sink.getvalue().to_pybytes()


def expected(rows: list[Row], cells: Cells, rules: Rules) -> dict[tuple[Any, ...], Row]:
    """What the judge lets through, by key."""
    return {
        key_of(row): {
            measure.column: row[measure.column] if number_may_be_shown(row, measure, rules) else None
            for measure in cells.measures
        }
        for row in rows
        if cell_may_be_shown(row, cells, rules)
    }


@given(raw_rows(), leaves(), rule_sets)
def test_exactly_what_the_judge_allows_is_shown(rows: list[Row], cells: Cells, rules: Rules) -> None:
    safe = disclose(Raw(table_of(rows)), cells, rules)
    published = {
        key_of(row): {measure.column: row[measure.column] for measure in cells.measures}
        for row in safe.table.to_pylist()
    }
    assert published == expected(rows, cells, rules)


@given(st.data(), raw_rows(), leaves(), rule_sets)
def test_tables_that_differ_only_where_both_hide_give_the_same_bytes(
    data: st.DataObject, rows: list[Row], cells: Cells, rules: Rules
) -> None:
    others = [data.draw(same_seen(row, cells, rules)) for row in rows]
    others = [row for row in others if cell_may_be_shown(row, cells, rules) or data.draw(st.booleans())]
    data.draw(st.randoms()).shuffle(others)
    first = disclose(Raw(table_of(rows)), cells, rules)
    second = disclose(Raw(table_of(others)), cells, rules)
    assert wire(first) == wire(second)


@st.composite
def same_seen(draw: st.DrawFn, row: Row, cells: Cells, rules: Rules) -> Row:
    """A row that the judge hides as it hides this one, and that holds anything at all where it is hidden."""
    if not cell_may_be_shown(row, cells, rules):
        few = st.integers(0, rules.min_units - 1)
        return draw(cells_of(key_of(row))) | {"units": draw(few)}
    other = dict(row)
    for measure, fields in zip(cells.measures, (count_fields(), mean_fields()), strict=True):
        new = draw(fields)
        if not number_may_be_shown(row, measure, rules) and not number_may_be_shown(new, measure, rules):
            other |= new
    return other


@given(st.data(), raw_rows(), leaves(), rule_sets)
def test_the_order_and_the_batches_of_the_raw_rows_leave_no_trace(
    data: st.DataObject, rows: list[Row], cells: Cells, rules: Rules
) -> None:
    shuffled = list(rows)
    data.draw(st.randoms()).shuffle(shuffled)
    cut = data.draw(st.integers(0, len(rows)))
    batches = pa.concat_tables([table_of(shuffled[:cut]), table_of(shuffled[cut:])])
    first, second = disclose(Raw(table_of(rows)), cells, rules), disclose(Raw(batches), cells, rules)
    assert wire(first) == wire(second)
    assert list(first.report.changes()) == list(second.report.changes())


@given(raw_rows(), leaves())
def test_at_threshold_one_every_raw_row_is_shown_as_it_is(rows: list[Row], cells: Cells) -> None:
    safe = disclose(Raw(table_of(rows)), cells, OFF)
    names = [*KEYS, "late", "mean"]
    assert safe.table.schema == pa.schema([table_of([]).schema.field(name) for name in names])
    by_key = {key_of(row): {name: row[name] for name in names} for row in rows}
    assert {key_of(row): row for row in safe.table.to_pylist()} == by_key
    assert safe.table.num_rows == len(rows)


@given(raw_rows(), leaves(), rule_sets)
def test_a_looser_rule_shows_all_that_a_stricter_one_does(
    rows: list[Row], cells: Cells, rules: Rules
) -> None:
    looser = Rules(rules.min_units - 1, rules.min_clusters, rules.nk_contributors, 100, rules.p_percent / 2)
    strict, loose = expected_shown(rows, cells, rules), expected_shown(rows, cells, looser)
    assert strict <= loose


def expected_shown(rows: list[Row], cells: Cells, rules: Rules) -> set[tuple[Any, ...]]:
    table = disclose(Raw(table_of(rows)), cells, rules).table
    return {
        (key_of(row), measure.column)
        for row in table.to_pylist()
        for measure in cells.measures
        if row[measure.column] is not None
    }


@given(raw_rows(), leaves(), rule_sets)
def test_the_report_names_exactly_what_is_not_shown(rows: list[Row], cells: Cells, rules: Rules) -> None:
    safe = disclose(Raw(table_of(rows)), cells, rules)
    all_keys = [key_of(row) for row in safe.report.keys.reveal().to_pylist()]
    gone = {all_keys[change.cell] for change in safe.report.changes() if change.measure is None}
    nulled = {(all_keys[change.cell], change.measure) for change in safe.report.changes() if change.measure}
    assert gone == {key_of(row) for row in rows} - {key_of(row) for row in safe.table.to_pylist()}
    assert nulled == {
        (key_of(row), measure.column)
        for row in rows
        for measure in cells.measures
        if cell_may_be_shown(row, cells, rules) and not number_may_be_shown(row, measure, rules)
    }


amounts = st.floats(0, allow_subnormal=True) | st.just(float("nan"))


@given(st.lists(st.tuples(amounts, amounts, amounts), max_size=20), rule_sets, st.sampled_from(Zeros))
def test_no_sum_of_floats_is_shown_that_exact_arithmetic_would_hide(
    held: list[tuple[float, float, float]], rules: Rules, zeros: Zeros
) -> None:
    rows = [
        {"key": key, "n": 50, "mean": 1.0, "total": total, "first": first, "second": second}
        for key, (total, first, second) in enumerate(held)
    ]
    concentration = Concentration("total", "first", "second")
    measure = Measure("mean", Statistic.MEAN, "n", zeros, by_unit=concentration)
    schema = pa.schema([("key", pa.int64()), ("n", pa.int64())])
    schema = pa.schema([*schema, *((name, pa.float64()) for name in ("mean", "total", "first", "second"))])
    cells = Cells(("key",), units="n", clusters=None, measures=(measure,))
    safe = disclose(Raw(pa.Table.from_pylist(rows, schema=schema)), cells, rules)
    shown = [row["key"] for row in safe.table.to_pylist() if row["mean"] is not None]
    assert all(concentration_allows(rows[key], concentration, zeros, rules) for key in shown)


def test_the_same_table_gives_the_same_bytes_each_time() -> None:
    shuffle = random.Random(7)
    values = np.random.default_rng(7).integers(0, 20, 500)
    cells = Cells(("key",), "n", None, (Measure("rows", Statistic.ROWS, "n", Zeros.HIDDEN),))
    rules = Rules(min_units=10, min_clusters=1, nk_contributors=2, nk_percent=90, p_percent=10)
    rows = [{"key": key, "n": int(n), "rows": int(n)} for key, n in enumerate(values)]
    seen = set()
    for _ in range(5):
        shuffle.shuffle(rows)
        seen.add(wire(disclose(Raw(pa.Table.from_pylist(rows)), cells, rules)))
    assert len(seen) == 1
