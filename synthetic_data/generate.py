"""Make the data: the map, then block by block the people and their files, a few at a time.

Files do not depend on one another, so threads change how long it takes and never a byte. Of people there is never more
in memory than one block (see `blocks`).

Limit: the bytes are the same under the same releases of numpy and pyarrow; another release may draw or write
otherwise, and another processor may round the last bit of a logarithm differently.
"""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from synthetic_data.blocks import PRIMARIES_A_BLOCK, Block, blocks_of
from synthetic_data.columns import table_of
from synthetic_data.parquet import write
from synthetic_data.quirks import Quirks
from synthetic_data.scale import SMALL, Scale
from synthetic_data.shape import Column, Shape
from synthetic_data.streams import Streams
from synthetic_data.tables import MAKERS, OF_THE_MAP, Part
from synthetic_data.world.world import World, build, chart, frozen

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
    destination: Path,
    shape: Shape,
    *,
    seed: int = 1,
    scale: Scale = SMALL,
    quirks: Quirks = USUAL,
    most_primaries: int = PRIMARIES_A_BLOCK,
) -> Made:
    """Write every table as Parquet under `destination`, the same bytes for the same seed, scale and quirks.

    Args:
        most_primaries: how large a block may be, in primary schools. Other blocks, other bytes.
    Raises:
        FileExistsError: something is there already; nothing is overwritten.
    """
    if destination.exists() and any(destination.iterdir()):
        raise FileExistsError(f"{destination} is not empty")
    streams = Streams(seed)
    found = chart(scale, shape.codes, quirks, streams)
    made = [
        _written(destination, build(found, block, shape.codes, quirks, streams), shape)
        for block in blocks_of(found.authorities.region, scale, streams, most_primaries=most_primaries)
    ]
    files = tuple(file for table in MAKERS for block in made for file in block.files if file.table == table)
    return Made(destination, seed, sum(block.people for block in made), files)


@dataclass(frozen=True, slots=True)
class _Written:
    people: int
    files: tuple[MadeFile, ...]


def _written(destination: Path, peopled: World, shape: Shape) -> _Written:
    """Write the files of one block. Its world is let go with the end of this function: the next needs the memory."""
    world = frozen(peopled)
    wanted = [
        (table, part)
        for table, maker in MAKERS.items()
        if table not in OF_THE_MAP or world.block.number == 0
        for part in maker(world)
    ]
    with ThreadPoolExecutor(THREADS) as pool:
        futures = [
            pool.submit(
                _made, _place(destination, world.block, table, part), table, part, shape.tables[table]
            )
            for table, part in wanted
        ]
        files = tuple(future.result() for future in futures)
    return _Written(int(np.count_nonzero(world.known())), files)


def _place(destination: Path, block: Block, table: str, part: Part) -> Path:
    return destination / (part.path if table in OF_THE_MAP else block.path(part.path))


def _made(path: Path, table: str, part: Part, columns: tuple[Column, ...]) -> MadeFile:
    rows = table_of(part.columns(), columns, years=part.years)
    size = write(rows, path)
    return MadeFile(table, path, rows.num_rows, size)
