"""Which new numbers differ by too little from known ones, or from one another.

Numbers are judged in order, coarser first. What is shown becomes known to those after it, so of two cells that tell too
much together the smaller is hidden. `Finding` says which known numbers are the witnesses: for checkers alone.

    judge = PairJudge(numbers, known, population_of, min_units=10)
    for position in coarser_first(numbers):
        if judge.finding(position) is None:  # and nothing else speaks against it
            judge.show(position)
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from enclave.disclosure.ledger.beside import Beside, Near
from enclave.disclosure.ledger.differences import (
    Difference,
    always_equal,
    complement,
    difference,
)
from enclave.disclosure.ledger.known import (
    KnownNumbers,
    Sketch,
)
from enclave.disclosure.ledger.many_triples import NO_TRIPLES, Mask, Triples, Witness, witness_of
from enclave.disclosure.ledger.numbers import LedgerNumber, Population, are_equal, count_of_units
from enclave.disclosure.ledger.runs import Ints
from enclave.disclosure.ledger.threes import Threes
from enclave.disclosure.ledger.worlds import FindCodes, Worlds, nothing_is_listed

__all__ = [
    "Difference",
    "Finding",
    "KnownNumbers",
    "PairJudge",
    "Witness",
    "candidates",
    "coarser_first",
    "complement",
    "difference",
    "judge_pairs",
]

PopulationOf: TypeAlias = Callable[[int], Population]
"""The population of a known number, by its handle."""
MOST_KEPT = 1 << 22
"""Labels of known numbers that are kept while others are judged beside them."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Why a number may not be shown, and which known numbers it would tell too much with."""

    position: int
    difference: Difference
    witnesses: tuple[Witness, ...]


def judge_pairs(
    numbers: Sequence[LedgerNumber],
    known: KnownNumbers,
    population_of: PopulationOf,
    *,
    min_units: int,
) -> Mapping[int, Finding]:
    """What may not be shown, by position; all others may, together with what is known.

    `known` stays as it is: who shows numbers adds them.
    """
    judge = PairJudge(numbers, known, population_of, min_units=min_units)
    found: dict[int, Finding] = {}
    for position in coarser_first(numbers):
        finding = judge.finding(position)
        if finding is None:
            judge.show(position)
        else:
            found[position] = finding
    return found


def coarser_first(numbers: Sequence[LedgerNumber]) -> list[int]:
    """Positions by falling size, as everybody can see it; then by fewer hidden conditions; then as they come.

    Not by how many units there really are: the order says which of two is hidden, and would tell which is larger.
    """
    sizes = [count_of_units(number.population.visible) for number in numbers]
    hidden = [len(number.population.hidden) for number in numbers]
    return sorted(range(len(numbers)), key=lambda position: (-sizes[position], hidden[position]))


