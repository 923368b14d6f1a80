"""The additive relations of a leaf: its grouping sets and hierarchies as one system of cells and equations.

A coarser grouping set adds up from the next finer one. Keys that another key decides (the region of an authority) make
a set coarser too, where the rows of people bear it out. Cells of keys whose zeros are hidden stand in the system also
where nobody is in them, as everybody sees `c` there either way: so the system is the same for nobody as for a few.

An equation is made where the units of its parts make up those of its total, each in one part.
Limit: where people stand in several parts, their total is less than the sum; that says something too, and is left out.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import TypeAlias

import numpy as np

from enclave.disclosure.ledger.codes import one_code
from enclave.disclosure.ledger.known_totals import Total
from enclave.disclosure.ledger.members import Counting
from enclave.disclosure.ledger.reading import MembersTable
from enclave.disclosure.ledger.worlds import FindCodes, Worlds
from enclave.disclosure.suppression.system import Equation

MOST_CELLS = 20_000
"""Of a system, with those of nobody. Limit: a larger table has the ledger's rules alone."""
Named: TypeAlias = tuple[int, tuple[str, ...]]
"""A cell: its grouping set, and its keys as texts."""
ANOTHER = "another value"
_CONSTANTS = {None: "NULL", True: "TRUE", False: "FALSE"}


@dataclass(frozen=True, slots=True, eq=False)
class Relations:
    """Cells in an order that follows from their keys, with their places in the raw table (-1: nobody is there)."""

    cells: tuple[Named, ...]
    raw: tuple[int, ...]
    equations: tuple[Equation, ...]
    of_nobody: tuple[bool, ...]  # whether nobody in the cell is hidden like a few
    known: Mapping[int, int] = field(default_factory=dict)  # totals that are in no grouping set: their units

    def sizes(self, table: MembersTable, counting: Counting) -> list[int]:
        """How many units count in each cell."""
        return [
            self.known.get(place, 0) if cell < 0 else table.units_in(cell, counting)
            for place, cell in enumerate(self.raw)
        ]

    def holding(self, sizes: Sequence[int]) -> tuple[Equation, ...]:
        """The equations that hold for these units."""
        return tuple(
            one for one in self.equations if sizes[one.total] == sum(sizes[part] for part in one.parts)
        )


def relations_of(table: MembersTable, codes: FindCodes, totals: Sequence[Total] = ()) -> Relations | None:
    """The relations of a leaf, and of totals known before; None where it has none, or too many."""
    pairs = list(_pairs(table))
    if not pairs and not totals:
        return None
    named = {_named(table, cell): cell for cell in range(len(table.set_of_cell))}
    for which in {one for pair in pairs for one in pair[:2]}:
        for cell in _possible(table, which, [one for one in named if one[0] == which], codes):
            named.setdefault(cell, -1)
            if len(named) > MOST_CELLS:
                return None
    ordered = sorted(named)
    places = {cell: place for place, cell in enumerate(ordered)}
    equations = tuple(one for pair in pairs for one in _equations(table, pair, places))
    hidden = [any(table.members.keys[key].hidden for key in keys) for keys in table.sets]
    raw = tuple(named[cell] for cell in ordered)
    place_of = {cell: place for place, cell in enumerate(raw) if cell >= 0}
    more = {len(ordered) + which: one for which, one in enumerate(totals)}
    equations += tuple(
        Equation(place, tuple(sorted(place_of[cell] for cell in one.cells))) for place, one in more.items()
    )
    return Relations(
        tuple(ordered),
        (*raw, *(-1 for _ in totals)),
        equations,
        (
            *(hidden[which] or table.members.counting.hidden != frozenset() for which, _ in ordered),
            *(False for _ in totals),
        ),
        {place: one.units for place, one in more.items()},
    )


_Above: TypeAlias = Mapping[tuple[str, ...], tuple[str, ...]]


