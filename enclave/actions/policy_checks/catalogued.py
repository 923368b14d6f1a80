"""What a project's years and rows mean by the catalogue."""

from collections.abc import Mapping

from enclave.catalogue.model import Catalogue, FieldClass, Table, YearForm
from enclave.projects import ProjectFile

Values = tuple[str, ...]


def academic_year_of(value: str, form: YearForm) -> str:
    """The academic year that a value of a year field stands for; a year that ends in 2024 is 2023/24."""
    match form:
        case YearForm.ACADEMIC:
            return value
        case YearForm.ENDING:
            ending = int(value)
            return f"{ending - 1}/{ending % 100:02}"


def through_hierarchy(catalogue: Catalogue, table: Table, field: str) -> tuple[str, Mapping[str, str]] | None:
    """A field of the table whose codes roll up to the code set called `field`, with the parent of each code.

    So rows may be restricted to `{ region: [...] }` in a table that knows authorities only. Of several such fields the
    least sensitive is meant; when that leaves two, none is: nobody could tell which rows they are.
    """
    found = [
        (one, level.parents)
        for one in table.fields.values()
        for level in catalogue.hierarchies
        if level.coarse == field and level.fine == one.code_set and one.kind is not FieldClass.IDENTIFIER
    ]
    least = max((one.tier for one, _ in found), default=0)
    meant = [(one.name, parents) for one, parents in found if one.tier == least]
    usable = len(meant) == 1 and (least > 1 or table.presence is not None)
    return meant[0] if usable else None


def restricted_rows(entry: ProjectFile, catalogue: Catalogue) -> dict[str, dict[str, Values] | None]:
    """The row restrictions of a checked project by table: values of the table's own fields; None is all rows."""
    found: dict[str, dict[str, Values] | None] = {}
    for granted in entry.data.tables:
        rows = granted.rows
        table = catalogue.tables[granted.name]
        limits = None if rows is None or isinstance(rows, str) else _own_fields(rows, table, catalogue)
        found[granted.name] = limits
    return found


def _own_fields(rows: Mapping[str, list[str | int]], table: Table, catalogue: Catalogue) -> dict[str, Values]:
    """Each restriction on a field of the table itself; two on one field leave what both allow."""
    found: dict[str, Values] = {}
    for field, allowed in rows.items():
        wanted = tuple(str(value) for value in allowed)
        upwards = None if field in table.fields else through_hierarchy(catalogue, table, field)
        if upwards is not None:
            field, parents = upwards
            wanted = tuple(code for code, parent in parents.items() if parent in wanted)
        before = found.get(field)
        found[field] = wanted if before is None else tuple(value for value in wanted if value in before)
    return found
