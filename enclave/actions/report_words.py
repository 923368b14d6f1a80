"""What a report calls things, and which coarser groupings there are to try: from the plan and the catalogue alone."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sqlglot import exp

from enclave.catalogue import Catalogue, Field, Hierarchy
from enclave.disclosure.coarser import Way
from enclave.query.leaves import Leaf, Number
from enclave.query.protected import Protected
from enclave.query.relations import column_id


@dataclass(frozen=True, slots=True)
class LeafWords:
    """The reader's own names of a leaf's keys and numbers, and the ways to group it more coarsely."""

    names: Mapping[str, str]
    ways: tuple[Way, ...]


def words_of(leaf: Leaf, protected: Protected) -> LeafWords:
    """Nothing here depends on data. A leaf with grouping sets has no coarser way: it has its own totals."""
    names = {id: _name(id, protected) for id, _ in leaf.keys}
    names |= {number.id: _number(number, protected) for number in leaf.numbers}
    if leaf.sets is not None:
        return LeafWords(names, ())
    catalogue = protected.authorised.resolved.catalogue
    ways = (way for place in range(len(leaf.keys)) for way in _ways(leaf, place, names, protected, catalogue))
    return LeafWords(names, tuple(ways))


def _ways(
    leaf: Leaf, place: int, names: Mapping[str, str], protected: Protected, catalogue: Catalogue
) -> Iterator[Way]:
    key, scalar = leaf.keys[place]
    base = protected.bases.get(column_id(scalar) or "")
    field = base.field if base is not None else None
    for hierarchy in catalogue.hierarchies if field is not None else ():
        if field is not None and field.code_set == hierarchy.fine:
            coarse = _called(hierarchy, field, catalogue)
            yield Way(f"group by {coarse} instead of {names[key]}", key, hierarchy.parents)
    if len(leaf.keys) > 1:
        yield Way(f"leave out {names[key]}", key)


def _called(hierarchy: Hierarchy, field: Field, catalogue: Catalogue) -> str:
    """The field of the same table with the coarser codes, or else the name of their list."""
    fields = catalogue.tables[field.table].fields.values()
    return next((one.name for one in fields if one.code_set == hierarchy.coarse), hierarchy.coarse)


def _number(number: Number, protected: Protected) -> str:
    """The aggregate as the reader wrote it, over the fields that it names."""

    def by_its_name(node: exp.Expression) -> exp.Expression:
        column = protected.columns.get(node.name) if isinstance(node, exp.Column) else None
        return node if column is None or not column.name else exp.column(column.name)

    if not any(node.name in number.name for node in number.aggregate.find_all(exp.Column)):
        return number.name or _name(number.id, protected)
    return number.aggregate.copy().transform(by_its_name).sql("duckdb", normalize_functions="lower")


def _name(id: str, protected: Protected) -> str:
    column = protected.columns.get(id)
    return column.name if column is not None and column.name else id
