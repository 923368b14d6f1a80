"""What comparing costs: a thousand new cells beside a million known numbers, three quarters of them inside one school.

The known numbers are random parts of 1,000 schools of 30 to 1,200 pupils, or of the whole country, over nine censuses
and four likenesses; the frequent ones are more frequent. Inside schools populations are real; of a wide number the
index has a histogram drawn as its population would give it, and a population is made only if it is compared. One new
cell in fifty is a known one less three pupils.
"""

from dataclasses import dataclass

import numpy as np

from benchmarks.measure import timed
from enclave.disclosure.ledger.known import SEVERAL, KnownNumbers
from enclave.disclosure.ledger.numbers import ClusterPart, Kind, LedgerNumber, Likeness, Population, labels_of
from enclave.disclosure.ledger.pairs import judge_pairs
from enclave.disclosure.ledger.runs import BINS, Ints, Rows, bin_of, histogram

KNOWN, NEW, INSIDE = 1_000_000, 1_000, 0.75
SCHOOLS, SMALLEST, LARGEST = 1_000, 30, 1_200
CENSUSES = 9
STATISTICS = ("count", "att8", "sessions_missed", "ks2_read")
MIN_UNITS = 10
PLANTED = 50  # one new cell in so many is near a known one
KINDS = (Kind("code:census.fsm", fixed=False),)
BATCH = 1 << 16


@dataclass(frozen=True, slots=True)
class PairCosts:
    """Milliseconds for all new cells, and to index the known ones.

    `mixed`: three quarters of the new cells are inside one school too, the rest over the whole country. `inside`: all
    are inside one school.
    """

    mixed: float
    inside: float
    hidden: int  # of both
    indexed: float


def pair_costs(*, known: int = KNOWN, new: int = NEW) -> PairCosts:
    """Index `known` numbers, and judge `new` ones beside them."""
    country = _Country(np.random.default_rng(1), known)
    index = KnownNumbers()
    indexed = timed(lambda: country.fill(index))
    hidden = 0

    def judged(numbers: list[LedgerNumber]) -> None:
        nonlocal hidden
        hidden += len(judge_pairs(numbers, index, country.population, min_units=MIN_UNITS))

    mixed, inside = country.new_numbers(new), country.new_numbers(new, inside=True)
    return PairCosts(timed(lambda: judged(mixed)), timed(lambda: judged(inside)), hidden, indexed)


class _Country:
    """Schools as runs of unit numbers, and known numbers as (school or none, share, likeness)."""

    def __init__(self, draw: np.random.Generator, known: int) -> None:
        self._draw = draw
        self._edges = np.concatenate(([0], np.cumsum(draw.integers(SMALLEST, LARGEST, SCHOOLS))))
        self._bins = histogram_sizes(int(self._edges[-1]))
        self._likenesses = [
            Likeness(statistic, f"census {census}")
            for statistic in STATISTICS
            for census in range(1, CENSUSES + 1)
        ]
        weights = 1 / np.arange(1, len(self._likenesses) + 1)
        self._school = np.where(draw.random(known) < INSIDE, draw.integers(0, SCHOOLS, known), -1)
        self._share = draw.uniform(0.1, 0.9, known)
        self._like = draw.choice(len(self._likenesses), known, p=weights / weights.sum())

    def fill(self, index: KnownNumbers) -> None:
        for start in range(0, len(self._school), BATCH):
            handles = np.arange(start, min(start + BATCH, len(self._school)))
            index.add_rows(self._rows(index, handles))

    def population(self, handle: int) -> Population:
        """A known number's population: always the same for one handle."""
        labels = labels_of(self._units(handle), 1 + int(self._like[handle]) % CENSUSES)
        return Population(labels, labels, frozenset())

    def new_numbers(self, new: int, *, inside: bool = False) -> list[LedgerNumber]:
        of = np.flatnonzero(self._school >= 0) if inside else np.arange(len(self._school))
        handles = self._draw.choice(of, new, replace=False)
        return [self._new(int(handle), near=place % PLANTED == 0) for place, handle in enumerate(handles)]

    def _rows(self, index: KnownNumbers, handles: Ints) -> Rows:
        groups = [
            index.group(self._likenesses[self._like[handle]], self._cluster(int(handle)))
            for handle in handles
        ]
        bins = np.stack([self._histogram(int(handle)) for handle in handles])
        return Rows(
            np.array(groups, dtype=np.int64), bins.sum(axis=1), (bins % 256).astype(np.uint8), handles
        )

    def _histogram(self, handle: int) -> Ints:
        if self._school[handle] >= 0:
            return histogram(self._units(handle)).astype(np.int64)  # under 256 a bin, so nothing is lost
        drawn: Ints = np.random.default_rng(handle).binomial(self._bins, self._share[handle])
        return drawn

    def _units(self, handle: int) -> Ints:
        school = int(self._school[handle])
        first, last = (0, -1) if school < 0 else (school, school + 1)
        units = np.arange(self._edges[first], self._edges[last])
        inside: Ints = units[np.random.default_rng(handle).random(len(units)) < self._share[handle]]
        return inside

    def _cluster(self, handle: int) -> str:
        return SEVERAL if self._school[handle] < 0 else str(self._school[handle])

    def _new(self, handle: int, *, near: bool) -> LedgerNumber:
        units = self._units(handle)
        if near:
            units = units[3:]
        else:  # another part of the same school or country
            first, last = int(units[0]), int(units[-1]) + 1
            units = np.arange(first, last)[self._draw.random(last - first) < self._share[handle]]
        labels = labels_of(units, 1 + int(self._like[handle]) % CENSUSES)
        cluster = self._cluster(handle)
        parts = {} if cluster == SEVERAL else {cluster: ClusterPart(labels, labels)}
        return LedgerNumber(
            identity=f"new {handle} {len(units)}".encode(),
            likeness=self._likenesses[self._like[handle]],
            kinds=KINDS,
            population=Population(labels, labels, frozenset()),
            clusters=parts,
        )


def histogram_sizes(units: int) -> Ints:
    """How many of the units 0 to `units` fall into each bin, not modulo anything."""
    total: Ints = np.bincount(bin_of(np.arange(units)), minlength=BINS)
    return total
