"""An index of the numbers that are known, by how large they are and roughly whom they hold.

It holds no population: of each number a *sketch*, its size in units and a histogram of its units over 64 bins, and a
handle under which the population is found elsewhere. Two populations that differ by k units have sizes at most k apart
and histograms at most k apart (the sum over bins), so what lies further apart is settled without looking; the rest are
candidates, to be compared exactly. Counts in bins are kept modulo 256 and compared around the circle, which only brings
histograms closer: no near pair is missed, in populations of any size.

At one census, a population inside one cluster is compared with those inside the same cluster and with those over
several. Two clusters are never near: units count in one cluster at a time.

Limit: units that stand in two clusters at one census (registered twice) can make two populations inside different
clusters near, if there are so many of them; such pairs are not found.
"""

from bisect import bisect_right
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Protocol
from weakref import WeakKeyDictionary

import numpy as np

from enclave.disclosure.ledger.numbers import (
    NO_CENSUS,
    Labels,
    LedgerNumber,
    Likeness,
    Population,
    units_of,
)
from enclave.disclosure.ledger.runs import (
    Bins,
    Insiders,
    Ints,
    Rows,
    Run,
    histogram,
    insiders_of,
    no_rows,
    put,
)

SEVERAL = ""  # in place of a cluster: the number is over several


@dataclass(frozen=True, slots=True, eq=False)
class Sketch:
    """What the index keeps of a number.

    `fixed`: it is about things that never change, so it is compared over all years and terms too. `cluster` is the
    cluster which all its units stand in, or `SEVERAL`. `who` is equal for equal populations, visible parts and hidden
    conditions included: like numbers about the same are one row. None: it cannot be said.
    """

    likeness: Likeness
    fixed: bool
    cluster: str
    size: int  # units
    bins: Bins
    who: Hashable = None


def sketch(number: LedgerNumber) -> Sketch:
    """A number as the index sees it."""
    return _sketch(number, *_rough(number))


def sketches(numbers: Iterable[LedgerNumber]) -> list[Sketch]:
    """Those of some numbers, many of which are about the same."""
    found: dict[int, tuple[int, Bins]] = {}
    made = []
    for number in numbers:
        which = id(number.population)
        if which not in found:
            found[which] = _rough(number)
        made.append(_sketch(number, *found[which]))
    return made


def _rough(number: LedgerNumber) -> tuple[int, Bins]:
    units = units_of(number.population.labels)
    return len(units), histogram(units)


def _sketch(number: LedgerNumber, size: int, bins: Bins) -> Sketch:
    cluster = next(iter(number.clusters)) if len(number.clusters) == 1 else SEVERAL
    fixed = bool(number.kinds) and all(kind.fixed for kind in number.kinds)
    return Sketch(number.likeness, fixed, cluster, size, bins)


def _who(population: Population) -> bytes:
    """A digest of all that a population is."""
    what = (len(population.labels), sorted(population.hidden), population.rows_only)
    made = sha256(repr(what).encode())
    made.update(population.labels.tobytes())
    if population.hidden:
        made.update(population.visible.tobytes())
    return made.digest()


LEAST_SAMPLE = 64
"""Units of a number by which wholes that could hold it are found; four times as many as a threshold has, at least."""


class Heads(Protocol):
    """What everybody knows of a table at some censuses, as wholes of other numbers."""

    @property
    def table(self) -> str: ...
    @property
    def name(self) -> str:
        """Of the census or censuses, as likenesses name them."""
        ...

    def holding(self, samples: Ints, within: int) -> tuple[Ints, Ints]:
        """For samples (numbers, units): which number, and the place of which wide margin that has all but a few of its
        units. A margin that holds all but `within` units of a number is never missing.
        """
        ...


