"""Half of a sum of inequalities: where it is not whole, what whole shares have is more.

Three cuts that each want one of two cells of three, `a + b >= 1`, `b + c >= 1` and `a + c >= 1`, are met by halves; but
of whole cells at least two go. Half of their sum says so, when it is rounded up. Which cuts to add up is found by
elimination modulo 2.

Source:
    A. M. C. A. Koster, A. Zymolka, M. Kutschka, Algorithms to separate {0, 1/2}-Chvátal-Gomory cuts, Algorithmica 55
    (2009).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import inf

import numpy as np

from enclave.disclosure.suppression.cuts import Cut
from enclave.disclosure.suppression.programs import Rows
from enclave.disclosure.suppression.system import Flags, Floats, Places

WHOLE = 1e-6
TIGHT = 0.3
"""What a cut may be more than met by, to be one of a sum."""
BROKEN = 0.02
"""By so much less than half a sum is met that is worth a cut."""
MOST, IN_CELLS, LONGEST = 30, 8, 200
"""Cuts at once, of small tables one for so many cells; and cells of one."""
NONE, NO_TIMES = np.zeros(0, dtype=np.int64), np.zeros(0)


@dataclass(slots=True)
class Pool:
    """Cuts, one after the other: of each number the place of its cell in `free`, and its cut."""

    free: Sequence[int]
    _place: dict[int, int] = field(init=False)
    _places: Places = field(init=False, default_factory=NONE.copy)
    _cut: Places = field(init=False, default_factory=NONE.copy)
    _starts: Places = field(init=False, default_factory=np.zeros(1, dtype=np.int64).copy)
    _times: Floats = field(init=False, default_factory=NO_TIMES.copy)
    _least: Floats = field(init=False, default_factory=NO_TIMES.copy)
    _whole: Places = field(init=False, default_factory=NONE.copy)  # the same in whole numbers
    _whole_least: Places = field(init=False, default_factory=NONE.copy)

    def __post_init__(self) -> None:
        """None yet."""
        self._place = {cell: place for place, cell in enumerate(self.free)}

    def add(self, cuts: Sequence[Cut]) -> Places:
        """Where these stand from now on."""
        first, sizes = len(self._least), np.array([len(times) for times, _ in cuts], dtype=np.int64)
        new, cut = np.arange(first, first + len(cuts)), np.repeat(np.arange(len(cuts)), sizes)
        places = [self._place[cell] for times, _ in cuts for cell in times]
        times = np.array([often for some, _ in cuts for often in some.values()], dtype=np.float64)
        least = np.array([one for _, one in cuts], dtype=np.float64)
        in_parts = np.zeros(len(cuts), dtype=np.bool_)  # wants at least one of its cells
        in_parts[cut[times % 1 != 0]] = True
        self._places = np.concatenate([self._places, np.array(places, dtype=np.int64)])
        self._cut = np.concatenate([self._cut, new[cut]])
        self._starts = np.concatenate([self._starts, self._starts[-1] + np.cumsum(sizes)])
        self._times = np.concatenate([self._times, times])
        self._least = np.concatenate([self._least, least])
        self._whole = np.concatenate([self._whole, np.where(in_parts[cut], 1, times).astype(np.int64)])
        self._whole_least = np.concatenate([self._whole_least, np.where(in_parts, 1, least).astype(np.int64)])
        return new

    def over(self, shares: Floats) -> Floats:
        """What these shares are over the least of each cut; less than 0 where they break it."""
        return self._sum(self._times, shares) - self._least

    def rows(self, cuts: Places) -> Rows:
        """As rows of a program over the free cells."""
        first, sizes = self._starts[cuts], self._starts[cuts + 1] - self._starts[cuts]
        starts = np.cumsum(sizes) - sizes
        entries = np.repeat(first - starts, sizes) + np.arange(sizes.sum())
        least = self._least[cuts]
        return Rows(starts, self._places[entries], self._times[entries], least, np.full(len(least), inf))

    def halves(self, shares: Floats) -> list[Cut]:
        """Halves of sums of these, in whole numbers all, that these shares break."""
        over = self._sum(self._whole, shares) - self._whole_least
        tight = np.flatnonzero(over <= TIGHT)
        at = np.full(len(over), -1)
        at[tight] = np.arange(len(tight))
        there = at[self._cut] >= 0
        some = _Some(at[self._cut[there]], self._places[there], self._whole[there], self._whole_least[tight])
        sums = _sums(some, np.maximum(0.0, over[tight]), shares)
        return _made(some, sums, shares, self.free) if len(sums) else []

    def _sum(self, times: Floats | Places, shares: Floats) -> Floats:
        """Of each cut, which has one cell at least."""
        if not len(self._least):
            return NO_TIMES
        found: Floats = np.add.reduceat(times * shares[self._places], self._starts[:-1])
        return found


@dataclass(frozen=True, slots=True, eq=False)
class _Some:
    """Those cuts that are just met, or nearly: of each number its cut, place and size; and the least of each cut."""

    cut: Places
    place: Places
    times: Places
    least: Places


def _sums(some: _Some, over: Floats, shares: Floats) -> Flags:
    """Which cuts to add up, a sum a row: those of which half is met by less than it is when rounded up.

    Elimination modulo 2, the largest shares first, by the cut that is over by least: a sum has shared cells with odd
    numbers, which rounding up makes more of, and what its cuts are over.
    """
    shared = np.flatnonzero((shares > WHOLE) & (shares < 1 - WHOLE))
    shared = shared[np.argsort(-shares[shared], kind="stable")]
    of, count = np.full(len(shares), -1), len(some.least)
    of[shared] = np.arange(len(shared))
    is_odd_there = some.times % 2 == 1
    odd = np.zeros((count, len(shared)), dtype=np.bool_)
    among = is_odd_there & (of[some.place] >= 0)
    odd[some.cut[among], of[some.place[among]]] = True
    hidden = is_odd_there & (shares[some.place] >= 1 - WHOLE)
    is_odd = (some.least + np.bincount(some.cut[hidden], minlength=count)) % 2 == 1
    cuts, over, weights = np.eye(count, dtype=np.bool_), over.copy(), shares[shared]
    left, found, changed = over < 1, dict[bytes, Flags](), np.arange(count)
    for column in (-1, *range(len(shared))):
        if column >= 0:
            having = np.flatnonzero(left & odd[:, column])
            if not len(having):
                continue
            order = np.lexsort((odd[having].sum(axis=1), over[having]))
            pivot, changed = having[order[0]], np.sort(having[order[1:]])
            left[pivot] = False
            odd[changed] ^= odd[pivot]
            cuts[changed] ^= cuts[pivot]
            is_odd[changed] ^= is_odd[pivot]
            over[changed] += over[pivot]
        broken = changed[is_odd[changed] & (over[changed] + odd[changed] @ weights < 1 - 2 * BROKEN)]
        found |= {cuts[one].tobytes(): cuts[one].copy() for one in broken.tolist()}
        if len(found) >= min(MOST, 1 + len(shares) // IN_CELLS):
            break
        left &= over < 1
    return np.array(list(found.values()), dtype=np.bool_).reshape(len(found), count)


def _made(some: _Some, sums: Flags, shares: Floats, free: Sequence[int]) -> list[Cut]:
    """Half of each sum, each number rounded up; a cell that is all hidden counts for one less on both sides."""
    which, number = np.nonzero(sums[:, some.cut])
    flat = which * len(shares) + some.place[number]
    times = np.bincount(flat, some.times[number], minlength=len(sums) * len(shares))
    times = times.reshape(len(sums), len(shares)).astype(np.int64)
    less = (times % 2 == 1) & (shares >= 1 - WHOLE)
    least = sums @ some.least - less.sum(axis=1)
    half, half_least = (times - less + 1) // 2, (least + 1) // 2
    capped = np.minimum(half, half_least[:, None])
    half = np.where((half >= 0).all(axis=1)[:, None], capped, half)
    there, long = half @ shares, (half != 0).sum(axis=1)
    good = (least % 2 == 1) & (there < half_least - BROKEN) & (long > 0) & (long <= LONGEST)
    return [
        (
            {free[at]: float(half[one, at]) for at in np.flatnonzero(half[one]).tolist()},
            float(half_least[one]),
        )
        for one in np.flatnonzero(good).tolist()
    ]
