"""Which known sums are held against a new one, so that what one or two people add follows from no two or three of them.

Looked at are sums of the same fields at the same censuses, two of which one holds the other, and three of which one
holds two others that have no unit in common, or is covered by two others.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import Final, Protocol, TypeAlias

import numpy as np

from enclave.disclosure.ledger.known import Sketch, sketch
from enclave.disclosure.ledger.numbers import Labels, LedgerNumber, Likeness
from enclave.disclosure.ledger.shares import HOUSE, Dominance, Held, shares_in, tells, three_tell
from enclave.disclosure.ledger.sum_shelf import SumShelf
from enclave.disclosure.ledger.sum_threes import NewSum, near, parts_of, wholes_of

NOBODY: Final = np.zeros(0, dtype=np.int64)
MOST_KEPT: Final = 1 << 22
"""Labels of known sums that are kept while others are judged beside them."""
_Place: TypeAlias = tuple[int, int]
"""Of a sum: which shelf, and where on it."""
_Shelves: TypeAlias = tuple[SumShelf, SumShelf]
"""What the answer shows so far, and what was known before."""


class ToldSum(Protocol):
    """A number as it is judged, or as it is kept."""

    @property
    def likeness(self) -> Likeness: ...
    @property
    def clusters(self) -> Mapping[str, object]: ...
    @property
    def shares(self) -> str: ...


@dataclass(slots=True)
class KnownSums:
    """The sums that are known, each under a handle."""

    _shelves: dict[Likeness, SumShelf] = field(default_factory=dict)

    def add(self, told: ToldSum, as_seen: Sketch, handle: int) -> None:
        """Remember one, if how much is added to it is told."""
        shares = shares_in(told.shares)
        if shares is not None:
            self._shelves.setdefault(told.likeness, SumShelf()).add(shares, as_seen, handle)

    def like(self, likeness: Likeness) -> SumShelf:
        """Those of the same fields and censuses."""
        return self._shelves.get(likeness, _EMPTY)


_EMPTY: Final = SumShelf()


@dataclass(slots=True)
class Sums:
    """The sums that were known before a question, and those that its answer shows so far.

    `labels_of` says whom a known one is about.
    """

    known: KnownSums = field(default_factory=KnownSums)
    labels_of: Callable[[int], Labels] = lambda _handle: NOBODY
    rules: Dominance = HOUSE
    _here: KnownSums = field(default_factory=KnownSums)
    _labels: list[Labels] = field(default_factory=list)
    _read: dict[int, Labels] = field(default_factory=dict)
    _kept: int = 0

    def show(self, number: LedgerNumber) -> None:
        """From now on it is known, if it is a sum."""
        if number.shares:
            self._here.add(number, sketch(number), len(self._labels))
            self._labels.append(number.population.labels)

    def against(self, number: LedgerNumber) -> tuple[int, ...] | None:
        """The known sums beside which this one tells what one or two units add, none of them for those shown here;
        None where there are no such sums."""
        shares = shares_in(number.shares)
        if shares is None:
            return None
        shelves = (self._here.like(number.likeness), self.known.like(number.likeness))
        which = [one for one in range(len(shelves)) if len(shelves[one])]
        new = NewSum.of(Held(shares, number.population.labels), sketch(number), self.rules)
        for shelf in which:
            places = [(shelf, at) for at in near(new, shelves[shelf]).tolist()]
            found = [one for one in places if tells(new.held, self._held(shelves, one), self.rules)]
            if found:
                return _handles(shelves, found)
        return self._of_three(new, shelves, which)

    def _of_three(self, new: NewSum, shelves: _Shelves, which: Sequence[int]) -> tuple[int, ...] | None:
        """The same of threes that make up a whole, nearly: of the first of them."""
        for one, other in product(which, repeat=2):
            for search, is_whole in ((parts_of, True), (wholes_of, False)):
                for firsts, seconds in search(new, shelves[one], shelves[other]):
                    for first, second in zip(firsts.tolist(), seconds.tolist(), strict=True):
                        pair = (one, first), (other, second)
                        if self._three_tell(new, shelves, *pair, is_whole=is_whole):
                            return _handles(shelves, pair)
        return None

    def _three_tell(
        self, new: NewSum, shelves: _Shelves, first: _Place, second: _Place, *, is_whole: bool
    ) -> bool:
        """`is_whole`: the new one is, else the first of the others."""
        one, other = self._held(shelves, first), self._held(shelves, second)
        return three_tell(*((new.held, one) if is_whole else (one, new.held)), other, self.rules)

    def _held(self, shelves: _Shelves, place: _Place) -> Held:
        which, where = place
        shares, handle = shelves[which].sums[where]
        return Held(shares, self._known_labels(handle) if which else self._labels[handle])

    def _known_labels(self, handle: int) -> Labels:
        found = self._read.get(handle)
        if found is None:
            found = self.labels_of(handle)
            self._kept += len(found)
            if self._kept <= MOST_KEPT:
                self._read[handle] = found
        return found


def _handles(shelves: _Shelves, places: Iterable[_Place]) -> tuple[int, ...]:
    """Of those that were known before the question."""
    return tuple(shelves[which].sums[at][1] for which, at in places if which)
