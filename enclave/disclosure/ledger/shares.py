"""How much those add who add most to a sum, so that what lies between two sums is not mostly of one or two people.

Two sums may be of many people each, and of many more in one than in the other: if nearly all of what these add is one
person's, the difference is that person's value. The rules on dominance judge it as they judge a sum. Of every sum the
ledger keeps the total of sizes and the units that add most, with how much each adds.

Two sums are looked at where one holds all units of the other, and where their totals are so near that one or two units
could be most of what is between them. A unit that may be in both adds to the difference at most what it adds to the
larger.

Limit: sums of which neither holds the other, and three sums that make up a whole, are not judged so. Limit: of those
who are not among the first `MOST_KEPT` of a sum only a bound is known, so that a number more is hidden.
"""

from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol

import numpy as np
import numpy.typing as npt

from enclave.disclosure.ledger.known import SEVERAL
from enclave.disclosure.ledger.numbers import Labels, LedgerNumber, Likeness, are_in, units_of
from enclave.disclosure.promises import BrokenPromise

Floats = npt.NDArray[np.float64]
MOST_KEPT: Final = 64
NOBODY: Final = np.zeros(0, dtype=np.int64)
NOISE: Final = 1e-12
"""How far, relatively, two totals of the same sizes may be apart as they were added up in another order."""


@dataclass(frozen=True, slots=True)
class Dominance:
    """The rules: the `contributors` largest hold less than `percent`, and the rest hides the first by `p_percent`."""

    contributors: int = 2
    percent: float = 90
    p_percent: float = 10

    def holds(
        self, total: Floats | float, first: Floats | float, second: Floats | float
    ) -> npt.NDArray[np.bool_]:
        """Where the largest are too much of a total."""
        largest = first if self.contributors == 1 else np.add(first, second)
        by_k = np.multiply(100, largest) >= np.multiply(self.percent, total)
        rest = np.subtract(total, np.add(first, second))
        return np.logical_or(by_k, np.multiply(100, rest) < np.multiply(self.p_percent, first))

    def reach(self, first: Floats | float, second: Floats | float) -> Floats:
        """Above what total these two hold no too large a part of it."""
        largest = first if self.contributors == 1 else np.add(first, second)
        by_p = np.add(first, second) + np.multiply(first, self.p_percent / 100)
        found: Floats = np.maximum(np.multiply(largest, 100 / self.percent), by_p) * (1 + NOISE)
        return found


HOUSE: Final = Dominance()


@dataclass(frozen=True, slots=True, eq=False)
class Shares:
    """Of one sum: all sizes together, and the units that add most, sorted, with their sizes. No other adds more than
    `rest`."""

    total: float
    units: Labels
    sizes: Floats
    rest: float

    @property
    def two(self) -> tuple[float, float]:
        """The two largest sizes, or what they are at most."""
        first, second = (0.0, 0.0, *np.sort(self.sizes)[-2:].tolist())[-1:-3:-1]
        return max(first, self.rest), max(second, self.rest)

    def of(self, units: Labels) -> Floats:
        """The sizes of some units, 0 where they are not kept."""
        found = np.zeros(len(units))
        there = are_in(units, self.units)
        found[there] = self.sizes[np.searchsorted(self.units, units[there])]
        return found

    @property
    def text(self) -> str:
        """All of it, to be kept."""
        kept = self.units.astype("<i8").tobytes() + self.sizes.astype("<f8").tobytes()
        return f"{self.total.hex()} {self.rest.hex()} {b64encode(kept).decode()}"


