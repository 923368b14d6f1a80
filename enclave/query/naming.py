"""Codes that name one of very many things, such as schools: across people no arithmetic takes them in.

The sum of school numbers over people has enough of them in each school, and so has another, over sixty people fewer.
But of these two go to another school, and the difference of the sums spells that out. Codes of a short list are
compared one by one where sums are (`adding`); of names there are too many for it, and their mean says nothing.
"""

from collections.abc import Iterator, Sequence
from typing import Final

from enclave.catalogue import Catalogue
from enclave.catalogue.model import Field, FieldClass
from enclave.query.adding import MOST_CODES
from enclave.query.conditions import outside_conditions
from enclave.query.inside import Objection
from enclave.query.people_rows import Base, People
from enclave.query.relations import Scalar, column_id

ADDED_UP: Final = (
    "{} names one of very many things. Added up over people its codes say nothing, and two such sums could spell out "
    "how few have one of them. Group by it and count, or compare it in a CASE."
)


def names_added(arguments: Sequence[Scalar], people: People, catalogue: Catalogue) -> Iterator[Objection]:
    """The columns of names whose values arithmetic over people would take in; conditions on them are counted."""
    for argument in arguments:
        for part in outside_conditions(argument, people):
            base = people.bases.get(column_id(part) or "")
            named = None if base is None else _named(base, catalogue)
            if named is not None:
                yield Objection("encodes", part, ADDED_UP.format(named.name))


def _named(base: Base, catalogue: Catalogue) -> Field | None:
    if base.key or not base.code:
        return None
    if base.public:
        return base.field if base.field is not None and _is_public_name(base.field, catalogue) else None
    return next((one for one in sorted(base.fields, key=str) if is_name(one, catalogue)), None)


def _is_public_name(field: Field, catalogue: Catalogue) -> bool:
    """Whether a column that people's rows look up is such a name: a key or a code of a public table, but no date."""
    if field.kind is FieldClass.KEY:
        return True
    listed = field.code_set is not None
    return is_name(field, catalogue) or (
        field.kind is FieldClass.DIMENSION and not listed and field.type not in ("DATE", "BOOLEAN")
    )


def is_name(field: Field, catalogue: Catalogue) -> bool:
    """Whether a field of people has codes of a long list, or of none though they are no numbers."""
    if field.kind is not FieldClass.DIMENSION or field.bounds is not None:
        return False
    if field.code_set is not None:
        return len(catalogue.code_sets[field.code_set].values) > MOST_CODES
    cluster = catalogue.tables[field.table].cluster
    is_cluster = cluster is not None and field.name == cluster.by
    return is_cluster or field.references is not None or "CHAR" in field.type
