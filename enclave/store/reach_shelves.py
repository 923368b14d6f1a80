"""Whose records the definitions reach, as bits: found out once, kept in files, and thrown away without loss.

A *plane* is one definition in one year: a bit for each unit. A *shelf* is a file with the planes of some definitions,
cut by units: all planes of units 0 to 8191, then those of the next, each piece compressed. So who asks about one unit
reads one piece of each shelf, however many definitions there are. New definitions come as shelves of their own, and are
put together when there are many.

The files are a cache: every bit follows from its definition and the data version. What is missing or damaged is
computed again.
"""

import json
import os
import struct
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from enclave.transparency.reach import NO_YEAR, Bits, DefinitionName, Plane, ShelfDamaged

MAGIC: Final = b"enclave-reach-1\n"
UNITS_PER_PIECE: Final = 8_192
PIECE_BYTES: Final = UNITS_PER_PIECE // 8
PLANES_PER_SHELF: Final = 128
LOOSE_FILES: Final = 64
"""So many shelves that are not full are put together."""
OWNER_ONLY: Final = 0o700
CODEC: Final = "zstd"

_INDEX = np.dtype([("offset", "<u8"), ("crc", "<u4")])
_LENGTH = struct.Struct("<I")


@dataclass(frozen=True, slots=True, eq=False)
class Shelf:
    """One file, opened: its planes, and where each piece begins. The index has one entry more than pieces."""

    path: Path
    planes: tuple[Plane, ...]
    index: npt.NDArray[np.void]
    begins: int

    @property
    def pieces(self) -> int:
        return len(self.index) - 1

    def piece(self, number: int) -> Bits | None:
        """All planes of some units, a row each; None where nobody is in any.

        Raises:
            ShelfDamaged
        """
        if number >= self.pieces:
            return None
        start, end = int(self.index["offset"][number]), int(self.index["offset"][number + 1])
        if start == end:
            return None
        with self.path.open("rb") as file:
            content = os.pread(file.fileno(), end - start, self.begins + start)
        return self._opened(content, number)

    def all_pieces(self) -> Iterator[tuple[int, Bits]]:
        """Every piece in which there is somebody."""
        with self.path.open("rb") as file:
            for number in range(self.pieces):
                start, end = int(self.index["offset"][number]), int(self.index["offset"][number + 1])
                if end > start:
                    content = os.pread(file.fileno(), end - start, self.begins + start)
                    yield number, self._opened(content, number)

    def _opened(self, content: bytes, number: int) -> Bits:
        if zlib.crc32(content) != int(self.index["crc"][number]):
            self.path.unlink(missing_ok=True)
            raise ShelfDamaged(self.path.name)
        rows = len(self.planes)
        plain = pa.decompress(content, decompressed_size=rows * PIECE_BYTES, codec=CODEC, asbytes=True)
        return np.frombuffer(plain, dtype=np.uint8).reshape(rows, PIECE_BYTES)


