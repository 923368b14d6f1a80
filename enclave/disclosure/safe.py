"""The protected result of a leaf. Made by `disclose` alone."""

from dataclasses import dataclass

import pyarrow as pa

from enclave.disclosure.report import RiskReport


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Safe:
    """A table in which each cell and each number may be shown, and the report on what was taken out of it.

    `table` has the grouping column (where there is one), the dimensions and the measures, and no companion; sorted by
    those keys, nulls last. A hidden cell is absent, a hidden measure NULL. Only `table` goes on to `finish`.
    `older_versions` are the data versions of which some of its numbers are, where these were shown again.
    """

    table: pa.Table
    report: RiskReport
    older_versions: frozenset[str] = frozenset()

    def __repr__(self) -> str:
        return f"<Safe {self.table.num_rows} cells x {self.table.num_columns} columns>"
