"""What the sums and means of a leaf add up from, and by how much of it each must stay uncertain where it is hidden.

A sum is as large as the sizes of what the units add: where signs are mixed it is nearer to 0 than that, and could be
anything. A mean beside a count is a sum. Numbers that are made of the same amounts follow from one another, so they are
hidden together.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa

from enclave.disclosure.asked import Cells, Concentration, Measure, Rules
from enclave.disclosure.columns import Numbers, amounts, counts
from enclave.disclosure.raw import Raw


@dataclass(frozen=True, slots=True, eq=False)
class Amounts:
    """By the rows of the raw table: how much is added up, by how many units, and how wide it must stay either way."""

    columns: tuple[str, ...]
    sizes: Numbers
    contributors: Numbers
    widths: Numbers


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
            found[same] = replace(found[same], columns=(*found[same].columns, *one.columns))
    return tuple(found)


def _amounts(table: pa.Table, measure: Measure, parts: Sequence[Concentration], rules: Rules) -> Amounts:
    """Of an argument that is a sum itself: its parts together."""
    contributors = counts(table, measure.contributors)
    sizes, lacks = np.zeros(table.num_rows), np.zeros(table.num_rows)
    for part in parts:
        total, first, second = (
            np.nan_to_num(amounts(table, name), nan=0.0) for name in (part.total, part.first, part.second)
        )
        sizes, lacks = sizes + total, np.maximum(lacks, _lack(total, first, second, rules))
    everybody = float(contributors.sum())
    mean = float(sizes.sum()) / everybody if everybody else 0.0
    widths = np.maximum(lacks, rules.p_percent / 100 * np.maximum(sizes, mean))
    return Amounts((measure.column,), sizes, contributors, widths)


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
