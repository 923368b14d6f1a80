"""What the rows of each cell come to, worked out for all cells of a grouping set at once.

A table with a cell per cluster has thousands of small ones: one by one, each takes longer to ask about than to count.
"""

import numpy as np
import numpy.typing as npt

Whole = npt.NDArray[np.int64]


def units_of_cells(units: Whole, starts: Whole, ends: Whole) -> Whole:
    """How many different units each cell has.

    Args:
        units: of all rows, cell after cell.
        starts, ends: where the rows of each cell stand; those of two cells are the same rows, or have none in common.
    """
    first = np.zeros(len(units) + 1, dtype=np.bool_)
    first[starts] = first[ends] = True
    new = units[1:] > units[:-1]
    if not (new | first[1:-1]).all():
        cell = np.cumsum(first[:-1])
        order = np.lexsort((units, cell))
        units, cell = units[order], cell[order]
        new = (units[1:] != units[:-1]) | (cell[1:] != cell[:-1])
    else:
        new = np.ones_like(new)
    before = np.concatenate(([0], np.cumsum(np.concatenate((np.ones(min(1, len(units)), np.bool_), new)))))
    found: Whole = before[ends] - before[starts]
    return found


def code_of_cells(codes: Whole, starts: Whole, ends: Whole) -> Whole:
    """The code that all rows of a cell have; -1 where they have several, or there are none."""
    if not len(codes):
        return np.full(len(starts), -1, dtype=np.int64)
    changes = np.concatenate(([0], np.cumsum(codes[1:] != codes[:-1])))
    first = np.minimum(starts, len(codes) - 1)
    last = np.maximum(ends - 1, first)
    found: Whole = np.where((ends > starts) & (changes[first] == changes[last]), codes[first], -1)
    return found
