"""Which new numbers differ by too little from known ones, or from one another.

Numbers are judged in order, coarser first. What is shown becomes known to those after it, so of two cells that tell too
much together the smaller is hidden. `Finding` says which known numbers are the witnesses: for checkers alone.

    judge = PairJudge(numbers, known, population_of, min_units=10)
    for position in coarser_first(numbers):
        if judge.finding(position) is None:  # and nothing else speaks against it
            judge.show(position)
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

import numpy as np

from enclave.disclosure.ledger.differences import (
    Covers,
    Difference,
    always_equal,
    complement,
    covers_nothing,
    difference,
)
from enclave.disclosure.ledger.known import (
    SEVERAL,
    KnownNumbers,
    Rows,
    Run,
    Sketch,
    no_rows,
    run_of,
    shelves,
    sketch,
)
from enclave.disclosure.ledger.numbers import LedgerNumber, Likeness, Population, units_of
from enclave.disclosure.ledger.reading import MOST_CLUSTERS
from enclave.disclosure.ledger.triples import Witness, triples

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
    covers: Covers = covers_nothing,
) -> Mapping[int, Finding]:
    """What may not be shown, by position; all others may, together with what is known.

    `known` stays as it is: who shows numbers adds them.
    """
    judge = PairJudge(numbers, known, population_of, min_units=min_units, covers=covers)
    found: dict[int, Finding] = {}
    for position in coarser_first(numbers):
        finding = judge.finding(position)
        if finding is None:
            judge.show(position)
        else:
            found[position] = finding
    return found


def coarser_first(numbers: Sequence[LedgerNumber]) -> list[int]:
    """Positions by falling size in units; among equals as they come."""
    sizes = [len(units_of(number.population.labels)) for number in numbers]
    return sorted(range(len(numbers)), key=lambda position: -sizes[position])


class PairJudge:
    """Judges some numbers one by one, so that other rules may have their say in between."""

    def __init__(
        self,
        numbers: Sequence[LedgerNumber],
        known: KnownNumbers,
        population_of: PopulationOf,
        *,
        min_units: int,
        covers: Covers = covers_nothing,
    ) -> None:
        self._numbers = numbers
        self._known = known
        self._population_of = population_of
        self._min_units = min_units
        self._covers = covers
        self._shown: set[int] = set()
        self._identities: set[bytes] = set()
        batch = _Batch.of(numbers, known)
        self._near = batch.near(min_units)
        self._triples = triples(batch.sketches, batch.run, known, min_units=min_units)

    def finding(self, position: int) -> Finding | None:
        """What speaks against showing this number beside those known and those shown so far."""
        number = self._numbers[position]
        if self._known.knows(number.identity) or number.identity in self._identities:
            return None
        near = [one for one in self._near.get(position, ()) if self._is_known(one.witness)]
        if any(self._is_repeated(number, one) for one in near):
            return None
        return self._of_two(position, near) or self._of_three(position)

    def show(self, position: int) -> None:
        """From now on the number counts as known."""
        self._shown.add(position)
        self._identities.add(self._numbers[position].identity)

    def _is_known(self, witness: Witness) -> bool:
        return not witness.here or witness.handle in self._shown

    def _is_repeated(self, number: LedgerNumber, near: Near) -> bool:
        """Whether a known number of the same censuses is about the very same population, come what may.

        Then everything that the new one could tell is told already.
        """
        if near.across:
            return False
        other = self._population(near.witness)
        return np.array_equal(number.population.labels, other.labels) and always_equal(
            number.population, other
        )

    def _of_two(self, position: int, near: Sequence[Near]) -> Finding | None:
        new = self._numbers[position].population
        for witness, across in near:
            known = self._population(witness)
            found = difference(new, known, min_units=self._min_units, across=across)
            if found is not None:
                return Finding(position, found, (witness,))
        return None

    def _of_three(self, position: int) -> Finding | None:
        new = self._numbers[position].population
        for triple in self._triples.get(position, ()):
            if not (self._is_known(triple.first) and self._is_known(triple.second)):
                continue
            first, second = self._population(triple.first), self._population(triple.second)
            part, other, whole = (first, second, new) if triple.is_whole else (new, first, second)
            found = complement(part, other, whole, min_units=self._min_units, covers=self._covers)
            if found is not None:
                return Finding(position, found, (triple.first, triple.second))
        return None

    def _population(self, witness: Witness) -> Population:
        if witness.here:
            return self._numbers[witness.handle].population
        return self._population_of(witness.handle)


def candidates(
    numbers: Sequence[LedgerNumber], known: KnownNumbers, *, min_units: int
) -> list[tuple[int, int]]:
    """The pairs of a position and a known handle that have to be compared exactly; no near pair is missing."""
    near = _Batch.of(numbers, known).near(min_units)
    return [
        (position, one.witness.handle) for position in near for one in near[position] if not one.witness.here
    ]


@dataclass(frozen=True, slots=True, eq=False)
class _Batch:
    """New numbers beside the index: as rows that may become known, and as probes."""

    numbers: Sequence[LedgerNumber]
    known: KnownNumbers
    sketches: Sequence[Sketch]
    run: Run

    @classmethod
    def of(cls, numbers: Sequence[LedgerNumber], known: KnownNumbers) -> "_Batch":
        sketches = [sketch(number) for number in numbers]
        return cls(numbers, known, sketches, run_of(known.rows_of(sketches, range(len(numbers)))))

    def near(self, min_units: int) -> dict[int, list[Near]]:
        """For each position all that may be near it, the closest kind of comparison only, in a fixed order."""
        probes, across = self._probes(min_units)
        found: dict[int, dict[Witness, bool]] = {}
        for run, here in [*((run, False) for run in self.known.runs), (self.run, True)]:
            for asked, places in run.near(probes, min_units - 1):
                hits = zip(probes.handles[asked], run.rows.handles[places], across[asked], strict=True)
                for position, handle, apart in hits:
                    if here and position == handle:
                        continue
                    of_position = found.setdefault(int(position), {})
                    witness = Witness(int(handle), here)
                    of_position[witness] = of_position.get(witness, True) and bool(apart)
        return {
            position: [Near(witness, apart) for witness, apart in sorted(of_position.items())]
            for position, of_position in found.items()
        }

    def _probes(self, min_units: int) -> tuple[Rows, np.typing.NDArray[np.bool_]]:
        asked = list(self._asked(min_units))
        if not asked:
            return no_rows(), np.zeros(0, dtype=np.bool_)
        groups, positions, across = zip(*asked, strict=True)
        places = np.array(positions, dtype=np.int64)
        sizes = np.array([one.size for one in self.sketches], dtype=np.int64)
        bins = np.stack([one.bins for one in self.sketches])
        rows = Rows(np.array(groups, dtype=np.int64), sizes[places], bins[places], places)
        return rows, np.array(across, dtype=np.bool_)

    def _asked(self, min_units: int) -> Iterator[tuple[int, int, bool]]:
        for position, one in enumerate(self.sketches):
            for shelf in shelves(one):
                for group in self._groups(position, shelf, min_units):
                    yield group, position, shelf.censuses == ""

    def _groups(self, position: int, shelf: Likeness, min_units: int) -> Iterator[int]:
        """Where a near population can be: over several clusters, or in one that holds all but a few units."""
        number, one = self.numbers[position], self.sketches[position]
        yield self.known.group(shelf, SEVERAL)
        if one.cluster != SEVERAL:
            yield self.known.group(shelf, one.cluster)
        elif number.clusters or min_units <= MOST_CLUSTERS:
            for cluster, part in number.clusters.items():
                if len(units_of(part.labels)) > one.size - min_units:
                    yield self.known.group(shelf, cluster)
        else:  # so few units may stand in so many clusters, beside one that holds all the others
            yield from map(int, self.known.groups_inside(shelf))
