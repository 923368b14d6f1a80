"""A large table in parts: as many whole rows as make five thousand cells."""

from dataclasses import dataclass
from typing import Final

from enclave.outputs.checking.release_copy import Cell, ReleaseCopy

MOST_CELLS: Final = 5_000


@dataclass(frozen=True, slots=True, repr=False)
class Part:
    """Rows `first` to `last`, counted from 1, of `all_rows`. `before` and `after` are where other parts begin."""

    rows: tuple[tuple[Cell, ...], ...]
    first: int
    last: int
    all_rows: int
    before: int | None
    after: int | None


def part_of(copy: ReleaseCopy, row: int) -> Part:
    """The part with a row in it; the last one where there is no such row."""
    size, rows = max(MOST_CELLS // max(len(copy.columns), 1), 1), len(copy.rows)
    start = (min(row, max(rows, 1)) - 1) // size * size
    end = min(start + size, rows)
    return Part(
        rows=copy.rows[start:end],
        first=start + 1,
        last=end,
        all_rows=rows,
        before=start - size + 1 if start else None,
        after=end + 1 if end < rows else None,
    )