class PairJudge:
    """Judges some numbers one by one, so that other rules may have their say in between.

    What `show` was called for before the first `finding` is taken for known, and not prepared for judging. Who
    reads more than the first of `findings` asks for `every_finding`: else those of three are not looked for where there
    is one of two. `codes` are the published ones, by which a whole is certain.
    """

    def __init__(
        self,
        numbers: Sequence[LedgerNumber],
        known: KnownNumbers,
        population_of: PopulationOf,
        *,
        min_units: int,
        every_finding: bool = False,
        codes: FindCodes = nothing_is_listed,
    ) -> None:
        self._every_finding = every_finding
        self._codes = codes
        self._worlds: dict[tuple[str, ...], Worlds] = {}
        self._numbers = list(numbers)
        self._beside = Beside(numbers, known)
        self._population_of = population_of
        self._min_units = min_units
        self._read: dict[int, Population] = {}
        self._kept = 0
        self._shown: Counter[int] = Counter()  # the first of the numbers about the same -> how many of them
        self._marked: Mask | None = None  # the same as marks, once these are asked for
        self._identities: Counter[bytes] = Counter()
        self._near: dict[int, list[Near]] | None = None
        self._triples: Mapping[int, Triples] | None = None
        self._told: set[int] = set()  # of the first of those about the same: what is known says all of it
        self._threes = Threes(self._population, min_units=min_units)

    def finding(self, position: int) -> Finding | None:
        """What speaks against showing this number beside those known and those shown so far."""
        return next(self.findings(position), None)

    def findings(self, position: int) -> Iterator[Finding]:
        """All that does."""
        number, first = self._numbers[position], self._beside.firsts[position]
        if self._beside.known.knows(number.identity) or self._identities[number.identity]:
            return
        if first in self._told or (self._shown[first] and number.likeness.censuses):
            return
        yield from self._judged(position, number, self._near_to(first), lambda: self._triples_of(first))

    def expect(self, numbers: Sequence[LedgerNumber]) -> None:
        """Look up together what is near to numbers that `finding_of` will be asked about."""
        unknown = [one for one in numbers if not self._beside.known.knows(one.identity)]
        self._beside.expect(unknown, self._min_units)

    def finding_of(self, number: LedgerNumber) -> Finding | None:
        """The same as `finding` for a number that is not among these, at position -1."""
        return next(self.findings_of(number), None)

    def findings_of(self, number: LedgerNumber) -> Iterator[Finding]:
        """All of them."""
        if self._beside.known.knows(number.identity) or self._identities[number.identity]:
            return
        asked = {-1: (number, self._beside.sketched(number))}
        near = self._beside.near_to(number, self._min_units)
        yield from self._judged(
            -1, number, near, lambda: self._beside.triples(asked, self._min_units).get(-1, NO_TRIPLES)
        )

    def show(self, position: int) -> None:
        """From now on the number counts as known."""
        self._shown[self._beside.firsts[position]] += 1
        self._mark(self._beside.firsts[position])
        self._identities[self._numbers[position].identity] += 1

    def show_also(self, number: LedgerNumber) -> None:
        """From now on a number that is not among these counts as known, too."""
        self._numbers.append(number)
        self._beside.add(number)
        self.show(len(self._numbers) - 1)

    def take_back(self, position: int) -> None:
        """The number was shown, and is not to be after all. What was judged beside it stays as judged."""
        self._shown[self._beside.firsts[position]] -= 1
        self._mark(self._beside.firsts[position])
        self._identities[self._numbers[position].identity] -= 1

    def _near_to(self, first: int) -> Sequence[Near]:
        if self._near is None:
            self._near = self._beside.near(self._asked(), self._min_units)
        return self._near.get(first, ())

    def _triples_of(self, first: int) -> Triples:
        """Looked for once, for all numbers that nothing known speaks against yet, or for."""
        if self._triples is None:
            open_ones = {
                place: asked for place, asked in self._asked().items() if not self._is_settled(place)
            }
            self._triples = self._beside.triples(open_ones, self._min_units)
        return self._triples.get(first, NO_TRIPLES)

    def _asked(self) -> dict[int, tuple[LedgerNumber, Sketch]]:
        """The numbers still to be judged, the first of those about the same."""
        beside = self._beside
        return {
            place: (self._numbers[place], beside.sketches[place])
            for place in sorted(set(beside.firsts))
            if not self._shown.get(place) and not beside.known.knows(self._numbers[place].identity)
        }

    def _is_settled(self, place: int) -> bool:
        number = self._numbers[place]
        near = [one for one in self._near_to(place) if not one.witness.here]
        near = [one for one in near if self._counts(one.witness, number)]
        if self._is_told(number, near):
            self._told.add(place)
            return True
        return not self._every_finding and next(self._of_two(place, number, near), None) is not None

    def _judged(
        self,
        position: int,
        number: LedgerNumber,
        near: Sequence[Near],
        triples_of: Callable[[], Triples],
    ) -> Iterator[Finding]:
        near = [one for one in near if self._counts(one.witness, number)]
        if not self._is_told(number, near):
            yield from self._of_two(position, number, near)
            yield from self._of_three(position, number, triples_of())

    def _counts(self, witness: Witness, number: LedgerNumber) -> bool:
        """Whether it is known, as far as this number goes."""
        if witness.here:
            return self._shown.get(witness.handle, 0) > 0
        return self._beside.known.counts_for(witness.handle, number)

    def _known(self, codes: Ints, number: LedgerNumber) -> Mask:
        """The same for many witnesses."""
        here = codes & 1 == 1
        found = np.ones(len(codes), dtype=np.bool_)
        found[here] = self._are_shown()[codes[here] >> 1]
        if not self._beside.known.all_count_for(number):
            there, places = np.unique(codes[~here], return_inverse=True)
            count = [self._counts(witness_of(one), number) for one in there.tolist()]
            found[~here] = np.array(count, dtype=np.bool_)[places]
        return found

    def _are_shown(self) -> Mask:
        """Which of the numbers are shown, or others about the same."""
        if self._marked is None:
            self._marked = np.zeros(len(self._numbers), dtype=np.bool_)
            self._marked[[first for first, times in self._shown.items() if times > 0]] = True
        return self._marked

    def _mark(self, first: int) -> None:
        """Keep the marks of what is shown up to date."""
        if self._marked is not None and first < len(self._marked):
            self._marked[first] = self._shown[first] > 0
        else:
            self._marked = None

    def _is_told(self, number: LedgerNumber, near: Sequence[Near]) -> bool:
        """Whether a known number of the same censuses is about the very same population, come what may.

        Then everything that the new one could tell is told already.
        """
        return any(
            self._is_same(number, self._population(one.witness))
            for one in near
            if not one.across and (one.witness.here or not self._beside.known.waits(one.witness.handle))
        )

    def _is_same(self, number: LedgerNumber, other: Population) -> bool:
        if other.rows_only and not number.population.rows_only:
            return False  # how many units these rows are of is new
        return are_equal(number.population.labels, other.labels) and always_equal(number.population, other)

    def _of_two(self, position: int, number: LedgerNumber, near: Sequence[Near]) -> Iterator[Finding]:
        for witness, across in near:
            known = self._population(witness)
            found = difference(number.population, known, min_units=self._min_units, across=across)
            if found is not None:
                yield Finding(position, found, (witness,))

    def _of_three(self, position: int, number: LedgerNumber, triples: Triples) -> Iterator[Finding]:
        known = triples.taken(self._known(triples.first, number) & self._known(triples.second, number))
        worlds = self._worlds.setdefault(number.years, Worlds(self._codes, number.years))
        for triple, found in self._threes.findings(number.population, known, worlds):
            yield Finding(position, found, (triple.first, triple.second))

    def _population(self, witness: Witness) -> Population:
        if witness.here:
            return self._numbers[witness.handle].population
        found = self._read.get(witness.handle)
        if found is None:
            found = self._population_of(witness.handle)
            self._kept += len(found.labels) + len(found.visible)
            if self._kept <= MOST_KEPT:
                self._read[witness.handle] = found
        return found


def candidates(
    numbers: Sequence[LedgerNumber], known: KnownNumbers, *, min_units: int
) -> list[tuple[int, int]]:
    """The pairs of a position and a known handle that have to be compared exactly; no near pair is missing."""
    beside = Beside(numbers, known)
    asked = {place: (numbers[place], beside.sketches[place]) for place in range(len(numbers))}
    return [
        (position, one.witness.handle)
        for position, near in beside.near(asked, min_units).items()
        for one in near
        if not one.witness.here
    ]
