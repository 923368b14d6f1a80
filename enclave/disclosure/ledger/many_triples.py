"""Threes of numbers, column by column. Of a large number that lacks a few of a whole there may be thousands, and hardly
one of them has to be looked at by itself."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from enclave.disclosure.ledger.runs import Ints

Mask = npt.NDArray[np.bool_]


class Witness(NamedTuple):
    """A number that counts as known: under a handle, or, `here`, at a position among the numbers being judged."""

    handle: int
    here: bool


class Triple(NamedTuple):
    """Two numbers beside a new one: its two parts where `is_whole`, else its other part and their whole."""

    is_whole: bool
    first: Witness
    second: Witness


@dataclass(frozen=True, slots=True, eq=False)
class Triples:
    """Some threes in their order. A witness is its handle twice, and one more if it is here: that keeps the order."""

    is_whole: Mask
    first: Ints
    second: Ints

    def __len__(self) -> int:
        return len(self.first)

    def __iter__(self) -> Iterator[Triple]:
        columns = (self.is_whole.tolist(), self.first.tolist(), self.second.tolist())
        for is_whole, first, second in zip(*columns, strict=True):
            yield Triple(is_whole, witness_of(first), witness_of(second))

    def taken(self, places: Mask | Ints) -> "Triples":
        return Triples(self.is_whole[places], self.first[places], self.second[places])


def triples_of(some: Iterable[Triple]) -> Triples:
    """The same as columns."""
    found = list(some)
    return Triples(
        np.array([one.is_whole for one in found], dtype=np.bool_),
        np.array([code_of(one.first) for one in found], dtype=np.int64),
        np.array([code_of(one.second) for one in found], dtype=np.int64),
    )


NO_TRIPLES = triples_of(())


def code_of(one: Witness) -> int:
    return 2 * one.handle + one.here


def witness_of(code: int) -> Witness:
    return Witness(code >> 1, bool(code & 1))


def by_position(positions: Ints, some: Triples) -> dict[int, Triples]:
    """Each once, in order, by the position of the number that they are threes of."""
    if not len(positions):
        return {}
    order = np.lexsort((some.second, some.first, some.is_whole, positions))
    positions, some = positions[order], some.taken(order)
    columns = (positions, some.is_whole, some.first, some.second)
    new = np.ones(len(positions), dtype=np.bool_)
    new[1:] = np.logical_or.reduce([one[1:] != one[:-1] for one in columns])
    positions, some = positions[new], some.taken(new)
    there, starts = np.unique(positions, return_index=True)
    ends = [*starts[1:].tolist(), len(positions)]
    return {
        position: some.taken(np.arange(start, end))
        for position, start, end in zip(there.tolist(), starts.tolist(), ends, strict=True)
    }
