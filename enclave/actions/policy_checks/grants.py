"""Which tables and fields a project may have: the catalogue's tiers, purposes, years and uses against its request."""

from enclave.actions.policy_checks.beside_people import check_beside_people
from enclave.actions.policy_checks.catalogued import through_hierarchy
from enclave.actions.policy_checks.everything import Everything
from enclave.actions.policy_checks.fields import Asking, check_field_grant, less_sensitive_missing
from enclave.catalogue.model import Catalogue, Table
from enclave.documents import Parsed, Report, did_you_mean
from enclave.projects import ProjectFile
from enclave.projects.files import TableGrantEntry


def check_grants(project: Parsed[ProjectFile], everything: Everything, report: Report) -> None:
    """Report everything that the project asks for and cannot have."""
    catalogue, house = everything.catalogue, everything.house
    if catalogue is None or house is None:
        return
    seen: set[str] = set()
    for index, entry in enumerate(project.entry.data.tables):
        place = project.place("data", "tables", index, "name")
        table = catalogue.tables.get(entry.name)
        if table is None:
            message = (
                f'the catalogue has no table "{entry.name}".{did_you_mean(entry.name, catalogue.tables)}'
            )
            report.error(
                place, "unknown-table", message, fix="correct the name; `enclave fields` lists all tables"
            )
        elif entry.name in seen:
            report.error(
                place, "duplicate", f"{entry.name} is named twice", fix="put all its fields under one of them"
            )
        else:
            asking = Asking(project, house, catalogue, table, index)
            _table(asking, entry, report)
            check_beside_people(asking, entry, everything, report)
        seen.add(entry.name)


def _table(asking: Asking, entry: TableGrantEntry, report: Report) -> None:
    if not _can_be_had(asking, report):
        return
    _years(asking, entry, report)
    _rows(asking, entry, report)
    _presence(asking, entry, report)
    _fields(asking, entry, report)


def _can_be_had(asking: Asking, report: Report) -> bool:
    table = asking.table
    if table.unit is not None and table.key is None:
        message = f"{table.name} has no key of the {asking.unit_word}; no project can have it"
        why = "without a key nobody can be counted, so nothing can be protected"
        report.error(asking.place("name"), "no-key", message, why=why, fix="remove the table")
        return False
    return True


def _fields(asking: Asking, entry: TableGrantEntry, report: Report) -> None:
    if isinstance(entry.fields, str):
        if not asking.table.public:
            message = f"{asking.table.name} is not a public table; its fields are named one by one"
            why = "every field about people is justified by itself"
            report.error(
                asking.place("fields"), "all-fields", message, why=why, fix="list the fields with use and why"
            )
        return
    seen: set[str] = set()
    for at, field in enumerate(entry.fields):
        if field.name in seen:
            message = f"{field.name} is named twice"
            report.error(
                asking.place("fields", at, "name"), "duplicate", message, fix="put all its uses in one line"
            )
        else:
            check_field_grant(asking, at, field, entry.years, report)
        seen.add(field.name)


def _presence(asking: Asking, entry: TableGrantEntry, report: Report) -> None:
    presence = asking.table.presence
    if presence is None or not (less_sensitive_missing(entry) or asking.approvals_missing()):
        return
    report.error(
        asking.place("name"),
        "presence",
        f"a row in {asking.table.name} reveals {presence.reveals}; every use of it is tier {presence.tier}, "
        f"{_example(entry)} and the key included",
        fix="add less_sensitive_alternative to each of its fields and name the approval that covers them, "
        "or remove the table",
    )


def _example(entry: TableGrantEntry) -> str:
    names = [field.name for field in entry.fields] if isinstance(entry.fields, list) else []
    return names[0] if names else "counting its rows"


def _years(asking: Asking, entry: TableGrantEntry, report: Report) -> None:
    table, year = asking.table, asking.table.year
    if year is None:
        if entry.years is not None:
            report.error(asking.key("years"), "years", f"{table.name} has no years", fix="remove the line")
        return
    if entry.years is None:
        if not table.public and not asking.has_lost("years"):
            fix = "add years: [...], each year that the project needs"
            report.error(asking.place("name"), "missing", f'{table.name} has no "years"', fix=fix)
        return
    code_set = table.fields[year.field].code_set
    known = asking.catalogue.code_sets[code_set].values if code_set else None
    for at, value in enumerate(entry.years):
        if known is not None and str(value) not in known:
            message = f'"{value}" is not a year of {table.name}.{did_you_mean(str(value), known)}'
            fix = f"years of this table are written {year.form.value}, from {known[0]} to {known[-1]}"
            report.error(asking.place("years", at), "unknown-year", message, fix=fix)


def _rows(asking: Asking, entry: TableGrantEntry, report: Report) -> None:
    rows, table = entry.rows, asking.table
    if rows is None:
        if not table.public and not asking.has_lost("rows"):
            fix = "add rows: all, or a restriction such as rows: { la_code: [...] }"
            report.error(asking.place("name"), "missing", f'{table.name} has no "rows"', fix=fix)
        return
    if isinstance(rows, str):
        return
    if table.unit is None:
        message = f"rows of {table.name} cannot be restricted: they are about nobody"
        report.error(asking.place("rows"), "rows", message, fix="write rows: all, or choose fewer years")
        return
    for field, allowed in rows.items():
        _restriction(asking, field, allowed, report)


def _restriction(asking: Asking, field: str, allowed: list[str | int], report: Report) -> None:
    known = _values(asking.catalogue, asking.table, field)
    if known is None:
        message = f'rows of {asking.table.name} cannot be restricted by "{field}"'
        fix = "choose a field of the table, or the coarser level of one, that has a code list"
        report.error(asking.key("rows", field), "unknown-field", message, fix=fix)
        return
    for at, value in enumerate(allowed):
        if str(value) not in known:
            message = f'"{value}" is not a code of {field}.{did_you_mean(str(value), known)}'
            report.error(
                asking.place("rows", field, at),
                "unknown-code",
                message,
                fix="correct the code; put it in quotes",
            )


def _values(catalogue: Catalogue, table: Table, field: str) -> tuple[str, ...] | None:
    """The codes by which rows may be restricted.

    A restriction by a tier-1 field would make every table of the project a use of that field, unseen: only where every
    use is one anyway.
    """
    own = table.fields.get(field)
    if own is not None:
        usable = own.code_set is not None and (own.tier > 1 or table.presence is not None)
        return catalogue.code_sets[own.code_set].values if usable and own.code_set else None
    upwards = through_hierarchy(catalogue, table, field)
    return tuple(dict.fromkeys(upwards[1].values())) if upwards else None
