"""How far changed numbers are from what they were, for checkers.

The one thing to know before changing this: how far the one number of an answer was moved tells that number. So it is
told of many together, and of fewer only what the method allows, which everybody knows.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from enclave.disclosure.asked import Cells, Measure, Statistic
from enclave.disclosure.columns import plain
from enclave.disclosure.perturbation.controlled import Line, broken
from enclave.disclosure.perturbation.perturbed import Changed
from enclave.disclosure.report import Alteration

FEWEST: Final = 10
"""Shown numbers of which it is told how many were changed, and how far at most."""
_COUNTS = frozenset({Statistic.ROWS, Statistic.VALUES, Statistic.UNITS})


def alterations(
    table: pa.Table,
    cells: Cells,
    changed: Changed,
    shown: Mapping[str, npt.NDArray[np.bool_]],
    lines: Sequence[Line],
) -> tuple[Alteration, ...]:
    """One for each measure of which something is shown: counts by how many they are off, others by which share."""
    return tuple(
        _alteration(measure, table, changed, there, lines)
        for measure in cells.measures
        if (there := shown[measure.column]).any() and measure.column in changed
    )


def _alteration(
    measure: Measure,
    table: pa.Table,
    changed: Changed,
    there: npt.NDArray[np.bool_],
    lines: Sequence[Line],
) -> Alteration:
    before, after = plain(table, measure.column).to_pylist(), changed[measure.column].to_pylist()
    counted = measure.statistic in _COUNTS
    off = list(_off(before, after, there, counted=counted))
    many = len(off) >= FEWEST
    totals, out = _totals(after, there, lines) if counted else (0, 0)
    return Alteration(
        measure=measure.column,
        counted=counted,
        shown=int(there.sum()),
        changed=sum(one > 0 for one in off) if many else None,
        greatest=max(off) if many else None,
        totals=totals,
        totals_out=out,
    )


def _off(
    before: Sequence[object], after: Sequence[object], there: npt.NDArray[np.bool_], *, counted: bool
) -> Iterator[float]:
    for exact, said, is_shown in zip(before, after, there.tolist(), strict=True):
        if is_shown and exact is not None and said is not None:
            one = float(str(exact))
            distance = abs(float(str(said)) - one)
            yield distance if counted else (distance / abs(one) if one else float(distance > 0))


def _totals(after: Sequence[object], there: npt.NDArray[np.bool_], lines: Sequence[Line]) -> tuple[int, int]:
    """How many totals are shown beside all their parts, and how many of these are not the sum of them."""
    values = [0 if value is None else int(str(value)) for value in after]
    whole = [line for line in lines if all(there[place] for place in (line.total, *line.parts))]
    return len({line.total for line in whole}), len({line.total for line in broken(values, whole)})
