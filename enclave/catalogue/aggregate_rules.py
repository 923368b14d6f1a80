"""What a table of aggregates must say before it can be loaded: which cells count people, and how they add up."""

from typing import Final

from enclave.catalogue.adding_up import components, determined
from enclave.catalogue.field_rules import INTEGRAL, NUMERIC
from enclave.catalogue.files import FieldEntry, SumEntry
from enclave.catalogue.known import Known
from enclave.catalogue.model import Sum
from enclave.catalogue.source import Source
from enclave.documents import Report, did_you_mean

CODE: Final = "aggregates"


def check_aggregates(source: Source, known: Known, report: Report) -> None:
    """Report everything in which the settings of an aggregate table break a rule, or stand in another table."""
    if not source.entry.tier_3:
        _nothing_said(source, report)
        return
    _population(source, report)
    for name, field in source.fields.items():
        _cell(source, name, field, report)
        _about(source, name, field, known, report)
    for index, one in enumerate(source.entry.adds_up):
        _sum(source, index, one, known, report)
    _nothing_can_be_solved(source, report)


def _nothing_said(source: Source, report: Report) -> None:
    said = [("population",)] if source.entry.population is not None else []
    said += [("adds_up",)] if source.entry.adds_up else []
    cells = [("fields", name, "cell") for name, field in source.fields.items() if field.cell is not None]
    for path in (*said, *cells):
        message = f"{path[-1]} is for tables of aggregates"
        report.error(source.key(*path), CODE, message, fix="remove it, or write tier_3: true")


def _population(source: Source, report: Report) -> None:
    """Without a population nothing of the table can be judged: it is left out, and says nothing else either."""
    name = source.entry.population
    if name is None:
        if source.entry.adds_up or any(field.cell for field in source.fields.values()):
            message = f"{source.name} does not say which field counts the people that a row is about"
            report.error(source.key(), CODE, message, fix="add population: the name of a field")
        return
    field = source.fields.get(name)
    if field is None:
        message = f'{source.name} has no field "{name}".{did_you_mean(name, source.fields)}'
        report.error(source.at("population"), "unknown-field", message, fix="name a field of the table")
    elif field.cell is None or field.cell.kind != "count" or field.cell.of:
        message = f"{name} is no count of all the people of a row"
        report.error(source.at("population"), CODE, message, fix="write cell: { is: count } at that field")


def _cell(source: Source, name: str, field: FieldEntry, report: Report) -> None:
    cell = field.cell
    if cell is None:
        return
    place = source.at("fields", name, "cell")
    kind = field.type.upper()
    if cell.kind != "plain" and (field.kind != "measure" or field.nulls == "never"):
        message = f"{name} can be hidden, so it is a measure that may be null"
        report.error(place, CODE, message, fix="write class: measure, and remove nulls: never")
    elif cell.kind == "count" and not kind.startswith(INTEGRAL):
        report.error(
            place, CODE, f"{name} counts, but {field.type} is no type of whole numbers", fix="correct it"
        )
    elif cell.kind in ("share", "average") and not kind.startswith(NUMERIC):
        report.error(place, CODE, f"{name} is no number", fix="correct the type or the cell")
    _stands_on(source, name, field, report)


def _about(source: Source, name: str, field: FieldEntry, known: Known, report: Report) -> None:
    """Which fields of people a number about people is made of must be said, and nothing else has any."""
    cell = field.cell
    if cell is None:
        return
    if (cell.kind == "plain") != (cell.about is None):
        message = "a plain cell is about nobody" if cell.about else f"{name} does not say what it is about"
        fix = "remove about" if cell.about else "add about: [fields of people], or about: [] for none"
        report.error(source.at("fields", name, "cell"), CODE, message, fix=fix)
    people = {other for table in known.tables.values() if not table.public for other in table.fields}
    for at, other in enumerate(cell.about or []):
        if other not in people and not known.unread:
            message = f'no table of people has a field "{other}".{did_you_mean(other, people)}'
            place = source.at("fields", name, "cell", "about", at)
            report.error(place, "unknown-field", message, fix="name fields of tables of people")


def _stands_on(source: Source, name: str, field: FieldEntry, report: Report) -> None:
    assert field.cell is not None, "only asked of fields with a cell"
    cell = field.cell
    wanted = {"count": None, "share": 1, "average": 1, "plain": 0}[cell.kind]
    if wanted is not None and len(cell.of) != wanted:
        message = f"a {cell.kind} cell stands on {'one count' if wanted else 'nothing'}"
        report.error(
            source.at("fields", name, "cell"), CODE, message, fix="write of: [the count], or remove of"
        )
    for at, other in enumerate(cell.of):
        counted = source.fields[other].cell if other in source.fields else None
        if counted is None or counted.kind != "count" or other == name:
            message = f"{other} is no other count of {source.name}"
            fix = "name a field with cell: { is: count }"
            report.error(source.at("fields", name, "cell", "of", at), CODE, message, fix=fix)


def _sum(source: Source, index: int, one: SumEntry, known: Known, report: Report) -> None:
    place = source.at("adds_up", index)
    if len({one.total, *one.parts}) != len(one.parts) + 1:
        report.error(place, CODE, "a member of the sum is named twice", fix="name each once")
    if one.by is None:
        for name in (one.total, *one.parts):
            cell = source.fields[name].cell if name in source.fields else None
            if cell is None or cell.kind != "count":
                fix = "name fields with cell: { is: count }, or say by which field rows are told apart"
                report.error(place, CODE, f"{name} is no count of {source.name}", fix=fix)
        return
    if not any(one.by in grain.columns and grain.where is None for grain in source.entry.grain):
        message = f"{one.by} does not tell rows apart: it is in no grain of {source.name}"
        report.error(place, CODE, message, fix="name a field of the grain")
        return
    code_set = source.fields[one.by].code_set if one.by in source.fields else None
    values = known.sets[code_set].values if code_set and code_set in known.sets else None
    for value in (one.total, *one.parts):
        if values is not None and value not in values:
            message = f'"{value}" is not a code of {code_set}.{did_you_mean(value, values)}'
            report.error(place, "unknown-code", message, fix="correct the code")


def _nothing_can_be_solved(source: Source, report: Report) -> None:
    for by in dict.fromkeys(one.by for one in source.entry.adds_up):
        sums = [
            Sum(one.total, tuple(one.parts), by, one.complete) for one in source.entry.adds_up if one.by == by
        ]
        for component in components(sums):
            for part in determined(component):
                message = f"{part} could be worked out from the other totals, whatever is hidden"
                why = "hiding one part hides all parts of what adds up with it; that is not enough here"
                fix = "take one of the sums away, and leave its total out of the table"
                report.error(source.key("adds_up"), CODE, message, why=why, fix=fix)
