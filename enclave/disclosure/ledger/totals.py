"""What the cells of a table by cluster add up to, judged before them as if it had been asked first.

A table of schools hides the small ones. Whoever has their area's total from elsewhere takes the schools that are shown
from it, and has what is left. So either the total goes, once the schools are shown, or one more school does. Totals are
worth more to most who ask: they are judged first, and what of the table would give a few away beside them goes, a cell
of the smallest cluster. They are remembered with the cells, though nobody was shown them. So whoever asks for one later
finds that it may be shown.

A total is taken in only where the shown cells leave a few of it, or nobody, and only where nothing hidden has a part in
it: which cell goes must not follow from who is in a hidden one.

Limit: of totals by fields whose zeros are hidden, and of sums under a condition, none is judged first. They are judged
when they are asked for.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from enclave.disclosure.ledger.bases import divides
from enclave.disclosure.ledger.lines import Line, Lines
from enclave.disclosure.ledger.members import Counting, MemberNumber
from enclave.disclosure.ledger.numbers import Kind, LedgerNumber
from enclave.disclosure.ledger.populations import Reader, is_fixed
from enclave.disclosure.report import Codes


@dataclass(frozen=True, slots=True, eq=False)
class OpenTotal:
    """The total of a line, for the cells as a whole or one measure of them."""

    number: LedgerNumber
    measure: str | None
    cells: tuple[int, ...]


@dataclass(slots=True)
class OpenTotals:
    """Finds the totals of one leaf."""

    reader: Reader
    lines: Lines
    sizes: Mapping[str, int] = field(init=False)
    largest: int = field(init=False)
    _clusters: dict[tuple[int, Counting], str | None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """How many rows everybody can see of each cluster."""
        table = self.reader.table
        clusters = table.clusters[slice(None)]
        seen = table.without_needless(table.members.counting.seen)
        here = clusters if seen is None else clusters[table.flags[seen]]
        counts = np.bincount(here[here >= 0], minlength=len(table.clusters.names)).tolist()
        self.sizes = dict(zip(table.clusters.names, counts, strict=True))
        self.largest = sum(counts) + 1

    def of_leaf(self, cells: Sequence[int], measures: Mapping[str, Codes]) -> Iterator[OpenTotal]:
        """Those of all its cells that passed the primary rules. `measures`: what these hide of each."""
        yield from self.of_cells(cells)
        for number in self.reader.table.members.numbers:
            codes = measures[number.column]
            yield from self.of_measure([cell for cell in cells if not codes[cell]], number)

    def of_cells(self, cells: Sequence[int]) -> Iterator[OpenTotal]:
        """How many units the lines of these cells have."""
        members = self.reader.table.members
        yield from self._of(cells, None, members.counting, "units", (), ())

    def of_measure(self, cells: Sequence[int], number: MemberNumber) -> Iterator[OpenTotal]:
        """The same count, sum or mean of the lines of these cells. A count of just these units is that of the cells."""
        of_cells = replace(self.reader.table.members.counting, what=number.counting.what)
        if number.adds_up and (number.families or number.counting != of_cells):
            kinds = tuple(kind for kind in number.kinds if not divides(kind))
            yield from self._of(cells, number.column, number.counting, number.what, number.families, kinds)

    def _of(
        self,
        cells: Sequence[int],
        measure: str | None,
        counting: Counting,
        what: str,
        families: Sequence[str],
        kinds: tuple[Kind, ...],
    ) -> Iterator[OpenTotal]:
        if counting.hidden or bool(families) != bool(kinds):
            return
        for line in self._lines(cells, counting):
            if not self.lines.lacks_a_few(line, counting, line.cells):
                continue
            who = self.reader.in_sight(self.lines.rows(line, counting), counting, fixed=is_fixed(kinds))
            number = LedgerNumber(
                identity=self._identity(line, what),
                likeness=who.likeness(families),
                kinds=kinds,
                population=who.population,
                clusters=who.clusters,
                years=who.years,
                tables=self.reader.table.members.tables,
            )
            yield OpenTotal(number, measure, line.cells)

    def _lines(self, cells: Sequence[int], counting: Counting) -> Iterator[Line]:
        """Lines of cells that lie in one cluster each, and in several together; whole tables are lines here too."""
        table = self.reader.table
        inside = [cell for cell in cells if self.cluster(cell, counting) is not None]
        sets = {int(table.set_of_cell[cell]) for cell in inside}
        whole = (
            Line((), False, tuple(cell for cell in inside if table.set_of_cell[cell] == one)) for one in sets
        )
        for line in (*whole, *self.lines.of(inside)):
            if any(table.members.keys[place].hidden for place in line.kept):
                continue
            if len({self.cluster(cell, counting) for cell in line.cells}) > 1:
                yield line

    def cluster(self, cell: int, counting: Counting) -> str | None:
        """The one cluster that a cell lies in, if it does."""
        key = cell, counting
        if key not in self._clusters:
            fixed = is_fixed(self.reader.table.members.kinds)
            found = self.reader.inside(cell, counting, fixed=fixed)
            self._clusters[key] = next(iter(found)) if len(found) == 1 else None
        return self._clusters[key]

    def _identity(self, line: Line, what: str) -> bytes:
        """By the keys that the cells have in common, and the area."""
        table, cell = self.reader.table, line.cells[0]
        keys = [f"{table.members.keys[place].text} = {table.values[place][cell]!r}" for place in line.kept]
        area = self.lines.area_of(cell) if line.by_area else ""
        parts = ("total", self.reader.data_version, table.members.definition, *keys, area, what)
        return hashlib.sha256("\x1e".join(parts).encode()).digest()
