"""What is worked out for all cells at once, against one cell after the other."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from enclave.disclosure.ledger.cells_at_once import code_of_cells, units_of_cells

small = st.integers(0, 4)


@given(st.lists(st.tuples(st.integers(0, 5), small, small)), st.lists(st.integers(0, 6), min_size=1))
def test_all_cells_at_once_come_to_what_each_does_alone(
    rows: list[tuple[int, int, int]], cells: list[int]
) -> None:
    """Rows are (key, unit, code); a cell has the rows of its key, which other cells may have too."""
    ordered = sorted(rows, key=lambda row: row[0])
    keys, units, codes = (np.array([row[at] for row in ordered], dtype=np.int64) for at in range(3))
    starts, ends = keys.searchsorted(cells, "left"), keys.searchsorted(cells, "right")
    found = units_of_cells(units, starts, ends), code_of_cells(codes, starts, ends)
    for cell, many, code in zip(cells, *map(np.ndarray.tolist, found), strict=True):
        mine = [(unit, own) for key, unit, own in ordered if key == cell]
        assert many == len({unit for unit, _ in mine})
        there = {own for _, own in mine}
        assert code == (there.pop() if len(there) == 1 else -1)
