"""Which shown cells of a table hold everybody in sight there, whatever the fields with hidden zeros say.

Cells that have the same visible keys and, between them, every code that somebody could have of the hidden ones are a
whole of what is in sight. Where a code is missing, that nobody has it is told by what is shown as by a count of nobody.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import prod

import numpy as np

from enclave.disclosure.ledger.certain import adds_up_always
from enclave.disclosure.ledger.codes import one_code
from enclave.disclosure.ledger.finer import in_finer_words
from enclave.disclosure.ledger.hidden_conditions import Hidden
from enclave.disclosure.ledger.members import Counting
from enclave.disclosure.ledger.reading import MembersTable
from enclave.disclosure.ledger.worlds import FindCodes, Worlds


@dataclass(slots=True)
class Covering:
    """Of one leaf. `codes` are the published ones."""

    table: MembersTable
    codes: FindCodes
    _certain: dict[tuple[tuple[str, ...], Hidden, frozenset[Hidden]], bool] = field(default_factory=dict)
    _whole: dict[tuple[tuple[int, ...], Hidden, tuple[str, ...], frozenset[int]], bool] = field(
        default_factory=dict
    )
    _coded: dict[tuple[int, ...], list[int]] = field(default_factory=dict)
    _in_years: dict[object, tuple[str, ...]] = field(default_factory=dict)

    def certain(self, cells: Sequence[int], counting: Counting, kept: Sequence[int] = ()) -> list[int]:
        """Those of some cells of one grouping set which, with others of them, are a whole of what is in sight.

        `kept`: keys that say what is a whole, though they be hidden.
        """
        if not cells:
            return []
        keys, members = self.table.sets[int(self.table.set_of_cell[cells[0]])], self.table.members
        dividing = tuple(place for place in keys if members.keys[place].hidden and place not in kept)
        if not dividing:
            return list(cells)
        groups: dict[int, list[int]] = {}
        own = self._codes(tuple(place for place in keys if place not in dividing))
        for cell in cells:
            groups.setdefault(own[cell], []).append(cell)
        return [
            cell for some in groups.values() if self._are_whole(some, counting, dividing) for cell in some
        ]

    def said_of(self, cells: Sequence[int], counting: Counting, kept: Sequence[int] = ()) -> Hidden | None:
        """The hidden conditions of some cells of one grouping set taken together; None where these are not plain.

        A whole of what is in sight has those of the table alone. Cells that have some codes of some fields, all of
        these with one another and the same ones wherever they stand, have that each field is one of its codes.
        """
        table = self.table
        keys = table.sets[int(table.set_of_cell[cells[0]])]
        dividing = [place for place in keys if table.members.keys[place].hidden and place not in kept]
        years = tuple(sorted({year for cell in cells for year in self._years(cell, counting)}))
        base = set(counting.hidden)
        common = [
            {self._said(place, cell) for cell in cells} for place in kept if table.members.keys[place].hidden
        ]
        if any(len(some) > 1 for some in common):
            return None
        base.update(*common)
        if len(self.certain(cells, counting, kept)) < len(cells):
            some = self._some_of(cells, keys, dividing, (years, frozenset(base)))
            if some is None:
                return None
            base.update(some)
        return in_finer_words(frozenset(base), table.members.finer, years)

    def _some_of(
        self,
        cells: Sequence[int],
        keys: Sequence[int],
        dividing: Sequence[int],
        among: tuple[tuple[str, ...], Hidden],
    ) -> list[str] | None:
        """That each key that divides the cells is one of some values.

        Every combination of these must be a cell, and the same ones wherever they stand. A key that has all its codes
        there is left out. `among`: years, and what else is said of all of them.
        """
        there: dict[tuple[object, ...], set[tuple[str, ...]]] = {}
        for cell in cells:
            own = tuple(self.table.values[place][cell] for place in keys if place not in dividing)
            mine = tuple(repr(self.table.values[place][cell]) for place in dividing)
            there.setdefault(own, set()).add(mine)
        first, *others = there.values()
        choices = [sorted({one[at] for one in first}) for at in range(len(dividing))]
        if len(first) != prod(map(len, choices)) or any(one != first for one in others):
            return None
        said = []
        for place, values in zip(dividing, choices, strict=True):
            if self._are_all(place, values, among):
                continue
            if "None" in values:
                return None
            said.append(f"{self.table.members.keys[place].text} IN ({', '.join(values)})")
        return said

    def _are_all(self, place: int, values: Sequence[str], among: tuple[tuple[str, ...], Hidden]) -> bool:
        """Whether everybody who meets what is said has one of these values of a key, whatever anybody's are."""
        years, base = among
        said = (f"{self.table.members.keys[place].text} = {value}" for value in values)
        return self._add_up(years, base, frozenset(frozenset([one]) for one in said))

    def _codes(self, keys: tuple[int, ...]) -> list[int]:
        """One code for these keys of each cell: equal values have equal ones."""
        if keys not in self._coded:
            codes = one_code([self.table.cell_keys[place] for place in keys], len(self.table.set_of_cell))
            self._coded[keys] = codes.tolist()
        return self._coded[keys]

    def _are_whole(self, cells: Sequence[int], counting: Counting, dividing: tuple[int, ...]) -> bool:
        """Thousands of groups have the same few codes in the same years."""
        years, codes = self._years(cells[0], counting), self._codes(dividing)
        key = (dividing, counting.hidden, years, frozenset(codes[cell] for cell in cells))
        if key not in self._whole:
            self._whole[key] = self._is_certain(cells, counting.hidden, dividing, years)
        return self._whole[key]

    def _years(self, cell: int, counting: Counting) -> tuple[str, ...]:
        """Of those who can be seen in a cell: the same for all cells in which they can be seen."""
        key = self.table.visible_place(cell, counting)
        if key not in self._in_years:
            here = self.table.here
            there = here.of(self.table.visible_rows(cell, counting))
            self._in_years[key] = tuple(sorted({here.years[code] for code in there}))
        return self._in_years[key]

    def _is_certain(
        self, cells: Sequence[int], hidden: Hidden, dividing: tuple[int, ...], years: tuple[str, ...]
    ) -> bool:
        said = (frozenset(self._said(place, cell) for place in dividing) for cell in cells)
        return self._add_up(years, hidden, frozenset(said))

    def _add_up(self, years: tuple[str, ...], hidden: Hidden, said: frozenset[Hidden]) -> bool:
        """Whether those who meet one of several conditions besides are all who meet the others, in every world."""
        finer = self.table.members.finer
        parts = frozenset(in_finer_words(one, finer, years) for one in said)
        base = in_finer_words(hidden, finer, years)
        key = (years, base, parts)
        if key not in self._certain:
            conditions = [base, *(base | part for part in parts)]
            times = [1, *[-1] * len(parts)]
            everybody = np.ones((len(times), 1), dtype=np.bool_)
            self._certain[key] = adds_up_always(times, conditions, everybody, Worlds(self.codes, years))
        return self._certain[key]

    def _said(self, place: int, cell: int) -> str:
        return f"{self.table.members.keys[place].text} = {self.table.values[place][cell]!r}"
