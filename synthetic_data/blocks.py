"""A run in blocks of whole authorities, so that a run of any scale holds one block of people in memory.

The map (authorities, areas, schools) is made once and whole: it is small, and everything that must be unique on it
stands in one list. People are made block by block. Nobody in this package ever crosses from one authority into another,
so no block asks for anybody of another. The first block draws from the run's own streams, which makes a run of one
block what it would be without blocks.

What blocks cost: figures that are fitted to the whole country (free school meals, needs, attainment, exclusions) are
fitted in each block. So authorities are dealt out region by region, and every block is a country in small. The few
people of the rarest kinds of need are that few in each block.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from synthetic_data.arrays import Flags, Ints
from synthetic_data.scale import Scale
from synthetic_data.streams import Streams

PRIMARIES_A_BLOCK = 1_500  # at most, but one authority at least: under 3 GB of memory
SERIALS_A_BLOCK = 9_000_000  # of numbers; a block's own stand in the authority part of its pupil numbers
MOST_BLOCKS = 100


@dataclass(frozen=True, slots=True)
class Block:
    """The authorities whose people are made together, and the numbers that are theirs."""

    number: int  # from 0
    blocks: int  # in the run
    authorities: Ints  # in those of the run
    reference_key: (
        int | None
    )  # one for all blocks, so that no two references can meet; None: the only block draws it

    @property
    def first_serial(self) -> int:
        return self.number * SERIALS_A_BLOCK

    def share(self, total: int) -> tuple[int, int]:
        """The block's part of `total` numbers that all blocks share: the first, and how many."""
        first, end = (total * place // self.blocks for place in (self.number, self.number + 1))
        return first, end - first

    def has(self, authority: Ints) -> Flags:
        """Which of these are authorities of the block."""
        found: Flags = np.isin(authority, self.authorities)
        return found

    def path(self, path: str) -> str:
        """Where the block's part of a file stands: a file of several blocks becomes a folder."""
        return path if self.blocks == 1 else f"{path.removesuffix('.parquet')}/{self.number:02d}.parquet"


def blocks_of(
    region: Sequence[str], scale: Scale, streams: Streams, *, most_primaries: int = PRIMARIES_A_BLOCK
) -> Iterator[Block]:
    """The blocks of a run, given the region of each authority."""
    authorities_each = max(1, most_primaries // scale.primaries)
    count = min(-(-len(region) // authorities_each), MOST_BLOCKS)
    dealt = np.empty(len(region), dtype=np.int64)
    dealt[np.argsort(np.array(region), kind="stable")] = np.arange(len(region)) % count
    key = int(streams.of("references").integers(1, 2**62)) if count > 1 else None
    for number in range(count):
        yield Block(number, count, np.flatnonzero(dealt == number), key)
