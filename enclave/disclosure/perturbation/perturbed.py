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

from collections.abc import Callable, Collection, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from functools import partial
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from enclave.disclosure.asked import Cells, Measure, Statistic
from enclave.disclosure.columns import Column, Numbers, counts, plain
from enclave.disclosure.perturbation.controlled import Line, controlled
from enclave.disclosure.perturbation.method import CellKeys, Perturbing, Rounding
from enclave.disclosure.perturbation.record_keys import RecordKeys
from enclave.disclosure.perturbation.rounding import in_proportion, to_multiple
from enclave.disclosure.promises import BrokenPromise

UnitsOf: TypeAlias = Callable[[str, int, bool], npt.NDArray[np.int64]]
"""The person numbers, each once, of the units that count in a measure of a cell, or for whom its path is true."""
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
    lines: Sequence[Line] = (),
    before: Mapping[str, Mapping[int, Collection[int]]] | None = None,
) -> Changed:
    """Each measure with its changed values, in the types and the order of the raw table.

    Args:
        keys: of the units of the leaf; rounding needs none.
        hidden: by measure, cells that are hidden whatever comes: they are null, and nobody is looked up for them.
        lines: of cells that make up another, for rounded parts to add up to their total.
        before: by measure and cell, counts that were shown of the same people.
    Raises:
        BrokenPromise: a statistic which cannot be made of changed parts.
    """
    found = {}
    for measure in cells.measures:
        shown = ~hidden[measure.column]
        own = (before or {}).get(measure.column, {})

        def sizes(people: Sequence[float], *, true: bool = False) -> Callable[[int], int]:
            if isinstance(by, Rounding):
                return _rounded(people, shown, by.base, lines, {} if true else own)  # noqa: B023 - used at once
            return _noisy(people, by, lambda cell: units_of(measure.column, cell, true), keys)  # noqa: B023 - the same

        people = _known(counts(table, measure.contributors), shown)
        size_of, column = sizes(people), plain(table, measure.column)
        value_of = partial(_value, measure, by)
        if measure.indicates is not None:
            true = _known(counts(table, measure.paths[0].true_units), shown)
            value_of = partial(_indicated, measure, by, true, sizes(true, true=True))
        changed = [
            None if away else value_of(value, cell, int(units), size_of)
            for cell, (value, units, away) in enumerate(
                zip(column.to_pylist(), people, hidden[measure.column].tolist(), strict=True)
            )
        ]
        found[measure.column] = pa.array(changed, type=column.type)
    return found


def _known(people: Numbers, shown: npt.NDArray[np.bool_]) -> list[float]:
    """How many people each cell has. Where it is not known the cell is hidden, and has none here.

    Raises:
        BrokenPromise: a cell is shown, and it is not known how many it has.
    """
    if np.isnan(people[shown]).any():
        raise BrokenPromise("a number of contributors is missing")
    found: list[float] = np.nan_to_num(people).tolist()
    return found


def _rounded(
    people: Sequence[float],
    shown: npt.NDArray[np.bool_],
    base: int,
    lines: Sequence[Line],
    before: Mapping[int, Collection[int]],
) -> Callable[[int], int]:
    """How many units a cell is said to have. Only cells that may be shown, and lines that add up, have a say."""
    sizes = [int(units) for units in people]
    whole = [line for line in lines if all(shown[place] for place in (line.total, *line.parts))]
    adding_up = [line for line in whole if sum(sizes[part] for part in line.parts) == sizes[line.total]]
    pinned = {
        cell: value
        for cell, values in before.items()
        for value in sorted(values)
        if value % base == 0 and abs(value - sizes[cell]) < base
    }
    found = controlled(sizes, adding_up, base, pinned=pinned)
    return lambda cell: found[cell]


def _noisy(
    people: Sequence[float],
    by: CellKeys,
    units_of: Callable[[int], npt.NDArray[np.int64]],
    keys: RecordKeys | None,
) -> Callable[[int], int]:
    """How many units a cell is said to have, by who they are."""
    if keys is None:
        raise BrokenPromise("cell keys without record keys")
    found, table, sizes = keys, by.table, [int(units) for units in people]
    return lambda cell: sizes[cell] + table.change(sizes[cell], found.chance(units_of(cell)))


def _value(
    measure: Measure, by: Perturbing, value: Value, cell: int, units: int, size_of: Callable[[int], int]
) -> Value:
    if measure.statistic not in GIVEN:
        raise BrokenPromise(f"{measure.statistic} is not made of counts")
    if value is None or not units:
        return value
    if measure.statistic in _COUNTS:
        return _count(by, int(value), units, size_of(cell))
    return _sum(measure, by, value, units, size_of(cell))


def _indicated(
    measure: Measure,
    by: Perturbing,
    true: Sequence[float],
    true_size_of: Callable[[int], int],
    value: Value,
    cell: int,
    units: int,
    size_of: Callable[[int], int],
) -> Value:
    """A sum or mean of a constant for whom a condition is true: the count of those, with the noise of that count."""
    if value is None or not true[cell] or not value:
        return value
    constant, met, said = measure.indicates or Fraction(1), int(true[cell]), true_size_of(cell)
    if measure.statistic is Statistic.SUM:
        rows = round(Fraction(value) / constant)
        return _typed(constant * _count(by, rows, met, said), value)
    size = size_of(cell)
    if not size:
        return None
    rows_of_each = (
        Fraction(float(value)) / constant * units / met
    )  # 1, but for rounding, where all have one row
    return float(constant * round(rows_of_each * said) / size)


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
