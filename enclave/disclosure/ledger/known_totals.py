"""Totals of a table that were shown before, or that everybody knows: they are in its system as if it showed them.

A two-way table asked after its margins is the same table as one with its margins. So of a table in which something is
hidden the whole of each line is looked up, by every set of the table's keys: whether those who make it up are just
those whom a known number is about.

Limit: of margins that are asked after their table the ledger's rules judge each by itself. Limit: of open fields alone.
Tables by fields whose zeros are hidden have the linear audit for that. Limit: of what was shown in the same answer
before, and of measures under a FILTER, totals are not looked up.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, groupby
from operator import itemgetter

import numpy as np

from enclave.disclosure.ledger.codes import one_code
from enclave.disclosure.ledger.known import SEVERAL, KnownNumbers, Sketch
from enclave.disclosure.ledger.numbers import (
    CENSUS_BITS,
    Labels,
    Likeness,
    Population,
    are_equal,
    distinct,
    units_of,
)
from enclave.disclosure.ledger.populations import is_fixed
from enclave.disclosure.ledger.reading import MembersTable
from enclave.disclosure.ledger.runs import histogram
from enclave.disclosure.report import Codes

MOST_KEYS = 4
MOST_LINES = 1_000
"""Limit: of further lines of a table, or of more rows of people, no total is looked up."""
MOST_ROWS = 400_000


@dataclass(frozen=True, slots=True)
class Total:
    """A known number: what it is the total of, as cells of the raw table, and of how many units."""

    keys: tuple[int, ...]
    cells: tuple[int, ...]
    units: int


@dataclass(frozen=True, slots=True)
class KnownTotals:
    """Looks totals up in what is known."""

    known: KnownNumbers
    population_of: Callable[[int], Population]

    def of(self, table: MembersTable, hidden: Codes) -> tuple[Total, ...]:
        """The known totals of a table of which something is hidden."""
        members = table.members
        if members.counting.hidden or any(key.hidden for key in members.keys) or len(table.units) > MOST_ROWS:
            return ()
        flag, found = table.without_needless(members.counting.inside), list[Total]()
        for keys, lines in groupby(_lines(table) if hidden.any() else (), key=itemgetter(0)):
            slices, cells = table.sliced(keys, flag), [tuple(some) for _, some in lines]
            looked_up = [self._looked_up(table, slices.of(some[0])) for some in cells]
            found += [
                Total(keys, cells[place], looked_up[place][0].size) for place in self._known_ones(looked_up)
            ]
        return tuple(found)

    def _looked_up(self, table: MembersTable, rows: Labels) -> tuple[Sketch, Labels]:
        """What a known number about the people of these rows would be like, and who they are."""
        fixed = is_fixed(table.members.kinds)
        labels = distinct(_of(table.labels_here[rows], fixed=fixed))
        units = units_of(labels)
        clusters = distinct(table.clusters[rows])
        place = table.clusters.names[int(clusters[0])] if len(clusters) == 1 and clusters[0] >= 0 else SEVERAL
        census = "; ".join(sorted(table.here.names[code] for code in table.here.of(rows)))
        return Sketch(Likeness("count", census), fixed, place, len(units), histogram(units)), labels

    def _known_ones(self, looked_up: Sequence[tuple[Sketch, Labels]]) -> list[int]:
        """The places of those that a known number is about, rising."""
        found: set[int] = set()
        probes = self.known.rows_of([one for one, _ in looked_up], range(len(looked_up)))
        for run in self.known.runs:
            for asked, places in run.near(probes, 0):
                handles = run.rows.handles[places].tolist()
                for which, handle in zip(probes.handles[asked].tolist(), handles, strict=True):
                    if which not in found and self._is_about(handle, looked_up[which][1]):
                        found.add(which)
        return sorted(found)

    def _is_about(self, handle: int, labels: Labels) -> bool:
        return are_equal(self.population_of(handle).labels, labels)


def _of(labels: Labels, *, fixed: bool) -> Labels:
    return (labels >> CENSUS_BITS) << CENSUS_BITS if fixed else labels


def _lines(table: MembersTable) -> Iterator[tuple[tuple[int, ...], list[int]]]:
    """Sets of keys that the table has no grouping set of, with the cells of each of their lines.

    In the order of the cells' names: an engine gives its rows in any, and which partners go follows from the order.
    """
    told = 0
    for which, keys in enumerate(table.sets):
        if len(keys) > MOST_KEYS or any(set(keys) < set(other) for other in table.sets):
            continue
        cells = sorted(np.flatnonzero(table.set_of_cell == which).tolist(), key=table.name)
        for kept in (some for count in range(len(keys)) for some in combinations(keys, count)):
            if kept in table.sets:
                continue
            codes = one_code([table.cell_keys[key] for key in kept], len(table.set_of_cell)).tolist()
            groups: dict[int, list[int]] = {}
            for cell in cells:
                groups.setdefault(codes[cell], []).append(cell)
            for some in groups.values():
                told += 1
                if told > MOST_LINES:
                    return
                yield kept, some
