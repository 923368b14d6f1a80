"""From numpy arrays to the Arrow columns of one table.

The makers work in numbers: a code is an index into its list, a name an index into all names. Text is made
once per distinct value and taken by row, which is where the speed comes from.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute

from synthetic_data.arrays import Days, Flags, Floats, Ints
from synthetic_data.shape import Column

if TYPE_CHECKING:
    Cells = pa.Array[Any]
else:
    Cells = pa.Array
Columns = dict[str, Cells]


def taken(values: Cells, index: Ints, *, missing: Flags | None = None) -> Cells:
    """`values[index]` by row; null where the index is negative or `missing` says so."""
    nothing = index < 0 if missing is None else (index < 0) | missing
    places: Any = pa.array(index, mask=nothing)
    return values.take(places)


def either(where: Flags, this: Cells, other: Cells | None = None) -> Cells:
    """`this` where the flag is up, else `other`, which is null if not given."""
    chosen: Cells = pa.compute.if_else(
        pa.array(where), this, pa.scalar(None, this.type) if other is None else other
    )
    return chosen


def coded(values: Sequence[str], index: Ints, *, missing: Flags | None = None) -> Cells:
    return taken(pa.array(list(values), pa.string()), index, missing=missing)


def numbers(values: npt.NDArray[Any], kind: pa.DataType, *, missing: Flags | None = None) -> Cells:
    made: Cells = pa.array(values, mask=missing)
    return made.cast(kind)


def flags(values: Flags, *, missing: Flags | None = None) -> Cells:
    return pa.array(values, mask=missing)


def dates(values: Days, *, missing: Flags | None = None) -> Cells:
    """Days, null where not a time."""
    nothing = np.isnat(values) if missing is None else np.isnat(values) | missing
    return pa.array(values.astype("datetime64[D]").astype(np.int32), pa.int32(), mask=nothing).cast(
        pa.date32()
    )


def decimals(values: Floats, kind: pa.Decimal128Type, *, missing: Flags | None = None) -> Cells:
    """The values rounded to the scale of `kind`. Straight into the buffer: a cast would go by way of text."""
    scaled = np.rint(np.nan_to_num(values) * 10**kind.scale).astype(np.int64)
    nothing = np.isnan(values) if missing is None else np.isnan(values) | missing
    words = np.empty((len(scaled), 2), dtype=np.int64)
    words[:, 0] = scaled
    words[:, 1] = scaled >> 63  # the sign, extended
    words[nothing] = 0
    validity = pa.array(~nothing).buffers()[1]
    return pa.Array.from_buffers(kind, len(scaled), [validity, pa.py_buffer(words.tobytes())])


def constant(value: Any, rows: int, kind: pa.DataType) -> Cells:
    one: Any = pa.scalar(value, kind)
    column: Cells = pa.repeat(one, rows)
    return column


def fixed_text(letters: npt.NDArray[np.uint8]) -> Cells:
    """Texts of one width from a matrix of ASCII codes, one row a text."""
    rows, width = letters.shape
    offsets = np.arange(0, (rows + 1) * width, width, dtype=np.int32)
    return pa.StringArray.from_buffers(rows, pa.py_buffer(offsets.tobytes()), pa.py_buffer(letters.tobytes()))


def table_of(columns: Columns, shape: Sequence[Column], *, years: Sequence[str]) -> pa.Table:
    """The columns in the catalogue's order and types.

    A field that was collected in none of `years` becomes nulls, whatever the maker made.

    Raises:
        KeyError: a maker made a column which the catalogue lacks, or not one which it has.
    """
    rows = len(next(iter(columns.values())))
    unknown = columns.keys() - {column.name for column in shape}
    wanting = {c.name for c in shape if any(map(c.holds, years))} - columns.keys()
    if unknown or wanting:
        raise KeyError(f"not in the catalogue: {sorted(unknown)}; not made: {sorted(wanting)}")
    return pa.table(
        [_typed(columns, column, rows, years) for column in shape],
        schema=pa.schema([pa.field(column.name, column.type) for column in shape]),
    )


def _typed(columns: Mapping[str, Cells], column: Column, rows: int, years: Sequence[str]) -> Cells:
    if not any(map(column.holds, years)):
        kind: Any = column.type
        typed: Cells = pa.nulls(rows, kind)
        return typed
    made = columns[column.name]
    if isinstance(column.type, pa.Decimal128Type) and not isinstance(made.type, pa.Decimal128Type):
        return decimals(_floats(made), column.type)
    return made if made.type == column.type else made.cast(column.type)


def _floats(made: Cells) -> Floats:
    return np.asarray(made.to_numpy(zero_copy_only=False), dtype=np.float64)
