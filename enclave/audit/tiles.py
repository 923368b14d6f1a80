"""A tree in tiles (C2SP tlog-tiles): how it grows at its right edge, what its files are called, what stands in them."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from enclave.audit.tree import EMPTY, Node, folded, node_hash

WIDTH = 256
HEIGHT = 8
HASH_BYTES = 32
ENTRIES = "entries"


@dataclass(frozen=True, slots=True)
class Tile:
    """Hashes of whole subtrees that stand side by side: the file `tile/<level>/<index>`, partial if it is not full."""

    level: int
    index: int
    hashes: tuple[bytes, ...]

    @property
    def path(self) -> str:
        return tile_path(str(self.level), self.index, len(self.hashes))

    @property
    def content(self) -> bytes:
        return b"".join(self.hashes)


@dataclass(slots=True)
class Edge:
    """The right edge of a growing tree: at each level, the tile that is not full yet. All that appending needs."""

    size: int = 0
    levels: list[list[bytes]] = field(default_factory=list)

    def add(self, leaf_hash: bytes) -> Iterator[Tile]:
        """Append a leaf. Yields the tiles that are full by it, the lowest first."""
        carried, level = leaf_hash, 0
        index = self.size // WIDTH
        self.size += 1
        while True:
            if level == len(self.levels):
                self.levels.append([])
            tile = self.levels[level]
            tile.append(carried)
            if len(tile) < WIDTH:
                return
            yield Tile(level, index, tuple(tile))
            carried = folded(tile)
            self.levels[level] = []
            level, index = level + 1, index // WIDTH

    def partial(self) -> Iterator[Tile]:
        """The tiles that are not full, empty ones left out."""
        for level, hashes in enumerate(self.levels):
            if hashes:
                yield Tile(level, self.size // WIDTH ** (level + 1), tuple(hashes))

    def root(self) -> bytes:
        """The root of the tree as it is."""
        found: bytes | None = None
        for hashes in self.levels:
            for whole in _whole_subtrees(hashes):
                found = whole if found is None else node_hash(whole, found)
        return EMPTY if found is None else found


def _whole_subtrees(hashes: Sequence[bytes]) -> Iterator[bytes]:
    """The largest whole subtrees that make up a tile, the rightmost and smallest first."""
    end = len(hashes)
    for bit in range(HEIGHT):
        if len(hashes) >> bit & 1:
            start = end - (1 << bit)
            yield folded(hashes[start:end])
            end = start


def tile_path(level: str, index: int, width: int = WIDTH) -> str:
    """The file of a tile below the log's folder: `tile/0/x001/x234/067`, with `.p/<width>` when it is partial."""
    digits = f"{index:03d}"
    digits = digits.zfill(-(-len(digits) // 3) * 3)
    parts = [digits[at : at + 3] for at in range(0, len(digits), 3)]
    named = "/".join([*(f"x{part}" for part in parts[:-1]), parts[-1]])
    return f"tile/{level}/{named}" + ("" if width == WIDTH else f".p/{width}")


TileRows = Callable[[int, int, int], Sequence[Sequence[bytes]]]
"""`rows(level, index, width)`: the hashes of a tile, and above them those of the whole subtrees that they make up."""


def nodes(size: int, rows: TileRows) -> Node:
    """Whole subtrees of the tree with `size` leaves, read from its tiles."""

    def node(level: int, index: int) -> bytes:
        row, height = divmod(level, HEIGHT)
        tile, place = divmod(index << height, WIDTH)
        width = min(WIDTH, (size >> HEIGHT * row) - tile * WIDTH)
        return rows(row, tile, width)[height][place >> height]

    return node


def rows_of(content: bytes) -> tuple[list[bytes], ...]:
    """What `TileRows` gives, from the content of the tile."""
    rows = [[content[at : at + HASH_BYTES] for at in range(0, len(content), HASH_BYTES)]]
    for _ in range(HEIGHT - 1):
        below = rows[-1]
        rows.append([node_hash(below[at], below[at + 1]) for at in range(0, len(below) - 1, 2)])
    return tuple(rows)


def bundle(leaves: Sequence[bytes]) -> bytes:
    """The content of `tile/entries/<index>`: each leaf after its length in two bytes."""
    return b"".join(len(leaf).to_bytes(2, "big") + leaf for leaf in leaves)
