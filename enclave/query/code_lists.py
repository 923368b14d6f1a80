"""Which published code list the values of a column are of: followed back through bare columns to the catalogue."""

from collections.abc import Mapping

from enclave.catalogue.model import CodeSet, Field
from enclave.query.protected import Protected
from enclave.query.relations import Column, Defined, FromField, column_id


def code_list_of(id: str, protected: Protected) -> CodeSet | None:
    """The list with labels of its own that a column of the answer holds codes of; None for whatever was made of one."""
    field = _field_behind(id, protected.columns)
    if field is None or field.code_set is None:
        return None
    found = protected.authorised.resolved.catalogue.code_sets[field.code_set]
    return found if labels_of(found) else None


def labels_of(codes: CodeSet) -> Mapping[str, str]:
    """The label of each value that is not its own, in published order. A list whose values are words has none."""
    pairs = zip(codes.values, codes.codes, strict=True)
    return {value: code.label for value, code in pairs if code.label and code.label != value}


def _field_behind(id: str, columns: Mapping[str, Column]) -> Field | None:
    seen: set[str] = set()
    while id not in seen:
        seen.add(id)
        match columns[id].origin:
            case FromField() as origin:
                return origin.field
            case Defined() as origin:
                inner = column_id(origin.expression)
                if inner is None or inner not in columns:
                    return None
                id = inner
            case _:
                return None
    return None
