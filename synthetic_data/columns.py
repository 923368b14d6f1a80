"""From numpy arrays to the Arrow columns of one table.

The makers work in numbers: a code is an index into its list, a name an index into all names. Text is made
once per distinct value and taken by row, which is where the speed comes from.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from synthetic_data.arrays import Days, Flags, Floats, Ints
from synthetic_data.shape import Column

Columns = dict[str, pa.Array]


def taken(values: pa.Array, index: Ints, *, missing: Flags | None = None) -> pa.Array:
    """`values[index]` by row; null where the index is negative or `missing` says so."""
    nothing = index < 0 if missing is None else (index < 0) | missing
    return values.take(pa.array(index, mask=nothing))


def coded(values: Sequence[str], index: Ints, *, missing: Flags | None = None) -> pa.Array:
    return taken(pa.array(list(values), pa.string()), index, missing=missing)


def numbers(values: npt.NDArray[Any], kind: pa.DataType, *, missing: Flags | None = None) -> pa.Array:
    return pa.array(values, mask=missing).cast(kind)


def flags(values: Flags, *, missing: Flags | None = None) -> pa.Array:
    return pa.array(values, mask=missing)


def dates(values: Days, *, missing: Flags | None = None) -> pa.Array:
    """Days, null where not a time."""
    nothing = np.isnat(values) if missing is None else np.isnat(values) | missing
    return pa.array(values.astype("datetime64[D]").astype(np.int32), pa.int32(), mask=nothing).cast(
        pa.date32()
    )


def decimals(values: Floats, kind: pa.Decimal128Type, *, missing: Flags | None = None) -> pa.Array:
    """The values rounded to the scale of `kind`. Straight into the buffer: a cast would go by way of text."""
    scaled = np.rint(np.nan_to_num(values) * 10**kind.scale).astype(np.int64)
    nothing = np.isnan(values) if missing is None else np.isnan(values) | missing
    words = np.empty((len(scaled), 2), dtype=np.int64)
    words[:, 0] = scaled
    words[:, 1] = scaled >> 63  # the sign, extended
    words[nothing] = 0
    validity = pa.array(~nothing).buffers()[1]
    return pa.Array.from_buffers(kind, len(scaled), [validity, pa.py_buffer(words.tobytes())])


def constant(value: Any, rows: int, kind: pa.DataType) -> pa.Array:
    return pa.repeat(pa.scalar(value, kind), rows)


def fixed_text(letters: npt.NDArray[np.uint8]) -> pa.Array:
    """Texts of one width from a matrix of ASCII codes, one row a text."""
    rows, width = letters.shape
    offsets = np.arange(0, (rows + 1) * width, width, dtype=np.int32)
    return pa.StringArray.from_buffers(rows, pa.py_buffer(offsets), pa.py_buffer(letters.tobytes()))


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


def _typed(columns: Mapping[str, pa.Array], column: Column, rows: int, years: Sequence[str]) -> pa.Array:
    if not any(map(column.holds, years)):
        return pa.nulls(rows, column.type)
    made = columns[column.name]
    if isinstance(column.type, pa.Decimal128Type) and not isinstance(made.type, pa.Decimal128Type):
        return decimals(_floats(made), column.type)
    return made if made.type == column.type else made.cast(column.type)


def _floats(made: pa.Array) -> Floats:
    return np.asarray(made.to_numpy(zero_copy_only=False), dtype=np.float64)
