"""The published codes of the catalogue's fields, as the ledger reads them: constants in the words of conditions."""

from enclave.catalogue.model import Catalogue, Code, Field
from enclave.disclosure.ledger.worlds import FieldCodes, FindCodes, ListedCode

BOOLEAN = (ListedCode("FALSE"), ListedCode("TRUE"))
"""As lists of codes are: what most people have comes first."""


def code_lists(catalogue: Catalogue) -> FindCodes:
    """Finds the codes of a field by `table.field`."""

    def find(name: str) -> FieldCodes | None:
        table, _, field = name.partition(".")
        found = catalogue.tables.get(table)
        one = None if found is None else found.fields.get(field)
        return None if one is None else FieldCodes(_codes(one, catalogue), nulls=not one.never_null)

    return find


def listed(code: Code, value: str, type: str) -> ListedCode:
    """A code by the value that the data hold, and the years in which it could be in use."""
    first, last = (None if year is None else int(year[:4]) for year in (code.valid_from, code.valid_to))
    return ListedCode(constant(value, type), first, last)


def constant(value: str, type: str) -> str:
    """The value as it stands in a condition."""
    if type.endswith(("INT", "INTEGER")):
        return str(int(value))
    return "'" + value.replace("'", "''") + "'"


def _codes(field: Field, catalogue: Catalogue) -> tuple[ListedCode, ...] | None:
    if field.code_set is not None:
        codes = catalogue.code_sets[field.code_set]
        pairs = zip(codes.codes, codes.values, strict=True)
        return tuple(listed(code, value, field.type) for code, value in pairs)
    return BOOLEAN if field.type == "BOOLEAN" else None
