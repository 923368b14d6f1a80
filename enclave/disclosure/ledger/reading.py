"""A members table beside the raw table of its leaf: which member rows are in a cell.

Everything is arrays until a number is asked for, since a table with a cell per cluster has tens of thousands. A member
row is (cell, unit, cluster, census); sorted once per set of keys by cell, the rows of a cell are a slice.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from enclave.disclosure.asked import Cells
from enclave.disclosure.columns import Column, key, plain
from enclave.disclosure.ledger.cells_at_once import code_of_cells, units_of_cells
from enclave.disclosure.ledger.censuses import Censuses, read_censuses
from enclave.disclosure.ledger.codes import (
    NO_LISTS,
    Codes,
    Flags,
    Lists,
    Named,
    all_alike,
    are_alike,
    combined,
    counted,
    named,
    one_code,
    places_in,
    sorting,
)
from enclave.disclosure.ledger.members import UNIT, Counting, Members
from enclave.disclosure.ledger.numbers import (
    CENSUS_BITS,
    Labels,
    distinct,
)
from enclave.disclosure.ledger.shares import Floats
from enclave.disclosure.perturbation.controlled import Line
from enclave.disclosure.promises import BrokenPromise
from enclave.disclosure.raw import Raw
from enclave.terms.moments import python_values


@dataclass(frozen=True, slots=True, eq=False)
class Slices:
    """The member rows of all cells by some of their keys under one flag, sorted by cell."""

    rows: Codes
    starts: Codes  # per cell of the raw table
    ends: Codes

    def of(self, cell: int) -> Codes:
        return self.rows[self.starts[cell] : self.ends[cell]]


Extra: TypeAlias = Sequence[tuple[Codes, Codes]]
"""Keys of rows and of cells beside those of the table."""


@dataclass(slots=True)
class MembersTable:
    """A members table beside the raw table of its leaf."""

    members: Members
    units: Codes
    labels: Labels
    clusters: Named
    parts: Named
    censuses: Censuses
    flags: Mapping[str, Flags]
    member_keys: Sequence[Codes]
    cell_keys: Sequence[Codes]
    values: Sequence[Sequence[object]]
    set_of_cell: Codes
    sets: Sequence[tuple[int, ...]]
    here: Censuses  # by what says where a unit stands alone
    labels_here: Labels
    amounts: Mapping[str, Floats]  # how much the units of rows add to the products of sums
    found: dict[tuple[tuple[int, ...], str | None], Slices] = field(default_factory=dict)
    of_sets: dict[tuple[int, str | None, bool], Slices] = field(default_factory=dict)
    names: dict[int, str] = field(default_factory=dict)
    needless: dict[str, bool] = field(default_factory=dict)
    units_of: dict[int, list[int]] = field(default_factory=dict)
    clusters_of: dict[int, list[int]] = field(default_factory=dict)
    parts_of: dict[int, list[int]] = field(default_factory=dict)

    def rows(self, cell: int, counting: Counting) -> Codes:
        """The member rows of a cell that count."""
        return self._slices(int(self.set_of_cell[cell]), counting.inside, visible=False).of(cell)

    def visible_rows(self, cell: int, counting: Counting) -> Codes:
        """The same without what is hidden: conditions, and keys on fields whose zeros are hidden."""
        return self._slices(int(self.set_of_cell[cell]), counting.seen, visible=True).of(cell)

    def units_in(self, cell: int, counting: Counting) -> int:
        """How many units count in a cell."""
        return self._units_of(self._slices(int(self.set_of_cell[cell]), counting.inside, visible=False))[cell]

    def units_in_sight(self, cell: int, counting: Counting) -> int:
        """How many everybody can see in a cell."""
        return self._units_of(self._slices(int(self.set_of_cell[cell]), counting.seen, visible=True))[cell]

    def cluster_in_sight(self, cell: int, counting: Counting) -> int:
        """The one cluster in which everybody can see a cell to lie; below 0 for none, or several."""
        found = self._slices(int(self.set_of_cell[cell]), counting.seen, visible=True)
        return self._one_of(self.clusters, self.clusters_of, found)[cell]

    def cluster_and_part(self, cell: int, counting: Counting) -> tuple[int, int]:
        """The one cluster, and the one part, in which all lie who count in a cell; below 0 for none, or several."""
        found = self._slices(int(self.set_of_cell[cell]), counting.inside, visible=False)
        cluster = self._one_of(self.clusters, self.clusters_of, found)[cell]
        return cluster, self._one_of(self.parts, self.parts_of, found)[cell]

    def _one_of(self, of: Named, kept: dict[int, list[int]], some: Slices) -> list[int]:
        if id(some) not in kept:
            kept[id(some)] = code_of_cells(of[some.rows], some.starts, some.ends).tolist()
        return kept[id(some)]

    def alike(self, codes: Codes, counting: Counting) -> Codes:
        """The code that all rows of a cell have of these; -1 where they have several, or there are none."""
        found = np.full(len(self.set_of_cell), -1, dtype=np.int64)
        for which in range(len(self.sets)):
            rows, mine = self._slices(which, counting.inside, visible=False), self.set_of_cell == which
            found[mine] = code_of_cells(codes[rows.rows], rows.starts[mine], rows.ends[mine])
        return found

    def _units_of(self, some: Slices) -> list[int]:
        """Of all cells at once: `found` keeps the slices, so that each is itself."""
        if id(some) not in self.units_of:
            counts = units_of_cells(self.units[some.rows], some.starts, some.ends)
            self.units_of[id(some)] = counts.tolist()
        return self.units_of[id(some)]

    def visible_place(self, cell: int, counting: Counting) -> object:
        """The same for cells that have the same visible rows."""
        which = int(self.set_of_cell[cell])
        found = self._slices(which, counting.seen, visible=True)
        return id(found), int(found.starts[cell]), int(found.ends[cell])

    def hidden_keys(self, cell: int) -> frozenset[str]:
        return self.said_of(cell, self.sets[int(self.set_of_cell[cell])])

    def said_of(self, cell: int, positions: Sequence[int]) -> frozenset[str]:
        """What those of some keys whose zeros are hidden say of a cell, canonically."""
        return frozenset(
            f"{self.members.keys[place].text} = {self.values[place][cell]!r}"
            for place in positions
            if self.members.keys[place].hidden
        )

    def name(self, cell: int) -> str:
        """The cell, canonically: its keys with their values."""
        if cell not in self.names:
            self.names[cell] = self._name(cell)
        return self.names[cell]

    def _name(self, cell: int) -> str:
        positions = self.sets[int(self.set_of_cell[cell])]
        return "\x1f".join(
            f"{self.members.keys[place].text} = {self.values[place][cell]!r}" for place in positions
        )

    def without_needless(self, flag: str | None) -> str | None:
        """The flag, if it leaves anybody out; else none, as where a value is asked for that nobody lacks."""
        if flag is None:
            return None
        if flag not in self.needless:
            self.needless[flag] = bool(self.flags[flag].all())
        return None if self.needless[flag] else flag

    def _slices(self, which: int, flag: str | None, *, visible: bool) -> Slices:
        """Asked for several times for each cell, so what a grouping set has is at hand."""
        key = which, flag, visible
        if key not in self.of_sets:
            self.of_sets[key] = self._sliced_once(which, self.without_needless(flag), visible=visible)
        return self.of_sets[key]

    def _sliced_once(self, which: int, flag: str | None, *, visible: bool) -> Slices:
        keys = self.members.keys
        positions = tuple(place for place in self.sets[which] if not (visible and keys[place].hidden))
        if (positions, flag) not in self.found:
            self.found[positions, flag] = self.sliced(positions, flag)
        return self.found[positions, flag]

    def sliced(self, positions: Sequence[int], flag: str | None, *, extra: Extra = ()) -> Slices:
        """For each cell the rows that have these of its keys; `extra` are keys of rows and of cells besides."""
        of_rows, of_cells, rows = self._keyed(positions, flag, extra)
        order = sorting(of_rows)
        counts = counted(of_rows, of_cells)
        ends = np.cumsum(counts)[of_cells]
        return Slices(order if rows is None else rows[order], ends - counts[of_cells], ends)

    def sizes(self, positions: Sequence[int], flag: str | None, *, extra: Extra = ()) -> Codes:
        """How many these are, without sorting any."""
        sliced = None if extra else self.found.get((tuple(positions), self.without_needless(flag)))
        if sliced is not None:
            return sliced.ends - sliced.starts
        of_rows, of_cells, _ = self._keyed(positions, flag, extra)
        return counted(of_rows, of_cells)[of_cells]

    def _keyed(
        self, positions: Sequence[int], flag: str | None, extra: Extra
    ) -> tuple[Codes, Codes, Codes | None]:
        """One code for these keys of each flagged row and of each cell, and the flagged rows; None for all."""
        of_members, of_cells = combined(
            [*(self.member_keys[place] for place in positions), *(one for one, _ in extra)],
            [*(self.cell_keys[place] for place in positions), *(other for _, other in extra)],
            len(self.units),
            len(self.set_of_cell),
        )
        rows = None if flag is None else np.flatnonzero(self.flags[flag])
        if rows is not None:
            of_members = all_alike(0, len(rows)) if are_alike(of_members) else of_members[rows]
        return of_members, of_cells, rows


def read_members(
    raw: Raw,
    table: Raw,
    cells: Cells,
    members: Members,
    persons: Labels | None = None,
    lists: Lists = NO_LISTS,
) -> MembersTable:
    """Put the members table beside the raw table of its leaf.

    Raises:
        BrokenPromise: a column is missing or of a wrong type, or a value that has to be listed is not.
    """
    leaf, found = raw.reveal(), table.reveal()
    missing = {UNIT, *(one.column for one in members.keys)} - set(found.column_names)
    if missing:
        raise BrokenPromise(f"the members table lacks {sorted(missing)}")
    pairs = [_key_codes(found, leaf, one.column, lists) for one in members.keys]
    flags = {
        name: plain(found, name).fill_null(False).to_numpy(zero_copy_only=False).astype(np.bool_)
        for name in found.column_names
        if name.startswith("f_")
    }
    sets = members.sets if members.sets is not None else (tuple(range(len(members.keys))),)
    units = units_in(found, persons)
    pinned = dict(members.pinned)
    censuses = here = read_censuses(found, members.censuses, lists, pinned)
    if members.standing not in (None, len(members.censuses)):
        here = read_censuses(found, members.censuses[: members.standing], lists, pinned)
    labels = _at(units, censuses)
    return MembersTable(
        members=members,
        units=units,
        labels=labels,
        clusters=named(found, members.cluster),
        parts=named(found, members.part, lists),
        censuses=censuses,
        flags=flags,
        member_keys=[one for one, _ in pairs],
        cell_keys=[other for _, other in pairs],
        values=[python_values(plain(leaf, one.column)) for one in members.keys],
        set_of_cell=_sets(leaf, cells, sets, len(members.keys)),
        sets=sets,
        here=here,
        labels_here=labels if here is censuses else _at(units, here),
        amounts={name: _sizes(found, name) for name in found.column_names if name.startswith("a_")},
    )


def _sizes(table: pa.Table, name: str) -> Floats:
    found: Floats = plain(table, name).cast(pa.float64()).fill_null(0.0).to_numpy(zero_copy_only=False)
    return found


def _at(units: Codes, censuses: Censuses) -> Labels:
    """The labels of units at the censuses of their rows."""
    labels = units << CENSUS_BITS
    labels |= censuses.codes
    return labels


def units_counted(table: MembersTable, column: str, cell: int, true: bool) -> Labels:
    """The units that count in a measure of a cell, each once; or those for whom its first path is true."""
    (number,) = (one for one in table.members.numbers if one.column == column)
    return distinct(table.units[table.rows(cell, number.parts[0] if true else number.counting)])


def table_lines(table: MembersTable) -> list[Line]:
    """For each cell of a coarser grouping set, the cells that it is made of in each next finer one."""
    lines: list[Line] = []
    for coarse, fine in _next_finer(table.sets):
        keys = table.sets[coarse]
        codes = one_code([table.cell_keys[place] for place in keys], len(table.set_of_cell))
        parts: dict[int, list[int]] = {}
        for cell in np.flatnonzero(table.set_of_cell == fine).tolist():
            parts.setdefault(int(codes[cell]), []).append(cell)
        totals = np.flatnonzero(table.set_of_cell == coarse).tolist()
        made = ((cell, parts.get(int(codes[cell]))) for cell in totals)
        lines += [Line(cell, tuple(found)) for cell, found in made if found]
    return lines


def _next_finer(sets: Sequence[tuple[int, ...]]) -> Iterator[tuple[int, int]]:
    """Pairs of grouping sets of which the second has more keys, with none between."""
    keys = [frozenset(one) for one in sets]
    for coarse, mine in enumerate(keys):
        finer = [place for place, others in enumerate(keys) if mine < others]
        for fine in finer:
            if not any(keys[other] < keys[fine] for other in finer):
                yield coarse, fine


def key_list(raw: Raw, column: str) -> Column:
    """The values of a key in the cells of a leaf, each once."""
    return key(raw.reveal(), column).dictionary_encode(null_encoding="encode").dictionary


def listed(values: Raw) -> Column:
    """The values of a field, that there is none among them: an outer join may find nothing."""
    found = plain(values.reveal(), "v")
    return found if found.null_count else pa.concat_arrays([found, pa.nulls(1, found.type)])


def list_table(values: Column) -> pa.Table:
    """A list as an input of a members statement: values with their places."""
    return pa.table({"v": values, "c": pa.array(np.arange(len(values), dtype=np.int32))})


def units_in(table: pa.Table, persons: Labels | None) -> Codes:
    """The units of a table, by person number where there are such."""
    units: Codes = plain(table, UNIT).to_numpy(zero_copy_only=False).astype(np.int64)
    return units if persons is None else persons[units]


def _key_codes(members: pa.Table, leaf: pa.Table, column: str, lists: Lists) -> tuple[Codes, Codes]:
    """Codes of a key in both tables: equal values, nulls included, have equal codes."""
    if column in lists:
        values = lists[column]
        of_cells = pc.index_in(key(leaf, column).cast(values.type), value_set=values)
        return places_in(members, column).fill_null(len(values)).to_numpy(), of_cells.to_numpy()
    both = pa.concat_arrays([plain(members, column), plain(leaf, column).cast(plain(members, column).type)])
    encoded = both.dictionary_encode(null_encoding="encode")
    codes = encoded.indices.to_numpy(zero_copy_only=False)
    return codes[: members.num_rows], codes[members.num_rows :]


def _sets(leaf: pa.Table, cells: Cells, sets: Sequence[tuple[int, ...]], keys: int) -> Codes:
    """The grouping set of each cell: the bits of the grouping number are set for keys that are rolled up."""
    if cells.grouping is None:
        return np.zeros(leaf.num_rows, dtype=np.int64)
    numbers = plain(leaf, cells.grouping).to_numpy(zero_copy_only=False).astype(np.int64)
    places = {
        sum(1 << (keys - 1 - place) for place in range(keys) if place not in one): number
        for number, one in enumerate(sets)
    }
    return np.array([places[int(number)] for number in numbers], dtype=np.int64)
