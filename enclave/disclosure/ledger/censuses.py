"""The censuses at which the rows of a table stand, from the columns that name them."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from enclave.disclosure.columns import Column
from enclave.disclosure.ledger.codes import NO_LISTS, Codes, Lists, all_alike, encoded, occurring
from enclave.disclosure.ledger.numbers import CENSUS_MASK, NO_CENSUS, distinct
from enclave.terms.moments import python_values

NO_TEXTS: Mapping[str, str] = {}


@dataclass(frozen=True, slots=True, eq=False)
class Censuses:
    """The census of each member row: its code in labels and the names of all codes. `table` has those that occur.

    Its columns are w0, w1 and so on, with the values as they were read.
    """

    codes: Codes
    names: Mapping[int, str]
    years: Mapping[int, str]
    table: pa.Table

    def of(self, rows: Codes) -> list[int]:
        """The censuses of some rows."""
        if len(self.names) == 1:
            return list(self.names) if len(rows) else []
        found: list[int] = distinct(self.codes[rows]).tolist()
        return found


def census_code(name: str) -> int:
    """A census in 20 bits, the same everywhere: the first bits of a hash of its name. Never 0."""
    found = int.from_bytes(hashlib.sha256(name.encode()).digest()[:4], "big") & CENSUS_MASK
    return found or 1


def read_censuses(
    table: pa.Table, columns: Sequence[str], lists: Lists = NO_LISTS, pinned: Mapping[str, str] = NO_TEXTS
) -> Censuses:
    """The censuses in these columns; `pinned` ones are not in the table, and hold the same everywhere."""
    if not columns:
        return Censuses(all_alike(0, table.num_rows), {0: NO_CENSUS}, {0: NO_CENSUS}, pa.table({}))
    places, found = all_alike(0, table.num_rows), []
    for name in columns:
        codes, values = (None, pa.array([pinned[name]])) if name in pinned else encoded(table, name, lists)
        if codes is not None:
            places = places * len(values) + codes
        found.append(values)
    return _censuses(places, found)


def _censuses(places: Codes, columns: Sequence[Column]) -> Censuses:
    """From the place of each row among all combinations of the columns' values."""
    there = occurring(places)
    at = np.unravel_index(there, [max(1, len(values)) for values in columns])
    table = pa.table({f"w{which}": values.take(at[which]) for which, values in enumerate(columns)})
    rows = [
        [NO_CENSUS if value is None else str(value) for value in row]
        for row in zip(*(python_values(column) for column in table.columns), strict=True)
    ]
    names = [" ".join(dict.fromkeys(row)) for row in rows]
    found = np.array([census_code(name) for name in names], dtype=np.int64)
    code_of = np.zeros(int(there.max(initial=0)) + 1, dtype=np.int64)
    code_of[there] = found
    return Censuses(
        code_of[places] if len(there) != 1 else all_alike(int(found[0]), len(places)),
        {int(code): name for code, name in zip(found, names, strict=True)},
        {int(code): row[0] for code, row in zip(found, rows, strict=True)},
        table,
    )
