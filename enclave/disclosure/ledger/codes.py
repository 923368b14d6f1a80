"""Columns as codes: equal values have equal numbers, alone or several columns together.

A members table has tens of millions of rows, so that what is alike in all of them takes no array of so many.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from enclave.disclosure.columns import Column, plain
from enclave.disclosure.promises import BrokenPromise
from enclave.terms.moments import python_values

Codes = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
MOST_IN_A_TABLE = 1 << 22
"""Codes that may be told apart by a table of all of them."""
MOST_CODES = 1 << 16
"""Of combined keys, before those that do not occur are left out. So many sort in one go."""

Lists: TypeAlias = Mapping[str, Column]
"""Columns of a members table that hold places in these lists; null for what is in none."""
NO_LISTS: Lists = {}


@dataclass(frozen=True, slots=True, eq=False)
class Named:
    """A code for each row, -1 for none, in the order of their names. They are worked out for the rows asked for."""

    places: Codes
    ranks: Codes
    names: Sequence[str]

    def __getitem__(self, rows: Codes | slice) -> Codes:
        """The codes of some rows."""
        found: Codes = self.ranks[self.places[rows]]
        return found

    def with_values(self, values: Codes) -> Codes:
        """For all rows, what `values` has for their codes; its last is that of none."""
        found: Codes = values[self.ranks][self.places]
        return found


def coded(table: pa.Table, column: str | None) -> tuple[Codes, Sequence[str]]:
    """Codes of a column, -1 for null, and their names."""
    found = named(table, column)
    return found[:], found.names


def named(table: pa.Table, column: str | None, lists: Lists = NO_LISTS) -> Named:
    """The codes of a column, in the order of their names: an engine gives rows in any."""
    if column is None:
        return Named(all_alike(0, table.num_rows), np.full(1, -1, dtype=np.int64), ())
    codes, values = encoded(table, column, lists)
    names = [None if value is None else str(value) for value in python_values(values)]
    ordered = sorted((name, place) for place, name in enumerate(names) if name is not None)
    ranks = np.full(len(names), -1, dtype=np.int64)
    ranks[[place for _, place in ordered]] = np.arange(len(ordered))
    return Named(codes, ranks, [name for name, _ in ordered])


def encoded(table: pa.Table, column: str, lists: Lists) -> tuple[Codes, Column]:
    """The place of the value of each row in a list, and the list; null is a value too."""
    if column in lists:
        places = places_in(table, column)
        if places.null_count:
            raise BrokenPromise(f"{column} has a value that is not listed")
        return places.to_numpy(), lists[column]
    encoded = plain(table, column).dictionary_encode(null_encoding="encode")
    return encoded.indices.to_numpy(zero_copy_only=False), encoded.dictionary


def places_in(table: pa.Table, column: str) -> Column:
    found = plain(table, column)
    if found.type != pa.int32():
        raise BrokenPromise(f"{column} does not hold places in a list")
    return found


def all_alike(code: int, rows: int) -> Codes:
    """The same code in every row, without an array of so many."""
    return np.broadcast_to(np.int64(code), rows)


def are_alike(codes: Codes) -> bool:
    """Whether it is one code in every row, as far as that shows without a look at them."""
    return codes.strides == (0,)


def occurring(codes: Codes) -> Codes:
    """The codes that occur, rising."""
    if are_alike(codes):
        return codes[:1]
    if int(codes.max(initial=-1)) >= MOST_IN_A_TABLE:
        return np.unique(codes)
    return np.flatnonzero(np.bincount(codes)) if len(codes) else codes


def _packed(codes: Codes) -> Codes:
    """The rank of each code among those that occur. By a table of all that could, where that is not much longer."""
    top = int(codes.max(initial=-1)) + 1
    if top > MOST_IN_A_TABLE:
        return np.unique(codes, return_inverse=True)[1].astype(np.int64)
    occurs = np.zeros(top, dtype=np.bool_)
    occurs[codes] = True
    ranks: Codes = (np.cumsum(occurs) - 1)[codes]
    return ranks


def sorting(codes: Codes) -> Codes:
    """What sorts codes from 0, equal ones as they come. 16 bits sort in one go."""
    if are_alike(codes):
        return np.arange(len(codes))
    top = int(codes.max(initial=0))
    if top >= 1 << 32:
        return np.argsort(codes, kind="stable")
    if top >= 1 << 16:
        order = np.argsort(codes.astype(np.uint16), kind="stable")  # by the lower half
        return order[np.argsort((codes[order] >> 16).astype(np.uint16), kind="stable")]
    return np.argsort(codes.astype(np.uint16 if top >= 1 << 8 else np.uint8), kind="stable")


def counted(of_rows: Codes, of_cells: Codes) -> Codes:
    """How many rows have each code, up to the last that a cell has."""
    least = int(of_cells.max(initial=0)) + 1
    if are_alike(of_rows) and len(of_rows):
        return np.bincount(of_rows[:1], minlength=least) * len(of_rows)
    return np.bincount(of_rows, minlength=least)


def combined(members: Sequence[Codes], cells: Sequence[Codes], rows: int, count: int) -> tuple[Codes, Codes]:
    """One code per combination of keys, the same in both tables."""
    one, other, wide = all_alike(0, rows), np.zeros(count, dtype=np.int64), 1
    for mine, theirs in zip(members, cells, strict=True):
        width = int(max(mine.max(initial=0), theirs.max(initial=0))) + 1
        one, other, wide = (
            (mine, theirs, width) if wide == 1 else (one * width + mine, other * width + theirs, wide * width)
        )
        if wide > MOST_CODES:
            packed = _packed(np.concatenate((one, other)))
            one, other, wide = packed[:rows], packed[rows:], int(packed.max(initial=0)) + 1
    return one, other


def one_code(columns: Sequence[Codes], count: int) -> Codes:
    """One code for each combination of codes; of no columns, 0. That of one column alone is its own."""
    return combined(columns, columns, count, count)[0]
