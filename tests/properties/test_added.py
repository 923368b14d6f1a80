"""What each unit adds to a count is judged as if every unit's amount could be seen."""

from collections import Counter
from collections.abc import Sequence

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from enclave.disclosure.asked import Added, Measure, Rules, Statistic
from enclave.disclosure.primary import judge_measure
from enclave.disclosure.report import CODE_OF, Rule
from enclave.terms import Zeros

ADDED = Added("n", "least", "greatest", "total", "squares")
COUNT = Measure("rows", Statistic.ROWS, "n", Zeros.SHOWN, added=ADDED)
RULES = Rules(min_units=3, min_clusters=1, nk_contributors=2, nk_percent=100, p_percent=0)
NAMES = ("least", "greatest", "total", "squares")

amounts = st.sampled_from([1, 2, 3, 7, 1000]) | st.integers(1, 2**31)
groups = st.lists(st.tuples(amounts, st.integers(1, 5)), min_size=1, max_size=4)


@given(st.lists(groups, min_size=1, max_size=6))
def test_one_or_two_amounts_need_enough_units_of_each(cells: Sequence[Sequence[tuple[int, int]]]) -> None:
    everybody = [[amount for amount, units in cell for _ in range(units)] for cell in cells]
    assert two_valued(table_of(everybody, pa.decimal128(38, 0))) == [tells_of_few(one) for one in everybody]


@given(st.lists(st.tuples(st.integers(1, 9), st.integers(1, 5)), min_size=1, max_size=3))
def test_sums_of_a_fraction_are_judged_as_the_rows_they_count(cell: Sequence[tuple[int, int]]) -> None:
    rows = [amount for amount, units in cell for _ in range(units)]
    added = [sum([0.1] * amount) for amount in rows]
    assert two_valued(table_of([added], pa.float64())) == [tells_of_few(rows)]


@pytest.mark.parametrize("unknown", NAMES)
def test_an_unknown_companion_hides_the_count(unknown: str) -> None:
    table = table_of([[1, 1, 1, 2, 3]], pa.decimal128(38, 0))
    there = table.schema.get_field_index(unknown)
    nothing = pa.nulls(1, pa.decimal128(38, 0))
    assert two_valued(table) == [False]
    assert two_valued(table.set_column(there, unknown, nothing)) == [True]


def test_a_least_amount_above_the_greatest_hides_the_count() -> None:
    table = pa.table(
        {"rows": [90], "n": [30], "least": [3], "greatest": [2], "total": [90], "squares": [300]}
    )
    assert two_valued(table) == [True]


def tells_of_few(amounts: Sequence[int]) -> bool:
    """Counting one by one: at most two amounts, and one of them added by too few."""
    units = Counter(amounts)
    return len(units) <= 2 and min(units.values()) < RULES.min_units


def two_valued(table: pa.Table) -> list[bool]:
    """Where the amounts hide the count, of cells of enough units."""
    codes = judge_measure(table, COUNT, RULES)
    few = (table["n"].to_numpy() < RULES.min_units) & (codes == CODE_OF[Rule.CONTRIBUTORS])
    return [bool(one) for one in (codes == CODE_OF[Rule.TWO_VALUED]) | few]


def table_of(cells: Sequence[Sequence[float]], kind: pa.DataType) -> pa.Table:
    """One row a cell, as the engine would give it."""
    columns = {
        "least": [min(cell) for cell in cells],
        "greatest": [max(cell) for cell in cells],
        "total": [sum(cell) for cell in cells],
        "squares": [sum(one * one for one in cell) for cell in cells],
    }
    rows = [int(sum(cell)) + len(cell) for cell in cells]
    table = pa.table({"rows": pa.array(rows, pa.int64()), "n": [len(cell) for cell in cells]})
    for name, values in columns.items():
        table = table.append_column(name, pa.array(values, kind))
    return table
