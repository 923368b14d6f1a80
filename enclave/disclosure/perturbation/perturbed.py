"""The measures of a leaf, changed: what a reader may see of each cell instead of the exact number.

Everything follows from one number per cell and measure: how many units count in it, changed once. A count of their rows
and a sum or mean of their values are made in proportion to it, so that no second statistic of the same people is a
second look at how many they are. A sum is besides brought to a multiple of what a few units could add to it at most, by
the catalogue and not by the data: a mean to its last digit would tell the count as the ratio that it is.

The one thing to know before changing this: it is pure, and depends on the exact count and on who counts, never on the
query, the asker or the day.

Limit: a field of few values far apart (0 and 100) is summed in steps that are finer than its values. Its sum and its
mean are then a second look at how many have each; the lifetime cap counts them.
"""

from collections.abc import Callable, Mapping
from decimal import Decimal
from fractions import Fraction
from functools import partial
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from enclave.disclosure.asked import Cells, Measure, Statistic
from enclave.disclosure.columns import Column, Numbers, counts, plain
from enclave.disclosure.perturbation.method import CellKeys, Perturbing, Rounding
from enclave.disclosure.perturbation.record_keys import RecordKeys
from enclave.disclosure.perturbation.rounding import in_proportion, to_multiple
from enclave.disclosure.promises import BrokenPromise

UnitsOf: TypeAlias = Callable[[str, int], npt.NDArray[np.int64]]
"""The person numbers, each once, of the units that count in a measure of a cell."""
Changed: TypeAlias = Mapping[str, Column]
Value = int | float | Decimal | None

_COUNTS = frozenset({Statistic.ROWS, Statistic.VALUES, Statistic.UNITS})
_SUMS = frozenset({Statistic.SUM, Statistic.MEAN})
GIVEN = _COUNTS | _SUMS
"""Other statistics are not made of counts and sums alone: a plan with one is refused under these methods."""


def perturbed(
    table: pa.Table,
    cells: Cells,
    by: Perturbing,
    *,
    units_of: UnitsOf,
    keys: RecordKeys | None,
    hidden: Mapping[str, npt.NDArray[np.bool_]],
) -> Changed:
    """Each measure with its changed values, in the types and the order of the raw table.

    Args:
        keys: of the units of the leaf; rounding needs none.
        hidden: by measure, cells that are hidden whatever comes: they are null, and nobody is looked up for them.
    Raises:
        BrokenPromise: a statistic which cannot be made of changed parts.
    """
    found = {}
    for measure in cells.measures:
        size_of = _sizes(measure, by, units_of, keys)
        people = counts(table, measure.contributors)
        column = plain(table, measure.column)
        changed = [
            None if away else _value(measure, by, value, int(units), partial(size_of, cell))
            for cell, (value, units, away) in enumerate(
                zip(column.to_pylist(), _known(people), hidden[measure.column].tolist(), strict=True)
            )
        ]
        found[measure.column] = pa.array(changed, type=column.type)
    return found


def _known(people: Numbers) -> list[float]:
    if np.isnan(people).any():
        raise BrokenPromise("a number of contributors is missing")
    found: list[float] = people.tolist()
    return found


def _sizes(
    measure: Measure, by: Perturbing, units_of: UnitsOf, keys: RecordKeys | None
) -> Callable[[int, int], int]:
    """How many units a cell is said to have, from how many it has."""
    match by:
        case Rounding(base=base):
            return lambda _cell, units: to_multiple(units, base)
        case CellKeys():
            if keys is None:
                raise BrokenPromise("cell keys without record keys")
            found, table = keys, by.table
            return lambda cell, units: (
                units + table.change(units, found.chance(units_of(measure.column, cell)))
            )


def _value(measure: Measure, by: Perturbing, value: Value, units: int, size: Callable[[int], int]) -> Value:
    if measure.statistic not in GIVEN:
        raise BrokenPromise(f"{measure.statistic} is not made of counts")
    if value is None or not units:
        return value
    if measure.statistic in _COUNTS:
        return _count(by, int(value), units, size(units))
    return _sum(measure, by, value, units, size(units))


def _count(by: Perturbing, rows: int, units: int, size: int) -> int:
    """Of one row each, how many units. Of more, in proportion: three rows each are no second look at the units."""
    if rows == units:
        return size
    more = in_proportion(rows, of=units, to=size)
    return to_multiple(more, by.base) if isinstance(by, Rounding) else round(more)


def _sum(measure: Measure, by: Perturbing, value: Value, units: int, size: int) -> Value:
    if measure.worth is None:
        raise BrokenPromise(f"nobody knows what one unit can add to {measure.column}")
    step = measure.worth * by.reach
    mean = float(value) / units if measure.statistic is Statistic.SUM else float(value)  # type: ignore[arg-type]
    total = step * round(Fraction(mean) * size / step)
    if measure.statistic is Statistic.MEAN:
        return float(total / size) if size else None
    return _typed(total, value)


def _typed(total: Fraction, like: Value) -> Value:
    """The total as the engine has sums: a whole number, a decimal with as many places, or a float."""
    match like:
        case Decimal():
            exponent = like.as_tuple().exponent
            assert isinstance(exponent, int), "a sum is a finite number"
            return (Decimal(total.numerator) / Decimal(total.denominator)).quantize(
                Decimal(1).scaleb(exponent)
            )
        case int():
            return round(total)
        case _:
            return float(total)
