"""Which new numbers differ by too little from known ones, or from one another.

Numbers are judged in order, coarser first. What is shown becomes known to those after it, so of two cells that tell too
much together the smaller is hidden. `Finding` says which known numbers are the witnesses: for checkers alone.

    judge = PairJudge(numbers, known, population_of, min_units=10)
    for position in coarser_first(numbers):
        if judge.finding(position) is None:  # and nothing else speaks against it
            judge.show(position)
"""

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from enclave.disclosure.ledger.differences import (
    Difference,
    always_equal,
    complement,
    difference,
)
from enclave.disclosure.ledger.known import (
    SEVERAL,
    KnownNumbers,
    Sketch,
    sample_of,
    shelves,
    sketch,
    sketches,
)
from enclave.disclosure.ledger.many_triples import NO_TRIPLES, Mask, Triples, Witness, witness_of
from enclave.disclosure.ledger.numbers import LedgerNumber, Likeness, Population, count_of_units, units_of
from enclave.disclosure.ledger.runs import Ints, Rows, Run, no_rows, put, run_of
from enclave.disclosure.ledger.threes import Threes
from enclave.disclosure.ledger.triples import triples
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


class Near(NamedTuple):
    """A known number that a new one may be near to. `across`: only as numbers of different years and terms."""

    witness: Witness
    across: bool


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
        self._beside = _Beside(numbers, known)
        self._population_of = population_of
        self._min_units = min_units
        self._read: dict[int, Population] = {}
        self._kept = 0
        self._shown: Counter[int] = Counter()  # the first of the numbers about the same -> how many of them
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

    def finding_of(self, number: LedgerNumber) -> Finding | None:
        """The same as `finding` for a number that is not among these, at position -1."""
        return next(self.findings_of(number), None)

    def findings_of(self, number: LedgerNumber) -> Iterator[Finding]:
        """All of them."""
        if self._beside.known.knows(number.identity) or self._identities[number.identity]:
            return
        asked = {-1: (number, self._beside.sketched(number))}
        near = self._beside.near(asked, self._min_units).get(-1, [])
        yield from self._judged(
            -1, number, near, lambda: self._beside.triples(asked, self._min_units).get(-1, NO_TRIPLES)
        )

    def show(self, position: int) -> None:
        """From now on the number counts as known."""
        self._shown[self._beside.firsts[position]] += 1
        self._identities[self._numbers[position].identity] += 1

    def show_also(self, number: LedgerNumber) -> None:
        """From now on a number that is not among these counts as known, too."""
        self._numbers.append(number)
        self._beside.add(number)
        self.show(len(self._numbers) - 1)

    def take_back(self, position: int) -> None:
        """The number was shown, and is not to be after all. What was judged beside it stays as judged."""
        self._shown[self._beside.firsts[position]] -= 1
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
        all_count = self._beside.known.all_count_for(number)
        open_ones = codes & 1 == 1 if all_count else np.ones(len(codes), dtype=np.bool_)
        there, places = np.unique(codes[open_ones], return_inverse=True)
        count = np.array([self._counts(witness_of(one), number) for one in there.tolist()], dtype=np.bool_)
        found = np.ones(len(codes), dtype=np.bool_)
        found[open_ones] = count[places]
        return found

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
        return np.array_equal(number.population.labels, other.labels) and always_equal(
            number.population, other
        )

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
    beside = _Beside(numbers, known)
    asked = {place: (numbers[place], beside.sketches[place]) for place in range(len(numbers))}
    return [
        (position, one.witness.handle)
        for position, near in beside.near(asked, min_units).items()
        for one in near
        if not one.witness.here
    ]


def _are_same(one: Population, other: Population) -> bool:
    return one is other or (
        np.array_equal(one.labels, other.labels) and np.array_equal(one.visible, other.visible)
    )


