"""Cells and values that are shown as they were over an older version of the data, in a table of a newer one."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa

from enclave.disclosure.columns import Column, plain
from enclave.disclosure.ledger.repeating import Repeats
from enclave.disclosure.ledger.shown_values import Plain, value_of
from enclave.disclosure.report import CODE_OF, Codes, Rule


@dataclass(frozen=True, slots=True)
class Repeated:
    """`values` by measure and cell; `unread` are those that fit their column no more, which stay hidden."""

    cells: frozenset[int] = frozenset()
    values: Mapping[str, Mapping[int, Plain]] = field(default_factory=dict)
    unread: Mapping[str, frozenset[int]] = field(default_factory=dict)
    versions: frozenset[str] = frozenset()

    @classmethod
    def read(cls, table: pa.Table, repeats: Repeats) -> "Repeated":
        """What the ledger has repeated, in the types of the raw table."""
        values: dict[str, dict[int, Plain]] = {}
        unread, versions = {}, set()
        for name, olders in repeats.measures.items():
            kind = plain(table, name).type
            found = {cell: value_of(older.value, kind) for cell, older in olders.items()}
            values[name] = {cell: value for cell, value in found.items() if value is not None}
            unread[name] = frozenset(found.keys() - values[name].keys())
            versions |= {olders[cell].version for cell in values[name]}
        return cls(repeats.cells, values, unread, frozenset(versions))

    def applied(self, by_cell: Codes, by_measure: Mapping[str, Codes]) -> tuple[Codes, dict[str, Codes]]:
        """What is hidden after all. What is not repeated in a cell that is stays as hidden as the cell was."""
        cells = by_cell.copy()
        cells[list(self.cells)] = 0
        measures = {}
        for name, codes in by_measure.items():
            made = np.where((codes == 0) & (cells == 0), by_cell, codes)
            made[list(self.values.get(name, ()))] = 0
            made[list(self.unread.get(name, ()))] = CODE_OF[Rule.DIFFERENCE]
            measures[name] = made
        return cells, measures

    def column(self, table: pa.Table, name: str) -> Column:
        """A measure with its repeated values."""
        values = self.values.get(name)
        column = plain(table, name)
        if not values:
            return column
        listed: list[Any] = list(column)
        for cell, value in values.items():
            listed[cell] = value
        made: Column = pa.array(listed, type=column.type)
        return made
