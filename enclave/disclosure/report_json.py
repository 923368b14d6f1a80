"""A risk report as JSON, for checkers. No key and no value of a hidden cell is in it.

What is shown is named by its row in the leaf's own table, whose cells are in the order of their keys, and by its keys,
which are shown with it; of what is hidden whole there is only how much.
"""

import math
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, time
from itertools import islice
from typing import Any, Final, TypeAlias

import numpy as np

from enclave.disclosure.asked import Rules
from enclave.disclosure.coarser import Way, coarser
from enclave.disclosure.columns import Positions
from enclave.disclosure.report import RULES, Alteration, Guard, RiskReport, Rule, Witness
from enclave.disclosure.verdict import Outcome, RuleOutcome, share_hidden
from enclave.terms.moments import python_value

MOST_LISTED: Final = 1_000
"""Hidden numbers of shown cells, and links, that are listed one by one; all are counted."""
MOST_WAYS: Final = 5
TOGETHER: Final = "numbers of the same answer, or many numbers together"

Json: TypeAlias = dict[str, Any]
Place: TypeAlias = Callable[[int], Json]
"""Of a shown cell: its row, and its keys by the reader's own names."""


def report_json(
    report: RiskReport,
    outcomes: Iterable[RuleOutcome],
    *,
    rules: Rules,
    names: Mapping[str, str],
    linked: Mapping[int, str],
    ways: Iterable[Way],
) -> Json:
    """One leaf.

    Args:
        names: what the reader calls each number.
        linked: what to call each witness that is known to the ledger, by its handle.
        ways: coarser groupings to try.
    """
    rows = _rows(report)
    place = _places(report, rows, names)
    return {
        "cells": int(report.cells.size),
        "hidden_cells": int(report.hidden_cells().sum()),
        "share_hidden": round(share_hidden(report), 4),
        "outcomes": [_outcome(one) for one in outcomes],
        "numbers": list(islice(_numbers(report, rows, names, place), MOST_LISTED)),
        "top_shares": list(_top_shares(report, rules, names, place)),
        "linked": list(islice(_linked(report, rows, names, linked, place), MOST_LISTED)),
        "guards": [_guard(one, names) for one in report.guards],
        **({"altered": [_altered(one, names) for one in report.altered]} if report.altered else {}),
        "coarser": [
            {"way": one.said, "cells": one.cells, "hidden_at_most": one.hidden}
            for one in coarser(report, ways)[:MOST_WAYS]
        ],
    }


def _guard(one: Guard, names: Mapping[str, str]) -> Json:
    """How well hidden cells are hidden. Intervals are told by how many cells have them, never by their keys."""
    counted = Counter(one.intervals)
    return {
        "number": None if one.measure is None else names.get(one.measure, one.measure),
        "of": "amounts" if one.amounts else "people",
        "cells": one.cells,
        "primary": one.primary,
        "secondary": one.secondary,
        "cost": round(one.cost, 2),
        "bound": round(one.bound, 2),
        "gap": round(max(0.0, one.cost - one.bound) / one.cost, 4) if one.cost else 0.0,
        "open": one.open,
        "intervals": [
            {"low": round(low, 2), "high": _high(high), "secondary": secondary, "cells": cells}
            for (low, high, secondary), cells in islice(sorted(counted.items(), key=_width), MOST_LISTED)
        ],
    }


def _altered(one: Alteration, names: Mapping[str, str]) -> Json:
    return {
        "number": names.get(one.measure, one.measure),
        "counted": one.counted,
        "shown": one.shown,
        "changed": one.changed,
        "greatest": None if one.greatest is None else round(one.greatest, 4),
        "totals": one.totals,
        "totals_out": one.totals_out,
    }


def _high(high: float) -> float | None:
    """Nothing where nothing that is shown holds it down."""
    return round(high, 2) if math.isfinite(high) else None


def _width(counted: tuple[tuple[float, float, bool], int]) -> tuple[float, float, bool]:
    (low, high, secondary), _ = counted
    return high - low, low, secondary


def _rows(report: RiskReport) -> Positions:
    """The row of each shown cell; -1 for a hidden one."""
    shown = ~report.hidden_cells()
    return np.where(shown, np.cumsum(shown) - 1, -1)


def _places(report: RiskReport, rows: Positions, names: Mapping[str, str]) -> Place:
    keys = report.keys.reveal()
    called = [(keys.column(id), names[id]) for id in keys.column_names if id in names]

    def place(cell: int) -> Json:
        assert rows[cell] >= 0, "the keys of a hidden cell are not told"
        return {
            "row": int(rows[cell]),
            "where": {name: _plain(python_value(column[cell])) for column, name in called},
        }

    return place


def _plain(value: object) -> object:
    match value:
        case None | bool() | int() | str():
            return value
        case float():
            return value if math.isfinite(value) else str(value)
        case date() | time():
            return value.isoformat()
        case _:
            return str(value)


def _outcome(one: RuleOutcome) -> Json:
    how_much = {"cells": one.hidden_cells, "measures": one.hidden_measures, "looked_at": one.looked_at}
    told = {} if one.outcome is Outcome.PASS else how_much
    return {"rule": one.rule.value, "outcome": one.outcome.value} | told


def _numbers(report: RiskReport, rows: Positions, names: Mapping[str, str], place: Place) -> Iterator[Json]:
    """Each hidden number of a shown cell."""
    for column, codes in report.measures.items():
        for cell in np.flatnonzero((codes > 0) & (rows >= 0)):
            rule = RULES[codes[cell] - 1]
            yield {"measure": names.get(column, column), "rule": rule.value} | place(int(cell))


def _top_shares(report: RiskReport, rules: Rules, names: Mapping[str, str], place: Place) -> Iterator[Json]:
    for top in report.tops:
        yield {
            "measure": names.get(top.measure, top.measure),
            "of": top.of,
            "largest": round(top.largest, 3),
            "two_largest": round(top.two_largest, 3),
            "allowed": rules.nk_percent / 100,
        } | place(top.cell)


def _linked(
    report: RiskReport,
    rows: Positions,
    names: Mapping[str, str],
    linked: Mapping[int, str],
    place: Place,
) -> Iterator[Json]:
    """With which numbers something would have told too much: by row where the cell is shown, else counted."""
    whole: Counter[tuple[Rule, tuple[str, ...]]] = Counter()
    for state, witnesses in (("flagged", report.flagged), ("hidden", report.witnesses)):
        for one in witnesses:
            with_ = _with(one, linked)
            if rows[one.cell] < 0:
                whole[one.rule, with_] += 1
                continue
            measure = None if one.measure is None else names.get(one.measure, one.measure)
            named = {"measure": measure} | place(one.cell)
            yield {"rule": one.rule.value, "state": state, "with": list(with_)} | named
    for (rule, with_), cells in sorted(whole.items()):
        yield {"rule": rule.value, "state": "hidden", "with": list(with_), "cells": cells}


def _with(one: Witness, linked: Mapping[int, str]) -> tuple[str, ...]:
    return tuple(sorted({linked[handle] for handle in one.handles})) or (TOGETHER,)
