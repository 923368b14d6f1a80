"""From an unprotected table to one in which everything may be shown: the primary rules, then the ledger's.

The function is pure, and the safe table depends on the shown cells alone: not on the order of the raw rows, not on
what stands in a hidden cell, not on whether a hidden cell is there at all. Whatever goes wrong is raised, and then
there is no table.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TypeAlias

import numpy as np
import pyarrow as pa

from enclave.disclosure.asked import Cells, Rules
from enclave.disclosure.columns import Column, Mask, Positions, key, key_order, plain, rebuilt
from enclave.disclosure.ledger.judge import LedgerVerdict
from enclave.disclosure.perturbation.perturbed import Changed
from enclave.disclosure.primary import judge_cells, judge_measure
from enclave.disclosure.promises import BrokenPromise
from enclave.disclosure.raw import Raw
from enclave.disclosure.repeated import Repeated
from enclave.disclosure.report import Codes, Guard, RiskReport, Witness
from enclave.disclosure.safe import Safe
from enclave.disclosure.top_shares import top_shares

LedgerJudge: TypeAlias = Callable[[Codes, Mapping[str, Codes]], LedgerVerdict]
"""Judges what the primary rules (by cell, by measure, in the order of the raw table) let pass."""


def disclose(
    raw: Raw,
    cells: Cells,
    rules: Rules,
    *,
    ledger: LedgerJudge | None = None,
    may_repeat: bool = False,
) -> Safe:
    """Hide every cell and every number that stands on too few or tells too much, and leave the rest as it is.

    Values keep their types; a dictionary becomes its values. With `rules.off` every raw row is shown, untouched.

    Args:
        raw: one row per cell, in any order; columns which `cells` does not name stay behind.
        cells: the keys, the numbers asked for, and the companions that judge them.
        ledger: compares with what was shown before; not asked where the rules are off, or no cell passed them.
        may_repeat: something was shown over another version of the data, and the ledger may have it shown again, even
            where no cell passes the rules now.
    Raises:
        BrokenPromise: the table is not what `cells` says: a companion that is missing, negative or of a wrong type,
            two cells with the same keys, or not one row where one is promised.
    """
    table = raw.reveal()
    _check_shape(table, cells)
    keys = {name: key(table, name) for name in _key_names(cells)}
    order = key_order(list(keys.values()), table.num_rows)
    report, repeated, changed = _report(table, cells, rules, keys, order, ledger, may_repeat=may_repeat)
    shown = table if rules.perturbing is None else _in_place_of(table, cells, report, changed)
    return Safe(
        table=_safe_table(shown, cells, keys, order, report, repeated),
        report=report,
        older_versions=repeated.versions,
    )


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
    table: pa.Table,
    cells: Cells,
    rules: Rules,
    keys: Mapping[str, Column],
    order: Positions,
    ledger: LedgerJudge | None,
    *,
    may_repeat: bool,
) -> tuple[RiskReport, Repeated, Changed]:
    by_cell, by_measure = _judged(table, cells, rules)
    changed: Changed = {}
    witnesses: tuple[Witness, ...] = ()
    flagged: tuple[Witness, ...] = ()
    guards: tuple[Guard, ...] = ()
    repeated = Repeated()
    if (
        ledger is not None and not rules.off and (may_repeat or (by_cell == 0).any())
    ):  # else nothing to compare
        verdict = ledger(by_cell, by_measure)
        by_cell = np.where(by_cell == 0, verdict.cells, by_cell)
        by_measure = {
            name: np.where(codes == 0, verdict.measures[name], codes) for name, codes in by_measure.items()
        }
        repeated, changed = Repeated.read(table, verdict.repeats), verdict.changed
        guards = verdict.guards
        witnesses, flagged = _in_order(verdict.witnesses, order), _in_order(verdict.flagged, order)
    tops = () if rules.off else top_shares(table, cells, by_cell, by_measure, order)
    by_cell, by_measure = repeated.applied(by_cell, by_measure)
    shown = by_cell == 0
    report = RiskReport(
        keys=Raw(pa.table({name: rebuilt(array, order) for name, array in keys.items()})),
        cells=by_cell[order],
        measures={name: (codes * shown)[order] for name, codes in by_measure.items()},
        witnesses=witnesses,
        tops=tops,
        flagged=flagged,
        guards=guards,
    )
    return report, repeated, changed


def _in_place_of(table: pa.Table, cells: Cells, report: RiskReport, changed: Changed) -> pa.Table:
    """The table with changed measures. One that nobody changed is not there: no exact number stands in for it.

    Raises:
        BrokenPromise: something would be shown that was not changed.
    """
    for measure in cells.measures:
        name = measure.column
        if name not in changed and not report.hidden_in(name).all():
            raise BrokenPromise(f"{name} would be shown as it is")
        column = changed.get(name, pa.nulls(table.num_rows, plain(table, name).type))
        table = table.set_column(table.schema.get_field_index(name), name, column)
    return table


def _in_order(witnesses: tuple[Witness, ...], order: Positions) -> tuple[Witness, ...]:
    places = np.empty(len(order), dtype=np.int64)
    places[order] = np.arange(len(order))
    return tuple(replace(one, cell=int(places[one.cell])) for one in witnesses)


def _judged(table: pa.Table, cells: Cells, rules: Rules) -> tuple[Codes, dict[str, Codes]]:
    if rules.off:
        nothing = np.zeros(table.num_rows, dtype=np.int8)
        return nothing, {measure.column: nothing for measure in cells.measures}
    by_measure = {measure.column: judge_measure(table, measure, rules) for measure in cells.measures}
    return judge_cells(table, cells, rules), by_measure


def _safe_table(
    table: pa.Table,
    cells: Cells,
    keys: Mapping[str, Column],
    order: Positions,
    report: RiskReport,
    repeated: Repeated,
) -> pa.Table:
    kept = _kept(cells, report)
    rows = order[kept]
    columns = {name: rebuilt(array, rows) for name, array in keys.items()}
    for measure in cells.measures:
        hidden = report.hidden_in(measure.column)[kept]
        columns[measure.column] = rebuilt(repeated.column(table, measure.column), rows, hidden)
    return pa.table(columns)


def _kept(cells: Cells, report: RiskReport) -> Mask:
    """Rows that stay. A hidden cell is absent, except where its one row is there whatever the data."""
    return np.ones(len(report.cells), dtype=np.bool_) if cells.always_one_row else ~report.hidden_cells()
