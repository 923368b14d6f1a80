"""Lines of a table: cells that add up to something coarser, some of which are shown and some are not.

A table by cluster shows most of its cells. Whoever has the total of an area from elsewhere takes them from it, and has
what is left: the few of the one cluster that is hidden. Pairs and threes do not see that, and a base of many clusters
has no system. So the shown cells of each line are looked at together: by every set of the table's keys, and by the
areas that clusters stand in.

A line lacks a few if fewer than `min_units` units of it have a row in no shown cell, and a row that everybody can see
in it stands in none: to lack nobody is then like lacking nine. In sight those are whom the shown cells hold whatever
the fields with hidden zeros say: with all codes of such a field, or with none of it.

Limit: areas are known where margins of them are published or a public list has them, and a cell over several clusters
stands in none. Sums and means of measures have no lines but their totals (`totals`), nor has anything that is told by
two tables together.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations

import numpy as np

from enclave.disclosure.ledger.codes import Codes, Flags, one_code
from enclave.disclosure.ledger.covering import Covering
from enclave.disclosure.ledger.dense import are_in
from enclave.disclosure.ledger.hidden_conditions import Hidden
from enclave.disclosure.ledger.members import Counting
from enclave.disclosure.ledger.numbers import distinct
from enclave.disclosure.ledger.reading import MembersTable, Slices
from enclave.disclosure.ledger.unions import in_two

_NOBODY = np.zeros(0, dtype=np.int64)
MOST_MARKS = 16
"""For each row, at most: else units are looked up."""
FIRST = 16
"""So many times as many rows as there should be units are looked at first."""
MOST_KEYS = 4
"""Of a grouping set whose lines are all looked at; of a longer one, those without one of the keys."""


@dataclass(frozen=True, slots=True)
class Line:
    """Some cells of one grouping set that have the kept keys in common, and the area if they are taken by areas."""

    kept: tuple[int, ...]
    by_area: bool
    cells: tuple[int, ...]


@dataclass(slots=True)
class Lines:
    """The lines of one leaf. `areas`: where each cluster stands, as far as that is published."""

    table: MembersTable
    areas: Mapping[str, str]
    min_units: int
    covering: Covering
    _slices: dict[tuple[tuple[int, ...], bool, str | None], Slices] = field(default_factory=dict)
    _inside: dict[tuple[tuple[int, ...], bool, str | None], list[bool]] = field(default_factory=dict)
    _counted: dict[tuple[tuple[int, ...], bool, str | None], list[int]] = field(default_factory=dict)
    _cell_codes: dict[tuple[tuple[int, ...], bool], list[int]] = field(default_factory=dict)
    _found: dict[tuple[int, ...], list[Line]] = field(default_factory=dict)
    _lacking: dict[tuple[Line, str | None, str | None, Hidden, tuple[int, ...]], bool] = field(
        default_factory=dict
    )
    _single: dict[str | None, bool] = field(default_factory=dict)
    _area_codes: tuple[Codes, Codes] | None = None
    _among: Flags | None = None
    _marks: Flags | None = None  # one for each unit that may be; none where these are too many

    def of(self, cells: Sequence[int]) -> Sequence[Line]:
        """Lines of two of these cells or more, each once. The cells of a whole grouping set are none."""
        key = tuple(cells)
        if key not in self._found:  # several measures of a table are often shown in the same cells
            self._found[key] = list(self._of(cells))
        return self._found[key]

    def _of(self, cells: Sequence[int]) -> Iterator[Line]:
        seen: set[tuple[int, ...]] = set()
        for which, keys in enumerate(self.table.sets):
            mine = [cell for cell in cells if self.table.set_of_cell[cell] == which]
            if len(mine) < 2:
                continue
            for kept in _kept(keys):
                for by_area in (False, True) if self.areas else (False,):
                    for line in self._lines(mine, kept, by_area):
                        if line.cells not in seen and len(line.cells) < len(mine) + by_area:
                            seen.add(line.cells)
                            yield line

    def lacks_a_few(self, line: Line, counting: Counting, shown: Sequence[int]) -> bool:
        """Whether the line with these of its cells shown leaves too few out. Lines inside one cluster have systems."""
        if self._is_in_one_cluster(line, counting.inside):
            return False
        key = line, counting.inside, counting.seen, counting.hidden, tuple(shown)
        if key not in self._lacking:
            self._lacking[key] = self._lacks_a_few(line, counting, shown)
        return self._lacking[key]

    def rows(self, line: Line, counting: Counting) -> Codes:
        """All rows of the line that count, in whatever cell they stand."""
        return self._rows(line, counting.inside, visible=False)

    def seen(self, line: Line, counting: Counting) -> Codes:
        """All rows that everybody can see of it, whatever the fields with hidden zeros say."""
        return self._rows(line, counting.seen, visible=True)

    def area_of(self, cell: int) -> str:
        """In which area a cell stands; nothing where in none, or in several."""
        code = int(self._of_areas()[1][cell])
        return sorted({*self.areas.values()})[code - 1] if code else ""

    def _lacks_a_few(self, line: Line, counting: Counting, shown: Sequence[int]) -> bool:
        certain = self.covering.certain(shown, counting, line.kept)
        if self._is_whole(line, counting, certain):
            return False
        if self._leaves_enough(line, counting, shown):
            return False
        seen = [self.table.visible_rows(cell, counting) for cell in certain]
        everybody = self.seen(line, counting)
        return len(self._beyond(everybody, np.concatenate([_NOBODY, *seen]))) > 0

    def _is_whole(self, line: Line, counting: Counting, shown: Sequence[int]) -> bool:
        """Whether all rows that everybody can see of the line are in these cells: told by counting, as most are."""
        finer = self._in_sight(self.table.sets[int(self.table.set_of_cell[line.cells[0]])])
        codes, sizes = self._codes(finer), self._sizes(finer, line.by_area, counting.seen)
        there = {codes[cell]: sizes[cell] for cell in shown}
        everybody = self._sizes(self._in_sight(line.kept), line.by_area, counting.seen)
        return sum(there.values()) == everybody[line.cells[0]]

    def _codes(self, kept: tuple[int, ...], *, by_area: bool = False) -> list[int]:
        """One code for these keys of each cell, and for its area: thousands of lines look at a few cells each."""
        if (kept, by_area) not in self._cell_codes:
            columns = [self.table.cell_keys[place] for place in kept]
            columns += [self._of_areas()[1]] if by_area else []
            codes = one_code(columns, len(self.table.set_of_cell))
            self._cell_codes[kept, by_area] = codes.tolist()
        return self._cell_codes[kept, by_area]

    def _in_sight(self, keys: Sequence[int]) -> tuple[int, ...]:
        return tuple(place for place in keys if not self.table.members.keys[place].hidden)

    def _sizes(self, keys: tuple[int, ...], by_area: bool, flag: str | None) -> list[int]:
        if (keys, by_area, flag) not in self._counted:
            extra = (self._of_areas(),) if by_area else ()
            self._counted[keys, by_area, flag] = self.table.sizes(keys, flag, extra=extra).tolist()
        return self._counted[keys, by_area, flag]

    def _leaves_enough(self, line: Line, counting: Counting, shown: Sequence[int]) -> bool:
        """Whether what the cells leave of the rows is of enough units, and so is what they leave of the units.

        Counts of rows leave the rows beyond all cells. Counts of different units leave the units that are in no cell,
        and those that are in two: these are counted twice, and whoever adds up cannot take them from one another. Where
        nobody has two rows, rows say it all.
        """
        if self._have_one_row(counting.inside):
            keys = self.table.sets[int(self.table.set_of_cell[line.cells[0]])]
            whole = self._sizes(line.kept, line.by_area, counting.inside)[line.cells[0]]
            of_cells = self._sizes(keys, False, counting.inside)
            return whole - sum(of_cells[cell] for cell in shown) >= self.min_units
        units, cells = self.table.units, [self.table.rows(cell, counting) for cell in shown]
        together = np.concatenate(cells)
        beyond = units[self._beyond(self.rows(line, counting), together)]
        nowhere = self._of_nobody_in(beyond, units[together])
        if len(nowhere) >= self.min_units:
            return True
        if len(distinct(beyond)) < self.min_units:
            return False
        return len(nowhere) + in_two([units[one] for one in cells]) >= self.min_units

    def _of_nobody_in(self, some: Codes, others: Codes) -> Codes:
        """The units of some rows that are not among others, each once; enough of them where there are many."""
        left = some[~self._are_among(some, others)]
        few = distinct(left[: FIRST * self.min_units])
        return few if len(few) >= self.min_units else distinct(left)

    def _are_among(self, some: Codes, others: Codes) -> Flags:
        """Which units of some rows are units of others too. What is marked for one line is wiped out for the next."""
        if self._marks is None:
            units = self.table.units
            least, most = int(units.min(initial=0)), int(units.max(initial=0)) + 1
            self._marks = np.zeros(
                most if least == 0 and most < MOST_MARKS * len(units) else 0, dtype=np.bool_
            )
        if not len(self._marks):
            return are_in(some, distinct(others))
        self._marks[others] = True
        found: Flags = self._marks[some]
        self._marks[others] = False
        return found

    def _have_one_row(self, flag: str | None) -> bool:
        """Whether nobody has two of the flagged rows."""
        if flag not in self._single:
            units = self.table.units if flag is None else self.table.units[self.table.flags[flag]]
            self._single[flag] = len(distinct(units)) == len(units)
        return self._single[flag]

    def _beyond(self, rows: Codes, others: Codes) -> Codes:
        """The rows that are not among the others. What is marked for one line is wiped out for the next."""
        if self._among is None:
            self._among = np.zeros(len(self.table.units), dtype=np.bool_)
        self._among[others] = True
        beyond = rows[~self._among[rows]]
        self._among[others] = False
        return beyond

    def _lines(self, cells: Sequence[int], kept: tuple[int, ...], by_area: bool) -> Iterator[Line]:
        groups: dict[int, list[int]] = {}
        codes = self._codes(kept, by_area=by_area)
        if by_area:
            area_of = self._codes((), by_area=True)
            cells = [cell for cell in cells if area_of[cell]]
        for cell in cells:
            groups.setdefault(codes[cell], []).append(cell)
        yield from (Line(kept, by_area, tuple(some)) for some in groups.values() if len(some) > 1)

    def _rows(self, line: Line, flag: str | None, *, visible: bool) -> Codes:
        """All rows of the line, whether shown or not; `visible`: whatever hidden keys and conditions say."""
        return self._sliced(line, flag, visible=visible).of(line.cells[0])

    def _sliced(self, line: Line, flag: str | None, *, visible: bool) -> Slices:
        """The rows of all lines like this one."""
        kept = self._in_sight(line.kept) if visible else line.kept
        key = (kept, line.by_area, flag)
        if key not in self._slices:
            extra = (self._of_areas(),) if line.by_area else ()
            self._slices[key] = self.table.sliced(kept, flag, extra=extra)
        return self._slices[key]

    def _is_in_one_cluster(self, line: Line, flag: str | None) -> bool:
        """Whether all rows of the line are in one cluster, or it has none; told for all lines like it at once."""
        key = line.kept, line.by_area, flag
        if key not in self._inside:
            all_rows = self._sliced(line, flag, visible=False)
            clusters = self.table.clusters[all_rows.rows]
            changes = np.flatnonzero(clusters[1:] != clusters[:-1])  # the last rows before another cluster
            last = np.maximum(all_rows.ends - 1, all_rows.starts)
            before, after = changes.searchsorted(all_rows.starts), changes.searchsorted(last)
            self._inside[key] = (before == after).tolist()
        return self._inside[key][line.cells[0]]

    def _of_areas(self) -> tuple[Codes, Codes]:
        """The area of each row and of each cell; 0 where there is none, or several."""
        if self._area_codes is None:
            names = sorted({*self.areas.values()})
            codes = {name: place for place, name in enumerate(names, start=1)}
            of_cluster = [codes.get(self.areas.get(one, ""), 0) for one in self.table.clusters.names]
            of_rows = self.table.clusters.with_values(np.array([*of_cluster, 0], dtype=np.int64))
            of_cells = self.table.alike(of_rows, self.table.members.counting)
            self._area_codes = of_rows, np.maximum(of_cells, 0)
        return self._area_codes


def _kept(keys: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
    """Sets of keys that lines may have in common: all but the whole, the finest last."""
    if len(keys) > MOST_KEYS:
        yield from combinations(keys, len(keys) - 1)
        return
    for count in range(len(keys) + 1):
        yield from combinations(keys, count)
