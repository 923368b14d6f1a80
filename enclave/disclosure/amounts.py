"""What the sums and means of a leaf add up from, and by how much of it each must stay uncertain where it is hidden.

A sum is as large as the sizes of what the units add: where signs are mixed it is nearer to 0 than that, and could be
anything. A mean beside a count is a sum. Numbers that are made of the same amounts follow from one another, so they are
hidden together.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa

from enclave.disclosure.asked import Cells, Concentration, Extremes, Measure, Rules
from enclave.disclosure.columns import Numbers, amounts, counts, flags
from enclave.disclosure.raw import Raw
from enclave.terms import Zeros


@dataclass(frozen=True, slots=True, eq=False)
class Amounts:
    """By the rows of the raw table: how much is added up, by how many units, and how wide it must stay either way.

    In units of `unit`: nothing that is computed from amounts, however large, is past what a float holds.
    `at_greatest`: where there are two values alone, how many units have the greater one.
    """

    columns: tuple[str, ...]
    sizes: Numbers
    contributors: Numbers
    widths: Numbers
    unit: float
    at_greatest: Numbers | None = None
    zeros_hidden: bool = False


def amounts_of(raw: Raw, cells: Cells, rules: Rules) -> tuple[Amounts, ...]:
    """The amounts behind the sums and means that somebody could dominate, each once.

    Raises:
        BrokenPromise: a companion is missing or of a wrong type.
    """
    table, found = raw.reveal(), list[Amounts]()
    for measure in cells.measures:
        if measure.by_unit is None or rules.off:
            continue
        one = _amounts(table, measure, (measure.by_unit, *measure.parts_by_unit), rules)
        same = next((place for place, other in enumerate(found) if _are_same(one, other)), None)
        if same is None:
            found.append(one)
        else:
            first = found[same] if found[same].at_greatest is not None else one
            found[same] = replace(first, columns=(*found[same].columns, *one.columns))
    return tuple(found)


def _amounts(table: pa.Table, measure: Measure, parts: Sequence[Concentration], rules: Rules) -> Amounts:
    """Of an argument that is a sum itself: its parts together."""
    contributors = counts(table, measure.contributors)
    read = [[_finite(amounts(table, name)) for name in (one.total, one.first, one.second)] for one in parts]
    unit = max(float(column.max(initial=0.0)) for columns in read for column in columns) or 1.0
    sizes, lacks = np.zeros(table.num_rows), np.zeros(table.num_rows)
    for columns in read:
        total, first, second = (column / unit for column in columns)
        sizes, lacks = sizes + total, np.maximum(lacks, _lack(total, first, second, rules))
    everybody = float(contributors.sum())
    mean = float(sizes.sum()) / everybody if everybody else 0.0
    widths = np.maximum(lacks, rules.p_percent / 100 * np.maximum(sizes, mean))
    found = Amounts((measure.column,), sizes, contributors, widths, unit)
    for extremes in measure.extremes:
        at_greatest = _at_greatest(table, extremes, sizes, contributors)
        if at_greatest is not None:
            return replace(found, at_greatest=at_greatest, zeros_hidden=extremes.zeros is Zeros.HIDDEN)
    return found


def _finite(values: Numbers) -> Numbers:
    """Amounts, with 0 for what is none: such a cell is hidden, and a line that it stands in tells nothing."""
    return np.where(np.isfinite(values), values, 0.0)


def _at_greatest(
    table: pa.Table, extremes: Extremes, sizes: Numbers, contributors: Numbers
) -> Numbers | None:
    """The units at the greater value, where each has one of two values and no cell has a third.

    Cells of one value alone are told apart by their sizes.
    """
    low, high = counts(table, extremes.low_units), counts(table, extremes.high_units)
    between, differ = counts(table, extremes.between_rows), flags(table, extremes.differ) == 1
    there = contributors > 0
    apart = there & differ
    if between[there].any() or not apart.any() or (low + high != contributors)[apart].any():
        return None
    values = np.linalg.lstsq(np.stack([low[apart], high[apart]], axis=1), sizes[apart], rcond=None)[0]
    mean = sizes / np.where(there, contributors, 1)
    nearer = np.abs(mean - values[1]) < np.abs(mean - values[0])
    return np.where(apart, high, np.where(there & nearer, contributors, 0.0))


def _lack(total: Numbers, first: Numbers, second: Numbers, rules: Rules) -> Numbers:
    """What a sum would have to have more, for no rule on dominance to be broken.

    Source:
        Hundepool and others, Handbook on Statistical Disclosure Control (ESSnet, 2010), section 4.2, protection levels.
    """
    largest = first if rules.nk_contributors == 1 else first + second
    by_k = largest * 100 / rules.nk_percent - total
    by_p = first * rules.p_percent / 100 - (total - first - second)
    lack: Numbers = np.maximum(0.0, np.maximum(by_k, by_p))
    return lack


def _are_same(one: Amounts, other: Amounts) -> bool:
    """Whether the numbers follow from one another: amounts that differ by a factor do, too."""
    return np.array_equal(one.contributors, other.contributors) and _in_proportion(one.sizes, other.sizes)


def _in_proportion(one: Numbers, other: Numbers) -> bool:
    mine, theirs = float(one.max(initial=0.0)), float(other.max(initial=0.0))
    if not (mine and theirs and np.isfinite(mine) and np.isfinite(theirs)):
        return bool(mine == theirs)
    return bool(np.allclose(one / mine, other / theirs, rtol=1e-9, atol=0))
