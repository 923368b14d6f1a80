"""Holds a new number against two others of which one is a whole and two are its parts, or nearly so.

What is read of populations is kept while it lasts: an answer's numbers are held against the same ones over and over.
"""

from collections import Counter, OrderedDict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from enclave.disclosure.ledger.differences import NO_LISTS, Difference, complement, complement_beside
from enclave.disclosure.ledger.gaps import Gap, Gaps, gap_between, gaps_between
from enclave.disclosure.ledger.numbers import CENSUS_MASK, Labels, Population, shared_with, units_of
from enclave.disclosure.ledger.triples import Triple, Witness
from enclave.disclosure.ledger.worlds import Worlds

MOST_GAPS = 32
"""Between two numbers, kept while numbers are judged beside them."""
MANY = 8
"""So many threes that have a known number in common are looked at together first."""
AT_ONCE = 1 << 10
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
        self._flat: dict[Witness, _Flat | None] = {}
        self._kept = 0

    def findings(
        self, new: Population, triples: Sequence[Triple], worlds: Worlds = NO_LISTS
    ) -> Iterator[tuple[Triple, Difference]]:
        """Those of the threes that tell too much, in their order. `worlds`: of the censuses of the new number."""
        for triple in self._near(new, triples):
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

    def _near(self, new: Population, triples: Sequence[Triple]) -> Iterator[Triple]:
        """Without those that leave too many units, as far as that is quick to see.

        Small numbers are near one another by their histograms however unlike they are: where a whole has a dozen units
        more than a part, every number of a dozen in the country may be the other part, and hardly one is.
        """
        if len(triples) < MANY:
            return iter(triples)
        far: set[Triple] = set()
        for (is_whole, common), several in _by_common(triples).items():
            for start in range(0, len(several) if len(several) >= MANY else 0, AT_ONCE):
                far.update(self._far(new, is_whole, common, several[start : start + AT_ONCE]))
        return (triple for triple in triples if triple not in far)

    def _far(
        self, new: Population, is_whole: bool, common: Witness, several: Sequence[Triple]
    ) -> Iterator[Triple]:
        mine, other = _flat(new), _flat(self._population_of(common))
        if mine is None or other is None:
            return
        gap = gap_between(mine.units, other.units) if is_whole else gap_between(other.units, mine.units)
        thirds = [(triple, self._small(_third(triple, common))) for triple in several]
        alike = [
            (triple, third.units)
            for triple, third in thirds
            if third is not None and len({mine.census, other.census, third.census} - {0}) < 2
        ]
        rests = _rests(gap, [units for _, units in alike])
        yield from (triple for (triple, _), rest in zip(alike, rests, strict=True) if rest >= self._min_units)

    def _small(self, witness: Witness) -> _Flat | None:
        if witness not in self._flat:
            population = self._population_of(witness)
            found = None if len(population.labels) > SMALL else _flat(population)
            if self._kept >= MOST_KEPT:
                return found
            self._flat[witness] = found
            self._kept += 0 if found is None else len(found.units)
        return self._flat[witness]


def _by_common(triples: Sequence[Triple]) -> dict[tuple[bool, Witness], list[Triple]]:
    """By a known number that many have in common: their whole, or the one of two parts that more have."""
    counts = Counter(one for triple in triples if triple.is_whole for one in (triple.first, triple.second))
    found: dict[tuple[bool, Witness], list[Triple]] = {}
    for triple in triples:
        common = triple.second
        if triple.is_whole and counts[triple.first] > counts[common]:
            common = triple.first
        found.setdefault((triple.is_whole, common), []).append(triple)
    return found


def _third(triple: Triple, common: Witness) -> Witness:
    return triple.first if triple.second == common else triple.second


def _flat(population: Population) -> _Flat | None:
    labels = population.labels
    if not len(labels):
        return None
    census = int(labels[0]) & CENSUS_MASK
    return _Flat(units_of(labels), census) if (labels & CENSUS_MASK == census).all() else None


def _rests(gap: Gap, others: Sequence[Labels]) -> Labels:
    """How many units are left of a gap when each of the others is taken away, as `Gap.rest` has them."""
    if not others:
        return np.zeros(0, dtype=np.int64)
    sizes = np.array([len(one) for one in others])
    filled, twice = shared_with(gap.open, others), shared_with(gap.over, others)
    found: Labels = len(gap.open) + len(gap.over) + sizes - 2 * filled - twice
    return found