class _Beside:
    """New numbers beside the index: what is found there and among themselves.

    `firsts`: for each position that of the first like number about the same units, which has the row of them all.
    """

    def __init__(self, numbers: Sequence[LedgerNumber], known: KnownNumbers) -> None:
        self.known = known
        self.sketches = sketches(numbers)
        self._numbers = list(numbers)
        self._places: dict[Hashable, list[int]] = {}
        self.firsts = [self._first(place) for place in range(len(self.sketches))]
        places = sorted(set(self.firsts))
        self._runs = [run_of(known.rows_of([self.sketches[place] for place in places], places))]
        self._last: tuple[LedgerNumber, Sketch] | None = None

    def sketched(self, number: LedgerNumber) -> Sketch:
        """The sketch of a number that is not among these: made once, as it is judged and then added."""
        if self._last is None or self._last[0] is not number:
            self._last = number, sketch(number)
        return self._last[1]

    def add(self, number: LedgerNumber) -> None:
        """One more, at the next position."""
        place = len(self.sketches)
        self._numbers.append(number)
        self.sketches.append(self.sketched(number))
        self.firsts.append(self._first(place))
        if self.firsts[place] == place:
            put(self._runs, self.known.rows_of([self.sketches[place]], [place]))

    def _first(self, place: int) -> int:
        """The first position of a like number about the same."""
        one, population = self.sketches[place], self._numbers[place].population
        which = (population.hidden, population.rows_only)
        like = (one.likeness, one.fixed, one.size, which, one.bins.tobytes())
        for other in self._places.setdefault(like, []):
            if _are_same(population, self._numbers[other].population):
                return other
        self._places[like].append(place)
        return place

    def triples(
        self, asked: Mapping[int, tuple[LedgerNumber, Sketch]], min_units: int
    ) -> Mapping[int, Triples]:
        """All that may make up a whole with each. A sample of each number tells which headcounts may hold it."""
        sketches = {position: one for position, (_, one) in asked.items()}
        samples = {
            position: sample_of(units_of(number.population.labels), min_units)
            for position, (number, one) in asked.items()
            if one.likeness.censuses
        }
        return triples(sketches, samples, self._runs, self.known, min_units=min_units)

    def near(self, asked: Mapping[int, tuple[LedgerNumber, Sketch]], min_units: int) -> dict[int, list[Near]]:
        """For each position all that may be near it, the closest kind of comparison only, in a fixed order."""
        own, inside = self._probes(asked, min_units)
        found: dict[int, dict[Witness, bool]] = {}
        for run, here in [*((run, False) for run in self.known.runs), *((run, True) for run in self._runs)]:
            own.met(run.near(own.rows, min_units - 1), run, found, here=here)
            if len(inside.rows):
                hits = self.known.insiders(run).near(inside.rows, min_units - 1)
                inside.met(hits, run, found, here=here)
        return {
            position: [Near(witness, apart) for witness, apart in sorted(of_position.items())]
            for position, of_position in found.items()
        }

    def _probes(
        self, asked: Mapping[int, tuple[LedgerNumber, Sketch]], min_units: int
    ) -> tuple["_Probes", "_Probes"]:
        """What to look for: in groups, and inside all clusters together by likeness."""
        own: list[tuple[int, int, bool]] = []
        inside: list[tuple[int, int, bool]] = []
        for position, (number, one) in asked.items():
            for shelf, groups, anywhere in self._beside(number, one, min_units):
                across = shelf.censuses == ""
                own += [(position, group, across) for group in groups]
                if anywhere:
                    inside.append((position, self.known.likeness(shelf), across))
        return _Probes.of(own, asked), _Probes.of(inside, asked)

    def _beside(
        self, number: LedgerNumber, one: Sketch, min_units: int
    ) -> Iterator[tuple[Likeness, list[int], bool]]:
        """Its own shelves, and whether it may be near what is inside any cluster there. What is of no census (a table
        without a year) may be near what is of any, in whatever cluster, and the other way round.

        Limit: of two numbers alone. Three of which some are of no census are not looked for, nor are they audited.
        """
        for shelf, _ in shelves(one):
            # in sight it stands in many clusters: all of it but a few may be in any one of them
            anywhere = bool(shelf.censuses) and one.cluster == SEVERAL and not number.clusters
            yield shelf, self._groups(number, one, shelf, min_units), anywhere
        for shelf in self.known.beside(one.likeness):
            yield shelf, [self.known.group(shelf, SEVERAL)], True

    def _groups(self, number: LedgerNumber, one: Sketch, shelf: Likeness, min_units: int) -> list[int]:
        """Where a near population can be: over several clusters, or in one that holds all but a few units."""
        found = [self.known.group(shelf, SEVERAL)]
        if not shelf.censuses:
            return found
        if one.cluster != SEVERAL:
            return [*found, self.known.group(shelf, one.cluster)]
        for cluster, part in number.clusters.items():
            if count_of_units(part.labels) > one.size - min_units:
                found.append(self.known.group(shelf, cluster))
        return found


@dataclass(frozen=True, slots=True, eq=False)
class _Probes:
    """Rows to look for, with positions for handles; and which of them are over all years and terms."""

    rows: Rows
    across: npt.NDArray[np.bool_]

    @classmethod
    def of(
        cls, wanted: Sequence[tuple[int, int, bool]], asked: Mapping[int, tuple[LedgerNumber, Sketch]]
    ) -> "_Probes":
        """Positions with the groups in which they are looked for."""
        if not wanted:
            return cls(no_rows(), np.zeros(0, dtype=np.bool_))
        positions, groups, across = zip(*wanted, strict=True)
        sketches = [asked[position][1] for position in positions]
        sizes = np.array([one.size for one in sketches], dtype=np.int64)
        of_groups, handles = np.array(groups, dtype=np.int64), np.array(positions, dtype=np.int64)
        rows = Rows(of_groups, sizes, np.stack([one.bins for one in sketches]), handles)
        return cls(rows, np.array(across, dtype=np.bool_))

    def met(
        self,
        hits: Iterable[tuple[Ints, Ints]],
        run: Run,
        found: dict[int, dict[Witness, bool]],
        *,
        here: bool,
    ) -> None:
        """Add what was found for these in a run: by position each number, and whether over all years alone."""
        for probed, places in hits:
            positions, handles = self.rows.handles[probed].tolist(), run.rows.handles[places].tolist()
            for position, handle, apart in zip(positions, handles, self.across[probed].tolist(), strict=True):
                if here and position == handle:
                    continue
                of_position = found.setdefault(position, {})
                witness = Witness(handle, here)
                of_position[witness] = of_position.get(witness, True) and apart
