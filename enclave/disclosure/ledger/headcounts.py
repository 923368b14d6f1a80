"""Headcounts among the pairs: of each register that a question touches, who is in it, in each cluster and each part.

They are known before anybody asks. Main rows alone are counted, of which a unit has one: counts of all rows differ from
these by the few who are registered twice, and only one of the two can be known. So it is the count of all rows that is
hidden where the difference is small.

Limit: headcounts of a census are entered when a question first touches it, those of areas not at all.
"""

from collections.abc import Iterable, Iterator

import numpy as np

from enclave.disclosure.ledger.counted import CensusRows, MarginField
from enclave.disclosure.ledger.known import KnownNumbers
from enclave.disclosure.ledger.margins import Heads, Margins
from enclave.disclosure.ledger.numbers import CENSUS_BITS, Population
from enclave.disclosure.ledger.structure import Structure

_BY = [("part",)]


class Headcounts:
    """Those of one scope, under handles below 0."""

    def __init__(self) -> None:
        self._margins: list[Margins] = []
        self._next = -1
        self._heads: set[Heads] = set()
        self._read: set[tuple[str, ...]] = set()

    def enter(self, structures: Iterable[Structure], known: KnownNumbers, *, min_units: int) -> None:
        """Make known what these structures have and was not known before."""
        for structure in structures:
            read = (structure.table, *sorted(structure.censuses.names.values()))
            if structure.is_register and read not in self._read:
                self._read.add(read)
                self._enter(structure, known, min_units)

    def _enter(self, structure: Structure, known: KnownNumbers, min_units: int) -> None:
        censuses = list(_censuses(structure))
        margins = Margins(censuses, _BY, min_units=min_units, first=self._next, without=self._heads)
        margins.enter(known)
        self._margins.append(margins)
        self._next -= len(margins)
        self._heads |= margins.heads

    def population_of(self, handle: int) -> Population:
        """Who a headcount is of, by its handle."""
        for margins in self._margins:
            if margins.has(handle):
                return margins.population_of(handle)
        raise KeyError(handle)


def _censuses(structure: Structure) -> Iterator[CensusRows]:
    names = structure.censuses.names
    for code, name in sorted(names.items(), key=lambda one: one[1]):
        rows = np.flatnonzero(structure.main & (structure.censuses.codes == code))
        if not len(rows):
            continue
        year = structure.censuses.years[code]
        yield CensusRows(
            table=structure.table,
            name=name,
            code=code,
            year=year,
            term=name.removeprefix(year),
            units=structure.labels[rows] >> CENSUS_BITS,
            clusters=structure.clusters[rows],
            cluster_names=list(structure.cluster_places),
            areas=np.full(len(rows), -1, dtype=np.int64),
            fields={"part": MarginField(structure.parts[rows] + 1, len(structure.part_names) + 1, None)},
            is_main=False,
        )
