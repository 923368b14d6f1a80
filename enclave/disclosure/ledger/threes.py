"""Holds a new number against two others of which one is a whole and two are its parts, or nearly so.

What is read of populations is kept while it lasts: an answer's numbers are held against the same ones over and over.
"""

from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from enclave.disclosure.ledger.differences import NO_LISTS, Difference, complement, complement_beside
from enclave.disclosure.ledger.gaps import Gap, Gaps, gap_between, gaps_between
from enclave.disclosure.ledger.many_triples import Mask, Triple, Triples, Witness, triples_of, witness_of
from enclave.disclosure.ledger.numbers import CENSUS_MASK, Labels, Population, all_true, are_in, units_of
from enclave.disclosure.ledger.runs import Ints
from enclave.disclosure.ledger.worlds import Worlds

MOST_GAPS = 32
"""Between two numbers, kept while numbers are judged beside them."""
MANY = 8
"""So many threes that have a known number in common are looked at together first."""
SMALL = 1 << 12
"""Labels of a number that is looked at together with others."""
MOST_KEPT = 1 << 22
"""Labels of small numbers that are kept."""

PopulationOf: TypeAlias = Callable[[Witness], Population]


@dataclass(frozen=True, slots=True, eq=False)
class _Flat:
    """Units at one census, or of none (0): then units say all that labels do."""

    units: Labels
    census: int


class Threes:
    """What threes tell that a new number makes up with known ones."""

    def __init__(self, population_of: PopulationOf, *, min_units: int) -> None:
        self._population_of = population_of
        self._min_units = min_units
        self._gaps: OrderedDict[tuple[Witness, Witness], Gaps] = OrderedDict()
        self._small = _Small()
        self._flat: OrderedDict[int, _Flat | None] = OrderedDict()

    def findings(
        self, new: Population, triples: Iterable[Triple], worlds: Worlds = NO_LISTS
    ) -> Iterator[tuple[Triple, Difference]]:
        """Those of the threes that tell too much, in their order. `worlds`: of the censuses of the new number."""
        several = triples if isinstance(triples, Triples) else triples_of(triples)
        for triple in several if len(several) < MANY else several.taken(~self._far(new, several)):
            found = self._complement(new, triple, worlds)
            if found is not None:
                yield triple, found

    # One by one

    def _complement(self, new: Population, triple: Triple, worlds: Worlds) -> Difference | None:
        first, second = triple.first, triple.second
        if triple.is_whole:
            part, other = self._population_of(first), self._population_of(second)
            return complement(part, other, new, min_units=self._min_units, worlds=worlds)
        return complement_beside(
            new,
            self._gaps_between(second, first),
            lambda: (self._population_of(first), self._population_of(second)),
            min_units=self._min_units,
            worlds=worlds,
        )

    def _gaps_between(self, whole: Witness, part: Witness) -> Gaps:
        """Those of the last few are kept: many small numbers are held against the same large ones."""
        key = whole, part
        if key not in self._gaps:
            while len(self._gaps) >= MOST_GAPS:
                self._gaps.popitem(last=False)
            self._gaps[key] = gaps_between(self._population_of(whole), self._population_of(part))
        self._gaps.move_to_end(key)
        return self._gaps[key]

    # Many at once

    def _far(self, new: Population, several: Triples) -> Mask:
        """Those that leave too many units, as far as that is quick to see.

        Small numbers are near one another by their histograms however unlike they are: where a whole has a dozen units
        more than a part, every number of a dozen in the country may be the other part, and hardly one is.
        """
        far, mine = np.zeros(len(several), dtype=np.bool_), _flat(new)
        common = _common(several)
        groups, group_of, counts = np.unique(
            2 * common + several.is_whole, return_inverse=True, return_counts=True
        )
        for group in np.flatnonzero(counts >= MANY).tolist() if mine is not None else ():
            places = np.flatnonzero(group_of == group)
            first, second = several.first[places], several.second[places]
            thirds = np.where(second == common[places], first, second)
            shared = self._shared(int(groups[group]) >> 1)
            if mine is not None and shared is not None:
                far[places] = self._leave_many(mine, shared, bool(groups[group] & 1), thirds)
        return far

    def _shared(self, code: int) -> _Flat | None:
        """A number that many threes have in common; the last few are kept, since others have them too."""
        if code not in self._flat:
            while len(self._flat) >= MOST_GAPS:
                self._flat.popitem(last=False)
            self._flat[code] = _flat(self._population_of(witness_of(code)))
        self._flat.move_to_end(code)
        return self._flat[code]

    def _leave_many(self, mine: _Flat, other: _Flat, is_whole: bool, thirds: Ints) -> Mask:
        """Which of some third numbers leave enough units with a new number and one that they have in common."""
        censuses = {mine.census, other.census} - {0}
        if len(censuses) > 1:
            return np.zeros(len(thirds), dtype=np.bool_)
        gap = gap_between(mine.units, other.units) if is_whole else gap_between(other.units, mine.units)
        places = self._small.places_of(thirds.tolist(), self._population_of)
        alike = places >= 0
        if censuses:
            alike &= np.isin(self._small.censuses[places], (0, *censuses))
        far = np.zeros(len(thirds), dtype=np.bool_)
        far[alike] = self._small.rests(gap, places[alike]) >= self._min_units
        return far


