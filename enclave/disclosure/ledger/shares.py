"""How much those add who add most to a sum, so that what lies between two sums is not mostly of one or two people.

Two sums may be of many people each, and of many more in one than in the other: if nearly all of what these add is one
person's, the difference is that person's value. The rules on dominance judge it as they judge a sum. Of every sum the
ledger keeps the total of sizes and the units that add most, with how much each adds.

Judged is what is left of a sum when another is taken from it, all of whose units it holds, or two others that have no
unit in common. A unit that may be in both adds to what is left at most what it adds to the larger. Which sums those are
says `known_sums`.

Limit: sums of which neither holds the other are not judged so, nor four that make up a whole. Limit: of those who are
not among the first `MOST_KEPT` of a sum only a bound is known, so that a number more is hidden.
"""

from base64 import b64decode, b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Final

import numpy as np
import numpy.typing as npt

from enclave.disclosure.ledger.numbers import Labels, all_true, are_equal, are_in, units_of
from enclave.disclosure.promises import BrokenPromise

Floats = npt.NDArray[np.float64]
MOST_KEPT: Final = 64
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


def left_of(larger: Shares, smaller: Shares, among: Labels) -> Shares:
    """What lies between two sums of which the first holds the second; each adds at most what is said.

    `among`: the units of the second.
    """
    left = larger.sizes - smaller.of(larger.units)
    unsure = are_in(larger.units, among) & ~are_in(larger.units, smaller.units)
    left[unsure] = larger.sizes[unsure]
    return Shares(larger.total - smaller.total, larger.units, np.maximum(left, 0.0), larger.rest)


@dataclass(frozen=True, slots=True, eq=False)
class Held:
    """A sum with those whom it is about."""

    shares: Shares
    labels: Labels

    def most_of(self, units: Labels) -> Floats:
        """What some units add at most."""
        unsure = are_in(units, units_of(self.labels)) & ~are_in(units, self.shares.units)
        return np.where(unsure, self.shares.rest, self.shares.of(units))


def more_than(whole: Held, one: Held, other: Held) -> Shares:
    """What two sums are more than a third, all of whose units they have; each adds at most what is said."""
    units = np.union1d(one.shares.units, other.shares.units)
    sizes = one.most_of(units) + other.most_of(units) - whole.shares.of(units)
    rests = one.shares.rest, other.shares.rest
    rest = sum(rests) if are_in(one.labels, other.labels).any() else max(rests)
    total = one.shares.total + other.shares.total - whole.shares.total
    return Shares(total, units, np.maximum(sizes, 0.0), rest)


def holds(larger: Labels, smaller: Labels) -> bool:
    """Whether all of the second stand in the first."""
    return len(larger) >= len(smaller) and all_true(are_in(smaller, larger))


def tells(one: Held, other: Held, rules: Dominance) -> bool:
    """Whether one of two sums holds the other, and what is between them is mostly of one or two units."""
    larger, smaller = (other, one) if one.shares.total < other.shares.total else (one, other)
    return holds(larger.labels, smaller.labels) and leaves_one(larger, (smaller,), rules)


def leaves_one(whole: Held, parts: Sequence[Held], rules: Dominance) -> bool:
    """Whether what parts leave of a whole, which holds them and in which no unit is twice, is mostly of one or two."""
    left = whole.shares
    for part in parts:
        left = left_of(left, part.shares, units_of(part.labels))
    return _is_of_one(left, whole, rules)


def three_tell(whole: Held, one: Held, other: Held, rules: Dominance) -> bool:
    """Whether what is between a whole and two others together is mostly of one or two units: of no unit less than
    nothing, so that it is either a part of the whole that they leave, or what they have twice and beside it."""
    if any(are_equal(some.labels, others.labels) for some, others in combinations((whole, one, other), 2)):
        return False  # these are two sums, which were judged
    if whole.shares.total < one.shares.total + other.shares.total:
        covered = are_in(whole.labels, one.labels) | are_in(whole.labels, other.labels)
        return all_true(covered) and _is_of_one(more_than(whole, one, other), whole, rules)
    if not (holds(whole.labels, one.labels) and holds(whole.labels, other.labels)):
        return False
    return not are_in(one.labels, other.labels).any() and leaves_one(whole, (one, other), rules)


def _is_of_one(left: Shares, whole: Held, rules: Dominance) -> bool:
    return left.total > NOISE * whole.shares.total and bool(rules.holds(left.total, *left.two))
