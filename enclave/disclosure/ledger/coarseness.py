"""In which order the cells of a leaf are judged: coarser ones first, as everybody can see them.

What may be shown becomes known to those after it, so of cells that would tell too much together the last goes. The
order must not follow from who is really in a cell: it would tell how many have a hidden code, and of a cell and all of
it but nobody either could be the first. So what everybody can see comes first, and cells that only fields with hidden
zeros tell apart follow the published lists of these: what stands further down a list goes. Lists begin with what most
people have and end with what is other, refused or not known. And a list says the same over all tables, times and
versions of the data, so that the same code goes wherever one has to.

Counts of a code would be a finer order, if they were published for everything that divides a table. Those of standard
margins are of some fields, tables and times, and change with every person who is corrected or taken out: an order by
them would say so where two codes are near one another.

Limit: a list is in whatever order the catalogue has it. Cells by a field without one, and by an expression over one,
follow their names.
"""

from dataclasses import dataclass, field

from enclave.disclosure.ledger.reading import MembersTable
from enclave.disclosure.ledger.totals import OpenTotals
from enclave.disclosure.ledger.worlds import FindCodes, place_in_list

Order = tuple[int, int, int, int, tuple[int, ...], str]


@dataclass(slots=True)
class Coarseness:
    """Of the cells of one leaf. `codes` are the published ones."""

    table: MembersTable
    totals: OpenTotals
    codes: FindCodes
    _places: dict[tuple[int, int], int] = field(default_factory=dict)

    def of(self, cell: int) -> Order:
        """What to sort cells by. Those with more keys on hidden fields come after the same with fewer.

        Cells inside one cluster come after all others, those of small clusters last: where one of several has to go, it
        is that of the same cluster in all tables.
        """
        table = self.table
        keys = table.sets[int(table.set_of_cell[cell])]
        hidden = [key for key in keys if table.members.keys[key].hidden]
        visible = len(table.visible_rows(cell, table.members.counting))
        inside = self.totals.cluster(cell, table.members.counting)
        size = self.totals.largest if inside is None else self.totals.sizes.get(inside, 0)
        places = tuple(self._place(key, cell) for key in hidden)
        return -size, -visible, len(hidden), len(keys), places, table.name(cell)

    def _place(self, key: int, cell: int) -> int:
        """Where the cell's code of a key stands in its list: thousands of cells have the same few codes."""
        which = key, int(self.table.cell_keys[key][cell])
        if which not in self._places:
            text = self.table.members.keys[key].text
            self._places[which] = place_in_list(text, self.table.values[key][cell], self.codes)
        return self._places[which]