def shares_in(text: str) -> Shares | None:
    """What a text tells; None of nothing."""
    if not text:
        return None
    total, rest, kept = text.split(" ")
    both = b64decode(kept)
    units = np.frombuffer(both[: len(both) // 2], dtype="<i8").astype(np.int64)
    sizes = np.frombuffer(both[len(both) // 2 :], dtype="<f8").astype(np.float64)
    return Shares(float.fromhex(total), units, sizes, float.fromhex(rest))


def shares_of(units: Labels, sizes: Floats) -> Shares:
    """Of rows: whose they are, in any order, and what each adds.

    Raises:
        BrokenPromise: a size is missing, or below 0.
    """
    if len(sizes) and not float(sizes.min()) >= 0:
        raise BrokenPromise("what a unit adds has no size")
    distinct, places = np.unique(units, return_inverse=True)
    return _largest(distinct, _added(places, sizes, len(distinct)), 0.0)


def together(some: Sequence[Shares], *, apart: bool) -> Shares:
    """Of several sums together. `apart`: no unit is in two of them."""
    rests = [one.rest for one in some]
    rest = max(rests, default=0.0) if apart else sum(rests)
    units, places = np.unique(np.concatenate([one.units for one in some]), return_inverse=True)
    sizes = _added(places, np.concatenate([one.sizes for one in some]), len(units))
    if not apart:
        sizes = sizes + rest  # whoever is kept of one may be in another, and not be kept there
    found = _largest(units, sizes, rest)
    return Shares(sum(one.total for one in some), found.units, found.sizes, found.rest)


def _added(places: Labels, sizes: Floats, many: int) -> Floats:
    return np.bincount(places, weights=sizes, minlength=many).astype(np.float64)


def _largest(units: Labels, sizes: Floats, rest: float) -> Shares:
    total = float(sizes.sum())
    if len(units) <= MOST_KEPT:
        return Shares(total, units, sizes, rest)
    order = np.argpartition(sizes, len(sizes) - MOST_KEPT - 1)
    kept = np.sort(order[-MOST_KEPT:])
    return Shares(total, units[kept], sizes[kept], max(rest, float(sizes[order[:-MOST_KEPT]].max())))


def between(larger: Shares, smaller: Shares, among: Labels) -> tuple[float, float, float]:
    """What lies between two sums of which the first holds the second: its total, and the two largest in it, at most.

    `among`: the units of the second.
    """
    left = larger.sizes - smaller.of(larger.units)
    unsure = are_in(larger.units, among) & ~are_in(larger.units, smaller.units)
    left[unsure] = larger.sizes[unsure]
    left = np.maximum(left, 0.0)
    first, second = Shares(0.0, larger.units, left, larger.rest).two
    return larger.total - smaller.total, first, second


class ToldSum(Protocol):
    """A number as it is judged, or as it is kept."""

    @property
    def likeness(self) -> Likeness: ...
    @property
    def clusters(self) -> Mapping[str, object]: ...
    @property
    def shares(self) -> str: ...


@dataclass(slots=True)
class _Shelf:
    """Sums that are alike. A place is a cluster, or several."""

    totals: list[float] = field(default_factory=list)
    twos: list[tuple[float, float]] = field(default_factory=list)
    places: list[str] = field(default_factory=list)
    kept: list[tuple[Shares, int]] = field(default_factory=list)
    _arrays: tuple[Floats, Floats, npt.NDArray[np.object_]] | None = None

    def add(self, shares: Shares, place: str, handle: int) -> None:
        self.totals.append(shares.total)
        self.twos.append(shares.two)
        self.places.append(place)
        self.kept.append((shares, handle))
        self._arrays = None

    def near(self, shares: Shares, place: str, rules: Dominance) -> Iterator[tuple[Shares, int]]:
        """Those whose totals are so near that one or two units could be most of what is between."""
        if self._arrays is None:
            places = np.array(self.places, dtype=np.object_)
            self._arrays = np.array(self.totals), np.array(self.twos), places
        totals, twos, places = self._arrays
        apart = totals - shares.total
        reaches = np.where(apart > 0, rules.reach(twos[:, 0], twos[:, 1]), rules.reach(*shares.two))
        close = np.abs(apart) <= reaches
        if place != SEVERAL:
            close &= (places == place) | (places == SEVERAL)
        for found in np.flatnonzero(close).tolist():
            yield self.kept[found]


@dataclass(slots=True)
class KnownSums:
    """The sums that are known, each under a handle."""

    _shelves: dict[Likeness, _Shelf] = field(default_factory=dict)

    def add(self, told: ToldSum, handle: int) -> None:
        """Remember one, if how much is added to it is told."""
        shares = shares_in(told.shares)
        if shares is not None:
            self._shelves.setdefault(told.likeness, _Shelf()).add(shares, _place(told), handle)

    def against(
        self, number: LedgerNumber, labels_of: Callable[[int], Labels], rules: Dominance
    ) -> Iterator[int]:
        """The handles of sums beside which this one tells what one or two units add.

        `labels_of` says whom one is about.
        """
        shares, shelf = shares_in(number.shares), self._shelves.get(number.likeness)
        if shares is None or shelf is None:
            return
        mine = Held(shares, number.population.labels)
        for other, handle in shelf.near(shares, _place(number), rules):
            if tells(mine, Held(other, labels_of(handle)), rules):
                yield handle


@dataclass(slots=True)
class Sums:
    """The sums that were known before a question, and those that its answer shows so far."""

    known: KnownSums = field(default_factory=KnownSums)
    labels_of: Callable[[int], Labels] = lambda _handle: NOBODY
    rules: Dominance = HOUSE
    _here: KnownSums = field(default_factory=KnownSums)
    _labels: list[Labels] = field(default_factory=list)

    def show(self, number: LedgerNumber) -> None:
        """From now on it is known, if it is a sum."""
        if number.shares:
            self._here.add(number, len(self._labels))
            self._labels.append(number.population.labels)

    def against(self, number: LedgerNumber) -> tuple[int, ...] | None:
        """The known sums beside which this one tells what one or two units add, none of them for those shown here;
        None where there is no such sum."""
        if not number.shares:
            return None
        if any(True for _ in self._here.against(number, self._labels.__getitem__, self.rules)):
            return ()
        return tuple(self.known.against(number, self.labels_of, self.rules)) or None


def _place(told: ToldSum) -> str:
    return next(iter(told.clusters)) if len(told.clusters) == 1 else SEVERAL


@dataclass(frozen=True, slots=True, eq=False)
class Held:
    """A sum with those whom it is about."""

    shares: Shares
    labels: Labels


def tells(one: Held, other: Held, rules: Dominance) -> bool:
    """Whether one of two sums holds the other, and what is between them is mostly of one or two units."""
    larger, smaller = (other, one) if one.shares.total < other.shares.total else (one, other)
    if len(larger.labels) < len(smaller.labels) or not are_in(smaller.labels, larger.labels).all():
        return False
    total, first, second = between(larger.shares, smaller.shares, units_of(smaller.labels))
    return total > NOISE * larger.shares.total and bool(rules.holds(total, first, second))
