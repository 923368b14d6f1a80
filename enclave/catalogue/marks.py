"""Marks that the loader sets on every row of people: whether it is the only one of its unit.

A mark is a property of a unit (at a census), so all rows of a unit that share the mark's columns carry the same. They
say which units have one row in a cell, without a look at the others: most do, whatever a few registrations twice over
do. Nobody selects them, and what they say never shows: the numbers are the same as without.
"""

from collections.abc import Mapping

from enclave.catalogue.model import Table

ONCE = "_once"
"""The unit has one row at this census: with the same year and term, as far as the table has them."""
ALONE = "_alone"
"""The unit has one row in the whole table, all its years together."""


def marks_of(table: Table) -> Mapping[str, tuple[str, ...]]:
    """By mark of the table, the columns beside the key that its rows are counted by."""
    if table.unit is None:
        return {}
    named = (table.year.field if table.year is not None else None, table.term)
    census = tuple(name for name in named if name is not None)
    return {ONCE: census, ALONE: ()} if census else {ALONE: ()}
