"""From a members table to numbers: whom each cell and each measure of a leaf is about.

Everything is arrays until a number is asked for, since a table with a cell per cluster has tens of thousands. A member
row is (cell, unit, cluster, census); sorted once per set of keys by cell, the rows of a cell are a slice.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from enclave.disclosure.asked import Cells
from enclave.disclosure.columns import Column, key, plain
from enclave.disclosure.ledger.finer import in_finer_words
from enclave.disclosure.ledger.members import UNIT, Counting, Members
from enclave.disclosure.ledger.numbers import (
    CENSUS_BITS,
    CENSUS_MASK,
    NO_CENSUS,
    ClusterPart,
    Kind,
    Labels,
    Likeness,
    Population,
    distinct,
)
from enclave.disclosure.perturbation.controlled import Line
from enclave.disclosure.promises import BrokenPromise
from enclave.disclosure.raw import Raw
from enclave.terms.moments import python_values

Codes = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
MOST_IN_A_TABLE = 1 << 22
"""Codes that may be told apart by a table of all of them."""
MOST_CODES = 1 << 16
"""Of combined keys, before those that do not occur are left out. So many sort in one go."""


Lists: TypeAlias = Mapping[str, Column]
"""Columns of a members table that hold places in these lists; null for what is in none."""
NO_LISTS: Lists = {}
NO_TEXTS: Mapping[str, str] = {}


@dataclass(frozen=True, slots=True, eq=False)
class Censuses:
    """The census of each member row: its code in labels and the names of all codes. `table` has those that occur.

    Its columns are w0, w1 and so on, with the values as they were read.
    """

    codes: Codes
    names: Mapping[int, str]
    years: Mapping[int, str]
    table: pa.Table

    def of(self, rows: Codes) -> list[int]:
        """The censuses of some rows."""
        if len(self.names) == 1:
            return list(self.names) if len(rows) else []
        found: list[int] = distinct(self.codes[rows]).tolist()
        return found


def census_code(name: str) -> int:
    """A census in 20 bits, the same everywhere: the first bits of a hash of its name. Never 0."""
    found = int.from_bytes(hashlib.sha256(name.encode()).digest()[:4], "big") & CENSUS_MASK
    return found or 1


@dataclass(frozen=True, slots=True, eq=False)
class Named:
    """A code for each row, -1 for none, in the order of their names. They are worked out for the rows asked for."""

    places: Codes
    ranks: Codes
    names: Sequence[str]

    def __getitem__(self, rows: Codes | slice) -> Codes:
        """The codes of some rows."""
        found: Codes = self.ranks[self.places[rows]]
        return found

    def with_values(self, values: Codes) -> Codes:
        """For all rows, what `values` has for their codes; its last is that of none."""
        found: Codes = values[self.ranks][self.places]
        return found


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
    found: dict[tuple[tuple[int, ...], str | None], Slices] = field(default_factory=dict)
    of_sets: dict[tuple[int, str | None, bool], Slices] = field(default_factory=dict)
    names: dict[int, str] = field(default_factory=dict)
    needless: dict[str, bool] = field(default_factory=dict)

    def rows(self, cell: int, counting: Counting) -> Codes:
        """The member rows of a cell that count."""
        return self._slices(int(self.set_of_cell[cell]), counting.inside, visible=False).of(cell)

    def visible_rows(self, cell: int, counting: Counting) -> Codes:
        """The same without what is hidden: conditions, and keys on fields whose zeros are hidden."""
        return self._slices(int(self.set_of_cell[cell]), counting.seen, visible=True).of(cell)

    def visible_place(self, cell: int, counting: Counting) -> object:
        """The same for cells that have the same visible rows."""
        which = int(self.set_of_cell[cell])
        found = self._slices(which, counting.seen, visible=True)
        return id(found), int(found.starts[cell]), int(found.ends[cell])

    def hidden_keys(self, cell: int) -> frozenset[str]:
        positions = self.sets[int(self.set_of_cell[cell])]
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
        counts = _counts(of_rows, of_cells)
        ends = np.cumsum(counts)[of_cells]
        return Slices(order if rows is None else rows[order], ends - counts[of_cells], ends)

    def sizes(self, positions: Sequence[int], flag: str | None, *, extra: Extra = ()) -> Codes:
        """How many these are, without sorting any."""
        sliced = None if extra else self.found.get((tuple(positions), self.without_needless(flag)))
        if sliced is not None:
            return sliced.ends - sliced.starts
        of_rows, of_cells, _ = self._keyed(positions, flag, extra)
        return _counts(of_rows, of_cells)[of_cells]

    def _keyed(
        self, positions: Sequence[int], flag: str | None, extra: Extra
    ) -> tuple[Codes, Codes, Codes | None]:
        """One code for these keys of each flagged row and of each cell, and the flagged rows; None for all."""
        of_members, of_cells = _combined(
            [*(self.member_keys[place] for place in positions), *(one for one, _ in extra)],
            [*(self.cell_keys[place] for place in positions), *(other for _, other in extra)],
            len(self.units),
            len(self.set_of_cell),
        )
        rows = None if flag is None else np.flatnonzero(self.flags[flag])
        if rows is not None:
            of_members = _all_alike(0, len(rows)) if _are_alike(of_members) else of_members[rows]
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
    )


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
        return _places(members, column).fill_null(len(values)).to_numpy(), of_cells.to_numpy()
    both = pa.concat_arrays([plain(members, column), plain(leaf, column).cast(plain(members, column).type)])
    encoded = both.dictionary_encode(null_encoding="encode")
    codes = encoded.indices.to_numpy(zero_copy_only=False)
    return codes[: members.num_rows], codes[members.num_rows :]


def _places(table: pa.Table, column: str) -> Column:
    found = plain(table, column)
    if found.type != pa.int32():
        raise BrokenPromise(f"{column} does not hold places in a list")
    return found


def _encoded(table: pa.Table, column: str, lists: Lists) -> tuple[Codes, Column]:
    """The place of the value of each row in a list, and the list; null is a value too."""
    if column in lists:
        places = _places(table, column)
        if places.null_count:
            raise BrokenPromise(f"{column} has a value that is not listed")
        return places.to_numpy(), lists[column]
    encoded = plain(table, column).dictionary_encode(null_encoding="encode")
    return encoded.indices.to_numpy(zero_copy_only=False), encoded.dictionary


def coded(table: pa.Table, column: str | None) -> tuple[Codes, Sequence[str]]:
    """Codes of a column, -1 for null, and their names."""
    found = named(table, column)
    return found[:], found.names


def named(table: pa.Table, column: str | None, lists: Lists = NO_LISTS) -> Named:
    """The codes of a column, in the order of their names: an engine gives rows in any."""
    if column is None:
        return Named(_all_alike(0, table.num_rows), np.full(1, -1, dtype=np.int64), ())
    codes, values = _encoded(table, column, lists)
    names = [None if value is None else str(value) for value in python_values(values)]
    ordered = sorted((name, place) for place, name in enumerate(names) if name is not None)
    ranks = np.full(len(names), -1, dtype=np.int64)
    ranks[[place for _, place in ordered]] = np.arange(len(ordered))
    return Named(codes, ranks, [name for name, _ in ordered])


def _all_alike(code: int, rows: int) -> Codes:
    """The same code in every row, without an array of so many."""
    return np.broadcast_to(np.int64(code), rows)


def read_censuses(
    table: pa.Table, columns: Sequence[str], lists: Lists = NO_LISTS, pinned: Mapping[str, str] = NO_TEXTS
) -> Censuses:
    """The censuses in these columns; `pinned` ones are not in the table, and hold the same everywhere."""
    if not columns:
        return Censuses(_all_alike(0, table.num_rows), {0: NO_CENSUS}, {0: NO_CENSUS}, pa.table({}))
    places, found = _all_alike(0, table.num_rows), []
    for name in columns:
        codes, values = (None, pa.array([pinned[name]])) if name in pinned else _encoded(table, name, lists)
        if codes is not None:
            places = places * len(values) + codes
        found.append(values)
    return _censuses(places, found)


def _censuses(places: Codes, columns: Sequence[Column]) -> Censuses:
    """From the place of each row among all combinations of the columns' values."""
    there = _occurring(places)
    at = np.unravel_index(there, [max(1, len(values)) for values in columns])
    table = pa.table({f"w{which}": values.take(at[which]) for which, values in enumerate(columns)})
    rows = [
        [NO_CENSUS if value is None else str(value) for value in row]
        for row in zip(*(python_values(column) for column in table.columns), strict=True)
    ]
    names = [" ".join(dict.fromkeys(row)) for row in rows]
    found = np.array([census_code(name) for name in names], dtype=np.int64)
    code_of = np.zeros(int(there.max(initial=0)) + 1, dtype=np.int64)
    code_of[there] = found
    return Censuses(
        code_of[places] if len(there) != 1 else _all_alike(int(found[0]), len(places)),
        {int(code): name for code, name in zip(found, names, strict=True)},
        {int(code): row[0] for code, row in zip(found, rows, strict=True)},
        table,
    )


