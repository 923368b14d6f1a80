"""Among sums that are known, those that could leave next to nothing with a new one: two sums, or three.

Of three one is taken for a whole. What it is more than two parts of it, or what two sums are more than a third that
they cover, is a sum like any other: of nobody who is in none, so that no bin of a histogram is left with less than
nothing, and next to nothing where it is within reach of what two units add at most. What has neither is settled
without looking at whom the sums are about.

Limit: where one or two may add so much that very many threes are near, those of the largest wholes are looked at
(`sum_shelf.MOST_PAIRS`), as of counts over several clusters.

Inside a cluster nothing of another is looked for: what covers nothing of the whole leaves what two sums leave, and all
of itself, which were judged.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from enclave.disclosure.ledger.known import SEVERAL, Sketch
from enclave.disclosure.ledger.numbers import NO_CENSUS
from enclave.disclosure.ledger.runs import Ints
from enclave.disclosure.ledger.shares import NOISE, Dominance, Held
from enclave.disclosure.ledger.sum_shelf import LARGEST, Picked, SumShelf, may_cover, may_hold, may_hold_both

EVERYTHING = None


@dataclass(frozen=True, slots=True, eq=False)
class NewSum:
    """A sum that is asked about, with whom it is about."""

    held: Held
    sketch: Sketch
    rules: Dominance
    reach: float
    _alone: SumShelf

    @classmethod
    def of(cls, held: Held, sketch: Sketch, rules: Dominance) -> "NewSum":
        alone = SumShelf()
        alone.add(held.shares, sketch, 0)
        return cls(held, sketch, rules, alone.furthest(rules), alone)

    @property
    def total(self) -> float:
        return self.held.shares.total

    @property
    def once(self) -> bool:
        """Whether a unit is in such a sum once, so that there are as many in two parts together as in each."""
        censuses = self.sketch.likeness.censuses
        return "; " not in censuses and censuses != NO_CENSUS

    def times(self, many: int) -> Picked:
        """Itself, to stand beside so many others."""
        return self._alone.picked(np.zeros(many, dtype=np.int64), self.rules)


def near(new: NewSum, shelf: SumShelf) -> Ints:
    """Where those are that leave next to nothing of the new one, or of which it leaves next to nothing."""
    places = shelf.beside(new.sketch.cluster)
    apart = shelf.totals[places] - new.total
    close = np.abs(apart) <= np.where(apart > 0, shelf.reaches(new.rules)[places], new.reach)
    places, larger = places[close], apart[close] > 0
    if not len(places):
        return places
    theirs, mine = shelf.picked(places, new.rules), new.times(len(places))
    return places[np.where(larger, may_hold(theirs, mine), may_hold(mine, theirs))]


def parts_of(new: NewSum, one: SumShelf, other: SumShelf) -> Iterator[tuple[Ints, Ints]]:
    """Pairs, of either shelf, beside which the new one may tell too much as the whole.

    That of the first shelf adds up to as much as the other, or to more.
    """
    place, furthest = new.sketch.cluster, one.furthest(new.rules) + other.furthest(new.rules)
    firsts = one.beside(place)
    totals = one.totals[firsts]
    large = (2 * totals >= new.total - new.reach) & (totals <= new.total + furthest)
    firsts = _largest_first(one, firsts[large])
    totals = one.totals[firsts]
    left = new.total - totals
    among = EVERYTHING if place == SEVERAL else other.beside(place)
    for which, seconds in other.between(left - new.reach, np.minimum(left + furthest, totals), among):
        at = firsts[which]
        some = _leave_next_to_nothing(
            new.times(len(at)), one.picked(at, new.rules), other.picked(seconds, new.rules), once=new.once
        )
        yield at[some], seconds[some]


def wholes_of(new: NewSum, one: SumShelf, other: SumShelf) -> Iterator[tuple[Ints, Ints]]:
    """Pairs of a whole, of the first shelf, and of a part, beside which the new one may tell too much as the other
    part."""
    place = new.sketch.cluster
    if place == SEVERAL:
        yield from _wholes_among(new, one, one.beside(place), other, EVERYTHING)
    else:
        yield from _wholes_among(new, one, one.inside(SEVERAL), other, EVERYTHING)
        yield from _wholes_among(new, one, one.inside(place), other, other.beside(place))


def _wholes_among(
    new: NewSum, one: SumShelf, wholes: Ints, other: SumShelf, parts: Ints | None
) -> Iterator[tuple[Ints, Ints]]:
    furthest = new.reach + other.furthest(new.rules)
    wholes = _largest_first(one, wholes[one.totals[wholes] >= new.total - furthest])
    left = one.totals[wholes] - new.total
    for which, seconds in other.between(left - one.reaches(new.rules)[wholes], left + furthest, parts):
        at = wholes[which]
        some = _leave_next_to_nothing(
            one.picked(at, new.rules), new.times(len(at)), other.picked(seconds, new.rules), once=new.once
        )
        yield at[some], seconds[some]


def _largest_first(shelf: SumShelf, places: Ints) -> Ints:
    """By falling totals, where that matters."""
    return places if len(places) <= LARGEST else places[np.argsort(-shelf.totals[places], kind="stable")]


def _leave_next_to_nothing(whole: Picked, one: Picked, other: Picked, *, once: bool) -> Ints:
    """Which threes, row by row, may be mostly of one or two units, and of nobody who is in none."""
    totals = whole.totals
    left = totals - one.totals - other.totals
    under = np.flatnonzero((left > NOISE * totals) & (left <= whole.reaches))
    over = np.flatnonzero((left < -NOISE * totals) & (-left <= one.reaches + other.reaches))
    if len(under):
        three = whole[under], one[under], other[under]
        under = under[may_hold_both(*three) if once else may_hold(*three[:2]) & may_hold(*three[::2])]
    if len(over):
        over = over[may_cover(whole[over], one[over], other[over])]
    return np.concatenate((under, over))
