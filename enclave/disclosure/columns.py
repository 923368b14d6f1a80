"""Reading the columns of a raw table, and building those of a safe one.

The one thing to know: a column of an Arrow table can carry more than it shows. A dictionary keeps the labels of
rows that are gone, the buffer under a NULL keeps the value, a view keeps its text. So a safe column is always built
anew, from plain types, and holds nothing of what was left out.
"""

from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as types

from enclave.disclosure.promises import BrokenPromise

Numbers = npt.NDArray[np.float64]
"""One number per cell. NULL is NaN, so that every comparison with it is false: a rule written "safe if" hides it."""

Column: TypeAlias = "pa.Array[Any]"
Mask = npt.NDArray[np.bool_]
Positions = npt.NDArray[np.int64]

_PLAIN = (
    types.is_boolean,
    types.is_integer,
    types.is_float32,
    types.is_float64,
    types.is_decimal128,
    types.is_decimal256,
    types.is_string,
    types.is_large_string,
    types.is_date,
    types.is_time,
    types.is_timestamp,
    types.is_duration,
    types.is_null,
)


def counts(table: pa.Table, name: str) -> Numbers:
    """A column of counts. Exact: a count past 2**53 is no count of people.

    Raises:
        BrokenPromise: the column is missing, is not of whole numbers by its type, or has a negative one.
    """
    column = _column(table, name)
    if not is_whole(column.type):
        raise BrokenPromise(f"{name} is not a column of counts, but of {column.type}")
    try:
        numbers = column.cast(pa.float64()).to_numpy()
    except pa.ArrowInvalid:
        raise BrokenPromise(f"{name} has a count past 2**53") from None  # Arrow's own words quote it
    if (numbers < 0).any():
        raise BrokenPromise(f"{name} has a negative count")
    return numbers


def amounts(table: pa.Table, name: str) -> Numbers:
    """A column of numbers of any kind, large ones rounded to 53 bits.

    Raises:
        BrokenPromise: the column is missing or not of numbers.
    """
    column = _column(table, name)
    if not (is_whole(column.type) or types.is_floating(column.type) or types.is_decimal(column.type)):
        raise BrokenPromise(f"{name} is not a column of numbers, but of {column.type}")
    return column.cast(pa.float64(), safe=False).to_numpy()


def flags(table: pa.Table, name: str) -> Numbers:
    """A column of booleans, as 1, 0 and NaN for NULL.

    Raises:
        BrokenPromise: the column is missing or not of booleans.
    """
    column = _column(table, name)
    if not types.is_boolean(column.type):
        raise BrokenPromise(f"{name} is not a column of booleans, but of {column.type}")
    return column.cast(pa.int8()).cast(pa.float64()).to_numpy()


def is_whole(kind: pa.DataType) -> bool:
    """Whether a type holds whole numbers alone. A sum of integers leaves DuckDB as a decimal of scale 0."""
    return types.is_integer(kind) or (types.is_decimal(kind) and kind.scale == 0)


def plain(table: pa.Table, name: str) -> Column:
    """The column as one array of a plain type: a dictionary becomes its values, a view becomes text.

    Raises:
        BrokenPromise: the column is missing or of a type not known to hold just what it shows.
    """
    column = _column(table, name)
    if types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    if types.is_string_view(column.type):
        column = column.cast(pa.string())
    if not any(is_kind(column.type) for is_kind in _PLAIN):
        raise BrokenPromise(f"{name} is of a type that is not known to be plain: {column.type}")
    return column.combine_chunks()


def key(table: pa.Table, name: str) -> Column:
    """A plain column to group by, in which the two zeros of floating point are one.

    The engine groups -0.0 with 0.0 and keeps whichever came first, which differs from run to run.
    """
    array = plain(table, name)
    return pc.add(array, 0.0).cast(array.type) if types.is_floating(array.type) else array


def key_order(keys: Sequence[Column], size: int) -> Positions:
    """The positions of `size` cells sorted by their keys, in ascending order, nulls last.

    Raises:
        BrokenPromise: two cells have the same keys; NULL equals NULL here.
    """
    if not keys:
        if size > 1:
            raise BrokenPromise("several cells, and no key to tell them apart")
        return np.arange(size)
    ranks = [_ranks(array) for array in keys]
    order = np.lexsort(ranks[::-1])
    same = np.ones(max(size - 1, 0), dtype=np.bool_)
    for rank in ranks:
        same &= np.diff(rank[order]) == 0
    if same.any():
        raise BrokenPromise("two cells have the same keys")
    return order


def rebuilt(array: Column, rows: Positions, hidden: Mask | None = None) -> Column:
    """The values at `rows`, in that order, NULL where `hidden`. Zero bytes, not the value, lie under each NULL."""
    return array.take(pa.array(rows, type=pa.int64(), mask=hidden))


def nothing_below(table: pa.Table) -> pa.Table:
    """The same table in one piece, with zero bytes under each NULL. An engine leaves there what its memory held."""
    return table.combine_chunks().take(pa.array(np.arange(table.num_rows), type=pa.int64()))


def _column(table: pa.Table, name: str) -> "pa.ChunkedArray[Any]":
    if table.schema.get_field_index(name) < 0:  # also where the name stands twice
        raise BrokenPromise(f"the raw table has not exactly one column {name}")
    return table.column(name)


def _ranks(array: Column) -> Positions:
    """The rank of each value among the distinct ones: NaN after the numbers, NULL last."""
    if types.is_null(array.type):
        return np.zeros(len(array), dtype=np.int64)
    encoded = array.dictionary_encode()
    order = pc.sort_indices(encoded.dictionary).to_numpy()
    rank_of: Positions = np.empty(len(order) + 1, dtype=np.int64)
    rank_of[order] = np.arange(len(order))
    rank_of[-1] = len(order)
    codes: Positions = encoded.indices.fill_null(len(order)).to_numpy()
    return rank_of[codes]
