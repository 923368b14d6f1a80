"""The unprotected result of a leaf. Seen by `engines`, `disclosure` and `actions.run_query` only."""

from typing import NoReturn

import pyarrow as pa


class Raw:
    """A table that nobody may see. Its repr tells a shape, never a value; it has no JSON and no pickle."""

    __slots__ = ("_table",)

    def __init__(self, table: pa.Table) -> None:
        self._table = table

    def reveal(self) -> pa.Table:
        """The table itself: for `disclose` alone."""
        return self._table

    def __repr__(self) -> str:
        return f"<Raw {self._table.num_rows} cells x {self._table.num_columns} columns>"

    def __reduce__(self) -> NoReturn:
        raise TypeError("an unprotected result cannot be pickled")
