"""A risk report as JSON, for checkers: what each rule hid. No key and no value of a hidden cell is in it."""

from itertools import islice
from typing import Any, Final

import numpy as np

from enclave.disclosure.report import RULES, RiskReport

MOST_LISTED: Final = 1_000
"""Hidden numbers of shown cells that are listed one by one; all are counted."""


def report_json(report: RiskReport) -> dict[str, Any]:
    """Counts by rule, and each hidden number of a shown cell by the row that the cell has in the leaf's own table."""
    return {
        "cells": int(report.cells.size),
        "hidden_cells": int(report.hidden_cells().sum()),
        "by_rule": [
            {"rule": rule.value, "cells": hidden.cells, "measures": hidden.measures}
            for rule, hidden in report.by_rule().items()
        ],
        "numbers": list(islice(_numbers(report), MOST_LISTED)),
    }


def _numbers(report: RiskReport) -> Any:
    """Rows count the shown cells only, in the order of their keys."""
    shown = np.flatnonzero(~report.hidden_cells())
    for name, codes in report.measures.items():
        of_shown = codes[shown]
        for row in np.flatnonzero(of_shown):
            yield {"row": int(row), "measure": name, "rule": RULES[of_shown[row] - 1].value}
