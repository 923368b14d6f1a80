"""Whether two or three numbers, taken from one another, tell about too few. The exact rules, on whole populations.

A reader who holds two numbers holds their difference. It is about the units in one population and not in the other:
if these are fewer than `min_units`, the difference is a number that no rule for a single cell would show.

**Zero is a few.** If numbers that differ by 1 to 9 units are hidden and equal ones are shown, being shown says
"nobody", which is as good as a count. So populations which happen to be equal are treated as if they differed, unless
they are equal whatever the fields with hidden zeros hold. A population is its visible part with its hidden conditions
applied: `labels = {x in visible: x meets hidden}`. With the same hidden conditions and the same visible part it is the
same set in every world that looks the same from outside, so that showing it tells nothing. With other hidden
conditions or another visible part there is a world, alike in all that is visible, in which they differ by one unit;
there the number would be hidden, so here it must be too. What is visible may decide: it is known to everybody.

**Units and labels.** A count of rows over two years tells of labels (a unit at a census), a count of people of units.
Both readings are judged. Units differ by at most as much as labels do, so a difference in units is the stricter of
the two, and labels are looked at only where the units are equal. Of a sum of cells that share units, such as the girls
of three stages over three years, rows are all that anybody knows: there the labels decide, and it matters how many
units these are of.

Limit: where one label stands for several rows of a unit (registered twice on one day), conditions on rows can tell two
populations of equal labels apart, and two definitions with equal visible labels may be taken for the same.
"""

from collections.abc import Callable
from enum import Enum

import numpy as np

from enclave.disclosure.ledger.certain import adds_up_always
from enclave.disclosure.ledger.dense import are_in, census_of, in_one, ways
from enclave.disclosure.ledger.echelon import PRIME
from enclave.disclosure.ledger.gaps import Gaps, gaps_between, timeless
from enclave.disclosure.ledger.hidden_conditions import means_the_same
from enclave.disclosure.ledger.numbers import Labels, Population, are_equal, units_of
from enclave.disclosure.ledger.worlds import Worlds

NO_LISTS = Worlds()
_WHOLE_LESS_PARTS = (1, PRIME - 1, PRIME - 1)


class Difference(Enum):
    """What too small a difference there is between a new number and known ones."""

    NESTED = "one holds the other and a few units more"
    COMPLEMENT = "two together are a third but for a few units"
    TWO_SIDED = "each has units that the other has not, few together"
    ZERO = "equal, but only as it happens"


def difference(
    new: Population, known: Population, *, min_units: int, across: bool = False
) -> Difference | None:
    """What is wrong with showing `new` beside `known`, two numbers of equal likeness; None if nothing.

    Args:
        across: the two are of different years or terms, and about things that never change. Then populations which
            are not nested may be near where many came and many went: a few of any sort do, and most numbers would be
            lost. Where few came in sight, that somebody did who is in the number would tell who.
    """
    if (new.rows_only or known.rows_only) and not (timeless(new) or timeless(known)):
        return _of_rows(new, known, min_units)
    more, fewer = _sides(units_of(new.labels), units_of(known.labels))
    if more + fewer >= min_units:
        return None
    if more and fewer:
        return None if across and _many_came_and_went(new, known, min_units) else Difference.TWO_SIDED
    if more or fewer:
        return Difference.NESTED
    return _of_equal_units(new, known, min_units)


def _of_equal_units(new: Population, known: Population, min_units: int) -> Difference | None:
    if always_equal(new, known):
        return None
    if timeless(new) or timeless(known):
        return Difference.ZERO
    both = len(units_of(in_one(new.labels, known.labels)))
    if 0 < both < min_units:
        more, fewer = _sides(new.labels, known.labels)
        return Difference.TWO_SIDED if more and fewer else Difference.NESTED
    if both and not new.hidden and not known.hidden:
        return None  # the same people at other times, and everybody can see that
    return Difference.ZERO


