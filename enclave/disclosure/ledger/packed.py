"""Labels as bytes and back, for the store: for each census a roaring bitmap of its units.

Roaring bitmaps are small for crowds and for handfuls alike (2 bytes a unit or less where units are dense). Of whole
labels they would not be: the census in the low bits leaves each unit in a container of its own, 10 bytes each.

The bytes are, for each census in rising order, its code and the length of what follows (4 bytes each, little-endian)
and the portable serialisation of a 64-bit roaring bitmap (RoaringFormatSpec, "64-bit implementations").
"""

import struct
from collections.abc import Iterator

import numpy as np
from pyroaring import BitMap64

from enclave.disclosure.ledger.numbers import CENSUS_BITS, CENSUS_MASK, Labels, distinct

_HEAD = struct.Struct("<II")


def pack(labels: Labels) -> bytes:
    """Labels as bytes; equal labels give equal bytes.

    Raises:
        ValueError: a label is negative.
    """
    if len(labels) and int(labels[0]) < 0:
        raise ValueError("labels are not negative")
    return b"".join(_packed_censuses(labels))


def unpack(packed: bytes) -> Labels:
    """The labels that `pack` was given.

    Raises:
        ValueError: these are no bytes of `pack`.
    """
    parts = [units << CENSUS_BITS | census for census, units in _unpacked_censuses(packed)]
    if not parts:
        return np.zeros(0, dtype=np.int64)
    labels = np.concatenate(parts)
    labels.sort(kind="stable")
    return labels


def _packed_censuses(labels: Labels) -> Iterator[bytes]:
    censuses = labels & CENSUS_MASK
    for census in distinct(censuses):
        bitmap = BitMap64((labels[censuses == census] >> CENSUS_BITS).astype(np.uint64))
        bitmap.run_optimize()
        body = bitmap.serialize()
        yield _HEAD.pack(int(census), len(body))
        yield body


def _unpacked_censuses(packed: bytes) -> Iterator[tuple[int, Labels]]:
    place = 0
    while place < len(packed):
        if place + _HEAD.size > len(packed):
            raise ValueError("cut short")
        census, length = _HEAD.unpack_from(packed, place)
        start, place = place + _HEAD.size, place + _HEAD.size + length
        if place > len(packed):
            raise ValueError("cut short")
        yield census, np.asarray(BitMap64.deserialize(packed[start:place]).to_array(), dtype=np.int64)
