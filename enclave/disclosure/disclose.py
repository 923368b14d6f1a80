"""From an unprotected table to one in which everything may be shown. Today: the primary rules.

The function is pure, and the safe table depends on the shown cells alone: not on the order of the raw rows, not on
what stands in a hidden cell, not on whether a hidden cell is there at all. Whatever goes wrong is raised, and then
there is no table.
"""

from collections.abc import Mapping

import numpy as np
import pyarrow as pa

from enclave.disclosure.asked import Cells, Rules
from enclave.disclosure.columns import Column, Mask, Positions, key, key_order, plain, rebuilt
from enclave.disclosure.primary import judge_cells, judge_measure
from enclave.disclosure.promises import BrokenPromise
from enclave.disclosure.raw import Raw
from enclave.disclosure.report import Codes, RiskReport
from enclave.disclosure.safe import Safe


def disclose(raw: Raw, cells: Cells, rules: Rules) -> Safe:
    """Hide every cell and every number that stands on too few, and leave everything else as it is.

    Values keep their types; a dictionary becomes its values. With `rules.off` every raw row is shown, untouched.

    Args:
        raw: one row per cell, in any order; columns which `cells` does not name stay behind.
        cells: the keys, the numbers asked for, and the companions that judge them.
    Raises:
        BrokenPromise: the table is not what `cells` says: a companion that is missing, negative or of a wrong type,
            two cells with the same keys, or not one row where one is promised.
    """
    table = raw.reveal()
    _check_shape(table, cells)
    keys = {name: key(table, name) for name in _key_names(cells)}
    order = key_order(list(keys.values()), table.num_rows)
    report = _report(table, cells, rules, keys, order)
    return Safe(table=_safe_table(table, cells, keys, order, report), report=report)


def _key_names(cells: Cells) -> tuple[str, ...]:
    return cells.dimensions if cells.grouping is None else (cells.grouping, *cells.dimensions)


def _check_shape(table: pa.Table, cells: Cells) -> None:
    names = (*_key_names(cells), *(measure.column for measure in cells.measures))
    if not names:
        raise BrokenPromise("the leaf asks for nothing")
    if len(set(names)) < len(names):
        raise BrokenPromise("two columns of the safe table have the same name")
    if cells.always_one_row and (_key_names(cells) or table.num_rows != 1):
        raise BrokenPromise("a leaf that always has one row has keys, or not one row")


def _report(
    table: pa.Table, cells: Cells, rules: Rules, keys: Mapping[str, Column], order: Positions
) -> RiskReport:
    by_cell, by_measure = _judged(table, cells, rules)
    shown = by_cell == 0
    return RiskReport(
        keys=Raw(pa.table({name: rebuilt(array, order) for name, array in keys.items()})),
        cells=by_cell[order],
        measures={name: (codes * shown)[order] for name, codes in by_measure.items()},
    )


def _judged(table: pa.Table, cells: Cells, rules: Rules) -> tuple[Codes, dict[str, Codes]]:
    if rules.off:
        nothing = np.zeros(table.num_rows, dtype=np.int8)
        return nothing, {measure.column: nothing for measure in cells.measures}
    by_measure = {measure.column: judge_measure(table, measure, rules) for measure in cells.measures}
    return judge_cells(table, cells, rules), by_measure


def _safe_table(
    table: pa.Table, cells: Cells, keys: Mapping[str, Column], order: Positions, report: RiskReport
) -> pa.Table:
    kept = _kept(cells, report)
    rows = order[kept]
    columns = {name: rebuilt(array, rows) for name, array in keys.items()}
    for measure in cells.measures:
        hidden = report.hidden_in(measure.column)[kept]
        columns[measure.column] = rebuilt(plain(table, measure.column), rows, hidden)
    return pa.table(columns)


def _kept(cells: Cells, report: RiskReport) -> Mask:
    """Rows that stay. A hidden cell is absent, except where its one row is there whatever the data."""
    return np.ones(len(report.cells), dtype=np.bool_) if cells.always_one_row else ~report.hidden_cells()