def _of_rows(new: Population, known: Population, min_units: int) -> Difference | None:
    """The same by rows alone: whose rows are in one of the two and not in the other."""
    apart = len(units_of(in_one(new.labels, known.labels)))
    if apart >= min_units:
        return None
    if apart:
        more, fewer = _sides(new.labels, known.labels)
        return Difference.TWO_SIDED if more and fewer else Difference.NESTED
    return None if always_equal(new, known) else Difference.ZERO


def _many_came_and_went(new: Population, known: Population, min_units: int) -> bool:
    return min(_sides(units_of(new.visible), units_of(known.visible))) >= min_units


def always_equal(one: Population, other: Population) -> bool:
    """Whether two populations are the same set whatever the fields with hidden zeros hold."""
    if not means_the_same(one.hidden, other.hidden):
        return False
    if timeless(one) == timeless(other):
        return are_equal(one.visible, other.visible)
    if one.hidden:
        return False  # a condition on all of somebody's rows may hold where it does not at one census
    return are_equal(units_of(one.visible), units_of(other.visible))


def complement(
    part: Population, other: Population, whole: Population, *, min_units: int, worlds: Worlds = NO_LISTS
) -> Difference | None:
    """What is wrong with showing all three, like numbers, of which `whole` holds about what the two parts hold.

    Judged is the sum `whole - part - other`: it is about each unit that it does not cancel, be it in the whole and in
    no part, in both parts, or in a part and not in the whole. Fewer than `min_units` of them are too few, and none at
    all too, unless that follows from what is visible and from the published codes: `f = yes` and `f = no` make up
    everybody where `worlds` has no third.
    """
    gaps = gaps_between(whole, other)
    return complement_beside(part, gaps, lambda: (other, whole), min_units=min_units, worlds=worlds)


def complement_beside(
    part: Population,
    gaps: Gaps,
    others: Callable[[], tuple[Population, Population]],
    *,
    min_units: int,
    worlds: Worlds = NO_LISTS,
) -> Difference | None:
    """The same from the gaps between the whole and its other part. `others` gives these two, where they matter."""
    rests = gaps.rests(part)
    if any(0 < rest < min_units for rest in rests):
        return Difference.COMPLEMENT
    if 0 not in rests:
        return None
    other, whole = others()
    return None if _always_whole(whole, part, other, worlds) else Difference.ZERO


def _always_whole(whole: Population, part: Population, other: Population, worlds: Worlds) -> bool:
    """Whether two parts make up the whole whatever the fields with hidden zeros hold."""
    three = (whole, part, other)
    hidden = [one.hidden for one in three]
    if not any(hidden):
        return True
    if whole.visible is part.visible is other.visible:  # as where a hidden field alone divides the whole
        units = [units_of(whole.visible)] * 3
    else:
        units = [units_of(one.visible) for one in three]
    if any(timeless(one) for one in three):
        return adds_up_always(_WHOLE_LESS_PARTS, hidden, ways(units), worlds)
    labels = [one.visible for one in three]
    at_one_census = all(len(one) == len(other) for one, other in zip(units, labels, strict=True))
    if not at_one_census and len(set(hidden)) > 1:
        return False  # a unit may meet one condition at one census and the other at another
    censuses = {census_of(one) for one in labels if len(one)}
    readings = (units,) if len(censuses) == 1 and None not in censuses else (units, labels)
    if any(one.rows_only for one in three):
        readings = readings[-1:]
    return all(adds_up_always(_WHOLE_LESS_PARTS, hidden, ways(one), worlds) for one in readings)


def _sides(one: Labels, other: Labels) -> tuple[int, int]:
    """How many stand in the first alone, and in the second alone. Both sorted, without repeats."""
    if are_equal(one, other):
        return 0, 0
    fewer, more = sorted((one, other), key=len)
    shared = int(np.count_nonzero(are_in(fewer, more)))
    return len(one) - shared, len(other) - shared
