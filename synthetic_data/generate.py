"""Make the data: world first, then every table's files, a few at a time.

Files do not depend on one another, so threads change how long it takes and never a byte.

Limit: the bytes are the same under the same releases of numpy and pyarrow; another release may draw or write
otherwise, and another processor may round the last bit of a logarithm differently.
"""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from synthetic_data.columns import table_of
from synthetic_data.parquet import write
from synthetic_data.quirks import Quirks
from synthetic_data.scale import SMALL, Scale
from synthetic_data.shape import Column, Shape
from synthetic_data.streams import Streams
from synthetic_data.tables import MAKERS, Part
from synthetic_data.world.world import build, frozen

THREADS = 2
USUAL = Quirks()


@dataclass(frozen=True, slots=True)
class MadeFile:
    table: str
    path: Path
    rows: int
    size: int  # bytes


@dataclass(frozen=True, slots=True)
class Made:
    """What a run wrote, in the order of the tables."""

    destination: Path
    seed: int
    people: int  # persons whom some source has seen
    files: tuple[MadeFile, ...]

    def rows(self) -> Mapping[str, int]:
        """Rows by table."""
        totals: dict[str, int] = {}
        for file in self.files:
            totals[file.table] = totals.get(file.table, 0) + file.rows
        return totals


def generate(
    destination: Path, shape: Shape, *, seed: int = 1, scale: Scale = SMALL, quirks: Quirks = USUAL
) -> Made:
    """Write every table as Parquet under `destination`, the same bytes for the same seed, scale and quirks.

    Raises:
        FileExistsError: something is there already; nothing is overwritten.
    """
    if destination.exists() and any(destination.iterdir()):
        raise FileExistsError(f"{destination} is not empty")
    world = frozen(build(scale, shape.codes, quirks, Streams(seed)))
    wanted = [(table, part) for table, maker in MAKERS.items() for part in maker(world)]
    with ThreadPoolExecutor(THREADS) as pool:
        futures = [
            pool.submit(_made, destination, table, part, shape.tables[table]) for table, part in wanted
        ]
        files = tuple(future.result() for future in futures)
    return Made(destination, seed, int(np.count_nonzero(world.known())), files)


def _made(destination: Path, table: str, part: Part, columns: tuple[Column, ...]) -> MadeFile:
    rows = table_of(part.columns(), columns, years=part.years)
    path = destination / part.path
    size = write(rows, path)
    return MadeFile(table, path, rows.num_rows, size)
