"""Which fields may have a term (`retain_years`): those whose older values can go and leave every row in its place.

No other promise of the catalogue may be broken by rows that have no value any more.
"""

from collections.abc import Collection
from typing import Final

from enclave.catalogue.files import TableEntry
from enclave.catalogue.known import Known
from enclave.catalogue.source import Source
from enclave.documents import Report

FIX: Final = "remove retain_years"


def check_retained(source: Source, name: str, known: Known, report: Report) -> None:
    """Report a term that a field cannot have."""
    field = source.fields[name]
    if field.retain_years is None:
        return
    place = source.at("fields", name, "retain_years")
    if source.entry.unit == "none" or source.entry.year is None:
        message = f"{source.name} has no rows of people by year, so a term of {name} is counted from nothing"
        report.error(place, "retention", message, fix=FIX)
    elif name in _rows_stand_on(source.entry) or f"{source.name}.{name}" in _referenced(known):
        message = f"the rows of {source.name} are told apart, or found, by {name}"
        why = "without it nothing of the table could be read"
        report.error(place, "retention", message, why=why, fix=FIX)
    elif (field.zeros or known.catalogue.defaults.zeros[field.tier]) == "shown":
        message = f"{name} shows its zeros, so it is taken for known of everybody"
        why = (
            "what was known of a person with an older delivery of the data must not look like another person"
        )
        report.error(place, "retention", message, why=why, fix=f"{FIX}, or write zeros: hidden")
    elif field.nulls == "never" or field.fixed or name in _promised(source.entry):
        message = f"the catalogue promises of {name} what its rows without a value would not keep"
        why = "values go by the year of their row, so the older rows have none"
        report.error(
            place, "retention", message, why=why, fix=f"{FIX}, or nulls: never, fixed and its dependencies"
        )


def _rows_stand_on(entry: TableEntry) -> Collection[str]:
    """As `model.rows_stand_on` has it, from the file."""
    names = {entry.key, entry.key_otherwise, entry.population, entry.year.field if entry.year else None}
    names |= {entry.term.field} if entry.term else set()
    names |= {entry.cluster.by, entry.cluster.parts} if entry.cluster else set()
    names |= {column for grain in entry.grain for column in grain.columns}
    names |= {grain.where.field for grain in entry.grain if grain.where is not None}
    names |= {column for rows in entry.rows_per_unit for column in rows.per}
    return {name for name in names if name is not None}


def _referenced(known: Known) -> Collection[str]:
    return {
        field.references
        for table in known.tables.values()
        for field in table.fields.values()
        if field.references is not None
    }


def _promised(entry: TableEntry) -> Collection[str]:
    """Fields that a promise about other values of the same rows names."""
    names = set(entry.main_census or ())
    for one in entry.dependencies:
        names |= {*one.fields, *one.determine, *one.then}
    for total in entry.adds_up:
        names |= {name for name in (total.by, total.total, *total.parts) if name in entry.fields}
    return names
