"""A risk report as JSON, for checkers. No key and no value of a hidden cell is in it.

What is shown is named by its row in the leaf's own table, whose cells are in the order of their keys; of what is hidden
whole there is only how much.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Any, Final, TypeAlias

import numpy as np

from enclave.disclosure.asked import Rules
from enclave.disclosure.coarser import Way, coarser
from enclave.disclosure.columns import Positions
from enclave.disclosure.report import RULES, RiskReport, Rule, Witness
from enclave.disclosure.verdict import Outcome, RuleOutcome, share_hidden

MOST_LISTED: Final = 1_000
"""Hidden numbers of shown cells, and links, that are listed one by one; all are counted."""
MOST_WAYS: Final = 5
TOGETHER: Final = "numbers of the same answer, or many numbers together"

Json: TypeAlias = dict[str, Any]


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
    return {
        "cells": int(report.cells.size),
        "hidden_cells": int(report.hidden_cells().sum()),
        "share_hidden": round(share_hidden(report), 4),
        "outcomes": [_outcome(one) for one in outcomes],
        "numbers": list(islice(_numbers(report, rows, names), MOST_LISTED)),
        "top_shares": list(_top_shares(report, rules, rows, names)),
        "linked": list(islice(_linked(report, rows, names, linked), MOST_LISTED)),
        "coarser": [
            {"way": one.said, "cells": one.cells, "hidden_at_most": one.hidden}
            for one in coarser(report, ways)[:MOST_WAYS]
        ],
    }


def _rows(report: RiskReport) -> Positions:
    """The row of each shown cell; -1 for a hidden one."""
    shown = ~report.hidden_cells()
    return np.where(shown, np.cumsum(shown) - 1, -1)


def _outcome(one: RuleOutcome) -> Json:
    how_much = {"cells": one.hidden_cells, "measures": one.hidden_measures, "looked_at": one.looked_at}
    told = {} if one.outcome is Outcome.PASS else how_much
    return {"rule": one.rule.value, "outcome": one.outcome.value} | told


def _numbers(report: RiskReport, rows: Positions, names: Mapping[str, str]) -> Iterator[Json]:
    """Each hidden number of a shown cell."""
    for column, codes in report.measures.items():
        for cell in np.flatnonzero((codes > 0) & (rows >= 0)):
            rule = RULES[codes[cell] - 1]
            yield {"row": int(rows[cell]), "measure": names.get(column, column), "rule": rule.value}


def _top_shares(
    report: RiskReport, rules: Rules, rows: Positions, names: Mapping[str, str]
) -> Iterator[Json]:
    for top in report.tops:
        yield {
            "measure": names.get(top.measure, top.measure),
            "of": top.of,
            "largest": round(top.largest, 3),
            "two_largest": round(top.two_largest, 3),
            "allowed": rules.nk_percent / 100,
            "row": int(rows[top.cell]),
        }


def _linked(
    report: RiskReport, rows: Positions, names: Mapping[str, str], linked: Mapping[int, str]
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
            named = {"row": int(rows[one.cell]), "measure": measure}
            yield {"rule": one.rule.value, "state": state, "with": list(with_)} | named
    for (rule, with_), cells in sorted(whole.items()):
        yield {"rule": rule.value, "state": "hidden", "with": list(with_), "cells": cells}


def _with(one: Witness, linked: Mapping[int, str]) -> tuple[str, ...]:
    return tuple(sorted({linked[handle] for handle in one.handles})) or (TOGETHER,)
