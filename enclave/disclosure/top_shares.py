"""How much of a total the largest units or clusters hold, in the cells that are shown: for checkers alone."""

from collections.abc import Iterator, Mapping

import numpy as np
import pyarrow as pa

from enclave.disclosure.asked import Cells, Concentration, Measure
from enclave.disclosure.columns import Mask, Positions, amounts
from enclave.disclosure.report import Codes, TopShare


def top_shares(
    table: pa.Table, cells: Cells, by_cell: Codes, by_measure: Mapping[str, Codes], order: Positions
) -> tuple[TopShare, ...]:
    """Of each measure whose concentration is judged, the cell in which the two largest hold most of what is shown.

    Args:
        by_cell, by_measure: what is hidden, in the order of the raw table, which `order` puts in that of the keys.
    """
    place = np.empty(len(order), dtype=np.int64)
    place[order] = np.arange(len(order))
    found = (
        _largest(table, measure.column, of, held, (by_cell == 0) & (by_measure[measure.column] == 0), place)
        for measure in cells.measures
        for of, held in _judged(measure)
    )
    return tuple(one for one in found if one is not None)


def _judged(measure: Measure) -> Iterator[tuple[str, Concentration]]:
    yield from (("unit", one) for one in (measure.by_unit, *measure.parts_by_unit) if one is not None)
    yield from (
        ("cluster", one) for one in (measure.by_cluster, *measure.parts_by_cluster) if one is not None
    )


def _largest(
    table: pa.Table, column: str, of: str, held: Concentration, shown: Mask, place: Positions
) -> TopShare | None:
    total, first, second = (amounts(table, name) for name in (held.total, held.first, held.second))
    there = shown & (total > 0) & np.isfinite(total)
    if not there.any():
        return None
    both = np.where(there, (first + second) / np.where(there, total, 1), -1.0)
    at = int(np.argmax(both))
    return TopShare(column, of, float(first[at] / total[at]), float(both[at]), int(place[at]))