def _common(several: Triples) -> Ints:
    """For each, a known number that many have in common: their whole, or the one of two parts that more have."""
    whole = several.is_whole
    parts, counts = np.unique(
        np.concatenate((several.first[whole], several.second[whole])), return_counts=True
    )
    common = several.second.copy()
    if len(parts):
        first, second = several.first[whole], several.second[whole]
        more = counts[parts.searchsorted(first)] > counts[parts.searchsorted(second)]
        common[whole] = np.where(more, first, second)
    return common


class _Small:
    """The units of small numbers, one after the other, as they were read."""

    def __init__(self) -> None:
        self.censuses = np.zeros(1, dtype=np.int64)  # the last is nobody's
        self._units = np.zeros(0, dtype=np.int64)
        self._starts = np.zeros(1, dtype=np.int64)
        self._sizes = np.zeros(1, dtype=np.int64)
        self._places: dict[int, int] = {}

    def places_of(self, codes: Sequence[int], population_of: PopulationOf) -> Ints:
        """The place of each; -1 for what is not small, or of several censuses, or past what is kept."""
        new = [code for code in dict.fromkeys(codes) if code not in self._places]
        if new:
            self._read(new, population_of)
        return np.array([self._places.get(code, -1) for code in codes], dtype=np.int64)

    def _read(self, new: Sequence[int], population_of: PopulationOf) -> None:
        kept, read = len(self._units), list[_Flat]()
        count = len(self._sizes) - 1
        for code in new:
            if kept >= MOST_KEPT:
                break
            population = population_of(witness_of(code))
            found = None if len(population.labels) > SMALL else _flat(population)
            self._places[code] = -1 if found is None else count + len(read)
            if found is not None:
                read.append(found)
                kept += len(found.units)
        sizes = np.array([len(one.units) for one in read], dtype=np.int64)
        ends = len(self._units) + np.cumsum(sizes)
        self._units = np.concatenate([self._units, *(one.units for one in read)])
        self._starts = np.concatenate((self._starts[:-1], ends - sizes, [0]))
        self._sizes = np.concatenate((self._sizes[:-1], sizes, [0]))
        self.censuses = np.concatenate((self.censuses[:-1], [one.census for one in read], [0])).astype(
            np.int64
        )

    def rests(self, gap: Gap, places: Ints) -> Ints:
        """How many units are left of a gap when each of the numbers is taken away, as `Gap.rest` has them."""
        sizes = self._sizes[places]
        ends = np.cumsum(sizes)
        there = np.repeat(self._starts[places] - (ends - sizes), sizes) + np.arange(int(sizes.sum()))
        units = self._units[there]
        filled, twice = _counted(are_in(units, gap.open), ends), _counted(are_in(units, gap.over), ends)
        found: Ints = len(gap.open) + len(gap.over) + sizes - 2 * filled - twice
        return found


def _counted(flags: Mask, ends: Ints) -> Ints:
    """How many are set in each part of the flags, by where it ends."""
    before = np.concatenate(([0], np.cumsum(flags)))
    found: Ints = np.diff(before[ends], prepend=0)
    return found


def _flat(population: Population) -> _Flat | None:
    labels = population.labels
    if not len(labels):
        return None
    census = int(labels[0]) & CENSUS_MASK
    return _Flat(units_of(labels), census) if all_true(labels & CENSUS_MASK == census) else None