def sample_of(units: Labels, min_units: int) -> Ints:
    """Some units of a number, taken evenly; small ones repeat theirs."""
    size = max(LEAST_SAMPLE, 4 * min_units)
    if not len(units):
        return np.full(size, -1, dtype=np.int64)
    found: Ints = units[(np.arange(size) * len(units)) // size]
    return found


class KnownNumbers:
    """Numbers that are known, each under a handle. It grows; a million of them take about 125 MB."""

    def __init__(self) -> None:
        self._groups: dict[tuple[Likeness, str], int] = {}
        self._likenesses: dict[Likeness, int] = {}  # numbered from 0 in the order in which they came
        self._inside_of: list[int] = []  # for each group its likeness, where it is of one cluster; else -1
        self._insiders: WeakKeyDictionary[Run, Insiders] = WeakKeyDictionary()
        self._runs: list[Run] = []
        self._identities: set[bytes] = set()
        self.waiting: list[range] = []  # handles of what checkers may still turn down
        self._heads: list[tuple[int, Heads]] = []  # from which handle on, below 0, they are of which table
        self._tables: set[str] = set()  # of all of these
        self._whos: dict[tuple[Likeness, bool], set[Hashable]] = {}

    def add(self, number: LedgerNumber, handle: int) -> None:
        """Remember one number. Handles are the caller's; several rows may have the same."""
        one = replace(sketch(number), who=_who(number.population))
        self.add_sketches([one], [handle], [number.identity])

    def add_sketches(
        self, sketches: Iterable[Sketch], handles: Iterable[int], identities: Iterable[bytes] = ()
    ) -> None:
        """Remember many, as they were kept. One row stands for like numbers about the same units."""
        new = []
        for one, handle in zip(sketches, handles, strict=True):
            whos = self._whos.setdefault((one.likeness, one.fixed), set())
            if one.who is None or one.who not in whos:
                whos.add(one.who)
                new.append((one, handle))
        self.add_rows(self.rows_of([one for one, _ in new], [handle for _, handle in new]), identities)

    def add_heads(self, rows: Rows, heads: Heads) -> None:
        """Remember headcounts of a table, under handles below 0 that fall from one call to the next.

        They count for numbers of units of that table alone, so that a verdict does not depend on which other tables
        somebody asked about before.
        """
        if len(rows):
            self._heads.append((-int(rows.handles.max()), heads))
            self._tables.add(heads.table)
            self.add_rows(rows)

    def counts_for(self, handle: int, number: LedgerNumber) -> bool:
        """Whether a known number is one for this number: of headcounts, those of the table where its units stand."""
        if handle >= 0 or self.all_count_for(number):
            return True
        place = bisect_right(self._heads, -handle, key=lambda one: one[0]) - 1
        return self._heads[place][1].table == number.tables[0]

    def all_count_for(self, number: LedgerNumber) -> bool:
        """Whether there are no headcounts but of the table where its units stand."""
        return not number.tables or self._tables == {number.tables[0]}

    def wholes_of(self, censuses: str, samples: Ints, within: int) -> tuple[Ints, Ints]:
        """For samples of numbers of some censuses: which number, and the handle of which wide headcount of these that
        may hold all but `within` of its units.
        """
        found = [
            (numbers, -first - places)
            for first, heads in self._heads
            if heads.name == censuses
            for numbers, places in [heads.holding(samples, within)]
        ]
        if not found:
            return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
        return np.concatenate([one for one, _ in found]), np.concatenate([other for _, other in found])

    def waits(self, handle: int) -> bool:
        """Whether a known number is of an answer with flags that nobody has approved: it is not told to anybody yet."""
        return any(handle in some for some in self.waiting)

    def tell(self, identities: Iterable[bytes]) -> None:
        """From now on these very numbers are known, and may be repeated."""
        self._identities.update(identities)

    def add_rows(self, rows: Rows, identities: Iterable[bytes] = ()) -> None:
        """Remember many at once, whose groups come from `group`."""
        self._identities.update(identities)
        put(self._runs, rows)

    def knows(self, identity: bytes) -> bool:
        """Whether this very number is known."""
        return identity in self._identities

    def group(self, likeness: Likeness, cluster: str) -> int:
        """The group of like numbers inside one cluster, or over `SEVERAL`."""
        key = (likeness, cluster)
        if key not in self._groups:
            self._groups[key] = len(self._groups)
            number = self.likeness(likeness)
            self._inside_of.append(-1 if cluster == SEVERAL else number)
        return self._groups[key]

    def likeness(self, likeness: Likeness) -> int:
        """The number of a likeness: what `Insiders` have for a group."""
        return self._likenesses.setdefault(likeness, len(self._likenesses))

    def insiders(self, run: Run) -> Insiders:
        """What stands inside clusters in a run, put in order once while the run lasts."""
        if run not in self._insiders:
            self._insiders[run] = insiders_of(run, np.array(self._inside_of, dtype=np.int64))
        return self._insiders[run]

    def beside(self, likeness: Likeness) -> list[Likeness]:
        """For numbers of no census their like of any; for others their like of none."""
        if likeness.censuses != NO_CENSUS:
            none = Likeness(likeness.statistic, NO_CENSUS)
            return [none] if likeness.censuses and none in self._likenesses else []
        others = (one for one in self._likenesses if one.statistic == likeness.statistic)
        return [one for one in others if one.censuses not in ("", NO_CENSUS)]

    def rows_of(self, sketches: Iterable[Sketch], handles: Iterable[int]) -> Rows:
        """Rows of this index, one per number and shelf it stands on. See `shelves`."""
        found = [
            (self.group(shelf, place), one.size, one.bins, handle)
            for one, handle in zip(sketches, handles, strict=True)
            for shelf, place in shelves(one)
        ]
        if not found:
            return no_rows()
        groups, sizes, bins, kept = zip(*found, strict=True)
        return Rows(
            np.array(groups, dtype=np.int64),
            np.array(sizes, dtype=np.int64),
            np.stack(bins),
            np.array(kept, dtype=np.int64),
        )

    @property
    def runs(self) -> Sequence[Run]:
        return self._runs

    def __len__(self) -> int:
        """Rows, of which a number about what never changes has two."""
        return sum(len(run.rows) for run in self._runs)


def shelves(one: Sketch) -> tuple[tuple[Likeness, str], ...]:
    """Beside which numbers it is compared, and the cluster it stands under there.

    Beside its like of the same censuses; if it is fixed, beside its like of all of them too. That shelf is the one
    without censuses. A headcount is not fixed, so it stands beside the fixed numbers of its own census, and headcounts
    of successive terms do not stand beside one another. Over all years clusters are no help in finding what is near:
    a class may have moved from one to another.
    """
    everywhere = Likeness(one.likeness.statistic, "")
    if one.fixed and one.likeness != everywhere:
        return (one.likeness, one.cluster), (everywhere, SEVERAL)
    return ((one.likeness, one.cluster if one.likeness.censuses else SEVERAL),)
