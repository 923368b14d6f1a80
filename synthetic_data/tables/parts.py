"""What a table maker hands over: files to write, each a function that makes its columns when its turn comes."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from synthetic_data.columns import Columns
from synthetic_data.world import World


@dataclass(frozen=True, slots=True)
class Part:
    """One file. `years` are those of its rows: a field collected in none of them is written as nulls."""

    path: str
    years: tuple[str, ...]
    columns: Callable[[], Columns]


Maker = Callable[[World], Iterable[Part]]


def whole(table: str, years: tuple[str, ...], columns: Callable[[], Columns]) -> list[Part]:
    """A table in one file."""
    return [Part(f"{table}.parquet", years, columns)]