def _occurring(codes: Codes) -> Codes:
    """The codes that occur, rising."""
    if _are_alike(codes):
        return codes[:1]
    if int(codes.max(initial=-1)) >= MOST_IN_A_TABLE:
        return np.unique(codes)
    return np.flatnonzero(np.bincount(codes)) if len(codes) else codes


def _packed(codes: Codes) -> Codes:
    """The rank of each code among those that occur. By a table of all that could, where that is not much longer."""
    top = int(codes.max(initial=-1)) + 1
    if top > MOST_IN_A_TABLE:
        return np.unique(codes, return_inverse=True)[1].astype(np.int64)
    occurs = np.zeros(top, dtype=np.bool_)
    occurs[codes] = True
    ranks: Codes = (np.cumsum(occurs) - 1)[codes]
    return ranks


def _are_alike(codes: Codes) -> bool:
    """Whether it is one code in every row, as far as that shows without a look at them."""
    return codes.strides == (0,)


def sorting(codes: Codes) -> Codes:
    """What sorts codes from 0, equal ones as they come. 16 bits sort in one go."""
    if _are_alike(codes):
        return np.arange(len(codes))
    top = int(codes.max(initial=0))
    if top >= 1 << 32:
        return np.argsort(codes, kind="stable")
    if top >= 1 << 16:
        order = np.argsort(codes.astype(np.uint16), kind="stable")  # by the lower half
        return order[np.argsort((codes[order] >> 16).astype(np.uint16), kind="stable")]
    return np.argsort(codes.astype(np.uint16 if top >= 1 << 8 else np.uint8), kind="stable")