def _pairs(table: MembersTable) -> Iterator[tuple[int, int, _Above]]:
    """A coarser set, the next finer one, and what the finer one's visible keys say of keys that it lacks."""
    found = [
        (coarse, fine, above)
        for coarse, fine in product(range(len(table.sets)), repeat=2)
        if coarse != fine and (above := _above(table, coarse, fine)) is not None
    ]
    under = {(coarse, fine) for coarse, fine, _ in found}
    for coarse, fine, above in found:
        if (fine, coarse) in under and fine < coarse:
            continue  # two sets of the same cells: one stands above the other
        between = any(
            (coarse, middle) in under and (middle, fine) in under and (middle, coarse) not in under
            for middle in range(len(table.sets))
            if middle not in (coarse, fine)
        )
        if not between:
            yield coarse, fine, above


def _above(table: MembersTable, coarse: int, fine: int) -> _Above | None:
    """None where the coarser set does not add up from the finer one."""
    keys, own = table.sets[coarse], table.sets[fine]
    extra = [key for key in keys if key not in own]
    if not extra:
        return {}
    if any(table.members.keys[key].hidden for key in extra):
        return None
    seen = [key for key in own if not table.members.keys[key].hidden]
    if not seen:
        return None
    return _decided(table, seen, extra)


def _decided(table: MembersTable, seen: Sequence[int], extra: Sequence[int]) -> _Above | None:
    """The extra keys for each combination of the others, if these decide them for everybody."""
    rows = len(table.units)
    by, of = (one_code([table.member_keys[key] for key in keys], rows) for keys in (seen, extra))
    first, which = np.unique(by, return_index=True, return_inverse=True)[1:]
    if not np.array_equal(of[first][which], of):
        return None
    texts = {key: _texts(table, key) for key in (*seen, *extra)}
    found = {}
    for row in first.tolist():
        here, there = (
            tuple(texts[key].get(int(table.member_keys[key][row]), "") for key in keys)
            for keys in (seen, extra)
        )
        found[here] = there
    return found


def _texts(table: MembersTable, key: int) -> dict[int, str]:
    """What each code of a key stands for, as far as a cell has it."""
    return {
        int(code): _text(value)
        for code, value in zip(table.cell_keys[key].tolist(), table.values[key], strict=True)
        if value is not None
    }


def _equations(
    table: MembersTable, pair: tuple[int, int, _Above], places: Mapping[Named, int]
) -> Iterator[Equation]:
    coarse, fine, above = pair
    keys, own = table.sets[coarse], table.sets[fine]
    seen = [place for place, key in enumerate(own) if not table.members.keys[key].hidden]
    extra = [key for key in keys if key not in own]
    parts: dict[int, list[int]] = {}
    for (which, values), place in places.items():
        if which != fine:
            continue
        more = above.get(tuple(values[at] for at in seen), ("",) * len(extra)) if extra else ()
        known = dict(zip(own, values, strict=True)) | dict(zip(extra, more, strict=True))
        total = places.get((coarse, tuple(known[key] for key in keys)))
        if total is not None:
            parts.setdefault(total, []).append(place)
    yield from (Equation(total, tuple(some)) for total, some in sorted(parts.items()))


def _named(table: MembersTable, cell: int) -> Named:
    which = int(table.set_of_cell[cell])
    return which, tuple(_text(table.values[key][cell]) for key in table.sets[which])


def _possible(table: MembersTable, which: int, there: Sequence[Named], codes: FindCodes) -> Iterator[Named]:
    """The cells that could be of a set: each code of a hidden key beside all that is visible there."""
    keys = table.sets[which]
    dividing = [place for place, key in enumerate(keys) if table.members.keys[key].hidden]
    if not dividing:
        return
    years = tuple(sorted(set(table.here.years.values())))
    choices = [_codes(table, keys[place], Worlds(codes, years)) for place in dividing]
    for values in sorted(
        {tuple("" if at in dividing else text for at, text in enumerate(one)) for _, one in there}
    ):
        for chosen in product(*choices):
            filled = dict(zip(dividing, chosen, strict=True))
            yield which, tuple(filled.get(at, text) for at, text in enumerate(values))


def _codes(table: MembersTable, key: int, worlds: Worlds) -> list[str]:
    """The published codes of a key; where none are, those that are there, and another."""
    published = worlds.possible(table.members.keys[key].text)
    if published is None:
        return sorted({_text(value) for value in table.values[key]} | {ANOTHER})
    return sorted(published)


def _text(value: object) -> str:
    if value is None or isinstance(value, bool):
        return _CONSTANTS[value]
    return repr(value)
