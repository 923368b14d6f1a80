"""Half of a sum of inequalities: where it is not whole, what whole shares have is more.

Three cuts that each want one of two cells of three, `a + b >= 1`, `b + c >= 1` and `a + c >= 1`, are met by halves; but
of whole cells at least two go. Half of their sum says so, when it is rounded up. Which cuts to add up is found by
elimination modulo 2.

Source:
    A. M. C. A. Koster, A. Zymolka, M. Kutschka, Algorithms to separate {0, 1/2}-Chvátal-Gomory cuts, Algorithmica 55
    (2009).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from enclave.disclosure.suppression.cuts import Cut
from enclave.disclosure.suppression.system import Floats

WHOLE = 1e-6
TIGHT = 0.3
"""What a cut may be more than met by, to be one of a sum."""
BROKEN = 0.02
"""By so much less than half a sum is met that is worth a cut."""
MOST, LONGEST = 30, 200
"""Cuts at once, and cells of one."""


@dataclass(frozen=True, slots=True)
class _Sum:
    """Cuts that are added up, a bit each: shared cells with odd numbers, whether the least is odd, what is over."""

    cuts: int
    odd: int
    is_odd: bool
    over: float

    def plus(self, other: "_Sum") -> "_Sum":
        return _Sum(
            self.cuts ^ other.cuts, self.odd ^ other.odd, self.is_odd != other.is_odd, self.over + other.over
        )


def as_whole(cut: Cut) -> Cut:
    """The same in whole numbers: a cut of parts wants at least one of its cells."""
    if all(often.is_integer() for often in cut[0].values()):
        return cut
    return dict.fromkeys(cut[0], 1.0), 1.0


def halves(cuts: Sequence[Cut], shares: Floats, place: Mapping[int, int]) -> list[Cut]:
    """Halves of sums of these, in whole numbers all, that these shares break."""
    shared = [at for at in range(len(shares)) if WHOLE < shares[at] < 1 - WHOLE]
    bits = {at: 1 << number for number, at in enumerate(shared)}
    sums = []
    for number, (times, least) in enumerate(cuts):
        over = sum(often * float(shares[place[cell]]) for cell, often in times.items()) - least
        if over > TIGHT:
            continue
        odd, is_odd = 0, bool(least % 2)
        for cell, often in times.items():
            if often % 2:
                at = place[cell]
                odd ^= bits.get(at, 0)
                is_odd ^= bool(shares[at] >= 1 - WHOLE)
        sums.append(_Sum(1 << number, odd, is_odd, max(0.0, over)))
    found: dict[int, None] = {}
    for at in sorted(shared, key=lambda at: (-shares[at], at)):
        having = [one for one in sums if one.odd & bits[at]]
        if not having:
            continue
        pivot = min(having, key=lambda one: (one.over, one.odd.bit_count(), one.cuts))
        sums = [one.plus(pivot) if one.odd & bits[at] else one for one in sums if one is not pivot]
        for one in sums:
            if one.is_odd and one.over + _weight(one.odd, shared, shares) < 1 - 2 * BROKEN:
                found.setdefault(one.cuts)
        sums = [one for one in sums if one.over < 1]
        if len(found) >= MOST:
            break
    made = (_half(_some(cuts, one), shares, place) for one in found)
    return [cut for cut in made if cut is not None]


def _weight(odd: int, shared: Sequence[int], shares: Floats) -> float:
    total = 0.0
    while odd:
        lowest = odd & -odd
        total += float(shares[shared[lowest.bit_length() - 1]])
        odd ^= lowest
    return total


def _some(cuts: Sequence[Cut], chosen: int) -> list[Cut]:
    return [one for number, one in enumerate(cuts) if chosen >> number & 1]


def _half(cuts: Sequence[Cut], shares: Floats, place: Mapping[int, int]) -> Cut | None:
    """Half of the sum, each number rounded up; a cell that is all hidden counts for one less on both sides."""
    times: dict[int, int] = {}
    least = 0
    for some, at_least in cuts:
        least += round(at_least)
        for cell, often in some.items():
            times[cell] = times.get(cell, 0) + round(often)
    for cell, often in times.items():
        if often % 2 and shares[place[cell]] >= 1 - WHOLE:
            times[cell], least = often - 1, least - 1
    if least % 2 == 0:
        return None
    least = (least + 1) // 2
    half = {cell: float((often + 1) // 2) for cell, often in times.items() if (often + 1) // 2}
    if all(often > 0 for often in half.values()):
        half = {cell: min(often, float(least)) for cell, often in half.items()}
    there = sum(often * float(shares[place[cell]]) for cell, often in half.items())
    return (half, float(least)) if there < least - BROKEN and len(half) <= LONGEST else None