def _counts(of_rows: Codes, of_cells: Codes) -> Codes:
    """How many rows have each code, up to the last that a cell has."""
    least = int(of_cells.max(initial=0)) + 1
    if _are_alike(of_rows) and len(of_rows):
        return np.bincount(of_rows[:1], minlength=least) * len(of_rows)
    return np.bincount(of_rows, minlength=least)


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


def _combined(members: Sequence[Codes], cells: Sequence[Codes], rows: int, count: int) -> tuple[Codes, Codes]:
    """One code per combination of keys, the same in both tables."""
    one, other, wide = _all_alike(0, rows), np.zeros(count, dtype=np.int64), 1
    for mine, theirs in zip(members, cells, strict=True):
        width = int(max(mine.max(initial=0), theirs.max(initial=0))) + 1
        one, other, wide = (
            (mine, theirs, width) if wide == 1 else (one * width + mine, other * width + theirs, wide * width)
        )
        if wide > MOST_CODES:
            packed = _packed(np.concatenate((one, other)))
            one, other, wide = packed[:rows], packed[rows:], int(packed.max(initial=0)) + 1
    return one, other


def one_code(columns: Sequence[Codes], count: int) -> Codes:
    """One code for each combination of codes; of no columns, 0. That of one column alone is its own."""
    return _combined(columns, columns, count, count)[0]


LASTING_BYTES = 16
MOST_CLUSTERS = 10
_LOOKED_AT = 4_096
"""Rows of a large cell that are looked at first, about: most over many clusters show it there."""


