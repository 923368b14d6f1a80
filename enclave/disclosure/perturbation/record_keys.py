"""Record keys and cell keys: from who is in a cell to a chance that is always the same for the same people.

Each unit has a record key: SipHash-2-4 of its person number, under a secret of the home. Person numbers never change,
so neither does a record key, over all data versions. The cell key is the sum of the record keys, hashed once more: so
it depends on who is there and on nothing else, and the keys of two groups tell nothing of that of both together.

Limit: a unit that is first seen without a key, and has one later, is another person number, and so another record key.

Source:
    Aumasson and Bernstein, SipHash: a fast short-input PRF (Indocrypt, 2012).
"""

import hmac
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import numpy.typing as npt

Words = npt.NDArray[np.uint64]
_START: Final = (0x736F6D6570736575, 0x646F72616E646F6D, 0x6C7967656E657261, 0x7465646279746573)
_LENGTH: Final = np.uint64(8 << 56)  # of a message: eight bytes
_FINISH: Final = np.uint64(0xFF)
_TOP: Final = np.uint64(32)


@dataclass(frozen=True, slots=True)
class RecordKeys:
    """The keys of one kind of unit. The secret never leaves, not even into a repr."""

    secret: bytes = field(repr=False)  # 16 bytes, of units
    of_cells: bytes = field(repr=False)

    @classmethod
    def of(cls, secret: bytes, unit: str) -> "RecordKeys":
        """Made of a home's secret: units of several kinds have keys of their own."""

        def derived(use: str) -> bytes:
            return hmac.new(secret, f"perturbation {use} {unit}".encode(), "sha256").digest()[:16]

        return cls(derived("record"), derived("cell"))

    def chance(self, units: npt.NDArray[np.int64]) -> int:
        """The first 32 bits of the cell key of these different units, in whatever order."""
        total = siphash(self.secret, units.astype(np.uint64)).sum(dtype=np.uint64)
        return int(siphash(self.of_cells, np.array([total], dtype=np.uint64))[0] >> _TOP)


def siphash(key: bytes, words: Words) -> Words:
    """SipHash-2-4 of each word, as a message of eight bytes."""
    k0, k1 = (int.from_bytes(key[place : place + 8], "little") for place in (0, 8))
    state = [
        np.full(len(words), start ^ part, dtype=np.uint64)
        for start, part in zip(_START, (k0, k1, k0, k1), strict=True)
    ]
    for block in (words, np.full(len(words), _LENGTH, dtype=np.uint64)):
        state[3] = state[3] ^ block
        _rounds(state, 2)
        state[0] = state[0] ^ block
    state[2] = state[2] ^ _FINISH
    _rounds(state, 4)
    found: Words = state[0] ^ state[1] ^ state[2] ^ state[3]
    return found


def _rounds(state: list[Words], times: int) -> None:
    v0, v1, v2, v3 = state
    for _ in range(times):
        v0 = v0 + v1
        v1 = _turned(v1, 13) ^ v0
        v0 = _turned(v0, 32)
        v2 = v2 + v3
        v3 = _turned(v3, 16) ^ v2
        v0 = v0 + v3
        v3 = _turned(v3, 21) ^ v0
        v2 = v2 + v1
        v1 = _turned(v1, 17) ^ v2
        v2 = _turned(v2, 32)
    state[:] = [v0, v1, v2, v3]


def _turned(words: Words, bits: int) -> Words:
    found: Words = (words << np.uint64(bits)) | (words >> np.uint64(64 - bits))
    return found
