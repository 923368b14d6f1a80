"""The columns of a table as a question has them: numbered in turn, and by name.

A table has dozens of fields of which a question names a few, and most questions number the same table from the same
column on. So what follows from a table and its first number alone is made once; all look at it, and nobody changes it.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from enclave.catalogue.model import Field, FieldClass, Table
from enclave.query.people_rows import Base
from enclave.query.recent import Recent
from enclave.query.relations import Column, FromField
from enclave.query.scopes import Named

_MOST_KNOWN = 128


@dataclass(frozen=True, slots=True, eq=False)
class TableColumns:
    """`ids` are the column ids by field, `named` the columns as they can be named, `columns` what they are by id.

    `bases`: what they are in rows of people; `by_name`: their ids by folded name.
    """

    table: Table
    ids: Mapping[str, str]
    named: tuple[Named, ...]
    columns: Mapping[str, Column]
    bases: Mapping[str, Base]
    by_name: Mapping[str, tuple[str, ...]]


_known: Recent[tuple[int, int], TableColumns] = Recent(_MOST_KNOWN)


def columns_of(table: Table, first: int) -> TableColumns:
    """The columns of a table, of which the first has this number."""
    found = _known.get((id(table), first))
    if found is None or found.table is not table:  # an id is given again once its object is gone
        found = _made(table, first)
        _known.keep((id(table), first), found)
    return found


def _made(table: Table, first: int) -> TableColumns:
    ids = {name: f"c{first + place}" for place, name in enumerate(table.fields)}
    columns = {id: Column(id, name, FromField(table.fields[name])) for name, id in ids.items()}
    named = tuple(Named(name, id) for name, id in ids.items())
    bases = {id: _base(id, table.fields[name], name == table.key) for name, id in ids.items()}
    by_name: dict[str, tuple[str, ...]] = {}
    for name, id in ids.items():
        by_name[name.lower()] = (*by_name.get(name.lower(), ()), id)
    return TableColumns(table, ids, named, columns, bases, by_name)


def _base(id: str, found: Field, key: bool) -> Base:
    code = found.kind is not FieldClass.MEASURE
    return Base(id, frozenset({found}), found, code, False, key, boolean=found.type == "BOOLEAN")
