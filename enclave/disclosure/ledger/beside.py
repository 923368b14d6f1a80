"""New numbers beside the index of known ones and beside one another: which are near, and which may make up a whole."""

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from enclave.disclosure.ledger.known import (
    SEVERAL,
    KnownNumbers,
    Sketch,
    sample_of,
    shelves,
    sketch,
    sketches,
)
from enclave.disclosure.ledger.many_triples import Triples, Witness
from enclave.disclosure.ledger.numbers import (
    LedgerNumber,
    Likeness,
    Population,
    are_equal,
    count_of_units,
    units_of,
)
from enclave.disclosure.ledger.runs import Ints, Rows, Run, no_rows, put, run_of
from enclave.disclosure.ledger.triples import heads, triples


class Near(NamedTuple):
    """A known number that a new one may be near to. `across`: only as numbers of different years and terms."""

    witness: Witness
    across: bool


def _are_same(one: Population, other: Population) -> bool:
    return one is other or (are_equal(one.labels, other.labels) and are_equal(one.visible, other.visible))


class Beside:
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
        self._expected = _Expected({}, {}, {})

    def expect(self, numbers: Sequence[LedgerNumber], min_units: int) -> None:
        """Look up what is near to numbers that may be added, and which of them are near to one another."""
        asked = {-1 - place: pair for place, pair in enumerate(zip(numbers, sketches(numbers), strict=True))}
        expected = _Expected(
            {id(number): (place, number, one) for place, (number, one) in asked.items()}, {}, {}
        )
        if asked:
            among = run_of(self.known.rows_of([one for _, one in asked.values()], asked))
            runs = [*((run, False) for run in self.known.runs), *((run, True) for run in self._runs)]
            expected.found.update(self._found(asked, runs, min_units))
            expected.others.update(self._found(asked, [(among, True)], min_units))
        self._expected = expected

    def near_to(self, number: LedgerNumber, min_units: int) -> list[Near]:
        """The same as `near`, for one number that is not among these, maybe one that was expected."""
        asked, expected = {-1: (number, self.sketched(number))}, self._expected
        place = expected.place_of(number)
        if place is None:
            return self.near(asked, min_units).get(-1, [])
        since = [(run, True) for run in expected.since]
        found = dict(expected.found.get(place, {}))
        met = self._found(asked, since, min_units).get(-1, {}) if since else {}
        for witness, apart in (*expected.joined(place), *met.items()):
            found[witness] = found.get(witness, True) and apart
        return _in_order(found)

    def sketched(self, number: LedgerNumber) -> Sketch:
        """The sketch of a number that is not among these: made once, as it is judged and then added."""
        if self._expected.place_of(number) is not None:
            return self._expected.numbers[id(number)][2]
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
            rows = self.known.rows_of([self.sketches[place]], [place])
            put(self._runs, rows)
            self._expected.add(number, place, rows)

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
        found = {position: one for position, (_, one) in asked.items()}
        held = self._expected.held(asked, lambda all_of_them: self._heads(all_of_them, min_units))
        others = {position: pair for position, pair in asked.items() if position not in held}
        samples = _samples(others, min_units)
        return triples(found, samples, self._runs, self.known, min_units=min_units, held=held)

    def _heads(self, asked: Mapping[int, tuple[LedgerNumber, Sketch]], min_units: int) -> dict[int, Ints]:
        sketches = {position: one for position, (_, one) in asked.items()}
        return heads(sketches, _samples(asked, min_units), self.known, min_units=min_units)

    def near(self, asked: Mapping[int, tuple[LedgerNumber, Sketch]], min_units: int) -> dict[int, list[Near]]:
        """For each position all that may be near it, the closest kind of comparison only, in a fixed order."""
        runs = [*((run, False) for run in self.known.runs), *((run, True) for run in self._runs)]
        found = self._found(asked, runs, min_units)
        return {position: _in_order(of_position) for position, of_position in found.items()}

    def _found(
        self,
        asked: Mapping[int, tuple[LedgerNumber, Sketch]],
        runs: Iterable[tuple[Run, bool]],
        min_units: int,
    ) -> dict[int, dict[Witness, bool]]:
        """By position each number of these runs that is near, and whether over all years alone."""
        own, inside = self._probes(asked, min_units)
        found: dict[int, dict[Witness, bool]] = {}
        for run, here in runs:
            own.met(run.near(own.rows, min_units - 1), run, found, here=here)
            if len(inside.rows):
                hits = self.known.insiders(run).near(inside.rows, min_units - 1)
                inside.met(hits, run, found, here=here)
        return found

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


def _samples(asked: Mapping[int, tuple[LedgerNumber, Sketch]], min_units: int) -> dict[int, Ints]:
    """Some units of each that is of some censuses."""
    return {
        position: sample_of(units_of(number.population.labels), min_units)
        for position, (number, one) in asked.items()
        if one.likeness.censuses
    }


def _in_order(found: Mapping[Witness, bool]) -> list[Near]:
    return [Near(witness, apart) for witness, apart in sorted(found.items())]


@dataclass(slots=True, eq=False)
class _Expected:
    """Numbers that may be added, at places below 0; what was near to them when they were expected, by place.

    `others` are those of them that are near to one another; `since` runs of what was added of no such number.
    """

    numbers: dict[int, tuple[int, LedgerNumber, Sketch]]  # by the id of each
    found: dict[int, dict[Witness, bool]]
    others: dict[int, dict[Witness, bool]]
    since: list[Run] = field(default_factory=list)
    _positions: dict[int, int] = field(default_factory=dict)  # of those that were added
    _held: dict[int, Ints] | None = (
        None  # by which wide headcounts each may be held, once one of them is asked about
    )

    def held(
        self,
        asked: Mapping[int, tuple[LedgerNumber, Sketch]],
        find: Callable[[Mapping[int, tuple[LedgerNumber, Sketch]]], dict[int, Ints]],
    ) -> dict[int, Ints]:
        """By position, the headcounts for those asked about that were expected: found for all of these at once."""
        places = {position: self.place_of(number) for position, (number, _) in asked.items()}
        wanted = {position: place for position, place in places.items() if place is not None}
        if wanted and self._held is None:
            self._held = find({place: (number, one) for place, number, one in self.numbers.values()})
        found = self._held or {}
        return {position: found[place] for position, place in wanted.items() if place in found}

    def place_of(self, number: LedgerNumber) -> int | None:
        one = self.numbers.get(id(number))
        return None if one is None else one[0]

    def add(self, number: LedgerNumber, position: int, rows: Rows) -> None:
        place = self.place_of(number)
        if place is None:
            put(self.since, rows)
        else:
            self._positions[place] = position

    def joined(self, place: int) -> Iterator[tuple[Witness, bool]]:
        """Those of the others that were added."""
        for witness, apart in self.others.get(place, {}).items():
            if witness.handle in self._positions:
                yield Witness(self._positions[witness.handle], here=True), apart


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
