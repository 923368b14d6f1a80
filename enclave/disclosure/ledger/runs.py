"""Rows of the index of known numbers, sorted so that those of near sizes stand side by side.

A row is the size of a number and a histogram of its units over 64 bins. See `known` for why that finds what is near.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from enclave.disclosure.ledger.numbers import Labels

BINS = 64
Ints: TypeAlias = npt.NDArray[np.int64]
Bins: TypeAlias = npt.NDArray[np.uint8]
"""One row of `BINS` counts modulo 256 per number, or one such row."""

_SPREAD = np.uint64(
    0x9E3779B97F4A7C15
)  # 2^64 over the golden ratio (Knuth, The Art of Computer Programming 3, 6.4)
_TOP = np.uint64(58)
_SIZE_BITS = 32
_CHUNK = 1 << 16  # pairs compared at once: about what a cache holds
_FOLDED = 8
_FARTHEST = BINS * 128  # around the circle in each bin
_LONG = 1 << 10  # rows side by side that are compared with one probe by themselves


def bin_of(units: Labels) -> Ints:
    """The bin of each unit: the top bits of a multiplicative hash."""
    made: Ints = ((units.view(np.uint64) * _SPREAD) >> _TOP).view(np.int64)
    return made


def histogram(units: Labels) -> Bins:
    """How many of the units fall into each bin, modulo 256."""
    made: Bins = np.bincount(bin_of(units), minlength=BINS).astype(np.uint8)
    return made


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """Many numbers, column by column. `groups` are those of one `KnownNumbers`."""

    groups: Ints
    sizes: Ints
    bins: Bins
    handles: Ints

    def __len__(self) -> int:
        return len(self.handles)

    def taken(self, places: npt.NDArray[np.int64] | npt.NDArray[np.bool_]) -> "Rows":
        return Rows(self.groups[places], self.sizes[places], self.bins[places], self.handles[places])


def no_rows() -> Rows:
    empty = np.zeros(0, dtype=np.int64)
    return Rows(empty, empty, np.zeros((0, BINS), dtype=np.uint8), empty)


def joined(parts: Sequence[Rows]) -> Rows:
    return Rows(
        np.concatenate([part.groups for part in parts]),
        np.concatenate([part.sizes for part in parts]),
        np.concatenate([part.bins for part in parts]),
        np.concatenate([part.handles for part in parts]),
    )


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class Run:
    """Rows in the order of group, then size. `coarse` has the histograms folded to 8 bins, column after column."""

    keys: Ints
    rows: Rows
    coarse: Bins

    def near(self, probes: Rows, within: int) -> Iterator[tuple[Ints, Ints]]:
        """Places of probes and of rows of the same group that may differ by at most `within` units."""
        for asked, places in _roughly(self.keys, self.coarse, probes, within, within):
            close = distances(self.rows.bins[places], probes.bins[asked]) <= within
            yield asked[close], places[close]

    def near_sums(self, probes: Rows, within: int) -> Iterator[tuple[Ints, Ints]]:
        """The same where a unit may count twice: one that two parts have and the whole has not."""
        for asked, places in _roughly(self.keys, self.coarse, probes, within, 2 * within):
            close = _are_near_sums(self.rows, places, probes, asked, within)
            yield asked[close], places[close]

    def of_group(self, group: int) -> slice:
        """Where the rows of one group stand."""
        low, high = np.searchsorted(self.keys, (group << _SIZE_BITS, (group + 1) << _SIZE_BITS))
        return slice(int(low), int(high))


@dataclass(frozen=True, slots=True, eq=False)
class Insiders:
    """Those rows of a run that are inside a cluster, of all clusters together, in the order of likeness, then size.

    `places` are theirs in the run. What is over several clusters is held against all of them at once.
    """

    keys: Ints
    places: Ints
    coarse: Bins
    rows: Rows

    def near(self, probes: Rows, within: int) -> Iterator[tuple[Ints, Ints]]:
        """As in `Run`, with likenesses for the groups of the probes. The places are those in the run."""
        for asked, found in _roughly(self.keys, self.coarse, probes, within, within):
            places = self.places[found]
            close = distances(self.rows.bins[places], probes.bins[asked]) <= within
            yield asked[close], places[close]

    def near_sums(self, probes: Rows, within: int) -> Iterator[tuple[Ints, Ints]]:
        """The same for sums."""
        for asked, found in _roughly(self.keys, self.coarse, probes, within, 2 * within):
            places = self.places[found]
            close = _are_near_sums(self.rows, places, probes, asked, within)
            yield asked[close], places[close]


def insiders_of(run: Run, likenesses: Ints) -> Insiders:
    """`likenesses` has a number for each group; below 0 for what is inside no cluster."""
    likeness = likenesses[run.rows.groups]
    places = (likeness >= 0).nonzero()[0]
    keys = (likeness[places] << _SIZE_BITS) | run.rows.sizes[places]
    order = np.argsort(keys, kind="stable")
    places = places[order]
    return Insiders(keys[order], places, np.ascontiguousarray(run.coarse[:, places]), run.rows)


def run_of(rows: Rows) -> Run:
    keys = key_of(rows.groups, rows.sizes)
    order = np.argsort(keys, kind="stable")
    ordered = rows.taken(order)
    return Run(keys[order], ordered, fold(ordered.bins))


def put(runs: list[Run], rows: Rows) -> None:
    """Add rows to runs, each of which is less than half as long as the one before: to add one by one stays cheap."""
    if len(rows):
        runs.append(run_of(rows))
    while len(runs) > 1 and 2 * len(runs[-1].rows) > len(runs[-2].rows):
        last = runs.pop()
        runs[-1] = run_of(joined([runs[-1].rows, last.rows]))


def distances(some: Bins, others: Bins) -> Ints:
    """Sums over bins of how far counts are apart, around the circle of 256. Never more than the true distances."""
    apart = some - others
    made: Ints = np.einsum("ij->i", np.minimum(apart, -apart), dtype=np.int64)
    return made


def fold(bins: Bins) -> Bins:
    """Histograms of 8 bins, each the sum of 8 of the 64: they are no further apart than those. A column per number."""
    made = bins[:, :_FOLDED].copy()
    for first in range(_FOLDED, BINS, _FOLDED):
        made += bins[:, first : first + _FOLDED]
    return np.ascontiguousarray(made.T)


def _roughly(
    keys: Ints, coarse: Bins, probes: Rows, smaller: int, larger: int
) -> Iterator[tuple[Ints, Ints]]:
    """Pairs of near sizes whose folded histograms are near: at most `larger` apart, which is the looser bound."""
    base = probes.groups << _SIZE_BITS
    low = np.searchsorted(keys, base + np.maximum(probes.sizes - smaller, 0), "left")
    high = np.searchsorted(keys, base + np.maximum(probes.sizes + larger, -1), "right")
    high = np.maximum(high, low)
    folded, most = fold(probes.bins), np.int16(min(larger, _FARTHEST))
    long = high - low >= _LONG
    for one in (long).nonzero()[0]:
        places = _near_in(coarse[:, low[one] : high[one]], folded[:, one], most) + low[one]
        yield np.full(len(places), one), places
    for asked, places in ranges(low, np.where(long, low, high)):
        yield _roughly_near(folded, coarse, asked, places, most)


def _are_near_sums(rows: Rows, places: Ints, probes: Rows, asked: Ints, within: int) -> npt.NDArray[np.bool_]:
    """Whether a whole less one part may be another part but for `within` units.

    With p units too few, m too many and d too many twice, p + m + d <= within and the row is m + 2d - p larger. So
    3d <= within + larger, and histograms are at most p + m + 2d <= within + d apart.
    """
    larger = rows.sizes[places] - probes.sizes[asked]
    near: npt.NDArray[np.bool_] = (
        distances(rows.bins[places], probes.bins[asked]) <= within + (within + larger) // 3
    )
    return near


def _near_in(coarse: Bins, folded: Bins, most: np.int16) -> Ints:
    """The places of rows whose folded histograms are near one; all bins of all rows, since they stand side by side."""
    total = np.zeros(coarse.shape[1], dtype=np.uint16)
    for of_rows, count in zip(coarse, folded, strict=True):
        apart = of_rows - count
        total += np.minimum(apart, -apart)
    return (total <= most).nonzero()[0]


def _roughly_near(folded: Bins, coarse: Bins, asked: Ints, places: Ints, most: np.int16) -> tuple[Ints, Ints]:
    """The pairs whose folded histograms are near. Bin by bin, since most pairs are far apart after one or two."""
    left = np.full(len(asked), most)
    for of_probes, of_rows in zip(folded, coarse, strict=True):
        apart = of_rows[places] - of_probes[asked]
        left = left - np.minimum(apart, -apart)
        near = (left >= 0).nonzero()[0]
        left, asked, places = left[near], asked[near], places[near]
    return asked, places


def key_of(groups: Ints, sizes: Ints | int) -> Ints:
    """What rows are ordered by in a run."""
    found: Ints = (groups << _SIZE_BITS) | sizes
    return found


def ranges(low: Ints, high: Ints, most: int = _CHUNK) -> Iterator[tuple[Ints, Ints]]:
    """All (probe, place) with low <= place < high, about `most` at a time."""
    ends = np.cumsum(high - low)
    first = 0
    while first < len(low):
        done = int(ends[first - 1]) if first else 0
        last = max(first + 1, int(np.searchsorted(ends, done + most, "right")))
        counts = (high - low)[first:last]
        asked = np.repeat(np.arange(first, last), counts)
        starts = np.repeat(low[first:last] - (ends[first:last] - counts - done), counts)
        if len(asked):
            yield asked, starts + np.arange(len(asked))
        first = last