class Shelves:
    """The shelves of a home, by data version. One process writes at a time; many read."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._opened: dict[Path, Shelf] = {}

    def known(self, version: str) -> frozenset[DefinitionName]:
        """The definitions whose units are known."""
        return frozenset(name for shelf in self._shelves(version) for name, _ in shelf.planes)

    def put(self, version: str, definition: DefinitionName, planes: Mapping[str, Bits]) -> None:
        """Keep who a definition reaches: bits by year, as `bits_of` makes them. Durable when it returns."""
        found = {(definition, year): bits for year, bits in sorted(planes.items())}
        self.put_all(version, found or {(definition, NO_YEAR): np.zeros(0, dtype=np.uint8)})

    def put_all(self, version: str, planes: Mapping[Plane, Bits]) -> None:
        """Keep planes in one file. A definition's planes come together."""
        count = -(-max(len(bits) for bits in planes.values()) // PIECE_BYTES)
        name = next(iter(planes))[0]
        self._write(version, f"{len(planes)}-{name}", list(planes), _cut(list(planes.values()), count))

    def put_together(self, version: str) -> int:
        """Make one file of many small ones, if there are many. How many went into others."""
        small = [one for one in self._shelves(version) if len(one.planes) < PLANES_PER_SHELF // 2]
        if len(small) < LOOSE_FILES:
            return 0
        done = 0
        while small:
            chosen = [small.pop()]
            while small and sum(len(one.planes) for one in (*chosen, small[-1])) <= PLANES_PER_SHELF:
                chosen.append(small.pop())
            self._merge(version, chosen)
            done += len(chosen)
        return done

    def holding(self, version: str, unit: int) -> Mapping[DefinitionName, tuple[str, ...]]:
        """The definitions that reach a unit (its dense key in that version), each with the years in which."""
        number, byte, bit = unit // UNITS_PER_PIECE, unit % UNITS_PER_PIECE // 8, unit % 8
        found: dict[DefinitionName, tuple[str, ...]] = {}
        for shelf in self._shelves(version):
            piece = shelf.piece(number)
            if piece is None:
                continue
            for place in np.flatnonzero((piece[:, byte] >> bit) & 1).tolist():
                name, year = shelf.planes[place]
                if year not in found.get(name, ()):
                    found[name] = (*found.get(name, ()), year)
        return found

    def unions(self, version: str, groups: Mapping[Plane, Iterable[int]], most: int) -> Sequence[Bits]:
        """Who is in any plane of each group: bits, for groups 0 to `most` - 1."""
        joined: list[list[tuple[int, Bits]]] = [[] for _ in range(most)]
        pieces = 0
        for shelf in self._shelves(version):
            pieces = max(pieces, shelf.pieces)
            rows: dict[int, list[int]] = {}
            for place, plane in enumerate(shelf.planes):
                for group in groups.get(plane, ()):
                    rows.setdefault(group, []).append(place)
            if not rows:
                continue
            for number, piece in shelf.all_pieces():
                for group, places in rows.items():
                    joined[group].append((number, np.bitwise_or.reduce(piece[places], axis=0)))
            joined = [_folded(one) for one in joined]
        return [_laid_out(one, pieces) for one in joined]

    def sizes(self) -> Mapping[str, int]:
        """How many bytes the files of each version have."""
        folders = [path for path in self._folder.glob("*") if path.is_dir()]
        return {path.name: sum(file.stat().st_size for file in path.glob("*.shelf")) for path in folders}

    def drop(self, version: str) -> None:
        """Throw away what is known of a version: it is computed again when it is wanted."""
        for path in self._folder.joinpath(version).glob("*.shelf"):
            path.unlink(missing_ok=True)
            self._opened.pop(path, None)

    def _shelves(self, version: str) -> list[Shelf]:
        found = []
        for path in sorted(self._folder.joinpath(version).glob("*.shelf")):
            if path not in self._opened:
                try:
                    self._opened[path] = _read(path)
                except FileNotFoundError:
                    continue  # another process has just put it together with others
                except ShelfDamaged:
                    path.unlink(missing_ok=True)
                    continue
            found.append(self._opened[path])
        return found

    def _merge(self, version: str, chosen: Sequence[Shelf]) -> None:
        planes = [plane for shelf in chosen for plane in shelf.planes]
        count = max(shelf.pieces for shelf in chosen)
        name = f"{len(planes)}-{planes[0][0]}"
        self._write(version, name, planes, _stacked(chosen, count))
        for shelf in chosen:
            shelf.path.unlink(missing_ok=True)
            self._opened.pop(shelf.path, None)

    def _write(self, version: str, name: str, planes: Sequence[Plane], pieces: Iterable[Bits]) -> None:
        folder = self._folder / version
        folder.mkdir(parents=True, exist_ok=True, mode=OWNER_ONLY)
        unfinished, path = folder / f".{name}.{os.getpid()}", folder / f"{name}.shelf"
        packed = [(_packed(piece)) for piece in pieces]
        index = np.zeros(len(packed) + 1, dtype=_INDEX)
        index["offset"][1:] = np.cumsum([len(one) for one in packed]) if packed else 0
        index["crc"][:-1] = [zlib.crc32(one) for one in packed]
        header = json.dumps([list(plane) for plane in planes]).encode()
        with unfinished.open("wb") as file:
            about = MAGIC + _LENGTH.pack(len(header)) + _LENGTH.pack(len(index)) + header + index.tobytes()
            file.write(about + _LENGTH.pack(zlib.crc32(about)))
            for one in packed:
                file.write(one)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)
        self._opened.pop(path, None)


def _packed(piece: Bits) -> bytes:
    if not piece.any():
        return b""
    packed: bytes = pa.compress(piece.tobytes(), codec=CODEC, asbytes=True)
    return packed


def _cut(rows: Sequence[Bits], count: int) -> Iterator[Bits]:
    """Planes, cut by units."""
    for start in range(0, count * PIECE_BYTES, PIECE_BYTES):
        piece = np.zeros((len(rows), PIECE_BYTES), dtype=np.uint8)
        for place, row in enumerate(rows):
            part = row[start : start + PIECE_BYTES]
            piece[place, : len(part)] = part
        yield piece


def _stacked(chosen: Sequence[Shelf], count: int) -> Iterator[Bits]:
    """The pieces of several shelves, one below the other."""
    readers = [shelf.all_pieces() for shelf in chosen]
    waiting = [next(reader, None) for reader in readers]
    rows = np.cumsum([0, *(len(shelf.planes) for shelf in chosen)])
    for number in range(count):
        piece = np.zeros((rows[-1], PIECE_BYTES), dtype=np.uint8)
        for place, found in enumerate(waiting):
            if found is not None and found[0] == number:
                piece[rows[place] : rows[place + 1]] = found[1]
                waiting[place] = next(readers[place], None)
        yield piece


def _folded(pieces: Sequence[tuple[int, Bits]]) -> list[tuple[int, Bits]]:
    """At most one of each number."""
    found: dict[int, Bits] = {}
    for number, piece in pieces:
        found[number] = piece if number not in found else found[number] | piece
    return list(found.items())


def _laid_out(pieces: Sequence[tuple[int, Bits]], count: int) -> Bits:
    whole = np.zeros(count * PIECE_BYTES, dtype=np.uint8)
    for number, piece in pieces:
        whole[number * PIECE_BYTES : (number + 1) * PIECE_BYTES] = piece
    return whole


def _read(path: Path) -> Shelf:
    with path.open("rb") as file:
        start = file.read(len(MAGIC) + 2 * _LENGTH.size)
        if not start.startswith(MAGIC) or len(start) < len(MAGIC) + 2 * _LENGTH.size:
            raise ShelfDamaged(path.name)
        header_bytes, entries = struct.unpack_from("<II", start, len(MAGIC))
        header, index = file.read(header_bytes), file.read(entries * _INDEX.itemsize)
        checked, begins = file.read(_LENGTH.size), file.tell()
    if checked != _LENGTH.pack(zlib.crc32(start + header + index)):
        raise ShelfDamaged(path.name)
    planes = tuple((DefinitionName(name), str(year)) for name, year in json.loads(header))
    return Shelf(path, planes, np.frombuffer(index, dtype=_INDEX), begins)