@dataclass(frozen=True, slots=True, eq=False)
class Who:
    """Whom a cell is about under one counting; its numbers share it."""

    population: Population
    clusters: Mapping[str, ClusterPart]
    censuses: str
    here: str  # the censuses at which its units stand
    years: tuple[str, ...]

    def likeness(self, families: Sequence[str]) -> Likeness:
        """What a number about them is compared with: its like, of the censuses that it touches.

        Counts are compared with those of all who stand there at that time, whatever else they are joined with; sums of
        what another table says at another time are not.
        """
        return Likeness("+".join(families) or "count", self.censuses if families else self.here)


@dataclass(frozen=True, slots=True, eq=False)
class Reader:
    """Populations, likeness and bases of the cells of one leaf."""

    table: MembersTable
    data_version: str

    _found: dict[object, Who] = field(default_factory=dict)
    _visible: dict[object, Labels] = field(default_factory=dict)
    _worded: dict[tuple[frozenset[str], tuple[str, ...]], frozenset[str]] = field(default_factory=dict)
    _touched: dict[bytes, frozenset[str]] = field(default_factory=dict)

    def labels(self, cell: int, counting: Counting, *, fixed: bool) -> Labels:
        """Those of the population alone, where nothing else of it may ever be asked for."""
        found = self._found.get(self._key(cell, counting, fixed=fixed))
        if found is not None:
            return found.population.labels
        all_labels = self.table.labels if counting.elsewhere else self.table.labels_here
        return _labels(all_labels, self.table.rows(cell, counting), fixed=fixed)

    def population(self, cell: int, counting: Counting, *, fixed: bool) -> Population:
        return self.who(cell, counting, fixed=fixed).population

    def inside(self, cell: int, counting: Counting, *, fixed: bool) -> Mapping[str, ClusterPart]:
        """The population by cluster, where what is visible of it lies in ten clusters or fewer; else nothing."""
        return self.who(cell, counting, fixed=fixed).clusters

    def likeness(self, cell: int, counting: Counting, families: Sequence[str], *, fixed: bool) -> Likeness:
        return self.who(cell, counting, fixed=fixed).likeness(families)

    def years(self, cell: int, counting: Counting, *, fixed: bool) -> tuple[str, ...]:
        return self.who(cell, counting, fixed=fixed).years

    def who(self, cell: int, counting: Counting, *, fixed: bool) -> Who:
        """Whom numbers of a cell are about, worked out once for all that count alike."""
        key = self._key(cell, counting, fixed=fixed)
        if key not in self._found:
            self._found[key] = self._read(cell, counting, fixed=fixed)
        return self._found[key]

    def _key(self, cell: int, counting: Counting, *, fixed: bool) -> object:
        flags = self.table.without_needless(counting.inside), self.table.without_needless(counting.seen)
        return (cell, *flags, counting.hidden, counting.elsewhere, fixed)

    def _read(self, cell: int, counting: Counting, *, fixed: bool) -> Who:
        rows = self.table.rows(cell, counting)
        hidden = counting.hidden | self.table.hidden_keys(cell)
        seen = self.table.visible_rows(cell, counting) if hidden else rows
        of = self.table.censuses if counting.elsewhere else self.table.here
        there = of.of(rows)
        hidden = self._in_finer_words(hidden, years := _years(of, there))
        all_labels = self.table.labels if counting.elsewhere else self.table.labels_here
        labels = _labels(all_labels, rows, fixed=fixed)
        visible = self._seen(cell, counting, all_labels, seen, fixed=fixed) if hidden else labels
        population = Population(labels, visible, hidden)
        clusters = self._by_cluster(population, all_labels, rows, seen, fixed=fixed)
        here = there if of is self.table.here else self.table.here.of(rows)
        return Who(population, clusters, _names(of, there), _names(self.table.here, here), years)

    def in_sight(self, rows: Codes, counting: Counting, *, fixed: bool) -> Who:
        """Whom a number is about that nothing hidden has a part in: just those of these rows, who count."""
        of = self.table.censuses if counting.elsewhere else self.table.here
        all_labels = self.table.labels if counting.elsewhere else self.table.labels_here
        labels = _labels(all_labels, rows, fixed=fixed)
        population, there = Population(labels, labels, frozenset()), of.of(rows)
        clusters = self._by_cluster(population, all_labels, rows, rows, fixed=fixed)
        here = there if of is self.table.here else self.table.here.of(rows)
        return Who(population, clusters, _names(of, there), _names(self.table.here, here), _years(of, there))

    def _seen(self, cell: int, counting: Counting, all_labels: Labels, rows: Codes, *, fixed: bool) -> Labels:
        """Whom everybody can see in a cell: once for all cells that differ by hidden keys alone."""
        key = (self.table.visible_place(cell, counting), counting.elsewhere, fixed)
        if key not in self._visible:
            self._visible[key] = _labels(all_labels, rows, fixed=fixed)
        return self._visible[key]

    def _in_finer_words(self, hidden: frozenset[str], years: tuple[str, ...]) -> frozenset[str]:
        """Worked out once for all cells under the same conditions."""
        if hidden and (hidden, years) not in self._worded:
            self._worded[hidden, years] = in_finer_words(hidden, self.table.members.finer, years)
        return self._worded[hidden, years] if hidden else hidden

    def _by_cluster(
        self, population: Population, all_labels: Labels, rows: Codes, seen: Codes, *, fixed: bool
    ) -> dict[str, ClusterPart]:
        some = seen[:: max(1, len(seen) // _LOOKED_AT)]
        found = distinct(self.table.clusters[some])
        if len(found) > MOST_CLUSTERS:
            return {}
        if len(some) < len(seen):
            found = distinct(self.table.clusters[seen])
        if len(found) > MOST_CLUSTERS or (len(found) and found[0] < 0):
            return {}
        names = self.table.clusters.names
        if len(found) == 1 and (rows is seen or (self.table.clusters[rows] == found[0]).all()):
            return {
                names[int(found[0])]: ClusterPart(population.labels, population.visible, self._parts(rows))
            }
        return {
            names[int(cluster)]: self._inside(all_labels, rows, seen, int(cluster), fixed=fixed)
            for cluster in found
        }

    def _inside(
        self, all_labels: Labels, rows: Codes, seen: Codes, cluster: int, *, fixed: bool
    ) -> ClusterPart:
        clusters = self.table.clusters
        here = rows[clusters[rows] == cluster]
        labels = _labels(all_labels, here, fixed=fixed)
        visible = labels
        if seen is not rows:
            visible = _labels(all_labels, seen[clusters[seen] == cluster], fixed=fixed)
        return ClusterPart(labels, visible, self._parts(here))

    def _parts(self, rows: Codes) -> frozenset[str]:
        """The names of the parts that some rows are in: thousands of cells are in the same few."""
        touched = distinct(self.table.parts[rows])
        key = touched.tobytes()
        if key not in self._touched:
            self._touched[key] = frozenset(self.table.parts.names[part] for part in touched if part >= 0)
        return self._touched[key]

    def identity(self, cell: int, what: str) -> bytes:
        parts = (self.data_version, self.table.members.definition, self.table.name(cell), what)
        return hashlib.sha256("\x1e".join(parts).encode()).digest()

    def lasting(self, cell: int, what: str) -> bytes:
        """The same over all data versions."""
        parts = (self.table.members.definition, self.table.name(cell), what)
        return hashlib.sha256("\x1e".join(parts).encode()).digest()[:LASTING_BYTES]


def _labels(labels: Labels, rows: Codes, *, fixed: bool) -> Labels:
    found = labels[rows]
    if fixed:
        found = (found >> CENSUS_BITS) << CENSUS_BITS
    return distinct(found)


def _names(censuses: Censuses, codes: Sequence[int]) -> str:
    return "; ".join(sorted(censuses.names[code] for code in codes))


def _years(censuses: Censuses, codes: Sequence[int]) -> tuple[str, ...]:
    return tuple(sorted({censuses.years[code] for code in codes}))


def is_fixed(kinds: Sequence[Kind]) -> bool:
    """Whether there are kinds, and none of them changes."""
    return bool(kinds) and all(kind.fixed for kind in kinds)


def every_counting(members: Members) -> Iterator[Counting]:
    """All flags that say who counts, for checks."""
    yield members.counting
    for number in members.numbers:
        yield number.counting
        yield from number.parts
    yield from (branch.counting for branch in members.branches)
