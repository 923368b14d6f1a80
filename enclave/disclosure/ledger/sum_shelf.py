"""Sums that are alike, by how much they add up to, where they are, and roughly who adds.

What was shown is asked for by totals: which sums are so large that, with others, they leave next to nothing.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from enclave.disclosure.ledger.known import SEVERAL, Sketch
from enclave.disclosure.ledger.runs import BINS, Bins, Ints, ranges
from enclave.disclosure.ledger.shares import Dominance, Floats, Shares

Mask = npt.NDArray[np.bool_]
_FOLDED: Final = 8
"""Bins together, which are looked at first."""
_FIRST_ROOM: Final = 16
_MOST_UNSORTED: Final = 256
"""Sums that came since the others were put in order: they are put in order anew for each look."""
LARGEST: Final = 16
"""Pairs of bounds, the first, of which all totals between them are looked at."""
MOST_PAIRS: Final = 1 << 11
"""Of further ones, so many totals together: where a few add very much, nearly any three might leave next to nothing."""
_NONE: Final = np.zeros(0)


@dataclass(slots=True, eq=False)
class _Columns:
    """Of sums, row by row: the total, what the largest and the second add, how many add, and how many fall into each
    bin, eight bins together and one by one. `plain`: no count passed 255; else the bins tell nothing."""

    totals: Floats
    firsts: Floats
    seconds: Floats
    sizes: Ints
    plain: Mask
    folded: npt.NDArray[np.int32]
    bins: Bins

    @classmethod
    def of(cls, room: int) -> "_Columns":
        return cls(
            np.zeros(room),
            np.zeros(room),
            np.zeros(room),
            np.zeros(room, dtype=np.int64),
            np.zeros(room, dtype=np.bool_),
            np.zeros((room, _FOLDED), dtype=np.int32),
            np.zeros((room, BINS), dtype=np.uint8),
        )

    def with_more_room(self) -> "_Columns":
        made, many = _Columns.of(2 * len(self.sizes)), len(self.sizes)
        made.totals[:many], made.firsts[:many], made.seconds[:many] = self.totals, self.firsts, self.seconds
        made.sizes[:many], made.plain[:many] = self.sizes, self.plain
        made.folded[:many], made.bins[:many] = self.folded, self.bins
        return made


class SumShelf:
    """It grows. A position counts up from 0; `sums` has what is kept of each, with its handle."""

    def __init__(self) -> None:
        self.sums: list[tuple[Shares, int]] = []
        self._columns = _Columns.of(_FIRST_ROOM)
        self._most = (0.0, 0.0)
        self._reaches: dict[Dominance, Floats] = {}
        self._by_place: dict[str, list[int]] = {}
        self._order = np.zeros(0, dtype=np.int64)

    def __len__(self) -> int:
        return len(self.sums)

    def add(self, shares: Shares, sketch: Sketch, handle: int) -> None:
        here = len(self.sums)
        if here == len(self._columns.sizes):
            self._columns = self._columns.with_more_room()
        row, two = self._columns, shares.two
        row.totals[here], row.sizes[here] = shares.total, sketch.size
        row.firsts[here], row.seconds[here] = two
        row.bins[here] = sketch.bins
        row.folded[here] = sketch.bins.reshape(_FOLDED, -1).sum(axis=1)
        row.plain[here] = int(row.folded[here].sum()) == sketch.size
        self._most = max(self._most[0], two[0]), max(self._most[1], two[1])
        self.sums.append((shares, handle))
        self._by_place.setdefault(sketch.cluster, []).append(here)

    @property
    def totals(self) -> Floats:
        return self._columns.totals[: len(self.sums)]

    def reaches(self, rules: Dominance) -> Floats:
        """How much may be left of each, at most, for one or two units to be most of it."""
        found, many = self._reaches.get(rules, _NONE), len(self.sums)
        if len(found) < many:
            new = slice(len(found), many)
            more = rules.reach(self._columns.firsts[new], self._columns.seconds[new])
            found = self._reaches[rules] = np.concatenate((found, more))
        return found

    def furthest(self, rules: Dominance) -> float:
        """The reach of none is more."""
        return float(rules.reach(*self._most))

    def picked(self, at: Ints, rules: Dominance) -> "Picked":
        return Picked(self._columns, self.reaches(rules), at)

    def inside(self, place: str) -> Ints:
        """Those inside one cluster, or over several."""
        return np.array(self._by_place.get(place, ()), dtype=np.int64)

    def beside(self, place: str) -> Ints:
        """Those that may have units in common with what is in a place."""
        if place == SEVERAL:
            return np.arange(len(self.sums))
        return np.concatenate((self.inside(place), self.inside(SEVERAL)))

    def between(self, lows: Floats, highs: Floats, among: Ints | None = None) -> Iterator[tuple[Ints, Ints]]:
        """For pairs of bounds: which pair, and the position of which total lies between. `among`: of these alone.

        The first bounds matter most: see `MOST_PAIRS`.
        """
        if not len(lows):
            return
        for some in self._sorted() if among is None else (self._in_order(among, lows, highs),):
            if len(some):
                totals = self._columns.totals[some]
                first, last = totals.searchsorted(lows), totals.searchsorted(highs, "right")
                many = np.maximum(last - first, 0)
                many[LARGEST:][many[LARGEST:].cumsum() > MOST_PAIRS] = 0
                for which, at in ranges(first, first + many):
                    yield which, some[at]

    def _in_order(self, among: Ints, lows: Floats, highs: Floats) -> Ints:
        """Those of any use by rising totals."""
        totals = self._columns.totals[among]
        some = (totals >= lows.min()) & (totals <= highs.max())
        found: Ints = among[some][totals[some].argsort()]
        return found

    def _sorted(self) -> tuple[Ints, Ints]:
        """All positions in the order of totals: most, and the last that came."""
        if len(self.sums) - len(self._order) > _MOST_UNSORTED:
            self._order = np.argsort(self.totals)
        order = self._order
        last = np.arange(len(order), len(self.sums))
        return order, last[self._columns.totals[last].argsort()]


@dataclass(frozen=True, slots=True, eq=False)
class Picked:
    """Sums of a shelf, one or more times, in some order: what is asked of them is looked up then."""

    columns: _Columns
    all_reaches: Floats
    at: Ints

    def __getitem__(self, places: Ints | Mask) -> "Picked":
        return Picked(self.columns, self.all_reaches, self.at[places])

    @property
    def totals(self) -> Floats:
        return self.columns.totals[self.at]

    @property
    def reaches(self) -> Floats:
        return self.all_reaches[self.at]

    @property
    def sizes(self) -> Ints:
        return self.columns.sizes[self.at]

    @property
    def plain(self) -> Mask:
        return self.columns.plain[self.at]

    @property
    def folded(self) -> npt.NDArray[np.int32]:
        return self.columns.folded[self.at]

    @property
    def bins(self) -> npt.NDArray[np.int16]:
        return self.columns.bins[self.at].astype(np.int16)


def may_hold(wholes: Picked, parts: Picked) -> Mask:
    """Row by row, whether no bin of a part has more than the whole's, or that cannot be said."""
    found: Mask = ~wholes.plain | (parts.bins <= wholes.bins).all(axis=1)
    return found


def may_hold_both(wholes: Picked, one: Picked, other: Picked) -> Mask:
    """The same of two parts that have no unit in common."""
    found = wholes.sizes >= one.sizes + other.sizes
    return _by_bins(found, wholes.plain, (wholes, one, other), 1)


def may_cover(wholes: Picked, one: Picked, other: Picked) -> Mask:
    """Row by row, whether two sums may have every unit of a third."""
    found = wholes.sizes <= one.sizes + other.sizes
    return _by_bins(found, one.plain & other.plain, (wholes, one, other), -1)


def _by_bins(among: Mask, plain: Mask, three: tuple[Picked, Picked, Picked], sign: int) -> Mask:
    """Of some rows, those where in no bin a whole less its parts, times the sign, is less than nothing; where bins
    tell nothing, all."""
    places = np.flatnonzero(among & plain)
    whole, one, other = (each[places] for each in three)
    near = np.flatnonzero((sign * (whole.folded - one.folded - other.folded) >= 0).all(axis=1))
    whole, one, other, places = whole[near], one[near], other[near], places[near]
    found: Mask = among & ~plain
    found[places] = (sign * (whole.bins - one.bins - other.bins) >= 0).all(axis=1)
    return found
