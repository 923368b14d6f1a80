"""What the cells of a table add up to, judged before them as if it had been asked first.

A table of schools hides the small ones. Whoever has their area's total from elsewhere takes the schools that are shown
from it, and has what is left. So either the total goes, once the schools are shown, or one more school does. Totals are
worth more to most who ask: they are judged first, and what of the table would give a few away beside them goes, a cell
of the smallest cluster. They are remembered with the cells, though nobody was shown them. So whoever asks for one later
finds that it may be shown.

A table that a field with hidden zeros divides hides the cell of the few whose code is rare or not known, wherever it
stands: all pupils of a phase less those by language are the few of no known language. So such totals are judged first
too, those by a hidden field as well (an ethnic group before its languages), but the counts of its cells alone: whoever
is not shown a count is not shown anything else of those people, while a total of a measure is worth no more than the
cell of it that would go.

A total is taken in only where the shown cells leave a few of it, or nobody. Which cell goes follows from what everybody
can see (`coarseness`), and never from who is in a hidden one; that one goes tells what a total that is denied later
would.

Limit: of totals over several codes of what everybody can see (all year groups of an ethnic group) beyond clusters, and
of sums under a condition, none is judged first. They are judged when they are asked for.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
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
    _clusters: dict[Counting, dict[int, str | None]] = field(default_factory=dict)

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
        counting = self.reader.table.members.counting
        found = (*self._lines(cells, counting), *self._divided(cells))
        yield from self._of(found, None, counting, "units", (), ())

    def of_measure(self, cells: Sequence[int], number: MemberNumber) -> Iterator[OpenTotal]:
        """The same count, sum or mean of the lines of these cells. A count of just these units is that of the cells."""
        of_cells = replace(self.reader.table.members.counting, what=number.counting.what)
        if number.adds_up and (number.families or number.counting != of_cells):
            kinds = tuple(kind for kind in number.kinds if not divides(kind))
            lines = self._lines(cells, number.counting)
            yield from self._of(lines, number.column, number.counting, number.what, number.families, kinds)

    def _of(
        self,
        lines: Iterable[Line],
        measure: str | None,
        counting: Counting,
        what: str,
        families: Sequence[str],
        kinds: tuple[Kind, ...],
    ) -> Iterator[OpenTotal]:
        if counting.hidden or bool(families) != bool(kinds):
            return
        for line in lines:
            if self.lines.lacks_a_few(line, counting, line.cells):
                told = (*kinds, *self._kinds_of(line))
                number = self._number(line, counting, what, families, told)
                yield OpenTotal(number, measure, line.cells)

    def _number(
        self,
        line: Line,
        counting: Counting,
        what: str,
        families: Sequence[str],
        kinds: tuple[Kind, ...],
    ) -> LedgerNumber:
        said = self.reader.table.said_of(line.cells[0], line.kept)
        rows, seen = self.lines.rows(line, counting), self.lines.seen(line, counting)
        who = self.reader.who_in(rows, seen if said else rows, said, counting, fixed=is_fixed(kinds))
        return LedgerNumber(
            identity=self._identity(line, what),
            likeness=who.likeness(families),
            kinds=kinds,
            population=who.population,
            clusters=who.clusters,
            years=who.years,
            tables=self.reader.table.members.tables,
        )

    def _kinds_of(self, line: Line) -> tuple[Kind, ...]:
        """Of the fields with hidden zeros that the line is by."""
        keys = self.reader.table.members.keys
        kinds = {kind.name: kind for place in line.kept for kind in keys[place].kinds}
        return tuple(kinds[name] for name in sorted(kinds))

    def _lines(self, cells: Sequence[int], counting: Counting) -> Iterator[Line]:
        """Lines of cells that lie in one cluster each, and in several together; whole tables are lines here too."""
        table = self.reader.table
        clusters = {cell: self.cluster(cell, counting) for cell in cells}
        inside = [cell for cell in cells if clusters[cell] is not None]
        sets = {int(table.set_of_cell[cell]) for cell in inside}
        whole = (
            Line((), False, tuple(cell for cell in inside if table.set_of_cell[cell] == one)) for one in sets
        )
        for line in (*whole, *self.lines.of(inside)):
            if any(table.members.keys[place].hidden for place in line.kept):
                continue
            if len({clusters[cell] for cell in line.cells}) > 1:
                yield line

    def _divided(self, cells: Sequence[int]) -> Iterator[Line]:
        """Lines that nothing but fields with hidden zeros divides."""
        table = self.reader.table
        hidden = frozenset(place for place, key in enumerate(table.members.keys) if key.hidden)
        for line in self.lines.of(cells) if hidden else ():
            if set(table.sets[int(table.set_of_cell[line.cells[0]])]) - hidden <= set(line.kept):
                yield line

    def cluster(self, cell: int, counting: Counting) -> str | None:
        """The one cluster that a cell lies in, if it does."""
        clusters = self._clusters.setdefault(counting, {})
        if cell not in clusters:
            fixed = is_fixed(self.reader.table.members.kinds)
            found = self.reader.inside(cell, counting, fixed=fixed)
            clusters[cell] = next(iter(found)) if len(found) == 1 else None
        return clusters[cell]

    def _identity(self, line: Line, what: str) -> bytes:
        """By the keys that the cells have in common, and the area."""
        table, cell = self.reader.table, line.cells[0]
        keys = [f"{table.members.keys[place].text} = {table.values[place][cell]!r}" for place in line.kept]
        area = self.lines.area_of(cell) if line.by_area else ""
        parts = ("total", self.reader.data_version, table.members.definition, *keys, area, what)
        return hashlib.sha256("\x1e".join(parts).encode()).digest()
