"""The ledger is asked only where a cell passed the primary rules."""

from collections.abc import Mapping

import numpy as np
import pyarrow as pa
import pytest

from enclave.disclosure.asked import Cells, Rules
from enclave.disclosure.disclose import disclose
from enclave.disclosure.ledger.judge import LedgerVerdict
from enclave.disclosure.raw import Raw
from enclave.disclosure.report import Codes

HOUSE = Rules(min_units=10, min_clusters=1, nk_contributors=2, nk_percent=90, p_percent=10)
LEAF = Cells(("key",), "units", None, ())


@pytest.mark.parametrize(("units", "asked"), [([9, 3], 0), ([9, 10], 1), ([30, 10], 1)])
def test_the_ledger_is_asked_where_a_cell_has_enough_units(units: list[int], asked: int) -> None:
    calls: list[Codes] = []

    def ledger(cells: Codes, _measures: Mapping[str, Codes]) -> LedgerVerdict:
        calls.append(cells)
        return LedgerVerdict(np.zeros(len(cells), dtype=np.int8), {}, (), ())

    safe = disclose(Raw(pa.table({"key": ["A", "B"], "units": units})), LEAF, HOUSE, ledger=ledger)
    assert len(calls) == asked
    assert safe.table.num_rows == sum(count >= 10 for count in units)
