"""Totals of a table that were shown before it."""

import numpy as np

from enclave.disclosure.ledger.known_totals import KnownTotals
from enclave.disclosure.ledger.members import MemberKey
from tests.support.ledger_leaf import Leaf, Row, Shelf, members, number, remembered, row

SCHOOL = MemberKey("o", "school", hidden=False)
GROUP = MemberKey("k", "group", hidden=False)
ROWS = [
    row(unit, school=school, o=school, k=unit % 2) for unit, school in enumerate(np.repeat(list("ABC"), 30))
]
CELLS: list[Row] = [{"o": school, "k": group} for school in "ABC" for group in (0, 1)]


def test_known_totals_do_not_follow_the_order_in_which_an_engine_gives_its_rows() -> None:
    """Which partners go follows from the order of the equations, so two engines, or two runs, would hide others."""
    schools = [
        number(range(first, first + 30), kinds=(), schools={school: range(first, first + 30)})
        for school, first in zip("ABC", (0, 30, 60), strict=True)
    ]
    memory = remembered(Shelf(), *schools)
    told = []
    for cells in (CELLS, CELLS[::-1], [*CELLS[3:], *CELLS[:3]]):
        table = Leaf(members(SCHOOL, GROUP, kinds=()), ROWS, cells).read()
        found = KnownTotals(memory.known, memory.population_of).of(table, np.ones(len(cells), dtype=np.int8))
        told.append([(one.keys, one.units, [table.name(cell) for cell in one.cells]) for one in found])
    assert len(told[0]) == 3
    assert told[1] == told[0]
    assert told[2] == told[0]
